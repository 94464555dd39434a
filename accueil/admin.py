"""The coordinators' pages on visits and opening days."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accueil.models import JourOuverture, Passage
from commun.admin import IntervalleDeJours
from contacts.admin import (
    RECHERCHE_DE_PERSONNE,
    DeSonOrganisme,
    ExtensionDeContactAdmin,
    ExtensionDeContactForm,
)
from contacts.enums import Cadre


class PassageForm(ExtensionDeContactForm):
    cadre = Cadre.ACCUEIL


@admin.register(Passage)
class PassageAdmin(ExtensionDeContactAdmin):
    form = PassageForm
    champs_du_contact = ("structure", *ExtensionDeContactAdmin.champs_du_contact)
    fixes = ("structure",)
    list_display = (
        "survenu", "structure_du_contact", "personne_du_contact", "genre_du_contact", "parti_le"
    )  # fmt: skip
    list_filter = (
        ("contact__structure", RelatedDropdownFilter),
        ("parti_le", admin.EmptyFieldListFilter),
        # A ladder of years and months would look at every visit to draw itself.
        ("contact__jour", IntervalleDeJours),
    )
    ordering = ("-contact__survenu_le",)
    search_fields = tuple(f"contact__{champ}" for champ in RECHERCHE_DE_PERSONNE)
    readonly_fields = ("structure_du_contact",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        structure = "structure_du_contact" if obj else "structure"
        return [
            (None, {"fields": (structure, "personne", ("genre_observe", "tranche_age_observee"))}),
            ("Quand", {"fields": ("survenu_le", "parti_le")}),
        ]


@admin.register(JourOuverture)
class JourOuvertureAdmin(DeSonOrganisme):
    list_display = ("jour", "structure", "ouverte", "motif")
    list_select_related = ("structure",)
    list_filter = (("structure", RelatedDropdownFilter), "ouverte")
    date_hierarchy = "jour"
    search_fields = ("structure__nom__unaccent", "motif__unaccent")
    autocomplete_fields = ("structure",)
    fields = ("structure", ("jour", "ouverte"), "motif")
