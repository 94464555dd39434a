"""Pairs carry their files along: joined to them, they were read row by row, for minutes, where the
planner still took the table for an empty one."""

from importlib import import_module

from django.db import migrations

AVANT = import_module("coordination.migrations.0009_doublons_par_mots").DOUBLONS

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
    SELECT cle, dossiers, cardinality(mots) AS nombre, unnest(mots) AS mot FROM cles
),
rangs AS (
    SELECT cle, dossiers, nombre, mot,
        row_number() OVER (PARTITION BY cle ORDER BY frequence, mot) AS rang
    FROM (SELECT *, count(*) OVER (PARTITION BY mot) AS frequence FROM mots) AS frequents
),
-- Two that share half of all their trigrams share one of the rarer half of each, and one more.
voisinages AS (
    SELECT array_agg(ROW(cle, dossiers)) AS voisines
    FROM rangs WHERE rang <= nombre / 2 + 1 GROUP BY mot
),
proches AS (
    SELECT DISTINCT une.cle AS une, autre.cle AS autre,
        une.dossiers AS dossiers_de_une, autre.dossiers AS dossiers_de_autre,
        similarity(une.cle, autre.cle) AS proximite
    FROM voisinages
    CROSS JOIN LATERAL unnest(voisines) AS une(cle text, dossiers uuid[])
    CROSS JOIN LATERAL unnest(voisines) AS autre(cle text, dossiers uuid[])
    WHERE une.cle < autre.cle AND similarity(une.cle, autre.cle) >= 0.5
    UNION ALL
    SELECT cle, cle, dossiers, dossiers, 1 FROM cles
),
paires AS (
    SELECT least(u.une, v.autre) AS premiere, greatest(u.une, v.autre) AS seconde, p.proximite
    FROM proches p
    CROSS JOIN LATERAL unnest(p.dossiers_de_une) AS u(une)
    CROSS JOIN LATERAL unnest(p.dossiers_de_autre) AS v(autre)
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
    dependencies = [("coordination", "0011_contact_sans_cercle")]

    operations = [migrations.RunSQL(DOUBLONS, AVANT)]
