"""An orientation that names an alias is of the file that was kept."""

from django.db import migrations

# Before the other triggers, in the order of their names: they see whom the row is of.
ALLER = """
CREATE TRIGGER alias_suivi_insertion BEFORE INSERT ON coordination_orientation
    FOR EACH ROW WHEN (NEW.personne_id IS NOT NULL) EXECUTE FUNCTION socle_suivre_l_alias();
CREATE TRIGGER alias_suivi_correction BEFORE UPDATE OF personne_id ON coordination_orientation
    FOR EACH ROW WHEN (NEW.personne_id IS DISTINCT FROM OLD.personne_id AND NEW.personne_id IS NOT NULL)
    EXECUTE FUNCTION socle_suivre_l_alias();
CREATE TRIGGER personne_alias_sans_orientation AFTER UPDATE OF alias_de_id ON socle_personne
    FOR EACH ROW WHEN (NEW.alias_de_id IS NOT NULL)
    EXECUTE FUNCTION socle_refuser_ce_qui_reste('coordination_orientation');
"""

RETOUR = """
DROP TRIGGER personne_alias_sans_orientation ON socle_personne;
DROP TRIGGER alias_suivi_correction ON coordination_orientation;
DROP TRIGGER alias_suivi_insertion ON coordination_orientation;
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0006_index_utiles"), ("socle", "0006_alias_suivis")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
