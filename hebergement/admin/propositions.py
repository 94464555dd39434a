"""The coordinators' pages on what is proposed, and what became of it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action

from commun.admin import (
    RIEN_AVANT,
    JourChoisi,
    LectureSeule,
    faire_relire,
    ouvrir_un_geste,
)
from commun.horloge import aujourd_hui, maintenant
from commun.models import uuid7
from commun.validators import jour_a_venir, jour_passe
from contacts.admin import RECHERCHE_DE_PERSONNE
from hebergement import services
from hebergement.admin.annonces import proposition_retiree
from hebergement.admin.bases import Geste, RefusForm
from hebergement.enums import StatutProposition
from hebergement.models import Place, Proposition
from socle.querysets import COORDINATION


class AcceptationForm(Geste):
    attendue_le = forms.DateField(label="jour de l'arrivée", validators=[jour_a_venir],
                                  widget=JourChoisi())  # fmt: skip


class ConfirmationForm(Geste):
    arrivee = forms.DateField(label="arrivée le", validators=[jour_passe], widget=JourChoisi())
    depart = forms.DateField(
        label="départ prévu le", required=False, validators=[jour_a_venir], widget=JourChoisi(),
        help_text="Vide : on ne le sait pas. Le jour où la place n'est plus libre, s'il y en a un.",
    )  # fmt: skip


@admin.register(Proposition)
class PropositionAdmin(LectureSeule):
    """What is held for whom, until when; each answer through the verbs of the service."""

    list_display = ("personne", "place", "statut", "expire_le", "attendue_le", "motif_refus")
    list_filter = (
        ("issue", ChoicesDropdownFilter), ("place__site", AutocompleteSelectFilter),
        ("motif_refus", ChoicesDropdownFilter),
    )  # fmt: skip
    date_hierarchy = "cree_le"
    search_fields = tuple(f"demande__{champ}" for champ in RECHERCHE_DE_PERSONNE)
    fields = (
        ("demande", "place"), ("statut", "expire_le"), ("acceptee_le", "attendue_le"),
        ("motif_refus", "precisions"), "a_la_place", ("retenue", "finie_le"),
        ("auteur", "saisi_le", "recu_le"),
    )  # fmt: skip
    readonly_fields = ("statut",)
    roles_lecture = COORDINATION
    actions_detail = ("accepter", "confirmer", "refuser", "annuler")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)
        return cast(
            "QuerySet[Any]",
            lignes.avec_statut().select_related(
                "demande__personne", "place__site__structure", "retenue", "auteur"
            ),
        )

    @admin.display(description="personne")
    def personne(self, obj: Any) -> str:
        return str(obj.demande.personne)

    @admin.display(description="où elle en est", ordering="statut")
    def statut(self, obj: Any) -> str:
        return StatutProposition(obj.statut).label

    def has_geste_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_view_permission(request):
            return False
        proposition: Any = self.get_object(request, object_id)
        # What ended while its page was open is told by the verb, not by a closed door.
        return proposition is not None and (request.method == "POST" or not proposition.issue)

    def _proposition(self, request: HttpRequest, object_id: str) -> Any:
        proposition = self.get_object(request, object_id)
        if proposition is None or not self.has_view_permission(request):
            raise PermissionDenied
        return proposition

    def _suite(self, fait: str, place: Place) -> str:
        """With who is next for a place that is free."""
        suivante = services.suivante(place)
        return fait if suivante is None else f"{fait} Demande suivante : {suivante.personne}."

    @action(description="Accepter", url_path="accepter", icon="check", permissions=["geste"])  # type: ignore[untyped-decorator]
    def accepter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        proposition = self._proposition(request, object_id)
        form = AcceptationForm(request.POST or None, initial={"attendue_le": aujourd_hui()})
        return ouvrir_un_geste(
            self, request, proposition, form,
            lambda: services.accepter(
                proposition=proposition, auteur=cast("Any", request.user), **form.cleaned_data
            ),
            titre=f"{proposition.demande.personne} accepte {proposition.place}",
            bouton="Accepter",
            fait=lambda p: f"Attendue le {p.attendue_le:%d/%m/%Y}.",
            consequences=(
                "La place reste retenue jusqu'au délai de présentation du site ; passé ce délai, "
                "elle est libre et la personne est dite non présentée.",
            ),
        )  # fmt: skip

    @action(description="Confirmer l'arrivée", url_path="confirmer", icon="login",  # type: ignore[untyped-decorator]
            permissions=["geste"])  # fmt: skip
    def confirmer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        proposition = self._proposition(request, object_id)
        jour = aujourd_hui()
        place = Place.objects.avec_libre_jusqu_au(jour).get(pk=proposition.place_id)
        form = ConfirmationForm(
            request.POST or None, initial={"arrivee": jour, "depart": place.libre_jusqu_au}
        )
        return ouvrir_un_geste(
            self, request, proposition, form,
            lambda: services.confirmer(
                proposition=proposition, auteur=cast("Any", request.user), uuid=uuid7(),
                recu_le=maintenant(), **form.cleaned_data,
            ),
            titre=f"{proposition.demande.personne} est à {proposition.place}",
            bouton="Confirmer l'arrivée",
            fait=lambda sejour: f"Séjour ouvert le {sejour.arrivee:%d/%m/%Y}.",
            consequences=("La retenue devient un séjour, et la demande est close.",),
        )  # fmt: skip

    @action(description="Refuser", url_path="refuser", icon="cancel", permissions=["geste"])  # type: ignore[untyped-decorator]
    def refuser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        proposition = self._proposition(request, object_id)
        form = RefusForm(request.POST or None)

        def faire() -> Any:
            dit = dict(form.cleaned_data)
            issue = StatutProposition(f"REFUSEE_{dit.pop('par')}")
            return services.refuser(proposition=proposition, issue=issue, **dit)

        return ouvrir_un_geste(
            self, request, proposition, form, faire,
            titre=f"{proposition.place} est refusée", bouton="Refuser",
            fait=lambda p: self._suite("Refus enregistré, la place est libre.", p.place),
            consequences=("La demande garde son ancienneté et son rang ; la place est libre.",),
        )  # fmt: skip

    @action(description="Retirer", url_path="annuler", icon="undo", permissions=["geste"])  # type: ignore[untyped-decorator]
    def annuler(self, request: HttpRequest, object_id: str) -> HttpResponse:
        proposition = self._proposition(request, object_id)

        def faire() -> Any:
            retiree = services.retirer(proposition=proposition)
            faire_relire(request, proposition_retiree(retiree))
            return retiree

        return ouvrir_un_geste(
            self, request, proposition, forms.Form(request.POST), faire,
            titre=f"Retirer la proposition de {proposition.place}",
            bouton="Voir ce qui sera fait",
            fait=lambda p: self._suite("La proposition est retirée.", p.place),
            consequences=(RIEN_AVANT,),
        )  # fmt: skip
