"""Reads of accommodation, in the domain's words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from hebergement.enums import EtatPlace, Nature
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


class SiteQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "structure__organisme_id"


class ChambreQuerySet(PorteeDuSiteQuerySet):
    """The rooms of the sites that one sees."""


class PlaceQuerySet(PorteeDuSiteQuerySet):
    def ouvertes(self, jour: date) -> Self:
        return self.filter(couvre("ouverte_le", "fermee_le", jour))

    def avec_etat(self, jour: date) -> Self:
        """With `etat`, an `EtatPlace`: someone in a closed place is there all the same."""
        from hebergement.models import Fermeture, Sejour

        prises = Sejour.objects.filter(couvre("arrivee", "depart", jour), place=OuterRef("pk"))
        fermetures = Fermeture.objects.filter(couvre("debut", "fin", jour), place=OuterRef("pk"))
        return self.annotate(
            etat=Case(
                When(Exists(prises.filter(nature=Nature.SEJOUR)), then=Value(EtatPlace.OCCUPEE)),
                When(Exists(prises), then=Value(EtatPlace.RETENUE)),
                When(
                    ~couvre("ouverte_le", "fermee_le", jour), then=Value(EtatPlace.HORS_OUVERTURE)
                ),
                When(Exists(fermetures), then=Value(EtatPlace.FERMEE)),
                default=Value(EtatPlace.LIBRE),
                output_field=models.CharField(),
            )
        )


class MarqueNuitsQuerySet(PorteeDuSiteQuerySet):
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})


class DeLaCoordinationQuerySet(models.QuerySet[Any]):
    """Rows of the whole network that only coordination looks at."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, Role.COORDINATEUR) else self.none()


class FermetureQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "place__site__structure__organisme_id"
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})


class SejourQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "place__site__structure__organisme_id"
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def sejours(self) -> Self:
        """Stays only: holds take a place too, but nobody sleeps there."""
        return self.filter(nature=Nature.SEJOUR)

    def presents(self, jour: date) -> Self:
        return self.sejours().filter(couvre("arrivee", "depart", jour))


class OccupationQuerySet(PorteeDuSiteQuerySet):
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def entre(self, du: date, au: date) -> Self:
        """Nights of `[du, au)`."""
        return self.filter(jour__gte=du, jour__lt=au)
