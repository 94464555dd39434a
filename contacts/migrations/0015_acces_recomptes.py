"""What races left of who knows whom by a visit is put right: one access too few, one too many."""

from django.db import migrations

# Nobody opens or closes a file meanwhile: who does by now is waited for.
RECOMPTER = """
SELECT count(pg_advisory_xact_lock(7203025, cle)) FROM generate_series(0, 1023) AS cle;
INSERT INTO socle_accespersonne (personne_id, organisme_id, motif)
SELECT DISTINCT c.personne_id, s.organisme_id, 'PASSAGE'
FROM contacts_contact c JOIN socle_structure s ON s.uuid = c.structure_id
WHERE c.cadre = 'ACCUEIL' AND c.personne_id IS NOT NULL
ON CONFLICT DO NOTHING;
DELETE FROM socle_accespersonne a
WHERE a.motif = 'PASSAGE' AND NOT EXISTS (
    SELECT FROM contacts_contact c JOIN socle_structure s ON s.uuid = c.structure_id
    WHERE c.personne_id = a.personne_id AND c.cadre = 'ACCUEIL'
      AND s.organisme_id = a.organisme_id
);
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0014_jour_sans_cercle"), ("socle", "0008_corrections_retenues")]

    operations = [migrations.RunSQL(RECOMPTER, migrations.RunSQL.noop)]
