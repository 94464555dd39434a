"""The coordinators' pages on tablets and on what they sent that asks for somebody."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from commun.admin import FicheAdmin, LectureSeule, LignesEnLecture, ouvrir_un_geste, trop_nombreuses
from commun.admin.fiches import essayer
from socle.models import Organisme, Utilisateur
from socle.querysets import ADMINISTRATION, COORDINATION
from synchro import appareils, services
from synchro.enums import StatutOperation
from synchro.jugement import donnees_de
from synchro.models import Appareil, CleScellement, Operation, Variante
from synchro.presentation import CACHE, caches, ce_qui_est_devenu, donnees_lisibles, en_json, taire
from synchro.querysets import A_VOIR

# What may still be judged again, or discarded.
A_TRAITER = frozenset({StatutOperation.EN_ATTENTE, StatutOperation.EN_QUARANTAINE})


def _compte(request: HttpRequest) -> Utilisateur:
    assert isinstance(request.user, Utilisateur)
    return request.user


class OperationsAVoir(LignesEnLecture):
    model = Operation
    fk_name = "appareil"
    fields = ("seq", "type", "statut", "motif", "recu_le")
    readonly_fields = ("recu_le",)
    verbose_name_plural = "opérations à voir"
    ordering = ("seq",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return cast("Any", super().get_queryset(request)).a_voir()


@admin.register(Appareil)
class AppareilAdmin(FicheAdmin):
    """A tablet is made here; its code is shown once, and what it opens once."""

    list_display = ("libelle", "organisme", "etat", "vu_le", "seq_vu", "a_voir")
    ordering = ("libelle",)  # a count drops the model's own
    list_select_related = ("organisme",)
    list_filter = (
        ("organisme", RelatedDropdownFilter),
        ("revoque_le", admin.EmptyFieldListFilter),
    )
    search_fields = ("libelle__unaccent",)
    autocomplete_fields = ("organisme",)
    readonly_fields = (
        "etat", "enrole_le", "revoque_le", "vu_le", "seq_vu", "version_application", "schema",
        "manquants",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("libelle", "organisme"),)}),
        ("Vie", {"fields": ("etat", ("enrole_le", "revoque_le"), ("vu_le", "seq_vu"),
                            ("version_application", "schema"), "manquants")}),
    )  # fmt: skip
    inlines = (OperationsAVoir,)
    actions_detail = ("donner_un_code", "revoquer")
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        a_voir = Count("operations", filter=Q(operations__statut__in=A_VOIR))
        return super().get_queryset(request).annotate(nombre_a_voir=a_voir)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = super().get_fieldsets(request, obj)
        return groupes if obj else groupes[:1]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixes = ("organisme",) if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixes)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of one's own organisme, unless one coordinates the whole network."""
        organisme = _compte(request).organisme_id
        if db_field.name == "organisme" and organisme is not None:
            kwargs["queryset"] = Organisme.objects.filter(pk=organisme)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="état")
    def etat(self, obj: Any) -> str:
        if obj.revoque_le:
            return "Révoqué"
        if obj.enrole_le:
            return "Enrôlé"
        return "Code donné" if obj.code_empreinte else "Sans code"

    @admin.display(description="à voir", ordering="nombre_a_voir")
    def a_voir(self, obj: Any) -> int:
        return int(obj.nombre_a_voir)

    @admin.display(description="numéros jamais reçus")
    def manquants(self, obj: Any) -> str:
        trous = appareils.numeros_manquants(obj)
        dits = (f"{a}" if a == b else f"{a} à {b}" for a, b in trous)
        return ", ".join(dits) or "aucun"

    def has_donner_un_code_permission(
        self, request: HttpRequest, object_id: str | None = None
    ) -> bool:
        obj = self._appareil(request, object_id)
        return obj is not None and obj.enrole_le is None and obj.revoque_le is None

    def has_revoquer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        obj = self._appareil(request, object_id)
        return obj is not None and obj.revoque_le is None

    def _appareil(self, request: HttpRequest, object_id: str | None) -> Any:
        if object_id is None or not self.has_change_permission(request):
            return None
        return self.get_object(request, object_id)

    @action(  # type: ignore[untyped-decorator]
        description="Donner un code", url_path="code", icon="key", permissions=["donner_un_code"]
    )
    def donner_un_code(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The code of an enrolment, shown once: only its digest is kept."""
        appareil = self._appareil(request, object_id)
        if appareil is None or appareil.enrole_le or appareil.revoque_le:
            raise PermissionDenied
        code = None
        if request.method == "POST":
            code = appareils.donner_un_code(appareil=appareil)
            self.log_change(request, appareil, "Code d'enrôlement donné.")
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Donner un code à {appareil}",
            "opts": self.opts,
            "original": appareil,
            "code": code,
        }
        return TemplateResponse(request, "synchro/code.html", contexte)

    @action(  # type: ignore[untyped-decorator]
        description="Révoquer", url_path="revoquer", icon="block", permissions=["revoquer"]
    )
    def revoquer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lost or stolen: it is told to forget, and what it still sends is set aside."""
        appareil = self._appareil(request, object_id)
        if appareil is None:
            raise PermissionDenied
        return ouvrir_un_geste(
            self, request, appareil, forms.Form(request.POST),
            partial(appareils.revoquer, appareil=appareil),
            titre=f"Révoquer {appareil}",
            bouton="Révoquer",
            fait=lambda _: "L'appareil est révoqué.",
            consequences=(
                "Ce qu'il envoie encore est gardé en quarantaine : rien n'est perdu, rien n'est "
                "appliqué sans être vu.",
                "Il lui est dit d'effacer ce qu'il tient. Cela ne se reprend pas : un autre "
                "appareil s'enrôle.",
            ),
        )  # fmt: skip


class DonneesField(forms.JSONField):
    """JSON, a member a line."""

    def prepare_value(self, value: Any) -> Any:
        # What can't be read comes back as it was typed.
        return en_json(value) if isinstance(value, dict) else super().prepare_value(value)


class OperationForm(forms.Form):
    """The data of an operation, to mend."""

    donnees = DonneesField(
        label="données",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16}),
        help_text="Ce que dit l'opération, au format de l'API. Ce qui n'est pas montré est gardé.",
        error_messages={"invalid": "Ce n'est pas du JSON."},
    )

    def clean_donnees(self) -> dict[str, Any]:
        donnees = self.cleaned_data["donnees"]
        if not isinstance(donnees, dict):
            raise forms.ValidationError("Il faut un objet JSON.")
        return donnees


class EcartForm(forms.Form):
    motif = forms.CharField(
        label="motif", max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )


class VariantesDeLOperation(LignesEnLecture):
    model = Variante
    fk_name = "operation"
    fields = ("recu_le", "appareil")
    readonly_fields = ("recu_le",)
    roles_lecture = COORDINATION


@admin.register(Operation)
class OperationAdmin(LectureSeule):
    """The queue: what could not be applied, why, and what to do about it."""

    list_display = ("recu_le", "type", "appareil", "auteur", "statut", "pourquoi")
    list_select_related = ("appareil", "auteur")
    list_filter = (
        ("statut", ChoicesDropdownFilter), ("appareil", RelatedDropdownFilter), "type"
    )  # fmt: skip
    date_hierarchy = "recu_le"
    search_fields = ("id", "objet", "appareil__libelle__unaccent")
    fields = (
        ("type", "statut"), "motif", "contenu_lisible", ("appareil", "seq"),
        ("auteur", "transmise_par"), ("recu_le", "decalage"), ("traitee_le", "traitee_par"),
    )  # fmt: skip
    inlines = (VariantesDeLOperation,)
    actions = ("rejouer",)
    actions_d_un_bloc = False
    actions_detail = ("reprendre", "corriger", "ecarter")
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes = super().get_queryset(request)
        return lignes.select_related("appareil", "auteur", "transmise_par", "traitee_par")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        obj = super().get_object(request, object_id, from_field)
        if obj is not None:
            obj.lisibles = donnees_lisibles(obj, _compte(request))
        return obj

    @admin.display(description="pourquoi")
    def pourquoi(self, obj: Any) -> str:
        return obj.motif[:120] or "—"

    @admin.display(description="données")
    def contenu_lisible(self, obj: Any) -> str:
        if obj.lisibles is None:
            return "Elles ne s'ouvrent pas."
        return format_html("<pre>{}</pre>", en_json(obj.lisibles))

    def _a_traiter(self, request: HttpRequest, object_id: str | None) -> Any:
        """An operation that may be judged again, or discarded; None where it may not."""
        if object_id is None or not self.has_view_permission(request):
            return None
        obj = self.get_object(request, object_id)
        return obj if obj is not None and obj.statut in A_TRAITER else None

    def _exiger(self, request: HttpRequest, object_id: str) -> Any:
        obj = self._a_traiter(request, object_id)
        if obj is None:
            raise PermissionDenied
        return obj

    def has_traiter_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._a_traiter(request, object_id) is not None

    @action(  # type: ignore[untyped-decorator]
        description="Rejouer", url_path="rejouer", icon="replay", permissions=["traiter"]
    )
    def reprendre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As it was sent."""
        obj = self._exiger(request, object_id)
        return ouvrir_un_geste(
            self, request, obj, forms.Form(request.POST),
            partial(services.rejouer, operation=obj, par=_compte(request)),
            titre=f"Rejouer {obj}", bouton="Rejouer", fait=ce_qui_est_devenu,
            consequences=(f"Elle avait été gardée : {obj.motif}",
                          f"Elle est jugée de nouveau, au nom de {obj.auteur or 'son auteur'}."),
        )  # fmt: skip

    @action(  # type: ignore[untyped-decorator]
        description="Corriger et rejouer", url_path="corriger", icon="edit", permissions=["traiter"]
    )
    def corriger(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was sent stays beside what it was made to say."""
        obj = self._exiger(request, object_id)
        form = OperationForm(request.POST or None, initial={"donnees": obj.lisibles or {}})

        def faire() -> Any:
            dites = form.cleaned_data["donnees"]
            tues = {nom: valeur for nom, valeur in dites.items() if valeur == CACHE}
            donnees = {**dites, **{nom: donnees_de(obj)[nom] for nom in tues}}
            return services.corriger(operation=obj, donnees=donnees, par=_compte(request))

        return ouvrir_un_geste(
            self, request, obj, form, faire,
            titre=f"Corriger et rejouer {obj}", bouton="Rejouer", fait=ce_qui_est_devenu,
            consequences=(f"Elle avait été gardée : {obj.motif}",),
        )  # fmt: skip

    @action(  # type: ignore[untyped-decorator]
        description="Écarter", url_path="ecarter", icon="delete", permissions=["traiter"]
    )
    def ecarter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It will never be applied, and stays here."""
        obj = self._exiger(request, object_id)
        form = EcartForm(request.POST or None)
        return ouvrir_un_geste(
            self, request, obj, form,
            lambda: services.ecarter(
                operation=obj, motif=form.cleaned_data["motif"], par=_compte(request)
            ),
            titre=f"Écarter {obj}", bouton="Écarter", fait=ce_qui_est_devenu,
            consequences=("Elle ne sera jamais appliquée ; elle reste ici, avec ce motif.",),
        )  # fmt: skip

    @admin.action(description="Rejouer les opérations choisies")
    def rejouer(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """In the order in which their devices told them."""
        if trop_nombreuses(self, request, queryset):
            return
        faites = 0
        for operation in queryset.order_by("appareil", "seq"):
            rejouee, refus = essayer(
                partial(services.rejouer, operation=operation, par=_compte(request))
            )
            if rejouee is not None and rejouee.statut == StatutOperation.APPLIQUEE:
                faites += 1
                continue
            dit = refus if rejouee is None else rejouee.motif
            self.message_user(request, f"{operation} : {dit}", messages.ERROR)
        if faites:
            self.message_user(request, f"{faites} opération(s) appliquée(s).")


@admin.register(CleScellement)
class CleScellementAdmin(LectureSeule):
    list_display = ("cle_id", "cree_le")
    search_fields = ("cle_id",)
    fields = ("cle_id", "cree_le", "publique")
    roles_lecture = ADMINISTRATION


@admin.register(Variante)
class VarianteAdmin(LectureSeule):
    """What came under the identifier of another operation, or under none."""

    list_display = ("recu_le", "appareil", "operation")
    list_select_related = ("appareil", "operation__appareil")
    list_filter = (("appareil", RelatedDropdownFilter),)
    search_fields = ("operation__id", "appareil__libelle__unaccent")
    fields = (("appareil", "recu_le"), "operation", "contenu_lisible")
    readonly_fields = ("contenu_lisible",)
    roles_lecture = COORDINATION

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        obj = super().get_object(request, object_id, from_field)
        if obj is not None:
            obj.tus = caches(obj, _compte(request))
        return obj

    @admin.display(description="contenu")
    def contenu_lisible(self, obj: Any) -> str:
        return format_html("<pre>{}</pre>", en_json(taire(obj.contenu, obj.tus)))
