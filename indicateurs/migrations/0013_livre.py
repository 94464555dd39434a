"""The book of what was counted for publications; what was only prepared is thrown away with it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


def _fonction(quoi, niveau, retour, dit, contrainte, et_le_livre):
    livre = "DELETE FROM indicateurs_ecriture WHERE publication_id = ANY (preparees);"
    return f"""
CREATE OR REPLACE FUNCTION indicateurs_{quoi}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE preparees uuid[];
BEGIN
    -- What was only prepared is prepared again. Before the question: a signature is waited for.
    preparees := ARRAY(
        SELECT DISTINCT p.uuid FROM indicateurs_chiffre c
        JOIN indicateurs_publication p ON p.uuid = c.publication_id
        WHERE p.statut = 'PREPAREE' AND c.niveau = '{niveau}' AND c.territoire = OLD.code
    );
    DELETE FROM indicateurs_chiffre WHERE publication_id = ANY (preparees);
    {livre if et_le_livre else ""}
    DELETE FROM indicateurs_publication WHERE uuid = ANY (preparees) AND statut = 'PREPAREE';
    IF EXISTS (
        SELECT FROM indicateurs_chiffre WHERE niveau = '{niveau}' AND territoire = OLD.code
    ) THEN
        RAISE EXCEPTION '{dit} est dans des chiffres publiés.'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{contrainte}';
    END IF;
    {retour}
    RETURN NEW;
END $$;
"""


def _fonctions(et_le_livre):
    return _fonction(
        "structure_publiee", "STRUCTURE", "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;",
        "Cette structure", "structure_publiee", et_le_livre,
    ) + _fonction(
        "organisme_publie", "ORGANISME", "", "Cet organisme", "organisme_publie", et_le_livre
    )


class Migration(migrations.Migration):

    dependencies = [
        ('indicateurs', '0012_organismes_publies'),
    ]

    operations = [
        migrations.RunSQL(_fonctions(True), _fonctions(False)),
        migrations.CreateModel(
            name='Ecriture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mois', models.DateField(verbose_name='mois')),
                ('indicateur', models.CharField(max_length=40, verbose_name='indicateur')),
                ('structure', models.CharField(max_length=60, verbose_name='code de la structure')),
                ('arrondissement', models.CharField(blank=True, max_length=60, verbose_name='arrondissement')),
                ('axes', models.JSONField(default=dict, verbose_name='ventilations')),
                ('personne', models.UUIDField(null=True, verbose_name='personne')),
                ('valeur', models.BigIntegerField(verbose_name='valeur')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ecritures', to='indicateurs.publication', verbose_name='publication')),
            ],
            options={
                'verbose_name': 'écriture',
                'verbose_name_plural': 'écritures',
                'indexes': [models.Index(models.F('personne'), name='ecriture_personne')],
                'constraints': [models.UniqueConstraint(fields=('publication', 'mois', 'indicateur', 'structure', 'arrondissement', 'axes', 'personne'), name='ecriture_unique', nulls_distinct=False, violation_error_message='Cette écriture est déjà dans la publication.'), models.CheckConstraint(condition=models.Q(models.Q(('valeur', 0), _negated=True), ('indicateur', ''), _connector='OR'), name='ecriture_de_quelque_chose', violation_error_message='Une écriture ajoute ou retire quelque chose.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ecriture',
            trigger=pgtrigger.compiler.Trigger(name='signee_immuable', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM FROM indicateurs_publication WHERE uuid IN (SELECT publication_id FROM anciennes) FOR SHARE; PERFORM FROM indicateurs_publication WHERE uuid IN (SELECT publication_id FROM anciennes) AND statut = 'SIGNEE'; IF FOUND THEN \nRAISE EXCEPTION 'Ce qui a été publié ne change plus.'\n    USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_signee_immuable';\n END IF; RETURN NULL;", hash='a5e9ec1bda18582cfd80d18ff19ac78322cac3b8', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_signee_immuable_0c71f', referencing='REFERENCING OLD TABLE AS anciennes ', table='indicateurs_ecriture', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ecriture',
            trigger=pgtrigger.compiler.Trigger(name='signee_gardee', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM FROM indicateurs_publication WHERE uuid IN (SELECT publication_id FROM anciennes) FOR SHARE; PERFORM FROM indicateurs_publication WHERE uuid IN (SELECT publication_id FROM anciennes) AND statut = 'SIGNEE'; IF FOUND THEN \nRAISE EXCEPTION 'Ce qui a été publié ne change plus.'\n    USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_signee_immuable';\n END IF; RETURN NULL;", hash='bcf65e17fb3a912d173b01b11850c9b67b845cbb', level='STATEMENT', operation='DELETE', pgid='pgtrigger_signee_gardee_71c6b', referencing='REFERENCING OLD TABLE AS anciennes ', table='indicateurs_ecriture', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ecriture',
            trigger=pgtrigger.compiler.Trigger(name='signee_complete', sql=pgtrigger.compiler.UpsertTriggerSql(func="PERFORM FROM indicateurs_publication WHERE uuid IN (SELECT publication_id FROM nouveaux) FOR SHARE; PERFORM FROM indicateurs_publication WHERE uuid IN (SELECT publication_id FROM nouveaux) AND statut = 'SIGNEE'; IF FOUND THEN \nRAISE EXCEPTION 'Ce qui a été publié ne change plus.'\n    USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_signee_immuable';\n END IF; RETURN NULL;", hash='0203bc28b6ac0997899be9cac51e880670e21bf2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_signee_complete_b4820', referencing='REFERENCING NEW TABLE AS nouveaux ', table='indicateurs_ecriture', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ecriture',
            trigger=pgtrigger.compiler.Trigger(name='jamais_videes', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF EXISTS (SELECT FROM indicateurs_publication WHERE statut = 'SIGNEE') THEN \nRAISE EXCEPTION 'Ce qui a été publié ne change plus.'\n    USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_signee_immuable';\n END IF;\nRETURN NULL;\n", hash='7760b0799590b2dfd50c5010c1cd62c55c46500e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_jamais_videes_96114', table='indicateurs_ecriture', when='BEFORE')),
        ),
    ]
