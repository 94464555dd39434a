"""The pages on what happened during rounds: whom a team met, what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import (
    Q,
    QuerySet,
)
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)

from contacts.admin import (
    RECHERCHE_DE_PERSONNE,
    ExtensionDeContactAdmin,
    ExtensionDeContactForm,
    est_propre,
)
from contacts.enums import Cadre
from contacts.models import Contact
from maraudes import services
from maraudes.admin.maraudes import OBSERVES, CadreDeMaraude, de_l_organisme
from maraudes.models import Maraude, Observation, Rencontre


class RencontreForm(ExtensionDeContactForm):
    cadre = Cadre.MARAUDE

    def preparer(self, contact: Contact) -> None:
        maraude = self.cleaned_data.get("maraude") or getattr(self.instance, "maraude", None)
        if maraude is not None:
            contact.structure = maraude.equipe.structure


@admin.register(Rencontre)
class RencontreAdmin(ExtensionDeContactAdmin):
    """Seen by who sees the round: the whole network's, for coordination."""

    form = RencontreForm
    champs_du_contact = (*ExtensionDeContactAdmin.champs_du_contact, "issue")
    list_display = (
        "survenu", "maraude", "secteur", "personne_du_contact", "genre_du_contact",
        "issue_du_contact",
    )  # fmt: skip
    list_select_related = ("maraude__equipe", "secteur")
    list_filter = (
        ("contact__issue", ChoicesDropdownFilter), ("secteur", AutocompleteSelectFilter)
    )  # fmt: skip
    date_hierarchy = "contact__jour"
    ordering = ("-contact__survenu_le",)
    search_fields = (
        *(f"contact__{champ}" for champ in RECHERCHE_DE_PERSONNE), "secteur__nom__unaccent"
    )  # fmt: skip
    autocomplete_fields = ("maraude", "secteur")
    fieldsets = (
        (None, {"fields": ("maraude", "secteur", "personne",
                           ("genre_observe", "tranche_age_observee"), "issue", "survenu_le")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("maraude__equipe__structure", "secteur")
            .annotate(propre=de_l_organisme(request))
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rounds of one's own organisme: the contact is its structure's."""
        if db_field.name == "maraude":
            compte: Any = request.user
            propres = Q(equipe__structure__organisme=compte.organisme_id)
            kwargs["queryset"] = Maraude.objects.filter(propres)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        services.verrouiller_maraudes([rencontre.maraude_id for rencontre in objets])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            services.retenir_maraudes([obj.maraude_id])
        super().save_model(request, obj, form, change)
        services.marquer_visitees([obj])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("maraude", "survenu", "personne_du_contact", "issue_du_contact")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of another organisme's encounter: who by code, where and when; not what was observed."""
        if obj is None or est_propre(request, obj):
            return super().get_fieldsets(request, obj)
        vus = ("maraude", "secteur", "personne_du_contact", "issue_du_contact", "survenu")
        return [(None, {"fields": vus})]

    def champs_caches(self, request: HttpRequest, obj: Any) -> set[str]:
        caches = super().champs_caches(request, obj)
        return caches if est_propre(request, obj) else caches | OBSERVES

    @admin.display(description="genre observé", empty_value="—")
    def genre_du_contact(self, obj: Any) -> str | None:
        return str(obj.contact.get_genre_observe_display()) if obj.propre else None

    @admin.display(description="issue", ordering="contact__issue")
    def issue_du_contact(self, obj: Any) -> str:
        return str(obj.contact.get_issue_display())


@admin.register(Observation)
class ObservationAdmin(CadreDeMaraude):
    list_display = ("survenu_le", "maraude", "secteur", "texte", "personnes_vues")
    list_select_related = ("maraude__equipe", "secteur")
    list_filter = (("secteur", AutocompleteSelectFilter),)
    date_hierarchy = "survenu_le"
    search_fields = ("texte__unaccent", "secteur__nom__unaccent")
    autocomplete_fields = ("maraude", "secteur")
    readonly_fields = ("saisi_le", "recu_le", "auteur")
    fields = (
        ("maraude", "secteur"), "texte", "personnes_vues", "survenu_le",
        ("auteur", "saisi_le", "recu_le"),
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            services.retenir_maraudes([obj.maraude_id])
        super().save_model(request, obj, form, change)
