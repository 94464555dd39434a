"""The pages on rounds: planned, followed, corrected, with their stops and observations."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, cast

from django.contrib import admin
from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from commun.admin import (
    FicheAdmin,
    FormulaireDeLigne,
    LignesEcrites,
    LignesEnLecture,
    LignesModifiables,
    trop_nombreuses,
)
from commun.api.viewsets import en_uuid
from commun.historique import evenements_de
from commun.horloge import en_clair
from maraudes import services
from maraudes.enums import StatutEtape
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from socle.querysets import COORDINATION


class EtapeForm(FormulaireDeLigne):
    """Two stops may trade places: the database looks at the order once all are written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ordre"].required = False

    def validate_constraints(self) -> None:
        pass


class EtapesFormSet(LignesEcrites):
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
    def survenu(self, obj: Any) -> str:
        return en_clair(obj.contact.survenu_le)

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
        if formset.model is Observation and any(f.has_changed() for f in formset.extra_forms):
            services.retenir_maraudes([form.instance.pk])
        super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        etapes = any(f.model is Etape and f.has_changed() for f in formsets)
        if etapes or "statut" in form.changed_data:
            services.accorder_etapes(maraude=form.instance)

    def historiques(self, request: HttpRequest, obj: Any) -> list[QuerySet[Any]]:
        return [*super().historiques(request, obj), evenements_de(Etape).filter(maraude_id=obj.pk)]

    @admin.display(description="étapes visitées", ordering="etapes_visitees")
    def visites(self, obj: Any) -> str:
        return f"{obj.etapes_visitees} / {obj.etapes_total}"

    @admin.display(description="rencontres", ordering="nombre_de_rencontres")
    def rencontres_total(self, obj: Any) -> int:
        return int(obj.nombre_de_rencontres)

    @admin.action(description="Annuler les maraudes choisies")
    def annuler(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        if trop_nombreuses(self, request, queryset):
            return
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

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        autre = en_uuid(request.POST.get("maraude"))
        services.verrouiller_maraudes({*(etape.maraude_id for etape in objets), autre} - {None})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        services.accorder_etapes(maraude=obj.maraude)
