"""The ground room: who works here, where, and for whom."""

from socle.models.comptes import Jeton, Utilisateur
from socle.models.fusions import Distinction, Fusion, LienPersonne
from socle.models.personnes import AccesPersonne, AccordPartage, DePersonne, Personne
from socle.models.saisie import CreationReconnue, EvenementDeTerrain, SaisieDeTerrain
from socle.models.structures import Equipe, Horaire, Organisme, Structure

__all__ = [
    "AccesPersonne",
    "AccordPartage",
    "CreationReconnue",
    "DePersonne",
    "Distinction",
    "Equipe",
    "EvenementDeTerrain",
    "Fusion",
    "Horaire",
    "Jeton",
    "LienPersonne",
    "Organisme",
    "Personne",
    "SaisieDeTerrain",
    "Structure",
    "Utilisateur",
]
