"""Which cells of a revision move, and which corrections wait.

Rules: docs/definitions.md § 6.5. What is shown after a revision is one table that holds together: a
total that moved by what waits in a part would tell the part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from indicateurs.catalogue import PAR_CODE
from indicateurs.models import Chiffre, Publication
from indicateurs.periodes import lire
from indicateurs.publications.ajustement import ajuster, ajuster_entre
from indicateurs.publications.cellules import TOUTES, Cle, Decompte, cle_de, denombrer, groupements
from indicateurs.publications.complements import DES_COMPLEMENTS, figure_de
from indicateurs.publications.liens import relier
from indicateurs.publications.voisines import Voisines
from indicateurs.secret import Deja, Lien, Somme, peut_bouger
from indicateurs.secret.modele import rangees
from indicateurs.secret.programme import SANS_LIMITE

SANS_BORNES = (0.0, SANS_LIMITE)


@dataclass(frozen=True)
class Mouvement:
    """A cell beside what was published of it last.

    Args:
        compte: as it is now.
        montre: as it is kept: what it was, where the correction waits; between the two, where some
            of it does.
        ancien: its row in the revision before, where it had one.
        bouge: whether what is kept is not what it was.
    """

    compte: Decompte
    montre: Decompte
    ancien: Chiffre | None = None
    bouge: bool = True

    @property
    def attente(self) -> int:
        return self.compte.exacte - self.montre.exacte

    @property
    def deja(self) -> Deja | None:
        """What partners hold of it, and can't be made to forget."""
        if self.ancien is None or self.ancien.retire:
            return None
        if self.ancien.secret:
            return Deja.MASQUEE
        return None if self.bouge else Deja.MONTREE

    @property
    def avant(self) -> Decompte:
        """As it was."""
        personnes = None if self.compte.personnes is None else 0
        return Decompte(0, personnes) if self.ancien is None else _garde(self.ancien)

    @property
    def limites(self) -> tuple[int, int]:
        """Between what it was and what it is."""
        bas, haut = sorted((self.avant.exacte, self.compte.exacte))
        return bas, haut

    def en_attente(self) -> Mouvement:
        """The same, kept as it was."""
        return replace(self, montre=self.avant, bouge=False)

    def dans(self, bas: float, haut: float) -> Mouvement:
        """The same, as it is now, as far as limits let it."""
        return self.partage(round(max(bas, min(haut, self.compte.exacte))))

    def jusqu_a(self, montre: Decompte) -> Mouvement:
        """The same, kept as something else says."""
        if montre.exacte == self.avant.exacte:
            return self.en_attente()
        return replace(self, montre=montre, bouge=True)

    def partage(self, exacte: int) -> Mouvement:
        """The same, kept somewhere between what it was and what it is; of those who came or went,
        no more than it shows."""
        avant, compte = self.avant, self.compte
        bas, haut = self.limites
        if exacte == self.montre.exacte or not bas <= exacte <= haut:
            return self
        if compte.personnes is None or exacte == compte.exacte:
            return self.jusqu_a(replace(compte, exacte=exacte))
        alors, maintenant = int(avant.personnes or 0), compte.personnes
        if exacte > avant.exacte:
            personnes = alors + min(exacte - avant.exacte, max(0, maintenant - alors))
        else:
            personnes = max(maintenant, min(alors, exacte))
        if maintenant == compte.exacte:
            personnes = max(alors, maintenant)  # each has one row, or is counted as one
        return self.jusqu_a(replace(compte, exacte=exacte, personnes=min(personnes, exacte)))


def _garde(chiffre: Chiffre) -> Decompte:
    return Decompte(int(chiffre.exacte or 0), chiffre.personnes)


def mouvements(voisines: Voisines) -> dict[Cle, Mouvement]:
    """Every cell of a period beside what was published of it.

    Raises:
        Conflit: what was corrected since its parts were published leaves no first table.
    """
    code = voisines.code
    pas, periode = lire(code)
    anciens, depuis, restees = _deja_montrees(voisines)
    if not voisines.siennes:
        comptes = denombrer(code, groupements(pas), periode, voisines.arretes)
        attendus, limites = voisines.attendus(comptes), voisines.limites(comptes)
        montres = ajuster(comptes, attendus, limites)
        return {cle: Mouvement(comptes.get(cle, montre), montre) for cle, montre in montres.items()}
    premiere = voisines.siennes[0]
    ont_bouge: dict[Publication, set[str]] = defaultdict(set)
    for cle, revision in depuis.items():
        ont_bouge[revision].add(cle.indicateur)
    comptes_depuis = {
        revision.pk: denombrer(
            code, groupements(pas), periode, voisines.arretes,
            partial(voisines.arretes, revision=revision), codes,
        )
        for revision, codes in {**ont_bouge, premiere: TOUTES}.items()
    }  # fmt: skip
    comptes = comptes_depuis[premiere.pk]
    attendus, limites = voisines.attendus(comptes), voisines.limites(comptes)
    trouves: dict[Cle, Mouvement] = {}
    for cle in {**comptes, **attendus, **anciens}:
        compte = comptes_depuis[depuis.get(cle, premiere).pk].get(cle) or _rien(cle)
        compte = replace(compte, tardives=compte.tardives + restees.get(cle, 0))
        avant = Mouvement(compte, compte, anciens.get(cle)).en_attente()
        if cle in attendus:
            # What shorter periods show is known already, and was proved there.
            trouves[cle] = avant.jusqu_a(attendus[cle])
        elif _peut_bouger(cle, compte, avant.montre):
            # Persons of a longer period are between the largest of its parts and their sum.
            trouves[cle] = avant.dans(*limites.get(cle, SANS_BORNES))
        else:
            trouves[cle] = avant
    _entrainer(trouves, attendus)
    return _tenir(_rapprocher(trouves, attendus, limites))


def _deja_montrees(
    voisines: Voisines,
) -> tuple[dict[Cle, Chiffre], dict[Cle, Publication], dict[Cle, int]]:
    """The cells of the last revision; that since which each is what it is, from which late comers
    add up; and how many that were late then were not shown of it."""
    anciens: dict[Cle, Chiffre] = {}
    depuis: dict[Cle, Publication] = {}
    restees: dict[Cle, int] = {}
    for publication in voisines.siennes:
        chiffres = publication.chiffres.filter(exacte__isnull=False)
        lus = {cle_de(voisines.code, c): c for c in chiffres}
        for cle in {**anciens, **lus}:
            change = _exacte(lus.get(cle)) - _exacte(anciens.get(cle))
            if change:
                depuis[cle] = publication
                tardives = lus[cle].tardives if cle in lus and anciens else 0
                restees[cle] = max(0, tardives - max(0, change))
            elif cle not in anciens:
                depuis.setdefault(cle, voisines.siennes[0])
        anciens = lus
    return anciens, depuis, restees


def _exacte(chiffre: Chiffre | None) -> int:
    return int(chiffre.exacte or 0) if chiffre is not None else 0


def _rien(cle: Cle) -> Decompte:
    suit = cle.indicateur in DES_COMPLEMENTS or PAR_CODE[cle.indicateur].personnes is not None
    return Decompte(0, 0 if suit else None)


def _peut_bouger(cle: Cle, compte: Decompte, avant: Decompte) -> bool:
    """Whether at least eleven persons changed what is counted, as far as it can be proved."""
    if compte.exacte == avant.exacte:
        return False
    if not compte.personnes and not avant.personnes:
        return True  # nobody known is behind it
    # Of a count of persons, those that came or went: who comes again changes nothing. Of rows,
    # those whose rows came since; or the number of those behind it.
    if compte_des_personnes(cle.indicateur):
        return peut_bouger(abs(compte.exacte - avant.exacte))
    changees = abs(int(compte.personnes or 0) - int(avant.personnes or 0))
    return peut_bouger(max(changees, compte.retardataires))


def compte_des_personnes(code: str) -> bool:
    """Whether a figure, or a complement, counts distinct persons."""
    return PAR_CODE[figure_de(code)].unite == "personnes"


def _entrainer(trouves: dict[Cle, Mouvement], attendus: Container[Cle]) -> None:
    """Let totals of rows move with a part to which eleven came late: the same came to them, and
    were not shown of them either. Rows that went from one part to another came to none."""
    sommes = [lien for lien in _liens(trouves) if isinstance(lien, Somme)]
    prouvees = {
        cle for cle, m in trouves.items() if m.bouge and peut_bouger(m.compte.retardataires)
    }
    nombre = -1
    while nombre < len(prouvees):
        nombre = len(prouvees)
        for somme in sommes:
            total = cast("Cle", somme.total)
            if not compte_des_personnes(total.indicateur) and not prouvees.isdisjoint(somme.parts):
                prouvees.add(total)
                if total not in attendus:
                    trouves[total] = trouves[total].partage(trouves[total].compte.exacte)


def _rapprocher(
    trouves: dict[Cle, Mouvement],
    attendus: Mapping[Cle, Decompte],
    limites: Mapping[Cle, tuple[float, float]],
) -> dict[Cle, Mouvement]:
    """Make what moves go only as far as holds together with what waits: twenty late visits here
    and three there are twenty more of both."""
    if all(_est_vrai(lien, trouves) for lien in _liens(trouves)):
        return trouves
    table = {cle: mouvement.montre for cle, mouvement in trouves.items()}
    tenues = attendus.keys() | {cle for cle, m in trouves.items() if not m.bouge}
    entre: dict[Cle, tuple[float, float]] = {}
    for cle in trouves.keys() - tenues:
        (bas, haut), (plus_bas, plus_haut) = trouves[cle].limites, limites.get(cle, SANS_BORNES)
        entre[cle] = (max(bas, plus_bas), min(haut, plus_haut))
    ajustee = ajuster_entre(table, tenues, entre)
    if ajustee is None:
        return trouves
    return {cle: trouves[cle].partage(montre.exacte) for cle, montre in ajustee.items()}


def _tenir(trouves: dict[Cle, Mouvement]) -> dict[Cle, Mouvement]:
    """Make wait what would not hold together with what waits."""
    a_bouge = True
    while a_bouge:
        a_bouge = False
        for lien in _liens(trouves):
            bougent = [cle for cle in _cles(lien) if trouves[cle].bouge]
            if bougent and not _est_vrai(lien, trouves):
                trouves |= {cle: trouves[cle].en_attente() for cle in bougent}
                a_bouge = True
    return trouves


def _liens(trouves: Mapping[Cle, Mouvement]) -> list[Lien]:
    """What holds of what is shown: some links are there where a value is zero."""
    return relier({cle: mouvement.montre for cle, mouvement in trouves.items()})


def _cles(lien: Lien) -> list[Cle]:
    cles = (cast("Cle", cle) for _, termes in rangees(lien) for _, cle in termes)
    return list(dict.fromkeys(cles))


def _est_vrai(lien: Lien, trouves: Mapping[Cle, Mouvement]) -> bool:
    for exacte, termes in rangees(lien):
        reste = 0
        for signe, cle in termes:
            reste += signe * trouves[cast("Cle", cle)].montre.exacte
        if reste > 0 or (exacte and reste):
            return False
    return True
