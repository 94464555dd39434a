"""A motive that forces can't be erased under the pair that it forces; a stay that is corrected away
or deleted no longer lets its site's organisme know the person."""

from django.db import migrations

FORCAGE = """
CREATE FUNCTION hebergement_garder_le_forcage_du_sejour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM hebergement_place WHERE uuid = NEW.place_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM hebergement_fermeture f
        WHERE f.place_id = NEW.place_id AND f.motif_forcage = ''
          AND f.demi_journees && hebergement_demi_journees(NEW.arrivee, NEW.depart)
    ) THEN
        RAISE EXCEPTION 'La place est fermée à ces dates.'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'sejour_hors_fermeture';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sejour_garder_le_forcage BEFORE UPDATE ON hebergement_sejour
    FOR EACH ROW WHEN (OLD.motif_forcage <> '' AND NEW.motif_forcage = '')
    EXECUTE FUNCTION hebergement_garder_le_forcage_du_sejour();

CREATE FUNCTION hebergement_garder_le_forcage_de_la_fermeture() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM hebergement_place WHERE uuid = NEW.place_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM hebergement_sejour s
        WHERE s.place_id = NEW.place_id AND s.motif_forcage = ''
          AND s.demi_journees && hebergement_jours_entiers(NEW.debut, NEW.fin)
    ) THEN
        RAISE EXCEPTION 'La place est occupée à ces dates.'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'fermeture_hors_sejour';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fermeture_garder_le_forcage BEFORE UPDATE ON hebergement_fermeture
    FOR EACH ROW WHEN (OLD.motif_forcage <> '' AND NEW.motif_forcage = '')
    EXECUTE FUNCTION hebergement_garder_le_forcage_de_la_fermeture();
"""

ACCES = """
CREATE FUNCTION hebergement_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM socle_accespersonne a
    USING (
        SELECT DISTINCT n.personne_id, s.organisme_id
        FROM anciennes n
        JOIN hebergement_place p ON p.uuid = n.place_id
        JOIN hebergement_site t ON t.uuid = p.site_id
        JOIN socle_structure s ON s.uuid = t.structure_id
    ) AS o
    WHERE a.personne_id = o.personne_id AND a.organisme_id = o.organisme_id
      AND a.motif = 'SEJOUR'
      AND NOT EXISTS (
          SELECT 1 FROM hebergement_sejour r
          JOIN hebergement_place p ON p.uuid = r.place_id
          JOIN hebergement_site t ON t.uuid = p.site_id
          JOIN socle_structure s ON s.uuid = t.structure_id
          WHERE r.personne_id = a.personne_id AND r.nature = 'SEJOUR'
            AND s.organisme_id = a.organisme_id
      );
    RETURN NULL;
END $$;
CREATE TRIGGER sejour_acces_retire AFTER UPDATE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_fermer_acces();
CREATE TRIGGER sejour_acces_supprime AFTER DELETE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_fermer_acces();
"""

RETOUR = """
DROP TRIGGER sejour_acces_supprime ON hebergement_sejour;
DROP TRIGGER sejour_acces_retire ON hebergement_sejour;
DROP FUNCTION hebergement_fermer_acces();
DROP TRIGGER fermeture_garder_le_forcage ON hebergement_fermeture;
DROP FUNCTION hebergement_garder_le_forcage_de_la_fermeture();
DROP TRIGGER sejour_garder_le_forcage ON hebergement_sejour;
DROP FUNCTION hebergement_garder_le_forcage_du_sejour();
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0004_creations_reconnues"), ("socle", "0001_initial")]

    operations = [migrations.RunSQL(FORCAGE + ACCES, RETOUR)]
