"""`manage.py charger_demo`: load the demonstration data, once, whole or not at all."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from commun.horloge import maintenant
from indicateurs.demonstration import HorlogeTropTot, charger
from indicateurs.demonstration.publications import publier
from socle.models import Structure


class Command(BaseCommand):
    help = "Charge les données de démonstration (DEMO=1 ou ESSAIS=1 seulement)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--graine", type=int, default=7, help="graine du hasard")
        parser.add_argument(
            "--si-vide", action="store_true", help="ne rien faire si des données sont là"
        )
        parser.add_argument(
            "--echelle", type=float, default=1.0, help="part des volumes, pour les essais"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.ESSAIS):
            raise CommandError("Refusé : les données de démonstration supposent DEMO=1.")
        if Structure.objects.exists():
            if options["si_vide"]:
                self.stdout.write("Les données de démonstration sont déjà là.")
                return
            raise CommandError("La base contient déjà des structures : rien n'a été chargé.")
        durees: list[tuple[float, str]] = []
        bavard = options["verbosity"] > 0

        def suivre(etapes: list[Any]) -> Any:
            # On a terminal only: elsewhere the two lines below tell enough.
            with tqdm(etapes, unit="étape", disable=None if bavard else True) as barre:
                for etape in barre:
                    barre.set_description(f"{etape[0]:34.34}")
                    debut = perf_counter()
                    yield etape
                    durees.append((perf_counter() - debut, etape[0]))

        debut = perf_counter()
        if bavard and not sys.stderr.isatty():
            self.stdout.write("Chargement des données de démonstration…")
            self.stdout.flush()
        try:
            charger(options["graine"], maintenant(), options["echelle"], suivre)
            if settings.DEMO:
                publier()
        except HorlogeTropTot as erreur:
            raise CommandError(str(erreur)) from erreur
        if options["verbosity"] > 1:
            for duree, nom in durees:
                self.stdout.write(f"{duree:6.2f} s  {nom}")
        if bavard:
            self.stdout.write(
                f"Données de démonstration chargées en {perf_counter() - debut:.0f} s."
            )
