"""Where a structure is, is what published figures were added up by: it does not change any more."""

from django.db import migrations

REFUSER = """
CREATE FUNCTION indicateurs_structure_publiee() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE preparees uuid[];
BEGIN
    -- What was only prepared is prepared again. Before the question: a signature is waited for.
    preparees := ARRAY(
        SELECT DISTINCT p.uuid FROM indicateurs_chiffre c
        JOIN indicateurs_publication p ON p.uuid = c.publication_id
        WHERE p.statut = 'PREPAREE' AND c.niveau = 'STRUCTURE' AND c.territoire = OLD.code
    );
    DELETE FROM indicateurs_chiffre WHERE publication_id = ANY (preparees);
    DELETE FROM indicateurs_publication WHERE uuid = ANY (preparees) AND statut = 'PREPAREE';
    IF EXISTS (
        SELECT FROM indicateurs_chiffre WHERE niveau = 'STRUCTURE' AND territoire = OLD.code
    ) THEN
        RAISE EXCEPTION 'Cette structure est dans des chiffres publiés.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'structure_publiee';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER structure_publiee_reste BEFORE UPDATE ON socle_structure FOR EACH ROW
-- Its organisme never changes.
WHEN ((OLD.code, OLD.type, OLD.arrondissement)
    IS DISTINCT FROM (NEW.code, NEW.type, NEW.arrondissement))
EXECUTE FUNCTION indicateurs_structure_publiee();
CREATE TRIGGER structure_publiee_demeure BEFORE DELETE ON socle_structure FOR EACH ROW
EXECUTE FUNCTION indicateurs_structure_publiee();
"""
PERMETTRE = """
DROP TRIGGER structure_publiee_reste ON socle_structure;
DROP TRIGGER structure_publiee_demeure ON socle_structure;
DROP FUNCTION indicateurs_structure_publiee();
"""


class Migration(migrations.Migration):
    dependencies = [("indicateurs", "0010_contacts_marques"), ("socle", "0008_corrections_retenues")]

    operations = [migrations.RunSQL(REFUSER, PERMETTRE)]
