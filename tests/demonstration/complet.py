"""Load the full demonstration into the database of DATABASE_URL, at an instant given as argument.

Run as a process of its own, as `make demo` runs the command; the last line printed is JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from io import StringIO

import django
import time_machine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(instant: datetime) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with time_machine.travel(instant, tick=False):
        sortie = StringIO()
        call_command("charger_demo", graine=7, stdout=sortie)
        from django.core.serializers.json import DjangoJSONEncoder

        from hebergement.occupation import controler
        from indicateurs.bilan import calculer_bilan
        from socle.models import Structure

        espace = Structure.objects.get(code="espace-repos-chapelle")
        controle = controler()
        resultat = {
            "sortie": sortie.getvalue(),
            "controle": {"lignes": controle.lignes, "ecarts": controle.ecarts},
            "bilan": {a: calculer_bilan(a, espace)["indicateurs"] for a in (2022, 2023)},
            "ensemble": calculer_bilan(2023)["indicateurs"],
        }
    print(json.dumps(resultat, cls=DjangoJSONEncoder))


if __name__ == "__main__":
    main(datetime.fromisoformat(sys.argv[1]))
