"""Reads of the rounds, in the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import OuterRef, Subquery

from contacts.querysets import ExtensionDeContactQuerySet
from maraudes.enums import StatutEtape, StatutMaraude
from socle.enums import Role
from socle.querysets import EQUIPES, TERRAIN, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


class LigneQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, *EQUIPES, Role.ADMINISTRATEUR) else self.none()


class SecteurQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, *EQUIPES, Role.ADMINISTRATEUR) else self.none()

    def avec_derniere_visite(self) -> Self:
        """With `derniere_visite`: the day of the last round that visited it; null: never."""
        from maraudes.models import Etape

        visites = (
            Etape.objects.filter(secteur=OuterRef("pk"), statut=StatutEtape.VISITEE)
            .exclude(maraude__statut=StatutMaraude.ANNULEE)
            .order_by("-maraude__jour")
        )
        return self.annotate(derniere_visite=Subquery(visites.values("maraude__jour")[:1]))


class MaraudeQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Coordination sees the rounds of the whole network, teams those of their organisme."""
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            return self.filter(equipe__structure__organisme_id=utilisateur.organisme_id)
        return self.none()

    def cloturees(self) -> Self:
        return self.filter(statut=StatutMaraude.CLOTUREE)


class SurMaraudeQuerySet(models.QuerySet[Any]):
    """For what belongs to a round: seen by who sees the round."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            return self.filter(maraude__equipe__structure__organisme_id=utilisateur.organisme_id)
        return self.none()


class RencontreQuerySet(ExtensionDeContactQuerySet):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Seen by who sees the round."""
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            return self.filter(maraude__equipe__structure__organisme_id=utilisateur.organisme_id)
        return self.none()
