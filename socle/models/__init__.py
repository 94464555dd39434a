"""The ground room: who works here, where, and for whom."""

from socle.models.comptes import Jeton, Utilisateur
from socle.models.personnes import AccesPersonne, AccordPartage, Personne
from socle.models.saisie import CreationReconnue, EvenementDeTerrain, SaisieDeTerrain
from socle.models.structures import Equipe, Horaire, Organisme, Structure

__all__ = [
    "AccesPersonne",
    "AccordPartage",
    "CreationReconnue",
    "Equipe",
    "EvenementDeTerrain",
    "Horaire",
    "Jeton",
    "Organisme",
    "Personne",
    "SaisieDeTerrain",
    "Structure",
    "Utilisateur",
]
