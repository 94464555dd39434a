"""What is kept of the cells of a publication: what partners read, and what is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal

from commun.nombres import arrondir
from indicateurs.bornes import en_trop_parmi
from indicateurs.calcul import divise_par_le_tout
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.indicateur import Indicateur
from indicateurs.models import TOUS, AttenteSansChiffre, Chiffre, Publication
from indicateurs.periodes import Pas, lire
from indicateurs.publications.cellules import (
    Cle,
    Decompte,
    Groupe,
    est_publie,
    groupe_de,
    groupements,
)
from indicateurs.publications.complements import DES_COMPLEMENTS
from indicateurs.publications.comptage import inconnus, mois_de, personnes_de
from indicateurs.publications.figures import RAPPORTS
from indicateurs.publications.livre import Livre
from indicateurs.publications.masquage import Masque
from indicateurs.secret import Deja, bornes_se_montrent, peut_bouger
from indicateurs.sources import VOCABULAIRES, Axe


@dataclass(frozen=True)
class Cellule:
    """A cell as it is shown.

    Args:
        attente: how much more is counted now.
        tardives: how much of what is counted now has reached us since the revision before.
        ancien: its row in the revision before, where it had one.
    """

    montre: Decompte
    attente: int
    tardives: int
    ancien: Chiffre | None = None

    @property
    def bouge(self) -> bool:
        return self.ancien is None or self.ancien.exacte != self.montre.exacte

    @property
    def deja(self) -> Deja | None:
        """What partners hold of it, and can't be made to forget."""
        if self.ancien is None or self.ancien.retire:
            return None
        if self.ancien.secret:
            return Deja.MASQUEE
        return None if self.bouge else Deja.MONTREE


def groupes_retires(publication: Publication, groupes: set[Groupe]) -> Iterator[Chiffre]:
    """One row for each breakdown that is not there, also of the ratios that it would give."""
    touches, pas = set(groupes), lire(publication.periode)[0]
    for rapport in RAPPORTS:
        assert rapport.rapport
        haut, bas, _ = rapport.rapport
        for groupe in groupes:
            niveau, axe = Niveau(groupe.niveau), Axe(groupe.axe) if groupe.axe else None
            sien = groupe._replace(indicateur=rapport.code)
            if groupe.indicateur in {haut, bas} and est_publie(rapport, niveau, axe):
                touches.add(sien)
            if groupe.indicateur == bas and axe is None:
                # Of any territory of the level, since none of them divides.
                siens = _ventiles_du_tout(rapport, niveau, pas)
                touches |= {sien._replace(axe=ventile) for ventile in siens}
    for groupe in sorted(touches):
        yield Chiffre(
            publication=publication, formule=PAR_CODE[groupe.indicateur].formule, retire=True,
            code=TOUS, **groupe._asdict(),
        )  # fmt: skip


def chiffre_de(publication: Publication, cle: Cle, cellule: Cellule, choix: Masque) -> Chiffre:
    """What is kept of a cell; of what nobody reads, for the periods that are published next."""
    tu = cle.indicateur in DES_COMPLEMENTS or groupe_de(cle) in choix.groupes
    # Zero since, too.
    masque = cle in choix.masquees or cellule.deja is Deja.MASQUEE
    return Chiffre(
        publication=publication,
        formule="" if cle.indicateur in DES_COMPLEMENTS else PAR_CODE[cle.indicateur].formule,
        valeur=None if masque or tu else cellule.montre.exacte,
        secret=masque and not tu,
        retire=tu,
        exacte=cellule.montre.exacte,
        personnes=cellule.montre.personnes,
        attente=cellule.attente,
        tardives=cellule.tardives,
        **{nom: getattr(cle, nom) for nom in Cle._fields[1:]},
    )


def attente_de(
    publication: Publication, cle: Cle, compte: Decompte, tardives: int
) -> AttenteSansChiffre:
    """What is kept of a cell of which nothing is published."""
    return AttenteSansChiffre(
        publication=publication,
        attente=compte.exacte,
        tardives=tardives,
        **{nom: getattr(cle, nom) for nom in Cle._fields[1:]},
    )


def borner(chiffre: Chiffre, cellules: Mapping[Cle, Cellule], livre: Livre) -> None:
    """The bounds of the network's file active, of the rows that it is of, where neither gap would
    tell of a few; nor, once those of the other months are subtracted, that of a month."""
    if chiffre.valeur is None:
        return
    code = livre.publications[-1].periode
    sienne = Cle(code, "file_active", Niveau.RESEAU)
    cellule = cellules[sienne]
    ancien = cellule.ancien
    if ancien is not None and not cellule.bouge:
        chiffre.borne_basse, chiffre.borne_haute = ancien.borne_basse, ancien.borne_haute
        return
    entrees = livre.entrees(mois_de(code), livre.dernier)
    anonymes = inconnus(entrees)
    valeur = int(chiffre.valeur)
    basse = max(0, valeur - en_trop_parmi(personnes_de(entrees, "file_active")))
    haute = valeur + sum(anonymes)
    if ancien is not None and ancien.borne_basse is not None and ancien.borne_haute is not None:
        # The contacts of nobody known of a quarter or a year are shown beside it.
        avant = int(ancien.valeur or 0)
        basse = valeur - _ecart(valeur - basse, avant - int(ancien.borne_basse))
        if lire(code)[0] == Pas.MOIS:
            haute = valeur + _ecart(haute - valeur, int(ancien.borne_haute) - avant)
    de_peu = not all(bornes_se_montrent(0, d_un_mois) for d_un_mois in anonymes)
    if not de_peu and bornes_se_montrent(basse, valeur, haute):
        chiffre.borne_basse, chiffre.borne_haute = basse, haute


def _ecart(nouveau: int, ancien: int) -> int:
    """How far a bound is in a revision: as far as it was, but where it was of nobody or eleven
    make the difference."""
    return ancien if ancien and not peut_bouger(abs(nouveau - ancien)) else nouveau


def rapports(
    publication: Publication, chiffres: Mapping[Cle, Chiffre], groupes: Set[Groupe]
) -> Iterator[Chiffre]:
    """The ratios of what is published: masked where one of the two is, null of nothing."""
    for indicateur in RAPPORTS:
        assert indicateur.rapport
        haut, bas, facteur = indicateur.rapport
        for du_bas, diviseur in chiffres.items():
            if du_bas.indicateur != bas:
                continue
            for cle in _divisees_par(indicateur, du_bas):
                du_haut = cle._replace(indicateur=haut)
                dividende = chiffres.get(du_haut)
                # Zeros are not all there, and one of what was taken out is not told either.
                retire = diviseur.retire or groupe_de(du_haut) in groupes
                masque = diviseur.secret or (dividende is not None and dividende.secret)
                secret = masque and not retire
                valeur = None
                if not secret and not retire and diviseur.valeur:
                    numerateur = dividende.valeur if dividende is not None else 0
                    valeur = arrondir(Decimal(numerateur or 0) * facteur / Decimal(diviseur.valeur))
                yield Chiffre(
                    publication=publication,
                    formule=indicateur.formule,
                    valeur=valeur,
                    secret=secret,
                    retire=retire,
                    **{nom: getattr(cle, nom) for nom in Cle._fields[1:]},
                )


def _divisees_par(indicateur: Indicateur, diviseur: Cle) -> Iterator[Cle]:
    """The cells of a ratio that one cell divides: its own, and each value of a breakdown that only
    the other figure has."""
    niveau = Niveau(diviseur.niveau)
    cle = diviseur._replace(indicateur=indicateur.code)
    if est_publie(indicateur, niveau, Axe(cle.axe) if cle.axe else None):
        yield cle
    for axe in () if cle.axe else _ventiles_du_tout(indicateur, niveau, lire(cle.periode)[0]):
        yield from (cle._replace(axe=axe, code=code) for code in VOCABULAIRES[axe].values)


def _ventiles_du_tout(indicateur: Indicateur, niveau: Niveau, pas: Pas) -> list[Axe]:
    return [
        axe
        for ou, axe in groupements(pas)
        if ou == niveau
        and axe is not None
        and divise_par_le_tout(indicateur, axe)
        and est_publie(indicateur, niveau, axe)
    ]
