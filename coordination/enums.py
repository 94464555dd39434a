"""Closed vocabularies of orientations."""

from django.db.models import TextChoices


class StatutOrientation(TextChoices):
    EN_COURS = "EN_COURS", "En cours"
    ABOUTIE = "ABOUTIE", "Aboutie"
    NON_ABOUTIE = "NON_ABOUTIE", "Non aboutie"
    REFUSEE_PERSONNE = "REFUSEE_PERSONNE", "Refusée par la personne"
    REFUSEE_STRUCTURE = "REFUSEE_STRUCTURE", "Refusée par la structure"
    ANNULEE = "ANNULEE", "Annulée"


class Decision(TextChoices):
    """What a person decided about an orientation; arrivals decide the rest."""

    REFUSEE_PERSONNE = "REFUSEE_PERSONNE", "Refusée par la personne"
    REFUSEE_STRUCTURE = "REFUSEE_STRUCTURE", "Refusée par la structure"
    ANNULEE = "ANNULEE", "Annulée"
