"""Sites, rooms, places, closures, stays, and the nights computed from them."""

from hebergement.models.contingents import Contingent
from hebergement.models.demandes import DemandeHebergement, PoidsAttente, Proposition
from hebergement.models.occupation import (
    ControleOccupation,
    CorrectionNuit,
    MarqueNuits,
    OccupationNuit,
)
from hebergement.models.places import Chambre, Fermeture, Place, Site
from hebergement.models.presences import Absence, ConstatPresence
from hebergement.models.sejours import Menage, Sejour

__all__ = [
    "Absence",
    "Chambre",
    "ConstatPresence",
    "Contingent",
    "ControleOccupation",
    "CorrectionNuit",
    "DemandeHebergement",
    "Fermeture",
    "MarqueNuits",
    "Menage",
    "OccupationNuit",
    "Place",
    "PoidsAttente",
    "Proposition",
    "Sejour",
    "Site",
]
