"""Rows of another model on a page: written there, or read with a link to their own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from commun.admin.droits import DroitsParRole
from commun.admin.instants import FormulaireDeLigne

# Whatever number of rows a submission announces.
LIGNES_PERMISES = 200


class LignesEcrites(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows that may contradict one another, told by the names that the page shows."""

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        champs: Any = self.model
        noms = [
            str(champs._meta.get_field(champ).verbose_name)
            for champ in unique_check
            if champ != self.fk.name
        ]
        return f"Deux lignes ont les mêmes valeurs : {', '.join(noms)}."


class LignesModifiables(DroitsParRole, TabularInline):
    """Rows written on the page of another model."""

    formset = LignesEcrites
    form = FormulaireDeLigne
    extra = 0
    max_num = 200
    # A select of each row would ask the database for the same choices again.
    choix_partages: ClassVar[tuple[str, ...]] = ()

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"absolute_max": LIGNES_PERMISES, **kwargs})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if champ is not None and db_field.name in self.choix_partages:
            nom = f"_choix_{db_field.model._meta.model_name}_{db_field.name}"
            if not hasattr(request, nom):
                setattr(request, nom, list(champ.choices))
            champ.choices = getattr(request, nom)
        return champ


class LignesLues(PaginationInlineFormSet):
    """The rows that there are, whatever a submission says of them: it writes none."""

    def initial_form_count(self) -> int:
        return len(self.get_queryset())

    def total_form_count(self) -> int:
        return self.initial_form_count()

    def is_valid(self) -> bool:
        return True

    def save(self, commit: bool = True) -> list[Any]:
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []
        return []


class LignesEnLecture(DroitsParRole, TabularInline):
    """Rows of another model, each with a link to its own page, twenty at a time."""

    formset = LignesLues
    extra = 0
    max_num = 0
    can_delete = False
    hide_title = True
    per_page = 20

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_fields(request, obj), "fiche"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "fiche"]

    @admin.display(description="fiche")
    def fiche(self, obj: Any) -> str:
        adresse = reverse(
            f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk]
        )
        return format_html('<a class="font-medium text-primary-600" href="{}">Ouvrir</a>', adresse)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def completer(modele: type[Model], *lignes: type[TabularInline]) -> None:
    """Show, on the page of a model of a lower room, rows of the room that calls."""
    fiche = type(admin.site.get_model_admin(modele))
    fiche.inlines = (*fiche.inlines, *lignes)
