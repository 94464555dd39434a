"""What a night's figures are made of, from the rows as they are or as they stood on an earlier day.

The sweep of `hebergement.occupation` is played again, on the tables or on CTEs that bear their
names and hold what the history knew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection

from commun.horloge import PARIS, aujourd_hui, maintenant
from hebergement.enums import EtatPlace
from hebergement.occupation import BALAYAGE, COLONNES, OUVERTURES


def _etat(table: str, colonnes: str, lesquels: str) -> str:
    """The rows of a table as they stood at `instant`, under the name of the table.

    The entries of a row are written under its lock: their numbers follow each other as its
    versions do, which their instants, those of when transactions began, need not.
    """
    return f"""
{table} AS MATERIALIZED (
    SELECT {colonnes} FROM (
        SELECT DISTINCT ON (pgh_obj_id) pgh_label, {colonnes} FROM {table}event
        WHERE pgh_created_at < %(instant)s {lesquels}
        ORDER BY pgh_obj_id, pgh_id DESC
    ) AS dernier
    WHERE pgh_label <> 'delete'
)"""


# Of the sites asked for, the rows that have ever been there; of the stays, those too that come
# just before or after: where they were tells a transfer from a move. What came later is left out
# row by row, and not here: a stay may have been elsewhere at that instant.
HISTOIRE = f"""
lieux AS (
    SELECT DISTINCT pgh_obj_id FROM hebergement_placeevent WHERE site_id = ANY(%(sites)s)
),
la AS (
    SELECT pgh_obj_id, suite_de_id FROM hebergement_sejourevent
    WHERE place_id IN (TABLE lieux)
),
sejours_suivis AS (
    SELECT pgh_obj_id FROM la
    UNION
    SELECT suite_de_id FROM la
    UNION
    SELECT pgh_obj_id FROM hebergement_sejourevent
    WHERE suite_de_id IN (SELECT pgh_obj_id FROM la)
),
fermetures_suivies AS (
    SELECT pgh_obj_id FROM hebergement_fermetureevent WHERE place_id IN (TABLE lieux)
),
{_etat("hebergement_place", "uuid, site_id, chambre_id, libelle, ouverte_le, fermee_le", "")},
{
    _etat(
        "hebergement_fermeture",
        "uuid, place_id, debut, fin, motif",
        "AND pgh_obj_id IN (TABLE fermetures_suivies)",
    )
},
{
    _etat(
        "hebergement_sejour",
        "uuid, place_id, nature, arrivee, depart, suite_de_id",
        "AND pgh_obj_id IN (TABLE sejours_suivis)",
    )
},
"""

TAUX = "CASE WHEN disponibles > 0 THEN round(occupees::numeric(12, 6) / disponibles, 4) END AS taux"

# From the day on which the first of the sites opens, each night has a row at least: a page of rows
# needs no more nights than rows.
CONNUES = f"""
WITH {HISTOIRE} {OUVERTURES},
zones AS (
    SELECT site_id, greatest(%(du)s, premiere) AS du,
        least(%(au)s, greatest(%(du)s, min(premiere) OVER ()) + %(nuits)s) AS au
    FROM ouvertures WHERE site_id = ANY(%(sites)s)
), {BALAYAGE}
SELECT {COLONNES}, {TAUX}, %(maintenant)s::timestamptz AS calcule_le, %(connu_le)s::date AS connu_le
FROM calcul
"""

# With `etat`, an `EtatPlace`, as `PlaceQuerySet.avec_etat` gives it: someone in a closed place is
# there all the same.
DETAIL = f"""
{OUVERTURES}, zones AS (
    SELECT %(site)s::uuid AS site_id, %(jour)s::date AS du, %(jour)s::date + 1 AS au
), {BALAYAGE},
fermees_ce_soir AS (
    SELECT place_id, string_agg(motif, ' ; ' ORDER BY debut, uuid) AS motif
    FROM hebergement_fermeture
    WHERE debut <= %(jour)s AND (fin IS NULL OR fin > %(jour)s) GROUP BY place_id
),
par_place AS (
    SELECT p.uuid AS place, p.libelle, p.chambre_id AS chambre,
        p.ouverte_le <= %(jour)s AND (p.fermee_le IS NULL OR p.fermee_le > %(jour)s) AS ouverte,
        s.nature IS NOT NULL AND s.nature = 'SEJOUR' AS prise,
        s.nature IS NOT NULL AND s.nature = 'RETENUE' AS tenue,
        f.motif
    FROM hebergement_place p
    LEFT JOIN fermees_ce_soir f ON f.place_id = p.uuid
    LEFT JOIN hebergement_sejour s ON s.place_id = p.uuid
        AND s.arrivee <= %(jour)s AND (s.depart IS NULL OR s.depart > %(jour)s)
    WHERE p.site_id = %(site)s
),
detail AS (
    SELECT place, libelle, chambre,
        CASE WHEN prise THEN '{EtatPlace.OCCUPEE}' WHEN tenue THEN '{EtatPlace.RETENUE}'
            WHEN NOT ouverte THEN '{EtatPlace.HORS_OUVERTURE}'
            WHEN motif IS NOT NULL THEN '{EtatPlace.FERMEE}' ELSE '{EtatPlace.LIBRE}' END AS etat,
        prise AS compte_au_numerateur,
        ouverte AND (prise OR motif IS NULL) AS compte_au_denominateur,
        prise AND motif IS NOT NULL AS anomalie,
        CASE WHEN ouverte THEN motif END AS motif_fermeture
    FROM par_place
)
SELECT {COLONNES}, {TAUX}, %(connu_le)s::date AS connu_le,
    -- The instant of the row that was written from the same facts; of this answer, where none was.
    coalesce((
        SELECT n.calcule_le FROM hebergement_occupationnuit n
        WHERE (n.site_id, n.jour, n.empreinte, n.formule)
            = (c.site_id, c.jour, c.empreinte, c.formule) AND %(connu_le)s::date IS NULL
    ), %(maintenant)s) AS calcule_le,
    (SELECT json_agg(d ORDER BY d.libelle, d.place) FROM detail d) AS places
FROM calcul c
"""


def fin_du_jour(jour: date) -> datetime:
    """The instant at which a day ends in Paris."""
    return datetime.combine(jour + timedelta(days=1), time(0), PARIS)


def _lire(requete: str, valeurs: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(requete, {"maintenant": maintenant(), **valeurs})
        noms = [colonne.name for colonne in cursor.description]
        return [SimpleNamespace(**dict(zip(noms, ligne, strict=True))) for ligne in cursor]


@dataclass(frozen=True)
class NuitsConnues:
    """The nights `[du, au)` of some sites as the service would have told them at the end of a day.

    The last is that of the day before: the night of `connu_le` itself was not over.
    """

    sites: list[UUID]
    du: date
    au: date
    connu_le: date

    def page(
        self, combien: int, depuis: tuple[date, UUID] | None = None, *, retour: bool = False
    ) -> list[Any]:
        """The first `combien` of them after `depuis`, a night and a site; or before, backwards.

        Rows have the names of `OccupationNuit`. One statement, whatever the length.
        """
        du, au = self.du, min(self.au, self.connu_le)
        # The night where the page before stopped may be needed in part.
        nuits = combien + 1
        if depuis is not None and retour:
            au = min(au, depuis[0] + timedelta(days=1))
        elif depuis is not None:
            du = max(du, depuis[0])
        if retour:
            du = max(du, au - timedelta(days=nuits))
        sens, signe = ("DESC", "<") if retour else ("ASC", ">")
        au_dela = f"WHERE (jour, site_id) {signe} (%(jour)s, %(site)s)" if depuis else ""
        jour, site = depuis or (None, None)
        return _lire(
            f"{CONNUES} {au_dela} ORDER BY jour {sens}, site_id {sens} LIMIT %(combien)s",
            {
                "sites": self.sites, "du": du, "au": au, "nuits": nuits, "combien": combien,
                "connu_le": self.connu_le, "instant": fin_du_jour(self.connu_le),
                "jour": jour, "site": site,
            },
        )  # fmt: skip


def detailler(site: UUID, jour: date, connu_le: date | None = None) -> Any:
    """A night, place by place; None where the site has no such night.

    Computed from the rows as they are, so that the places always make the figures: `empreinte` is
    that of the row that was written unless a change waits to be computed.

    Returns:
        A row as of `OccupationNuit`, and its `places`: dicts, no person and no stay in them.
    """
    if jour >= (connu_le or aujourd_hui()):
        return None
    valeurs: dict[str, Any] = {"site": site, "jour": jour, "connu_le": connu_le}
    if connu_le is None:
        lignes = _lire(f"WITH {DETAIL}", valeurs)
    else:
        valeurs |= {"sites": [site], "instant": fin_du_jour(connu_le)}
        lignes = _lire(f"WITH {HISTOIRE} {DETAIL}", valeurs)
    return lignes[0] if lignes else None
