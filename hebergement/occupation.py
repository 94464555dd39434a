"""The nightly occupancy of every site: docs/definitions.md § 2, in one pass of SQL.

An event sweep: each opening, closure and stay is a +1 on the day it starts and a −1 on the day it
ends; a running sum over the days gives the figures. The cost grows with what happens, plus the
rows written, and never with stays × days.
"""

from __future__ import annotations

import json
from datetime import date

from django.db import connection, transaction

from commun.horloge import aujourd_hui
from hebergement.models import ControleOccupation

# One computation at a time: two that overlap could write an older state over a newer one.
VERROU = 7_203_019
# And one check at a time, which does not keep the nights from being computed.
VERROU_DU_CONTROLE = 7_203_021

COLONNES = (
    "site_id, jour, theoriques, fermees, disponibles, occupees, reservees, entrees, sorties, "
    "transferts_entrants, transferts_sortants, anomalies"
)

OUVERTURES = """
ouvertures AS (
    SELECT site_id, min(ouverte_le) AS premiere FROM hebergement_place GROUP BY site_id
)
"""

# From `ouvertures` and `zones(site_id, du, au)`, ranges of nights `[du, au)` that are disjoint
# within a site, to `calcul`, one row a site and night.
BALAYAGE = """
zones_ouvertes AS (
    SELECT z.site_id, greatest(z.du, o.premiere) AS du, z.au
    FROM zones z JOIN ouvertures o USING (site_id)
    WHERE greatest(z.du, o.premiere) < z.au
),
fermees_par_place AS (
    SELECT p.uuid AS place_id, p.site_id,
        range_agg(daterange(f.debut, f.fin)) * multirange(daterange(p.ouverte_le, p.fermee_le))
            AS fermeture
    FROM hebergement_fermeture f JOIN hebergement_place p ON p.uuid = f.place_id
    WHERE p.site_id IN (SELECT site_id FROM zones_ouvertes)
    GROUP BY p.uuid
),
occupees_et_fermables AS (
    SELECT f.site_id, f.fermeture,
        coalesce(
            range_agg(daterange(s.arrivee, s.depart))
                FILTER (WHERE s.nature = 'SEJOUR'),
            '{}'::datemultirange
        ) AS occupation
    FROM fermees_par_place f LEFT JOIN hebergement_sejour s ON s.place_id = f.place_id
    GROUP BY f.place_id, f.site_id, f.fermeture
),
intervalles AS (
    SELECT site_id, ouverte_le AS debut, fermee_le AS fin,
        1 AS theoriques, 0 AS fermees, 0 AS occupees, 0 AS reservees, 0 AS anomalies
    FROM hebergement_place
    UNION ALL
    SELECT p.site_id, s.arrivee, s.depart, 0, 0,
        (s.nature = 'SEJOUR')::int, (s.nature = 'RETENUE')::int, 0
    FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
    UNION ALL
    SELECT site_id, lower(r), upper(r), 0, 1, 0, 0, 0
    FROM occupees_et_fermables, unnest(fermeture - occupation) AS r
    UNION ALL
    SELECT site_id, lower(r), upper(r), 0, 0, 0, 0, 1
    FROM occupees_et_fermables, unnest(fermeture * occupation) AS r
),
bornes AS (
    SELECT z.site_id, z.du, e.jour, e.signe * i.theoriques AS theoriques,
        e.signe * i.fermees AS fermees, e.signe * i.occupees AS occupees,
        e.signe * i.reservees AS reservees, e.signe * i.anomalies AS anomalies,
        0 AS entrees, 0 AS sorties, 0 AS transferts_entrants, 0 AS transferts_sortants
    FROM intervalles i
    JOIN zones_ouvertes z ON z.site_id = i.site_id
        AND i.debut < z.au AND (i.fin IS NULL OR i.fin > z.du)
    CROSS JOIN LATERAL (VALUES (greatest(i.debut, z.du), 1), (i.fin, -1)) AS e(jour, signe)
    WHERE e.jour < z.au
      AND (i.fin IS NULL OR i.debut < i.fin)
),
mouvements AS (
    SELECT p.site_id, s.arrivee AS jour, (s.suite_de_id IS NULL)::int AS entrees, 0 AS sorties,
        coalesce((pa.site_id <> p.site_id)::int, 0) AS transferts_entrants,
        0 AS transferts_sortants
    FROM hebergement_sejour s
    JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour avant ON avant.uuid = s.suite_de_id
    LEFT JOIN hebergement_place pa ON pa.uuid = avant.place_id
    WHERE s.nature = 'SEJOUR'
    UNION ALL
    SELECT p.site_id, s.depart, 0, (suite.uuid IS NULL)::int, 0,
        coalesce((ps.site_id <> p.site_id)::int, 0)
    FROM hebergement_sejour s
    JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour suite ON suite.suite_de_id = s.uuid
    LEFT JOIN hebergement_place ps ON ps.uuid = suite.place_id
    WHERE s.nature = 'SEJOUR' AND s.depart IS NOT NULL
),
evenements AS (
    SELECT * FROM bornes
    UNION ALL
    SELECT z.site_id, z.du, m.jour, 0, 0, 0, 0, 0,
        m.entrees, m.sorties, m.transferts_entrants, m.transferts_sortants
    FROM mouvements m
    JOIN zones_ouvertes z ON z.site_id = m.site_id AND m.jour >= z.du AND m.jour < z.au
    UNION ALL
    SELECT z.site_id, z.du, j::date, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM zones_ouvertes z, generate_series(z.du, z.au - 1, interval '1 day') AS j
),
par_jour AS (
    SELECT site_id, du, jour,
        sum(theoriques) AS theoriques, sum(fermees) AS fermees, sum(occupees) AS occupees,
        sum(reservees) AS reservees, sum(anomalies) AS anomalies, sum(entrees) AS entrees,
        sum(sorties) AS sorties, sum(transferts_entrants) AS transferts_entrants,
        sum(transferts_sortants) AS transferts_sortants
    FROM evenements GROUP BY site_id, du, jour
),
cumul AS (
    SELECT site_id, jour, entrees, sorties, transferts_entrants, transferts_sortants,
        sum(theoriques) OVER courant AS theoriques, sum(fermees) OVER courant AS fermees,
        sum(occupees) OVER courant AS occupees, sum(reservees) OVER courant AS reservees,
        sum(anomalies) OVER courant AS anomalies
    FROM par_jour
    WINDOW courant AS (PARTITION BY site_id, du ORDER BY jour ROWS UNBOUNDED PRECEDING)
),
calcul AS (
    SELECT site_id, jour, theoriques, fermees, theoriques - fermees AS disponibles, occupees,
        reservees, entrees, sorties, transferts_entrants, transferts_sortants, anomalies
    FROM cumul
)
"""

# A site has its nights from its first opening to yesterday. Those never computed are asked for like
# any other: a beat that was away for a week loses none. So are those that a first opening moved
# since has brought or left without a place, which may lie outside the place that moved it.
ZONES_A_RECALCULER = """
prises AS (
    DELETE FROM hebergement_marquenuits RETURNING site_id, du, au
),
calculees AS (
    SELECT site_id, min(jour) AS premiere, max(jour) + 1 AS suivante
    FROM hebergement_occupationnuit GROUP BY site_id
),
demandees AS (
    SELECT site_id, daterange(du, least(au, %(fin)s)) AS zone FROM prises WHERE du < %(fin)s
    UNION ALL
    SELECT site_id, daterange(coalesce(c.suivante, o.premiere), %(fin)s)
    FROM ouvertures o LEFT JOIN calculees c USING (site_id)
    WHERE coalesce(c.suivante, o.premiere) < %(fin)s
    UNION ALL
    SELECT site_id, daterange(
        least(c.premiere, o.premiere),
        least(greatest(c.premiere, coalesce(o.premiere, %(fin)s)), %(fin)s)
    )
    FROM calculees c LEFT JOIN ouvertures o USING (site_id)
    WHERE c.premiere IS DISTINCT FROM o.premiere AND least(c.premiere, o.premiere) < %(fin)s
),
zones AS (
    SELECT site_id, lower(zone) AS du, upper(zone) AS au
    FROM (SELECT site_id, unnest(range_agg(zone)) AS zone FROM demandees GROUP BY site_id) AS f
)
"""

ECRITURE = f"""
WITH {OUVERTURES}, {ZONES_A_RECALCULER}, {BALAYAGE},
-- Nights before a first opening that was moved later, or of a site left without places.
effacees AS (
    DELETE FROM hebergement_occupationnuit o USING zones z
    WHERE o.site_id = z.site_id AND o.jour >= z.du AND o.jour < z.au
      AND NOT EXISTS (
          SELECT 1 FROM ouvertures v WHERE v.site_id = o.site_id AND v.premiere <= o.jour
      )
)
INSERT INTO hebergement_occupationnuit AS o ({COLONNES})
SELECT {COLONNES} FROM calcul
"""

# Where a night was written before; looking for it costs a sixth of a whole history.
PAR_DESSUS = """
ON CONFLICT (site_id, jour) DO UPDATE SET
    theoriques = excluded.theoriques, fermees = excluded.fermees,
    disponibles = excluded.disponibles, occupees = excluded.occupees,
    reservees = excluded.reservees, entrees = excluded.entrees, sorties = excluded.sorties,
    transferts_entrants = excluded.transferts_entrants,
    transferts_sortants = excluded.transferts_sortants, anomalies = excluded.anomalies
"""

# Nights under a mark are about to be computed again: comparing them would cry wolf.
COMPARAISON = f"""
WITH zones AS (
    SELECT site_id, min(ouverte_le) AS du, %(fin)s::date AS au
    FROM hebergement_place GROUP BY site_id HAVING min(ouverte_le) < %(fin)s
), {OUVERTURES}, {BALAYAGE},
comptees AS (
    SELECT c.* FROM calcul c WHERE NOT EXISTS (
        SELECT 1 FROM hebergement_marquenuits m
        WHERE m.site_id = c.site_id AND c.jour >= m.du AND (m.au IS NULL OR c.jour < m.au)
    )
),
ecrites AS (
    SELECT {COLONNES} FROM hebergement_occupationnuit o WHERE NOT EXISTS (
        SELECT 1 FROM hebergement_marquenuits m
        WHERE m.site_id = o.site_id AND o.jour >= m.du AND (m.au IS NULL OR o.jour < m.au)
    )
),
ecarts AS (
    SELECT site_id, jour FROM (TABLE comptees EXCEPT TABLE ecrites) AS a
    UNION
    SELECT site_id, jour FROM (TABLE ecrites EXCEPT TABLE comptees) AS b
)
SELECT
    (SELECT count(*) FROM comptees),
    (SELECT count(*) FROM ecarts),
    (SELECT coalesce(jsonb_agg(e), '[]') FROM (
        SELECT site_id AS site, jour FROM ecarts ORDER BY jour, site_id LIMIT 20
    ) AS e)
"""


def _fin() -> dict[str, date]:
    """Tonight: the first night that can't be computed yet."""
    return {"fin": aujourd_hui()}


def recalculer_marques() -> int:
    """Compute the nights that are marked, and those never computed, up to yesterday in Paris.

    Marks are taken in the very statement that computes: what was written before is seen, and what
    is written meanwhile has a mark of its own that stays. Repeating it changes nothing.

    Returns:
        The number of nights written.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute(ECRITURE + PAR_DESSUS, _fin())
        return cursor.rowcount


def recalculer_tout() -> int:
    """Forget every night and compute the whole history from nothing; same rows, same figures."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute("DELETE FROM hebergement_occupationnuit")
        cursor.execute(ECRITURE, _fin())
        return cursor.rowcount


def controler() -> ControleOccupation:
    """Recount every night from nothing, compare with what is written, and keep the outcome."""
    recalculer_marques()
    return _comparer()


def _comparer() -> ControleOccupation:
    with connection.cursor() as cursor:
        cursor.execute(COMPARAISON, _fin())
        lignes, ecarts, exemples = cursor.fetchone()
    return ControleOccupation.objects.create(
        lignes=lignes, ecarts=ecarts, exemples=json.loads(exemples)
    )


def controler_du_jour() -> ControleOccupation | None:
    """The check of today in Paris: nothing where it has been made, so that asking often is free,
    or where somebody is making it."""
    du_jour = ControleOccupation.objects.filter(fait_le__date=aujourd_hui())
    if du_jour.exists():
        return None
    recalculer_marques()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [VERROU_DU_CONTROLE])
        (libre,) = cursor.fetchone()
        return _comparer() if libre and not du_jour.exists() else None
