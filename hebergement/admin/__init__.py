"""The coordinators' pages on accommodation."""

from hebergement.admin import lieux, nuits, sejours

__all__ = ["lieux", "nuits", "sejours"]
