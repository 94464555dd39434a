"""A contact that is nobody's any more is not an alias's either."""

from django.db import migrations

DECLENCHEUR = """
CREATE OR REPLACE TRIGGER alias_suivi_correction BEFORE UPDATE OF personne_id ON contacts_contact
    FOR EACH ROW WHEN (%s)
    EXECUTE FUNCTION socle_suivre_l_alias();
"""
CHANGEE = "NEW.personne_id IS DISTINCT FROM OLD.personne_id"


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_alias_suivis"), ("socle", "0008_corrections_retenues")]

    operations = [
        migrations.RunSQL(
            DECLENCHEUR % CHANGEE, DECLENCHEUR % f"{CHANGEE} AND NEW.personne_id IS NOT NULL"
        )
    ]
