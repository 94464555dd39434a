"""No request led to a stay without one: the constraint holds for those that are there."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0020_demande_aboutie")]

    operations = [ValidateConstraint("demandehebergement", "demande_aboutie_a_un_sejour")]
