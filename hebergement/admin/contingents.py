"""The coordinators' page on allotments, and how full each is tonight."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from commun.horloge import aujourd_hui
from hebergement.admin.bases import Coordination
from hebergement.contingents import occupes
from hebergement.models import Contingent, Place


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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # Nothing refuses it: places may be about to open.
        siens = Contingent.objects.en_vigueur(obj.debut).filter(site=obj.site)
        promises = siens.aggregate(n=Sum("places"))["n"] or 0
        ouvertes = Place.objects.ouvertes(obj.debut).filter(site=obj.site).count()
        if promises > ouvertes:
            self.message_user(
                request,
                f"Le {obj.debut:%d/%m/%Y}, les contingents de {obj.site} gardent {promises} "
                f"places, et ce site en a {ouvertes}.",
                messages.WARNING,
            )
