"""Reads of visits, in the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from contacts.querysets import ExtensionDeContactQuerySet
from socle.querysets import EQUIPES, a_un_role

if TYPE_CHECKING:
    from datetime import date

    from socle.models import Structure, Utilisateur


class JourOuvertureQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """The days of the structures of one's own organisme."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(structure__organisme_id=utilisateur.organisme_id)


class PassageQuerySet(ExtensionDeContactQuerySet):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """The visits of the structures of one's own organisme."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(contact__structure__organisme_id=utilisateur.organisme_id)

    def presents(self, structure: Structure, jour: date) -> Self:
        """Who came that day and has not left."""
        return self.filter(contact__structure=structure, contact__jour=jour, parti_le__isnull=True)
