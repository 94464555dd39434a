"""The coordinators' pages on accommodation."""

from hebergement.admin import demandes, lieux, nuits, propositions, sejours

__all__ = ["demandes", "lieux", "nuits", "propositions", "sejours"]
