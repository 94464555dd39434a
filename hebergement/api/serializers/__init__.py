"""Accommodation, as coordinators and teams read and write it."""

from hebergement.api.serializers.demandes import (
    AcceptationSerializer,
    AnnulationDeDemandeSerializer,
    AttenteSerializer,
    ConfirmationSerializer,
    DemandeHebergementSerializer,
    PropositionFinieSerializer,
    PropositionSerializer,
    RefusDePlaceSerializer,
    contexte_de_l_attente,
)
from hebergement.api.serializers.occupation import (
    DateDeConnaissance,
    DetailDUneNuitSerializer,
    OccupationSerializer,
)
from hebergement.api.serializers.sejours import (
    ChambreSerializer,
    ClotureDeSejourSerializer,
    ConflitDHebergementSerializer,
    FermetureSerializer,
    PlaceLibreSerializer,
    PlaceSerializer,
    SejourSerializer,
    SiteSerializer,
    TransfertSerializer,
)

__all__ = [
    "AcceptationSerializer",
    "AnnulationDeDemandeSerializer",
    "AttenteSerializer",
    "ChambreSerializer",
    "ClotureDeSejourSerializer",
    "ConfirmationSerializer",
    "ConflitDHebergementSerializer",
    "DateDeConnaissance",
    "DemandeHebergementSerializer",
    "DetailDUneNuitSerializer",
    "FermetureSerializer",
    "OccupationSerializer",
    "PlaceLibreSerializer",
    "PlaceSerializer",
    "PropositionFinieSerializer",
    "PropositionSerializer",
    "RefusDePlaceSerializer",
    "SejourSerializer",
    "SiteSerializer",
    "TransfertSerializer",
    "contexte_de_l_attente",
]
