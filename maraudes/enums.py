"""Closed vocabularies of the rounds."""

from django.db.models import TextChoices


class Milieu(TextChoices):
    SURFACE = "SURFACE", "Surface"
    SOUS_SOL = "SOUS_SOL", "Sous-sol"


class StatutMaraude(TextChoices):
    PLANIFIEE = "PLANIFIEE", "Planifiée"
    EN_COURS = "EN_COURS", "En cours"
    CLOTUREE = "CLOTUREE", "Clôturée"
    ANNULEE = "ANNULEE", "Annulée"


class StatutEtape(TextChoices):
    PREVUE = "PREVUE", "Prévue"
    VISITEE = "VISITEE", "Visitée"
    NON_VISITEE = "NON_VISITEE", "Non visitée"
    INACCESSIBLE = "INACCESSIBLE", "Inaccessible"
