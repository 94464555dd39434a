"""The page at `/`: what runs, the bilan of 2023, and where to go."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from config.etat import etat
from indicateurs.bilan import calculer_bilan
from indicateurs.presentation.nombres import ecart_lisible, evolution_lisible, valeur_lisible
from socle.models import Structure

ANNEE_MONTREE = 2023
STRUCTURE_MONTREE = "espace-repos-chapelle"
# By account: who it stands for, what it may do, and whether the admin opens to it.
COMPTES = {
    "intervenante": (
        "Intervenante de maraude et d'accueil",
        "mène ses maraudes ; saisit rencontres, passages, actes et orientations ; tient les "
        "fiches des personnes de son organisme",
        False,
    ),
    "soignante": (
        "Soignante",
        "de même, et lit et écrit les notes de soin de ses structures",
        False,
    ),
    "coordinatrice": (
        "Coordinatrice",
        "maraudes, places, séjours, orientations et chiffres de tout le réseau ; des personnes "
        "suivies ailleurs, le code et le pseudonyme seulement",
        True,
    ),
    "ars": ("Agence régionale de santé", "les chiffres publiés pour elle, rien d'autre", False),
    "ville": ("Ville de Paris", "les chiffres publiés pour elle, rien d'autre", False),
    "administratrice": (
        "Administratrice",
        "comptes et données de référence ; aucune donnée sur les personnes",
        True,
    ),
}


def lignes_du_bilan(structure: Structure | None = None) -> list[dict[str, str]]:
    """The lines of a bilan that make sense for the scope, as a person reads them."""
    return [
        {
            "code": ligne["code"],
            "libelle": ligne["libelle"],
            "valeur": valeur_lisible(ligne["code"], ligne["valeur"]),
            "precedent": valeur_lisible(ligne["code"], ligne["precedent"]),
            "ecart": ecart_lisible(ligne["code"], ligne["ecart"]),
            "evolution": evolution_lisible(ligne["code"], ligne["ecart_pct"]),
        }
        for ligne in calculer_bilan(ANNEE_MONTREE, structure)["indicateurs"]
        if ligne["valeur"] is not None
    ]


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Figures, state and accounts are shown in the demonstration only: a bilan is for
    coordinators, and strangers need not know what runs."""
    contexte: dict[str, Any] = {"demo": settings.DEMO}
    if settings.DEMO:
        structure = Structure.objects.filter(code=STRUCTURE_MONTREE).first()
        contexte |= {
            "parties": etat(),
            "comptes": [(compte, *role) for compte, role in COMPTES.items()],
            "mot_de_passe": settings.DEMO_MOT_DE_PASSE,
            "structure": structure,
            "annee": ANNEE_MONTREE,
            "bilan": lignes_du_bilan(structure) if structure else None,
            "reseau": lignes_du_bilan() if structure else None,
        }
    return render(request, "accueil.html", contexte)


@require_safe
def icone(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it wherever a page names no icon, as the admin's don't."""
    return redirect(static("icone.svg"))


def introuvable(request: HttpRequest, **parametres: Any) -> HttpResponse:
    """No such page."""
    raise Http404
