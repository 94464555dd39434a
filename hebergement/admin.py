"""The coordinators' pages on accommodation: places, who is in them, and the nights computed."""

from __future__ import annotations

from datetime import date
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

from commun.admin import FicheAdmin, LectureSeule, LignesEnLecture
from commun.horloge import aujourd_hui
from contacts.admin import RECHERCHE_DE_PERSONNE
from hebergement import services
from hebergement.enums import EtatPlace
from hebergement.models import (
    Chambre,
    ControleOccupation,
    Fermeture,
    MarqueNuits,
    Menage,
    OccupationNuit,
    Place,
    Sejour,
    Site,
)
from hebergement.querysets import couvre
from socle.querysets import COORDINATION, REFERENCE


class Reference(FicheAdmin):
    roles_lecture = REFERENCE
    roles_ecriture = REFERENCE
    roles_suppression = REFERENCE


class Coordination(FicheAdmin):
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION


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
    fields = ("libelle",)
    ordering = ("libelle",)
    roles_lecture = REFERENCE


class SejoursEnLecture(LignesEnLecture):
    """Stays and holds, the latest first."""

    model = Sejour
    fields = ("personne", "nature", "arrivee", "depart", "motif_sortie", "destination")
    ordering = ("-arrivee",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("personne", "place__site")


class FermeturesEnLecture(LignesEnLecture):
    model = Fermeture
    fields = ("debut", "fin", "motif", "motif_forcage")
    ordering = ("-debut",)
    roles_lecture = COORDINATION


@admin.register(Site)
class SiteAdmin(Reference):
    list_display = (
        "nom", "structure", "dispositif", "arrondissement", "places_ouvertes", "places_occupees"
    )  # fmt: skip
    list_select_related = ("structure",)
    list_filter = ("dispositif", ("structure", RelatedDropdownFilter), "arrondissement")
    search_fields = ("nom__unaccent", "code")
    autocomplete_fields = ("structure",)
    fields = (("nom", "code"), ("structure", "dispositif"), "arrondissement")
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
    list_display = ("libelle", "site")
    list_select_related = ("site",)
    list_filter = (("site", AutocompleteSelectFilter),)
    search_fields = ("libelle__unaccent", "site__nom__unaccent")
    autocomplete_fields = ("site",)
    fields = (("site", "libelle"),)
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
    fields = (("site", "chambre"), ("libelle", "type"), ("ouverte_le", "fermee_le"))
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

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        services.verrouiller_place(place=obj.place_id)
        super().save_model(request, obj, form, change)

    @admin.display(description="forcée", boolean=True)
    def forcee(self, obj: Any) -> bool:
        return bool(obj.motif_forcage)


@admin.register(Menage)
class MenageAdmin(Coordination):
    list_display = ("libelle", "cree_le")
    search_fields = ("libelle__unaccent",)
    fields = ("libelle",)
    inlines = (SejoursEnLecture,)


class EnCours(admin.SimpleListFilter):
    title = "moment"
    parameter_name = "moment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("presents", "En cours aujourd'hui"), ("finis", "Terminés"), ("a_venir", "À venir")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        jour: date = aujourd_hui()
        match self.value():
            case "presents":
                return queryset.filter(couvre("arrivee", "depart", jour))
            case "finis":
                return queryset.filter(depart__lte=jour)
            case "a_venir":
                return queryset.filter(arrivee__gt=jour)
        return queryset


@admin.register(Sejour)
class SejourAdmin(Coordination):
    """Stays are given, moved and corrected by the verbs of the service, as through the API."""

    list_display = (
        "personne", "place", "nature", "arrivee", "depart", "motif_sortie", "destination"
    )  # fmt: skip
    list_filter = (
        EnCours, ("place__site", AutocompleteSelectFilter), ("nature", ChoicesDropdownFilter),
        ("motif_sortie", ChoicesDropdownFilter), ("destination", ChoicesDropdownFilter),
    )  # fmt: skip
    date_hierarchy = "arrivee"
    search_fields = (*RECHERCHE_DE_PERSONNE, "place__site__nom__unaccent", "place__libelle")
    autocomplete_fields = ("place", "personne", "menage")
    readonly_fields = ("nature", "suite_de", "auteur", "saisi_le", "recu_le")
    fieldsets = (
        (None, {"fields": (("personne", "place"), ("arrivee", "depart"), "menage", "suite_de")}),
        ("Sortie", {"fields": (("motif_sortie", "destination"),)}),
        ("Forçage", {"fields": ("motif_forcage",), "description":
         "À ne remplir que pour loger quelqu'un malgré une fermeture : c'est une anomalie, qui "
         "sera listée."}),
        ("Saisie", {"fields": (("nature", "auteur"), ("saisi_le", "recu_le"))}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("personne", "place__site", "menage", "suite_de", "auteur")
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = list(super().get_fieldsets(request, obj))
        return groupes if obj else [g for g in groupes if g[0] not in {"Sortie", "Saisie"}]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixes = ("place", "personne") if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixes)

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        auteur: Any = request.user
        if not change:
            services.attribuer(
                uuid=obj.pk, place=obj.place, personne=obj.personne, arrivee=obj.arrivee,
                depart=obj.depart, menage=obj.menage, motif_forcage=obj.motif_forcage,
                auteur=auteur,
            )  # fmt: skip
            return
        champs = {nom: form.cleaned_data[nom] for nom in form.changed_data}
        menage = champs.pop("menage", obj.menage)
        services.corriger(sejour=obj, auteur=auteur, **champs)
        Sejour.objects.filter(pk=obj.pk).exclude(menage=menage).update(menage=menage)


@admin.register(OccupationNuit)
class OccupationNuitAdmin(LectureSeule):
    list_display = (
        "jour", "site", "theoriques", "fermees", "disponibles", "occupees", "taux", "entrees",
        "sorties", "transferts_entrants", "transferts_sortants", "anomalies", "reservees",
    )  # fmt: skip
    list_select_related = ("site",)
    list_filter = (
        ("site", AutocompleteSelectFilter), ("site__dispositif", ChoicesDropdownFilter)
    )  # fmt: skip
    date_hierarchy = "jour"
    search_fields = ("site__nom__unaccent", "site__code")
    roles_lecture = COORDINATION


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
