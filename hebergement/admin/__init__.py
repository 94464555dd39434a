"""The coordinators' pages on accommodation."""

from hebergement.admin import (
    contingents,
    corrections,
    demandes,
    lieux,
    nuits,
    presences,
    propositions,
    sejours,
)

__all__ = [
    "contingents",
    "corrections",
    "demandes",
    "lieux",
    "nuits",
    "presences",
    "propositions",
    "sejours",
]
