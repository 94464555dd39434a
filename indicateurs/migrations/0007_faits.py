"""Facts counted beforehand, the marks of what was written since, and views that are always right."""

import django.db.models.deletion
from django.db import migrations, models

BRUTS = """
-- Every row that counts, of its structure and day. The one definition: facts are its sums.
CREATE VIEW indicateurs_faitbrut AS
SELECT c.structure_id, c.jour, 'PASSAGE'::varchar AS objet, ''::varchar AS detail,
    0 AS quantite_distribuee, 0 AS quantite_recuperee
FROM accueil_passage p JOIN contacts_contact c ON c.uuid = p.contact_id
UNION ALL
SELECT c.structure_id, c.jour, 'RENCONTRE', c.issue, 0, 0
FROM maraudes_rencontre r JOIN contacts_contact c ON c.uuid = r.contact_id
UNION ALL
SELECT c.structure_id, a.jour, 'ACTE', a.categorie, 0, 0
FROM contacts_acte a JOIN contacts_contact c ON c.uuid = a.contact_id
UNION ALL
SELECT c.structure_id, c.jour, 'MATERIEL', m.materiel, m.quantite_distribuee, m.quantite_recuperee
FROM contacts_remisemateriel m JOIN contacts_contact c ON c.uuid = m.contact_id;

CREATE VIEW indicateurs_presencebrute AS
SELECT structure_id, jour, personne_id, cadre
FROM contacts_contact WHERE issue = 'ECHANGE' AND personne_id IS NOT NULL
UNION ALL
SELECT c.structure_id, a.jour, c.personne_id, c.cadre
FROM contacts_acte a JOIN contacts_contact c ON c.uuid = a.contact_id
WHERE c.personne_id IS NOT NULL;
"""

EXACTS = """
CREATE VIEW indicateurs_fait AS
SELECT f.structure_id, f.jour, f.objet, f.detail, f.nombre, f.quantite_distribuee,
    f.quantite_recuperee
FROM indicateurs_faitdujour f
WHERE NOT EXISTS (
    SELECT FROM indicateurs_jourmarque m WHERE m.structure_id = f.structure_id AND m.jour = f.jour
)
UNION ALL
SELECT m.structure_id, m.jour, b.objet, b.detail, b.nombre, b.quantite_distribuee,
    b.quantite_recuperee
FROM (SELECT DISTINCT structure_id, jour FROM indicateurs_jourmarque) AS m
CROSS JOIN LATERAL (
    SELECT b.objet, b.detail, count(*)::integer AS nombre,
        sum(b.quantite_distribuee)::integer AS quantite_distribuee,
        sum(b.quantite_recuperee)::integer AS quantite_recuperee
    FROM indicateurs_faitbrut b WHERE b.structure_id = m.structure_id AND b.jour = m.jour
    GROUP BY b.objet, b.detail
) AS b;

CREATE VIEW indicateurs_presenceparmois AS
SELECT p.personne_id, p.structure_id, p.cadre, p.mois AS debut,
    (p.mois + interval '1 month')::date AS fin, p.jours & ~coalesce(m.jours, 0) AS jours
FROM indicateurs_presencedumois p
LEFT JOIN (
    SELECT structure_id, date_trunc('month', jour)::date AS mois,
        bit_or(1 << extract(day FROM jour)::integer - 1) AS jours
    FROM indicateurs_jourmarque GROUP BY 1, 2
) AS m USING (structure_id, mois)
WHERE p.jours & ~coalesce(m.jours, 0) <> 0
UNION ALL
SELECT b.personne_id, m.structure_id, b.cadre, date_trunc('month', m.jour)::date,
    (date_trunc('month', m.jour) + interval '1 month')::date,
    1 << extract(day FROM m.jour)::integer - 1
FROM (SELECT DISTINCT structure_id, jour FROM indicateurs_jourmarque) AS m
CROSS JOIN LATERAL (
    SELECT DISTINCT b.personne_id, b.cadre
    FROM indicateurs_presencebrute b WHERE b.structure_id = m.structure_id AND b.jour = m.jour
) AS b
UNION ALL
-- A same-day stay has no night.
SELECT s.personne_id, t.structure_id, 'HEBERGEMENT', s.arrivee, s.depart, NULL
FROM hebergement_sejour s
JOIN hebergement_place p ON p.uuid = s.place_id JOIN hebergement_site t ON t.uuid = p.site_id
WHERE s.nature = 'SEJOUR' AND (s.depart IS NULL OR s.depart > s.arrivee);
"""

# Every write says in its own transaction of which days the facts are no longer true, bulk and raw
# included. A mark too many costs a count; one too few, a wrong figure.
MARQUES = """
CREATE FUNCTION indicateurs_contact_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT DISTINCT structure_id, jour FROM nouvelles;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT DISTINCT structure_id, jour FROM anciennes;
    ELSE
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        WITH changes AS (
            SELECT uuid, a.structure_id AS avant, a.jour AS jour_avant,
                n.structure_id AS apres, n.jour AS jour_apres
            FROM anciennes a JOIN nouvelles n USING (uuid)
            WHERE (a.structure_id, a.jour, a.personne_id, a.issue, a.cadre)
                IS DISTINCT FROM (n.structure_id, n.jour, n.personne_id, n.issue, n.cadre)
        )
        SELECT avant, jour_avant FROM changes
        UNION
        SELECT apres, jour_apres FROM changes
        UNION
        -- Acts have a day of their own.
        SELECT unnest(ARRAY[c.avant, c.apres]), a.jour
        FROM changes c JOIN contacts_acte a ON a.contact_id = c.uuid;
    END IF;
    RETURN NULL;
END $$;

-- What hangs on a contact, of the contact's day.
CREATE FUNCTION indicateurs_suite_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT DISTINCT c.structure_id, c.jour
        FROM nouvelles n JOIN contacts_contact c ON c.uuid = n.contact_id;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        -- Of a contact that is gone too, its own deletion has marked the day.
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT DISTINCT c.structure_id, c.jour
        FROM anciennes a JOIN contacts_contact c ON c.uuid = a.contact_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION indicateurs_acte_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT DISTINCT c.structure_id, n.jour
        FROM nouvelles n JOIN contacts_contact c ON c.uuid = n.contact_id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT c.structure_id, a.jour
        FROM anciennes a JOIN contacts_contact c ON c.uuid = a.contact_id
        UNION
        -- Of a contact that is gone, nobody says any more where it was: each that had acts then.
        SELECT f.structure_id, a.jour
        FROM anciennes a JOIN indicateurs_faitdujour f ON f.jour = a.jour AND f.objet = 'ACTE'
        WHERE NOT EXISTS (SELECT FROM contacts_contact c WHERE c.uuid = a.contact_id);
    ELSE
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        WITH changes AS (
            SELECT a.contact_id AS avant, a.jour AS jour_avant, n.contact_id AS apres,
                n.jour AS jour_apres
            FROM anciennes a JOIN nouvelles n USING (uuid)
            WHERE (a.contact_id, a.jour, a.categorie)
                IS DISTINCT FROM (n.contact_id, n.jour, n.categorie)
        )
        SELECT c.structure_id, jour_apres
        FROM changes JOIN contacts_contact c ON c.uuid = apres
        UNION
        SELECT c.structure_id, jour_avant
        FROM changes JOIN contacts_contact c ON c.uuid = avant
        UNION
        -- Nor of one that has just moved and taken its acts along.
        SELECT f.structure_id, jour_avant
        FROM changes JOIN indicateurs_faitdujour f ON f.jour = jour_avant AND f.objet = 'ACTE'
        WHERE jour_avant <> jour_apres;
    END IF;
    RETURN NULL;
END $$;
"""
GESTES = {
    "insertion": ("INSERT", "NEW TABLE AS nouvelles"),
    "correction": ("UPDATE", "OLD TABLE AS anciennes NEW TABLE AS nouvelles"),
    "suppression": ("DELETE", "OLD TABLE AS anciennes"),
}
# A visit and an encounter are on their contact for good and go with it, and nothing of their own is
# counted.
DECLENCHEURS = (
    ("contacts_contact", "contact", tuple(GESTES)),
    ("contacts_acte", "acte", tuple(GESTES)),
    ("contacts_remisemateriel", "suite", tuple(GESTES)),
    ("accueil_passage", "suite", ("insertion",)),
    ("maraudes_rencontre", "suite", ("insertion",)),
)
POSER, LEVER = [], []
for table, fonction, gestes in DECLENCHEURS:
    for nom in gestes:
        geste, tables = GESTES[nom]
        POSER.append(
            f"CREATE TRIGGER fait_marque_{nom} AFTER {geste} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION indicateurs_{fonction}_marque()"
        )
        LEVER.append(f"DROP TRIGGER fait_marque_{nom} ON {table}")


class Migration(migrations.Migration):
    dependencies = [
        ("indicateurs", "0006_consultation_en_cours"),
        ("accueil", "0004_index_utiles"),
        ("contacts", "0009_alias_suivis"),
        ("hebergement", "0007_index_utiles"),
        ("maraudes", "0008_index_utiles"),
        ("socle", "0007_codes"),
    ]

    operations = [
        migrations.CreateModel(
            name="FaitDuJour",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "jour", "structure", "objet", "detail",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("jour", models.DateField(verbose_name="jour")),
                (
                    "structure",
                    models.UUIDField(db_column="structure_id", verbose_name="structure"),
                ),
                ("objet", models.CharField(max_length=10, verbose_name="objet")),
                ("detail", models.CharField(max_length=25, verbose_name="détail")),
                ("nombre", models.IntegerField(verbose_name="nombre")),
                ("quantite_distribuee", models.IntegerField(verbose_name="quantité distribuée")),
                ("quantite_recuperee", models.IntegerField(verbose_name="quantité récupérée")),
            ],
            options={"verbose_name": "fait du jour", "verbose_name_plural": "faits du jour"},
        ),
        migrations.CreateModel(
            name="PresenceDuMois",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "mois", "structure", "personne", "cadre",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("mois", models.DateField(verbose_name="premier du mois")),
                (
                    "structure",
                    models.UUIDField(db_column="structure_id", verbose_name="structure"),
                ),
                ("personne", models.UUIDField(db_column="personne_id", verbose_name="personne")),
                ("cadre", models.CharField(max_length=12, verbose_name="cadre")),
                ("jours", models.IntegerField(verbose_name="jours")),
            ],
            options={
                "verbose_name": "présence du mois",
                "verbose_name_plural": "présences du mois",
            },
        ),
        migrations.CreateModel(
            name="JourMarque",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "structure",
                    models.UUIDField(db_column="structure_id", verbose_name="structure"),
                ),
                ("jour", models.DateField(verbose_name="jour")),
            ],
            options={"verbose_name": "jour marqué", "verbose_name_plural": "jours marqués"},
        ),
        migrations.CreateModel(
            name="Fait",
            fields=[
                (
                    "structure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True,
                        related_name="+", serialize=False, to="socle.structure",
                    ),
                ),
                ("jour", models.DateField()),
                ("objet", models.CharField(max_length=10)),
                ("detail", models.CharField(max_length=25)),
                ("nombre", models.IntegerField()),
                ("quantite_distribuee", models.IntegerField()),
                ("quantite_recuperee", models.IntegerField()),
            ],
            options={"verbose_name": "fait", "db_table": "indicateurs_fait", "managed": False},
        ),
        migrations.CreateModel(
            name="PresenceParMois",
            fields=[
                (
                    "personne",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True,
                        related_name="+", serialize=False, to="socle.personne",
                    ),
                ),
                ("cadre", models.CharField(max_length=12)),
                ("debut", models.DateField()),
                ("fin", models.DateField(null=True)),
                ("jours", models.IntegerField(null=True)),
            ],
            options={
                "verbose_name": "présence par mois",
                "db_table": "indicateurs_presenceparmois",
                "managed": False,
            },
        ),
        migrations.RunSQL(
            BRUTS, "DROP VIEW indicateurs_presencebrute; DROP VIEW indicateurs_faitbrut"
        ),
        migrations.RunSQL(
            EXACTS, "DROP VIEW indicateurs_presenceparmois; DROP VIEW indicateurs_fait"
        ),
        migrations.RunSQL(
            MARQUES,
            "DROP FUNCTION indicateurs_acte_marque(); DROP FUNCTION indicateurs_suite_marque(); "
            "DROP FUNCTION indicateurs_contact_marque()",
        ),
        migrations.RunSQL(POSER, LEVER),
    ]
