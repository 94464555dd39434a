"""The pages on sectors and stations: where teams go, and since when nobody has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import (
    Count,
    F,
    Q,
    QuerySet,
)
from django.http import HttpRequest
from django.utils.formats import date_format
from unfold.contrib.filters.admin import (
    RelatedDropdownFilter,
)

from commun.admin import FicheAdmin
from commun.horloge import aujourd_hui
from maraudes.models import Ligne, Secteur
from socle.querysets import REFERENCE


@admin.register(Ligne)
class LigneAdmin(FicheAdmin):
    list_display = ("code", "stations")
    ordering = ("code",)  # a count drops the model's own
    search_fields = ("code",)
    fields = ("code",)
    roles_lecture = REFERENCE
    roles_ecriture = REFERENCE
    roles_suppression = REFERENCE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(total=Count("secteurs"))

    @admin.display(description="stations", ordering="total")
    def stations(self, obj: Any) -> int:
        return int(obj.total)


class SansVisite(admin.SimpleListFilter):
    """The sectors and stations that nobody has visited for a while."""

    title = "dernière visite"
    parameter_name = "sans_visite"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("7", "Il y a plus de 7 jours"), ("14", "Il y a plus de 14 jours"),
            ("30", "Il y a plus de 30 jours"), ("jamais", "Jamais"),
        ]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "jamais":
                return queryset.filter(derniere_visite=None)
            case "7" | "14" | "30" as jours:
                limite = aujourd_hui() - timedelta(days=int(jours))
                return queryset.filter(Q(derniere_visite=None) | Q(derniere_visite__lt=limite))
        return queryset


@admin.register(Secteur)
class SecteurAdmin(FicheAdmin):
    list_display = (
        "nom", "milieu", "lignes_desservies", "frequence_cible", "derniere_visite", "actif"
    )  # fmt: skip
    list_filter = (SansVisite, "milieu", ("lignes", RelatedDropdownFilter), "actif")
    search_fields = ("nom__unaccent", "code")
    autocomplete_fields = ("lignes",)
    fields = (
        ("nom", "code"), ("milieu", "lignes"), ("frequence_cible", "arrondissement"), "actif",
        "derniere_visite",
    )  # fmt: skip
    readonly_fields = ("derniere_visite",)
    roles_lecture = REFERENCE
    roles_ecriture = REFERENCE
    roles_suppression = REFERENCE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)
        return lignes.avec_derniere_visite().prefetch_related("lignes")

    @admin.display(
        description="dernière visite", ordering=F("derniere_visite").asc(nulls_first=True),
        empty_value="jamais",
    )  # fmt: skip
    def derniere_visite(self, obj: Any) -> str | None:
        jour = getattr(obj, "derniere_visite", None)
        return date_format(jour, "SHORT_DATE_FORMAT") if jour else None

    @admin.display(description="lignes")
    def lignes_desservies(self, obj: Any) -> str:
        return ", ".join(ligne.code for ligne in obj.lignes.all())
