"""Why a request stands where it does: what it is given points for, and what a place offers.

The rank is by points, then by how long somebody has waited. Needs rank and warn; they never refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Cast

from commun.horloge import aujourd_hui
from hebergement.enums import Besoin, CritereAttente, OrigineDemande, PrioriteDemande

if TYPE_CHECKING:
    from hebergement.models import DemandeHebergement, Place

# Of as many points, who has waited for longer.
DANS_L_ORDRE = ("-points", "demandee_le", "pk")
# What a request needs, and what of a place meets it.
BESOINS = {
    Besoin.RESERVEE_FEMMES: "reservee_femmes",
    Besoin.PLAIN_PIED: "plain_pied",
    Besoin.ANIMAL: "animaux_admis",
}
# What each is worth until a coordinator says otherwise: a high priority a month of waiting, an
# urgent one three.
POIDS = {
    CritereAttente.ANCIENNETE: 1,
    CritereAttente.PRIORITE_HAUTE: 30,
    CritereAttente.PRIORITE_URGENTE: 90,
    CritereAttente.SORTIE_HOPITAL: 15,
    CritereAttente.RESERVEE_FEMMES: 15,
    CritereAttente.COUPLE: 0,
}
# By which a request is seen to be something; how long it has waited apart.
DE_LA_DEMANDE = {
    CritereAttente.PRIORITE_HAUTE: Q(priorite=PrioriteDemande.HAUTE),
    CritereAttente.PRIORITE_URGENTE: Q(priorite=PrioriteDemande.URGENTE),
    CritereAttente.SORTIE_HOPITAL: Q(origine=OrigineDemande.HOPITAL),
    CritereAttente.RESERVEE_FEMMES: Q(reservee_femmes=True),
    CritereAttente.COUPLE: Q(couple=True),
}


class Jours(Func):
    """`Jours(a, b)`: the days from `b` to `a`, two dates."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = models.IntegerField()


def nom_de_la_mesure(critere: str) -> str:
    """What the annotation of a criterion is called."""
    return f"mesure_{critere.lower()}"


def mesures() -> dict[str, Any]:
    """How much of each criterion a request is, today: days, or whether."""
    ce_jour = Cast(Value(aujourd_hui()), models.DateField())
    return {CritereAttente.ANCIENNETE.value: Jours(ce_jour, F("demandee_le"))} | {
        critere.value: Case(When(condition, then=1), default=0)
        for critere, condition in DE_LA_DEMANDE.items()
    }


def convient(offre: Callable[[str], Any]) -> Q:
    """Whether a place meets what a request needs, and is for whoever it is.

    Args:
        offre: what the place has, by the name of a field.
    """
    # A place for women is for them alone.
    besoins = Q(reservee_femmes=offre(BESOINS[Besoin.RESERVEE_FEMMES]))
    for besoin in BESOINS.keys() - {Besoin.RESERVEE_FEMMES}:
        nom = besoin.lower()
        besoins &= Q(**{nom: False}) | Q(**{nom: offre(BESOINS[besoin])})
    return besoins


def alertes(
    demande: DemandeHebergement, place: Place, *, a_deux: bool, sous_contingent: bool = False
) -> list[str]:
    """What a place lacks for a request, as `Besoin`; what it is reserved for comes with it.

    Args:
        a_deux: whether another place of its room is free, or their household's.
        sous_contingent: whether allotments of others still have to fill it.
    """
    trouvees = [
        besoin.value
        for besoin, offre in BESOINS.items()
        if getattr(demande, besoin.lower()) and not getattr(place, offre)
    ]
    if place.reservee_femmes and not demande.reservee_femmes:
        trouvees.append(Besoin.RESERVEE_FEMMES.value)
    if demande.couple and not a_deux:
        trouvees.append(Besoin.COUPLE.value)
    if place.type != demande.type_place:
        trouvees.append(Besoin.TYPE_PLACE.value)
    if sous_contingent:
        trouvees.append(Besoin.CONTINGENT.value)
    return trouvees


def explication(demande: Any, poids: Mapping[str, int]) -> list[dict[str, Any]]:
    """What makes the points of a request that has its measures, criterion by criterion.

    Args:
        poids: what each is worth.
    """
    return [
        {
            "critere": critere.value,
            "libelle": critere.label,
            "mesure": (mesure := getattr(demande, nom_de_la_mesure(critere))),
            "poids": poids[critere],
            "points": mesure * poids[critere],
        }
        for critere in CritereAttente
    ]
