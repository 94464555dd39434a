"""Count every fact again from nothing: after a load in bulk, or whenever one doubts them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from indicateurs import faits


class Command(BaseCommand):
    help = "Oublie les faits comptés d'avance et recompte toute l'histoire à partir des lignes."

    def handle(self, *args: Any, **options: Any) -> None:
        avant = faits.ecarts()
        faits.refaire()
        self.stdout.write(f"Les faits sont recomptés ; écarts trouvés : {avant}.")
