"""A rencontre goes with its contact, when that one is deleted in SQL too."""

from django.db import migrations

ALLER = """
CREATE FUNCTION maraudes_suivre_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A deleted rencontre deletes its contact in turn: without this the two would go on for ever.
    IF EXISTS (SELECT 1 FROM anciennes) THEN
        DELETE FROM maraudes_rencontre x USING anciennes c WHERE x.contact_id = c.uuid;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_et_son_rencontre AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION maraudes_suivre_le_contact();
"""

RETOUR = """
DROP TRIGGER contact_et_son_rencontre ON contacts_contact;
DROP FUNCTION maraudes_suivre_le_contact();
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0002_jour_de_la_maraude"), ("contacts", "0003_suppression")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
