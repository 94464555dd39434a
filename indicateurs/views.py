"""The pages on figures, for who coordinates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from commun.admin import JourChoisi
from commun.api.errors import Absent
from commun.horloge import aujourd_hui
from commun.validators import jour_passe, jour_plausible
from hebergement.flux import Axe as AxeDeFlux
from hebergement.flux import calculer
from hebergement.models import Site
from indicateurs.perimetres import Portee
from indicateurs.presentation.bilan import derniere_publiee, est_publie, page_du_bilan
from indicateurs.presentation.calendrier import calendrier_d_un_site
from indicateurs.presentation.flux import tableaux_des_flux, traces_des_flux
from indicateurs.presentation.traces import couverture, dernier_jour, traces
from indicateurs.rapports.asa_caarud import asa_caarud
from indicateurs.rapports.classeur import TYPE_DE_CONTENU, en_classeur
from socle.enums import TypeStructure
from socle.models import Structure
from socle.querysets import COORDINATION

PUBLIES, DE_TRAVAIL = "publies", "travail"
# Of the page of flows: what it shows at first, and at most at once.
NUITS_MONTREES, JOURS_AU_PLUS = 30, 366


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


class FluxForm(forms.Form):
    """Nights from one to another, both included; of which site; told by what."""

    du = forms.DateField(label="Du", validators=[jour_passe], widget=JourChoisi())
    au = forms.DateField(label="Au (compris)", validators=[jour_plausible], widget=JourChoisi())
    site = forms.ModelChoiceField(
        label="Site",
        queryset=Site.objects.order_by("nom"),
        to_field_name="code",
        required=False,
        empty_label="Tous",
        widget=UnfoldAdminSelectWidget,
    )
    par = forms.ChoiceField(
        label="Tableaux par", choices=AxeDeFlux.choices, widget=UnfoldAdminSelectWidget
    )

    def clean(self) -> dict[str, Any]:
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        du, au = donnees.get("du"), donnees.get("au")
        if du and au and au < du:
            self.add_error("au", "La fin ne peut précéder le début.")
        elif du and au and (au - du).days >= JOURS_AU_PLUS:
            self.add_error("au", "Une année au plus à la fois.")
        return donnees

    @property
    def titre(self) -> str:
        """« Flux du 1er au 30 novembre 2026 : Hôtel des Acacias »"""
        du, au, site = (self.cleaned_data[nom] for nom in ("du", "au", "site"))
        debut, fin = (
            f"{'1er' if jour.day == 1 else jour.day} {date_format(jour, 'F Y')}"
            for jour in (du, au)
        )
        quand = f"du {debut} au {fin}"
        return f"Flux {quand} : {site.nom if site else 'ensemble du réseau'}"


@require_safe
def bilan(request: HttpRequest) -> HttpResponse:
    """The bilan of a year as it is presented: what was signed, or what would be now."""
    demande = _demande(request, annee=_annee_montree())
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
    form = BilanForm(_demande(request, annee=_annee_montree()))
    if not form.is_valid() or form.cleaned_data["structure"] is None:
        return redirect(f"{reverse('page-bilan')}?{request.GET.urlencode()}")
    rapport = asa_caarud(form.cleaned_data["structure"], form.cleaned_data["annee"])
    entete = {"Content-Disposition": f'attachment; filename="{rapport.fichier}"'}
    return HttpResponse(en_classeur(rapport), content_type=TYPE_DE_CONTENU, headers=entete)


@require_safe
def traces_de_l_annee(request: HttpRequest) -> HttpResponse:
    """The plots of a year, as it is counted now."""
    demande = _demande(request, annee=_annee_montree())
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


@require_safe
def flux_de_l_hebergement(request: HttpRequest) -> HttpResponse:
    """Who arrives, stays, leaves and waits in a period, and the calendar of a site."""
    ce_soir = aujourd_hui()
    depuis = ce_soir - timedelta(days=NUITS_MONTREES - 1)
    form = FluxForm(_demande(request, du=depuis, au=ce_soir, par=AxeDeFlux.SITE))
    contexte: dict[str, Any] = {
        **admin.site.each_context(request), "form": form, "title": "Flux de l'hébergement",
    }  # fmt: skip
    if form.is_valid():
        voulu = form.cleaned_data
        du, au, site = voulu["du"], voulu["au"] + timedelta(days=1), voulu["site"]
        flux = calculer(du, au, AxeDeFlux(voulu["par"]))
        contexte |= {
            "title": form.titre,
            "traces": traces_des_flux(du, au, site),
            "tableaux": tableaux_des_flux(flux),
            "justice": flux["justice"],
            "d_un_site": site is not None,
            **calendrier_d_un_site(site, du, au),
        }
    return TemplateResponse(request, "indicateurs/flux.html", contexte)


def _demande(request: HttpRequest, **defauts: Any) -> dict[str, Any]:
    """What was asked for, beside what is shown to who asks for nothing.

    Raises:
        PermissionDenied: who asks does not coordinate.
    """
    compte: Any = request.user
    if compte.role not in COORDINATION:
        raise PermissionDenied
    return defauts | request.GET.dict()


def _annee_montree() -> int:
    """The last year that was published, else the last that is over."""
    return derniere_publiee() or aujourd_hui().year - 1
