"""What is left of a longer period beyond the shorter ones that were signed of it.

Of a quarter and two of its months, the third is a subtraction, though nobody has published it: so
it is a secret as soon as the others are, and stays one until it is published itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from indicateurs.enums import Niveau
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.complements import COMPLEMENTS, DES_COMPLEMENTS, Partage, partage_de
from indicateurs.publications.comptage import denombrer, mois_de
from indicateurs.publications.liens import BORNES
from indicateurs.publications.livre import Livre
from indicateurs.secret import Borne, Lien, Somme, Union
from indicateurs.secret.modele import rangees

RESTE = "~reste"
Tables = Mapping[str, Mapping[Cle, Decompte]]


@dataclass
class Restes:
    """What is left, and what holds it together with the rest.

    Args:
        temps: what each follows from.
        finis: of what nothing is left.
        entre: what they say of each other.
    """

    comptes: dict[Cle, Decompte] = field(default_factory=dict)
    temps: dict[Cle, Somme | Union] = field(default_factory=dict)
    finis: list[Somme | Borne] = field(default_factory=list)
    entre: list[Somme | Borne] = field(default_factory=list)

    def sans_reste(self, lien: Somme | Borne) -> Borne | None:
        """What is said of what is left, said of what it is left of: as many persons have visits in
        the other months as there are of the year, less those of these. So no cell is needed of what
        many are behind."""
        petites, grandes = (lien.petites, lien.grandes) if isinstance(lien, Borne) else (
            lien.parts, (lien.total,),
        )  # fmt: skip
        bas: list[Any] = []
        haut: list[Any] = []
        for cle in cast("tuple[Cle, ...]", petites):
            temps = self.temps.get(cle)
            if temps is None:
                continue  # at least nothing
            # A sum, or at least what the others of a union leave.
            bas.append(temps.total if isinstance(temps, Somme) else temps.union)
            haut += [part for part in temps.parts if part != cle]
        for cle in cast("tuple[Cle, ...]", grandes):
            temps = self.temps.get(cle)
            if temps is None:
                return None
            if isinstance(temps, Somme):
                haut.append(temps.total)
                bas += [part for part in temps.parts if part != cle]
            else:
                haut.append(temps.union)
        return Borne(tuple(bas), tuple(haut)) if bas else None


def restes(code: str, livre: Livre, rang: int, tables: Tables) -> Restes:
    """What is left of what a period is in, or is cut into, with who is behind it.

    Args:
        tables: the cells of the periods that are signed, at a moment of the book.
    """
    trouves = Restes()
    for longue in (code, *contenantes(code)):
        for ventilees in (False, True) if longue in tables else ():
            parts = _parts(longue, tables, ventilees)
            couverts = {mois for part in parts for mois in mois_de(part)}
            manquent = [mois for mois in mois_de(longue) if mois not in couverts]
            if parts and manquent:
                comptes = denombrer(longue, livre.entrees(manquent, rang), Pas.TRIMESTRE)
                _rester(trouves, comptes, longue, parts, tables, ventilees)
    trouves.entre = list(_entre(trouves.comptes))
    return trouves


def est_un_reste(cle: Cle) -> bool:
    return RESTE in cle.periode


def entiere_de(cle: Cle) -> Cle:
    """The cell of the whole period, of which this is left; itself where it is one."""
    return cle._replace(periode=cle.periode.partition(RESTE)[0])


def a_ce_moment(cle: Cle, rang: int) -> Cle:
    """The name of what is left, at a moment of the book."""
    return cle._replace(periode=f"{cle.periode}~{rang}")


def cles_de(lien: Lien) -> set[Cle]:
    return {cast("Cle", cle) for _, termes in rangees(lien) for _, cle in termes}


def _parts(longue: str, tables: Tables, ventilees: bool) -> list[str]:
    """The shorter periods that are signed, each day in one. A month has totals only."""
    pas, _ = lire(longue)
    trimestres = contenues(longue, Pas.TRIMESTRE) if pas == Pas.ANNEE else ()
    parts = [trimestre for trimestre in trimestres if trimestre in tables]
    if pas != Pas.MOIS and not ventilees:
        couverts = {mois for part in parts for mois in mois_de(part)}
        parts += [m for m in mois_de(longue) if m in tables and m not in couverts]
    return parts


def _rester(
    trouves: Restes,
    comptes: Mapping[Cle, Decompte],
    longue: str,
    parts: list[str],
    tables: Tables,
    ventilees: bool,
) -> None:
    ici: dict[Cle, int] = {}
    for total, compte in tables[longue].items():
        partage = partage_de(total.indicateur)
        if total.indicateur in DES_COMPLEMENTS or not est_partout(total, ventilees):
            continue
        siennes = [c for p in parts if (c := total._replace(periode=p)) in tables[p]]
        valeurs = [tables[cle.periode][cle].exacte for cle in siennes]
        reste = total._replace(periode=longue + RESTE)
        derriere = comptes.get(total, Decompte(0, None if compte.personnes is None else 0))
        laisse = compte.exacte - sum(valeurs)
        if partage is Partage.SOMME and siennes and not laisse:
            # Nothing is left: everybody will know, once it is published.
            trouves.finis.append(Somme(total, tuple(siennes)))
            ici[total] = 0
        elif partage is Partage.SOMME and laisse > 0:
            trouves.temps[reste] = Somme(total, (*siennes, reste))
            trouves.comptes[reste] = replace(derriere, exacte=laisse)
            ici[total] = laisse
        elif partage is Partage.UNION:
            toutes = [*valeurs, derriere.exacte]
            if max(toutes) <= compte.exacte <= sum(toutes):
                ici[total] = derriere.exacte
                if derriere.exacte:
                    trouves.temps[reste] = Union(total, (*siennes, reste))
                    trouves.comptes[reste] = derriere
                elif siennes:
                    trouves.finis.append(Borne((total,), tuple(siennes)))
    presents = tables[longue].keys()
    for complement in COMPLEMENTS:
        for grand in [cle for cle in ici if cle.indicateur == complement.grand]:
            petits = {grand._replace(indicateur=petit) for petit in complement.petits} & presents
            exacte = ici[grand] - sum(ici.get(petit, 0) for petit in petits)
            # Where one of them does not hold together, nothing is known of what it leaves.
            if exacte > 0 and petits <= ici.keys():
                autre = grand._replace(indicateur=complement.code)
                derriere = comptes.get(autre, Decompte(0, 0))
                if complement.partage is not Partage.SOMME:
                    derriere = Decompte(exacte, exacte)
                trouves.comptes[autre._replace(periode=longue + RESTE)] = replace(
                    derriere, exacte=exacte
                )


def _entre(comptes: Mapping[Cle, Decompte]) -> Iterator[Somme | Borne]:
    """What is true of the cells of a period is true of what is left of it, but where some of them
    wait for what others show."""
    for cle in comptes:

        def memes(*codes: str, cle: Cle = cle) -> tuple[Cle, ...]:
            return tuple(m for code in codes if (m := cle._replace(indicateur=code)) in comptes)

        for petite, grande in BORNES:
            for autre in memes(grande) if cle.indicateur == petite else ():
                if comptes[cle].exacte <= comptes[autre].exacte:
                    yield Borne((cle,), (autre,))
        for complement in COMPLEMENTS:
            if cle.indicateur == complement.grand:
                petits, autres = memes(*complement.petits), memes(complement.code)
                laisse = comptes[cle].exacte - sum(comptes[c].exacte for c in (*petits, *autres))
                if autres and not laisse:
                    yield Somme(cle, (*petits, *autres))
                elif petits and laisse >= 0:
                    yield Borne(petits, (cle,))


def est_partout(cle: Cle, ventilees: bool) -> bool:
    """A total is told of every period, a breakdown of the network's quarters and years."""
    return cle.niveau == Niveau.RESEAU and bool(cle.axe) if ventilees else not cle.axe
