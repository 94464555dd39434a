"""Filters of accommodation; `du` and `au` keep what touches the nights of `[du, au)`."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError

from commun.api.filters import Booleen, FilterSet, Jour, Reference
from commun.api.viewsets import en_uuid
from commun.horloge import aujourd_hui
from hebergement.enums import (
    ORIGINES_DITES,
    Dispositif,
    EtatPresence,
    MotifAbsence,
    PrioriteDemande,
    StatutDemande,
    StatutProposition,
    TypePlace,
)
from hebergement.models import Place, Site
from hebergement.preuve import NuitsConnues
from socle.api.filters import ReferenceDePersonne


class SiteFilterSet(FilterSet):
    code = django_filters.CharFilter()
    structure = Reference(code=True)
    dispositif = django_filters.ChoiceFilter(choices=Dispositif.choices)


class ChambreFilterSet(FilterSet):
    site = Reference(code=True)
    etage = django_filters.CharFilter()


class PlaceFilterSet(FilterSet):
    site = Reference(code=True)
    chambre = Reference()
    type = django_filters.ChoiceFilter(choices=TypePlace.choices)


class PlaceLibreFilterSet(FilterSet):
    """By what a free place tells of itself, over the whole network: its site and its type."""

    site = Reference(code=True, portee=None)
    type = django_filters.ChoiceFilter(choices=TypePlace.choices)
    reservee_femmes = Booleen()
    plain_pied = Booleen()
    animaux_admis = Booleen()
    a_deux = Booleen(label="Avec une autre place libre dans la chambre")


class FermetureFilterSet(FilterSet):
    site = Reference(field_name="place__site", code=True)
    place = Reference()
    du = Jour(method="depuis")
    au = Jour(field_name="debut", lookup_expr="lt", label="Avant ce jour")

    def depuis(self, lignes: QuerySet[Any], nom: str, jour: date) -> QuerySet[Any]:
        return lignes.filter(Q(fin__isnull=True) | Q(fin__gt=jour))


class SejourFilterSet(FilterSet):
    site = Reference(field_name="place__site", code=True)
    place = Reference()
    personne = ReferenceDePersonne()
    du = Jour(method="depuis")
    au = Jour(field_name="arrivee", lookup_expr="lt", label="Avant ce jour")
    presence = django_filters.ChoiceFilter(
        choices=EtatPresence.choices, method="selon_la_presence", label="Sans signe de présence"
    )
    cloture_automatique = Booleen(label="Clôturés faute de nouvelles")

    def depuis(self, lignes: QuerySet[Any], nom: str, jour: date) -> QuerySet[Any]:
        return lignes.filter(Q(depart__isnull=True) | Q(depart__gt=jour) | Q(arrivee__gte=jour))

    def selon_la_presence(self, lignes: Any, nom: str, etat: str) -> QuerySet[Any]:
        sejours: QuerySet[Any] = lignes.dans_l_etat(etat)
        return sejours


class DuSejour(Reference):
    """Of a stay, whichever of the stays that follow each other it was told of."""

    def filter(self, qs: Any, value: str) -> Any:
        dites = super().filter(qs, value)
        return qs.des_sejours([value]) if value else dites


class AbsenceFilterSet(FilterSet):
    site = Reference(field_name="sejour__place__site", code=True)
    sejour = DuSejour()
    motif = django_filters.ChoiceFilter(choices=MotifAbsence.choices)
    du = Jour(method="depuis")
    au = Jour(field_name="debut", lookup_expr="lt", label="Avant ce jour")

    def depuis(self, lignes: QuerySet[Any], nom: str, jour: date) -> QuerySet[Any]:
        return lignes.filter(Q(fin__isnull=True) | Q(fin__gt=jour))


def refuser_l_avenir(connu_le: date | None) -> None:
    """400: nobody knows yet what will be known."""
    if connu_le is not None and connu_le > aujourd_hui():
        raise ValidationError(
            {"connu_le": "Ce jour n'est pas encore venu : rien n'en est connu."}, code="a_venir"
        )


class OccupationFilterSet(FilterSet):
    site = Reference(code=True)
    du = Jour(field_name="jour", lookup_expr="gte", label="À partir de cette nuit")
    au = Jour(field_name="jour", lookup_expr="lt", label="Avant cette nuit")
    connu_le = Jour(method="telles_quelles", label="Telles que connues à la fin de ce jour")

    def telles_quelles(self, lignes: QuerySet[Any], nom: str, jour: date) -> QuerySet[Any]:
        """No row of the table is read: see `filter_queryset`."""
        refuser_l_avenir(jour)
        return lignes

    def filter_queryset(self, queryset: QuerySet[Any]) -> Any:
        lignes = super().filter_queryset(queryset)
        demandes = self.form.cleaned_data
        if demandes["connu_le"] is None:
            return lignes
        sites: Any = Site.objects.all()
        sites = sites.visibles_par(self.request.user)
        if nom := demandes["site"]:
            sites = sites.filter(**({"pk": cle} if (cle := en_uuid(nom)) else {"code": nom}))
        return NuitsConnues(
            list(sites.values_list("pk", flat=True)),
            demandes["du"] or date.min,
            demandes["au"] or date.max,
            demandes["connu_le"],
        )


class DemandeHebergementFilterSet(FilterSet):
    personne = ReferenceDePersonne()
    structure = Reference(code=True)
    type_place = django_filters.ChoiceFilter(choices=TypePlace.choices)
    origine = django_filters.ChoiceFilter(choices=ORIGINES_DITES)
    priorite = django_filters.ChoiceFilter(choices=PrioriteDemande.choices)
    statut = django_filters.ChoiceFilter(choices=StatutDemande.choices)


class AttenteFilterSet(FilterSet):
    type_place = django_filters.ChoiceFilter(choices=TypePlace.choices)
    structure = Reference(code=True)
    place = django_filters.UUIDFilter(
        label="Qui suit pour cette place : celles à qui elle convient", method="pour"
    )

    def pour(self, lignes: Any, nom: str, cle: UUID) -> Any:
        place = Place.objects.filter(pk=cle).first()
        return lignes.none() if place is None else lignes.pour(partial(getattr, place))


class PropositionFilterSet(FilterSet):
    demande = Reference()
    place = Reference()
    statut = django_filters.ChoiceFilter(choices=StatutProposition.choices)


class ContingentFilterSet(FilterSet):
    site = Reference(code=True)
    organisme = Reference(code=True)
    du = Jour(method="depuis")
    au = Jour(field_name="debut", lookup_expr="lt", label="Avant ce jour")

    def depuis(self, lignes: QuerySet[Any], nom: str, jour: date) -> QuerySet[Any]:
        return lignes.filter(Q(fin__isnull=True) | Q(fin__gt=jour))
