"""The views that vacancy and coverage are counted from."""

from django.db import migrations, models

VACANCE = """
CREATE VIEW indicateurs_vacance AS
SELECT s.uuid, p.site_id, s.arrivee AS jour,
    s.arrivee - s.avant - coalesce(fermes.jours, 0)::integer AS jours
FROM (
    -- A same-day stay has its depart on its own day, before whoever comes after it.
    SELECT uuid, place_id, arrivee,
        lag(depart) OVER (PARTITION BY place_id ORDER BY arrivee, depart) AS avant
    FROM hebergement_sejour WHERE nature = 'SEJOUR'
) s
JOIN hebergement_place p ON p.uuid = s.place_id
LEFT JOIN LATERAL (
    -- Closures that overlap count once.
    SELECT sum(upper(plage) - lower(plage)) AS jours
    FROM unnest((
        SELECT range_agg(daterange(f.debut, f.fin))
            * datemultirange(daterange(s.avant, s.arrivee))
        FROM hebergement_fermeture f WHERE f.place_id = s.place_id
    )) AS plage
) fermes ON true
WHERE s.avant IS NOT NULL
"""

SEMAINE = """
CREATE VIEW indicateurs_semaine AS
WITH visites AS (
    SELECT e.secteur_id, m.jour
    FROM maraudes_etape e JOIN maraudes_maraude m ON m.uuid = e.maraude_id
    WHERE e.statut = 'VISITEE' AND m.statut <> 'ANNULEE'
), suivis AS (
    SELECT s.uuid AS secteur_id, s.frequence_cible AS cible,
        date_trunc('week', min(v.jour)::timestamp)::date AS premier
    FROM maraudes_secteur s JOIN visites v ON v.secteur_id = s.uuid
    WHERE s.actif AND s.frequence_cible > 0 GROUP BY s.uuid
), semaines AS (
    SELECT secteur_id, cible, lundi::date AS lundi
    FROM suivis CROSS JOIN LATERAL generate_series(
        premier::timestamp, now() AT TIME ZONE 'Europe/Paris', interval '7 days'
    ) AS lundi
)
SELECT s.secteur_id || ' ' || s.lundi AS cle, s.secteur_id, s.lundi + 6 AS jour, s.cible,
    count(v.secteur_id)::integer AS visites
FROM semaines s
LEFT JOIN visites v
    ON v.secteur_id = s.secteur_id AND v.jour BETWEEN s.lundi AND s.lundi + 6
GROUP BY s.secteur_id, s.lundi, s.cible
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hebergement", "0007_index_utiles"),
        ("indicateurs", "0003_saisis"),
        ("maraudes", "0008_index_utiles"),
    ]

    operations = [
        migrations.RunSQL(VACANCE, "DROP VIEW indicateurs_vacance"),
        migrations.RunSQL(SEMAINE, "DROP VIEW indicateurs_semaine"),
        migrations.CreateModel(
            name="Vacance",
            fields=[
                ("uuid", models.UUIDField(primary_key=True, serialize=False)),
                ("jour", models.DateField()),
                ("jours", models.IntegerField()),
            ],
            options={
                "verbose_name": "vacance",
                "db_table": "indicateurs_vacance",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Semaine",
            fields=[
                ("cle", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("jour", models.DateField()),
                ("cible", models.IntegerField()),
                ("visites", models.IntegerField()),
            ],
            options={
                "verbose_name": "semaine d'un secteur",
                "verbose_name_plural": "semaines des secteurs",
                "db_table": "indicateurs_semaine",
                "managed": False,
            },
        ),
    ]
