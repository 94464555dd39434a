"""A request that names an alias is of the file that was kept; who may come is known where a place is
held for them; what each wait is worth at first."""

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
# As long as a place is held: code and pseudonym, for whoever will open the door.
ACCES = """
CREATE FUNCTION hebergement_tenir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        DELETE FROM socle_accespersonne WHERE motif = 'PROPOSITION' AND objet = OLD.uuid;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') AND NEW.issue = '' THEN
        INSERT INTO socle_accespersonne (personne_id, organisme_id, motif, objet)
        SELECT d.personne_id, s.organisme_id, 'PROPOSITION', NEW.uuid
        FROM hebergement_demandehebergement d, hebergement_place p
        JOIN hebergement_site t ON t.uuid = p.site_id
        JOIN socle_structure s ON s.uuid = t.structure_id
        WHERE d.uuid = NEW.demande_id AND p.uuid = NEW.place_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER proposition_acces AFTER INSERT OR DELETE
    OR UPDATE OF demande_id, place_id, issue ON hebergement_proposition
    FOR EACH ROW EXECUTE FUNCTION hebergement_tenir_acces();

CREATE FUNCTION hebergement_suivre_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE socle_accespersonne a SET personne_id = NEW.personne_id
    FROM hebergement_proposition p
    WHERE p.demande_id = NEW.uuid AND a.motif = 'PROPOSITION' AND a.objet = p.uuid;
    RETURN NULL;
END $$;
CREATE TRIGGER demande_acces AFTER UPDATE OF personne_id ON hebergement_demandehebergement
    FOR EACH ROW WHEN (NEW.personne_id IS DISTINCT FROM OLD.personne_id)
    EXECUTE FUNCTION hebergement_suivre_acces();
"""
SANS_ACCES = """
DROP TRIGGER demande_acces ON hebergement_demandehebergement;
DROP FUNCTION hebergement_suivre_acces();
DROP TRIGGER proposition_acces ON hebergement_proposition;
DROP FUNCTION hebergement_tenir_acces();
DELETE FROM socle_accespersonne WHERE motif = 'PROPOSITION';
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
        migrations.RunSQL(ACCES, SANS_ACCES),
        migrations.RunSQL(POIDS, "DELETE FROM hebergement_poidsattente"),
    ]
