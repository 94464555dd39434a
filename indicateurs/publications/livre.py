"""The book of a year: what was counted for its publications, and what it was at each of them.

Every table that was signed is the sum of the entries of its months until then, so months add up to
their quarter whenever each was signed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from django.db import connection
from django.db.models import Q

from indicateurs.enums import Niveau
from indicateurs.models import OUVERTURE, Ecriture, Publication
from indicateurs.periodes import Pas, contenantes, lire
from indicateurs.publications.admission import Changement, Etat, Ligne
from indicateurs.publications.comptage import Entrees, mois_de
from indicateurs.publications.contributions import CLE, TABLE

ECRIRE = f"""
INSERT INTO indicateurs_ecriture (publication_id, {CLE}, valeur)
SELECT %(publication)s, {CLE}, sum(valeur) FROM {TABLE}
WHERE mois = ANY (%(mois)s)
GROUP BY {CLE} HAVING sum(valeur) <> 0
"""


@dataclass(frozen=True)
class Livre:
    """What was written for a year.

    Args:
        publications: that were signed, in order; and the one that is being prepared.
        ouvertures: of each month, the rank of the publication for which it was counted first.
        murs: of each month of which what is known late was counted, the rank of when it was.
        corrections: the ranks of those that changed months which had been counted, with these.
    """

    publications: tuple[Publication, ...]
    ouvertures: Mapping[date, int]
    murs: Mapping[date, int]
    corrections: Mapping[int, frozenset[date]]

    @classmethod
    def de(cls, code: str) -> Self:
        """The book of the year of a period."""
        signees = tuple(
            Publication.objects.signees()
            .filter(periode__startswith=code[:4])
            .order_by("signee_le", "connu_le", "revision")
        )
        return cls(signees, {}, {}, {})._lire()

    def _lire(self) -> Self:
        rangs = {publication.pk: rang for rang, publication in enumerate(self.publications)}
        ouvertures: dict[date, int] = {}
        murs: dict[date, int] = {}
        ecrits: dict[int, set[date]] = defaultdict(set)
        lues = Ecriture.objects.filter(publication__in=rangs).order_by()
        ouvre = Q(indicateur=OUVERTURE)
        for pk, mois, ouvert, mur in (
            lues.annotate(ouvre=ouvre, murit=ouvre & Q(valeur=1))
            .values_list("publication", "mois", "ouvre", "murit")
            .distinct()
        ):
            rang = rangs[pk]
            ecrits[rang].add(mois)
            if ouvert:
                ouvertures[mois] = min(rang, ouvertures.get(mois, rang))
            if mur:
                murs[mois] = rang
        corrections = {
            rang: frozenset(mois for mois in ecrits[rang] if ouvertures[mois] != rang)
            for rang in sorted(ecrits)
        }
        corrigees = {rang: mois for rang, mois in corrections.items() if mois}
        return replace(self, ouvertures=ouvertures, murs=murs, corrections=corrigees)

    def avec(self, publication: Publication) -> Self:
        """The same, with what is written for one that is being prepared."""
        return replace(self, publications=(*self.publications, publication))._lire()

    @property
    def dernier(self) -> int:
        return len(self.publications) - 1

    def derniere_de(self, code: str) -> Publication | None:
        """The last that was signed of a period."""
        siennes = [p for p in self.publications if p.periode == code]
        return siennes[-1] if siennes else None

    @property
    def rangs(self) -> list[int]:
        """The moments between which months that had been counted changed; the last one is now."""
        return [rang - 1 for rang in self.corrections] + [self.dernier]

    def moment(self, rang: int) -> int:
        """The first of these at which a publication was signed already."""
        return min(r for r in self.rangs if r >= rang)

    def ouverts(self, rang: int) -> frozenset[date]:
        return frozenset(mois for mois, depuis in self.ouvertures.items() if depuis <= rang)

    def etats(self) -> list[Etat]:
        """All that partners may compare with."""
        return [
            Etat(
                rang,
                self.ouverts(rang),
                Lecture(self.publications[: rang + 1]).se_lit,
                frozenset(mois for mois, depuis in self.murs.items() if depuis <= rang),
            )
            for rang in self.rangs
        ]

    def entrees(self, mois: Iterable[str], rang: int) -> Entrees:
        """What was written of these months until a moment."""
        ids = tuple(publication.pk for publication in self.publications[: rang + 1])
        jours = tuple(jour_de(code) for code in mois)
        return Entrees(jours, ids, mures=all(self.murs.get(j, rang + 1) <= rang for j in jours))

    def est_compte(self, code: str, rang: int) -> bool:
        """Whether all months of a period were counted then."""
        return {jour_de(mois) for mois in mois_de(code)} <= self.ouverts(rang)

    def version(self, mois: Iterable[str], rang: int) -> tuple[int, ...]:
        """What tells the entries of some months at a moment from those at another."""
        jours = {jour_de(code) for code in mois}
        return tuple(r for r, siens in self.corrections.items() if r <= rang and siens & jours)

    def revisables(self, code: str) -> tuple[str, ...]:
        """The months, of those that were counted, that a publication of a period corrects: of which
        no shorter period was signed, or it would not be their sum any more."""
        signees = {publication.periode for publication in self.publications}
        return tuple(
            mois
            for mois in mois_de(code)
            if jour_de(mois) in self.ouvertures
            and not any(
                plus_courte in signees and code in contenantes(plus_courte)
                for plus_courte in (mois, *contenantes(mois))
            )
        )


class Lecture:
    """Which breakdowns somebody could tell, from the periods that were signed."""

    def __init__(self, publications: Sequence[Publication]) -> None:
        self.signees = {p.periode for p in publications if lire(p.periode)[0] != Pas.MOIS}

    def se_lit(self, periode: str, niveau: str, _axe: str) -> bool:
        if niveau == Niveau.STRUCTURE:
            return periode in self.signees
        return any(
            periode == autre or periode in contenantes(autre) or autre in contenantes(periode)
            for autre in self.signees
        )


def jour_de(mois: str) -> date:
    """The first day of a month, by which the book names it."""
    return lire(mois)[1].debut


def marquer(publication: Publication, mois: Iterable[str], *, murs: bool) -> None:
    """Say that months are counted from here on; `murs`: with what is known late."""
    Ecriture.objects.bulk_create(
        Ecriture(
            publication=publication, mois=jour_de(code), indicateur=OUVERTURE, valeur=int(murs)
        )
        for code in mois
    )


def ouvrir(publication: Publication, mois: Collection[str], *, murs: bool) -> None:
    """Write all that is of these months now."""
    marquer(publication, mois, murs=murs)
    with connection.cursor() as cursor:
        cursor.execute(
            ECRIRE, {"publication": publication.pk, "mois": [jour_de(code) for code in mois]}
        )


def corriger(publication: Publication, changements: Iterable[Changement]) -> None:
    """Write by how much entries of months that had been counted change, beside what this one wrote
    of them already."""
    de_combien: dict[Ligne, int] = defaultdict(int)
    deja = publication.ecritures.exclude(indicateur=OUVERTURE)
    for ecriture in deja:
        cle = {nom: getattr(ecriture, nom) for nom in Ligne._fields}
        ligne = Ligne(**cle | {"axes": tuple(sorted(ecriture.axes.items()))})
        de_combien[ligne] += ecriture.valeur
    deja.delete()
    for changement in changements:
        for ligne, combien in changement.lignes.items():
            de_combien[ligne] += combien
    Ecriture.objects.bulk_create(
        [
            Ecriture(publication=publication, valeur=combien,
                     **ligne._asdict() | {"axes": dict(ligne.axes)})
            for ligne, combien in de_combien.items() if combien
        ],
        batch_size=5000,
    )  # fmt: skip
