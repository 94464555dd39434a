"""A passage goes with its contact, when that one is deleted in SQL too."""

from django.db import migrations

ALLER = """
CREATE FUNCTION accueil_suivre_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A deleted passage deletes its contact in turn: without this the two would go on for ever.
    IF EXISTS (SELECT 1 FROM anciennes) THEN
        DELETE FROM accueil_passage x USING anciennes c WHERE x.contact_id = c.uuid;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_et_son_passage AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION accueil_suivre_le_contact();
"""

RETOUR = """
DROP TRIGGER contact_et_son_passage ON contacts_contact;
DROP FUNCTION accueil_suivre_le_contact();
"""


class Migration(migrations.Migration):
    dependencies = [("accueil", "0002_passages"), ("contacts", "0003_suppression")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
