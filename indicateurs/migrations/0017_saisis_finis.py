"""Only totals of years that are over, and none of a few persons. What was typed in before stays as it
is: nobody changes it, and whoever read it has read it."""

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('indicateurs', '0016_attente_sans_chiffre'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='chiffresaisi',
            trigger=pgtrigger.compiler.Trigger(name='saisi_sans_secret_deduit', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT NEW."retire")', func="\nIF EXISTS (\n    WITH dites AS (\n        SELECT annee, valeur, evolution_pct FROM indicateurs_chiffresaisi\n        WHERE indicateur = NEW.indicateur AND annee BETWEEN NEW.annee - 1 AND NEW.annee + 1\n        UNION ALL SELECT NEW.annee, NEW.valeur, NEW.evolution_pct\n    ), paires AS (\n        SELECT t.valeur, 1 + e.evolution_pct / 100 AS facteur, e.annee = t.annee AS d_avant\n        FROM dites t JOIN dites e ON e.annee IN (t.annee, t.annee + 1)\n        WHERE t.valeur > 0 AND e.evolution_pct > -100 AND NEW.annee IN (t.annee, e.annee)\n    )\n    SELECT FROM paires\n    WHERE round(CASE WHEN d_avant THEN valeur / facteur ELSE valeur * facteur END) < 11\n) THEN\n    RAISE EXCEPTION 'Ce total et cette évolution disent un total de moins de 11.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_sans_secret_deduit';\nEND IF;\nRETURN NEW;\n", hash='4354a39afe0c95557c2b111aa44d3ca30cdfd1e6', operation='INSERT', pgid='pgtrigger_saisi_sans_secret_deduit_be23b', table='indicateurs_chiffresaisi', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='chiffresaisi',
            constraint=models.CheckConstraint(condition=models.Q(('annee__lt', django.db.models.functions.datetime.ExtractYear('recu_le')), ('retire', True), _connector='OR'), name='chiffre_saisi_d_une_annee_finie', violation_error_message="Cette année n'est pas finie : seul son total se saisit."),
        ),
        AddConstraintNotValid(
            model_name='chiffresaisi',
            constraint=models.CheckConstraint(condition=models.Q(('valeur__isnull', True), ('valeur', 0), ('valeur__gte', 11), _connector='OR'), name='chiffre_saisi_sans_secret', violation_error_message="Un total de moins de 11 dirait de qui il s'agit : il ne se saisit pas."),
        ),
    ]
