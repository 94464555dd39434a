"""The coordinators' page on allotments, and how full each is tonight."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from commun.horloge import aujourd_hui
from hebergement.admin.bases import Coordination
from hebergement.contingents import occupes
from hebergement.models import Contingent


@admin.register(Contingent)
class ContingentAdmin(Coordination):
    list_display = ("organisme", "site", "places", "occupees", "debut", "fin")
    list_filter = (("site", AutocompleteSelectFilter), ("organisme", RelatedDropdownFilter))
    search_fields = ("site__nom__unaccent", "organisme__nom__unaccent")
    autocomplete_fields = ("site", "organisme")
    fields = (("site", "organisme"), "places", ("debut", "fin"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request).select_related("site", "organisme")
        siens: QuerySet[Any] = lignes.annotate(occupees=Coalesce(occupes(aujourd_hui()), 0))
        return siens

    @admin.display(description="occupées cette nuit", ordering="occupees")
    def occupees(self, obj: Any) -> str:
        return f"{obj.occupees} sur {obj.places}"
