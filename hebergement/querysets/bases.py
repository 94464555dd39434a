"""What reads share: ranges of days, and who sees what."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from socle.enums import Role
from socle.querysets import TERRAIN, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


def couvre(debut: str, fin: str, jour: date) -> Q:
    """The half-open range `[debut, fin)` holds `jour`; a missing end means still running."""
    pas_finie = Q(**{f"{fin}__isnull": True}) | Q(**{f"{fin}__gt": jour})
    return Q(**{f"{debut}__lte": jour}) & pas_finie


class PorteeDuSiteQuerySet(models.QuerySet[Any]):
    """Rows of a site: all for coordination and reference data, own organisme's for teams."""

    chemin_organisme = "site__structure__organisme_id"
    roles_de_tout_voir: frozenset[str] = frozenset({Role.COORDINATEUR, Role.ADMINISTRATEUR})

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if a_un_role(utilisateur, *self.roles_de_tout_voir):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            return self.filter(**{self.chemin_organisme: utilisateur.organisme_id})
        return self.none()


class DeLaCoordinationQuerySet(models.QuerySet[Any]):
    """Rows of the whole network that only coordination looks at."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, Role.COORDINATEUR) else self.none()


class DesDeuxCotesQuerySet(models.QuerySet[Any]):
    """Coordination sees all; teams what their organisme asked for, or is asked to receive."""

    def _cotes(self, organisme: Any) -> Q:
        raise NotImplementedError

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN) and utilisateur.organisme_id is not None:
            return self.filter(self._cotes(utilisateur.organisme_id))
        return self.none()
