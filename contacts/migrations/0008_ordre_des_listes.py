"""Lists are in the order of what happened: a page of them no longer sorts every contact."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0007_acces_sans_detour")]

    operations = [
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index("survenu_le", name="contact_survenu_le"),
        )
    ]
