"""Dates in the wrong order are told as such, and not as a conflict with somebody's stay; a site
where people stayed is not handed, with what is known of them, to another structure."""

from django.db import migrations

DATES = """
-- The check of the dates comes after these triggers: they leave to it what is not a range.
DROP TRIGGER sejour_hors_fermeture ON hebergement_sejour;
CREATE TRIGGER sejour_hors_fermeture
    BEFORE INSERT OR UPDATE OF place_id, arrivee, depart ON hebergement_sejour
    FOR EACH ROW WHEN (NEW.depart IS NULL OR NEW.depart >= NEW.arrivee)
    EXECUTE FUNCTION hebergement_refuser_sejour_sous_fermeture();
DROP TRIGGER fermeture_hors_sejour ON hebergement_fermeture;
CREATE TRIGGER fermeture_hors_sejour
    BEFORE INSERT OR UPDATE OF place_id, debut, fin ON hebergement_fermeture
    FOR EACH ROW WHEN (NEW.fin IS NULL OR NEW.fin > NEW.debut)
    EXECUTE FUNCTION hebergement_refuser_fermeture_sur_sejour();
"""

DATES_RETOUR = """
DROP TRIGGER fermeture_hors_sejour ON hebergement_fermeture;
CREATE TRIGGER fermeture_hors_sejour
    BEFORE INSERT OR UPDATE OF place_id, debut, fin ON hebergement_fermeture
    FOR EACH ROW EXECUTE FUNCTION hebergement_refuser_fermeture_sur_sejour();
DROP TRIGGER sejour_hors_fermeture ON hebergement_sejour;
CREATE TRIGGER sejour_hors_fermeture
    BEFORE INSERT OR UPDATE OF place_id, arrivee, depart ON hebergement_sejour
    FOR EACH ROW EXECUTE FUNCTION hebergement_refuser_sejour_sous_fermeture();
"""

STRUCTURE = """
CREATE FUNCTION hebergement_garder_la_structure_du_site() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Who gives one of its places at this moment holds it: they come before or after.
    PERFORM 1 FROM hebergement_place WHERE site_id = NEW.uuid ORDER BY uuid FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM hebergement_place p JOIN hebergement_sejour s ON s.place_id = p.uuid
        WHERE p.site_id = NEW.uuid
    ) THEN
        RAISE EXCEPTION 'Ce site a des séjours dans sa structure.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'site_de_sa_structure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER site_de_sa_structure BEFORE UPDATE OF structure_id ON hebergement_site
    FOR EACH ROW WHEN (OLD.structure_id <> NEW.structure_id)
    EXECUTE FUNCTION hebergement_garder_la_structure_du_site();

CREATE FUNCTION hebergement_garder_la_structure_de_la_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM hebergement_sejour WHERE place_id = NEW.uuid)
       AND (SELECT structure_id FROM hebergement_site WHERE uuid = OLD.site_id)
        <> (SELECT structure_id FROM hebergement_site WHERE uuid = NEW.site_id FOR SHARE)
    THEN
        RAISE EXCEPTION 'Cette place a des séjours dans une autre structure.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'place_de_sa_structure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER place_de_sa_structure BEFORE UPDATE OF site_id ON hebergement_place
    FOR EACH ROW WHEN (OLD.site_id <> NEW.site_id)
    EXECUTE FUNCTION hebergement_garder_la_structure_de_la_place();
"""

STRUCTURE_RETOUR = """
DROP TRIGGER place_de_sa_structure ON hebergement_place;
DROP FUNCTION hebergement_garder_la_structure_de_la_place();
DROP TRIGGER site_de_sa_structure ON hebergement_site;
DROP FUNCTION hebergement_garder_la_structure_du_site();
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0005_forcage_et_acces")]

    operations = [migrations.RunSQL(DATES + STRUCTURE, STRUCTURE_RETOUR + DATES_RETOUR)]
