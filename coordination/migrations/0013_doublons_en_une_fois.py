"""Pairs with all that their selection asks of them, found at once: where two files were together
was asked of fifteen thousand pairs one by one, four seconds for every page."""

from importlib import import_module

from django.db import migrations

AVANT = import_module("coordination.migrations.0012_doublons_sans_jointure").DOUBLONS
COINCIDENCES_AVANT = import_module("coordination.migrations.0008_doublons").DOUBLONS
COINCIDENCES_AVANT = COINCIDENCES_AVANT[COINCIDENCES_AVANT.index("CREATE FUNCTION") :]

# Its settings make its joins by hash, and its number of rows is declared, so that neither it nor
# who joins it trusts what the planner believes of the tables: taken for empty, they would be read
# again for each pair.
PAIRES = """
CREATE FUNCTION coordination_paires() RETURNS TABLE (
    premiere uuid, seconde uuid, proximite real, organisme_premiere uuid,
    organisme_seconde uuid, sans_lieux integer, lieux uuid[]
) LANGUAGE sql STABLE ROWS 100000
SET enable_nestloop = off SET enable_mergejoin = off SET jit = off SET work_mem = '32MB' AS $$
WITH fiches AS MATERIALIZED (
    SELECT uuid, organisme_id, annee_naissance, genre, socle_cle_de_pseudonyme(pseudonyme) AS cle
    FROM socle_personne WHERE alias_de_id IS NULL
),
decoupees AS (
    SELECT cle, row_number() OVER () AS rang, show_trgm(cle) AS mots
    FROM (SELECT DISTINCT cle FROM fiches) AS ecritures
),
-- `marque` has a bit for each trigram; two trigrams may share one.
cles AS MATERIALIZED (
    SELECT cle, rang, mots, cardinality(mots) AS nombre, (
        SELECT bit_or(1::bit(64) << (hashtext(mot) & 63)) FROM unnest(mots) AS mot
    ) AS marque
    FROM decoupees
),
places AS MATERIALIZED (
    SELECT rang, nombre, marque, mot,
        row_number() OVER (PARTITION BY rang ORDER BY frequence, mot) AS place
    FROM (
        SELECT rang, nombre, marque, mot, count(*) OVER (PARTITION BY mot) AS frequence
        FROM (SELECT rang, nombre, marque, unnest(mots) COLLATE "C" AS mot FROM cles) AS mots
    ) AS frequents
),
-- Two that share half of all their trigrams share one of the rarer third of the shorter and of the
-- rarer half of the longer, and one more of each. And a third at most of what each has, counted
-- twice where both have it, is not in the other: as many bits of theirs at most differ.
voisines AS (
    SELECT DISTINCT une.rang AS une, autre.rang AS autre
    FROM places une JOIN places autre USING (mot)
    WHERE une.place <= une.nombre / 3 + 1 AND autre.place <= autre.nombre / 2 + 1
        AND (une.nombre < autre.nombre OR une.nombre = autre.nombre AND une.rang < autre.rang)
        AND 3 * bit_count(une.marque # autre.marque) <= une.nombre + autre.nombre
),
proches AS MATERIALIZED (
    SELECT une, autre, similarity(a.cle, b.cle) AS proximite
    FROM voisines JOIN cles a ON a.rang = une JOIN cles b ON b.rang = autre
    WHERE similarity(a.cle, b.cle) >= 0.5
    UNION ALL
    SELECT rang, rang, 1 FROM cles
),
-- A number for each place and day where somebody was: two of these may share one.
venues AS (
    SELECT personne_id,
        array_agg(uuid_hash_extended(structure_id, jour - '2000-01-01'::date)) AS venues
    FROM contacts_contact WHERE personne_id IS NOT NULL GROUP BY personne_id
),
dossiers AS MATERIALIZED (
    SELECT uuid, organisme_id, annee_naissance, genre, rang, venues
    FROM fiches JOIN cles USING (cle) LEFT JOIN venues ON personne_id = uuid
),
-- What was said of two files is said of those that they lead to.
dites AS MATERIALIZED (
    SELECT coalesce(une.alias_de_id, une.uuid) AS une,
        coalesce(autre.alias_de_id, autre.uuid) AS autre
    FROM socle_distinction d
    JOIN socle_personne une ON une.uuid = d.premiere_id
    JOIN socle_personne autre ON autre.uuid = d.seconde_id
),
paires AS (
    SELECT least(u.uuid, v.uuid) AS premiere, greatest(u.uuid, v.uuid) AS seconde, p.proximite,
        CASE WHEN u.uuid < v.uuid THEN u.organisme_id ELSE v.organisme_id END AS de_premiere,
        CASE WHEN u.uuid < v.uuid THEN v.organisme_id ELSE u.organisme_id END AS de_seconde,
        socle_ressemblance(
            p.proximite, u.annee_naissance, v.annee_naissance, u.genre, v.genre, 0
        ) AS sans_lieux,
        u.venues AS les_unes, v.venues AS les_autres
    FROM proches p JOIN dossiers u ON u.rang = p.une JOIN dossiers v ON v.rang = p.autre
    WHERE p.une <> p.autre OR u.uuid < v.uuid
)
SELECT premiere, seconde, proximite, de_premiere, de_seconde, sans_lieux,
    -- The place of each day that they share. It can add fifteen at most, and few have any: asked of
    -- those with a number in common, or with too many to compare each with each.
    CASE WHEN sans_lieux >= 45 AND (
        cardinality(les_unes)::bigint * cardinality(les_autres) > 5000 OR les_unes && les_autres
    ) THEN ARRAY(
        SELECT structure_id FROM (
            SELECT structure_id, jour FROM contacts_contact WHERE personne_id = premiere
            INTERSECT SELECT structure_id, jour FROM contacts_contact WHERE personne_id = seconde
        ) AS communs
    ) END
FROM paires WHERE NOT EXISTS (
    SELECT FROM dites d
    WHERE least(d.une, d.autre) = premiere AND greatest(d.une, d.autre) = seconde
)
$$;

-- Days that two files share, at the structures of an organisme or of any.
DROP FUNCTION coordination_coincidences(uuid, uuid, uuid);
CREATE FUNCTION coordination_coincidences(lieux uuid[], organisme uuid) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN (
    SELECT count(*)::integer FROM unnest($1) AS lieu
    WHERE $2 IS NULL OR lieu IN (SELECT s.uuid FROM socle_structure s WHERE s.organisme_id = $2)
); END $$;

CREATE OR REPLACE VIEW coordination_doublon AS
SELECT md5(premiere::text || seconde)::uuid AS cle, premiere AS premiere_id,
    seconde AS seconde_id, proximite, organisme_premiere, organisme_seconde, sans_lieux, lieux
FROM coordination_paires();
"""

PAIRES_RETOUR = f"""
DROP VIEW coordination_doublon;
DROP FUNCTION coordination_paires();
DROP FUNCTION coordination_coincidences(uuid[], uuid);
{AVANT}
{COINCIDENCES_AVANT}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0012_doublons_sans_jointure"),
        ("socle", "0006_alias_suivis"),
        ("contacts", "0009_alias_suivis"),
    ]

    operations = [migrations.RunSQL(PAIRES, PAIRES_RETOUR)]
