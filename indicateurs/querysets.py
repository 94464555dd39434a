"""Reads of what figures are counted from, of what was published, and of who pulls it."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery

from indicateurs.enums import StatutPublication
from socle.enums import Role
from socle.models import Utilisateur

PUBLIENT = frozenset({Role.COORDINATEUR})


class CompteesSeulementQuerySet(models.QuerySet[Any]):
    """Nobody sees the rows behind figures: they are only counted."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.none()


class PublicationQuerySet(models.QuerySet[Any]):
    def signees(self) -> Self:
        return self.filter(statut=StatutPublication.SIGNEE)

    def dernieres(self) -> Self:
        """Of each period, the revision that was signed last."""
        memes = self.model.objects.signees().filter(periode=OuterRef("periode"))
        return self.filter(pk=Subquery(memes.order_by("-revision").values("pk")[:1]))

    def avec_leurs_comptes(self) -> Self:
        """`nombre` of figures, `masques` and `corrections_en_attente` of each."""
        return self.annotate(
            nombre=Count("chiffres"),
            masques=Count("chiffres", filter=Q(chiffres__secret=True)),
            corrections_en_attente=Count("chiffres", filter=~Q(chiffres__attente=0)),
        ).order_by(*self.model._meta.ordering)

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        role = getattr(utilisateur, "role", None)
        if role in PUBLIENT:
            return self
        return self.signees() if role == Role.PARTENAIRE else self.none()


class ChiffreQuerySet(models.QuerySet[Any]):
    """Partners never read the rows: their perimeter is in what is read to them."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if getattr(utilisateur, "role", None) in PUBLIENT else self.none()


class PartenaireQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if getattr(utilisateur, "role", None) == Role.ADMINISTRATEUR else self.none()


class ConsultationQuerySet(PartenaireQuerySet):
    pass
