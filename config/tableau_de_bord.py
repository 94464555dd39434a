"""The first page of the admin: what a coordinator wants to know before the phone rings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest

from accueil.models import Passage
from commun.horloge import aujourd_hui
from coordination.models import Orientation
from hebergement.enums import EtatPlace, EtatPresence
from hebergement.models import (
    ControleOccupation,
    CorrectionNuit,
    MarqueNuits,
    OccupationNuit,
    Place,
    Sejour,
)
from indicateurs.enums import StatutPublication
from indicateurs.models import Publication
from maraudes.models import Maraude, Secteur
from socle.models import Structure
from socle.querysets import COORDINATION

MONTRES = 8


def preparer(request: HttpRequest, contexte: dict[str, Any]) -> dict[str, Any]:
    """Add today's state to the index, for coordination; others find the list of the rubrics."""
    compte: Any = request.user
    if compte.role not in COORDINATION:
        return contexte
    jour = aujourd_hui()
    return contexte | {
        "tableau": {
            "jour": jour,
            "maraudes": _maraudes(request),
            "delaissees": _delaissees(request),
            "accueils": _accueils(request),
            "places": _places(request),
            "a_proposer": _a_proposer(),
            "presences": _presences(),
            "orientations": _orientations(request),
            "nuit": _nuit(),
            "controle": ControleOccupation.objects.order_by("-fait_le").first(),
            "corrigees": CorrectionNuit.objects.a_voir().count(),
            "marques": MarqueNuits.objects.count(),
            "publications": list(
                Publication.objects.filter(statut=StatutPublication.PREPAREE).order_by("connu_le")[
                    :MONTRES
                ]
            ),
            "arrivees": list(Publication.objects.avec_des_arrivees())[:MONTRES],
        }
    }


def _maraudes(request: HttpRequest) -> list[Any]:
    """Rounds of today and tomorrow, and those that nobody has closed."""
    fiche: Any = admin.site.get_model_admin(Maraude)
    jour = aujourd_hui()
    lignes = fiche.get_queryset(request).filter(
        Q(jour__range=(jour, jour + timedelta(days=1))) | Q(statut="EN_COURS")
    )
    return list(lignes.order_by("jour", "debut_le", "equipe__nom"))


def _delaissees(request: HttpRequest) -> list[Any]:
    """The active sectors and stations that nobody has visited for longest."""
    lignes: Any = Secteur.objects.visibles_par(request.user).avec_derniere_visite()
    lignes = lignes.filter(actif=True).order_by(F("derniere_visite").asc(nulls_first=True), "nom")
    jour = aujourd_hui()
    return [
        (s, (jour - s.derniere_visite).days if s.derniere_visite else None)
        for s in lignes[:MONTRES]
    ]


def _accueils(request: HttpRequest) -> list[tuple[Structure, int, int]]:
    """The own structures where someone came today: who is there, how many came."""
    accueils = []
    structures: Any = Structure.objects.gerees_par(request.user)
    # A structure's day turns at an hour of its own: a query for each hour, not for each structure.
    par_heure: dict[Any, list[Structure]] = {}
    for structure in structures.order_by("nom"):
        par_heure.setdefault(structure.heure_bascule, []).append(structure)
    for heure, lot in par_heure.items():
        comptes = {
            ligne["contact__structure"]: ligne
            for ligne in Passage.objects.filter(
                contact__structure__in=lot, contact__jour=aujourd_hui(heure)
            )
            .values("contact__structure")
            .annotate(venus=Count("pk"), presents=Count("pk", filter=Q(parti_le__isnull=True)))
            .order_by()
        }
        accueils += [
            (s, comptes[s.pk]["presents"], comptes[s.pk]["venus"]) for s in lot if s.pk in comptes
        ]
    return accueils


def _places(request: HttpRequest) -> dict[str, int]:
    """How many places are in each state today."""
    lignes: Any = Place.objects.visibles_par(request.user).avec_etat(aujourd_hui())
    comptes = lignes.exclude(etat=EtatPlace.HORS_OUVERTURE).values_list("etat")
    nombres = dict(comptes.annotate(n=Count("pk")).order_by())
    return {EtatPlace(e).label: n for e, n in sorted(nombres.items(), key=lambda c: -c[1])}


def _a_proposer() -> list[tuple[Place, dict[str, str] | None]]:
    """The free places that may be held, the last that came free first, and who is next for each:
    nobody twice, whatever they asked for."""
    jour = aujourd_hui()
    libres = (
        Place.objects.libres(jour)
        .tenables()
        .avec_libre_depuis(jour)
        .order_by("-libre_depuis", "pk")
    )
    places = Place.objects.filter(pk__in=libres.values("pk")[:MONTRES]).avec_libre_depuis(jour)
    lignes = (
        places.avec_suivantes(2 * MONTRES).select_related("site").order_by("-libre_depuis", "pk")
    )
    dites: set[str] = set()
    a_proposer: list[tuple[Place, dict[str, str] | None]] = []
    for place in lignes:
        suivante = next((s for s in place.suivantes if s["personne"] not in dites), None)
        if suivante is not None:
            dites.add(suivante["personne"])
        a_proposer.append((place, suivante))
    return a_proposer


def _presences() -> dict[str, Any]:
    """Of whom there is no sign: those to decide on, and how many of each."""
    sejours = Sejour.objects.dans_l_etat(EtatPresence.A_DECIDER).order_by("-jours_sans", "pk")
    return {
        "anciens": list(sejours.select_related("personne", "place__site")[:MONTRES]),
        **Sejour.objects.comptes_de_presence(),
    }


def _orientations(request: HttpRequest) -> dict[str, Any]:
    lignes: Any = Orientation.objects.visibles_par(request.user).en_cours()
    return {
        "total": lignes.count(),
        "anciennes": list(
            lignes.select_related("structure", "structure_origine").order_by("survenu_le")[:5]
        ),
    }


def _nuit() -> Any:
    """The last night computed, over all sites."""
    derniere = OccupationNuit.objects.order_by("-jour").values("jour").first()
    if derniere is None:
        return None
    sommes = OccupationNuit.objects.filter(jour=derniere["jour"]).aggregate(
        occupees=Sum("occupees"), disponibles=Sum("disponibles"), anomalies=Sum("anomalies")
    )
    taux = sommes["occupees"] / sommes["disponibles"] * 100 if sommes["disponibles"] else None
    return {**derniere, **sommes, "taux": taux}
