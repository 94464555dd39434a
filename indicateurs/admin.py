"""The pages on published figures, on the partners who pull them, and on what they pulled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget

from commun.admin import FicheAdmin, LectureSeule
from commun.api.errors import Conflit
from commun.horloge import maintenant
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import IndicateurSaisi, Niveau, StatutPublication
from indicateurs.models import TOUS, Chiffre, ChiffreSaisi, Consultation, Partenaire, Publication
from indicateurs.publications.changements import changements, libelle
from indicateurs.publications.lecture import DE_STRUCTURES
from indicateurs.series import NON_RENSEIGNE
from indicateurs.sources import Axe
from socle.enums import TypeStructure
from socle.models import Jeton
from socle.querysets import ADMINISTRATION, COORDINATION


class PeriodeForm(ModelForm):  # type: ignore[type-arg]
    """Which period to prepare; prepared again, it is counted anew."""

    # As long as what is pasted with its spaces: what is left without them is a period, or is not.
    periode = forms.CharField(
        label="Période",
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text="Un mois (2023-03), un trimestre (2023-T1) ou une année (2023), qui est fini.",
    )

    class Meta:
        model = Publication
        fields = ("periode",)

    def clean(self) -> dict[str, Any]:
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            from indicateurs.publications.preparation import verifier_la_periode

            try:
                verifier_la_periode(donnees["periode"])
            except ValidationError as erreur:
                self.add_error("periode", erreur)
        return donnees


@admin.register(Publication)
class PublicationAdmin(FicheAdmin):
    """Prepared by a coordinator or on the 5th, looked at, then signed; never corrected."""

    form = PeriodeForm
    list_display = ("periode", "revision", "statut", "connu_le", "signee_le", "signee_par")
    list_filter = (("statut", ChoicesDropdownFilter),)
    list_select_related = ("signee_par",)
    search_fields = ("periode",)
    readonly_fields = ("debut", "fin", "revision", "statut", "formule", "connu_le", "signee_le",
                       "signee_par", "ce_qui_change")  # fmt: skip
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    actions_detail = ("signer",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("periode",)}),)
        return (
            (None, {"fields": (("periode", "revision", "statut"), ("debut", "fin"),
                               ("connu_le", "formule"), ("signee_le", "signee_par"))}),
            ("Ce qui change", {"fields": ("ce_qui_change",)}),
        )  # fmt: skip

    @admin.display(description="Depuis la révision précédente")
    def ce_qui_change(self, publication: Any) -> SafeString:
        # A page asks for what it only reads several times.
        if not hasattr(publication, "ce_qui_change"):
            depuis = {p.pk: p.arrivees for p in Publication.objects.avec_des_arrivees()}
            contexte = changements(publication) | {"arrivees": depuis.get(publication.pk)}
            publication.ce_qui_change = render_to_string("indicateurs/changements.html", contexte)
        return cast("SafeString", publication.ce_qui_change)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Prepare before the page opens its transaction, which reads what others write meanwhile:
        a publication is counted on one snapshot."""
        if request.method == "POST" and object_id is None and self.has_add_permission(request):
            if fiche := self.deja_fait(request):
                return fiche
            form = self.get_form(request)(request.POST)
            if form.is_valid():
                from indicateurs.publications.preparation import preparer

                try:
                    faite = preparer(form.cleaned_data["periode"], self.cle_prevue(request))
                except Conflit as refus:
                    request.refus_de_la_base = str(refus.detail)  # type: ignore[attr-defined]
                else:
                    self.log_addition(request, faite, [{"added": {}}])
                    return self.response_add(request, faite)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def has_signer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_add_permission(request):
            return False
        publication: Any = self.get_object(request, object_id)
        return publication is not None and publication.statut == StatutPublication.PREPAREE

    @action(  # type: ignore[untyped-decorator]
        description="Signer et publier", url_path="signer", icon="verified", permissions=["signer"]
    )
    def signer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Publish: partners read it from now on, and nobody changes it any more."""
        publication: Any = self.get_object(request, object_id)
        if publication is None or not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.Form(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            from indicateurs.publications.preparation import signer

            try:
                signer(publication, cast("Any", request.user))
            except Conflit as refus:
                form.add_error(None, str(refus.detail))
            else:
                self.message_user(request, f"{publication} est publiée.")
                return redirect("admin:indicateurs_publication_change", publication.pk)
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Signer {publication} : elle ne changera plus",
            "opts": self.opts,
            "original": publication,
            "form": form,
            "bouton": "Signer et publier",
        }
        return TemplateResponse(request, "commun/action.html", contexte)


@admin.register(ChiffreSaisi)
class ChiffreSaisiAdmin(FicheAdmin):
    """What a source says of a year; typed in again, it replaces what was there."""

    list_display = ("indicateur", "annee", "valeur", "evolution_pct", "retire", "source",
                    "source_le", "vaut", "auteur", "recu_le")  # fmt: skip
    list_filter = (("indicateur", ChoicesDropdownFilter), "annee")
    list_select_related = ("auteur",)
    search_fields = ("source__unaccent", "annee")
    fields = ("indicateur", "annee", ("valeur", "evolution_pct"), "retire", ("source", "source_le"))
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> Any:
        lignes: Any = super().get_queryset(request)
        return lignes.avec_leur_suite()

    @admin.display(description="vaut aujourd'hui", boolean=True)
    def vaut(self, chiffre: Any) -> bool:
        return bool(chiffre.en_vigueur)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Chiffre)
class ChiffreAdmin(LectureSeule):
    """Each figure of each publication, masked ones with what is behind them."""

    list_display = ("chiffre", "publication", "publiee", "niveau", "lieu", "ventilation", "part",
                    "exacte", "personnes", "attente")  # fmt: skip
    list_filter = (
        ("publication", RelatedDropdownFilter), ("publication__statut", ChoicesDropdownFilter),
        ("niveau", ChoicesDropdownFilter), "secret", "retire",
    )  # fmt: skip
    list_select_related = ("publication",)
    search_fields = ("indicateur", "territoire", "code", "publication__periode")
    ordering = ("-publication__debut", "indicateur", "niveau", "territoire", "axe", "code")
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> Any:
        # What is left of one without another is counted too, so that it is masked: no figure of it.
        return super().get_queryset(request).filter(indicateur__in=PAR_CODE)

    @admin.display(description="indicateur", ordering="indicateur")
    def chiffre(self, chiffre: Chiffre) -> str:
        return PAR_CODE[chiffre.indicateur].libelle

    @admin.display(description="territoire", ordering="territoire")
    def lieu(self, chiffre: Chiffre) -> str:
        if chiffre.territoire == TOUS:
            return "tous"
        if chiffre.niveau == Niveau.TYPE:
            return str(TypeStructure(chiffre.territoire).label)
        if chiffre.niveau == Niveau.ARRONDISSEMENT:
            return chiffre.territoire or NON_RENSEIGNE
        return chiffre.territoire

    @admin.display(description="ventilation", ordering="axe")
    def ventilation(self, chiffre: Chiffre) -> str:
        return str(Axe(chiffre.axe).label) if chiffre.axe else ""

    @admin.display(description="part", ordering="code")
    def part(self, chiffre: Chiffre) -> str:
        if chiffre.code == TOUS:
            return "toutes"
        return libelle(chiffre) if chiffre.axe else ""

    @admin.display(description="valeur publiée", ordering="valeur")
    def publiee(self, chiffre: Chiffre) -> str | None:
        """A count as it is counted, a ratio with what it has of decimals."""
        if chiffre.valeur is None:
            return "masqué" if chiffre.secret else "retiré" if chiffre.retire else None
        return f"{chiffre.valeur:.4f}".rstrip("0").rstrip(".").replace(".", ",")


class PartenaireForm(ModelForm):  # type: ignore[type-arg]
    niveaux = forms.MultipleChoiceField(
        label="Niveaux de territoire",
        choices=Niveau.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Ce que ses chiffres peuvent décrire.",
    )

    saisit = forms.MultipleChoiceField(
        label="Saisit",
        choices=IndicateurSaisi.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Les totaux qu'il est seul à connaître, et qu'il saisit lui-même.",
    )

    def clean(self) -> dict[str, Any]:
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        if donnees.get("structures") and not DE_STRUCTURES.issuperset(donnees.get("niveaux", ())):
            self.add_error(
                "niveaux",
                "Avec des structures choisies, seuls le réseau et les structures se lisent :"
                " un type peut n'en contenir qu'une autre.",
            )
        return donnees

    class Meta:
        model = Partenaire
        fields = ("utilisateur", "niveaux", "structures", "indicateurs", "saisit", "adresses",
                  "par_minute")  # fmt: skip
        widgets = dict.fromkeys(("indicateurs", "adresses"), UnfoldAdminTextInputWidget)


class JetonForm(forms.Form):
    jours = forms.IntegerField(label="durée, en jours", min_value=1, max_value=730, initial=365)
    # Of this demand: sent twice, it makes one token.
    cle = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jours"].widget.attrs["class"] = " ".join(INPUT_CLASSES)


@admin.register(Partenaire)
class PartenaireAdmin(FicheAdmin):
    """What the account of a partner opens; its tokens are made here, and revoked with others."""

    form = PartenaireForm
    list_display = ("utilisateur", "niveaux", "par_minute", "modifie_le")
    list_filter = ("utilisateur__is_active",)
    list_select_related = ("utilisateur",)
    search_fields = ("utilisateur__identifiant", "utilisateur__nom_affiche__unaccent")
    autocomplete_fields = ("utilisateur", "structures")
    roles_lecture = ADMINISTRATION
    roles_ecriture = ADMINISTRATION
    actions_detail = ("emettre",)

    @action(description="Émettre un jeton", url_path="jeton", icon="key")  # type: ignore[untyped-decorator]
    def emettre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A token for programs, shown once: only its digest is kept."""
        partenaire: Any = self.get_object(request, object_id)
        if partenaire is None or not self.has_change_permission(request, partenaire):
            raise PermissionDenied
        form = JetonForm(request.POST or None)
        secret = None
        if form.is_valid():
            fin = maintenant() + timedelta(days=form.cleaned_data["jours"])
            lu, jeton = Jeton.emettre(partenaire.utilisateur, fin, form.cleaned_data["cle"])
            if jeton.revoque_le is not None or jeton.expire_le <= maintenant():
                form.add_error(None, "Ce jeton ne vaut plus rien : émettez-en un autre.")
                form.data = {**request.POST.dict(), "cle": str(uuid4())}
            else:
                secret = lu
                dit = f"Jeton émis jusqu'au {jeton.expire_le:%d/%m/%Y}."
                self.log_change(request, partenaire, dit)
                form = JetonForm()  # another one, if it is asked for
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Émettre un jeton pour {partenaire}",
            "opts": self.opts,
            "original": partenaire,
            "form": form,
            "bouton": "Émettre",
            "secret": secret,
        }
        return TemplateResponse(request, "indicateurs/jeton.html", contexte)


@admin.register(Consultation)
class ConsultationAdmin(LectureSeule):
    list_display = ("fait_le", "utilisateur", "demande", "statut", "adresse")
    list_filter = (("utilisateur", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("utilisateur",)
    search_fields = ("demande", "utilisateur__identifiant")
    roles_lecture = ADMINISTRATION
