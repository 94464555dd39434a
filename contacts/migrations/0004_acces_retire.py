"""A visit that is corrected to another person, or deleted, no longer lets the organisme know the
one who never came."""

from django.db import migrations

ALLER = """
CREATE FUNCTION contacts_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
    RETURN NULL;
END $$;
CREATE TRIGGER contact_acces_retire AFTER UPDATE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_fermer_acces();
CREATE TRIGGER contact_acces_supprime AFTER DELETE ON contacts_contact
    REFERENCING OLD TABLE AS anciennes
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_fermer_acces();
"""

RETOUR = """
DROP TRIGGER contact_acces_supprime ON contacts_contact;
DROP TRIGGER contact_acces_retire ON contacts_contact;
DROP FUNCTION contacts_fermer_acces();
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_suppression"), ("socle", "0001_initial")]

    operations = [migrations.RunSQL(ALLER, RETOUR)]
