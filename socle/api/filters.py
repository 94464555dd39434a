"""Filters of the ground room."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from commun.api.filters import FilterSet, Reference
from socle.enums import TypeStructure
from socle.models import Personne, Structure
from socle.querysets import PersonneQuerySet


class StructureFilterSet(FilterSet):
    code = django_filters.CharFilter()
    type = django_filters.ChoiceFilter(choices=TypeStructure.choices)

    class Meta:
        model = Structure
        fields: list[str] = []


class EquipeFilterSet(FilterSet):
    structure = Reference(code=True)


class PersonneFilterSet(FilterSet):
    """Code and pseudonym only: another filter would tell what may not be seen."""

    q = django_filters.CharFilter(method="chercher", label="Code, ou partie du pseudonyme")

    class Meta:
        model = Personne
        fields: list[str] = []

    def chercher(self, lignes: PersonneQuerySet, nom: str, texte: str) -> QuerySet[Personne]:
        return lignes.chercher(texte)


class AccordPartageFilterSet(FilterSet):
    personne = Reference()
