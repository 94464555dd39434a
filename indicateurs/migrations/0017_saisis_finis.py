"""Only totals of years that are over, and none of a few persons. What was typed in before stays as it
is: nobody changes it, and whoever read it has read it."""

import commun.validators
import django.core.validators
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('indicateurs', '0016_attente_sans_chiffre'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='chiffresaisi',
            name='annee',
            field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2000), commun.validators.annee_finie], verbose_name='année'),
        ),
        migrations.AlterField(
            model_name='chiffresaisievent',
            name='annee',
            field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2000), commun.validators.annee_finie], verbose_name='année'),
        ),
        AddConstraintNotValid(
            model_name='chiffresaisi',
            constraint=models.CheckConstraint(condition=models.Q(('recu_le__year__gt', models.F('annee'))), name='chiffre_saisi_d_une_annee_finie', violation_error_message="Cette année n'est pas finie : seul son total se saisit."),
        ),
        AddConstraintNotValid(
            model_name='chiffresaisi',
            constraint=models.CheckConstraint(condition=models.Q(('valeur__isnull', True), ('valeur', 0), ('valeur__gte', 11), _connector='OR'), name='chiffre_saisi_sans_secret', violation_error_message="Un total de moins de 11 dirait de qui il s'agit : il ne se saisit pas."),
        ),
    ]
