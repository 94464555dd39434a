"""The coordinators' pages on accommodation."""

from hebergement.admin import demandes, lieux, nuits, sejours

__all__ = ["demandes", "lieux", "nuits", "sejours"]
