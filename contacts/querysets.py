"""Reads of contacts, acts and material, in the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models

from socle.querysets import EQUIPES, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


class ContactQuerySet(models.QuerySet[Any]):
    def tenir(self, *cles: UUID | None) -> None:
        """Lock contacts, before what hangs on them: as who corrects one does."""
        lignes = self.filter(pk__in={cle for cle in cles if cle}).order_by("pk")
        list(lignes.select_for_update(no_key=True).values_list("pk", flat=True))

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """What was recorded for a structure of one's own organisme."""
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(structure__organisme_id=utilisateur.organisme_id)


class SurContactQuerySet(models.QuerySet[Any]):
    """For what hangs on a contact: seen by who sees the contact."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if not a_un_role(utilisateur, *EQUIPES) or utilisateur.organisme_id is None:
            return self.none()
        return self.filter(contact__structure__organisme_id=utilisateur.organisme_id)


class ExtensionDeContactQuerySet(models.QuerySet[Any]):
    """For what extends a contact one to one: deleting it deletes the contact, acts included."""

    def delete(self) -> tuple[int, dict[str, int]]:
        from contacts.models import Contact

        return Contact.objects.filter(pk__in=list(self.values_list("pk", flat=True))).delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]
