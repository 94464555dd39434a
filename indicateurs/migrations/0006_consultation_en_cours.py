"""A pull is written down as it is admitted, and its answer once it was given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicateurs", "0005_bornes")]

    operations = [
        migrations.AlterField(
            model_name="consultation",
            name="statut",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="réponse"),
        ),
    ]
