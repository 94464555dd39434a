"""Accommodation: sites, places, closures, stays, nights; requests and propositions."""

from hebergement.api.viewsets.demandes import (
    AttenteViewSet,
    ConfirmationViewSet,
    DemandeHebergementViewSet,
    PropositionDUneDemandeViewSet,
    PropositionViewSet,
)
from hebergement.api.viewsets.fermetures import ContingentViewSet, FermetureDeSiteViewSet
from hebergement.api.viewsets.flux import FluxView
from hebergement.api.viewsets.occupation import DetailDUneNuitViewSet, OccupationViewSet
from hebergement.api.viewsets.presences import AbsenceViewSet, ConstatsDUnSiteViewSet
from hebergement.api.viewsets.sejours import (
    ChambreViewSet,
    FermetureViewSet,
    PlaceLibreViewSet,
    PlaceViewSet,
    SejourViewSet,
    SiteViewSet,
)

__all__ = [
    "AbsenceViewSet",
    "AttenteViewSet",
    "ChambreViewSet",
    "ConfirmationViewSet",
    "ConstatsDUnSiteViewSet",
    "ContingentViewSet",
    "DemandeHebergementViewSet",
    "DetailDUneNuitViewSet",
    "FermetureDeSiteViewSet",
    "FermetureViewSet",
    "FluxView",
    "OccupationViewSet",
    "PlaceLibreViewSet",
    "PlaceViewSet",
    "PropositionDUneDemandeViewSet",
    "PropositionViewSet",
    "SejourViewSet",
    "SiteViewSet",
]
