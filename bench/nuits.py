"""A world of stays for the measures of nights, and the bare statement that counts them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection

from commun.horloge import aujourd_hui
from socle.models import Organisme, Structure

ANNEES = 10
# Of one place in ten years: forty turns of ninety days, and a closure. A turn is a stay of two to
# three months, or of two nights, one or none; some of the long ones go on in another site half way;
# then some places are held for three nights.
TOURS = 40
TABLES = (
    "hebergement_sejour, hebergement_fermeture, hebergement_place, hebergement_site, "
    "hebergement_occupationnuit, hebergement_marquenuits, socle_personne"
)
PEUPLER = """
CREATE TEMP TABLE lieux ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS place, gen_random_uuid() AS personne, (n - 1) / %(par_site)s AS site
FROM generate_series(1, %(places)s) AS n;
CREATE TEMP TABLE sites ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS uuid FROM generate_series(0, (%(places)s - 1) / %(par_site)s) AS n;

INSERT INTO socle_personne (uuid, version, empreinte_creation, saisi_le, recu_le, code, pseudonyme,
    genre, organisme_id)
SELECT personne, 1, '', now(), now(), n, '', 'NON_RENSEIGNE', %(organisme)s FROM lieux;

INSERT INTO hebergement_site (uuid, version, code, nom, dispositif, arrondissement, structure_id,
    empreinte_creation)
SELECT uuid, 1, 'site-' || n, 'Site ' || n, 'ASSORE', '', %(structure)s, '' FROM sites;

INSERT INTO hebergement_place (uuid, version, libelle, type, ouverte_le, site_id,
    empreinte_creation)
SELECT l.place, 1, l.n, 'HOTEL', %(debut)s, s.uuid, ''
FROM lieux l JOIN sites s ON s.n = l.site;

CREATE TEMP TABLE tours ON COMMIT DROP AS
SELECT l.*, k, debut, debut + l.n %% 7 AS arrivee, gen_random_uuid() AS sejour,
    NULL::date AS transfert, NULL::uuid AS ensuite,
    CASE WHEN (l.n + k) %% 5 = 2 AND (l.site + k) %% 2 = 0 THEN debut + l.n %% 7 + k %% 3
        ELSE debut + 60 + (l.n * k) %% 25
    END AS depart
FROM lieux l CROSS JOIN generate_series(0, %(tours)s - 1) AS k,
    LATERAL (SELECT %(debut)s::date + k * 90) AS t(debut);
-- To the place of the neighbouring site that a short stay has left.
UPDATE tours t SET transfert = t.debut + 30, ensuite = l.place FROM lieux l
WHERE (t.n + t.k) %% 5 = 2 AND (t.site + t.k) %% 2 = 1
  AND l.n = t.n + CASE t.site %% 2 WHEN 0 THEN %(par_site)s ELSE -%(par_site)s END;

INSERT INTO hebergement_sejour (uuid, version, empreinte_creation, saisi_le, recu_le, nature,
    arrivee, depart, motif_sortie, destination, motif_forcage, personne_id, place_id, suite_de_id)
SELECT sejour, 1, '', now(), now(), 'SEJOUR', arrivee, coalesce(transfert, depart), '', '', '',
    personne, place, NULL::uuid
FROM tours
UNION ALL
SELECT gen_random_uuid(), 1, '', now(), now(), 'SEJOUR', transfert, depart, '', '', '',
    personne, ensuite, sejour
FROM tours WHERE transfert IS NOT NULL
UNION ALL
SELECT gen_random_uuid(), 1, '', now(), now(), 'RETENUE', debut + 86, debut + 89, '', '', '',
    personne, place, NULL
FROM tours WHERE n %% 3 = 0;

INSERT INTO hebergement_fermeture (uuid, version, empreinte_creation, saisi_le, recu_le, debut, fin,
    motif, motif_forcage, place_id)
SELECT gen_random_uuid(), 1, '', now(), now(), %(debut)s::date + 900 + n %% 700,
    %(debut)s::date + 910 + n %% 700, 'Travaux', '', place
FROM lieux;
"""

# The same columns, by one statement that knows of no mark, no range and no earlier night.
PLANCHER = """
WITH fermees AS (
    SELECT p.uuid AS place, p.site_id,
        range_agg(daterange(f.debut, f.fin)) * multirange(daterange(p.ouverte_le, p.fermee_le))
            AS jours
    FROM hebergement_fermeture f JOIN hebergement_place p ON p.uuid = f.place_id GROUP BY p.uuid
),
fermables AS (
    SELECT f.place, f.site_id, f.jours, coalesce(
        range_agg(daterange(s.arrivee, s.depart)) FILTER (WHERE s.nature = 'SEJOUR'),
        '{}'::datemultirange
    ) AS pris
    FROM fermees f LEFT JOIN hebergement_sejour s ON s.place_id = f.place
    GROUP BY f.place, f.site_id, f.jours
),
evenements AS (
    SELECT site_id, ouverte_le AS jour, 1 AS theoriques, 0 AS fermees, 0 AS occupees,
        0 AS reservees, 0 AS anomalies, 0 AS entrees, 0 AS sorties, 0 AS venus, 0 AS partis,
        uuid_hash_extended(uuid, 1) >> 16 AS durable, 0 AS du_jour
    FROM hebergement_place
    UNION ALL
    SELECT site_id, fermee_le, -1, 0, 0, 0, 0, 0, 0, 0, 0, -(uuid_hash_extended(uuid, 1) >> 16), 0
    FROM hebergement_place
    WHERE fermee_le IS NOT NULL
    UNION ALL
    SELECT p.site_id, s.arrivee, 0, 0, (s.nature = 'SEJOUR')::int, (s.nature = 'RETENUE')::int, 0,
        (s.nature = 'SEJOUR' AND s.suite_de_id IS NULL)::int, 0,
        coalesce((s.nature = 'SEJOUR' AND pa.site_id <> p.site_id)::int, 0), 0,
        CASE WHEN s.depart > s.arrivee OR s.depart IS NULL THEN
            uuid_hash_extended(s.uuid, uuid_hash_extended(s.place_id,
            CASE s.nature WHEN 'SEJOUR' THEN 4 ELSE 5 END)) >> 16 ELSE 0 END,
        CASE WHEN s.nature <> 'SEJOUR' THEN 0
            WHEN s.suite_de_id IS NULL THEN
                uuid_hash_extended(s.uuid, uuid_hash_extended(s.place_id, 6)) >> 16
            WHEN pa.site_id <> p.site_id THEN
                uuid_hash_extended(s.uuid, uuid_hash_extended(s.place_id, 8)) >> 16
            ELSE 0 END
    FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour avant ON avant.uuid = s.suite_de_id
    LEFT JOIN hebergement_place pa ON pa.uuid = avant.place_id
    UNION ALL
    SELECT p.site_id, s.depart, 0, 0, -(s.nature = 'SEJOUR')::int, -(s.nature = 'RETENUE')::int, 0,
        0, (s.nature = 'SEJOUR' AND suite.uuid IS NULL)::int,
        0, coalesce((s.nature = 'SEJOUR' AND ps.site_id <> p.site_id)::int, 0),
        CASE WHEN s.depart > s.arrivee THEN
            -(uuid_hash_extended(s.uuid, uuid_hash_extended(s.place_id,
            CASE s.nature WHEN 'SEJOUR' THEN 4 ELSE 5 END)) >> 16) ELSE 0 END,
        CASE WHEN s.nature <> 'SEJOUR' THEN 0
            WHEN suite.uuid IS NULL THEN
                uuid_hash_extended(s.uuid, uuid_hash_extended(s.place_id, 7)) >> 16
            WHEN ps.site_id <> p.site_id THEN
                uuid_hash_extended(s.uuid, uuid_hash_extended(s.place_id, 9)) >> 16
            ELSE 0 END
    FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour suite ON suite.suite_de_id = s.uuid
    LEFT JOIN hebergement_place ps ON ps.uuid = suite.place_id
    WHERE s.depart IS NOT NULL
    UNION ALL
    SELECT site_id, bord, 0, signe, 0, 0, 0, 0, 0, 0, 0,
        signe * (uuid_hash_extended(place, 2) >> 16), 0
    FROM fermables, unnest(jours - pris) AS r,
        LATERAL (VALUES (lower(r), 1), (upper(r), -1)) AS b(bord, signe)
    WHERE bord IS NOT NULL
    UNION ALL
    SELECT site_id, bord, 0, 0, 0, 0, signe, 0, 0, 0, 0,
        signe * (uuid_hash_extended(place, 3) >> 16), 0
    FROM fermables, unnest(jours * pris) AS r,
        LATERAL (VALUES (lower(r), 1), (upper(r), -1)) AS b(bord, signe)
    WHERE bord IS NOT NULL
    UNION ALL
    SELECT site_id, j::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT site_id, min(ouverte_le) AS debut FROM hebergement_place GROUP BY site_id) AS o,
        generate_series(debut, %(fin)s::date - 1, interval '1 day') AS j
),
par_jour AS (
    SELECT site_id, jour, sum(theoriques) AS theoriques, sum(fermees) AS fermees,
        sum(occupees) AS occupees, sum(reservees) AS reservees, sum(anomalies) AS anomalies,
        sum(entrees) AS entrees, sum(sorties) AS sorties, sum(venus) AS venus,
        sum(partis) AS partis, sum(durable) AS durable, sum(du_jour) AS du_jour
    FROM evenements WHERE jour < %(fin)s GROUP BY site_id, jour
),
cumul AS (
    SELECT site_id, jour, sum(theoriques) OVER c AS theoriques, sum(fermees) OVER c AS fermees,
        sum(occupees) OVER c AS occupees, sum(reservees) OVER c AS reservees,
        sum(anomalies) OVER c AS anomalies, entrees, sorties, venus, partis,
        sum(durable) OVER c + du_jour AS empreinte
    FROM par_jour WINDOW c AS (PARTITION BY site_id ORDER BY jour ROWS UNBOUNDED PRECEDING)
)
INSERT INTO hebergement_occupationnuit (site_id, jour, theoriques, fermees, disponibles, occupees,
    reservees, entrees, sorties, transferts_entrants, transferts_sortants, anomalies, empreinte,
    formule, calcule_le)
SELECT site_id, jour, theoriques, fermees, theoriques - fermees, occupees, reservees, entrees,
    sorties, venus, partis, anomalies, empreinte, %(formule)s, now()
FROM cumul
"""


def executer(requete: str, **valeurs: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(requete, valeurs or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def vider() -> None:
    executer("TRUNCATE hebergement_occupationnuit, hebergement_marquenuits")


def peupler(places: int, par_site: int) -> None:
    """Ten years of stays and closures, past the triggers: loading is not what is measured."""
    executer(f"TRUNCATE {TABLES} CASCADE")
    structure = Structure.objects.first() or Structure.objects.create(
        code="bench",
        nom="Bench",
        type="AUTRE",
        organisme=Organisme.objects.create(code="bench", nom="Bench"),
    )
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica")
        cursor.execute(
            PEUPLER,
            {
                "places": places,
                "par_site": par_site,
                "tours": TOURS,
                "structure": structure.pk,
                "organisme": structure.organisme_id,
                "debut": aujourd_hui() - timedelta(days=365 * ANNEES),
            },
        )
        cursor.execute("COMMIT")
    executer("ANALYZE")
