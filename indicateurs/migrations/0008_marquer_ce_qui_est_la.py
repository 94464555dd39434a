"""Of what was there before them, the facts are still to be counted: until then, it is marked."""

from django.db import migrations

MARQUER = """
INSERT INTO indicateurs_jourmarque (structure_id, jour)
SELECT structure_id, jour FROM indicateurs_faitbrut
UNION
SELECT structure_id, jour FROM indicateurs_presencebrute
"""


class Migration(migrations.Migration):
    dependencies = [("indicateurs", "0007_faits")]

    operations = [migrations.RunSQL(MARQUER, migrations.RunSQL.noop)]
