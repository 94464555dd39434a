"""Reads of accommodation, in the domain's words."""

from hebergement.querysets.bases import DeLaCoordinationQuerySet, couvre
from hebergement.querysets.demandes import (
    DemandeHebergementQuerySet,
    PoidsAttenteQuerySet,
    PropositionQuerySet,
)
from hebergement.querysets.nuits import (
    CorrectionNuitQuerySet,
    MarqueNuitsQuerySet,
    OccupationQuerySet,
)
from hebergement.querysets.places import (
    ChambreQuerySet,
    ContingentQuerySet,
    FermetureQuerySet,
    PlaceQuerySet,
    SiteQuerySet,
)
from hebergement.querysets.sejours import (
    CHAINE,
    AbsenceQuerySet,
    ConstatPresenceQuerySet,
    SejourQuerySet,
)

__all__ = [
    "CHAINE",
    "AbsenceQuerySet",
    "ChambreQuerySet",
    "ConstatPresenceQuerySet",
    "ContingentQuerySet",
    "CorrectionNuitQuerySet",
    "DeLaCoordinationQuerySet",
    "DemandeHebergementQuerySet",
    "FermetureQuerySet",
    "MarqueNuitsQuerySet",
    "OccupationQuerySet",
    "PlaceQuerySet",
    "PoidsAttenteQuerySet",
    "PropositionQuerySet",
    "SejourQuerySet",
    "SiteQuerySet",
    "couvre",
]
