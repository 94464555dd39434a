"""No stay was closed without anybody's word before: the constraint holds for those that are there."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0017_contingents")]

    operations = [ValidateConstraint("sejour", "sejour_cloture_automatique_sans_nouvelles")]
