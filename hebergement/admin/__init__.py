"""The coordinators' pages on accommodation."""

from hebergement.admin import corrections, demandes, lieux, nuits, propositions, sejours

__all__ = ["corrections", "demandes", "lieux", "nuits", "propositions", "sejours"]
