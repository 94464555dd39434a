"""Counting the cells of a period from entries: those of the book, or what could be written now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self
from uuid import UUID

from django.db import connection

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import OUVERTURE, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte, publiees
from indicateurs.publications.complements import DES_COMPLEMENTS, figures_de
from indicateurs.publications.contributions import CLE, TABLE
from indicateurs.publications.figures import (
    COMPLEMENTS_DE_LIGNES,
    COMPLEMENTS_DE_PERSONNES,
    COMPTES,
    DE_LA_FIN,
    IDENTITES,
    TARDIVES,
    est_de_personnes,
)
from indicateurs.sources import Axe
from socle.models import Structure

# Of each entry, the figures that it counts in: its own, those that are some values of one of its
# breakdowns; then what is left of some without others.
COMPTER = """
WITH lignes AS MATERIALIZED (
    SELECT mois, indicateur, structure, arrondissement, axes, personne, sum(valeur) AS valeur
    FROM {entrees} AS entrees
    GROUP BY mois, indicateur, structure, arrondissement, axes, personne
    HAVING sum(valeur) <> 0
),
figures AS (
    SELECT indicateur, structure, arrondissement, axes, personne, valeur FROM lignes
    WHERE indicateur <> ALL (%(de_la_fin)s) OR mois = %(dernier)s
    UNION ALL
    SELECT figure, structure, arrondissement, axes, personne, valeur
    FROM lignes JOIN unnest(
        %(identites)s::text[], %(de)s::text[], %(par)s::text[], %(gardes)s::text[], %(sauf)s::bool[]
    ) AS identite (figure, de, par, gardes, sauf)
        ON indicateur = de
        AND (axes ->> par = ANY (string_to_array(gardes, ' '))) <> sauf
),
toutes AS (
    TABLE figures
    UNION ALL
    SELECT complement, structure, arrondissement, axes, personne, signe * valeur
    FROM figures JOIN unnest(%(complements)s::text[], %(termes)s::text[], %(signes)s::int[])
        AS terme (complement, figure, signe) ON indicateur = figure
),
-- Each level by itself: who is in two structures of a type is one person there.
places AS MATERIALIZED (
    SELECT indicateur, niveau, territoire, axes, personne, sum(valeur) AS valeur
    FROM toutes
    LEFT JOIN (
        SELECT s.code AS structure, s.type, o.code AS organisme
        FROM socle_structure s JOIN socle_organisme o ON o.uuid = s.organisme_id
    ) AS lieux USING (structure)
    CROSS JOIN LATERAL (VALUES
        ('RESEAU', ''), ('TYPE', coalesce(type, '')), ('ORGANISME', coalesce(organisme, '')),
        ('STRUCTURE', structure), ('ARRONDISSEMENT', arrondissement)
    ) AS lieu (niveau, territoire)
    GROUP BY indicateur, niveau, territoire, axes, personne
),
de_chacun AS (
    SELECT indicateur, niveau, territoire, axe, code, personne, sum(valeur) AS valeur
    FROM places
    CROSS JOIN LATERAL (
        SELECT '' AS axe, '' AS code
        UNION ALL
        SELECT key, value FROM jsonb_each_text(axes) WHERE niveau IN ('RESEAU', 'STRUCTURE')
    ) AS part
    WHERE (indicateur, niveau, axe) IN (
        SELECT * FROM unnest(%(figures)s::text[], %(niveaux)s::text[], %(axes)s::text[])
    )
    GROUP BY indicateur, niveau, territoire, axe, code, personne
    HAVING sum(valeur) <> 0
)
SELECT indicateur, niveau, territoire, axe, code, sum(valeur)::bigint,
    count(*) FILTER (WHERE personne IS NOT NULL AND valeur > 0)
FROM de_chacun
GROUP BY indicateur, niveau, territoire, axe, code
"""
FIXES: dict[str, Any] = {
    "de_la_fin": sorted(DE_LA_FIN),
    "identites": [identite.figure for identite in IDENTITES],
    "de": [identite.de for identite in IDENTITES],
    "par": [identite.axe.value for identite in IDENTITES],
    "gardes": [" ".join(identite.codes) for identite in IDENTITES],
    "sauf": [identite.sauf for identite in IDENTITES],
}
_TERMES = [
    (complement.code, figure, signe)
    for complement in COMPLEMENTS_DE_LIGNES
    for signe, figures in ((1, (complement.grand,)), (-1, complement.petits))
    for figure in figures
]
FIXES |= dict(
    zip(("complements", "termes", "signes"), map(list, zip(*_TERMES, strict=True)), strict=True)
)


@dataclass(frozen=True)
class Entrees:
    """The entries of some months: of these publications, or those that could be written now.

    Args:
        publications: None for what could be written now.
        anciennes: of this, only of what had reached us by the instant that it was gathered for.
        mures: whether what is known late of all these months is among them; no cell is, else.
    """

    mois: tuple[date, ...]
    publications: tuple[UUID, ...] | None = None
    mures: bool = True
    anciennes: bool = False

    def avec(self, publication: Publication) -> Self:
        """The same, with those of one more."""
        return replace(self, publications=(*(self.publications or ()), publication.pk))

    @property
    def requete(self) -> str:
        if self.publications is None:
            valeur = "anciennes" if self.anciennes else "valeur"
            return f"(SELECT {CLE}, {valeur} AS valeur FROM {TABLE} WHERE mois = ANY (%(mois)s))"
        return (
            "(SELECT * FROM indicateurs_ecriture WHERE mois = ANY (%(mois)s)"
            f" AND publication_id = ANY (%(publications)s) AND indicateur <> '{OUVERTURE}')"
        )

    @property
    def parametres(self) -> dict[str, Any]:
        return {
            "mois": list(self.mois),
            "dernier": max(self.mois),
            "publications": list(self.publications or ()),
        }


def mois_de(code: str) -> tuple[str, ...]:
    """The months of a period."""
    return (code,) if lire(code)[0] == Pas.MOIS else contenues(code, Pas.MOIS)


def denombrer(code: str, entrees: Entrees, pas: Pas | None = None) -> dict[Cle, Decompte]:
    """Every cell of a period that is not zero, and the territories' own even when they are; and
    beside each figure the complements that it gives.

    Args:
        entrees: of its months, or of some of them.
        pas: of what length it is, where only some of its cells are asked for.
    """
    connues = publiees(pas or lire(code)[0])
    figures, niveaux, axes = map(list, zip(*sorted(connues), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            COMPTER.format(entrees=entrees.requete),
            FIXES | entrees.parametres | {"figures": figures, "niveaux": niveaux, "axes": axes},
        )
        lues = cursor.fetchall()
    trouves = {
        Cle(code, *ou): _decompte(ou[0], valeur, personnes) for *ou, valeur, personnes in lues
    }
    trouves = {
        cle: compte for cle, compte in trouves.items()
        if compte.exacte and (entrees.mures or TARDIVES.isdisjoint(figures_de(cle.indicateur)))
    }  # fmt: skip
    for complement in COMPLEMENTS_DE_PERSONNES:
        for cle in [cle for cle in trouves if cle.indicateur == complement.grand]:
            if (complement.code, cle.niveau, cle.axe) in connues:
                petits = [cle._replace(indicateur=petit) for petit in complement.petits]
                reste = trouves[cle].exacte - sum(trouves[c].exacte for c in petits if c in trouves)
                # None of it too: that binds the figures.
                trouves[cle._replace(indicateur=complement.code)] = Decompte(reste, reste)
    for cle in _territoires_de_droit(code, entrees):
        trouves.setdefault(cle, Decompte(0, 0 if PAR_CODE[cle.indicateur].de_personnes else None))
    return trouves


def _decompte(code: str, valeur: int, personnes: int) -> Decompte:
    if est_de_personnes(code):
        return Decompte(personnes, personnes)
    suivie = code in DES_COMPLEMENTS or PAR_CODE[code].de_personnes
    return Decompte(valeur, personnes if suivie else None)


def _territoires_de_droit(code: str, entrees: Entrees) -> Iterable[Cle]:
    """The network, and the structures where the figure makes sense: their zero is said."""
    reseau, structures = Portee(), {s.code: Portee(s) for s in Structure.objects.all()}
    for indicateur in COMPTES:
        if not entrees.mures and indicateur.code in TARDIVES:
            continue
        if indicateur.concerne(reseau):
            yield Cle(code, indicateur.code, Niveau.RESEAU)
        for structure, portee in structures.items():
            if Axe.STRUCTURE in indicateur.axes and indicateur.concerne(portee):
                yield Cle(code, indicateur.code, Niveau.STRUCTURE, structure)


def personnes_de(entrees: Entrees, figure: str) -> list[UUID]:
    """The distinct persons of a figure."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT personne FROM {entrees.requete} AS entrees"
            " WHERE indicateur = %(figure)s AND personne IS NOT NULL"
            " GROUP BY personne HAVING sum(valeur) > 0",
            entrees.parametres | {"figure": figure},
        )
        return [personne for (personne,) in cursor.fetchall()]


def inconnus(entrees: Entrees) -> list[int]:
    """The contacts of nobody known of each month that has some."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum(valeur)::bigint FROM {entrees.requete} AS entrees"
            " WHERE indicateur IN ('passages', 'rencontres') AND personne IS NULL GROUP BY mois",
            entrees.parametres,
        )
        return [combien for (combien,) in cursor.fetchall()]
