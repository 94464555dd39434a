"""A stay that names an alias is of the file that was kept."""

from django.db import migrations

# Before the other triggers, in the order of their names: they see whom the row is of.
ALLER = """
CREATE TRIGGER alias_suivi_insertion BEFORE INSERT ON hebergement_sejour
    FOR EACH ROW EXECUTE FUNCTION socle_suivre_l_alias();
CREATE TRIGGER alias_suivi_correction BEFORE UPDATE OF personne_id ON hebergement_sejour
    FOR EACH ROW WHEN (NEW.personne_id IS DISTINCT FROM OLD.personne_id)
    EXECUTE FUNCTION socle_suivre_l_alias();
CREATE TRIGGER personne_alias_sans_sejour AFTER UPDATE OF alias_de_id ON socle_personne
    FOR EACH ROW WHEN (NEW.alias_de_id IS NOT NULL)
    EXECUTE FUNCTION socle_refuser_ce_qui_reste('hebergement_sejour');
"""

RETOUR = """
DROP TRIGGER personne_alias_sans_sejour ON socle_personne;
DROP TRIGGER alias_suivi_correction ON hebergement_sejour;
DROP TRIGGER alias_suivi_insertion ON hebergement_sejour;
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0007_index_utiles"), ("socle", "0006_alias_suivis")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
