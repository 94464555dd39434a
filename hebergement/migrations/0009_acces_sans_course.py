"""Whether an organisme knows a person is decided by one write at a time.

As for visits: a stay that is recorded waits for the correction of another one of the same person.
"""

from django.db import migrations

DE_LA_STRUCTURE = """
    JOIN hebergement_place p ON p.uuid = n.place_id
    JOIN hebergement_site t ON t.uuid = p.site_id
    JOIN socle_structure s ON s.uuid = t.structure_id
"""
OUVRIR = f"""
    INSERT INTO socle_accespersonne (personne_id, organisme_id, motif)
    SELECT DISTINCT n.personne_id, s.organisme_id, 'SEJOUR'
    FROM nouvelles n {DE_LA_STRUCTURE}
    WHERE n.nature = 'SEJOUR'
    ON CONFLICT DO NOTHING;
"""
FERMER = f"""
    DELETE FROM socle_accespersonne a
    USING (SELECT DISTINCT n.personne_id, s.organisme_id FROM anciennes n {DE_LA_STRUCTURE}) AS o
    WHERE a.personne_id = o.personne_id AND a.organisme_id = o.organisme_id
      AND a.motif = 'SEJOUR'
      AND NOT EXISTS (
          SELECT 1 FROM hebergement_sejour n {DE_LA_STRUCTURE}
          WHERE n.personne_id = a.personne_id AND n.nature = 'SEJOUR'
            AND s.organisme_id = a.organisme_id
      );
"""
ALLER = f"""
CREATE OR REPLACE FUNCTION hebergement_ouvrir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE venues uuid[] := ARRAY(
    SELECT personne_id FROM nouvelles WHERE nature = 'SEJOUR'
);
BEGIN
    IF venues = '{{}}' THEN RETURN NULL; END IF;
    PERFORM socle_tenir_les_acces(venues, '{{}}');
    {OUVRIR}
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION hebergement_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parties uuid[] := ARRAY(
    SELECT personne_id FROM anciennes WHERE nature = 'SEJOUR'
);
BEGIN
    IF parties = '{{}}' THEN RETURN NULL; END IF;
    PERFORM socle_tenir_les_acces('{{}}', parties);
    {FERMER}
    RETURN NULL;
END $$;

-- A correction opens one and closes another: it takes what it takes at once.
CREATE FUNCTION hebergement_corriger_acces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    venues uuid[] := ARRAY(SELECT personne_id FROM (
        SELECT personne_id, place_id FROM nouvelles WHERE nature = 'SEJOUR'
        EXCEPT SELECT personne_id, place_id FROM anciennes WHERE nature = 'SEJOUR'
    ) AS changees);
    parties uuid[] := ARRAY(SELECT personne_id FROM (
        SELECT personne_id, place_id FROM anciennes WHERE nature = 'SEJOUR'
        EXCEPT SELECT personne_id, place_id FROM nouvelles WHERE nature = 'SEJOUR'
    ) AS changees);
BEGIN
    IF venues = '{{}}' AND parties = '{{}}' THEN RETURN NULL; END IF;
    PERFORM socle_tenir_les_acces(venues, parties);
    {OUVRIR}
    {FERMER}
    RETURN NULL;
END $$;
DROP TRIGGER sejour_acces_correction ON hebergement_sejour;
DROP TRIGGER sejour_acces_retire ON hebergement_sejour;
CREATE TRIGGER sejour_acces_correction AFTER UPDATE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_corriger_acces();
"""
RETOUR = f"""
DROP TRIGGER sejour_acces_correction ON hebergement_sejour;
DROP FUNCTION hebergement_corriger_acces();
CREATE TRIGGER sejour_acces_correction AFTER UPDATE ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_ouvrir_acces();
CREATE TRIGGER sejour_acces_retire AFTER UPDATE ON hebergement_sejour
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_fermer_acces();
CREATE OR REPLACE FUNCTION hebergement_ouvrir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {OUVRIR}
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION hebergement_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {FERMER}
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0012_acces_sans_course"),
        ("hebergement", "0008_alias_suivis"),
    ]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
