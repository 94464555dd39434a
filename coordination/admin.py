"""The coordinators' pages on orientations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from commun.admin import (
    FicheAdmin,
    LectureSeule,
    LignesEnLecture,
    completer,
    trop_nombreuses,
)
from contacts.admin import RECHERCHE_DE_PERSONNE
from coordination import decisions
from coordination.enums import Decision
from coordination.models import MarquePaire, Orientation
from socle.models import Personne, Structure
from socle.querysets import COORDINATION


class OrientationForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        donnees: dict[str, Any] = super().clean() or {}
        refus = donnees.get("decision") not in {None, "", Decision.ANNULEE}
        quand = donnees.get("decidee_le")
        change = {"decision", "decidee_le"} & set(self.changed_data)
        if refus and change and quand and decisions.arrivee_avant(self.instance, quand):
            self.add_error("decision", decisions.DEJA_ARRIVEE)
        return donnees


@admin.register(Orientation)
class OrientationAdmin(FicheAdmin):
    """The state follows from the arrivals; only a decision is typed."""

    form = OrientationForm
    list_display = (
        "survenu_le", "personne", "structure_origine", "structure", "statut", "accompagnement"
    )  # fmt: skip
    list_filter = (
        ("statut", ChoicesDropdownFilter), ("structure", RelatedDropdownFilter),
        ("structure_origine", RelatedDropdownFilter), "accompagnement",
    )  # fmt: skip
    date_hierarchy = "survenu_le"
    search_fields = (*RECHERCHE_DE_PERSONNE, "structure__nom__unaccent")
    autocomplete_fields = ("personne", "contact", "structure_origine", "structure")
    readonly_fields = (
        "statut", "arrivee_contact", "arrivee_sejour", "auteur", "saisi_le", "recu_le"
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("personne", "contact", "structure_origine", "structure",
                           "survenu_le", "accompagnement", "motif")}),
        ("Suites", {"fields": ("statut", ("arrivee_contact", "arrivee_sejour"), "acceptee_le",
                               "decision", "decidee_le", "motif_decision")}),
        ("Saisie", {"fields": (("auteur", "saisi_le", "recu_le"),)}),
    )  # fmt: skip
    actions = ("accepter",)
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "personne", "contact", "structure_origine", "structure", "arrivee_contact",
                "arrivee_sejour", "auteur",
            )
        )  # fmt: skip

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Made from a structure of one's own, wherever it leads."""
        if db_field.name == "structure_origine":
            kwargs["queryset"] = Structure.objects.gerees_par(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = super().get_fieldsets(request, obj)
        return groupes if obj else groupes[:1]

    @admin.action(
        description="Accepter les orientations choisies : la structure attend la personne"
    )
    def accepter(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        if trop_nombreuses(self, request, queryset):
            return
        nombre = decisions.accepter_plusieurs(orientations=queryset)
        self.message_user(request, f"{nombre} orientation(s) acceptée(s).")


@admin.register(MarquePaire)
class MarquePaireAdmin(LectureSeule):
    """Persons and structures whose orientations wait to be matched again."""

    list_display = ("personne", "structure", "cree_le")
    list_select_related = ("personne", "structure")
    search_fields = RECHERCHE_DE_PERSONNE
    roles_lecture = COORDINATION


class OrientationsDeLaPersonne(LignesEnLecture):
    model = Orientation
    fields = ("survenu_le", "structure_origine", "structure", "statut")
    readonly_fields = ("statut",)
    ordering = ("-survenu_le",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("structure", "structure_origine")


completer(Personne, OrientationsDeLaPersonne)
