"""What figures are counted from, what was published of them, and who may pull it."""

from indicateurs.models.faits import (
    ContactMarque,
    Fait,
    FaitDuJour,
    JourMarque,
    PresenceDuMois,
    PresenceParMois,
)
from indicateurs.models.livre import OUVERTURE, AttenteSansChiffre, Ecriture
from indicateurs.models.partenaires import Consultation, Partenaire
from indicateurs.models.publications import TOUS, VERROU, Chiffre, Publication
from indicateurs.models.saisis import ChiffreSaisi
from indicateurs.models.vues import Hebergement, Presence, Semaine, Vacance

__all__ = [
    "OUVERTURE", "TOUS", "VERROU", "AttenteSansChiffre", "Chiffre", "ChiffreSaisi", "Consultation",
    "ContactMarque", "Ecriture", "Fait", "FaitDuJour", "Hebergement", "JourMarque", "Partenaire",
    "Presence", "PresenceDuMois", "PresenceParMois", "Publication", "Semaine", "Vacance",
]  # fmt: skip
