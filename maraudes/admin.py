"""The coordinators' pages on rounds: where teams go, when, and whom they meet."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from commun.admin import FicheAdmin, LignesEnLecture, LignesModifiables
from commun.historique import evenements_de
from commun.horloge import aujourd_hui
from contacts.admin import (
    RECHERCHE_DE_PERSONNE,
    ExtensionDeContactAdmin,
    ExtensionDeContactForm,
    est_propre,
)
from contacts.enums import Cadre
from contacts.models import Contact
from maraudes import services
from maraudes.enums import StatutEtape
from maraudes.models import Etape, Ligne, Maraude, Observation, Rencontre, Secteur
from socle.querysets import COORDINATION, REFERENCE


@admin.register(Ligne)
class LigneAdmin(FicheAdmin):
    list_display = ("code", "stations")
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
    def derniere_visite(self, obj: Any) -> Any:
        return getattr(obj, "derniere_visite", None)

    @admin.display(description="lignes")
    def lignes_desservies(self, obj: Any) -> str:
        return ", ".join(ligne.code for ligne in obj.lignes.all())


class EtapeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Two stops may trade places: the database looks at the order once all are written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ordre"].required = False

    def validate_constraints(self) -> None:
        pass


class EtapesFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """A stop without an order comes after those that have one."""
        super().clean()
        etapes = [form for form in self.forms if form not in self.deleted_forms]
        dernier = max((form.cleaned_data.get("ordre") or 0 for form in etapes), default=0)
        for form in etapes:
            if form.cleaned_data.get("secteur") and form.cleaned_data.get("ordre") is None:
                dernier += 1
                form.instance.ordre = dernier


class EtapesEnLigne(LignesModifiables):
    model = Etape
    form = EtapeForm
    formset = EtapesFormSet
    fields = ("ordre", "secteur", "statut")
    ordering = ("ordre",)
    choix_partages = ("secteur",)
    hide_title = True
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("secteur")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # A plain list of names: the last visit of each is not wanted here.
        kwargs["queryset"] = Secteur.objects.order_by("nom")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


# What was observed of a person is part of a file: another organisme's is not told.
OBSERVES = frozenset({"genre_observe", "tranche_age_observee"})


def de_l_organisme(request: HttpRequest) -> Any:
    compte: Any = request.user
    return ExpressionWrapper(
        Q(contact__structure__organisme=compte.organisme_id), output_field=BooleanField()
    )


class RencontresEnLecture(LignesEnLecture):
    model = Rencontre
    verbose_name_plural = "rencontres"
    fields = ("survenu", "secteur", "personne", "genre", "issue")
    readonly_fields = ("survenu", "personne", "genre", "issue")
    ordering = ("contact__survenu_le",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("contact__personne", "secteur")
            .annotate(propre=de_l_organisme(request))
        )

    @admin.display(description="survenu le")
    def survenu(self, obj: Any) -> Any:
        return obj.contact.survenu_le

    @admin.display(description="personne", empty_value="—")
    def personne(self, obj: Any) -> Any:
        return obj.contact.personne

    @admin.display(description="genre observé", empty_value="—")
    def genre(self, obj: Any) -> str | None:
        return str(obj.contact.get_genre_observe_display()) if obj.propre else None

    @admin.display(description="issue")
    def issue(self, obj: Any) -> str:
        return str(obj.contact.get_issue_display())


class ObservationsEnLigne(LignesModifiables):
    model = Observation
    fields = ("secteur", "texte", "personnes_vues", "survenu_le")
    ordering = ("survenu_le",)
    choix_partages = ("secteur",)
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Secteur.objects.order_by("nom")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class CadreDeMaraude(FicheAdmin):
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION


@admin.register(Maraude)
class MaraudeAdmin(CadreDeMaraude):
    list_display = (
        "jour", "equipe", "milieu", "statut", "debut_le", "fin_le", "visites", "rencontres_total"
    )  # fmt: skip
    list_select_related = ("equipe",)
    list_filter = (
        ("statut", ChoicesDropdownFilter), "milieu", ("equipe", RelatedDropdownFilter)
    )  # fmt: skip
    date_hierarchy = "jour"
    search_fields = ("equipe__nom__unaccent", "etapes__secteur__nom__unaccent")
    autocomplete_fields = ("equipe", "membres")
    readonly_fields = ("jour", "saisi_le", "recu_le", "auteur")
    fieldsets = (
        (None, {"fields": (("equipe", "milieu"), ("statut", "jour_prevu"),
                           "debut_le", "fin_le", "membres", "transmission")}),
        ("Saisie", {"fields": (("jour", "auteur"), ("saisi_le", "recu_le")),
                    "classes": ("collapse",)}),
    )  # fmt: skip
    inlines = (EtapesEnLigne, RencontresEnLecture, ObservationsEnLigne)
    actions = ("annuler",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        def compter(modele: Any, **filtres: Any) -> Coalesce:
            lignes = modele.objects.filter(maraude=OuterRef("pk"), **filtres).order_by()
            nombre = lignes.values("maraude").annotate(n=Count("pk")).values("n")
            return Coalesce(Subquery(nombre, output_field=IntegerField()), 0)

        return (
            super()
            .get_queryset(request)
            .select_related("equipe")
            .annotate(
                etapes_total=compter(Etape),
                etapes_visitees=compter(Etape, statut=StatutEtape.VISITEE),
                nombre_de_rencontres=compter(Rencontre),
            )
        )

    def _changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A round and its stops are written one after the other, and judged together.
        with services.etapes_en_chantier() if request.method == "POST" else nullcontext():
            return cast("HttpResponse", super()._changeform_view(request, *args, **kwargs))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Etape and formset.has_changed():
            services.accorder_etapes(maraude=form.instance)

    def historiques(self, obj: Any) -> list[QuerySet[Any]]:
        return [*super().historiques(obj), evenements_de(Etape).filter(maraude_id=obj.pk)]

    @admin.display(description="étapes visitées", ordering="etapes_visitees")
    def visites(self, obj: Any) -> str:
        return f"{obj.etapes_visitees} / {obj.etapes_total}"

    @admin.display(description="rencontres", ordering="nombre_de_rencontres")
    def rencontres_total(self, obj: Any) -> int:
        return int(obj.nombre_de_rencontres)

    @admin.action(description="Annuler les maraudes choisies")
    def annuler(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        annulees, refus = services.annuler_plusieurs(maraudes=queryset)
        self.message_user(request, f"{annulees} maraude(s) annulée(s).")
        if refus:
            self.message_user(
                request,
                f"{refus} maraude(s) gardée(s) : close(s), ou avec des rencontres.",
                level="WARNING",
            )


@admin.register(Etape)
class EtapeAdmin(CadreDeMaraude):
    list_display = ("maraude", "ordre", "secteur", "statut")
    list_select_related = ("maraude__equipe", "secteur")
    list_filter = (("statut", ChoicesDropdownFilter), ("secteur", AutocompleteSelectFilter))
    date_hierarchy = "maraude__jour"
    ordering = ("-maraude__jour", "maraude", "ordre")
    search_fields = ("secteur__nom__unaccent", "maraude__equipe__nom__unaccent")
    autocomplete_fields = ("maraude", "secteur")
    fields = ("maraude", ("ordre", "secteur"), "statut")


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
        (None, {"fields": (("maraude", "secteur"), "personne",
                           ("genre_observe", "tranche_age_observee"), "issue", "survenu_le")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("maraude__equipe__structure", "secteur")
            .annotate(propre=de_l_organisme(request))
        )

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
