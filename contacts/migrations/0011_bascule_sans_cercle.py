"""Another `heure_bascule` waits with nothing in its hands for those who write visits, and they
for it: neither is in a circle."""

from django.db import migrations

TENIR = """
CREATE FUNCTION contacts_tenir_les_visites() RETURNS void LANGUAGE plpgsql
SET lock_timeout = '100ms' AS $$
BEGIN
    LOOP
        BEGIN
            -- Against those, too, who have locked a row and will write it.
            LOCK TABLE contacts_contact, contacts_acte IN EXCLUSIVE MODE;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            -- Some write a visit and then its act, some an act and then its visit: what was taken
            -- is given back, long before anybody looks for a circle (deadlock_timeout).
            PERFORM pg_sleep(0.05);
        END;
    END LOOP;
END $$;
"""

BASCULE = """
CREATE OR REPLACE FUNCTION contacts_rejouer_bascule() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    -- It is rare: who records a visit at this moment waits, rather than keeping the old hour.
    %s;
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
ALLER = TENIR + BASCULE % "PERFORM contacts_tenir_les_visites()"
RETOUR = (
    BASCULE % "LOCK TABLE contacts_contact, contacts_acte IN SHARE ROW EXCLUSIVE MODE"
    + "DROP FUNCTION contacts_tenir_les_visites();"
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_corrections_retenues")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
