"""The nights as computed, the marks that wait, the nightly check: shown, never typed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.formats import localize
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from commun.admin import LectureSeule
from hebergement.models import ControleOccupation, MarqueNuits, OccupationNuit
from hebergement.occupation import ecrire_empreinte
from socle.querysets import COORDINATION


@admin.register(OccupationNuit)
class OccupationNuitAdmin(LectureSeule):
    list_display = (
        "jour", "site", "theoriques", "fermees", "disponibles", "occupees", "taux_en_pourcent",
        "entrees", "sorties", "transferts_entrants", "transferts_sortants", "anomalies",
        "reservees",
    )  # fmt: skip
    fields = (*list_display, "formule", "calcule_le", "empreinte_lue")
    readonly_fields = ("taux_en_pourcent", "empreinte_lue")
    list_select_related = ("site",)
    list_filter = (
        ("site", AutocompleteSelectFilter), ("site__dispositif", ChoicesDropdownFilter)
    )  # fmt: skip
    date_hierarchy = "jour"
    search_fields = ("site__nom__unaccent", "site__code")
    roles_lecture = COORDINATION

    @admin.display(description="taux", ordering="taux", empty_value="—")
    def taux_en_pourcent(self, obj: Any) -> str | None:
        if obj.taux is None:
            return None
        return f"{localize(round(obj.taux * 100, 1))}\N{NO-BREAK SPACE}%"

    @admin.display(description="empreinte")
    def empreinte_lue(self, obj: Any) -> str:
        return ecrire_empreinte(obj.empreinte)


@admin.register(MarqueNuits)
class MarqueNuitsAdmin(LectureSeule):
    """Nights that a write has marked and that the worker has not computed again yet."""

    list_display = ("site", "du", "au", "cree_le")
    list_select_related = ("site",)
    search_fields = ("site__nom__unaccent",)
    roles_lecture = COORDINATION


@admin.register(ControleOccupation)
class ControleOccupationAdmin(LectureSeule):
    list_display = ("fait_le", "lignes", "ecarts", "juste")
    date_hierarchy = "fait_le"
    fields = ("fait_le", "lignes", "ecarts", "exemples")
    roles_lecture = COORDINATION

    @admin.display(description="juste", boolean=True)
    def juste(self, obj: Any) -> bool:
        return int(obj.ecarts) == 0
