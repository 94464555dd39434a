"""Reads of devices and operations, in the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from socle.enums import Role
from socle.querysets import a_un_role
from synchro.enums import StatutOperation

if TYPE_CHECKING:
    from socle.models import Utilisateur

A_VOIR = (
    StatutOperation.EN_QUARANTAINE,
    StatutOperation.CONFLIT,
    StatutOperation.EN_ATTENTE,
)
FAITES = (StatutOperation.APPLIQUEE, StatutOperation.FUSIONNEE, StatutOperation.CONFLIT)


class DUnAppareilQuerySet(models.QuerySet[Any]):
    """What is of a device: for the coordination of its organisme, or of the whole network."""

    ORGANISME = "appareil__organisme"

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if not a_un_role(utilisateur, Role.COORDINATEUR):
            return self.none()
        if utilisateur.organisme_id is None:
            return self
        return self.filter(**{self.ORGANISME: utilisateur.organisme_id})


class AppareilQuerySet(DUnAppareilQuerySet):
    ORGANISME = "organisme"


class OperationQuerySet(DUnAppareilQuerySet):
    def a_voir(self) -> Self:
        """Those that ask for somebody, or for something that has not come."""
        return self.filter(statut__in=A_VOIR)

    def faites(self) -> Self:
        """Those whose effect is there."""
        return self.filter(statut__in=FAITES)


class VarianteQuerySet(DUnAppareilQuerySet):
    pass


class CleScellementQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """That there are keys, and since when; what opens is shown to nobody."""
        return self if a_un_role(utilisateur, Role.ADMINISTRATEUR) else self.none()
