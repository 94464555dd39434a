"""Only totals of years that are over, and none of a few persons: see the trigger."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('indicateurs', '0016_attente_sans_chiffre'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='chiffresaisi',
            trigger=pgtrigger.compiler.Trigger(name='saisi_sans_secret', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT NEW."retire")', func="\nIF NEW.annee >= date_part('year', NEW.recu_le AT TIME ZONE 'Europe/Paris') THEN\n    RAISE EXCEPTION 'Cette année n''est pas finie.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_d_une_annee_finie';\nEND IF;\nIF NEW.valeur BETWEEN 1 AND 10 THEN\n    RAISE EXCEPTION 'Un total de moins de 11.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_sans_secret';\nEND IF;\n-- What a total and an evolution tell together, of this year or of the one before; each of any\n-- version, since all of them are read.\nIF EXISTS (\n    WITH dites AS (\n        SELECT annee, valeur, evolution_pct FROM indicateurs_chiffresaisi\n        WHERE indicateur = NEW.indicateur AND annee BETWEEN NEW.annee - 1 AND NEW.annee + 1\n        UNION ALL SELECT NEW.annee, NEW.valeur, NEW.evolution_pct\n    ), paires AS (\n        SELECT t.valeur, 1 + e.evolution_pct / 100 AS facteur, e.annee = t.annee AS d_avant\n        FROM dites t JOIN dites e ON e.annee IN (t.annee, t.annee + 1)\n        WHERE t.valeur > 0 AND e.evolution_pct > -100 AND NEW.annee IN (t.annee, e.annee)\n    )\n    SELECT FROM paires\n    WHERE round(CASE WHEN d_avant THEN valeur / facteur ELSE valeur * facteur END) < 11\n) THEN\n    RAISE EXCEPTION 'Ce total et cette évolution disent un total de moins de 11.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'chiffre_saisi_sans_secret_deduit';\nEND IF;\nRETURN NEW;\n", hash='cd4c59654cd482d71dd571d8d3f7c59a8a6b28cc', operation='INSERT', pgid='pgtrigger_saisi_sans_secret_646c5', table='indicateurs_chiffresaisi', when='BEFORE')),
        ),
    ]
