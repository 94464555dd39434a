"""An orientation outlives the contact where it was made, when that is deleted in SQL too."""

from django.db import migrations

ALLER = """
CREATE FUNCTION coordination_oublier_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE coordination_orientation o SET contact_id = NULL
        FROM anciennes c WHERE o.contact_id = c.uuid;
    UPDATE coordination_orientation o SET arrivee_contact_id = NULL
        FROM anciennes c WHERE o.arrivee_contact_id = c.uuid;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_et_ses_orientations AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION coordination_oublier_le_contact();
"""

RETOUR = """
DROP TRIGGER contact_et_ses_orientations ON contacts_contact;
DROP FUNCTION coordination_oublier_le_contact();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0002_rapprochement"),
        ("contacts", "0003_suppression"),
    ]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
