"""Filters of the ground room."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

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


class ReferenceDePersonne(Reference):
    """A person, by their uuid or by that of an alias of theirs: what is asked of a file that was
    merged is asked of the one that was kept. It selects nothing where it names nobody known."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        try:
            cle = UUID(value)
        except ValueError:
            self.refuser("Il faut un identifiant (uuid).", "uuid_invalide")
        nommable = Personne.objects.nommables_par(self.parent.request.user).filter(pk=cle)
        suivie = nommable.order_by().values(suivie=Coalesce("alias_de_id", "pk"))
        return qs.filter(self.condition(cle, Subquery(suivie)))

    def condition(self, cle: UUID, suivie: Subquery) -> Q:
        # Rows of a person that one no longer knows are found by whom they name.
        return Q(**{f"{self.field_name}": Coalesce(suivie, Value(cle))})


class AccordPartageFilterSet(FilterSet):
    personne = ReferenceDePersonne()
