"""Rows and places, each of one at most: as many as possible, for the least that it may cost.

Shortest augmenting paths, all those of one length at a time: Dijkstra over sets of places, kept as
the bits of integers, then breadth-first searches over what is tight. With `n` rows, `m` places, `c`
different costs and `s` different lengths of paths, that is O(s · n · c²) operations on integers of
`m` bits, and O(n · (n + m)) for the searches. Rows that are one object are looked at once: where
most are alike, `n` is how many differ.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

# Of a row, by cost, the places that it may have for it, as bits.
Ligne = dict[int, int]


def bits(masque: int) -> Iterator[int]:
    """The ranks of the bits that are set, the lowest first."""
    while masque:
        bas = masque & -masque
        yield bas.bit_length() - 1
        masque ^= bas


class Appariement:
    """Rows and places, each of one at most: as many as possible, for the least cost.

    Args:
        lignes: of each row, by cost, which places.
        places: how many there are.
    """

    def __init__(self, lignes: Sequence[Ligne], places: int) -> None:
        self.lignes = lignes
        self.de_ligne: list[int | None] = [None] * len(lignes)
        self.de_place: list[int | None] = [None] * places
        self.libres = (1 << places) - 1
        self._p_ligne = [0] * len(lignes)
        self._p_place = [0] * places

    def resoudre(self) -> list[int | None]:
        """The place of each row."""
        while self._avancer():
            tendues = [self._tendues(u) for u in range(len(self.lignes))]
            while self.augmenter(tendues):
                pass
        return self.de_ligne

    def _par_potentiel(self) -> dict[int, int]:
        groupes: defaultdict[int, int] = defaultdict(int)
        for v, potentiel in enumerate(self._p_place):
            groupes[potentiel] |= 1 << v
        return groupes

    def _avancer(self) -> bool:
        """Raise the potentials by what the shortest path to a free place costs, if there is one."""
        self._groupes = groupes = self._par_potentiel()
        distances = {u: 0 for u, v in enumerate(self.de_ligne) if v is None}
        des_places: dict[int, int] = {}
        tas: list[tuple[int, int, int]] = []
        meilleurs: dict[int, int] = {}
        vues, ordre = 0, 0

        def regarder(u: int) -> None:
            nonlocal ordre
            ligne = self.lignes[u]
            depart = distances[u] + self._p_ligne[u]
            # Rows that are alike lead to the same places: the nearest of them will do.
            if meilleurs.get(id(ligne), depart + 1) <= depart:
                return
            meilleurs[id(ligne)] = depart
            for prix, masque in ligne.items():
                for potentiel, groupe in groupes.items():
                    if atteintes := masque & groupe & ~vues:
                        ordre += 1
                        heapq.heappush(tas, (depart + prix - potentiel, ordre, atteintes))

        for u in list(distances):
            regarder(u)
        while tas:
            distance, _, atteintes = heapq.heappop(tas)
            atteintes &= ~vues
            if atteintes & self.libres:
                self._elever(distances, des_places, distance)
                return True
            vues |= atteintes
            for v in bits(atteintes):
                des_places[v] = distance
                prise = self.de_place[v]
                assert prise is not None  # it is not free
                distances[prise] = distance
                regarder(prise)
        return False

    def _elever(self, distances: dict[int, int], des_places: dict[int, int], jusqu_a: int) -> None:
        for u, distance in distances.items():
            self._p_ligne[u] += min(distance, jusqu_a) - jusqu_a
        for v, distance in des_places.items():
            self._p_place[v] += min(distance, jusqu_a) - jusqu_a
        self._groupes = self._par_potentiel()

    def _tendues(self, u: int) -> int:
        """The places that a row reaches for nothing more."""
        trouvees, potentiel = 0, self._p_ligne[u]
        for prix, masque in self.lignes[u].items():
            trouvees |= masque & self._groupes.get(prix + potentiel, 0)
        return trouvees

    def augmenter(self, permises: Sequence[int]) -> int:
        """One pass of searches along these places of each row.

        Returns:
            How many more have one.
        """
        vues, gagnes = 0, 0
        for depart, v in enumerate(self.de_ligne):
            if v is not None or not permises[depart]:
                continue
            venues: dict[int, int] = {}
            file = [depart]
            for u in file:
                if libres := permises[u] & self.libres:
                    self._suivre(u, next(bits(libres)), venues)
                    gagnes += 1
                    break
                nouvelles = permises[u] & ~vues
                vues |= nouvelles
                for w in bits(nouvelles):
                    venues[w] = u
                    prise = self.de_place[w]
                    assert prise is not None  # it is not free
                    file.append(prise)
        return gagnes

    def _suivre(self, u: int, v: int, venues: Mapping[int, int]) -> None:
        self.libres &= ~(1 << v)
        while True:
            suivante = self.de_ligne[u]
            self.de_ligne[u], self.de_place[v] = v, u
            if suivante is None:
                return
            v, u = suivante, venues[suivante]


def apparier(lignes: Sequence[Ligne], places: int) -> list[int | None]:
    """The place of each row: as many as possible, for the least cost."""
    return Appariement(lignes, places).resoudre()


def toutes(lignes: Sequence[Ligne]) -> list[int]:
    """All the places that each row may have, whatever they cost."""
    trouvees = []
    for ligne in lignes:
        masque = 0
        for m in ligne.values():
            masque |= m
        trouvees.append(masque)
    return trouvees
