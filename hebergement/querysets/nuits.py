"""Reads of nights: those to compute, those computed, those corrected since."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from hebergement.querysets.bases import DeLaCoordinationQuerySet, PorteeDuSiteQuerySet
from socle.enums import Role

if TYPE_CHECKING:
    pass


class MarqueNuitsQuerySet(PorteeDuSiteQuerySet):
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})


class CorrectionNuitQuerySet(DeLaCoordinationQuerySet):
    def a_voir(self) -> Self:
        """Those that nobody has looked at."""
        return self.filter(vue_le=None)


class OccupationQuerySet(PorteeDuSiteQuerySet):
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def entre(self, du: date, au: date) -> Self:
        """Nights of `[du, au)`."""
        return self.filter(jour__gte=du, jour__lt=au)
