"""Pairs of close pseudonyms found by their rare trigrams: quick without an index and whatever the
planner knows of the table, of which the view before asked too much."""

from importlib import import_module

from django.db import migrations

AVANT = import_module("coordination.migrations.0008_doublons").DOUBLONS
AVANT = AVANT[: AVANT.index(";") + 1].replace("CREATE VIEW", "CREATE OR REPLACE VIEW")

DOUBLONS = """
CREATE OR REPLACE VIEW coordination_doublon AS
WITH cles AS MATERIALIZED (
    SELECT cle, dossiers, show_trgm(cle) AS mots
    FROM (
        SELECT socle_cle_de_pseudonyme(pseudonyme) AS cle, array_agg(uuid) AS dossiers
        FROM socle_personne WHERE alias_de_id IS NULL GROUP BY 1
    ) AS ecritures
),
mots AS (
    SELECT cle, cardinality(mots) AS nombre, unnest(mots) AS mot FROM cles
),
rangs AS (
    SELECT cle, nombre, mot,
        row_number() OVER (PARTITION BY cle ORDER BY frequence, mot) AS rang
    FROM (SELECT *, count(*) OVER (PARTITION BY mot) AS frequence FROM mots) AS frequents
),
-- Two that share half of all their trigrams share one of the rarer half of each, and one more.
voisinages AS (
    SELECT array_agg(cle) AS voisines FROM rangs WHERE rang <= nombre / 2 + 1 GROUP BY mot
),
proches AS MATERIALIZED (
    SELECT DISTINCT une, autre, similarity(une, autre) AS proximite
    FROM voisinages
    CROSS JOIN LATERAL unnest(voisines) AS une CROSS JOIN LATERAL unnest(voisines) AS autre
    WHERE une < autre AND similarity(une, autre) >= 0.5
    UNION ALL
    SELECT cle, cle, 1 FROM cles
),
paires AS (
    SELECT least(u.une, v.autre) AS premiere, greatest(u.une, v.autre) AS seconde, p.proximite
    FROM proches p JOIN cles a ON a.cle = p.une JOIN cles b ON b.cle = p.autre
    CROSS JOIN LATERAL unnest(a.dossiers) AS u(une)
    CROSS JOIN LATERAL unnest(b.dossiers) AS v(autre)
    WHERE p.une <> p.autre OR u.une < v.autre
),
-- What was said of two files is said of those that they lead to.
dites AS MATERIALIZED (
    SELECT coalesce(une.alias_de_id, une.uuid) AS une,
        coalesce(autre.alias_de_id, autre.uuid) AS autre
    FROM socle_distinction d
    JOIN socle_personne une ON une.uuid = d.premiere_id
    JOIN socle_personne autre ON autre.uuid = d.seconde_id
)
SELECT md5(premiere::text || seconde)::uuid AS cle, premiere AS premiere_id,
    seconde AS seconde_id, proximite
FROM paires WHERE NOT EXISTS (
    SELECT FROM dites d
    WHERE least(d.une, d.autre) = premiere AND greatest(d.une, d.autre) = seconde
);
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0008_doublons"), ("socle", "0006_alias_suivis")]

    operations = [migrations.RunSQL(DOUBLONS, AVANT)]
