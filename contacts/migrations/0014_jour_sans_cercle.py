"""An act looks at its contact when something that its day follows from changes, and not for a
category: who corrects the visit comes to its acts the other way round."""

from django.db import migrations

ALLER = """
DROP TRIGGER acte_jour ON contacts_acte;
CREATE TRIGGER acte_jour BEFORE INSERT ON contacts_acte
    FOR EACH ROW EXECUTE FUNCTION contacts_poser_jour_de_l_acte();
CREATE TRIGGER acte_jour_corrige BEFORE UPDATE OF survenu_le, contact_id, jour ON contacts_acte
    FOR EACH ROW WHEN ((OLD.survenu_le, OLD.contact_id, OLD.jour)
        IS DISTINCT FROM (NEW.survenu_le, NEW.contact_id, NEW.jour))
    EXECUTE FUNCTION contacts_poser_jour_de_l_acte();
"""
RETOUR = """
DROP TRIGGER acte_jour_corrige ON contacts_acte;
DROP TRIGGER acte_jour ON contacts_acte;
CREATE TRIGGER acte_jour BEFORE INSERT OR UPDATE OF survenu_le, contact_id, jour
    ON contacts_acte FOR EACH ROW EXECUTE FUNCTION contacts_poser_jour_de_l_acte();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0013_menage_derange")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
