"""The code of an organisme is what published figures call it by: it does not change any more."""

from django.db import migrations

REFUSER = """
CREATE FUNCTION indicateurs_organisme_publie() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE preparees uuid[];
BEGIN
    -- What was only prepared is prepared again. Before the question: a signature is waited for.
    preparees := ARRAY(
        SELECT DISTINCT p.uuid FROM indicateurs_chiffre c
        JOIN indicateurs_publication p ON p.uuid = c.publication_id
        WHERE p.statut = 'PREPAREE' AND c.niveau = 'ORGANISME' AND c.territoire = OLD.code
    );
    DELETE FROM indicateurs_chiffre WHERE publication_id = ANY (preparees);
    DELETE FROM indicateurs_publication WHERE uuid = ANY (preparees) AND statut = 'PREPAREE';
    IF EXISTS (
        SELECT FROM indicateurs_chiffre WHERE niveau = 'ORGANISME' AND territoire = OLD.code
    ) THEN
        RAISE EXCEPTION 'Cet organisme est dans des chiffres publiés.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organisme_publie';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER organisme_publie_reste BEFORE UPDATE ON socle_organisme FOR EACH ROW
WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION indicateurs_organisme_publie();
"""
PERMETTRE = """
DROP TRIGGER organisme_publie_reste ON socle_organisme;
DROP FUNCTION indicateurs_organisme_publie();
"""


class Migration(migrations.Migration):
    dependencies = [("indicateurs", "0011_structures_publiees")]

    operations = [migrations.RunSQL(REFUSER, PERMETTRE)]
