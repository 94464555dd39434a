"""The views that figures are counted from."""

from django.db import migrations, models

PRESENCE = """
CREATE VIEW indicateurs_presence AS
SELECT uuid, personne_id, structure_id, cadre, jour AS debut, jour + 1 AS fin
FROM contacts_contact WHERE issue = 'ECHANGE'
UNION ALL
SELECT a.uuid, c.personne_id, c.structure_id, c.cadre, a.jour, a.jour + 1
FROM contacts_acte a JOIN contacts_contact c ON c.uuid = a.contact_id
UNION ALL
-- A same-day stay has no night.
SELECT s.uuid, s.personne_id, t.structure_id, 'HEBERGEMENT', s.arrivee, s.depart
FROM hebergement_sejour s
JOIN hebergement_place p ON p.uuid = s.place_id JOIN hebergement_site t ON t.uuid = p.site_id
WHERE s.nature = 'SEJOUR' AND (s.depart IS NULL OR s.depart > s.arrivee)
"""

# From the last stay of a chain back to its first.
HEBERGEMENT = """
CREATE VIEW indicateurs_hebergement AS
WITH RECURSIVE chaine AS (
    SELECT s.uuid, s.arrivee, s.suite_de_id
    FROM hebergement_sejour s
    WHERE s.nature = 'SEJOUR' AND s.depart IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM hebergement_sejour suite WHERE suite.suite_de_id = s.uuid)
    UNION ALL
    SELECT c.uuid, avant.arrivee, avant.suite_de_id
    FROM chaine c JOIN hebergement_sejour avant ON avant.uuid = c.suite_de_id
)
SELECT s.uuid, s.personne_id, p.site_id, c.arrivee, s.depart,
    s.depart - c.arrivee AS jours,
    coalesce(nullif(s.motif_sortie, ''), 'NON_RENSEIGNE') AS motif_sortie,
    coalesce(nullif(s.destination, ''), 'INCONNUE') AS destination
FROM chaine c
JOIN hebergement_sejour s ON s.uuid = c.uuid JOIN hebergement_place p ON p.uuid = s.place_id
WHERE c.suite_de_id IS NULL
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accueil", "0004_index_utiles"),
        ("contacts", "0008_ordre_des_listes"),
        ("coordination", "0006_index_utiles"),
        ("hebergement", "0007_index_utiles"),
        ("maraudes", "0008_index_utiles"),
        ("socle", "0003_index_utiles"),
    ]

    operations = [
        migrations.RunSQL(PRESENCE, "DROP VIEW indicateurs_presence"),
        migrations.RunSQL(HEBERGEMENT, "DROP VIEW indicateurs_hebergement"),
        migrations.CreateModel(
            name="Hebergement",
            fields=[
                ("uuid", models.UUIDField(primary_key=True, serialize=False)),
                ("arrivee", models.DateField()),
                ("depart", models.DateField()),
                ("jours", models.IntegerField()),
                ("motif_sortie", models.CharField(max_length=20)),
                ("destination", models.CharField(max_length=25)),
            ],
            options={
                "verbose_name": "hébergement terminé",
                "verbose_name_plural": "hébergements terminés",
                "db_table": "indicateurs_hebergement",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("uuid", models.UUIDField(primary_key=True, serialize=False)),
                ("cadre", models.CharField(max_length=12)),
                ("debut", models.DateField()),
                ("fin", models.DateField(null=True)),
            ],
            options={
                "verbose_name": "présence",
                "db_table": "indicateurs_presence",
                "managed": False,
            },
        ),
    ]
