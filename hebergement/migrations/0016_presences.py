"""Absences and presence checks; a stay that is closed without anybody's word says so."""

import commun.models
import commun.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import django.db.models.lookups
import django.utils.timezone
import hebergement.attente
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


# An absence lies within its stay. Who writes one holds the stay, so that it doesn't move meanwhile;
# a stay that ends takes its absence along.
TRIGGERS = """
CREATE FUNCTION hebergement_absence_dans_son_sejour() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    SELECT nature, arrivee, depart INTO s
    FROM hebergement_sejour WHERE uuid = NEW.sejour_id FOR SHARE;
    IF s.nature <> 'SEJOUR' OR NEW.debut < s.arrivee OR NEW.debut > s.depart THEN
        RAISE EXCEPTION 'Une absence commence pendant son séjour.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'absence_dans_son_sejour';
    END IF;
    IF s.depart IS NOT NULL AND (NEW.fin IS NULL OR NEW.fin > s.depart) THEN
        NEW.fin := s.depart;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER absence_dans_son_sejour
    BEFORE INSERT OR UPDATE OF sejour_id, debut, fin ON hebergement_absence
    FOR EACH ROW EXECUTE FUNCTION hebergement_absence_dans_son_sejour();

CREATE FUNCTION hebergement_sejour_finit_ses_absences() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM nouvelles n JOIN hebergement_absence a ON a.sejour_id = n.uuid
        WHERE n.nature <> 'SEJOUR' OR a.debut < n.arrivee OR a.debut > n.depart
    ) THEN
        RAISE EXCEPTION 'Une absence commence pendant son séjour.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'absence_dans_son_sejour';
    END IF;
    UPDATE hebergement_absence a SET fin = n.depart FROM nouvelles n
    WHERE a.sejour_id = n.uuid AND (a.fin IS NULL OR a.fin > n.depart)
      AND n.depart IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER sejour_finit_ses_absences AFTER UPDATE ON hebergement_sejour
    REFERENCING NEW TABLE AS nouvelles
    FOR EACH STATEMENT EXECUTE FUNCTION hebergement_sejour_finit_ses_absences();
"""
SANS_TRIGGERS = """
DROP TRIGGER sejour_finit_ses_absences ON hebergement_sejour;
DROP FUNCTION hebergement_sejour_finit_ses_absences();
DROP TRIGGER absence_dans_son_sejour ON hebergement_absence;
DROP FUNCTION hebergement_absence_dans_son_sejour();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('hebergement', '0015_preuve'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('socle', '0008_corrections_retenues'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('empreinte_creation', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, help_text="Heure de l'appareil.", verbose_name='saisi le')),
                ('recu_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='reçu le')),
                ('motif', models.CharField(choices=[('HOPITAL', 'Hôpital'), ('DETENTION', 'Détention'), ('CONGE', 'Congé'), ('AUTRE', 'Autre')], max_length=10, verbose_name='motif')),
                ('debut', models.DateField(validators=[commun.validators.jour_passe], verbose_name='début')),
                ('fin', models.DateField(blank=True, help_text='Jour du retour. Vide : pas encore revenu·e.', null=True, verbose_name='fin')),
                ('garde_jusqu_au', models.DateField(help_text='Dernier jour où la personne est attendue.', verbose_name="place gardée jusqu'au")),
            ],
            options={
                'verbose_name': 'absence',
                'ordering': ['-debut'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AbsenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, help_text="Heure de l'appareil.", verbose_name='saisi le')),
                ('recu_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='reçu le')),
                ('motif', models.CharField(choices=[('HOPITAL', 'Hôpital'), ('DETENTION', 'Détention'), ('CONGE', 'Congé'), ('AUTRE', 'Autre')], max_length=10, verbose_name='motif')),
                ('debut', models.DateField(validators=[commun.validators.jour_passe], verbose_name='début')),
                ('fin', models.DateField(blank=True, help_text='Jour du retour. Vide : pas encore revenu·e.', null=True, verbose_name='fin')),
                ('garde_jusqu_au', models.DateField(help_text='Dernier jour où la personne est attendue.', verbose_name="place gardée jusqu'au")),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ConstatPresence',
            fields=[
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('empreinte_creation', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, help_text="Heure de l'appareil.", verbose_name='saisi le')),
                ('recu_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='reçu le')),
                ('jour', models.DateField(validators=[commun.validators.jour_passe], verbose_name='jour')),
                ('present', models.BooleanField(verbose_name='présent·e')),
            ],
            options={
                'verbose_name': 'constat de présence',
                'verbose_name_plural': 'constats de présence',
                'ordering': ['-jour', '-recu_le'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ConstatPresenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('uuid', models.UUIDField(default=commun.models.uuid7, editable=False, serialize=False, verbose_name='identifiant')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('cree_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='créé le')),
                ('modifie_le', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='modifié le')),
                ('saisi_le', models.DateTimeField(default=django.utils.timezone.now, help_text="Heure de l'appareil.", verbose_name='saisi le')),
                ('recu_le', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='reçu le')),
                ('jour', models.DateField(validators=[commun.validators.jour_passe], verbose_name='jour')),
                ('present', models.BooleanField(verbose_name='présent·e')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='sejour',
            name='version_qui_avance',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='sejour',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='sejour',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='sejour',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='site',
            name='version_qui_avance',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='site',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='site',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='site',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='sejour',
            name='cloture_automatique',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='clôture automatique'),
        ),
        migrations.AddField(
            model_name='sejour',
            name='rouvert_le',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='rouvert le'),
        ),
        migrations.AddField(
            model_name='sejourevent',
            name='cloture_automatique',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='clôture automatique'),
        ),
        migrations.AddField(
            model_name='sejourevent',
            name='rouvert_le',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='rouvert le'),
        ),
        migrations.AddField(
            model_name='site',
            name='jours_d_absence',
            field=models.PositiveSmallIntegerField(db_default=30, default=30, help_text='Une place est gardée pendant ce temps, sauf indication contraire.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)], verbose_name="jours d'absence"),
        ),
        migrations.AddField(
            model_name='site',
            name='presences_depuis',
            field=models.DateField(blank=True, help_text='Vide : ce site ne fait pas encore de constats.', null=True, verbose_name='constats de présence depuis le'),
        ),
        migrations.AddField(
            model_name='siteevent',
            name='jours_d_absence',
            field=models.PositiveSmallIntegerField(db_default=30, default=30, help_text='Une place est gardée pendant ce temps, sauf indication contraire.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)], verbose_name="jours d'absence"),
        ),
        migrations.AddField(
            model_name='siteevent',
            name='presences_depuis',
            field=models.DateField(blank=True, help_text='Vide : ce site ne fait pas encore de constats.', null=True, verbose_name='constats de présence depuis le'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sejour',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."saisi_le", OLD."recu_le", OLD."place_id", OLD."personne_id", OLD."nature", OLD."arrivee", OLD."depart", OLD."suite_de_id", OLD."menage_id", OLD."motif_sortie", OLD."destination", OLD."motif_forcage", OLD."cloture_automatique", OLD."rouvert_le") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."saisi_le", NEW."recu_le", NEW."place_id", NEW."personne_id", NEW."nature", NEW."arrivee", NEW."depart", NEW."suite_de_id", NEW."menage_id", NEW."motif_sortie", NEW."destination", NEW."motif_forcage", NEW."cloture_automatique", NEW."rouvert_le"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='d7d7ab5c5fdab9f5a83271e92063d742676a7596', operation='UPDATE', pgid='pgtrigger_version_qui_avance_839b9', table='hebergement_sejour', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sejour',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_sejourevent" ("arrivee", "auteur_id", "cloture_automatique", "cree_le", "depart", "destination", "menage_id", "modifie_le", "motif_forcage", "motif_sortie", "nature", "personne_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "recu_le", "rouvert_le", "saisi_le", "suite_de_id", "uuid", "version") SELECT new_values."arrivee", new_values."auteur_id", new_values."cloture_automatique", new_values."cree_le", new_values."depart", new_values."destination", new_values."menage_id", new_values."modifie_le", new_values."motif_forcage", new_values."motif_sortie", new_values."nature", new_values."personne_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."place_id", new_values."recu_le", new_values."rouvert_le", new_values."saisi_le", new_values."suite_de_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='7ecb8b923d06f29d54c16e533310d89ddb5949db', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_ed269', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_sejour', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sejour',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_sejourevent" ("arrivee", "auteur_id", "cloture_automatique", "cree_le", "depart", "destination", "menage_id", "modifie_le", "motif_forcage", "motif_sortie", "nature", "personne_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "recu_le", "rouvert_le", "saisi_le", "suite_de_id", "uuid", "version") SELECT new_values."arrivee", new_values."auteur_id", new_values."cloture_automatique", new_values."cree_le", new_values."depart", new_values."destination", new_values."menage_id", new_values."modifie_le", new_values."motif_forcage", new_values."motif_sortie", new_values."nature", new_values."personne_id", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."place_id", new_values."recu_le", new_values."rouvert_le", new_values."saisi_le", new_values."suite_de_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."arrivee" IS DISTINCT FROM (new_values."arrivee") OR old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."cloture_automatique" IS DISTINCT FROM (new_values."cloture_automatique") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."depart" IS DISTINCT FROM (new_values."depart") OR old_values."destination" IS DISTINCT FROM (new_values."destination") OR old_values."menage_id" IS DISTINCT FROM (new_values."menage_id") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."motif_forcage" IS DISTINCT FROM (new_values."motif_forcage") OR old_values."motif_sortie" IS DISTINCT FROM (new_values."motif_sortie") OR old_values."nature" IS DISTINCT FROM (new_values."nature") OR old_values."personne_id" IS DISTINCT FROM (new_values."personne_id") OR old_values."place_id" IS DISTINCT FROM (new_values."place_id") OR old_values."recu_le" IS DISTINCT FROM (new_values."recu_le") OR old_values."rouvert_le" IS DISTINCT FROM (new_values."rouvert_le") OR old_values."saisi_le" IS DISTINCT FROM (new_values."saisi_le") OR old_values."suite_de_id" IS DISTINCT FROM (new_values."suite_de_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='274bd5b67b67020299280bc0fd3a09f597c3b323', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_13476', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_sejour', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sejour',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_sejourevent" ("arrivee", "auteur_id", "cloture_automatique", "cree_le", "depart", "destination", "menage_id", "modifie_le", "motif_forcage", "motif_sortie", "nature", "personne_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place_id", "recu_le", "rouvert_le", "saisi_le", "suite_de_id", "uuid", "version") SELECT old_values."arrivee", old_values."auteur_id", old_values."cloture_automatique", old_values."cree_le", old_values."depart", old_values."destination", old_values."menage_id", old_values."modifie_le", old_values."motif_forcage", old_values."motif_sortie", old_values."nature", old_values."personne_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."place_id", old_values."recu_le", old_values."rouvert_le", old_values."saisi_le", old_values."suite_de_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='a974c366377fa607588b0073a6b74a5ec17bf005', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_ef6b3', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_sejour', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."code", OLD."nom", OLD."structure_id", OLD."dispositif", OLD."arrondissement", OLD."heures_pour_repondre", OLD."heures_pour_venir", OLD."presences_depuis", OLD."jours_d_absence") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."code", NEW."nom", NEW."structure_id", NEW."dispositif", NEW."arrondissement", NEW."heures_pour_repondre", NEW."heures_pour_venir", NEW."presences_depuis", NEW."jours_d_absence"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='16d76021c28d86cf967cf62f0bbedf51cdd39d7d', operation='UPDATE', pgid='pgtrigger_version_qui_avance_72332', table='hebergement_site', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_siteevent" ("arrondissement", "auteur_id", "code", "cree_le", "dispositif", "heures_pour_repondre", "heures_pour_venir", "jours_d_absence", "modifie_le", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "presences_depuis", "structure_id", "uuid", "version") SELECT new_values."arrondissement", new_values."auteur_id", new_values."code", new_values."cree_le", new_values."dispositif", new_values."heures_pour_repondre", new_values."heures_pour_venir", new_values."jours_d_absence", new_values."modifie_le", new_values."nom", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."presences_depuis", new_values."structure_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='cb1dea526b1ee27b522400460d6cfb53cffb862f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_20ac1', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_site', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_siteevent" ("arrondissement", "auteur_id", "code", "cree_le", "dispositif", "heures_pour_repondre", "heures_pour_venir", "jours_d_absence", "modifie_le", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "presences_depuis", "structure_id", "uuid", "version") SELECT new_values."arrondissement", new_values."auteur_id", new_values."code", new_values."cree_le", new_values."dispositif", new_values."heures_pour_repondre", new_values."heures_pour_venir", new_values."jours_d_absence", new_values."modifie_le", new_values."nom", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."presences_depuis", new_values."structure_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."arrondissement" IS DISTINCT FROM (new_values."arrondissement") OR old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."code" IS DISTINCT FROM (new_values."code") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."dispositif" IS DISTINCT FROM (new_values."dispositif") OR old_values."heures_pour_repondre" IS DISTINCT FROM (new_values."heures_pour_repondre") OR old_values."heures_pour_venir" IS DISTINCT FROM (new_values."heures_pour_venir") OR old_values."jours_d_absence" IS DISTINCT FROM (new_values."jours_d_absence") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."nom" IS DISTINCT FROM (new_values."nom") OR old_values."presences_depuis" IS DISTINCT FROM (new_values."presences_depuis") OR old_values."structure_id" IS DISTINCT FROM (new_values."structure_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='55142c7e4b01f689f3d28fd0303407697271e282', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_da6be', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_site', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_siteevent" ("arrondissement", "auteur_id", "code", "cree_le", "dispositif", "heures_pour_repondre", "heures_pour_venir", "jours_d_absence", "modifie_le", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "presences_depuis", "structure_id", "uuid", "version") SELECT old_values."arrondissement", old_values."auteur_id", old_values."code", old_values."cree_le", old_values."dispositif", old_values."heures_pour_repondre", old_values."heures_pour_venir", old_values."jours_d_absence", old_values."modifie_le", old_values."nom", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."presences_depuis", old_values."structure_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='7c321427c6c9bcf29ca0033a2b5893e0a3c4d1c5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_8daf8', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_site', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name='sejour',
            constraint=models.CheckConstraint(condition=models.Q(('cloture_automatique', False), models.Q(('depart__isnull', False), ('destination', 'INCONNUE'), ('motif_sortie', 'PERDU_DE_VUE')), _connector='OR'), name='sejour_cloture_automatique_sans_nouvelles', violation_error_message="Un séjour clôturé automatiquement est celui d'une personne perdue de vue."),
        ),
        migrations.AddField(
            model_name='absence',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='absence',
            name='sejour',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to='hebergement.sejour', verbose_name='séjour'),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='hebergement.absence'),
        ),
        migrations.AddField(
            model_name='absenceevent',
            name='sejour',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hebergement.sejour', verbose_name='séjour'),
        ),
        migrations.AddField(
            model_name='constatpresence',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='constatpresence',
            name='sejour',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='constats', to='hebergement.sejour', verbose_name='séjour'),
        ),
        migrations.AddField(
            model_name='constatpresenceevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='constatpresenceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='constatpresenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='hebergement.constatpresence'),
        ),
        migrations.AddField(
            model_name='constatpresenceevent',
            name='sejour',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='hebergement.sejour', verbose_name='séjour'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('fin__isnull', True), ('fin__gte', models.F('debut')), _connector='OR'), name='absence_fin_apres_debut', violation_error_message="Le retour ne peut précéder le début de l'absence."),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('garde_jusqu_au__gte', models.F('debut'))), name='absence_gardee_apres_debut', violation_error_message='La place est gardée au moins le jour du départ.'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(hebergement.attente.Jours(models.F('garde_jusqu_au'), models.F('debut')), 366), name='absence_gardee_un_an_au_plus', violation_error_message='Une place est gardée un an au plus.'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('sejour', '='), (models.Func(models.F('debut'), models.F('fin'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='absence_une_a_la_fois', violation_error_message='Cette personne est déjà absente à ces dates.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."saisi_le", OLD."recu_le", OLD."sejour_id", OLD."motif", OLD."debut", OLD."fin", OLD."garde_jusqu_au") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."saisi_le", NEW."recu_le", NEW."sejour_id", NEW."motif", NEW."debut", NEW."fin", NEW."garde_jusqu_au"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='67c244e27899d7ab7b36eafaffe31fe593880dc1', operation='UPDATE', pgid='pgtrigger_version_qui_avance_20490', table='hebergement_absence', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_absenceevent" ("auteur_id", "cree_le", "debut", "fin", "garde_jusqu_au", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recu_le", "saisi_le", "sejour_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."debut", new_values."fin", new_values."garde_jusqu_au", new_values."modifie_le", new_values."motif", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."recu_le", new_values."saisi_le", new_values."sejour_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='01c495a01958686f91f3626ed9f3f83ec31f0d2a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_6ba2c', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_absence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_absenceevent" ("auteur_id", "cree_le", "debut", "fin", "garde_jusqu_au", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recu_le", "saisi_le", "sejour_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."debut", new_values."fin", new_values."garde_jusqu_au", new_values."modifie_le", new_values."motif", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."recu_le", new_values."saisi_le", new_values."sejour_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."debut" IS DISTINCT FROM (new_values."debut") OR old_values."fin" IS DISTINCT FROM (new_values."fin") OR old_values."garde_jusqu_au" IS DISTINCT FROM (new_values."garde_jusqu_au") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."motif" IS DISTINCT FROM (new_values."motif") OR old_values."recu_le" IS DISTINCT FROM (new_values."recu_le") OR old_values."saisi_le" IS DISTINCT FROM (new_values."saisi_le") OR old_values."sejour_id" IS DISTINCT FROM (new_values."sejour_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='c305849ad783ed420974e76b43495f8dafc2a35a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_daeb3', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_absence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='absence',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_absenceevent" ("auteur_id", "cree_le", "debut", "fin", "garde_jusqu_au", "modifie_le", "motif", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recu_le", "saisi_le", "sejour_id", "uuid", "version") SELECT old_values."auteur_id", old_values."cree_le", old_values."debut", old_values."fin", old_values."garde_jusqu_au", old_values."modifie_le", old_values."motif", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."recu_le", old_values."saisi_le", old_values."sejour_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='00cbbc5ad6966fd4a3b2d6f3106cda9a19a7ac63', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_77eff', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_absence', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='constatpresence',
            index=models.Index(models.F('sejour'), models.F('jour'), models.F('recu_le'), name='constat_du_jour'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='constatpresence',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."saisi_le", OLD."recu_le", OLD."sejour_id", OLD."jour", OLD."present") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."saisi_le", NEW."recu_le", NEW."sejour_id", NEW."jour", NEW."present"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='aba3df38394ce9548cc1b94a6f0e99ee9ef39da4', operation='UPDATE', pgid='pgtrigger_version_qui_avance_5bba9', table='hebergement_constatpresence', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='constatpresence',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_constatpresenceevent" ("auteur_id", "cree_le", "jour", "modifie_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "present", "recu_le", "saisi_le", "sejour_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."jour", new_values."modifie_le", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."present", new_values."recu_le", new_values."saisi_le", new_values."sejour_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='3be74629b24b1e310cda1a2a02cbdb0472999d27', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_a518f', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_constatpresence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='constatpresence',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_constatpresenceevent" ("auteur_id", "cree_le", "jour", "modifie_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "present", "recu_le", "saisi_le", "sejour_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."jour", new_values."modifie_le", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."present", new_values."recu_le", new_values."saisi_le", new_values."sejour_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."jour" IS DISTINCT FROM (new_values."jour") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."present" IS DISTINCT FROM (new_values."present") OR old_values."recu_le" IS DISTINCT FROM (new_values."recu_le") OR old_values."saisi_le" IS DISTINCT FROM (new_values."saisi_le") OR old_values."sejour_id" IS DISTINCT FROM (new_values."sejour_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='3462f54bbff1a825f8c85d1f428e5cf57ac66e5b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_1748c', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_constatpresence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='constatpresence',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_constatpresenceevent" ("auteur_id", "cree_le", "jour", "modifie_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "present", "recu_le", "saisi_le", "sejour_id", "uuid", "version") SELECT old_values."auteur_id", old_values."cree_le", old_values."jour", old_values."modifie_le", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."present", old_values."recu_le", old_values."saisi_le", old_values."sejour_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='6652b6f8a48d17eafb07c5f02e1efd7a49c7476d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_15b05', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_constatpresence', when='AFTER')),
        ),
        migrations.RunSQL(TRIGGERS, SANS_TRIGGERS),
    ]
