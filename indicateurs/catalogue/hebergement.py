"""Accommodation."""

from __future__ import annotations

from django.db.models import Q

from hebergement.enums import DestinationSortie, Dispositif, MotifSortie
from indicateurs.indicateur import Indicateur, Theme
from indicateurs.mesures import (
    lignes,
    mediane,
    nuits,
    par_nuit,
    personnes,
    places_de_la_derniere_nuit,
    somme,
)  # fmt: skip
from indicateurs.perimetres import Portee
from indicateurs.sources import (
    ARRIVEES,
    DE_LA_PERSONNE,
    FORCES,
    NUITS,
    SEJOURS,
    SORTIES,
    TERRITOIRE,
    VACANCES,
    Axe,
)  # fmt: skip

FLUIDES = (
    DestinationSortie.LOGEMENT_SOCIAL, DestinationSortie.LOGEMENT_PRIVE,
    DestinationSortie.LOGEMENT_ADAPTE, DestinationSortie.HEBERGEMENT_INSERTION,
    DestinationSortie.LHSS, DestinationSortie.LAM, DestinationSortie.ACT,
    DestinationSortie.SOIN_RESIDENTIEL,
)  # fmt: skip


def _site(portee: Portee) -> bool:
    return portee.a_un_site


def _site_assore(portee: Portee) -> bool:
    return portee.a_un_site_assore


DE_L_HEBERGEMENT: tuple[Indicateur, ...] = (
    Indicateur(
        "places", "Places", Theme.HEBERGEMENT, "places",
        "Places théoriques de la dernière nuit de la période.",
        places_de_la_derniere_nuit(), axes=(*TERRITOIRE, Axe.DISPOSITIF), additif=False,
        concerne=_site,
    ),
    Indicateur(
        "places_assore", "Places Assore", Theme.HEBERGEMENT, "places",
        "Places théoriques de la dernière nuit de la période, sur les sites du dispositif ASSORE.",
        places_de_la_derniere_nuit(site__dispositif=Dispositif.ASSORE), axes=TERRITOIRE,
        additif=False, concerne=_site_assore,
    ),
    Indicateur(
        "nuitees", "Nuitées", Theme.HEBERGEMENT, "nuitées",
        "Somme des places occupées, nuit après nuit.",
        somme(NUITS, "occupees"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        contributeurs=nuits(SEJOURS),
    ),
    Indicateur(
        "nuits_disponibles", "Nuits disponibles", Theme.HEBERGEMENT, "nuits",
        "Somme des places disponibles, nuit après nuit.",
        somme(NUITS, "disponibles"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        # A closed place in which somebody sleeps was available.
        font_bouger=personnes(FORCES),
    ),
    Indicateur(
        "taux_occupation", "Taux d'occupation", Theme.HEBERGEMENT, "taux",
        "Nuitées ÷ nuits disponibles ; jamais une moyenne de taux.",
        rapport=("nuitees", "nuits_disponibles", 1), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        additif=False, concerne=_site,
    ),
    Indicateur(
        "entrees", "Entrées", Theme.HEBERGEMENT, "entrées",
        "Séjours commencés dans la période, transferts exclus.",
        somme(NUITS, "entrees"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        contributeurs=lignes(ARRIVEES),
    ),
    Indicateur(
        "anomalies", "Anomalies d'occupation", Theme.HEBERGEMENT, "nuits",
        "Nuits de places occupées malgré une fermeture.",
        somme(NUITS, "anomalies"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        publie=False,
    ),
    Indicateur(
        "sorties", "Sorties", Theme.HEBERGEMENT, "sorties",
        "Séjours finis dans la période, des transferts enchaînés comptant pour un seul séjour.",
        lignes(SORTIES),
        axes=(*TERRITOIRE, Axe.DISPOSITIF, Axe.MOTIF, Axe.DESTINATION, *DE_LA_PERSONNE),
        concerne=_site,
    ),
    Indicateur(
        "jours_de_sejour", "Jours des séjours finis", Theme.HEBERGEMENT, "jours",
        "Somme de départ − arrivée, sur les séjours finis dans la période.",
        somme(SORTIES, "jours"), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        concerne=_site,
    ),
    Indicateur(
        "duree_moyenne", "Durée moyenne de séjour", Theme.HEBERGEMENT, "jours",
        "Jours des séjours finis ÷ sorties.",
        rapport=("jours_de_sejour", "sorties", 1), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        additif=False, concerne=_site,
    ),
    Indicateur(
        "duree_mediane", "Durée médiane de séjour", Theme.HEBERGEMENT, "jours",
        "Médiane de départ − arrivée, sur les séjours finis dans la période, des transferts "
        "enchaînés comptant pour un seul séjour.",
        mediane(SORTIES, "jours"), axes=(*TERRITOIRE, Axe.DISPOSITIF, *DE_LA_PERSONNE),
        additif=False, concerne=_site, publie=False, rien=None,
    ),
    Indicateur(
        "places_disponibles", "Places disponibles en moyenne", Theme.HEBERGEMENT, "places",
        "Nuits disponibles ÷ nuits de la période.",
        par_nuit("disponibles"), axes=(*TERRITOIRE, Axe.DISPOSITIF), additif=False,
        concerne=_site, publie=False, rien=None,
    ),
    Indicateur(
        "rotation", "Rotation", Theme.HEBERGEMENT, "sorties par place",
        "Sorties ÷ places disponibles en moyenne.",
        rapport=("sorties", "places_disponibles", 1), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        additif=False, concerne=_site, publie=False,
    ),
    Indicateur(
        "reattributions", "Places réattribuées", Theme.HEBERGEMENT, "places",
        "Séjours commencés dans la période sur une place qui en avait déjà eu un.",
        lignes(VACANCES), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site, publie=False,
    ),
    Indicateur(
        "jours_de_vacance", "Jours de vacance", Theme.HEBERGEMENT, "jours",
        "Jours entre deux séjours sur une place, sans ceux où elle était fermée ; comptés le jour "
        "où le second commence.",
        somme(VACANCES, "jours"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        publie=False,
    ),
    Indicateur(
        "vacance_moyenne", "Vacance moyenne", Theme.HEBERGEMENT, "jours",
        "Jours de vacance ÷ places réattribuées.",
        rapport=("jours_de_vacance", "reattributions", 1), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        additif=False, concerne=_site, publie=False,
    ),
    Indicateur(
        "vacance_mediane", "Vacance médiane", Theme.HEBERGEMENT, "jours",
        "Médiane des jours de vacance.",
        mediane(VACANCES, "jours"), axes=(*TERRITOIRE, Axe.DISPOSITIF), additif=False,
        concerne=_site, publie=False, rien=None,
    ),
    Indicateur(
        "sorties_fluides", "Sorties vers un logement, une insertion ou un soin",
        Theme.HEBERGEMENT, "sorties",
        f"Sorties vers {', '.join(FLUIDES)}.",
        lignes(SORTIES, destination__in=FLUIDES), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        concerne=_site,
    ),
    Indicateur(
        "sorties_hors_deces", "Sorties hors décès", Theme.HEBERGEMENT, "sorties",
        "Sorties dont le motif n'est pas un décès ; les destinations inconnues y restent.",
        lignes(SORTIES, ~Q(motif_sortie=MotifSortie.DECES)), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        concerne=_site,
    ),
    Indicateur(
        "fluidite", "Fluidité", Theme.HEBERGEMENT, "taux",
        "Sorties vers un logement, une insertion ou un soin ÷ sorties hors décès.",
        rapport=("sorties_fluides", "sorties_hors_deces", 1),
        axes=(*TERRITOIRE, Axe.DISPOSITIF), additif=False, concerne=_site,
    ),
)  # fmt: skip
