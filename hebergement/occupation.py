"""The nightly occupancy of every site: docs/definitions.md § 2, in one pass of SQL.

An event sweep: each opening, closure and stay is a +1 on the day it starts and a −1 on the day it
ends; a running sum over the days gives the figures. The cost grows with what happens, plus the
rows written, and never with stays × days.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, transaction

from commun.horloge import aujourd_hui, maintenant
from hebergement.models import ControleOccupation, OccupationNuit

# Changes when the same rows would give other figures. Whoever changes it has every night computed
# again, by a migration or by `recalculer_tout`: the nightly check tells until that is done.
FORMULE = "occupation-1"

# One computation at a time: two that overlap could write an older state over a newer one.
VERROU = 7_203_019
# And one check at a time, which does not keep the nights from being computed.
VERROU_DU_CONTROLE = 7_203_021

CHIFFRES = (
    "theoriques", "fermees", "disponibles", "occupees", "reservees", "entrees", "sorties",
    "transferts_entrants", "transferts_sortants", "anomalies",
)  # fmt: skip
# What is written, and compared by the check; the instant is not.
COLONNES = f"site_id, jour, {', '.join(CHIFFRES)}, empreinte, formule"


def empreinte(sorte: int, place: str, ligne: str | None = None) -> str:
    """The hash of one fact, in SQL: its kind, its place and, if it is a stay's, its row.

    A night's digest is the sum of those of its facts, so that the sweep carries it as it carries
    the counts. 48 bits of the 64 are kept, signed: 65 536 facts of one site's night fit in a
    `bigint`, and two nights whose facts differ have the same digest once in 2⁴⁸.
    """
    du_lieu = f"uuid_hash_extended({place}, {sorte})"
    return f"({f'uuid_hash_extended({ligne}, {du_lieu})' if ligne else du_lieu} >> 16)"


def ecrire_empreinte(empreinte: int) -> str:
    """The 64 bits of a digest, in sixteen hexadecimal digits."""
    return f"{empreinte % (1 << 64):016x}"


# The kinds of facts.
(OUVERTE, FERMEE, ANOMALIE, OCCUPEE, RETENUE, ENTREE, SORTIE, VENUE, PARTIE) = range(1, 10)

OUVERTURES = """
ouvertures AS (
    SELECT site_id, min(ouverte_le) AS premiere FROM hebergement_place GROUP BY site_id
)
"""

# From `ouvertures` and `zones(site_id, du, au)`, ranges of nights `[du, au)` that are disjoint
# within a site, to `calcul`, one row a site and night.
BALAYAGE = f"""
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
    -- All of them: what stands for the table in another statement has no key.
    GROUP BY p.uuid, p.site_id, p.ouverte_le, p.fermee_le
),
occupees_et_fermables AS (
    SELECT f.place_id, f.site_id, f.fermeture,
        coalesce(
            range_agg(daterange(s.arrivee, s.depart))
                FILTER (WHERE s.nature = 'SEJOUR'),
            '{{}}'::datemultirange
        ) AS occupation
    FROM fermees_par_place f LEFT JOIN hebergement_sejour s ON s.place_id = f.place_id
    GROUP BY f.place_id, f.site_id, f.fermeture
),
intervalles AS (
    SELECT site_id, ouverte_le AS debut, fermee_le AS fin,
        1 AS theoriques, 0 AS fermees, 0 AS occupees, 0 AS reservees, 0 AS anomalies,
        {empreinte(OUVERTE, "uuid")} AS empreinte
    FROM hebergement_place
    UNION ALL
    SELECT p.site_id, s.arrivee, s.depart, 0, 0,
        (s.nature = 'SEJOUR')::int, (s.nature = 'RETENUE')::int, 0,
        CASE s.nature WHEN 'SEJOUR' THEN {empreinte(OCCUPEE, "s.place_id", "s.uuid")}
            ELSE {empreinte(RETENUE, "s.place_id", "s.uuid")} END
    FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
    UNION ALL
    SELECT site_id, lower(r), upper(r), 0, 1, 0, 0, 0, {empreinte(FERMEE, "place_id")}
    FROM occupees_et_fermables, unnest(fermeture - occupation) AS r
    UNION ALL
    SELECT site_id, lower(r), upper(r), 0, 0, 0, 0, 1, {empreinte(ANOMALIE, "place_id")}
    FROM occupees_et_fermables, unnest(fermeture * occupation) AS r
),
bornes AS (
    SELECT z.site_id, z.du, e.jour, e.signe * i.theoriques AS theoriques,
        e.signe * i.fermees AS fermees, e.signe * i.occupees AS occupees,
        e.signe * i.reservees AS reservees, e.signe * i.anomalies AS anomalies,
        e.signe * i.empreinte AS empreinte,
        0 AS entrees, 0 AS sorties, 0 AS transferts_entrants, 0 AS transferts_sortants,
        0 AS empreinte_du_jour
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
        0 AS transferts_sortants,
        CASE WHEN s.suite_de_id IS NULL THEN {empreinte(ENTREE, "s.place_id", "s.uuid")}
            WHEN pa.site_id <> p.site_id THEN {empreinte(VENUE, "s.place_id", "s.uuid")}
            ELSE 0 END AS empreinte_du_jour
    FROM hebergement_sejour s
    JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour avant ON avant.uuid = s.suite_de_id
    LEFT JOIN hebergement_place pa ON pa.uuid = avant.place_id
    WHERE s.nature = 'SEJOUR'
    UNION ALL
    SELECT p.site_id, s.depart, 0, (suite.uuid IS NULL)::int, 0,
        coalesce((ps.site_id <> p.site_id)::int, 0),
        CASE WHEN suite.uuid IS NULL THEN {empreinte(SORTIE, "s.place_id", "s.uuid")}
            WHEN ps.site_id <> p.site_id THEN {empreinte(PARTIE, "s.place_id", "s.uuid")}
            ELSE 0 END
    FROM hebergement_sejour s
    JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour suite ON suite.suite_de_id = s.uuid
    LEFT JOIN hebergement_place ps ON ps.uuid = suite.place_id
    WHERE s.nature = 'SEJOUR' AND s.depart IS NOT NULL
),
evenements AS (
    SELECT * FROM bornes
    UNION ALL
    SELECT z.site_id, z.du, m.jour, 0, 0, 0, 0, 0, 0,
        m.entrees, m.sorties, m.transferts_entrants, m.transferts_sortants, m.empreinte_du_jour
    FROM mouvements m
    JOIN zones_ouvertes z ON z.site_id = m.site_id AND m.jour >= z.du AND m.jour < z.au
    UNION ALL
    SELECT z.site_id, z.du, j::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM zones_ouvertes z, generate_series(z.du, z.au - 1, interval '1 day') AS j
),
par_jour AS (
    SELECT site_id, du, jour,
        sum(theoriques) AS theoriques, sum(fermees) AS fermees, sum(occupees) AS occupees,
        sum(reservees) AS reservees, sum(anomalies) AS anomalies, sum(entrees) AS entrees,
        sum(sorties) AS sorties, sum(transferts_entrants) AS transferts_entrants,
        sum(transferts_sortants) AS transferts_sortants,
        sum(empreinte)::bigint AS empreinte, sum(empreinte_du_jour)::bigint AS empreinte_du_jour
    FROM evenements GROUP BY site_id, du, jour
),
cumul AS (
    SELECT site_id, jour, entrees, sorties, transferts_entrants, transferts_sortants,
        sum(theoriques) OVER courant AS theoriques, sum(fermees) OVER courant AS fermees,
        sum(occupees) OVER courant AS occupees, sum(reservees) OVER courant AS reservees,
        sum(anomalies) OVER courant AS anomalies,
        sum(empreinte) OVER courant + empreinte_du_jour AS empreinte
    FROM par_jour
    WINDOW courant AS (PARTITION BY site_id, du ORDER BY jour ROWS UNBOUNDED PRECEDING)
),
calcul AS (
    SELECT site_id, jour, theoriques, fermees, theoriques - fermees AS disponibles, occupees,
        reservees, entrees, sorties, transferts_entrants, transferts_sortants, anomalies,
        empreinte::bigint AS empreinte, '{FORMULE}' AS formule
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
    FROM hebergement_occupationnuit WHERE jour < %(fin)s GROUP BY site_id
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
      -- A night that nothing explains is left for the check to tell.
      AND EXISTS (
          SELECT FROM prises p WHERE p.site_id = c.site_id
          AND daterange(p.du, p.au) @> least(c.premiere, o.premiere)
      )
),
zones AS (
    SELECT site_id, lower(zone) AS du, upper(zone) AS au
    FROM (SELECT site_id, unnest(range_agg(zone)) AS zone FROM demandees GROUP BY site_id) AS f
)
"""

A_REECRIRE = (*CHIFFRES, "empreinte", "formule")
ECRITURE = f"""
INSERT INTO hebergement_occupationnuit AS o ({COLONNES}, calcule_le)
SELECT {COLONNES}, %(maintenant)s FROM calcul
"""

# From nothing: looking for what was written before would cost a sixth of a whole history.
TOUT = f"WITH {OUVERTURES}, {ZONES_A_RECALCULER}, {BALAYAGE} {ECRITURE}"

# Over what was written before: a night whose facts are the same keeps its row and its instant. What
# moved in a month that was over is told to coordinators by the same statement, once a night.
RECALCUL = f"""
WITH {OUVERTURES}, {ZONES_A_RECALCULER}, {BALAYAGE},
-- Nights before a first opening that was moved later, or of a site left without places.
effacees AS (
    DELETE FROM hebergement_occupationnuit o USING zones z
    WHERE o.site_id = z.site_id AND o.jour >= z.du AND o.jour < z.au
      AND NOT EXISTS (
          SELECT 1 FROM ouvertures v WHERE v.site_id = o.site_id AND v.premiere <= o.jour
      )
    RETURNING o.site_id, o.jour, CASE WHEN o.jour < %(mois)s THEN to_jsonb(o) END AS avant
),
ecrites AS (
    {ECRITURE}
    ON CONFLICT (site_id, jour) DO UPDATE SET
        {", ".join(f"{nom} = excluded.{nom}" for nom in (*A_REECRIRE, "calcule_le"))}
    WHERE ({", ".join(f"o.{nom}" for nom in A_REECRIRE)})
        IS DISTINCT FROM ({", ".join(f"excluded.{nom}" for nom in A_REECRIRE)})
    -- A first computation corrects nothing; but a night of a site that had none is one more of the
    -- network where that night was computed.
    RETURNING new.site_id, new.jour,
        CASE WHEN old.id IS NOT NULL THEN to_jsonb(old) END AS avant,
        CASE WHEN new.jour < %(mois)s
            AND (old.id IS NOT NULL OR new.jour < (SELECT max(suivante) FROM calculees))
        THEN to_jsonb(new) END AS apres
),
deplacees AS (
    SELECT site_id, jour, avant, apres FROM ecrites WHERE apres IS NOT NULL
    UNION ALL
    SELECT site_id, jour, avant, NULL FROM effacees WHERE avant IS NOT NULL
),
corrections AS (
    INSERT INTO hebergement_correctionnuit (site_id, jour, changements, calcule_avant_le,
        calcule_apres_le)
    SELECT d.site_id, d.jour, c.changements, (d.avant ->> 'calcule_le')::timestamptz,
        %(maintenant)s
    FROM deplacees d CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(nom, jsonb_build_array(d.avant -> nom, d.apres -> nom))
            AS changements
        FROM unnest(%(chiffres)s::text[]) AS nom
        WHERE coalesce(d.avant -> nom, '0') <> coalesce(d.apres -> nom, '0')
    ) AS c
    WHERE c.changements IS NOT NULL
)
SELECT count(*) FROM calcul
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


def _bornes() -> dict[str, Any]:
    """Tonight, the first night that can't be computed yet; this month; the instant."""
    jour = aujourd_hui()
    return {
        "fin": jour, "mois": jour.replace(day=1), "maintenant": maintenant(),
        "chiffres": list(CHIFFRES),
    }  # fmt: skip


def recalculer_marques() -> int:
    """Compute the nights that are marked, and those never computed, up to yesterday in Paris.

    Marks are taken in the very statement that computes: what was written before is seen, and what
    is written meanwhile has a mark of its own that stays. Repeating it changes nothing. What
    changes in a month that is over is added to `CorrectionNuit`.

    Returns:
        The number of nights computed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute(RECALCUL, _bornes())
        return int(cursor.fetchone()[0])


def recalculer_tout() -> int:
    """Forget every night and compute the whole history from nothing; same rows, same figures.

    What was marked is computed first, so that what it moves is told; what follows is not.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        if OccupationNuit.objects.exists():
            cursor.execute(RECALCUL, _bornes())
            cursor.execute("DELETE FROM hebergement_occupationnuit")
        cursor.execute(TOUT, _bornes())
        return cursor.rowcount


def controler() -> ControleOccupation:
    """Recount every night from nothing, compare with what is written, and keep the outcome."""
    recalculer_marques()
    return _comparer()


def _comparer() -> ControleOccupation:
    with connection.cursor() as cursor:
        cursor.execute(COMPARAISON, _bornes())
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
