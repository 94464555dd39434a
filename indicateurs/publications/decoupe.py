"""Corrections, cut as small as what is published allows.

A visit may wait and an act of the same person may not. But who is in the file active somewhere had
a contact there, and the other way round; and more places are not slept in than there are.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from indicateurs.catalogue import PAR_CODE
from indicateurs.publications.admission import Changement, Ligne, Personne
from indicateurs.publications.figures import CONTACTS, ECRITES, PRESENCE, PRESENCES
from indicateurs.secret import SEUIL
from indicateurs.sources import DE_LA_PERSONNE

Q = TypeVar("Q", bound=Hashable)

DISPONIBLES, OCCUPEES = "nuits_disponibles", "nuitees"
# Of which no row goes from one to another: who is there, and what is of nobody.
SANS_RANGEES = frozenset({DISPONIBLES, PRESENCE, *PRESENCES})


def _famille(code: str) -> str:
    """Figures of the same rows go together: the first of them; and who is counted of them."""
    indicateur = PAR_CODE[code]
    if code in PRESENCES:
        return PRESENCE
    if indicateur.de_chacun is not None or indicateur.mesure is None:
        return code
    return next(
        i.code for i in ECRITES
        if i.de_chacun is None and i.mesure and i.mesure.source == indicateur.mesure.source
    )  # fmt: skip


FAMILLES = {i.code: _famille(i.code) for i in ECRITES}
# Of whose rows no other figure is counted.
SEULES = {
    code for code, famille in FAMILLES.items()
    if code not in SANS_RANGEES and list(FAMILLES.values()).count(famille) == 1
}  # fmt: skip


class Quelque(NamedTuple):
    """A person in a month and a structure; or nobody known."""

    personne: Personne
    mois: date
    structure: str


def couper(
    differences: Mapping[Ligne, int],
    soldes: Mapping[Ligne, int],
    qui: Mapping[UUID, UUID],
) -> list[Changement]:
    """Cut what differs.

    Args:
        soldes: what the book has of those whom it is of.
        qui: of who is somebody else's file now, whose.
    """
    par_quelque: dict[Quelque, dict[str, dict[Ligne, int]]] = defaultdict(lambda: defaultdict(dict))
    de_personne: dict[Ligne, int] = {}
    # Of what is alike the first is taken: which that is must not be left to chance.
    for ligne, combien in sorted(differences.items(), key=lambda difference: str(difference[0])):
        personne = ligne.personne and qui.get(ligne.personne, ligne.personne)
        if ligne.indicateur == DISPONIBLES:
            personne = None  # what was available is one thing, whoever made it so
        elif personne is None:
            de_personne[ligne] = combien
            continue
        quelque = Quelque(personne, ligne.mois, ligne.structure)
        par_quelque[quelque][FAMILLES[ligne.indicateur]][ligne] = combien
    avant: dict[Quelque, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for ligne, combien in soldes.items():
        if ligne.personne is not None:
            quelque = Quelque(qui.get(ligne.personne, ligne.personne), ligne.mois, ligne.structure)
            avant[quelque][ligne.indicateur] += combien
    connus = [
        (quelque.personne, changement)
        for quelque, familles in par_quelque.items()
        for changement in _couper(quelque, familles, avant[quelque])
    ]
    inconnus = _nommer(de_personne, connus)
    return [*(changement for _, changement in connus), *inconnus]


def _nommer(
    restent: dict[Ligne, int], connus: list[tuple[Personne, Changement]]
) -> list[Changement]:
    """What is somebody's since, and was of nobody known or of somebody else, and the other way
    round, or the same one's elsewhere, or as something else: one does not go without the other, or
    it would be counted twice, or not at all.

    Nothing tells which rows these are: as many as there may be, the nearest first, and of those who
    are the fewest there, and wait the likeliest.

    Args:
        restent: by how much what is of nobody known changes; less what was found to be somebody's.

    Returns:
        What is of nobody known.
    """
    ici: dict[Ligne, list[Ligne]] = defaultdict(list)
    for ligne in restent:
        ici[_sans_personne(ligne)].append(ligne)
    semblables = Counter(ligne._replace(personne=None) for _, c in connus for ligne in c.lignes)

    def combien_semblables(changement: Changement) -> int:
        return min(semblables[ligne._replace(personne=None)] for ligne in changement.lignes)

    connus = sorted(connus, key=lambda c: (-len(c[1].lignes), combien_semblables(c[1])))
    rares = {n for n, (_, c) in enumerate(connus) if combien_semblables(c) < SEUIL}
    changements = [changement for _, changement in connus]
    # By how many rows each gained or lost in each place.
    restes = [_ecarts(changement) for changement in changements]

    # The same one's elsewhere, or of another kind. It may as well have been given to somebody here,
    # and another be given there: which it was nothing tells, so that both are bound.
    ailleurs = [dict(siens) for siens in restes]
    _apparier(changements, ailleurs, rares, lambda n, ou: (connus[n][0], ou.indicateur))
    nommes = []
    for changement, siens in zip(changements, restes, strict=True):
        parts: dict[Ligne, int] = defaultdict(int)
        for ou, reste in siens.items():
            for sienne in ici.get(ou, ()):
                if reste * restent[sienne] < 0:
                    part = min(abs(reste), abs(restent[sienne])) * (1 if reste < 0 else -1)
                    parts[sienne] += part
                    restent[sienne] -= part
                    reste += part
            siens[ou] = reste
        if parts:
            nommes.append(nomme := Changement(parts))
            _aller_ensemble(changement, nomme)
    _apparier(changements, restes, rares, lambda _, ou: ou)
    deplaces = list(_deplacer(restent))
    # Of figures that are counted from the same rows, all of a place goes together.
    anonymes = list(_par_rangees(restent))
    _apparier(anonymes, [_ecarts(c) for c in anonymes], (), lambda _, ou: ou.indicateur)
    return [*nommes, *deplaces, *anonymes]


def _deplacer(restent: dict[Ligne, int]) -> Iterator[Changement]:
    """What is of nobody here may be of nobody elsewhere: as many rows as there may be, and what
    else came or went there does not wait with them.

    What is of others as well as elsewhere is not looked for: whoever came late anywhere would wait
    for a visit that is gone somewhere else.

    Args:
        restent: by how much what is of nobody known changes; less what is found here.
    """
    par_figure: dict[str, dict[Ligne, int]] = defaultdict(dict)
    for ligne, reste in restent.items():
        if reste and ligne.indicateur in SEULES:
            par_figure[ligne.indicateur][ligne] = reste
    for ecarts in par_figure.values():
        for un, autre, combien in echanges(ecarts, ()):
            venu, parti = (un, autre) if restent[un] > 0 else (autre, un)
            restent[venu] -= combien
            restent[parti] += combien
            yield Changement({venu: combien, parti: -combien})


def _apparier(
    changements: Sequence[Changement],
    restes: Sequence[dict[Ligne, int]],
    rares: Collection[int],
    semblable: Callable[[int, Ligne], Hashable],
) -> None:
    """Bind who gained rows to who lost some, among those that are alike.

    Args:
        restes: of each change, by how many rows in each place; less what is bound here.
        rares: the changes that wait whatever happens.
        semblable: of a change and a place, among which it is.
    """
    groupes: dict[Hashable, dict[tuple[int, Ligne], int]] = defaultdict(dict)
    for numero, siens in enumerate(restes):
        for ou, reste in siens.items():
            if reste:
                groupes[semblable(numero, ou)][numero, ou] = reste
    for ecarts in groupes.values():
        attendent = {ecart for ecart in ecarts if ecart[0] in rares}
        for (un, ou), (autre, la), combien in echanges(ecarts, attendent):
            signe = 1 if restes[un][ou] > 0 else -1
            restes[un][ou] -= signe * combien
            restes[autre][la] += signe * combien
            if un != autre:
                _aller_ensemble(changements[un], changements[autre])


def _ecarts(changement: Changement) -> dict[Ligne, int]:
    """By how many rows somebody gained or lost in each place, whatever is known of them since."""
    ecarts: dict[Ligne, int] = defaultdict(int)
    for ligne, combien in changement.lignes.items():
        if ligne.indicateur not in SANS_RANGEES:
            ecarts[_sans_personne(ligne)] += combien
    return ecarts


class _Reserve(Generic[Q]):
    """Who has rows to give, by how many."""

    def __init__(self, donnent: Mapping[Q, int]) -> None:
        self.libres: dict[int, deque[Q]] = defaultdict(deque)
        for qui, combien in donnent.items():
            self.libres[combien].append(qui)
        self.tailles = sorted(self.libres)

    def prendre(self, combien: int) -> tuple[Q, int]:
        """Who has as many, else the fewest beyond, else the most; and how many that is."""
        rang = min(bisect_left(self.tailles, combien), len(self.tailles) - 1)
        taille = self.tailles[rang]
        qui = self.libres[taille].popleft()
        if not self.libres[taille]:
            del self.tailles[rang], self.libres[taille]
        return qui, taille

    def rendre(self, qui: Q, combien: int) -> None:
        if combien not in self.libres:
            insort(self.tailles, combien)
        self.libres[combien].appendleft(qui)


def echanges(ecarts: Mapping[Q, int], rares: Collection[Q]) -> Iterator[tuple[Q, Q, int]]:
    """Who may have given rows to whom, and how many: as many as there may be, in small groups.

    Those whose change waits whatever happens are matched with each other first, so that few others
    wait with them. Where more were gained than lost, the others are nobody's before: those who wait
    too, as many as may be left out; then, who is in a group with more than they need of it keeps
    the rest, and the group is closed. Else one small change would bind whoever gained to whoever
    lost, one after the other.

    Args:
        ecarts: by how many rows each gained or lost, those first who wait the likeliest.
        rares: who waits whatever happens.
    """
    gagnent = {qui: n for qui, n in ecarts.items() if n > 0}
    perdent = {qui: -n for qui, n in ecarts.items() if n < 0}
    moins, plus = sorted((gagnent, perdent), key=lambda cote: sum(cote.values()))
    en_trop = sum(plus.values()) - sum(moins.values())
    attendent = _Reserve({qui: n for qui, n in plus.items() if qui in rares})
    autres = _Reserve({qui: n for qui, n in plus.items() if qui not in rares})

    def servir(qui: Q, reserve: _Reserve[Q]) -> Iterator[tuple[Q, Q, int]]:
        nonlocal en_trop
        while moins[qui] and reserve.tailles:
            autre, taille = reserve.prendre(moins[qui])
            pris = min(taille, moins[qui])
            yield qui, autre, pris
            moins[qui] -= pris
            reste = taille - pris
            if reste > en_trop:
                reserve.rendre(autre, reste)
            else:
                en_trop -= reste

    for qui in moins:
        if qui in rares:
            yield from servir(qui, attendent)
    for taille in list(attendent.tailles):
        for qui in attendent.libres[taille]:
            if taille <= en_trop:
                en_trop -= taille
            else:
                autres.rendre(qui, taille)
    for qui in moins:
        yield from servir(qui, autres)


def _aller_ensemble(changement: Changement, autre: Changement) -> None:
    """Both are taken, or both wait."""
    changement.exige.append(autre)
    autre.exige.append(changement)


def _par_rangees(restent: Mapping[Ligne, int]) -> Iterator[Changement]:
    """What is of nobody known, by what its rows are."""
    rangees: dict[Ligne, dict[Ligne, int]] = defaultdict(dict)
    for ligne, combien in restent.items():
        if combien:
            famille = FAMILLES[ligne.indicateur]
            rangees[_sans_personne(ligne)._replace(indicateur=famille)][ligne] = combien
    yield from map(Changement, rangees.values())


def _sans_personne(ligne: Ligne) -> Ligne:
    """What an entry is of, whoever it is of."""
    axes = tuple((axe, code) for axe, code in ligne.axes if axe not in DE_LA_PERSONNE)
    return ligne._replace(axes=axes, personne=None)


def _couper(
    quelque: Quelque, familles: dict[str, dict[Ligne, int]], avant: Mapping[str, int]
) -> Iterator[Changement]:
    siennes = {code: Changement(lignes) for code, lignes in familles.items()}
    if quelque.personne is not None:
        contacts = {code: siennes[code] for code in (*CONTACTS, PRESENCE) if code in siennes}
        lignes = {ligne: n for c in contacts.values() for ligne, n in c.lignes.items()}
        if len({ligne.personne for ligne in lignes}) > 1:
            # Files that became one, or two: all that is theirs.
            for code in contacts:
                del siennes[code]
            yield Changement(lignes)
        else:
            _lier(contacts, lignes, avant)
    yield from siennes.values()


def _lier(
    contacts: Mapping[str, Changement], lignes: Mapping[Ligne, int], avant: Mapping[str, int]
) -> None:
    """Bind who is counted to what they are counted for. A visit may be counted before its person
    is, and not the other way round."""
    apres = dict(avant)
    baissent: set[str] = set()
    montent: set[str] = set()
    for ligne, combien in lignes.items():
        apres[ligne.indicateur] = apres.get(ligne.indicateur, 0) + combien
        (montent if combien > 0 else baissent).add(ligne.indicateur)
    presence = contacts.get(PRESENCE)
    # By which a person is seen to be there, before and after.
    temoins = {contact: personnes or contact for contact, personnes in CONTACTS.items()}
    demeure = any(avant.get(t, 0) > 0 and apres.get(t, 0) > 0 for t in temoins.values())
    viennent = [c for code, c in contacts.items() if code != PRESENCE and code in montent]
    for code, changement in contacts.items():
        if code == PRESENCE:
            continue
        part = not apres.get(code, 0)
        if presence is not None:
            if {PRESENCE, CONTACTS[code]} & montent:
                presence.exige.append(changement)
            if CONTACTS[code] in baissent or (part and PRESENCE in baissent):
                changement.exige.append(presence)
        if part and not demeure:
            changement.exige += [c for c in viennent if c is not changement]
            if presence is not None:
                changement.exige.append(presence)


class Nuits(NamedTuple):
    """Of a month and of some sites of a structure."""

    mois: date
    structure: str
    arrondissement: str
    axes: tuple[tuple[str, str], ...]


def de_trop_la_nuit(pris: Iterable[Changement], libres: Mapping[Nuits, int]) -> list[Changement]:
    """What would make more places slept in than there were.

    Args:
        libres: how many nights nobody slept, by what is written.
    """
    restent: dict[Nuits, int] = defaultdict(int, libres)
    de: dict[Nuits, list[Changement]] = defaultdict(list)
    for changement in pris:
        for ligne, combien in changement.lignes.items():
            if ligne.indicateur in {DISPONIBLES, OCCUPEES}:
                ici = Nuits(ligne.mois, ligne.structure, ligne.arrondissement, ligne.axes)
                restent[ici] += combien if ligne.indicateur == DISPONIBLES else -combien
                de[ici].append(changement)
    return [c for ici, changements in de.items() if restent[ici] < 0 for c in changements]
