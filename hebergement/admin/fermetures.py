"""The verb that closes a site or a part of it: what to close, the plan, then it is done."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from commun.admin import RELISEZ, JourChoisi, ouvrir_un_geste
from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, en_clair, maintenant
from commun.models import uuid7
from commun.validators import jour_plausible
from hebergement import services
from hebergement.admin.bases import Geste
from hebergement.enums import Besoin, RaisonSansPlace
from hebergement.models import Chambre, Place, Site
from socle.querysets import COORDINATION


class FermetureForm(Geste):
    """What closes; then, hidden, the plan that was read, and the key of the request."""

    debut = forms.DateField(
        label="première nuit fermée", validators=[jour_plausible], widget=JourChoisi()
    )
    fin = forms.DateField(
        label="première nuit rouverte", required=False, validators=[jour_plausible],
        widget=JourChoisi(), help_text="Vide : jusqu'à nouvel ordre.",
    )  # fmt: skip
    motif = forms.CharField(label="motif", max_length=200)
    etage = forms.ChoiceField(label="étage", required=False)
    chambres = forms.ModelMultipleChoiceField(
        label="chambres", queryset=Chambre.objects.none(), required=False
    )
    places = forms.ModelMultipleChoiceField(
        label="places", queryset=Place.objects.none(), required=False,
        help_text="Rien de choisi, ni étage, ni chambre, ni place : tout le site ferme.",
    )  # fmt: skip
    empreinte = forms.CharField(required=False, widget=forms.HiddenInput)
    cle = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champs: Any = self.fields
        etages = site.chambres.exclude(etage="").order_by("etage").values_list("etage", flat=True)
        champs["etage"].choices = [("", "—"), *((e, e) for e in etages.distinct())]
        champs["chambres"].queryset = site.chambres.select_related("site")
        champs["places"].queryset = site.places.select_related("site")

    def clean(self) -> dict[str, Any]:
        dit: dict[str, Any] = super().clean() or {}
        debut, fin = dit.get("debut"), dit.get("fin")
        if debut and fin and fin <= debut:
            self.add_error("fin", "La fin d'une fermeture est postérieure à son début.")
        return dit


def raconter(plan: services.Plan) -> tuple[str, ...]:
    """What a plan would do, line by line."""
    lignes = [f"Places qui ferment : {len(plan.places)}."]
    for r in plan.relogements:
        qui, jour = r.sejour.personne, f"{r.jour:%d/%m/%Y}"
        if r.vers is None:
            raison = RaisonSansPlace(r.issue.raison).label if r.issue.raison else ""
            lignes.append(f"{qui}, de {r.sejour.place} : SANS PLACE. {raison}.")
            continue
        manques = " ; ".join(Besoin(b).label for b in r.issue.alertes)
        lignes.append(
            f"{qui} va de {r.sejour.place} à {r.vers}, le {jour}"
            + (f" ; sans réponse à : {manques}." if manques else ".")
        )
    lignes += [
        f"La proposition de {p.place} à {p.demande.personne}, tenue jusqu'au "
        f"{en_clair(p.expire_le)}, est retirée."
        for p in plan.propositions
    ]
    return tuple(lignes)


class GesteFermer:
    """The action of a site's page, for coordination."""

    actions_detail = ("fermer",)

    def has_fermer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and cast("Any", request.user).role in COORDINATION

    @action(description="Fermer", url_path="fermer", icon="block", permissions=["fermer"])  # type: ignore[untyped-decorator]
    def fermer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the site or a part of it: first the plan is shown, then it is applied."""
        site: Any = cast("Any", self).get_object(request, object_id)
        if site is None or not self.has_fermer_permission(request, object_id):
            raise PermissionDenied
        initial = {"debut": aujourd_hui(), "cle": uuid7()}
        form = FermetureForm(site, request.POST or None, initial=initial)
        consequences: tuple[str, ...] = (
            "Rien n'est fait avant que le plan soit montré, puis confirmé.",
        )
        soumise, portee = "", services.Portee(site, aujourd_hui())
        if request.method == "POST" and form.is_valid():
            dit = form.cleaned_data
            soumise = dit["empreinte"]
            noms = ("debut", "fin", "etage", "chambres", "places")
            portee = services.Portee(site, **{nom: dit[nom] for nom in noms})
            plan = services.planifier(portee)
            consequences = raconter(plan)
            # What the next sending confirms is what this page shows.
            envoye = request.POST.copy()
            envoye["empreinte"] = plan.empreinte
            form.data = envoye

        def faire() -> Site:
            if not soumise:
                raise Conflit(RELISEZ)
            services.fermer_des_places(
                uuid=form.cleaned_data["cle"],
                portee=portee,
                motif=form.cleaned_data["motif"],
                empreinte=soumise,
                auteur=cast("Any", request.user),
                recu_le=maintenant(),
            )
            return cast("Site", site)

        return ouvrir_un_geste(
            self, request, site, form, faire,
            titre=f"Fermer {site}, ou une partie",
            bouton="Confirmer" if request.method == "POST" else "Voir le plan",
            fait=lambda _: f"Fermeture enregistrée dès le {portee.debut:%d/%m/%Y}.",
            consequences=consequences,
        )  # fmt: skip
