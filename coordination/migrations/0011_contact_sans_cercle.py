"""An orientation looks at its contact when it is given another one, another person or another
structure, and not for a reason: who corrects the contact comes to it the other way round."""

from django.db import migrations

ALLER = """
DROP TRIGGER orientation_de_son_contact ON coordination_orientation;
CREATE TRIGGER orientation_de_son_contact BEFORE INSERT ON coordination_orientation
    FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION coordination_tenir_au_contact();
CREATE TRIGGER orientation_de_son_contact_corrigee
    BEFORE UPDATE OF contact_id, personne_id, structure_origine_id
    ON coordination_orientation FOR EACH ROW WHEN (
        NEW.contact_id IS NOT NULL
        AND (OLD.contact_id, OLD.personne_id, OLD.structure_origine_id)
            IS DISTINCT FROM (NEW.contact_id, NEW.personne_id, NEW.structure_origine_id)
    )
    EXECUTE FUNCTION coordination_tenir_au_contact();
"""
RETOUR = """
DROP TRIGGER orientation_de_son_contact_corrigee ON coordination_orientation;
DROP TRIGGER orientation_de_son_contact ON coordination_orientation;
CREATE TRIGGER orientation_de_son_contact
    BEFORE INSERT OR UPDATE OF contact_id, personne_id, structure_origine_id
    ON coordination_orientation FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION coordination_tenir_au_contact();
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0010_corrections_retenues")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
