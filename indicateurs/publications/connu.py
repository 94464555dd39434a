"""What partners hold of a year: every table that was signed, and how they hold together.

Whoever keeps two revisions of a period reads them together: a cell that did not move is one unknown
in both, one that moved is two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Publication
from indicateurs.publications.cellules import Cle, Decompte, cle_de
from indicateurs.publications.complements import DES_COMPLEMENTS, Partage, figure_de
from indicateurs.publications.liens import relier
from indicateurs.publications.restes import Restes, cles_de, restes
from indicateurs.secret import SEUIL, Borne, Deja, Lien, Somme, Union
from indicateurs.sources import DE_LA_PERSONNE, SANS_PERSONNE

# The total of who is not known is told for these, of visits by the bounds of the file active: the
# part says no more.
DITS_SANS_PERSONNE = {"rencontres", "orientations", "passages"}
DE_PLACES = {i.code for i in PAR_CODE.values() if i.font_bouger is not None}


@dataclass
class Connu:
    """What partners hold, or are about to.

    Args:
        comptes, sorts: the cells, and what became of them; those that moved since under the name
            of the revision that had them.
        tues: those that nobody reads, their figure being taken out there.
        anciens: the links of the tables that were replaced.
        restes: what tells of the shorter periods that nobody published, few persons being there.
    """

    comptes: dict[Cle, Decompte] = field(default_factory=dict)
    sorts: dict[Cle, Deja] = field(default_factory=dict)
    tues: set[Cle] = field(default_factory=set)
    anciens: list[Lien] = field(default_factory=list)
    restes: list[Lien] = field(default_factory=list)

    def retenir(self, trouves: Restes) -> None:
        """Of what is left, what few are behind, and all that it is bound with; of the rest, what
        its own bounds say of what it is left of."""
        peu = {cle for cle, compte in trouves.comptes.items() if contributeurs(cle, compte) < SEUIL}
        entre = [lien for lien in trouves.entre if not peu.isdisjoint(cles_de(lien))]
        retenues = peu.union(*map(cles_de, entre))
        self.restes += entre
        self.restes += [
            borne
            for lien in trouves.entre
            if peu.isdisjoint(cles_de(lien)) and (borne := trouves.sans_reste(lien)) is not None
        ]
        self.restes += [lien for cle, lien in trouves.temps.items() if cle in retenues]
        self.restes += trouves.finis
        self.comptes |= {cle: trouves.comptes[cle] for cle in retenues}


@dataclass
class _Tableau:
    """A table that was signed; the last one is about to be."""

    periode: str
    revision: int
    comptes: dict[Cle, Decompte]
    lus: dict[Cle, Chiffre] = field(default_factory=dict)
    noms: dict[Cle, Cle] = field(default_factory=dict)


def connaitre(code: str, comptes: Mapping[Cle, Decompte]) -> Connu:
    """What partners will hold once this table of a period is signed: the other periods as they
    are, and all that was replaced."""
    comptes = {cle: compte for cle, compte in comptes.items() if _sert(cle, compte)}
    tableaux = [*_signes(code[:4]), _Tableau(code, 0, comptes)]
    par_periode: dict[str, list[_Tableau]] = defaultdict(list)
    for tableau in tableaux:
        par_periode[tableau.periode].append(tableau)
    for suite in par_periode.values():
        _nommer(suite)
    connu = Connu()
    etat: dict[str, _Tableau] = {}
    for tableau in tableaux:
        if tableau.periode in etat:
            connu.anciens += _liens(etat)
        etat[tableau.periode] = tableau
        for cle, nom in tableau.noms.items() if tableau.lus else ():
            chiffre = tableau.lus[cle]
            connu.comptes[nom] = tableau.comptes[cle]
            connu.sorts[nom] = Deja.MONTREE if chiffre.valeur is not None else Deja.MASQUEE
            if chiffre.retire:
                connu.tues.add(nom)
    # What this period shows is the new table's, with what of the old one did not move.
    for cle in [cle for cle in connu.comptes if cle.periode == code]:
        del connu.sorts[cle]
        connu.tues.discard(cle)
    connu.comptes |= comptes
    connu.retenir(restes(code, {p: t.comptes for p, t in etat.items()}))
    return connu


def _signes(annee: str) -> Iterator[_Tableau]:
    publications = Publication.objects.signees().filter(periode__startswith=annee)
    for publication in publications.order_by("signee_le", "revision"):
        periode = publication.periode
        lignes = publication.chiffres.filter(exacte__isnull=False)
        lus = {cle_de(periode, chiffre): chiffre for chiffre in lignes.iterator()}
        comptes = {cle: Decompte(int(c.exacte or 0), c.personnes) for cle, c in lus.items()}
        comptes = {cle: compte for cle, compte in comptes.items() if _sert(cle, compte)}
        yield _Tableau(periode, publication.revision, comptes, lus)


def _nommer(suite: Sequence[_Tableau]) -> None:
    """Name the cells of the revisions of a period: as they are, or with the revision that they
    were last in."""
    apres = suite[-1]
    apres.noms = {cle: cle for cle in apres.comptes}
    for tableau in suite[-2::-1]:
        for cle, compte in tableau.comptes.items():
            suivant = apres.comptes.get(cle)
            if suivant is not None and suivant.exacte == compte.exacte:
                tableau.noms[cle] = apres.noms[cle]
            else:
                tableau.noms[cle] = cle._replace(periode=f"{cle.periode}~{tableau.revision}")
        apres = tableau


def est_ancienne(cle: Cle) -> bool:
    return "~" in cle.periode


def _liens(etat: Mapping[str, _Tableau]) -> list[Lien]:
    """What held together when these were the last tables."""
    comptes = {cle: compte for tableau in etat.values() for cle, compte in tableau.comptes.items()}
    noms = {cle: nom for tableau in etat.values() for cle, nom in tableau.noms.items()}
    return [_renommer(lien, noms) for lien in relier(comptes)]


def _renommer(lien: Lien, noms: Mapping[Any, Cle]) -> Lien:
    if isinstance(lien, Borne):
        petites, grandes = (tuple(noms[c] for c in cles) for cles in (lien.petites, lien.grandes))
        return Borne(petites, grandes)
    parts = tuple(noms[part] for part in lien.parts)
    return (
        Somme(noms[lien.total], parts)
        if isinstance(lien, Somme)
        else Union(noms[lien.union], parts)
    )


def _sert(cle: Cle, compte: Decompte) -> bool:
    """Whether a cell tells something to protect. The complement of sums that many are behind, or
    that is nothing, binds nothing that its figures do not."""
    complement = DES_COMPLEMENTS.get(cle.indicateur)
    if complement is None or complement.partage is not Partage.SOMME:
        return True
    return compte.exacte > 0 and contributeurs(cle, compte) < SEUIL


def contributeurs(cle: Cle, compte: Decompte) -> int:
    """How many are behind a cell, as far as secrecy is concerned: as many as it takes where they
    only make it move, or are contacts with nobody known in a total that may be told."""
    if compte.personnes is None or cle.indicateur in DE_PLACES:
        return SEUIL
    if not compte.personnes and _se_dit_de_personne(cle):
        return SEUIL
    return compte.personnes


def _se_dit_de_personne(cle: Cle) -> bool:
    """Whether contacts with nobody known may be told here: in the total of a territory, or where
    such a total tells them. None of them is among the figures that the complements of those leave
    out, so that what is left is the same total."""
    dits = cle.axe in DE_LA_PERSONNE and figure_de(cle.indicateur) in DITS_SANS_PERSONNE
    return not cle.axe or dits


def est_dit_par_les_bornes(cle: Cle) -> bool:
    """Whether the bounds of the network's file active tell it: what is beyond are the visits, and
    the encounters, of nobody known."""
    visites = cle.indicateur == "passages" and cle.code == SANS_PERSONNE
    rencontres = cle.indicateur == "rencontres_non_identifiees" and not cle.axe
    return cle.niveau == Niveau.RESEAU and (visites or rencontres)
