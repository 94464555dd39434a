"""As for visits: what races left of who knows whom by a stay is put right."""

from django.db import migrations

DE_LA_STRUCTURE = """
    JOIN hebergement_place p ON p.uuid = r.place_id
    JOIN hebergement_site t ON t.uuid = p.site_id
    JOIN socle_structure s ON s.uuid = t.structure_id
"""
# Nobody opens or closes a file meanwhile: who does by now is waited for.
RECOMPTER = f"""
SELECT count(pg_advisory_xact_lock(7203025, cle)) FROM generate_series(0, 1023) AS cle;
INSERT INTO socle_accespersonne (personne_id, organisme_id, motif)
SELECT DISTINCT r.personne_id, s.organisme_id, 'SEJOUR'
FROM hebergement_sejour r {DE_LA_STRUCTURE} WHERE r.nature = 'SEJOUR'
ON CONFLICT DO NOTHING;
DELETE FROM socle_accespersonne a
WHERE a.motif = 'SEJOUR' AND NOT EXISTS (
    SELECT FROM hebergement_sejour r {DE_LA_STRUCTURE}
    WHERE r.personne_id = a.personne_id AND r.nature = 'SEJOUR'
      AND s.organisme_id = a.organisme_id
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hebergement", "0009_acces_sans_course"),
        ("socle", "0008_corrections_retenues"),
    ]

    operations = [migrations.RunSQL(RECOMPTER, migrations.RunSQL.noop)]
