"""What no ordinary constraint reaches: openings, rooms, transfers, closures."""

from django.db import migrations

CLES = """
-- A stay lies inside the opening of its place: PostgreSQL checks both sides, and their race.
ALTER TABLE hebergement_place
    ADD CONSTRAINT place_ouverture_unique UNIQUE (uuid, ouverture WITHOUT OVERLAPS);
ALTER TABLE hebergement_sejour
    ADD CONSTRAINT sejour_dans_l_ouverture_de_la_place
    FOREIGN KEY (place_id, PERIOD demi_journees)
    REFERENCES hebergement_place (uuid, PERIOD ouverture);

-- A place is in a room of its own site.
ALTER TABLE hebergement_place
    ADD CONSTRAINT place_chambre_du_meme_site
    FOREIGN KEY (chambre_id, site_id) REFERENCES hebergement_chambre (uuid, site_id);

-- A transfer is of the same person and starts on the day on which the stay before ends.
ALTER TABLE hebergement_sejour
    ADD CONSTRAINT sejour_suite_unique UNIQUE (uuid, personne_id, depart);
ALTER TABLE hebergement_sejour
    ADD CONSTRAINT sejour_suite_sans_trou
    FOREIGN KEY (suite_de_id, personne_id, arrivee)
    REFERENCES hebergement_sejour (uuid, personne_id, depart);
"""

FERMETURES = """
-- A stay under a closure, or a closure over a stay, is refused unless it is forced with a motive.
-- Only what is newly covered counts, so that a forced pair can still be corrected or shortened.
-- The place is locked first: two transactions that write one side each can't both commit.
CREATE FUNCTION hebergement_refuser_sejour_sous_fermeture() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM hebergement_place WHERE uuid = NEW.place_id FOR NO KEY UPDATE;
    IF NEW.motif_forcage = '' AND EXISTS (
        SELECT 1 FROM hebergement_fermeture f
        WHERE f.place_id = NEW.place_id
          AND f.demi_journees && hebergement_demi_journees(NEW.arrivee, NEW.depart)
          AND NOT (
              TG_OP = 'UPDATE' AND OLD.place_id = NEW.place_id
              AND f.demi_journees * hebergement_demi_journees(NEW.arrivee, NEW.depart)
                  <@ OLD.demi_journees
          )
    ) THEN
        RAISE EXCEPTION 'La place est fermée à ces dates.'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'sejour_hors_fermeture';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sejour_hors_fermeture
    BEFORE INSERT OR UPDATE OF place_id, arrivee, depart ON hebergement_sejour
    FOR EACH ROW EXECUTE FUNCTION hebergement_refuser_sejour_sous_fermeture();

CREATE FUNCTION hebergement_refuser_fermeture_sur_sejour() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM hebergement_place WHERE uuid = NEW.place_id FOR NO KEY UPDATE;
    IF NEW.motif_forcage = '' AND EXISTS (
        SELECT 1 FROM hebergement_sejour s
        WHERE s.place_id = NEW.place_id
          AND s.demi_journees && hebergement_jours_entiers(NEW.debut, NEW.fin)
          AND NOT (
              TG_OP = 'UPDATE' AND OLD.place_id = NEW.place_id
              AND s.demi_journees * hebergement_jours_entiers(NEW.debut, NEW.fin)
                  <@ OLD.demi_journees
          )
    ) THEN
        RAISE EXCEPTION 'La place est occupée à ces dates.'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'fermeture_hors_sejour';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fermeture_hors_sejour
    BEFORE INSERT OR UPDATE OF place_id, debut, fin ON hebergement_fermeture
    FOR EACH ROW EXECUTE FUNCTION hebergement_refuser_fermeture_sur_sejour();

-- For good, the organisme of a site knows whom it accommodated.
CREATE FUNCTION hebergement_ouvrir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO socle_accespersonne (personne_id, organisme_id, motif)
    SELECT DISTINCT n.personne_id, s.organisme_id, 'SEJOUR'
    FROM nouvelles n
    JOIN hebergement_place p ON p.uuid = n.place_id
    JOIN hebergement_site t ON t.uuid = p.site_id
    JOIN socle_structure s ON s.uuid = t.structure_id
    WHERE n.nature = 'SEJOUR'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER sejour_acces_insertion AFTER INSERT ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_ouvrir_acces();
CREATE TRIGGER sejour_acces_correction AFTER UPDATE ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_ouvrir_acces();
"""

RETOUR = """
DROP TRIGGER sejour_acces_correction ON hebergement_sejour;
DROP TRIGGER sejour_acces_insertion ON hebergement_sejour;
DROP FUNCTION hebergement_ouvrir_acces();
DROP TRIGGER fermeture_hors_sejour ON hebergement_fermeture;
DROP FUNCTION hebergement_refuser_fermeture_sur_sejour();
DROP TRIGGER sejour_hors_fermeture ON hebergement_sejour;
DROP FUNCTION hebergement_refuser_sejour_sous_fermeture();
ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_suite_sans_trou;
ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_suite_unique;
ALTER TABLE hebergement_place DROP CONSTRAINT place_chambre_du_meme_site;
ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_dans_l_ouverture_de_la_place;
ALTER TABLE hebergement_place DROP CONSTRAINT place_ouverture_unique;
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0001_initial"), ("socle", "0001_initial")]

    operations = [migrations.RunSQL(CLES + FERMETURES, RETOUR)]
