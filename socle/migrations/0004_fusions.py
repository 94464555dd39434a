"""Files of one person: the alias of a merge, what moved, and what somebody said is two."""

import commun.models
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import socle.doublons
from django.conf import settings
from django.db import migrations, models


CLE = """
-- Marked as immutable, which the dictionary of accents is not: an index is made again when that
-- changes. Its body is parsed here, so that a restore finds it whatever the search path.
CREATE FUNCTION socle_cle_de_pseudonyme(texte text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, texte));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('socle', '0003_index_utiles'),
    ]

    operations = [
        migrations.RunSQL(CLE, "DROP FUNCTION socle_cle_de_pseudonyme(text)"),
        migrations.CreateModel(
            name='Distinction',
            fields=[
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('empreinte_creation', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('motif', models.CharField(blank=True, max_length=200, verbose_name='motif')),
            ],
            options={
                'verbose_name': 'distinction',
                'ordering': ['-cree_le'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DistinctionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('motif', models.CharField(blank=True, max_length=200, verbose_name='motif')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Fusion',
            fields=[
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('empreinte_creation', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('motif', models.CharField(blank=True, max_length=200, verbose_name='motif')),
                ('annulee_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='annulée le')),
            ],
            options={
                'verbose_name': 'fusion de dossiers',
                'verbose_name_plural': 'fusions de dossiers',
                'ordering': ['-cree_le'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FusionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('motif', models.CharField(blank=True, max_length=200, verbose_name='motif')),
                ('annulee_le', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='annulée le')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LienPersonne',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(max_length=63, verbose_name='table')),
                ('ligne', models.UUIDField(verbose_name='ligne')),
            ],
            options={
                'verbose_name': "ligne d'une fusion",
                'verbose_name_plural': 'lignes des fusions',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='personne',
            name='version_qui_avance',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='personne',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='personne',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='personne',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='personne',
            name='alias_de',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='aliases', to='socle.personne', verbose_name='alias de'),
        ),
        migrations.AddField(
            model_name='personneevent',
            name='alias_de',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='socle.personne', verbose_name='alias de'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personne',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."saisi_le", OLD."recu_le", OLD."code", OLD."pseudonyme", OLD."genre", OLD."annee_naissance", OLD."organisme_id", OLD."alias_de_id") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."saisi_le", NEW."recu_le", NEW."code", NEW."pseudonyme", NEW."genre", NEW."annee_naissance", NEW."organisme_id", NEW."alias_de_id"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='ca356462bfe5a54f5e638782c2c1c1aa0be51f8f', operation='UPDATE', pgid='pgtrigger_version_qui_avance_f21d8', table='socle_personne', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personne',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_personneevent" ("alias_de_id", "annee_naissance", "auteur_id", "code", "cree_le", "genre", "modifie_le", "organisme_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pseudonyme", "recu_le", "saisi_le", "uuid", "version") SELECT new_values."alias_de_id", new_values."annee_naissance", new_values."auteur_id", new_values."code", new_values."cree_le", new_values."genre", new_values."modifie_le", new_values."organisme_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."pseudonyme", new_values."recu_le", new_values."saisi_le", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a323c9a8d653904b526e6b51d1a3598fc67532db', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2cca3', referencing='REFERENCING NEW TABLE AS new_values ', table='socle_personne', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personne',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_personneevent" ("alias_de_id", "annee_naissance", "auteur_id", "code", "cree_le", "genre", "modifie_le", "organisme_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pseudonyme", "recu_le", "saisi_le", "uuid", "version") SELECT new_values."alias_de_id", new_values."annee_naissance", new_values."auteur_id", new_values."code", new_values."cree_le", new_values."genre", new_values."modifie_le", new_values."organisme_id", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."pseudonyme", new_values."recu_le", new_values."saisi_le", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."alias_de_id" IS DISTINCT FROM (new_values."alias_de_id") OR old_values."annee_naissance" IS DISTINCT FROM (new_values."annee_naissance") OR old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."code" IS DISTINCT FROM (new_values."code") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."genre" IS DISTINCT FROM (new_values."genre") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."organisme_id" IS DISTINCT FROM (new_values."organisme_id") OR old_values."pseudonyme" IS DISTINCT FROM (new_values."pseudonyme") OR old_values."recu_le" IS DISTINCT FROM (new_values."recu_le") OR old_values."saisi_le" IS DISTINCT FROM (new_values."saisi_le") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='cea24b903dcbfb37e2005b026d08ee9ebfd0329f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_31e72', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='socle_personne', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personne',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_personneevent" ("alias_de_id", "annee_naissance", "auteur_id", "code", "cree_le", "genre", "modifie_le", "organisme_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pseudonyme", "recu_le", "saisi_le", "uuid", "version") SELECT old_values."alias_de_id", old_values."annee_naissance", old_values."auteur_id", old_values."code", old_values."cree_le", old_values."genre", old_values."modifie_le", old_values."organisme_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."pseudonyme", old_values."recu_le", old_values."saisi_le", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='1f010fcd19f9574107f53d520aa2274923ab0113', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_ab678', referencing='REFERENCING OLD TABLE AS old_values ', table='socle_personne', when='AFTER')),
        ),
        migrations.AddField(
            model_name='distinction',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='distinction',
            name='premiere',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='socle.personne', verbose_name='premier dossier'),
        ),
        migrations.AddField(
            model_name='distinction',
            name='seconde',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='socle.personne', verbose_name='second dossier'),
        ),
        migrations.AddField(
            model_name='distinctionevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='distinctionevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='distinctionevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='socle.distinction'),
        ),
        migrations.AddField(
            model_name='distinctionevent',
            name='premiere',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='socle.personne', verbose_name='premier dossier'),
        ),
        migrations.AddField(
            model_name='distinctionevent',
            name='seconde',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='socle.personne', verbose_name='second dossier'),
        ),
        migrations.AddField(
            model_name='fusion',
            name='alias',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fusions', to='socle.personne', verbose_name='dossier devenu alias'),
        ),
        migrations.AddField(
            model_name='fusion',
            name='annulee_par',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='annulée par'),
        ),
        migrations.AddField(
            model_name='fusion',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='fusion',
            name='gardee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fusions_recues', to='socle.personne', verbose_name='dossier gardé'),
        ),
        migrations.AddField(
            model_name='fusionevent',
            name='alias',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='socle.personne', verbose_name='dossier devenu alias'),
        ),
        migrations.AddField(
            model_name='fusionevent',
            name='annulee_par',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='annulée par'),
        ),
        migrations.AddField(
            model_name='fusionevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='fusionevent',
            name='gardee',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='socle.personne', verbose_name='dossier gardé'),
        ),
        migrations.AddField(
            model_name='fusionevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='fusionevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='socle.fusion'),
        ),
        migrations.AddField(
            model_name='lienpersonne',
            name='fusion',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='liens', to='socle.fusion', verbose_name='fusion'),
        ),
        migrations.AddConstraint(
            model_name='distinction',
            constraint=models.CheckConstraint(condition=models.Q(('premiere__lt', models.F('seconde'))), name='distinction_dans_l_ordre', violation_error_message='Une distinction sépare deux dossiers.'),
        ),
        migrations.AddConstraint(
            model_name='distinction',
            constraint=models.UniqueConstraint(fields=('premiere', 'seconde'), name='distinction_unique', violation_error_message='Cela a déjà été dit de ces deux dossiers.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='distinction',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."premiere_id", OLD."seconde_id", OLD."motif") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."premiere_id", NEW."seconde_id", NEW."motif"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='21be2d8539755865c8d4bc7f6b5db3e9d1dff24f', operation='UPDATE', pgid='pgtrigger_version_qui_avance_bb048', table='socle_distinction', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='distinction',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_distinctionevent" ("auteur_id", "cree_le", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "premiere_id", "seconde_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."modifie_le", new_values."motif", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."premiere_id", new_values."seconde_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='069cc3baa302a24ef95520c6fe73c8ac1612af11', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_632c3', referencing='REFERENCING NEW TABLE AS new_values ', table='socle_distinction', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='distinction',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_distinctionevent" ("auteur_id", "cree_le", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "premiere_id", "seconde_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."modifie_le", new_values."motif", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."premiere_id", new_values."seconde_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."motif" IS DISTINCT FROM (new_values."motif") OR old_values."premiere_id" IS DISTINCT FROM (new_values."premiere_id") OR old_values."seconde_id" IS DISTINCT FROM (new_values."seconde_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='f8bf199c1b6ea67fc4de7cb591cab2e7eabf79e0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_28f9e', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='socle_distinction', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='distinction',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_distinctionevent" ("auteur_id", "cree_le", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "premiere_id", "seconde_id", "uuid", "version") SELECT old_values."auteur_id", old_values."cree_le", old_values."modifie_le", old_values."motif", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."premiere_id", old_values."seconde_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='29a642be4de17e7abe0b24e01cfeb4581e99e347', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_e93a2', referencing='REFERENCING OLD TABLE AS old_values ', table='socle_distinction', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='fusion',
            constraint=models.CheckConstraint(condition=models.Q(('gardee', models.F('alias')), _negated=True), name='fusion_de_deux_dossiers', violation_error_message='Une fusion réunit deux dossiers.'),
        ),
        migrations.AddConstraint(
            model_name='fusion',
            constraint=models.UniqueConstraint(condition=models.Q(('annulee_le__isnull', True)), fields=('alias',), name='fusion_en_vigueur_unique', violation_error_message="Ce dossier est déjà l'alias d'un autre."),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fusion',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."gardee_id", OLD."alias_id", OLD."motif", OLD."annulee_le", OLD."annulee_par_id") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."gardee_id", NEW."alias_id", NEW."motif", NEW."annulee_le", NEW."annulee_par_id"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='a0be7ad752696a8b99cbc1d2024d1a4441f6f4bc', operation='UPDATE', pgid='pgtrigger_version_qui_avance_b53ce', table='socle_fusion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fusion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_fusionevent" ("alias_id", "annulee_le", "annulee_par_id", "auteur_id", "cree_le", "gardee_id", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "uuid", "version") SELECT new_values."alias_id", new_values."annulee_le", new_values."annulee_par_id", new_values."auteur_id", new_values."cree_le", new_values."gardee_id", new_values."modifie_le", new_values."motif", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='0eea6ba2346b9582dfa9d62c63369f990debdb4e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a243c', referencing='REFERENCING NEW TABLE AS new_values ', table='socle_fusion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fusion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_fusionevent" ("alias_id", "annulee_le", "annulee_par_id", "auteur_id", "cree_le", "gardee_id", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "uuid", "version") SELECT new_values."alias_id", new_values."annulee_le", new_values."annulee_par_id", new_values."auteur_id", new_values."cree_le", new_values."gardee_id", new_values."modifie_le", new_values."motif", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."alias_id" IS DISTINCT FROM (new_values."alias_id") OR old_values."annulee_le" IS DISTINCT FROM (new_values."annulee_le") OR old_values."annulee_par_id" IS DISTINCT FROM (new_values."annulee_par_id") OR old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."gardee_id" IS DISTINCT FROM (new_values."gardee_id") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."motif" IS DISTINCT FROM (new_values."motif") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='64aa9891cab87831f264779fb170dd879eb680e8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_873a4', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='socle_fusion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fusion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "socle_fusionevent" ("alias_id", "annulee_le", "annulee_par_id", "auteur_id", "cree_le", "gardee_id", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "uuid", "version") SELECT old_values."alias_id", old_values."annulee_le", old_values."annulee_par_id", old_values."auteur_id", old_values."cree_le", old_values."gardee_id", old_values."modifie_le", old_values."motif", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='b7fa488d8833cc45cb5ea343a9c4748d9940014c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_50124', referencing='REFERENCING OLD TABLE AS old_values ', table='socle_fusion', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='lienpersonne',
            constraint=models.UniqueConstraint(fields=('fusion', 'table', 'ligne'), name='lien_personne_unique', violation_error_message='Cette ligne est déjà de cette fusion.'),
        ),
    ]
