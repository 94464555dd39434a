"""Whether an organisme knows a person is decided by one write at a time.

A visit that was being recorded saw the access that another's correction was taking away, and two
corrections at once each saw the other's visit: one access too few, or one too many.
"""

from django.db import migrations

# Who opens waits for who closes, and not for who else opens. In one order for everybody, and few
# enough for any statement: two persons may share a lock.
TENIR = """
CREATE FUNCTION socle_tenir_les_acces(ouverts uuid[], fermes uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE verrou record;
BEGIN
    FOR verrou IN
        SELECT hashtext(personne::text) & 1023 AS cle, bool_or(ferme) AS seul
        FROM (
            SELECT unnest(ouverts) AS personne, false AS ferme
            UNION ALL SELECT unnest(fermes), true
        ) AS tous
        GROUP BY 1 ORDER BY 1
    LOOP
        IF verrou.seul THEN
            PERFORM pg_advisory_xact_lock(7203025, verrou.cle);
        ELSE
            PERFORM pg_advisory_xact_lock_shared(7203025, verrou.cle);
        END IF;
    END LOOP;
END $$;
"""
OUVRIR = """
    INSERT INTO socle_accespersonne (personne_id, organisme_id, motif)
    SELECT DISTINCT n.personne_id, s.organisme_id, 'PASSAGE'
    FROM nouvelles n JOIN socle_structure s ON s.uuid = n.structure_id
    WHERE n.cadre = 'ACCUEIL' AND n.personne_id IS NOT NULL
    ON CONFLICT DO NOTHING;
"""
FERMER = """
    DELETE FROM socle_accespersonne a
    USING (
        SELECT DISTINCT n.personne_id, s.organisme_id
        FROM anciennes n JOIN socle_structure s ON s.uuid = n.structure_id
        WHERE n.cadre = 'ACCUEIL' AND n.personne_id IS NOT NULL
    ) AS o
    WHERE a.personne_id = o.personne_id AND a.organisme_id = o.organisme_id
      AND a.motif = 'PASSAGE'
      AND NOT EXISTS (
          SELECT 1 FROM contacts_contact c JOIN socle_structure s ON s.uuid = c.structure_id
          WHERE c.personne_id = a.personne_id AND c.cadre = 'ACCUEIL'
            AND s.organisme_id = a.organisme_id
      );
"""
# An encounter opens and closes nobody's file: its day is set row by row, and each row asked.
ALLER = f"""
{TENIR}
CREATE OR REPLACE FUNCTION contacts_ouvrir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE venues uuid[] := ARRAY(
    SELECT personne_id FROM nouvelles WHERE cadre = 'ACCUEIL' AND personne_id IS NOT NULL
);
BEGIN
    IF venues = '{{}}' THEN RETURN NULL; END IF;
    PERFORM socle_tenir_les_acces(venues, '{{}}');
    {OUVRIR}
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION contacts_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parties uuid[] := ARRAY(
    SELECT personne_id FROM anciennes WHERE cadre = 'ACCUEIL' AND personne_id IS NOT NULL
);
BEGIN
    IF parties = '{{}}' THEN RETURN NULL; END IF;
    PERFORM socle_tenir_les_acces('{{}}', parties);
    {FERMER}
    RETURN NULL;
END $$;

-- A correction opens one and closes another: it takes what it takes at once.
CREATE FUNCTION contacts_corriger_acces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    venues uuid[] := ARRAY(SELECT personne_id FROM (
        SELECT personne_id, structure_id FROM nouvelles WHERE cadre = 'ACCUEIL'
        EXCEPT SELECT personne_id, structure_id FROM anciennes WHERE cadre = 'ACCUEIL'
    ) AS changees WHERE personne_id IS NOT NULL);
    parties uuid[] := ARRAY(SELECT personne_id FROM (
        SELECT personne_id, structure_id FROM anciennes WHERE cadre = 'ACCUEIL'
        EXCEPT SELECT personne_id, structure_id FROM nouvelles WHERE cadre = 'ACCUEIL'
    ) AS changees WHERE personne_id IS NOT NULL);
BEGIN
    IF venues = '{{}}' AND parties = '{{}}' THEN RETURN NULL; END IF;
    PERFORM socle_tenir_les_acces(venues, parties);
    {OUVRIR}
    {FERMER}
    RETURN NULL;
END $$;
DROP TRIGGER contact_acces_correction ON contacts_contact;
DROP TRIGGER contact_acces_retire ON contacts_contact;
CREATE TRIGGER contact_acces_correction AFTER UPDATE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_corriger_acces();
"""
RETOUR = f"""
DROP TRIGGER contact_acces_correction ON contacts_contact;
DROP FUNCTION contacts_corriger_acces();
CREATE TRIGGER contact_acces_correction AFTER UPDATE ON contacts_contact
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_ouvrir_acces();
CREATE TRIGGER contact_acces_retire AFTER UPDATE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_fermer_acces();
CREATE OR REPLACE FUNCTION contacts_ouvrir_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {OUVRIR}
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION contacts_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM anciennes WHERE cadre = 'ACCUEIL' AND personne_id IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;
    {FERMER}
    RETURN NULL;
END $$;
DROP FUNCTION socle_tenir_les_acces(uuid[], uuid[]);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_bascule_sans_cercle")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
