"""A contact takes its acts and its material along, when it is deleted in SQL too."""

from django.db import migrations

ALLER = """
CREATE FUNCTION contacts_supprimer_ce_qui_pend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM contacts_acte a USING anciennes c WHERE a.contact_id = c.uuid;
    DELETE FROM contacts_remisemateriel r USING anciennes c WHERE r.contact_id = c.uuid;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_et_ce_qui_en_pend AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_supprimer_ce_qui_pend();
"""

RETOUR = """
DROP TRIGGER contact_et_ce_qui_en_pend ON contacts_contact;
DROP FUNCTION contacts_supprimer_ce_qui_pend();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_jours_et_acces")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
