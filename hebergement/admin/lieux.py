"""The pages on where people may sleep: sites, rooms, places, closures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from commun.admin import LignesEnLecture
from commun.api.viewsets import en_uuid
from commun.horloge import aujourd_hui
from hebergement import services
from hebergement.admin.bases import Coordination, Reference
from hebergement.admin.fermetures import GesteFermer
from hebergement.admin.sejours import SejoursEnLecture
from hebergement.enums import EtatPlace
from hebergement.models import (
    Chambre,
    Fermeture,
    Place,
    Sejour,
    Site,
)
from socle.querysets import COORDINATION, REFERENCE


class PlacesEnLecture(LignesEnLecture):
    model = Place
    fields = ("libelle", "chambre", "type", "ouverte_le", "fermee_le", "etat")
    readonly_fields = ("etat",)
    ordering = ("libelle",)
    roles_lecture = REFERENCE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)
        return lignes.avec_etat(aujourd_hui()).select_related("chambre__site", "site")

    @admin.display(description="aujourd'hui")
    def etat(self, obj: Any) -> str:
        return EtatPlace(obj.etat).label


class ChambresEnLecture(LignesEnLecture):
    model = Chambre
    fields = ("libelle", "etage")
    ordering = ("libelle",)
    roles_lecture = REFERENCE


class FermeturesEnLecture(LignesEnLecture):
    model = Fermeture
    fields = ("debut", "fin", "motif", "motif_forcage")
    ordering = ("-debut",)
    roles_lecture = COORDINATION


@admin.register(Site)
class SiteAdmin(GesteFermer, Reference):
    list_display = (
        "nom", "structure", "dispositif", "arrondissement", "places_ouvertes", "places_occupees"
    )  # fmt: skip
    list_select_related = ("structure",)
    list_filter = ("dispositif", ("structure", RelatedDropdownFilter), "arrondissement")
    search_fields = ("nom__unaccent", "code")
    autocomplete_fields = ("structure",)
    fields = (
        ("nom", "code"), ("structure", "dispositif"), "arrondissement",
        ("heures_pour_repondre", "heures_pour_venir"), ("presences_depuis", "jours_d_absence"),
    )  # fmt: skip
    inlines = (PlacesEnLecture, ChambresEnLecture)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        jour = aujourd_hui()

        def compter(lignes: Any, chemin: str) -> Coalesce:
            nombre = lignes.filter(**{chemin: OuterRef("pk")}).order_by().values(chemin)
            return Coalesce(
                Subquery(nombre.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0
            )

        return (
            super()
            .get_queryset(request)
            .annotate(
                ouvertes=compter(Place.objects.ouvertes(jour), "site"),
                occupees=compter(Sejour.objects.presents(jour), "place__site"),
            )
        )

    @admin.display(description="places ouvertes", ordering="ouvertes")
    def places_ouvertes(self, obj: Any) -> int:
        return int(obj.ouvertes)

    @admin.display(description="occupées", ordering="occupees")
    def places_occupees(self, obj: Any) -> int:
        return int(obj.occupees)


@admin.register(Chambre)
class ChambreAdmin(Reference):
    list_display = ("libelle", "etage", "site")
    list_select_related = ("site",)
    list_filter = (("site", AutocompleteSelectFilter),)
    search_fields = ("libelle__unaccent", "site__nom__unaccent")
    autocomplete_fields = ("site",)
    fields = (("site", "libelle"), "etage")
    inlines = (PlacesEnLecture,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("site")


class EtatDeLaPlace(admin.SimpleListFilter):
    title = "état aujourd'hui"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(EtatPlace.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(etat=self.value()) if self.value() in EtatPlace.values else queryset


@admin.register(Place)
class PlaceAdmin(Reference):
    list_display = ("libelle", "site", "chambre", "type", "ouverte_le", "fermee_le", "etat")
    list_filter = (
        EtatDeLaPlace, ("site", AutocompleteSelectFilter), ("type", ChoicesDropdownFilter),
        ("site__dispositif", ChoicesDropdownFilter),
    )  # fmt: skip
    search_fields = ("libelle__unaccent", "site__nom__unaccent", "site__code")
    autocomplete_fields = ("site", "chambre")
    fields = (
        ("site", "chambre"), ("libelle", "type"), ("ouverte_le", "fermee_le"),
        ("reservee_femmes", "plain_pied", "animaux_admis"),
    )  # fmt: skip
    inlines = (SejoursEnLecture, FermeturesEnLecture)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)
        return lignes.avec_etat(aujourd_hui()).select_related("site", "chambre__site")

    @admin.display(description="aujourd'hui", ordering="etat")
    def etat(self, obj: Any) -> str:
        return EtatPlace(obj.etat).label


@admin.register(Fermeture)
class FermetureAdmin(Coordination):
    list_display = ("place", "debut", "fin", "motif", "forcee")
    list_filter = (("place__site", AutocompleteSelectFilter),)
    date_hierarchy = "debut"
    search_fields = ("place__libelle", "place__site__nom__unaccent", "motif__unaccent")
    autocomplete_fields = ("place",)
    readonly_fields = ("auteur", "saisi_le", "recu_le")
    fieldsets = (
        (None, {"fields": ("place", ("debut", "fin"), "motif")}),
        ("Forçage", {"fields": ("motif_forcage",), "description":
         "À ne remplir que pour fermer une place malgré la personne qui y est : c'est une "
         "anomalie, qui sera listée."}),
        ("Saisie", {"fields": (("auteur", "saisi_le", "recu_le"),)}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("place__site")

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        places = {fermeture.place_id for fermeture in objets}
        autre = en_uuid(request.POST.get("place"))
        services.verrouiller_places(places=places | ({autre} if autre else set()))

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        if not change:
            services.verrouiller_places(places={obj.place_id})
        super().save_model(request, obj, form, change)

    @admin.display(description="forcée", boolean=True)
    def forcee(self, obj: Any) -> bool:
        return bool(obj.motif_forcage)
