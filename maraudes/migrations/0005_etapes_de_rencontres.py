"""A stop where people were met stays: without it, their station would count as unvisited."""

from django.db import migrations

ALLER = """
CREATE FUNCTION maraudes_garder_les_etapes_de_rencontres() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM maraudes_rencontre
        WHERE maraude_id = OLD.maraude_id AND secteur_id = OLD.secteur_id
    ) AND NOT EXISTS (
        SELECT FROM maraudes_etape
        WHERE maraude_id = OLD.maraude_id AND secteur_id = OLD.secteur_id
    ) THEN
        RAISE EXCEPTION 'Des personnes ont été rencontrées à cette étape.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'etape_de_rencontres';
    END IF;
    RETURN NULL;
END $$;
-- Deferrable, for who replaces the stops of a round at once.
CREATE CONSTRAINT TRIGGER etape_de_rencontres
    AFTER DELETE OR UPDATE OF maraude_id, secteur_id ON maraudes_etape
    DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW EXECUTE FUNCTION maraudes_garder_les_etapes_de_rencontres();
"""

RETOUR = """
DROP TRIGGER etape_de_rencontres ON maraudes_etape;
DROP FUNCTION maraudes_garder_les_etapes_de_rencontres();
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0004_milieu_des_etapes")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
