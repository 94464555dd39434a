"""A request whose stay is deleted waits again; those that stayed closed without one do so now."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


ROUVRIR = """
UPDATE hebergement_demandehebergement SET issue = '', close_le = NULL
WHERE issue = 'ABOUTIE' AND sejour_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0015_acces_recomptes"),
        ("hebergement", "0019_demande_du_sejour"),
        ("socle", "0009_acces_par_proposition"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="demandehebergement",
            trigger=pgtrigger.compiler.Trigger(
                name="rouverte_sans_son_sejour",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."issue" = \'ABOUTIE\' AND NEW."sejour_id" IS NULL AND OLD."sejour_id" IS NOT NULL)',
                    func="NEW.issue = ''; NEW.close_le = NULL; RETURN NEW;",
                    hash="78adc5b128568e45c84fff99d30545d47ae1c5aa",
                    operation="UPDATE",
                    pgid="pgtrigger_rouverte_sans_son_sejour_64cdd",
                    table="hebergement_demandehebergement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(ROUVRIR, migrations.RunSQL.noop),
        AddConstraintNotValid(
            model_name="demandehebergement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("issue", "ABOUTIE"), ("sejour__isnull", False)),
                    models.Q(models.Q(("issue", "ABOUTIE"), _negated=True), ("sejour", None)),
                    _connector="OR",
                ),
                name="demande_aboutie_a_un_sejour",
                violation_error_message="Une demande aboutie, et elle seule, a obtenu un séjour.",
            ),
        ),
    ]
