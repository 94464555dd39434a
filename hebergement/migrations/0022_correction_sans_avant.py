"""A night that a site did not have has no instant before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hebergement", "0021_demande_aboutie_verifiee"),
    ]

    operations = [
        migrations.AlterField(
            model_name="correctionnuit",
            name="calcule_avant_le",
            field=models.DateTimeField(blank=True, null=True, verbose_name="calculée avant le"),
        ),
    ]
