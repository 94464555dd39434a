"""Closed vocabularies of the published figures."""

from __future__ import annotations

from django.db.models import TextChoices


class StatutPublication(TextChoices):
    PREPAREE = "PREPAREE", "Préparée"
    SIGNEE = "SIGNEE", "Signée"


class IndicateurSaisi(TextChoices):
    """What is known only from outside: typed in with its source, never counted."""

    INJONCTIONS_THERAPEUTIQUES = "injonctions_therapeutiques", "Injonctions thérapeutiques"


class Niveau(TextChoices):
    """The territories that figures are published of."""

    RESEAU = "RESEAU", "Ensemble du réseau"
    TYPE = "TYPE", "Type de structure"
    ORGANISME = "ORGANISME", "Organisme"
    STRUCTURE = "STRUCTURE", "Structure"
    ARRONDISSEMENT = "ARRONDISSEMENT", "Arrondissement"
