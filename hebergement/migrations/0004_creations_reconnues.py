"""Sites, rooms and places keep who made them and the digest of the request, as other records do."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hebergement', '0003_marques'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='chambre',
            name='version_qui_avance',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='chambre',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='chambre',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='chambre',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='place',
            name='version_qui_avance',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='place',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='place',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='place',
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
            model_name='chambre',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='chambre',
            name='empreinte_creation',
            field=models.CharField(blank=True, default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='chambreevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='place',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='place',
            name='empreinte_creation',
            field=models.CharField(blank=True, default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='placeevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='site',
            name='auteur',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        migrations.AddField(
            model_name='site',
            name='empreinte_creation',
            field=models.CharField(blank=True, default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='siteevent',
            name='auteur',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='auteur'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chambre',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."site_id", OLD."libelle") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."site_id", NEW."libelle"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='60c5b37ad291292cb28e89cb6cf2bf48262c176f', operation='UPDATE', pgid='pgtrigger_version_qui_avance_5d48b', table='hebergement_chambre', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chambre',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_chambreevent" ("auteur_id", "cree_le", "libelle", "modifie_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "site_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."libelle", new_values."modifie_le", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."site_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='db3266c345a9c74d376df0dba23594a8009dc077', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_8024b', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_chambre', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chambre',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_chambreevent" ("auteur_id", "cree_le", "libelle", "modifie_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "site_id", "uuid", "version") SELECT new_values."auteur_id", new_values."cree_le", new_values."libelle", new_values."modifie_le", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."site_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."libelle" IS DISTINCT FROM (new_values."libelle") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."site_id" IS DISTINCT FROM (new_values."site_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='29cbe5c102218c0a21b638ffcb694f868246804a', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_fe80a', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_chambre', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chambre',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_chambreevent" ("auteur_id", "cree_le", "libelle", "modifie_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "site_id", "uuid", "version") SELECT old_values."auteur_id", old_values."cree_le", old_values."libelle", old_values."modifie_le", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."site_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='21d815e90fe853605365caf11bc4ca71cd0abdaa', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_2605a', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_chambre', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='place',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."site_id", OLD."chambre_id", OLD."libelle", OLD."type", OLD."ouverte_le", OLD."fermee_le") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."site_id", NEW."chambre_id", NEW."libelle", NEW."type", NEW."ouverte_le", NEW."fermee_le"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='856b3c0e99a3f3816ec671715c131ef799700816', operation='UPDATE', pgid='pgtrigger_version_qui_avance_464f3', table='hebergement_place', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='place',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_placeevent" ("auteur_id", "chambre_id", "cree_le", "fermee_le", "libelle", "modifie_le", "ouverte_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "site_id", "type", "uuid", "version") SELECT new_values."auteur_id", new_values."chambre_id", new_values."cree_le", new_values."fermee_le", new_values."libelle", new_values."modifie_le", new_values."ouverte_le", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."site_id", new_values."type", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='646c8b82275980df6461483b9e731d204331126a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_6f35b', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_place', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='place',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_placeevent" ("auteur_id", "chambre_id", "cree_le", "fermee_le", "libelle", "modifie_le", "ouverte_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "site_id", "type", "uuid", "version") SELECT new_values."auteur_id", new_values."chambre_id", new_values."cree_le", new_values."fermee_le", new_values."libelle", new_values."modifie_le", new_values."ouverte_le", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."site_id", new_values."type", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."chambre_id" IS DISTINCT FROM (new_values."chambre_id") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."fermee_le" IS DISTINCT FROM (new_values."fermee_le") OR old_values."libelle" IS DISTINCT FROM (new_values."libelle") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."ouverte_le" IS DISTINCT FROM (new_values."ouverte_le") OR old_values."site_id" IS DISTINCT FROM (new_values."site_id") OR old_values."type" IS DISTINCT FROM (new_values."type") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='86210ccec982c893370ed7542247ad3fff5bb257', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_a9a10', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_place', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='place',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_placeevent" ("auteur_id", "chambre_id", "cree_le", "fermee_le", "libelle", "modifie_le", "ouverte_le", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "site_id", "type", "uuid", "version") SELECT old_values."auteur_id", old_values."chambre_id", old_values."cree_le", old_values."fermee_le", old_values."libelle", old_values."modifie_le", old_values."ouverte_le", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."site_id", old_values."type", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='e1afa9f56ba1e3584f965c4828613bd42a0b66bb', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_0c6e0', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_place', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='version_qui_avance', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD."uuid", OLD."version", OLD."cree_le", OLD."modifie_le", OLD."auteur_id", OLD."empreinte_creation", OLD."code", OLD."nom", OLD."structure_id", OLD."dispositif", OLD."arrondissement") IS DISTINCT FROM (NEW."uuid", NEW."version", NEW."cree_le", NEW."modifie_le", NEW."auteur_id", NEW."empreinte_creation", NEW."code", NEW."nom", NEW."structure_id", NEW."dispositif", NEW."arrondissement"))', func='NEW.version = OLD.version + 1; NEW.modifie_le = NOW(); RETURN NEW;', hash='8e46421af09d9df464cba44f9ef36864c4efb864', operation='UPDATE', pgid='pgtrigger_version_qui_avance_72332', table='hebergement_site', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_siteevent" ("arrondissement", "auteur_id", "code", "cree_le", "dispositif", "modifie_le", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "structure_id", "uuid", "version") SELECT new_values."arrondissement", new_values."auteur_id", new_values."code", new_values."cree_le", new_values."dispositif", new_values."modifie_le", new_values."nom", _pgh_attached_context.value, NOW(), \'insert\', new_values."uuid", new_values."structure_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='a6c597e66e7fc8bff7c5f551f752a6945cfe4727', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_20ac1', referencing='REFERENCING NEW TABLE AS new_values ', table='hebergement_site', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_siteevent" ("arrondissement", "auteur_id", "code", "cree_le", "dispositif", "modifie_le", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "structure_id", "uuid", "version") SELECT new_values."arrondissement", new_values."auteur_id", new_values."code", new_values."cree_le", new_values."dispositif", new_values."modifie_le", new_values."nom", _pgh_attached_context.value, NOW(), \'update\', new_values."uuid", new_values."structure_id", new_values."uuid", new_values."version" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."uuid") = (new_values."uuid") WHERE (old_values."arrondissement" IS DISTINCT FROM (new_values."arrondissement") OR old_values."auteur_id" IS DISTINCT FROM (new_values."auteur_id") OR old_values."code" IS DISTINCT FROM (new_values."code") OR old_values."cree_le" IS DISTINCT FROM (new_values."cree_le") OR old_values."dispositif" IS DISTINCT FROM (new_values."dispositif") OR old_values."modifie_le" IS DISTINCT FROM (new_values."modifie_le") OR old_values."nom" IS DISTINCT FROM (new_values."nom") OR old_values."structure_id" IS DISTINCT FROM (new_values."structure_id") OR old_values."uuid" IS DISTINCT FROM (new_values."uuid") OR old_values."version" IS DISTINCT FROM (new_values."version")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='b8e358fd9f68a5ad2684123f47ee7b5602d88d95', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_da6be', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='hebergement_site', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='site',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "hebergement_siteevent" ("arrondissement", "auteur_id", "code", "cree_le", "dispositif", "modifie_le", "nom", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "structure_id", "uuid", "version") SELECT old_values."arrondissement", old_values."auteur_id", old_values."code", old_values."cree_le", old_values."dispositif", old_values."modifie_le", old_values."nom", _pgh_attached_context.value, NOW(), \'delete\', old_values."uuid", old_values."structure_id", old_values."uuid", old_values."version" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='0c85e22faa32952d6f34d8226cdc3015b02fb93f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_8daf8', referencing='REFERENCING OLD TABLE AS old_values ', table='hebergement_site', when='AFTER')),
        ),
    ]
