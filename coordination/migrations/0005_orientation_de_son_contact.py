"""An orientation made during a contact is of its person and starts where it was, whoever writes
the one or the other; the correction of a contact takes its orientations along. None is handed to
another organisme by its origin."""

from django.db import migrations

ALLER = """
CREATE FUNCTION coordination_tenir_au_contact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    celle_du_contact uuid;
    la_structure uuid;
BEGIN
    -- Who corrects the contact at this moment comes before or after, not in between.
    SELECT personne_id, structure_id INTO celle_du_contact, la_structure
    FROM contacts_contact WHERE uuid = NEW.contact_id FOR SHARE;
    IF TG_OP = 'INSERT' AND NEW.personne_id IS NULL THEN
        NEW.personne_id := celle_du_contact;
    END IF;
    IF (celle_du_contact IS NOT NULL AND NEW.personne_id IS DISTINCT FROM celle_du_contact)
        OR la_structure <> NEW.structure_origine_id
    THEN
        RAISE EXCEPTION 'Le contact est d''une autre personne ou d''une autre structure.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orientation_de_son_contact';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orientation_de_son_contact
    BEFORE INSERT OR UPDATE OF contact_id, personne_id, structure_origine_id
    ON coordination_orientation FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION coordination_tenir_au_contact();

CREATE FUNCTION coordination_garder_l_origine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT organisme_id FROM socle_structure WHERE uuid = OLD.structure_origine_id)
        <> (SELECT organisme_id FROM socle_structure WHERE uuid = NEW.structure_origine_id)
    THEN
        RAISE EXCEPTION 'Cette orientation est d''un autre organisme.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'orientation_de_son_organisme';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orientation_de_son_organisme
    BEFORE UPDATE OF structure_origine_id ON coordination_orientation
    FOR EACH ROW WHEN (OLD.structure_origine_id <> NEW.structure_origine_id)
    EXECUTE FUNCTION coordination_garder_l_origine();

CREATE FUNCTION coordination_suivre_le_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One that knew a person of its own, where the contact knew none, keeps it and refuses.
    UPDATE coordination_orientation
    SET personne_id = CASE
            WHEN personne_id IS NOT DISTINCT FROM OLD.personne_id THEN NEW.personne_id
            ELSE personne_id
        END,
        structure_origine_id = NEW.structure_id
    WHERE contact_id = NEW.uuid;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_suivi_de_ses_orientations
    AFTER UPDATE OF personne_id, structure_id ON contacts_contact
    FOR EACH ROW WHEN (OLD.personne_id IS DISTINCT FROM NEW.personne_id
        OR OLD.structure_id IS DISTINCT FROM NEW.structure_id)
    EXECUTE FUNCTION coordination_suivre_le_contact();
"""

RETOUR = """
DROP TRIGGER contact_suivi_de_ses_orientations ON contacts_contact;
DROP FUNCTION coordination_suivre_le_contact();
DROP TRIGGER orientation_de_son_organisme ON coordination_orientation;
DROP FUNCTION coordination_garder_l_origine();
DROP TRIGGER orientation_de_son_contact ON coordination_orientation;
DROP FUNCTION coordination_tenir_au_contact();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0004_arrivees_faites"),
        ("contacts", "0003_suppression"),
    ]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
