"""Who holds the visits does not wait until their vacuum is over.

PostgreSQL stops a vacuum of its own for who has waited for `deadlock_timeout`, and no sooner: each
wait that was shorter left it to go on, for minutes where there are millions of rows.
"""

from django.db import migrations

DERANGER = """
CREATE FUNCTION contacts_deranger_le_menage() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    visites regclass;
    assez integer := 200
        + 1000 * extract(epoch FROM current_setting('deadlock_timeout')::interval);
BEGIN
    FOR visites IN
        SELECT l.relation FROM pg_locks l
        WHERE l.relation IN ('contacts_contact'::regclass, 'contacts_acte'::regclass)
          AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    LOOP
        BEGIN
            PERFORM set_config('lock_timeout', assez::text, true);
            -- One at a time: who waits this long with the other in its hands is in a circle.
            EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', visites);
            RAISE lock_not_available;
        EXCEPTION WHEN lock_not_available THEN
            NULL;  -- given back, whether it was taken or not
        END;
    END LOOP;
END $$;
"""
TENIR = """
CREATE OR REPLACE FUNCTION contacts_tenir_les_visites() RETURNS void LANGUAGE plpgsql
SET lock_timeout = '100ms' AS $$
{declare}
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
        {deranger}
    END LOOP;
END $$;
"""
# Once: what isn't a vacuum of the server's own would make all visits wait again and again.
ALLER = DERANGER + TENIR.format(
    declare="DECLARE derange boolean := false;",
    deranger="IF NOT derange THEN derange := true; PERFORM contacts_deranger_le_menage(); END IF;",
)
RETOUR = (
    TENIR.format(declare="", deranger="") + "DROP FUNCTION contacts_deranger_le_menage();"
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_acces_sans_course")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
