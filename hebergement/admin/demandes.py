"""The coordinators' pages on who waits for a place, what is proposed, and what a wait is worth."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, When
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action

from commun.admin import RIEN_AVANT, LignesEnLecture, faire_relire, ouvrir_un_geste
from commun.admin.listes import Liste
from commun.horloge import aujourd_hui, en_clair, maintenant
from contacts.admin import RECHERCHE_DE_PERSONNE
from hebergement import services
from hebergement.admin.annonces import place_proposee
from hebergement.admin.bases import Coordination, Geste, RefusForm
from hebergement.attente import BESOINS, DANS_L_ORDRE, alertes, explication
from hebergement.enums import (
    ORIGINE_FIXEE,
    ORIGINES_DITES,
    ORIGINES_TUES,
    Besoin,
    StatutDemande,
    StatutProposition,
)
from hebergement.models import DemandeHebergement, Place, PoidsAttente, Proposition
from socle.querysets import COORDINATION


class PlaceAProposer(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A free place, and what it lacks for the request."""

    demande: DemandeHebergement

    def label_from_instance(self, obj: Any) -> str:
        jusque = f", libre jusqu'au {obj.libre_jusqu_au:%d/%m/%Y}" if obj.libre_jusqu_au else ""
        dits = " ; ".join(manques(self.demande, obj))
        return f"{obj}{jusque}" + (f" ({dits})" if dits else "")


def manques(demande: DemandeHebergement, place: Any) -> list[str]:
    """What a place lacks for a request, that has its `a_deux` and `sous_contingent`."""
    trouves = alertes(demande, place, a_deux=place.a_deux, sous_contingent=place.sous_contingent)
    return [Besoin(besoin).label for besoin in trouves]


class PropositionForm(Geste):
    place = PlaceAProposer(
        label="place", queryset=Place.objects.none(), empty_label="Choisir une place libre",
        help_text="Celles qui conviennent d'abord ; entre parenthèses, ce qui manque.",
    )  # fmt: skip

    def __init__(self, demande: DemandeHebergement, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        jour = aujourd_hui()
        ordre = [Case(When(type=demande.type_place, then=0), default=1)]
        for besoin, offre in BESOINS.items():
            demande_le = getattr(demande, besoin.lower())
            if demande_le or besoin == Besoin.RESERVEE_FEMMES:
                ordre.append(Case(When(**{offre: demande_le}, then=0), default=1))
        champ: Any = self.fields["place"]
        champ.demande = demande
        champ.queryset = (
            Place.objects.libres(jour)
            .tenables()
            .avec_a_deux(jour, demande.menage_id)
            .avec_contingents(jour, sauf=demande.structure.organisme_id)
            .select_related("site")
            .order_by(*ordre, "site__nom", "libelle")
        )


class AnnulationForm(Geste):
    precisions = forms.CharField(label="pourquoi", max_length=200)


class PropositionsEnLecture(LignesEnLecture):
    model = Proposition
    fields = ("place", "statut", "expire_le", "attendue_le", "motif_refus", "a_la_place")
    readonly_fields = ("statut",)
    ordering = ("-cree_le",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", lignes.avec_statut().select_related("place__site"))

    @admin.display(description="où elle en est")
    def statut(self, obj: Any) -> str:
        return StatutProposition(obj.statut).label


class StatutDeLaDemande(admin.SimpleListFilter):
    title = "où elle en est"
    parameter_name = "statut"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(StatutDemande.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        connu = self.value() in StatutDemande.values
        return queryset.filter(statut=self.value()) if connu else queryset


class OrigineDite(DropdownFilter):
    title = "origine"
    parameter_name = "origine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return ORIGINES_DITES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        connue = self.value() in dict(ORIGINES_DITES)
        return queryset.filter(origine=self.value()) if connue else queryset


class DemandeForm(ModelForm):  # type: ignore[type-arg]
    """An origin that is never told of a person is not shown, and not corrected."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.origine in ORIGINES_TUES:
            champ: Any = self.fields["origine"]
            champ.required = False
            champ.choices = [("", "— (ne se corrige pas)")]
            champ.help_text = ORIGINE_FIXEE
            self.initial["origine"] = ""

    def clean_origine(self) -> str:
        return str(self.cleaned_data["origine"] or self.instance.origine)


class ListeDAttente(Liste):
    """Who waits on top, the first in the order before the others; those that are closed after."""

    def _get_default_ordering(self) -> list[str]:
        return ["issue", *DANS_L_ORDRE]


@admin.register(DemandeHebergement)
class DemandeHebergementAdmin(Coordination):
    """Who waits, the first in the order on top, and why each stands where it does."""

    form = DemandeForm
    list_display = (
        "personne", "type_place", "statut", "points", "demandee_le", "priorite",
        "structure", "origine_dite",
    )  # fmt: skip
    list_filter = (
        StatutDeLaDemande, ("type_place", ChoicesDropdownFilter),
        ("structure", RelatedDropdownFilter), OrigineDite,
        ("priorite", ChoicesDropdownFilter),
    )  # fmt: skip
    date_hierarchy = "demandee_le"
    search_fields = RECHERCHE_DE_PERSONNE
    autocomplete_fields = ("personne", "structure", "contact", "menage")
    readonly_fields = (
        "statut", "pourquoi", "sejour", "close_le", "motif_refus", "precisions", "a_la_place",
        "auteur", "saisi_le", "recu_le",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (
            ("personne", "structure"), ("origine", "demandee_le"), ("type_place", "contact"),
        )}),
        ("Besoins", {"fields": (
            ("reservee_femmes", "plain_pied"), ("animal", "couple"), "menage",
        )}),
        ("Priorité", {"fields": (("priorite", "motif_priorite"),)}),
        ("Où elle en est", {"fields": (
            ("statut", "close_le"), "pourquoi", "sejour", ("motif_refus", "precisions"),
            "a_la_place",
        )}),
        ("Saisie", {"fields": (("auteur", "saisi_le", "recu_le"),)}),
    )  # fmt: skip
    inlines = (PropositionsEnLecture,)
    actions_detail = ("proposer", "refuser", "annuler")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)
        return cast(
            "QuerySet[Any]",
            lignes.avec_statut()
            .avec_points()
            .select_related("personne", "structure", "contact", "menage", "sejour", "auteur"),
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListeDAttente]:
        return ListeDAttente

    def champs_caches(self, request: HttpRequest, obj: Any) -> set[str]:
        # Of every request: where the history of one alone kept silent, it would be told.
        return super().champs_caches(request, obj) | {"origine"}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = list(super().get_fieldsets(request, obj))
        return groupes if obj else groupes[:3]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixes = ("personne", "structure", "contact") if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixes)

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        if not change:
            self.nommer(request, obj)
        super().save_model(request, obj, form, change)

    @admin.display(description="où elle en est", ordering="statut")
    def statut(self, obj: Any) -> str:
        return StatutDemande(obj.statut).label

    @admin.display(description="origine", empty_value="—")
    def origine_dite(self, obj: Any) -> str | None:
        return dict(ORIGINES_DITES).get(obj.origine)

    @admin.display(description="points", ordering="points")
    def points(self, obj: Any) -> int | None:
        return None if obj.issue else int(obj.points)

    @admin.display(description="pourquoi ce rang", empty_value="—")
    def pourquoi(self, obj: Any) -> str | None:
        rang = DemandeHebergement.objects.rangs().get(obj.pk)
        if rang is None:
            return None
        lignes = format_html_join(
            "", "<tr><td class='pr-4'>{}</td><td class='pr-4'>{} × {}</td><td>{}</td></tr>",
            ((c["libelle"], c["mesure"], c["poids"], c["points"]) for c in explication(
                obj, PoidsAttente.objects.en_vigueur()
            )),
        )  # fmt: skip
        return format_html(
            "Rang {} des demandes de ce type de place, avec {} points."
            "<table class='mt-2'>{}</table>", rang, obj.points, lignes,
        )  # fmt: skip

    def _demande(self, request: HttpRequest, object_id: str) -> Any:
        demande = self.get_object(request, object_id)
        if demande is None or not self.has_change_permission(request, demande):
            raise PermissionDenied
        return demande

    def has_geste_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_change_permission(request):
            return False
        demande: Any = self.get_object(request, object_id)
        return demande is not None and not demande.issue

    @action(description="Proposer une place", url_path="proposer", icon="bed",  # type: ignore[untyped-decorator]
            permissions=["geste"])  # fmt: skip
    def proposer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hold a free place for this request."""
        demande = self._demande(request, object_id)
        form = PropositionForm(
            demande, request.POST or None, initial={"place": request.GET.get("place")}
        )

        def faire() -> Any:
            place = form.cleaned_data["place"]
            rang = DemandeHebergement.objects.rangs().get(demande.pk)
            proposition = services.proposer(
                demande=demande, auteur=cast("Any", request.user), recu_le=maintenant(), place=place
            )
            faire_relire(request, place_proposee(proposition, rang, manques(demande, place)))
            return proposition

        return ouvrir_un_geste(
            self, request, demande, form, faire,
            titre=f"Proposer une place à {demande.personne}",
            bouton="Voir ce qui sera fait",
            fait=lambda p: f"{p.place} est retenue jusqu'au {en_clair(p.expire_le)}.",
            consequences=(RIEN_AVANT,),
        )  # fmt: skip

    @action(description="Refuser", url_path="refuser", icon="cancel",  # type: ignore[untyped-decorator]
            permissions=["geste"])  # fmt: skip
    def refuser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close a request that leads to no stay."""
        demande = self._demande(request, object_id)
        form = RefusForm(request.POST or None)

        def faire() -> Any:
            dit = dict(form.cleaned_data)
            issue = StatutDemande(f"REFUSEE_{dit.pop('par')}")
            return services.clore(demande=demande, issue=issue, **dit)

        return self._clore(request, demande, form, faire, "Refuser la demande")

    @action(description="Annuler", url_path="annuler", icon="undo", permissions=["geste"])  # type: ignore[untyped-decorator]
    def annuler(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Withdraw a request that should not have been made."""
        demande = self._demande(request, object_id)
        form = AnnulationForm(request.POST or None)
        return self._clore(
            request, demande, form,
            lambda: services.clore(
                demande=demande, issue=StatutDemande.ANNULEE, **form.cleaned_data
            ),
            "Annuler la demande",
        )  # fmt: skip

    def _clore(
        self, request: HttpRequest, demande: Any, form: Geste, faire: Any, titre: str
    ) -> HttpResponse:
        return ouvrir_un_geste(
            self, request, demande, form, faire,
            titre=f"{titre} de {demande.personne}", bouton=titre,
            fait=lambda d: f"{d.get_issue_display()}.",
            consequences=("La demande est close ; une place qui serait retenue est libérée.",),
        )  # fmt: skip


@admin.register(PoidsAttente)
class PoidsAttenteAdmin(Coordination):
    """What counts in the order of the waiting list."""

    list_display = ("critere", "poids", "modifie_le")
    search_fields = ("critere",)
    fields = (("critere", "poids"),)
    roles_suppression = frozenset()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("critere",) if obj else ()
