"""The page of a model: writing with the database's refusals beside the form, and history."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied
from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    transaction,
)
from django.db.models import QuerySet
from django.forms import BaseModelForm, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from commun.admin.droits import (
    DroitsParRole,
    est_un_filtre,
    garder_les_valeurs,
    remplacer_les_fausses_cles,
    signer,
)
from commun.admin.instants import garder_les_instants
from commun.admin.lignes import LignesEnLecture
from commun.admin.listes import Liste
from commun.admin.suppression import compter, qui_suivent
from commun.admin.versions import DEJA_FAIT, PERIMEE, Versions
from commun.api.errors import Conflit
from commun.api.reprise import TENTATIVES, est_a_reprendre
from commun.contraintes import champ_du_message, expliquer
from commun.historique import evenements_de, raconter
from commun.models import uuid7

CONTRADICTION = "Cet enregistrement en contredit un autre : rien n'a été écrit."
DISPARUE = "Quelqu'un vient de supprimer ce que vous corrigiez."
ENCOMBREMENT = "Trop de monde écrit au même endroit : réessayez dans quelques instants."
ENTREES_MONTREES = 300
RECHERCHE_LUE = 100  # characters
T = TypeVar("T")
journal = logging.getLogger(__name__)


def terme_lu(terme: str) -> str:
    """What is looked for: a pasted page is no search, each of its words would be looked for in
    every field; and no text that is kept holds a null character."""
    return terme.replace("\0", "")[:RECHERCHE_LUE]


def essayer(geste: Callable[[], T]) -> tuple[T | None, str]:
    """What a view answers or a verb gives, or nothing and why: the database refused, and nothing
    was written.

    What the database gave up for no fault of the request is tried again from the start.
    """
    for _ in range(TENTATIVES):
        try:
            with transaction.atomic():
                return geste(), ""
        except OperationalError as erreur:
            if not est_a_reprendre(erreur):
                raise
            journal.warning("transaction_reprise")
        except IntegrityError as erreur:
            nom = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", None)
            return None, expliquer(nom)[0] or CONTRADICTION
        except Conflit as erreur:
            return None, str(erreur.detail)
        except ObjectDoesNotExist:
            return None, DISPARUE
    return None, ENCOMBREMENT


class FicheAdmin(Versions, DroitsParRole, ModelAdmin):
    """The page of a model."""

    list_per_page = 50
    # Counting every filter would take a query for each of its values.
    show_facets = admin.ShowFacets.NEVER
    # Nor is every row counted beside those that are asked for: see `Liste`.
    show_full_result_count = False
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    change_form_before_template = "commun/version.html"
    # An action does all that was chosen or nothing; else it tries each row by itself.
    actions_d_un_bloc = True
    # Its rows go with what they belong to, though nobody deletes them by themselves.
    suit_son_objet = False

    class Media:
        # In this order; without French, the drop-downs speak English.
        extra = "" if settings.DEBUG else ".min"
        js = (
            f"admin/js/vendor/jquery/jquery{extra}.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/vendor/select2/i18n/fr.js",
            "commun/select2_fr.js",
            "admin/js/jquery.init.js",
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Liste]:
        return Liste

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only declared filters: any other one could tell what may not be seen."""
        filtres: Any = self.get_list_filter(request) if request else self.list_filter
        dates = [self.date_hierarchy] if self.date_hierarchy else []
        return est_un_filtre(lookup, [*filtres, *dates])

    # --- Writing ------------------------------------------------------------------------------

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        # In the form itself: the theme's script writes the address anew.
        if obj is None or self.has_change_permission(request, obj):
            context["cle"] = self.cle_prevue(request) or uuid7()
        if obj is not None and self.has_change_permission(request, obj):
            context["version_lue"] = request.POST.get("version_lue") or self.version_lue(request)
        return cast(
            "HttpResponse",
            super().render_change_form(request, context, add, change, form_url, obj),
        )

    def _refus(self, request: HttpRequest, obj: Any) -> str | None:
        """Why this submission is not taken: a refusal of the database, or a stale reading."""
        if refus := getattr(request, "refus_de_la_base", None):
            return cast("str", refus)
        if obj is not None and self.est_perimee(request, obj):
            return PERIMEE
        return None

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[BaseModelForm[Any]]:
        formulaire = super().get_form(request, obj, change=change, **kwargs)
        refus = None
        if request.method == "POST":
            refus = self._refus(request, obj)
        elif obj is not None and self.has_change_permission(request, obj):
            self.lire_la_version(request, obj)

        class Formulaire(formulaire):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                garder_les_valeurs(self)

            def clean(self) -> Any:
                donnees = super().clean()
                garder_les_instants(self)
                if refus is not None:
                    self.add_error(None, refus)
                return donnees

            def _post_clean(self) -> None:
                super()._post_clean()
                # Beside the field that it is about, where the form has it.
                generales = self._errors.pop(NON_FIELD_ERRORS, None)
                for erreur in generales.as_data() if generales else ():
                    for message in erreur.messages:
                        champ = champ_du_message(message)
                        self.add_error(champ if champ in self.fields else None, message)

        return Formulaire

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An address or a selection typed by hand leads back to the list, not to an error."""
        remplacer_les_fausses_cles(request, lambda nom: nom == ACTION_CHECKBOX_NAME)
        vue = partial(super().changelist_view, request, extra_context)
        try:
            reponse, refus = essayer(vue) if self.actions_d_un_bloc else (vue(), "")
        except (ValueError, OverflowError, DataError):
            return HttpResponseRedirect(f"{request.path}?e=1")
        if reponse is None:
            self.message_user(request, refus, messages.ERROR)
            reponse = HttpResponseRedirect(request.get_full_path())
        return reponse

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(
            request, self.au_choix(request, queryset), terme_lu(search_term)
        )

    def au_choix(self, request: HttpRequest, lignes: QuerySet[Any]) -> QuerySet[Any]:
        """Of the rows of this page, those that the field that is being completed would take."""
        adresse = request.resolver_match
        if adresse is None or adresse.url_name != "autocomplete":
            return lignes
        # Both are there: `Completions` has checked them by now.
        source = apps.get_model(request.GET["app_label"], request.GET["model_name"])
        champ: Any = source._meta.get_field(request.GET["field_name"])
        fiche: Any = self.admin_site.get_model_admin(source)
        faire = fiche.formfield_for_foreignkey
        if champ.many_to_many:
            faire = fiche.formfield_for_manytomany
        permises = faire(champ, request).queryset.order_by()
        return lignes.filter(pk__in=permises.values("pk"))

    def references(self) -> set[str]:
        """The names of the inputs that hold the key of another record."""
        modeles = [self.model, *(ligne.model for ligne in self.inlines)]
        champs = [c for m in modeles for c in (*m._meta.fields, *m._meta.many_to_many)]
        return {champ.name for champ in champs if champ.remote_field is not None}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the database refuses comes back as an error of the form, with the input kept;
        what it gave up for no fault of the form is tried again from the start."""
        references = self.references()
        remplacer_les_fausses_cles(request, lambda nom: nom.rsplit("-", 1)[-1] in references)
        vue = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if object_id is None and (fiche := self.deja_fait(request)):
            return fiche
        reponse, refus = essayer(vue)
        if reponse is None and object_id is None and (fiche := self.deja_fait(request)):
            return fiche  # by the other of two submissions at the same moment
        if reponse is None:
            request.refus_de_la_base = refus  # type: ignore[attr-defined]
            reponse = vue()
        return reponse

    def deja_fait(self, request: HttpRequest) -> HttpResponse | None:
        """The way to what this form of addition has made, if it was sent before."""
        cle = self.cle_prevue(request) if request.method == "POST" else None
        fait = cle and self.get_queryset(request).filter(pk=cle).first()
        if not fait:
            return None
        if IS_POPUP_VAR in request.POST:
            return cast("HttpResponse", self.response_add(request, fait))
        self.message_user(request, DEJA_FAIT, messages.WARNING)
        return HttpResponseRedirect(self.adresse(cle))

    def adresse(self, cle: Any) -> str:
        """Of the page of one record."""
        fiche = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(fiche, args=[quote(cle)])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the database will not let go stays, and its page says why."""
        supprimer = super().delete_view

        def vue() -> HttpResponse:
            if request.method == "POST" and (obj := self.get_object(request, unquote(object_id))):
                # Before what hangs on it, which the framework deletes first.
                self.tenir(request, [obj])
            return supprimer(request, object_id, extra_context)

        reponse, refus = essayer(vue)
        if reponse is None:
            self.message_user(request, refus, messages.ERROR)
            reponse = HttpResponseRedirect(self.adresse(unquote(object_id)))
        return reponse

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Rows that are only read are shown as they are, after a refusal too."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, LignesEnLecture):
            for envoye in ("data", "files", "save_as_new"):
                kwargs.pop(envoye, None)
        return kwargs

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        if not change:
            self.nommer(request, obj)
            signer(obj, request)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for ligne in formset.extra_forms:
            signer(ligne.instance, request)
        super().save_formset(request, form, formset, change)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What would go, what the caller may not delete, and what keeps it all, counted."""
        objets = list(objs)
        if not objets:
            return [], {}, set(), []
        partent, gardent = map(compter, qui_suivent(self.ce_qui_part(objets)))
        interdits: set[str] = set()
        for modele in partent:
            fiche = self.admin_site._registry.get(modele)
            seule = fiche is None or not (
                fiche.suit_son_objet or fiche.has_delete_permission(request)
            )
            if seule:
                interdits.add(str(modele._meta.verbose_name_plural))
        interdits.update(
            str(objet) for objet in objets if not self.has_delete_permission(request, objet)
        )
        return (
            [str(objet) for objet in objets],
            {str(modele._meta.verbose_name_plural): nombre for modele, nombre in partent.items()},
            interdits,
            [f"{nombre} {modele._meta.verbose_name_plural}" for modele, nombre in gardent.items()],
        )

    def ce_qui_part(self, objets: list[Any]) -> list[Any]:
        """The rows, of one model, that deleting these deletes first."""
        return objets

    # --- History ------------------------------------------------------------------------------

    def historiques(self, request: HttpRequest, obj: Any) -> list[QuerySet[Any]]:
        """The histories that tell of this object: its own, and of what it is made of."""
        return [evenements_de(type(obj)).filter(pgh_obj_id=obj.pk)]

    def champs_caches(self, request: HttpRequest, obj: Any) -> set[str]:
        """Fields of this object that the caller may not know, in its history either."""
        return set()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return cast(
                "HttpResponse",
                self._get_obj_does_not_exist_redirect(request, self.opts, object_id),
            )
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        try:
            historiques = self.historiques(request, obj)
        except LookupError:  # computed, not recorded
            historiques = []
        entrees = raconter(historiques, self.champs_caches(request, obj))
        request.current_app = self.admin_site.name
        contexte = {
            **self.admin_site.each_context(request),
            "title": f"Historique : {obj}",
            "entrees": entrees[:ENTREES_MONTREES],
            "tronque": len(entrees) > ENTREES_MONTREES,
            "module_name": str(self.opts.verbose_name_plural),
            "object": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "commun/historique.html", contexte)


class LectureSeule(FicheAdmin):
    """What the service computes: shown, never typed."""

    suit_son_objet = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
