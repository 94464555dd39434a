"""Nobody who died went to live anywhere: new rows first, so that nothing waits."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0010_acces_recomptes")]

    operations = [
        AddConstraintNotValid(
            model_name="sejour",
            constraint=models.CheckConstraint(
                condition=~Q(motif_sortie="DECES")
                | Q(destination__in=("", "HOPITAL", "SANS_OBJET", "INCONNUE")),
                name="sejour_deces_sans_suite",
                violation_error_message=(
                    "Après un décès, la destination est « Sans objet », « Hôpital » ou "
                    "« Inconnue »."
                ),
            ),
        )
    ]
