"""Reads of orientations, in the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from coordination.enums import StatutOrientation
from socle.enums import Role
from socle.querysets import TERRAIN, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


class OrientationQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Coordination sees all; teams those that their organisme issued or receives."""
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            organisme = utilisateur.organisme_id
            return self.filter(
                Q(structure_origine__organisme_id=organisme) | Q(structure__organisme_id=organisme)
            )
        return self.none()

    def en_cours(self) -> Self:
        return self.filter(statut=StatutOrientation.EN_COURS)


class MarquePaireQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, Role.COORDINATEUR) else self.none()
