"""The coordinators' pages on who is away, who was seen, and whom nobody sees any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import action

from commun.admin import (
    RIEN_AVANT,
    JourChoisi,
    LectureSeule,
    LignesEnLecture,
    LignesLues,
    faire_relire,
    ouvrir_un_geste,
)
from commun.horloge import aujourd_hui, maintenant
from commun.validators import jour_passe, jour_plausible
from contacts.admin import RECHERCHE_DE_PERSONNE
from hebergement import services
from hebergement.admin.annonces import Attentes, Prevus, absences_au, depart_dit
from hebergement.admin.bases import Coordination, Geste
from hebergement.enums import DestinationSortie, EtatPresence, MotifAbsence, MotifSortie, Nature
from hebergement.models import Absence, ConstatPresence, Sejour
from socle.querysets import COORDINATION

CLOS, REVUS = "CLOS", "REVUS"


class AbsencesDeLaChaine(LignesLues):
    """Those of the stays that follow each other, whichever of them they were told of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queryset = Absence.objects.des_sejours([self.instance.pk])


class AbsencesEnLecture(LignesEnLecture):
    model = Absence
    formset = AbsencesDeLaChaine
    fields = ("motif", "debut", "fin", "garde_jusqu_au")
    ordering = ("-debut",)
    roles_lecture = COORDINATION


class ConstatsEnLecture(LignesEnLecture):
    model = ConstatPresence
    fields = ("jour", "present", "recu_le")
    readonly_fields = ("recu_le",)
    ordering = ("-jour", "-recu_le")
    roles_lecture = COORDINATION


class SansSigne(admin.SimpleListFilter):
    """Stays that ask for something, and those that were closed without anybody's word."""

    title = "signe de présence"
    parameter_name = "presence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            *EtatPresence.choices,
            (CLOS, "Clôturés automatiquement"),
            (REVUS, "Clôturés automatiquement, revus depuis"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        sejours: Any = queryset
        trouves: dict[str | None, Any] = {
            **{etat: lambda etat=etat: sejours.dans_l_etat(etat) for etat in EtatPresence.values},
            CLOS: lambda: sejours.filter(cloture_automatique=True).avec_presence(),
            REVUS: lambda: sejours.revus().avec_presence(),
        }
        lire = trouves.get(self.value())
        return cast("QuerySet[Any]", lire() if lire else queryset)


class PresenceForm(Geste):
    jour = forms.DateField(label="vu·e le", validators=[jour_passe], widget=JourChoisi())


class AbsenceForm(Geste):
    motif = forms.ChoiceField(label="motif", choices=MotifAbsence.choices)
    debut = forms.DateField(
        label="absent·e depuis le", validators=[jour_passe], widget=JourChoisi()
    )
    garde_jusqu_au = forms.DateField(
        label="place gardée jusqu'au", required=False, validators=[jour_plausible],
        widget=JourChoisi(), help_text="Vide : pendant les jours d'absence réglés pour le site.",
    )  # fmt: skip


class DepartForm(Geste):
    depart = forms.DateField(label="parti·e le", validators=[jour_plausible], widget=JourChoisi())
    motif_sortie = forms.ChoiceField(label="motif de sortie", choices=MotifSortie.choices)
    destination = forms.ChoiceField(label="destination", choices=DestinationSortie.choices)


class GestesDePresence(Coordination):
    """What a coordinator decides of a stay without a sign; the same verbs as through the API."""

    gestes_de_presence = ("present", "absent", "parti", "rouvrir")

    @admin.display(description="dernière présence", ordering="derniere_presence", empty_value="—")
    def derniere_presence(self, obj: Any) -> Any:
        return obj.derniere_presence

    @admin.display(description="jours sans signe", ordering="jours_sans", empty_value="—")
    def jours_sans(self, obj: Any) -> Any:
        return obj.jours_sans

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """With what there is to decide by, where that is what is looked for."""
        colonnes = super().get_list_display(request)
        if request.GET.get(SansSigne.parameter_name) not in {*EtatPresence.values, CLOS, REVUS}:
            return cast("Sequence[Any]", colonnes)
        return (*colonnes, "derniere_presence", "jours_sans")

    def _sejour(self, request: HttpRequest, object_id: str) -> Any:
        sejour = self.get_object(request, object_id)
        if sejour is None or not self.has_change_permission(request, sejour):
            raise PermissionDenied
        return (
            Sejour.objects.avec_presence()
            .select_related("personne", "place__site")
            .get(pk=sejour.pk)
        )

    def _trouve(self, request: HttpRequest, object_id: str | None) -> Any:
        if object_id is None or not self.has_change_permission(request):
            return None
        return self.get_object(request, object_id)

    def has_en_cours_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        sejour = self._trouve(request, object_id)
        if sejour is None or sejour.nature != Nature.SEJOUR:
            return False
        return sejour.depart is None or sejour.depart > aujourd_hui()

    def has_automatique_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        sejour = self._trouve(request, object_id)
        return sejour is not None and sejour.cloture_automatique

    def _ce_que_l_on_sait(self, sejour: Any) -> str:
        vu = sejour.derniere_presence
        presence = f"le {vu:%d/%m/%Y}" if vu else "aucune"
        jours = "" if sejour.jours_sans is None else f" ; jours sans signe : {sejour.jours_sans}"
        return f"Dernière présence confirmée : {presence}{jours}."

    @action(description="Vu·e", url_path="present", icon="visibility",  # type: ignore[untyped-decorator]
            permissions=["en_cours"])  # fmt: skip
    def present(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Somebody was seen: a check of presence by who coordinates."""
        sejour = self._sejour(request, object_id)
        form = PresenceForm(request.POST or None, initial={"jour": aujourd_hui()})

        def faire() -> Any:
            constat = {"sejour": sejour, "present": True, "auteur": request.user}
            services.constater(constats=[{**constat, "recu_le": maintenant()}], **form.cleaned_data)
            return sejour

        return ouvrir_un_geste(
            self, request, sejour, form, faire,
            titre=f"{sejour.personne} est à {sejour.place}",
            bouton="Constater la présence",
            fait=lambda _: f"Présence constatée le {form.cleaned_data['jour']:%d/%m/%Y}.",
            consequences=(
                self._ce_que_l_on_sait(sejour),
                "Les jours sans signe se comptent à partir de ce jour ; une absence en cours "
                "finit ce jour-là.",
            ),
        )  # fmt: skip

    @action(description="Absent·e", url_path="absent", icon="luggage",  # type: ignore[untyped-decorator]
            permissions=["en_cours"])  # fmt: skip
    def absent(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Somebody sleeps elsewhere, and their place is kept."""
        sejour = self._sejour(request, object_id)
        form = AbsenceForm(request.POST or None, initial={"debut": aujourd_hui()})
        return ouvrir_un_geste(
            self, request, sejour, form,
            lambda: services.absenter(
                sejour=sejour, auteur=request.user, recu_le=maintenant(), **form.cleaned_data
            ),
            titre=f"{sejour.personne} est absent·e de {sejour.place}",
            bouton="Noter l'absence",
            fait=lambda a: f"Place gardée jusqu'au {a.garde_jusqu_au:%d/%m/%Y}.",
            consequences=(
                self._ce_que_l_on_sait(sejour),
                "La place reste occupée ; aucune alerte tant qu'elle est gardée.",
            ),
        )  # fmt: skip

    @action(description="Parti·e", url_path="parti", icon="logout",  # type: ignore[untyped-decorator]
            permissions=["en_cours"])  # fmt: skip
    def parti(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Somebody has left: when, why, where to; at first, as if nobody knew."""
        sejour = self._sejour(request, object_id)
        form = DepartForm(request.POST or None, initial={
            "depart": sejour.depart_suppose, "motif_sortie": MotifSortie.PERDU_DE_VUE,
            "destination": DestinationSortie.INCONNUE,
        })  # fmt: skip

        def faire() -> Sejour:
            prevus = Prevus(sejour)
            attentes = Attentes(sejour.personne, sauf=prevus.suites)
            absences = absences_au(sejour, form.cleaned_data["depart"])
            clos = services.cloturer(
                sejour=sejour, auteur=cast("Any", request.user), **form.cleaned_data
            )
            faire_relire(request, depart_dit(clos, absences, prevus, attentes))
            return clos

        return ouvrir_un_geste(
            self, request, sejour, form, faire,
            titre=f"{sejour.personne} a quitté {sejour.place}",
            bouton="Voir ce qui sera fait",
            fait=lambda s: f"Séjour clôturé le {s.depart:%d/%m/%Y}.",
            consequences=(self._ce_que_l_on_sait(sejour), RIEN_AVANT),
        )  # fmt: skip

    @action(description="Rouvrir", url_path="rouvrir", icon="undo",  # type: ignore[untyped-decorator]
            permissions=["automatique"])  # fmt: skip
    def rouvrir(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back that a stay was closed without anybody's word."""
        sejour = self._sejour(request, object_id)
        return ouvrir_un_geste(
            self, request, sejour, forms.Form(request.POST),
            lambda: services.rouvrir(sejour=sejour, auteur=cast("Any", request.user)),
            titre=f"Rouvrir le séjour de {sejour.personne} à {sejour.place}",
            bouton="Rouvrir",
            fait=lambda _: "Séjour rouvert.",
            consequences=(
                self._ce_que_l_on_sait(sejour),
                "Le séjour reprend comme avant : les nuits depuis sa clôture sont de nouveau "
                "occupées, et les jours sans signe se comptent à partir d'aujourd'hui.",
                "Si quelqu'un a reçu la place depuis, c'est refusé.",
            ),
        )  # fmt: skip


@admin.register(Absence)
class AbsenceAdmin(Coordination):
    """Who keeps a place and sleeps elsewhere."""

    list_display = ("personne", "place", "motif", "debut", "garde_jusqu_au", "fin")
    list_filter = (
        ("sejour__place__site", AutocompleteSelectFilter), ("motif", ChoicesDropdownFilter)
    )  # fmt: skip
    date_hierarchy = "debut"
    search_fields = tuple(f"sejour__{champ}" for champ in RECHERCHE_DE_PERSONNE)
    autocomplete_fields = ("sejour",)
    readonly_fields = ("auteur", "saisi_le", "recu_le")
    fields = (
        "sejour", ("motif", "debut"), ("garde_jusqu_au", "fin"), ("auteur", "saisi_le", "recu_le")
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("sejour__personne", "sejour__place__site", "auteur")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(("sejour",) if obj else ()))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        formulaire: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is None and "garde_jusqu_au" in formulaire.base_fields:
            formulaire.base_fields["garde_jusqu_au"].required = False
        return formulaire

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        services.verrouiller_sejours(sejours={absence.sejour_id for absence in objets})

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        self.nommer(request, obj)
        services.absenter(
            uuid=obj.pk, sejour=obj.sejour, motif=obj.motif, debut=obj.debut, fin=obj.fin,
            garde_jusqu_au=obj.garde_jusqu_au, auteur=request.user,
        )  # fmt: skip

    @admin.display(description="personne", ordering="sejour__personne")
    def personne(self, obj: Any) -> str:
        return str(obj.sejour.personne)

    @admin.display(description="place")
    def place(self, obj: Any) -> str:
        return str(obj.sejour.place)


@admin.register(ConstatPresence)
class ConstatPresenceAdmin(LectureSeule):
    """Who was seen, and who was looked for in vain."""

    list_display = ("jour", "personne", "place", "present", "recu_le", "auteur")
    list_filter = (("sejour__place__site", AutocompleteSelectFilter), "present")
    date_hierarchy = "jour"
    search_fields = tuple(f"sejour__{champ}" for champ in RECHERCHE_DE_PERSONNE)
    fields = ("sejour", ("jour", "present"), ("auteur", "saisi_le", "recu_le"))
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("sejour__personne", "sejour__place__site", "auteur")
        )

    @admin.display(description="personne", ordering="sejour__personne")
    def personne(self, obj: Any) -> str:
        return str(obj.sejour.personne)

    @admin.display(description="place")
    def place(self, obj: Any) -> str:
        return str(obj.sejour.place)
