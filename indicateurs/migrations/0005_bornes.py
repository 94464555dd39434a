"""The bounds of a published figure, checked without keeping anybody from publishing meanwhile."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("indicateurs", "0004_vues_de_place_et_de_secteur")]

    operations = [
        migrations.AddField(
            "chiffre",
            "borne_basse",
            models.BigIntegerField("borne basse", blank=True, null=True),
        ),
        migrations.AddField(
            "chiffre",
            "borne_haute",
            models.BigIntegerField("borne haute", blank=True, null=True),
        ),
        AddConstraintNotValid(
            "chiffre",
            models.CheckConstraint(
                condition=Q(borne_basse__isnull=True, borne_haute__isnull=True)
                | Q(
                    valeur__isnull=False,
                    borne_basse__isnull=False,
                    borne_haute__isnull=False,
                    borne_basse__lte=F("valeur"),
                    valeur__lte=F("borne_haute"),
                ),
                name="chiffre_entre_ses_bornes",
                violation_error_message="Un chiffre est entre ses bornes, et masqué n'en a pas.",
            ),
        ),
        ValidateConstraint("chiffre", "chiffre_entre_ses_bornes"),
    ]
