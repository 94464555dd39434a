"""The pages on figures, for who coordinates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from commun.api.errors import Absent
from commun.horloge import aujourd_hui
from indicateurs.perimetres import Portee
from indicateurs.presentation.bilan import est_publie, page_du_bilan
from socle.enums import TypeStructure
from socle.models import Structure
from socle.querysets import COORDINATION

PUBLIES, DE_TRAVAIL = "publies", "travail"


class BilanForm(forms.Form):
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
    chiffres = forms.ChoiceField(
        label="Chiffres",
        choices=[(PUBLIES, "Publiés"), (DE_TRAVAIL, "De travail")],
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


@require_safe
def bilan(request: HttpRequest) -> HttpResponse:
    """The bilan of a year as it is presented: what was signed, or what would be now."""
    compte: Any = request.user
    if compte.role not in COORDINATION:
        raise PermissionDenied
    demande = {"annee": aujourd_hui().year - 1} | request.GET.dict()
    form = BilanForm(demande)
    contexte: dict[str, Any] = {**admin.site.each_context(request), "form": form}
    if form.is_valid():
        voulu = form.cleaned_data
        if not voulu["chiffres"]:
            # What the page shows is what its form says.
            demande["chiffres"] = PUBLIES if est_publie(voulu["annee"]) else DE_TRAVAIL
        portee = Portee(voulu["structure"], voulu["type"] or None)
        titre = voulu["structure"] or dict(TypeStructure.choices).get(voulu["type"])
        contexte["title"] = f"Bilan {voulu['annee']} : {titre or 'ensemble du réseau'}"
        try:
            contexte |= page_du_bilan(voulu["annee"], portee, publie=demande["chiffres"] == PUBLIES)
        except Absent as absent:
            contexte["absent"] = absent.detail
    else:
        contexte["title"] = "Bilan"
    return TemplateResponse(request, "indicateurs/bilan.html", contexte)
