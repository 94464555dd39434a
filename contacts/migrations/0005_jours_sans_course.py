"""The day of an act is that of its contact even where both are written at the same moment; another
`heure_bascule` rewrites what it changes, and no other: a centre has tens of thousands of visits."""

from django.db import migrations

ALLER = """
CREATE OR REPLACE FUNCTION contacts_poser_jour_de_l_acte() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Held, so that a round that starts now gives its day to this act too.
    SELECT CASE WHEN c.cadre = 'ACCUEIL'
        THEN contacts_jour_de_structure(NEW.survenu_le, c.structure_id) ELSE c.jour END
    INTO NEW.jour FROM contacts_contact c WHERE c.uuid = NEW.contact_id FOR SHARE OF c;
    RETURN NEW;
END $$;

-- What it wakes is planned for the many rows that it writes: a session that has corrected single
-- rows keeps plans made for one, which take minutes here.
CREATE OR REPLACE FUNCTION contacts_rejouer_bascule() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- It is rare: who records a visit at this moment waits, rather than keeping the old hour.
    LOCK TABLE contacts_contact, contacts_acte IN SHARE ROW EXCLUSIVE MODE;
    UPDATE contacts_contact c SET jour = NULL
    WHERE c.structure_id = NEW.uuid AND c.cadre <> 'MARAUDE' AND c.jour IS DISTINCT FROM
        ((c.survenu_le AT TIME ZONE 'Europe/Paris') - NEW.heure_bascule::interval)::date;
    UPDATE contacts_acte a SET jour = NULL FROM contacts_contact c
    WHERE c.uuid = a.contact_id AND c.structure_id = NEW.uuid AND c.cadre = 'ACCUEIL'
      AND a.jour IS DISTINCT FROM
        ((a.survenu_le AT TIME ZONE 'Europe/Paris') - NEW.heure_bascule::interval)::date;
    RETURN NULL;
END $$;
"""

RETOUR = """
CREATE OR REPLACE FUNCTION contacts_poser_jour_de_l_acte() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE WHEN c.cadre = 'ACCUEIL'
        THEN contacts_jour_de_structure(NEW.survenu_le, c.structure_id) ELSE c.jour END
    INTO NEW.jour FROM contacts_contact c WHERE c.uuid = NEW.contact_id;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION contacts_rejouer_bascule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts_contact SET jour = NULL WHERE structure_id = NEW.uuid AND cadre <> 'MARAUDE';
    UPDATE contacts_acte a SET jour = NULL FROM contacts_contact c
        WHERE c.uuid = a.contact_id AND c.structure_id = NEW.uuid AND c.cadre = 'ACCUEIL';
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_acces_retire")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
