"""Which cells of a revision move, and which corrections wait.

Rules: docs/definitions.md § 6.5. What is shown after a revision is one table that holds together: a
total that moved by what waits in a part would tell the part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from indicateurs.catalogue import PAR_CODE
from indicateurs.models import Chiffre, Publication
from indicateurs.periodes import lire
from indicateurs.publications.ajustement import ajuster, ajuster_entre
from indicateurs.publications.cellules import Cle, Decompte, cle_de, denombrer
from indicateurs.publications.complements import DES_COMPLEMENTS, figure_de
from indicateurs.publications.liens import relier
from indicateurs.publications.voisines import Voisines
from indicateurs.secret import Deja, Lien, Somme, peut_bouger
from indicateurs.secret.modele import rangees


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

    def entier(self) -> Mouvement:
        """The same, as it is now."""
        return replace(self, montre=self.compte, bouge=self.compte.exacte != self.avant.exacte)

    def jusqu_a(self, exacte: int) -> Mouvement:
        """The same, kept somewhere between what it was and what it is."""
        if exacte == self.montre.exacte:
            return self
        if exacte == self.avant.exacte:
            return self.en_attente()
        # Where nobody is behind it any more, they were.
        derriere = self.compte if self.compte.personnes else self.avant
        return replace(self, montre=derriere.ajuste(exacte), bouge=True)


def _garde(chiffre: Chiffre) -> Decompte:
    return Decompte(int(chiffre.exacte or 0), chiffre.personnes)


def mouvements(voisines: Voisines) -> dict[Cle, Mouvement]:
    """Every cell of a period beside what was published of it.

    Raises:
        Conflit: what was corrected since leaves no table beside what is published of the year.
    """
    code = voisines.code
    pas, periode = lire(code)
    anciens, depuis = _deja_montrees(voisines)
    if not voisines.siennes:
        comptes = denombrer(code, pas, periode, voisines.arretes)
        attendus, limites = voisines.attendus(comptes), voisines.limites(comptes)
        montres = ajuster(comptes, attendus, limites)
        return {cle: Mouvement(comptes.get(cle, montre), montre) for cle, montre in montres.items()}
    premiere = voisines.siennes[0]
    comptes_depuis = {
        revision.pk: denombrer(
            code, pas, periode, voisines.arretes, partial(voisines.arretes, revision=revision)
        )
        for revision in {premiere, *depuis.values()}
    }
    comptes = comptes_depuis[premiere.pk]
    attendus = voisines.attendus(comptes)
    ajustes = ajuster(comptes, attendus, voisines.limites(comptes))
    trouves: dict[Cle, Mouvement] = {}
    for cle in {**ajustes, **anciens}:
        compte = comptes_depuis[depuis.get(cle, premiere).pk].get(cle) or _rien(cle)
        compte = compte.ajuste(ajustes.get(cle, compte).exacte)
        entier = Mouvement(compte, compte, anciens.get(cle))
        avant = entier.en_attente()
        # What shorter periods show is known already, and was proved there.
        bouge = (
            compte.exacte != avant.montre.exacte
            if cle in attendus
            else _peut_bouger(cle, compte, avant.montre)
        )
        trouves[cle] = entier if bouge else avant
    _entrainer(trouves)
    return _tenir(_rapprocher(trouves, attendus))


def _deja_montrees(voisines: Voisines) -> tuple[dict[Cle, Chiffre], dict[Cle, Publication]]:
    """The cells of the last revision, and that since which each is what it is: late comers add up
    from then on."""
    anciens: dict[Cle, Chiffre] = {}
    depuis: dict[Cle, Publication] = {}
    for publication in voisines.siennes:
        chiffres = publication.chiffres.filter(exacte__isnull=False)
        lus = {cle_de(voisines.code, c): c for c in chiffres}
        for cle in {**anciens, **lus}:
            if _exacte(anciens.get(cle)) != _exacte(lus.get(cle)):
                depuis[cle] = publication
            elif cle not in anciens:
                depuis.setdefault(cle, voisines.siennes[0])
        anciens = lus
    return anciens, depuis


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
    changees = abs(int(compte.personnes or 0) - int(avant.personnes or 0))
    if not compte_des_personnes(cle.indicateur):
        changees = max(changees, compte.retardataires)
    return peut_bouger(changees)


def compte_des_personnes(code: str) -> bool:
    """Whether a figure, or a complement, counts distinct persons."""
    return PAR_CODE[figure_de(code)].unite == "personnes"


def _entrainer(trouves: dict[Cle, Mouvement]) -> None:
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
                trouves[total] = trouves[total].entier()
                prouvees.add(total)


def _rapprocher(
    trouves: dict[Cle, Mouvement], attendus: Mapping[Cle, Decompte]
) -> dict[Cle, Mouvement]:
    """Make what moves go only as far as holds together with what waits: twenty late visits here
    and three there are twenty more of both."""
    if all(_est_vrai(lien, trouves) for lien in _liens(trouves)):
        return trouves
    table = {cle: mouvement.montre for cle, mouvement in trouves.items()}
    tenues = attendus.keys() | {cle for cle, m in trouves.items() if not m.bouge}
    limites = {cle: mouvement.limites for cle, mouvement in trouves.items()}
    ajustee = ajuster_entre(table, tenues, limites)
    if ajustee is None:
        return trouves
    return {cle: trouves[cle].jusqu_a(montre.exacte) for cle, montre in ajustee.items()}


def _tenir(trouves: dict[Cle, Mouvement]) -> dict[Cle, Mouvement]:
    """Make wait what would not hold together with what waits."""
    liens = _liens(trouves)
    de: dict[Cle, list[Lien]] = {}
    for lien in liens:
        for cle in _cles(lien):
            de.setdefault(cle, []).append(lien)
    a_voir = list(liens)
    while a_voir:
        lien = a_voir.pop()
        cles = _cles(lien)
        if any(trouves[cle].bouge for cle in cles) and not _est_vrai(lien, trouves):
            for cle in cles:
                mouvement = trouves[cle]
                # Places and rounds are nobody's: they follow what is.
                if mouvement.bouge and mouvement.compte != mouvement.en_attente().montre:
                    trouves[cle] = mouvement.en_attente()
                    a_voir += de[cle]
    return trouves


def _liens(trouves: Mapping[Cle, Mouvement]) -> list[Lien]:
    return relier({cle: mouvement.compte for cle, mouvement in trouves.items()})


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
