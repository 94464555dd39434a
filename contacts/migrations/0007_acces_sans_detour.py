"""An encounter closes nobody's file: its day is set row by row, and each row asked the question.

On a table never analysed the answer took a third of a second a row.
"""

from django.db import migrations

FERMER = """
CREATE OR REPLACE FUNCTION contacts_fermer_acces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {garde}
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
"""
GARDE = """IF NOT EXISTS (
        SELECT 1 FROM anciennes WHERE cadre = 'ACCUEIL' AND personne_id IS NOT NULL
    ) THEN
        RETURN NULL;
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_index_utiles")]

    operations = [migrations.RunSQL(FERMER.format(garde=GARDE), FERMER.format(garde=""))]
