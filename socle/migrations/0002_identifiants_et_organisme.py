"""An account does not pass for another by its name; a structure stays with its organisme."""

import commun.validators
import django.contrib.auth.validators
import django.core.validators
import django.db.models.functions.text
from django.db import migrations, models


# Its people would be opened to another organisme, and closed to their own.
ORGANISME = """
CREATE FUNCTION socle_garder_l_organisme() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Une structure ne change pas d''organisme.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'structure_de_son_organisme';
END $$;
CREATE TRIGGER structure_de_son_organisme BEFORE UPDATE OF organisme_id ON socle_structure
    FOR EACH ROW WHEN (OLD.organisme_id <> NEW.organisme_id)
    EXECUTE FUNCTION socle_garder_l_organisme();
"""

ORGANISME_RETOUR = """
DROP TRIGGER structure_de_son_organisme ON socle_structure;
DROP FUNCTION socle_garder_l_organisme();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('socle', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(ORGANISME, ORGANISME_RETOUR),
        migrations.AlterField(
            model_name='personne',
            name='annee_naissance',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900), commun.validators.annee_passee], verbose_name='année de naissance'),
        ),
        migrations.AlterField(
            model_name='personneevent',
            name='annee_naissance',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900), commun.validators.annee_passee], verbose_name='année de naissance'),
        ),
        migrations.AlterField(
            model_name='utilisateur',
            name='identifiant',
            field=models.CharField(max_length=60, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='identifiant de connexion'),
        ),
        migrations.AlterField(
            model_name='utilisateurevent',
            name='identifiant',
            field=models.CharField(max_length=60, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='identifiant de connexion'),
        ),
        migrations.AddConstraint(
            model_name='utilisateur',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('identifiant'), name='utilisateur_identifiant_sans_casse', violation_error_message='Un compte a déjà cet identifiant, aux majuscules près.'),
        ),
    ]
