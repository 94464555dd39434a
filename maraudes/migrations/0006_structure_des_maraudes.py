"""A round is of the structure of its team, and so are the people who were met: neither moves to
another structure, whose figures it would change and whose organisme it would be opened to."""

from django.db import migrations

ALLER = """
CREATE FUNCTION maraudes_garder_la_structure_de_l_equipe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM maraudes_maraude WHERE equipe_id = NEW.uuid) THEN
        RAISE EXCEPTION 'Cette équipe a des maraudes dans sa structure.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'equipe_de_sa_structure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER equipe_de_sa_structure BEFORE UPDATE OF structure_id ON socle_equipe
    FOR EACH ROW WHEN (OLD.structure_id <> NEW.structure_id)
    EXECUTE FUNCTION maraudes_garder_la_structure_de_l_equipe();

CREATE FUNCTION maraudes_garder_la_structure_de_la_maraude() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    voulue uuid;
BEGIN
    -- Who moves the team at this moment comes before or after, not in between.
    SELECT structure_id INTO voulue FROM socle_equipe WHERE uuid = NEW.equipe_id FOR SHARE;
    IF TG_OP = 'UPDATE' AND voulue <> (
        SELECT structure_id FROM socle_equipe WHERE uuid = OLD.equipe_id
    ) THEN
        RAISE EXCEPTION 'Cette équipe est d''une autre structure.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'maraude_de_sa_structure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maraude_de_sa_structure BEFORE INSERT OR UPDATE OF equipe_id ON maraudes_maraude
    FOR EACH ROW EXECUTE FUNCTION maraudes_garder_la_structure_de_la_maraude();
"""

RETOUR = """
DROP TRIGGER maraude_de_sa_structure ON maraudes_maraude;
DROP FUNCTION maraudes_garder_la_structure_de_la_maraude();
DROP TRIGGER equipe_de_sa_structure ON socle_equipe;
DROP FUNCTION maraudes_garder_la_structure_de_l_equipe();
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0005_etapes_de_rencontres"), ("socle", "0001_initial")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
