"""Nights of months that were over, and that a late or corrected entry has changed since."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from commun.admin import FicheAdmin, LectureSeule
from hebergement import services
from hebergement.models import CorrectionNuit, OccupationNuit
from socle.querysets import COORDINATION


@admin.register(CorrectionNuit)
class CorrectionNuitAdmin(LectureSeule):
    """What each computation moved; who has looked at it says so."""

    list_display = (
        "jour", "site", "ce_qui_change", "calcule_avant_le", "calcule_apres_le", "vue_le",
        "vue_par",
    )  # fmt: skip
    fields = list_display
    readonly_fields = ("ce_qui_change",)
    list_select_related = ("site", "vue_par")
    list_filter = (("site", AutocompleteSelectFilter), ("vue_le", admin.EmptyFieldListFilter))
    date_hierarchy = "jour"
    search_fields = ("site__nom__unaccent", "site__code")
    actions = ("marquer_vues",)
    roles_lecture = COORDINATION

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its keys are numbers, which the base would take for keys of nothing."""
        try:
            return super(FicheAdmin, self).changelist_view(request, extra_context)
        except (ValueError, OverflowError, DataError):
            return HttpResponseRedirect(f"{request.path}?e=1")

    @admin.display(description="ce qui change")
    def ce_qui_change(self, obj: Any) -> str:
        """« occupées : 1 → 2 », in the order of a night's fields."""
        dits = []
        for champ in OccupationNuit._meta.concrete_fields:
            if champ.name in obj.changements:
                avant, apres = ("—" if n is None else n for n in obj.changements[champ.name])
                dits.append(f"{champ.verbose_name} : {avant} → {apres}")
        return ", ".join(dits)

    @admin.action(description="Marquer comme vues")
    def marquer_vues(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """As many as there are: a place that opened earlier changes years of nights at once."""
        nombre = services.marquer_vues(corrections=queryset, auteur=cast("Any", request.user))
        self.message_user(request, f"{nombre} correction(s) marquée(s) comme vue(s).")
