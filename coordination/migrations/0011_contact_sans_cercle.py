"""An orientation looks at its contact when it is given another one, another person or another
structure, and not for a reason: who corrects the contact comes to it the other way round. Then the
contact refuses, where an orientation that it does not change contradicts it."""

from django.db import migrations

SUIVRE = """
CREATE OR REPLACE FUNCTION coordination_suivre_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One that knew a person of its own, where the contact knew none, keeps it and refuses.
    UPDATE coordination_orientation
    SET personne_id = CASE
            WHEN personne_id IS NOT DISTINCT FROM OLD.personne_id THEN NEW.personne_id
            ELSE personne_id
        END,
        structure_origine_id = NEW.structure_id
    WHERE contact_id = NEW.uuid;%s
    RETURN NULL;
END $$;
"""
REFUSER = """
    IF NEW.personne_id IS NOT NULL AND EXISTS (
        SELECT FROM coordination_orientation
        WHERE contact_id = NEW.uuid AND personne_id IS DISTINCT FROM NEW.personne_id
    ) THEN
        RAISE EXCEPTION 'Le contact est d''une autre personne ou d''une autre structure.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orientation_de_son_contact';
    END IF;"""

ALLER = """
DROP TRIGGER orientation_de_son_contact ON coordination_orientation;
CREATE TRIGGER orientation_de_son_contact BEFORE INSERT ON coordination_orientation
    FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION coordination_tenir_au_contact();
CREATE TRIGGER orientation_de_son_contact_corrigee
    BEFORE UPDATE OF contact_id, personne_id, structure_origine_id
    ON coordination_orientation FOR EACH ROW WHEN (
        NEW.contact_id IS NOT NULL
        AND (OLD.contact_id, OLD.personne_id, OLD.structure_origine_id)
            IS DISTINCT FROM (NEW.contact_id, NEW.personne_id, NEW.structure_origine_id)
    )
    EXECUTE FUNCTION coordination_tenir_au_contact();
"""
RETOUR = """
DROP TRIGGER orientation_de_son_contact_corrigee ON coordination_orientation;
DROP TRIGGER orientation_de_son_contact ON coordination_orientation;
CREATE TRIGGER orientation_de_son_contact
    BEFORE INSERT OR UPDATE OF contact_id, personne_id, structure_origine_id
    ON coordination_orientation FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION coordination_tenir_au_contact();
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0010_corrections_retenues")]

    operations = [migrations.RunSQL(ALLER + SUIVRE % REFUSER, RETOUR + SUIVRE % "")]
