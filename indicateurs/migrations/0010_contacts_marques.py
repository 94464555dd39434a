"""A mark is of the day where its rows are when it is counted, not where they were when it was left:
a contact may move, or go, while something is written to what hangs on it."""

from django.db import migrations, models

A_RECOMPTER = """
CREATE VIEW indicateurs_jourarecompter AS
SELECT structure_id, jour FROM indicateurs_jourmarque
UNION ALL
SELECT c.structure_id, c.jour
FROM indicateurs_contactmarque m JOIN contacts_contact c ON c.uuid = m.contact_id;
"""
# What was not counted yet is still marked without them.
SANS_CONTACTS = """
INSERT INTO indicateurs_jourmarque (structure_id, jour)
SELECT structure_id, jour FROM indicateurs_jourarecompter;
DROP VIEW indicateurs_jourarecompter;
"""

VUES = """
CREATE OR REPLACE VIEW indicateurs_fait AS
SELECT f.structure_id, f.jour, f.objet, f.detail, f.nombre, f.quantite_distribuee,
    f.quantite_recuperee
FROM indicateurs_faitdujour f
WHERE NOT EXISTS (
    SELECT FROM {marques} m WHERE m.structure_id = f.structure_id AND m.jour = f.jour
)
UNION ALL
SELECT m.structure_id, m.jour, b.objet, b.detail, b.nombre, b.quantite_distribuee,
    b.quantite_recuperee
FROM (SELECT DISTINCT structure_id, jour FROM {marques}) AS m
CROSS JOIN LATERAL (
    SELECT b.objet, b.detail, count(*)::integer AS nombre,
        sum(b.quantite_distribuee)::integer AS quantite_distribuee,
        sum(b.quantite_recuperee)::integer AS quantite_recuperee
    FROM indicateurs_faitbrut b WHERE b.structure_id = m.structure_id AND b.jour = m.jour
    GROUP BY b.objet, b.detail
) AS b;

CREATE OR REPLACE VIEW indicateurs_presenceparmois AS
SELECT p.personne_id, p.structure_id, p.cadre, p.mois AS debut,
    (p.mois + interval '1 month')::date AS fin, p.jours & ~coalesce(m.jours, 0) AS jours
FROM indicateurs_presencedumois p
LEFT JOIN (
    SELECT structure_id, date_trunc('month', jour)::date AS mois,
        bit_or(1 << extract(day FROM jour)::integer - 1) AS jours
    FROM {marques} GROUP BY 1, 2
) AS m USING (structure_id, mois)
WHERE p.jours & ~coalesce(m.jours, 0) <> 0
UNION ALL
SELECT b.personne_id, m.structure_id, b.cadre, date_trunc('month', m.jour)::date,
    (date_trunc('month', m.jour) + interval '1 month')::date,
    1 << extract(day FROM m.jour)::integer - 1
FROM (SELECT DISTINCT structure_id, jour FROM {marques}) AS m
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

SUITE = """
-- What hangs on a contact is of the day that the contact has when it is counted: the contact itself
-- is marked. Who moves it meanwhile marks where it was and where it goes; nobody waits for anybody.
-- Of one that is gone, its own deletion has marked the day.
CREATE OR REPLACE FUNCTION indicateurs_suite_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO indicateurs_contactmarque (contact_id)
        SELECT DISTINCT contact_id FROM nouvelles;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO indicateurs_contactmarque (contact_id)
        SELECT DISTINCT contact_id FROM anciennes;
    ELSE
        INSERT INTO indicateurs_contactmarque (contact_id)
        SELECT contact_id FROM anciennes UNION SELECT contact_id FROM nouvelles;
    END IF;
    RETURN NULL;
END $$;
"""
ACTES = """
-- Acts go where their contact goes, or go with it, and then nobody says any more where they were:
-- it does, before they do. Who adds one holds the contact, so that all of them are here.
CREATE FUNCTION indicateurs_actes_du_contact_marques() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO indicateurs_jourmarque (structure_id, jour)
    SELECT DISTINCT OLD.structure_id, jour FROM contacts_acte WHERE contact_id = OLD.uuid;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER fait_marque_actes_emmenes BEFORE UPDATE ON contacts_contact
    FOR EACH ROW WHEN (OLD.structure_id <> NEW.structure_id)
    EXECUTE FUNCTION indicateurs_actes_du_contact_marques();
CREATE TRIGGER fait_marque_actes_effaces BEFORE DELETE ON contacts_contact
    FOR EACH ROW EXECUTE FUNCTION indicateurs_actes_du_contact_marques();

CREATE OR REPLACE FUNCTION indicateurs_acte_marque() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        SELECT DISTINCT c.structure_id, n.jour
        FROM nouvelles n JOIN contacts_contact c ON c.uuid = n.contact_id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO indicateurs_jourmarque (structure_id, jour)
        -- Of a contact that is gone too, its own deletion has marked the days of its acts.
        SELECT DISTINCT c.structure_id, a.jour
        FROM anciennes a JOIN contacts_contact c ON c.uuid = a.contact_id;
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
        FROM changes JOIN contacts_contact c ON c.uuid = avant;
    END IF;
    RETURN NULL;
END $$;
"""
SANS_ACTES = """
DROP TRIGGER fait_marque_actes_effaces ON contacts_contact;
DROP TRIGGER fait_marque_actes_emmenes ON contacts_contact;
DROP FUNCTION indicateurs_actes_du_contact_marques();
"""
AVANT = """
CREATE OR REPLACE FUNCTION indicateurs_suite_marque() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION indicateurs_acte_marque() RETURNS trigger LANGUAGE plpgsql AS $$
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


class Migration(migrations.Migration):
    dependencies = [
        ("indicateurs", "0009_sur_tout_ce_qui_est_signe"),
        ("contacts", "0013_menage_derange"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactMarque",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contact",
                    models.UUIDField(db_column="contact_id", verbose_name="contact"),
                ),
            ],
            options={"verbose_name": "contact marqué", "verbose_name_plural": "contacts marqués"},
        ),
        migrations.RunSQL(A_RECOMPTER, SANS_CONTACTS),
        migrations.RunSQL(
            VUES.format(marques="indicateurs_jourarecompter"),
            VUES.format(marques="indicateurs_jourmarque"),
        ),
        migrations.RunSQL(SUITE + ACTES, SANS_ACTES + AVANT),
    ]
