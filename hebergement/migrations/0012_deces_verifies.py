"""Rows from before: the death is what was observed, so the destination gives way."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

RECTIFIER = """
UPDATE hebergement_sejour SET destination = 'SANS_OBJET'
WHERE motif_sortie = 'DECES'
  AND destination NOT IN ('', 'HOPITAL', 'SANS_OBJET', 'INCONNUE')
"""


class Migration(migrations.Migration):
    # Nothing is held from one statement to the next.
    atomic = False
    dependencies = [("hebergement", "0011_deces_sans_suite")]

    operations = [
        migrations.RunSQL(RECTIFIER, migrations.RunSQL.noop),
        ValidateConstraint("sejour", "sejour_deces_sans_suite"),
    ]
