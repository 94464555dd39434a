"""Indexes and a check for files that are merged, made while everybody writes."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

from commun.operations import AjouterIndex
from socle.doublons import CleDePseudonyme


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("socle", "0004_fusions")]

    operations = [
        AjouterIndex(
            model_name="personne",
            index=GinIndex(
                OpClass(CleDePseudonyme("pseudonyme"), name="gin_trgm_ops"),
                name="personne_cle_trgm",
            ),
        ),
        AjouterIndex(
            model_name="personne",
            index=models.Index(
                models.F("alias_de"),
                condition=models.Q(alias_de__isnull=False),
                name="personne_alias_de",
            ),
        ),
        AddConstraintNotValid(
            model_name="personne",
            constraint=models.CheckConstraint(
                condition=models.Q(alias_de=models.F("uuid"), _negated=True),
                name="personne_alias_d_une_autre",
                violation_error_message="Un dossier n'est pas son propre alias.",
            ),
        ),
        ValidateConstraint(model_name="personne", name="personne_alias_d_une_autre"),
    ]
