"""The pages on figures, for who coordinates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from commun.api.errors import Absent
from commun.horloge import aujourd_hui
from indicateurs.perimetres import Portee
from indicateurs.presentation.bilan import est_publie, page_du_bilan
from indicateurs.presentation.traces import couverture, dernier_jour, traces
from indicateurs.rapports.asa_caarud import asa_caarud
from indicateurs.rapports.classeur import TYPE_DE_CONTENU, en_classeur
from socle.enums import TypeStructure
from socle.models import Structure
from socle.querysets import COORDINATION

PUBLIES, DE_TRAVAIL = "publies", "travail"


class PorteeForm(forms.Form):
    """A year, and what of it: everything, a structure, or the structures of a type."""

    annee = forms.IntegerField(label="Année", min_value=2000, widget=UnfoldAdminIntegerFieldWidget)
    structure = forms.ModelChoiceField(
        label="Structure",
        queryset=Structure.objects.order_by("nom"),
        to_field_name="code",
        required=False,
        empty_label="Toutes",
        widget=UnfoldAdminSelectWidget,
    )
    type = forms.ChoiceField(
        label="Type de structure",
        choices=[("", "Tous"), *TypeStructure.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def clean_annee(self) -> int:
        annee: int = self.cleaned_data["annee"]
        if annee > aujourd_hui().year:
            raise forms.ValidationError("Cette année n'a pas commencé.")
        return annee

    def clean(self) -> dict[str, Any]:
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        if donnees.get("structure") and donnees.get("type"):
            self.add_error("type", "Une structure ou un type de structure, pas les deux.")
        return donnees

    @property
    def portee(self) -> Portee:
        return Portee(self.cleaned_data["structure"], self.cleaned_data["type"] or None)

    def titrer(self, quoi: str) -> str:
        """« Bilan 2023 : Espace de repos »"""
        voulu = self.cleaned_data
        ou = voulu["structure"] or dict(TypeStructure.choices).get(voulu["type"])
        return f"{quoi} {voulu['annee']} : {ou or 'ensemble du réseau'}"


class BilanForm(PorteeForm):
    chiffres = forms.ChoiceField(
        label="Chiffres",
        choices=[(PUBLIES, "Publiés"), (DE_TRAVAIL, "De travail")],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


@require_safe
def bilan(request: HttpRequest) -> HttpResponse:
    """The bilan of a year as it is presented: what was signed, or what would be now."""
    demande = _demande(request)
    form = BilanForm(demande)
    contexte: dict[str, Any] = {**admin.site.each_context(request), "form": form}
    if form.is_valid():
        voulu = form.cleaned_data
        if not voulu["chiffres"]:
            # What the page shows is what its form says.
            demande["chiffres"] = PUBLIES if est_publie(voulu["annee"]) else DE_TRAVAIL
        if voulu["structure"]:
            contexte["rapport"] = {"annee": voulu["annee"], "structure": voulu["structure"].code}
        contexte["title"] = form.titrer("Bilan")
        try:
            contexte |= page_du_bilan(
                voulu["annee"], form.portee, publie=demande["chiffres"] == PUBLIES
            )
        except Absent as absent:
            contexte["absent"] = absent.detail
    else:
        contexte["title"] = "Bilan"
    return TemplateResponse(request, "indicateurs/bilan.html", contexte)


@require_safe
def rapport_asa_caarud(request: HttpRequest) -> HttpResponse:
    """The report of the structure that the page of the bilan shows; what makes no sense is said
    there, at its field."""
    form = BilanForm(_demande(request))
    if not form.is_valid() or form.cleaned_data["structure"] is None:
        return redirect(f"{reverse('page-bilan')}?{request.GET.urlencode()}")
    rapport = asa_caarud(form.cleaned_data["structure"], form.cleaned_data["annee"])
    entete = {"Content-Disposition": f'attachment; filename="{rapport.fichier}"'}
    return HttpResponse(en_classeur(rapport), content_type=TYPE_DE_CONTENU, headers=entete)


@require_safe
def traces_de_l_annee(request: HttpRequest) -> HttpResponse:
    """The plots of a year, as it is counted now."""
    demande = _demande(request)
    form = PorteeForm(demande)
    contexte: dict[str, Any] = {
        **admin.site.each_context(request), "form": form, "title": "Tracés",
    }  # fmt: skip
    if form.is_valid():
        annee = form.cleaned_data["annee"]
        contexte |= {
            "title": form.titrer("Tracés"),
            "traces": traces(annee, form.portee),
            "couverture": couverture(annee) if form.portee.reseau else [],
            "couverture_le": dernier_jour(annee),
        }
    return TemplateResponse(request, "indicateurs/traces.html", contexte)


def _demande(request: HttpRequest) -> dict[str, Any]:
    """What was asked for, of the last year unless another is named.

    Raises:
        PermissionDenied: who asks does not coordinate.
    """
    compte: Any = request.user
    if compte.role not in COORDINATION:
        raise PermissionDenied
    return {"annee": aujourd_hui().year - 1} | request.GET.dict()
