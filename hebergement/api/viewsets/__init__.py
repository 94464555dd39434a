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
from hebergement.api.viewsets.sejours import (
    ChambreViewSet,
    FermetureViewSet,
    PlaceLibreViewSet,
    PlaceViewSet,
    SejourViewSet,
    SiteViewSet,
)

__all__ = [
    "AttenteViewSet",
    "ChambreViewSet",
    "ConfirmationViewSet",
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
