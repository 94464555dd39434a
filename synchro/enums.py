"""Closed vocabularies of what tablets send."""

from django.db.models import TextChoices


class StatutOperation(TextChoices):
    """What became of an operation that was kept."""

    # Only within the transaction that judges it: nobody else ever reads it.
    RECUE = "RECUE", "Reçue"
    APPLIQUEE = "APPLIQUEE", "Appliquée"
    FUSIONNEE = "FUSIONNEE", "Fusionnée avec une autre correction"
    CONFLIT = "CONFLIT", "Appliquée, à examiner"
    EN_ATTENTE = "EN_ATTENTE", "En attente de ce dont elle dépend"
    EN_QUARANTAINE = "EN_QUARANTAINE", "En quarantaine"
    ECARTEE = "ECARTEE", "Écartée"


class Resultat(TextChoices):
    """What a device is told of an operation that it sent."""

    APPLIQUEE = "appliquee", "Appliquée"
    DEJA_APPLIQUEE = "deja_appliquee", "Déjà appliquée"
    FUSIONNEE = "fusionnee", "Fusionnée avec une autre correction"
    CONFLIT = "conflit", "Appliquée, et à examiner"
    EN_ATTENTE = "en_attente", "Gardée : ce dont elle dépend n'est pas arrivé"
    EN_QUARANTAINE = "en_quarantaine", "Gardée : une coordinatrice la verra"
    REESSAYER = "reessayer", "Pas gardée : à renvoyer"
