"""The coordinators' pages on stays and households."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import action
from unfold.widgets import INPUT_CLASSES

from commun.admin import (
    RIEN_AVANT,
    JourChoisi,
    LignesEnLecture,
    completer,
    confirmer_un_ajout,
    faire_relire,
    ouvrir_un_geste,
)
from commun.api.viewsets import en_uuid
from commun.horloge import aujourd_hui, maintenant
from commun.validators import jour_proche
from contacts.admin import RECHERCHE_DE_PERSONNE
from hebergement import services
from hebergement.admin.annonces import (
    Attentes,
    absences_au,
    demandes_sans_sejour,
    place_donnee,
    reprises,
    transfert_fait,
)
from hebergement.admin.bases import Coordination
from hebergement.admin.presences import (
    AbsencesEnLecture,
    ConstatsEnLecture,
    GestesDePresence,
    SansSigne,
)
from hebergement.enums import EtatPlace, MotifSortie, Nature
from hebergement.models import (
    Absence,
    ConstatPresence,
    Menage,
    Place,
    Sejour,
)
from hebergement.querysets import couvre
from socle.models import Personne
from socle.querysets import COORDINATION


class SejoursEnLecture(LignesEnLecture):
    """Stays and holds, the latest first."""

    model = Sejour
    fields = ("personne", "nature", "arrivee", "depart", "motif_sortie", "destination")
    ordering = ("-arrivee",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("personne", "place__site")


@admin.register(Menage)
class MenageAdmin(Coordination):
    list_display = ("libelle", "cree_le")
    search_fields = ("libelle__unaccent",)
    fields = ("libelle",)
    inlines = (SejoursEnLecture,)


class EnCours(admin.SimpleListFilter):
    title = "moment"
    parameter_name = "moment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("presents", "En cours aujourd'hui"), ("finis", "Terminés"), ("a_venir", "À venir")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        jour: date = aujourd_hui()
        match self.value():
            case "presents":
                return queryset.filter(couvre("arrivee", "depart", jour))
            case "finis":
                return queryset.filter(depart__lte=jour)
            case "a_venir":
                return queryset.filter(arrivee__gt=jour)
        return queryset


class PlaceDeTransfert(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A place, and that it is closed where it is."""

    def label_from_instance(self, obj: Any) -> str:
        fermee = obj.etat == EtatPlace.FERMEE
        return f"{obj} (fermée : il faut un motif)" if fermee else str(obj)


class TransfertForm(forms.Form):
    """Where somebody moves to, and when."""

    place = PlaceDeTransfert(
        label="nouvelle place", queryset=Place.objects.none(), empty_label="Choisir une place"
    )
    jour = forms.DateField(
        label="jour du transfert", validators=[jour_proche],
        widget=JourChoisi(),
    )  # fmt: skip
    motif_forcage = forms.CharField(
        label="motif du forçage", required=False, max_length=200,
        help_text="Seulement pour loger quelqu'un malgré une fermeture.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: Any = self.fields["place"]
        # Those free today, and closed ones, which may be forced; the one that was chosen stays,
        # though somebody took it since: the service says so, and the rest.
        choisie = en_uuid(self.data.get("place"))
        places.queryset = (
            Place.objects.avec_etat(aujourd_hui())
            .filter(Q(etat__in=[EtatPlace.LIBRE, EtatPlace.FERMEE]) | Q(pk=choisie))
            .select_related("site")
            .order_by("site__nom", "libelle")
        )
        for champ in self.fields.values():
            champ.widget.attrs["class"] = " ".join(INPUT_CLASSES)


@admin.register(Sejour)
class SejourAdmin(GestesDePresence):
    """Stays are given, moved and corrected by the verbs of the service, as through the API."""

    list_display = (
        "personne", "place", "nature", "arrivee", "depart", "motif_sortie", "destination"
    )  # fmt: skip
    list_filter = (
        EnCours, SansSigne, ("place__site", AutocompleteSelectFilter),
        ("nature", ChoicesDropdownFilter),
        ("motif_sortie", ChoicesDropdownFilter), ("destination", ChoicesDropdownFilter),
    )  # fmt: skip
    date_hierarchy = "arrivee"
    search_fields = (*RECHERCHE_DE_PERSONNE, "place__site__nom__unaccent", "place__libelle")
    autocomplete_fields = ("place", "personne", "menage")
    readonly_fields = (
        "nature", "suite_de", "cloture_automatique", "rouvert_le", "auteur", "saisi_le", "recu_le"
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("personne", "place"), ("arrivee", "depart"), "menage", "suite_de")}),
        ("Sortie", {"fields": (
            ("motif_sortie", "destination"), ("cloture_automatique", "rouvert_le"),
        )}),
        ("Forçage", {"fields": ("motif_forcage",), "description":
         "À ne remplir que pour loger quelqu'un malgré une fermeture : c'est une anomalie, qui "
         "sera listée."}),
        ("Saisie", {"fields": (("nature", "auteur"), ("saisi_le", "recu_le"))}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("personne", "place__site", "menage", "suite_de", "auteur")
        )

    actions_detail = ("transferer", *GestesDePresence.gestes_de_presence)
    inlines = (AbsencesEnLecture, ConstatsEnLecture)

    def est_modifiable(self, request: HttpRequest, obj: Any) -> bool:
        """A hold is its proposition's."""
        return bool(obj.nature == Nature.SEJOUR)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = list(super().get_fieldsets(request, obj))
        return groupes if obj else [g for g in groupes if g[0] not in {"Sortie", "Saisie"}]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixes = ("place", "personne") if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixes)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """With what becomes of the requests that these stays had answered."""
        sejours = list(objs)
        dits, nombres, interdits, gardent = super().get_deleted_objects(sejours, request)
        dits += reprises(sejours)
        for modele in (ConstatPresence, Absence):
            quoi = str(modele._meta.verbose_name_plural)
            reviennent = modele._default_manager.filter(
                sejour__in=[s.pk for s in sejours if s.suite_de_id]
            ).count()
            if reviennent:
                dits.append(f"Reviennent au séjour d'avant le transfert, {quoi} : {reviennent}.")
                nombres = {**nombres, quoi: nombres.get(quoi, 0) - reviennent}
        partent = {quoi: nombre for quoi, nombre in nombres.items() if nombre}
        return dits + demandes_sans_sejour(sejours), partent, interdits, gardent

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with services.suppression([obj.pk]):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with services.suppression(queryset.values_list("pk", flat=True)):
            # Of who has not died after all, a request waits again.
            super().delete_queryset(request, queryset.filter(motif_sortie=MotifSortie.DECES))
            super().delete_queryset(request, queryset)

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        services.verrouiller_chaines(sejours=objets)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Giving a place is shown before it is done."""
        reponse = super().changeform_view(request, object_id, form_url, extra_context)
        annonce = getattr(request, "annonce", None)
        if annonce is None:
            return reponse
        return confirmer_un_ajout(self, request, annonce, "Donner une place")

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        auteur: Any = request.user
        if not change:
            self.nommer(request, obj)
            attentes = Attentes(obj.personne)
            sejour = services.attribuer(
                uuid=obj.pk, place=obj.place, personne=obj.personne, arrivee=obj.arrivee,
                depart=obj.depart, menage=obj.menage, motif_forcage=obj.motif_forcage,
                auteur=auteur,
            )  # fmt: skip
            faire_relire(request, place_donnee(sejour, attentes))
            return
        champs = {nom: form.cleaned_data[nom] for nom in form.changed_data}
        services.corriger(sejour=obj, auteur=auteur, **champs)

    @action(description="Transférer", url_path="transferer", icon="move_location")  # type: ignore[untyped-decorator]
    def transferer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Move somebody to another place: one stay ends, the next begins the same day."""
        sejour: Any = self.get_object(request, object_id)
        if sejour is None or not self.has_change_permission(request, sejour):
            raise PermissionDenied
        form = TransfertForm(request.POST or None, initial={"jour": aujourd_hui()})

        def faire() -> Sejour:
            attentes = Attentes(sejour.personne)
            absences = absences_au(sejour, form.cleaned_data["jour"])
            suite = services.transferer(
                sejour=sejour, auteur=cast("Any", request.user), recu_le=maintenant(),
                **form.cleaned_data,
            )  # fmt: skip
            faire_relire(request, transfert_fait(sejour, suite, absences, attentes))
            return suite

        return ouvrir_un_geste(
            self, request, sejour, form, faire,
            titre=f"Transférer {sejour.personne}, de {sejour.place}",
            bouton="Voir ce qui sera fait",
            fait=lambda suite: f"Transfert vers {suite.place} enregistré.",
            consequences=(RIEN_AVANT,),
        )  # fmt: skip


class SejoursDeLaPersonne(SejoursEnLecture):
    fields = ("place", "nature", "arrivee", "depart", "motif_sortie", "destination")


completer(Personne, SejoursDeLaPersonne)
