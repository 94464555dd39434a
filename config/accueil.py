"""The page at `/`: what runs, the bilan of 2023, and where to go."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hebergement.models import OccupationNuit
from indicateurs.bilan import calculer_bilan
from socle.models import Structure

ANNEE_MONTREE = 2023
STRUCTURE_MONTREE = "espace-repos-chapelle"
COMPTES = {
    "intervenante": "maraudes, contacts et personnes de son organisme",
    "soignante": "de même, avec les notes de soin de ses structures",
    "coordinatrice": "l'administration, les places et les chiffres du réseau",
    "ars": "partenaire : les chiffres publiés seulement",
    "ville": "partenaire : les chiffres publiés seulement",
    "administratrice": "comptes et données de référence",
}


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Figures and accounts are shown in the demonstration only: a bilan is for coordinators."""
    contexte: dict[str, Any] = {"demo": settings.DEMO}
    if settings.DEMO:
        structure = Structure.objects.filter(code=STRUCTURE_MONTREE).first()
        contexte |= {
            "comptes": COMPTES,
            "mot_de_passe": settings.DEMO_MOT_DE_PASSE,
            "derniere_nuit": OccupationNuit.objects.order_by("-jour").first(),
            "structure": structure,
            "annee": ANNEE_MONTREE,
            "bilan": calculer_bilan(ANNEE_MONTREE, structure) if structure else None,
            "reseau": calculer_bilan(ANNEE_MONTREE) if structure else None,
        }
    return render(request, "accueil.html", contexte)
