"""What partners hold of a year: every table that was signed, and how they hold together.

Whoever keeps two revisions of a period reads them together: a cell that did not move is one unknown
in both, one that moved is two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from indicateurs.enums import Niveau
from indicateurs.models import TOUS, Publication
from indicateurs.periodes import contenantes, lire
from indicateurs.publications.cellules import (
    Cle,
    Decompte,
    Groupe,
    cle_de,
    groupe_de,
    publiees,
)
from indicateurs.publications.complements import DES_COMPLEMENTS, Partage, figure_de
from indicateurs.publications.comptage import denombrer, mois_de
from indicateurs.publications.figures import DE_PLACES
from indicateurs.publications.liens import relier
from indicateurs.publications.livre import Livre
from indicateurs.publications.restes import Restes, a_ce_moment, cles_de, est_un_reste, restes
from indicateurs.secret import SEUIL, Borne, Deja, Lien, Somme, Union
from indicateurs.sources import DE_LA_PERSONNE, SANS_PERSONNE

# The total of who is not known is told for these, of visits by the bounds of the file active: the
# part says no more.
DITS_SANS_PERSONNE = {"rencontres", "orientations", "passages"}


@dataclass
class Connu:
    """What partners hold, or are about to.

    Args:
        comptes, sorts: the cells, and what became of them; those that moved since under a name of
            their own.
        tues: those that nobody reads, their figure being taken out there.
        jamais_lues: those that no table had while they were that.
        deja_lues: those of the last table that another has, being the same there.
        perdues: those that are known more narrowly than they should be, whatever is done.
        liens: what holds them together.
    """

    comptes: dict[Cle, Decompte] = field(default_factory=dict)
    sorts: dict[Cle, Deja] = field(default_factory=dict)
    tues: set[Cle] = field(default_factory=set)
    jamais_lues: set[Cle] = field(default_factory=set)
    deja_lues: set[Cle] = field(default_factory=set)
    perdues: frozenset[Cle] = frozenset()
    liens: list[Lien] = field(default_factory=list)

    def se_lit(self, cle: Cle) -> bool:
        """Whether a table has it, shown or masked."""
        return cle not in self.tues and cle not in self.jamais_lues

    def retenir(self, trouves: Restes, noms: Mapping[Cle, Cle], alors: Mapping[Cle, Cle]) -> None:
        """Of what is left at a moment, what few are behind, and all that it is bound with; of the
        rest, what its own bounds say of what it is left of.

        Args:
            noms, alors: what cells, and what is left, are called.
        """
        peu = {cle for cle, compte in trouves.comptes.items() if contributeurs(cle, compte) < SEUIL}
        entre = [lien for lien in trouves.entre if not peu.isdisjoint(cles_de(lien))]
        retenues = peu.union(*map(cles_de, entre))
        liens = [
            *entre,
            *(
                borne
                for lien in trouves.entre
                if peu.isdisjoint(cles_de(lien)) and (borne := trouves.sans_reste(lien)) is not None
            ),
            *(lien for cle, lien in trouves.temps.items() if cle in retenues),
            *trouves.finis,
        ]
        self.liens += [renommer(lien, {**noms, **alors}) for lien in liens]
        self.comptes |= {alors[cle]: trouves.comptes[cle] for cle in retenues}


def connaitre(livre: Livre, comptes: Mapping[Cle, Decompte]) -> Connu:
    """What partners will hold once the last table of a book is signed: all that was, and what holds
    them together at each moment at which they could be read.

    Args:
        comptes: the cells of that table.
    """
    code = livre.publications[-1].periode
    moments = Moments(livre, {cle: n for cle, n in comptes.items() if sert(cle, n)})
    connu = Connu()
    plus_tard: dict[Cle, tuple[int, Cle]] = {}
    for rang in reversed(livre.rangs):
        noms = moments.noms[rang]
        ici = moments.cellules(rang)
        connu.comptes |= {noms[cle]: compte for cle, compte in ici.items()}
        connu.liens += [renommer(lien, noms) for lien in relier(ici)]
        trouves = restes(code, livre, rang, moments.tables[rang])
        alors = {}
        for cle, compte in trouves.comptes.items():
            if cle not in plus_tard or plus_tard[cle][0] != compte.exacte:
                plus_tard[cle] = (compte.exacte, a_ce_moment(cle, rang))
            _, alors[cle] = plus_tard[cle]
        connu.retenir(trouves, noms, alors)
    for etat in _en_vigueur(livre):
        connu.liens += moments.relier(etat)
    lus: set[Cle] = set()
    for rang, publication in enumerate(livre.publications[:-1]):
        moment = livre.moment(rang)
        noms, retires = moments.noms[moment], set[Groupe]()
        for chiffre in publication.chiffres.iterator():
            if chiffre.exacte is None:
                if chiffre.code == TOUS:
                    retires.add(
                        Groupe(chiffre.indicateur, chiffre.niveau, chiffre.territoire, chiffre.axe)
                    )
                continue
            cle = cle_de(publication.periode, chiffre)
            if cle not in noms:
                continue  # it binds nothing
            lus.add(noms[cle])
            if cle.indicateur in DES_COMPLEMENTS:
                continue  # everybody subtracts it
            if chiffre.retire:
                connu.tues.add(noms[cle])
            else:
                montree = chiffre.valeur is not None
                connu.sorts[noms[cle]] = Deja.MONTREE if montree else Deja.MASQUEE
        for cle in moments.tables[moment][publication.periode]:
            # A zero that is not written is read, where anything is.
            if noms[cle] not in lus and not moments.tables[moment][publication.periode][cle].exacte:
                lus.add(noms[cle])
                if groupe_de(cle) in retires:
                    connu.tues.add(noms[cle])
    # What this period shows is the new table's, with what of the old one did not move.
    siennes = {cle for cle in connu.comptes if cle.periode == code}
    connu.deja_lues = siennes & connu.sorts.keys()
    for cle in siennes:
        connu.sorts.pop(cle, None)
    connu.tues -= siennes
    connu.jamais_lues = {
        cle for cle in connu.comptes.keys() - lus - siennes if not est_un_reste(cle)
    }
    connu.liens = list(dict.fromkeys(connu.liens))
    return connu


def _en_vigueur(livre: Livre) -> Iterator[dict[str, int]]:
    """Of each period, the rank of its table in force, whenever one was about to be replaced, and
    at the end: they are read together, whenever each was counted."""
    etat: dict[str, int] = {}
    for rang, publication in enumerate(livre.publications):
        if publication.periode in etat:
            yield dict(etat)
        etat[publication.periode] = rang
    yield etat


class Moments:
    """The cells of every period that was signed, at every moment at which months were what they
    were; and what each is called: the same as long as it is the same.

    Args:
        livre: its last publication is about to be signed.
        comptes: the cells of that one.
    """

    def __init__(self, livre: Livre, comptes: Mapping[Cle, Decompte]) -> None:
        self.livre = livre
        self._lues: dict[tuple[str, tuple[int, ...]], dict[Cle, Decompte]] = {}
        sienne = livre.publications[-1].periode
        self._lues[self._version(sienne, livre.dernier)] = dict(comptes)
        for rang, publication in enumerate(livre.publications[:-1]):
            self._lues.setdefault(self._version(publication.periode, rang), _lire(publication))
        signees = {publication.periode for publication in livre.publications}
        self.tables: dict[int, dict[str, dict[Cle, Decompte]]] = {
            rang: {
                p: dict(self._cellules(p, rang))
                for p in sorted(signees)
                if livre.est_compte(p, rang)
            }
            for rang in livre.rangs
        }
        for tables in self.tables.values():
            _avec_leurs_zeros(tables)
        self.noms: dict[int, dict[Cle, Cle]] = {}
        apres: dict[Cle, Decompte] = {}
        noms: dict[Cle, Cle] = {}
        for rang in reversed(livre.rangs):
            ici = self.cellules(rang)
            noms = {
                cle: noms[cle]
                if cle in apres and apres[cle].exacte == compte.exacte
                else cle if rang == livre.dernier
                else cle._replace(periode=f"{cle.periode}~{rang}")
                for cle, compte in ici.items()
            }  # fmt: skip
            self.noms[rang], apres = noms, ici

    def cellules(self, rang: int) -> dict[Cle, Decompte]:
        """Those of all periods, at a moment."""
        return {cle: n for table in self.tables[rang].values() for cle, n in table.items()}

    def relier(self, etat: Mapping[str, int]) -> Iterator[Lien]:
        """What would hold tables together that are of several moments, where it is true of them:
        who reads them can't tell."""
        moments = {periode: self.livre.moment(rang) for periode, rang in etat.items()}
        if len(set(moments.values())) > 1:
            ici = {
                cle: compte
                for periode, rang in moments.items()
                for cle, compte in self.tables[rang][periode].items()
            }
            noms = {cle: self.noms[moments[cle.periode]][cle] for cle in ici}
            yield from (renommer(lien, noms) for lien in relier(ici))

    def _version(self, periode: str, rang: int) -> tuple[str, tuple[int, ...]]:
        return periode, self.livre.version(mois_de(periode), rang)

    def _cellules(self, periode: str, rang: int) -> dict[Cle, Decompte]:
        version = self._version(periode, rang)
        if version not in self._lues:
            comptes = denombrer(periode, self.livre.entrees(mois_de(periode), rang))
            self._lues[version] = {cle: n for cle, n in comptes.items() if sert(cle, n)}
        return self._lues[version]


def _avec_leurs_zeros(tables: dict[str, dict[Cle, Decompte]]) -> None:
    """Add the zeros of the shorter periods, of what the longer ones have: taken out, nobody knows
    that they are."""
    for longue, table in tables.items():
        for courte in tables:
            if longue not in contenantes(courte):
                continue
            connues = publiees(lire(courte)[0])
            tables[courte] |= {
                ici: Decompte(0, None if compte.personnes is None else 0)
                for cle, compte in table.items()
                if (cle.indicateur, cle.niveau, cle.axe) in connues
                and (ici := cle._replace(periode=courte)) not in tables[courte]
                and sert(ici, Decompte(0, compte.personnes))
            }


def nue(periode: str) -> str:
    """A period, of the name that it has in one moment or another."""
    return periode.partition("~")[0]


def _lire(publication: Publication) -> dict[Cle, Decompte]:
    """The cells of a table, as it was signed."""
    lignes = publication.chiffres.filter(exacte__isnull=False)
    lues = {
        cle_de(publication.periode, c): Decompte(int(c.exacte or 0), c.personnes)
        for c in lignes.iterator()
    }
    return {cle: compte for cle, compte in lues.items() if sert(cle, compte)}


def renommer(lien: Lien, noms: Mapping[Any, Cle]) -> Lien:
    if isinstance(lien, Borne):
        petites, grandes = (tuple(noms[c] for c in cles) for cles in (lien.petites, lien.grandes))
        return Borne(petites, grandes)
    parts = tuple(noms[part] for part in lien.parts)
    return (
        Somme(noms[lien.total], parts)
        if isinstance(lien, Somme)
        else Union(noms[lien.union], parts)
    )


def sert(cle: Cle, compte: Decompte) -> bool:
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
