"""Lists are in the order of what happened: a page of them no longer sorts every contact."""

from django.db import migrations, models

from commun.operations import AjouterIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0007_acces_sans_detour")]

    operations = [
        AjouterIndex(
            model_name="contact",
            index=models.Index("survenu_le", name="contact_survenu_le"),
        )
    ]
