"""A round is seen by the organisme of its team: neither goes, with what is known of the people who
were met, to another organisme."""

from django.db import migrations

ALLER = """
CREATE FUNCTION maraudes_garder_l_organisme_de_l_equipe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(DISTINCT organisme_id) FROM socle_structure
        WHERE uuid IN (OLD.structure_id, NEW.structure_id)) > 1
       AND EXISTS (SELECT FROM maraudes_maraude WHERE equipe_id = NEW.uuid)
    THEN
        RAISE EXCEPTION 'Cette équipe a des maraudes d''un autre organisme.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'equipe_de_son_organisme';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER equipe_de_son_organisme BEFORE UPDATE OF structure_id ON socle_equipe
    FOR EACH ROW WHEN (OLD.structure_id <> NEW.structure_id)
    EXECUTE FUNCTION maraudes_garder_l_organisme_de_l_equipe();

CREATE FUNCTION maraudes_garder_l_organisme_de_la_maraude() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(DISTINCT s.organisme_id)
        FROM socle_equipe e JOIN socle_structure s ON s.uuid = e.structure_id
        WHERE e.uuid IN (OLD.equipe_id, NEW.equipe_id)) > 1
       AND (EXISTS (SELECT FROM maraudes_rencontre WHERE maraude_id = NEW.uuid)
            OR EXISTS (SELECT FROM maraudes_observation WHERE maraude_id = NEW.uuid))
    THEN
        RAISE EXCEPTION 'Cette maraude a des rencontres d''un autre organisme.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'maraude_de_son_organisme';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maraude_de_son_organisme BEFORE UPDATE OF equipe_id ON maraudes_maraude
    FOR EACH ROW WHEN (OLD.equipe_id <> NEW.equipe_id)
    EXECUTE FUNCTION maraudes_garder_l_organisme_de_la_maraude();
"""

RETOUR = """
DROP TRIGGER maraude_de_son_organisme ON maraudes_maraude;
DROP FUNCTION maraudes_garder_l_organisme_de_la_maraude();
DROP TRIGGER equipe_de_son_organisme ON socle_equipe;
DROP FUNCTION maraudes_garder_l_organisme_de_l_equipe();
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0005_etapes_de_rencontres"), ("socle", "0001_initial")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
