"""A request that names an alias is of the file that was kept; what each wait is worth at first."""

from django.db import migrations

# Before the other triggers, in the order of their names: they see whom the row is of.
ALIAS = """
CREATE TRIGGER alias_suivi_insertion BEFORE INSERT ON hebergement_demandehebergement
    FOR EACH ROW EXECUTE FUNCTION socle_suivre_l_alias();
CREATE TRIGGER alias_suivi_correction BEFORE UPDATE OF personne_id
    ON hebergement_demandehebergement
    FOR EACH ROW WHEN (NEW.personne_id IS DISTINCT FROM OLD.personne_id)
    EXECUTE FUNCTION socle_suivre_l_alias();
CREATE TRIGGER personne_alias_sans_demande AFTER UPDATE OF alias_de_id ON socle_personne
    FOR EACH ROW WHEN (NEW.alias_de_id IS NOT NULL)
    EXECUTE FUNCTION socle_refuser_ce_qui_reste('hebergement_demandehebergement');
"""
SANS_ALIAS = """
DROP TRIGGER personne_alias_sans_demande ON socle_personne;
DROP TRIGGER alias_suivi_correction ON hebergement_demandehebergement;
DROP TRIGGER alias_suivi_insertion ON hebergement_demandehebergement;
"""
# A high priority is worth a month, an urgent one three; coordinators set them.
POIDS = """
INSERT INTO hebergement_poidsattente (uuid, version, critere, poids) VALUES
    (uuidv7(), 1, 'ANCIENNETE', 1), (uuidv7(), 1, 'PRIORITE_HAUTE', 30),
    (uuidv7(), 1, 'PRIORITE_URGENTE', 90), (uuidv7(), 1, 'SORTIE_HOPITAL', 15),
    (uuidv7(), 1, 'RESERVEE_FEMMES', 15), (uuidv7(), 1, 'COUPLE', 0);
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0013_demandes"), ("socle", "0006_alias_suivis")]

    operations = [
        migrations.RunSQL(ALIAS, SANS_ALIAS),
        migrations.RunSQL(POIDS, "DELETE FROM hebergement_poidsattente"),
    ]
