"""Each night says by which formula, when and from what it was computed; what corrections moved."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# Every night is asked for again: none knows yet what it was computed from.
TOUT_MARQUER = """
INSERT INTO hebergement_marquenuits (site_id, du, au, cree_le)
SELECT site_id, min(ouverte_le), NULL, now() FROM hebergement_place GROUP BY site_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('hebergement', '0014_attente'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='occupationnuit',
            name='calcule_le',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='calculée le'),
        ),
        migrations.AddField(
            model_name='occupationnuit',
            name='empreinte',
            field=models.BigIntegerField(db_default=0, verbose_name='empreinte'),
        ),
        migrations.AddField(
            model_name='occupationnuit',
            name='formule',
            field=models.CharField(db_default='', max_length=50, verbose_name='formule'),
        ),
        migrations.CreateModel(
            name='CorrectionNuit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jour', models.DateField(verbose_name='nuit du')),
                ('changements', models.JSONField(verbose_name='changements')),
                ('calcule_avant_le', models.DateTimeField(verbose_name='calculée avant le')),
                ('calcule_apres_le', models.DateTimeField(verbose_name='recalculée le')),
                ('vue_le', models.DateTimeField(blank=True, null=True, verbose_name='vue le')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections_de_nuits', to='hebergement.site', verbose_name='site')),
                ('vue_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='vue par')),
            ],
            options={
                'verbose_name': 'nuit corrigée',
                'verbose_name_plural': 'nuits corrigées',
                'ordering': ['-id'],
                'indexes': [models.Index(models.F('jour'), name='correction_nuit_jour'), models.Index(models.F('id'), condition=models.Q(('vue_le', None)), name='correction_nuit_a_voir')],
            },
        ),
        migrations.RunSQL(TOUT_MARQUER, migrations.RunSQL.noop),
    ]
