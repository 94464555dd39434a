"""Pairs of files whose pseudonyms are close, and what two files have in common elsewhere."""

from django.db import migrations, models

DOUBLONS = """
-- Every pseudonym once: as many files share one, each would be looked for as often.
CREATE VIEW coordination_doublon AS
WITH cles AS MATERIALIZED (
    SELECT socle_cle_de_pseudonyme(pseudonyme) AS cle, array_agg(uuid) AS dossiers
    FROM socle_personne WHERE alias_de_id IS NULL GROUP BY 1
)
SELECT md5(premiere::text || p.uuid)::uuid AS cle, premiere AS premiere_id,
    p.uuid AS seconde_id,
    similarity(c.cle, socle_cle_de_pseudonyme(p.pseudonyme)) AS proximite
FROM cles c
JOIN socle_personne p ON socle_cle_de_pseudonyme(p.pseudonyme) % c.cle
CROSS JOIN LATERAL unnest(c.dossiers) AS premiere
WHERE p.alias_de_id IS NULL AND premiere < p.uuid AND NOT EXISTS (
    -- What was said of two files is said of those that they lead to.
    SELECT FROM socle_distinction d
    JOIN socle_personne une ON une.uuid = d.premiere_id
    JOIN socle_personne autre ON autre.uuid = d.seconde_id
    WHERE (coalesce(une.alias_de_id, une.uuid), coalesce(autre.alias_de_id, autre.uuid))
        IN ((premiere, p.uuid), (p.uuid, premiere))
);

-- Days on which both were at one place, of one organisme where it is named.
CREATE FUNCTION coordination_coincidences(premiere uuid, seconde uuid, organisme uuid)
RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(DISTINCT (c.structure_id, c.jour))::integer
    FROM contacts_contact c
    JOIN contacts_contact d ON d.structure_id = c.structure_id AND d.jour = c.jour
    WHERE c.personne_id = $1 AND d.personne_id = $2 AND ($3 IS NULL OR c.structure_id IN (
        SELECT s.uuid FROM socle_structure s WHERE s.organisme_id = $3
    ))
$$;
"""

RETOUR = """
DROP FUNCTION coordination_coincidences(uuid, uuid, uuid);
DROP VIEW coordination_doublon;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0007_alias_suivis"),
        ("contacts", "0009_alias_suivis"),
        ("socle", "0006_alias_suivis"),
    ]

    operations = [
        migrations.RunSQL(DOUBLONS, RETOUR),
        migrations.CreateModel(
            name="Doublon",
            fields=[
                ("cle", models.UUIDField(primary_key=True, serialize=False)),
                ("proximite", models.FloatField()),
            ],
            options={
                "verbose_name": "doublon présumé",
                "verbose_name_plural": "doublons présumés",
                "ordering": ["cle"],
                "managed": False,
            },
        ),
    ]
