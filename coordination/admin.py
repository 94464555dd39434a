"""The coordinators' pages on orientations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import smart_split, unescape_string_literal
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action

from commun.admin import (
    FicheAdmin,
    LectureSeule,
    LignesEnLecture,
    completer,
    ouvrir_un_geste,
    terme_lu,
    trop_nombreuses,
)
from commun.admin.fiches import essayer
from commun.admin.listes import ListeComptee, PageComptee
from commun.api.viewsets import en_uuid
from contacts.admin import RECHERCHE_DE_PERSONNE
from contacts.models import Contact
from coordination import decisions, fusions
from coordination.doublons import raisons_de
from coordination.enums import Decision
from coordination.models import Doublon, MarquePaire, Orientation
from socle.models import Distinction, Fusion, LienPersonne, Personne, Structure, Utilisateur
from socle.querysets import COORDINATION


class OrientationForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        donnees: dict[str, Any] = super().clean() or {}
        refus = donnees.get("decision") not in {None, "", Decision.ANNULEE}
        quand = donnees.get("decidee_le")
        change = {"decision", "decidee_le"} & set(self.changed_data)
        if refus and change and quand and decisions.arrivee_avant(self.instance, quand):
            self.add_error("decision", decisions.DEJA_ARRIVEE)
        return donnees


@admin.register(Orientation)
class OrientationAdmin(FicheAdmin):
    """The state follows from the arrivals; only a decision is typed."""

    form = OrientationForm
    list_display = (
        "survenu_le", "personne", "structure_origine", "structure", "statut", "accompagnement"
    )  # fmt: skip
    list_filter = (
        ("statut", ChoicesDropdownFilter), ("structure", RelatedDropdownFilter),
        ("structure_origine", RelatedDropdownFilter), "accompagnement",
    )  # fmt: skip
    date_hierarchy = "survenu_le"
    search_fields = (*RECHERCHE_DE_PERSONNE, "structure__nom__unaccent")
    autocomplete_fields = ("personne", "contact", "structure_origine", "structure")
    readonly_fields = (
        "statut", "arrivee_contact", "arrivee_sejour", "auteur", "saisi_le", "recu_le"
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("personne", "contact", "structure_origine", "structure",
                           "survenu_le", "accompagnement", "motif")}),
        ("Suites", {"fields": ("statut", ("arrivee_contact", "arrivee_sejour"), "acceptee_le",
                               "decision", "decidee_le", "motif_decision")}),
        ("Saisie", {"fields": (("auteur", "saisi_le", "recu_le"),)}),
    )  # fmt: skip
    actions = ("accepter",)
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "personne", "contact", "structure_origine", "structure", "arrivee_contact",
                "arrivee_sejour", "auteur",
            )
        )  # fmt: skip

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        siens = (orientation.contact_id for orientation in objets)
        Contact.objects.tenir(*siens, en_uuid(request.POST.get("contact")))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Made from a structure of one's own, wherever it leads."""
        if db_field.name == "structure_origine":
            kwargs["queryset"] = Structure.objects.gerees_par(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = super().get_fieldsets(request, obj)
        return groupes if obj else groupes[:1]

    @admin.action(
        description="Accepter les orientations choisies : la structure attend la personne"
    )
    def accepter(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        if trop_nombreuses(self, request, queryset):
            return
        nombre = decisions.accepter_plusieurs(orientations=queryset)
        self.message_user(request, f"{nombre} orientation(s) acceptée(s).")


@admin.register(MarquePaire)
class MarquePaireAdmin(LectureSeule):
    """Persons and structures whose orientations wait to be matched again."""

    list_display = ("personne", "structure", "cree_le")
    list_select_related = ("personne", "structure")
    search_fields = RECHERCHE_DE_PERSONNE
    roles_lecture = COORDINATION


def _dossier(personne: Any, *, complet: bool) -> str:
    """A file as one of two, side by side: what its reader may know of it."""
    adresse = reverse("admin:socle_personne_change", args=[personne.pk])
    lien = format_html(
        '<a class="font-medium text-primary-600" href="{}">{}</a> · {}',
        adresse, personne.pseudonyme, personne.code,
    )  # fmt: skip
    if not complet:
        return lien
    naissance = f"né·e en {personne.annee_naissance}" if personne.annee_naissance else "—"
    return format_html("{}<br>{} · {}", lien, personne.get_genre_display(), naissance)


def _traiter(
    fiche: FicheAdmin,
    request: HttpRequest,
    queryset: QuerySet[Any],
    verbe: Callable[[Any], Any],
    fait: str,
    ordre: Callable[[Iterable[Any]], Iterable[Any]] = list,
) -> None:
    """Each of those chosen, in a transaction of its own: none holds its rows while the next waits
    for its own. One that cannot be says why, and does not keep the others."""
    if trop_nombreuses(fiche, request, queryset):
        return
    nombre = 0
    for choisi in ordre(queryset):
        donne, refus = essayer(partial(verbe, choisi))
        if donne is None:
            fiche.message_user(request, f"{choisi} : {refus}", messages.ERROR)
        else:
            nombre += 1
    if nombre:
        fiche.message_user(request, fait.format(nombre))


class ListeDesDoublons(ListeComptee):
    """The likeliest first: by what a reader may weigh, which no column holds."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return ["-score", "-pk"]


@admin.register(Doublon)
class DoublonAdmin(LectureSeule):
    """Two files side by side, why they may be one person's, and what to do about it."""

    list_display = ("premier_dossier", "second_dossier", "raisons", "ressemblance")
    list_display_links = ("ressemblance",)
    search_fields = (
        "premiere__code__iexact", "seconde__code__iexact",
        "premiere__pseudonyme__unaccent", "seconde__pseudonyme__unaccent",
    )  # fmt: skip
    fields = (("premier_dossier", "second_dossier"), "raisons", "ressemblance")
    readonly_fields = ("premier_dossier", "second_dossier", "raisons", "ressemblance")
    actions = ("garder_le_premier", "garder_le_second", "deux_personnes")
    actions_d_un_bloc = False
    roles_lecture = COORDINATION

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """As `search_fields` say, each word of one file or of the other."""
        for mot in smart_split(terme_lu(search_term)):
            if mot[0] in "\"'" and mot[0] == mot[-1]:
                mot = unescape_string_literal(mot)
            queryset = queryset.de_dossiers(
                Personne.objects.filter(
                    Q(code__iexact=mot) | Q(pseudonyme__unaccent__icontains=mot)
                )
            )
        return queryset, False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListeComptee]:
        return ListeDesDoublons

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> PageComptee:
        return PageComptee(request, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("premiere", "seconde")

    @admin.display(description="premier dossier")
    def premier_dossier(self, obj: Any) -> str:
        return _dossier(obj.premiere, complet=obj.complet)

    @admin.display(description="second dossier")
    def second_dossier(self, obj: Any) -> str:
        return _dossier(obj.seconde, complet=obj.complet)

    @admin.display(description="raisons")
    def raisons(self, obj: Any) -> str:
        return format_html_join(
            mark_safe("<br>"), "{}", ((raison.label,) for raison in raisons_de(obj))
        )

    @admin.display(description="ressemblance")
    def ressemblance(self, obj: Any) -> str:
        return f"{obj.score} sur 100"

    @admin.action(description="Fusionner : garder le premier dossier")
    def garder_le_premier(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def fusionner(doublon: Any) -> Fusion:
            return fusions.fusionner(
                gardee=doublon.premiere, alias=doublon.seconde, auteur=_compte(request)
            )

        _traiter(self, request, queryset, fusionner, "{} fusion(s) faite(s).")

    @admin.action(description="Fusionner : garder le second dossier")
    def garder_le_second(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def fusionner(doublon: Any) -> Fusion:
            return fusions.fusionner(
                gardee=doublon.seconde, alias=doublon.premiere, auteur=_compte(request)
            )

        _traiter(self, request, queryset, fusionner, "{} fusion(s) faite(s).")

    @admin.action(description="Ce sont deux personnes : ne plus proposer")
    def deux_personnes(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def distinguer(doublon: Any) -> Distinction:
            return fusions.distinguer(
                personnes=(doublon.premiere, doublon.seconde), auteur=_compte(request)
            )

        _traiter(self, request, queryset, distinguer, "{} paire(s) mise(s) à part.")


def _compte(request: HttpRequest) -> Utilisateur:
    assert isinstance(request.user, Utilisateur)
    return request.user


@admin.register(Fusion)
class FusionAdmin(LectureSeule):
    """What was merged, by whom; undone from here, to the last row."""

    list_display = ("alias", "gardee", "auteur", "cree_le", "annulee_le")
    list_select_related = ("alias", "gardee", "auteur")
    list_filter = (("annulee_le", admin.EmptyFieldListFilter),)
    search_fields = (
        "alias__code__iexact", "gardee__code__iexact",
        "alias__pseudonyme__unaccent", "gardee__pseudonyme__unaccent",
    )  # fmt: skip
    fields = (("alias", "gardee"), "motif", ("auteur", "cree_le"), ("annulee_le", "annulee_par"))
    actions = ("annuler",)
    actions_d_un_bloc = False
    actions_detail = ("defaire",)
    roles_lecture = COORDINATION

    def has_defaire_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_view_permission(request):
            return False
        fusion: Any = self.get_object(request, object_id)
        return fusion is not None and fusion.annulee_le is None

    @action(  # type: ignore[untyped-decorator]
        description="Annuler la fusion", url_path="annuler", icon="call_split",
        permissions=["defaire"],
    )  # fmt: skip
    def defaire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two files again."""
        fusion: Any = self.get_object(request, object_id)
        if fusion is None or not self.has_view_permission(request):
            raise PermissionDenied
        return ouvrir_un_geste(
            self, request, fusion, forms.Form(request.POST),
            partial(fusions.annuler, fusion=fusion, auteur=_compte(request)),
            titre=f"Annuler la fusion {fusion} : deux dossiers de nouveau",
            bouton="Annuler la fusion",
            fait=lambda _: "La fusion est annulée : deux dossiers de nouveau.",
        )  # fmt: skip

    @admin.action(description="Annuler les fusions choisies : deux dossiers de nouveau")
    def annuler(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def annuler(fusion: Any) -> Fusion:
            return fusions.annuler(fusion=fusion, auteur=_compte(request))

        _traiter(
            self, request, queryset, annuler, "{} fusion(s) annulée(s).",
            fusions.les_dernieres_d_abord,
        )  # fmt: skip


@admin.register(Distinction)
class DistinctionAdmin(LectureSeule):
    """Pairs that are suspected no more; deleting one suspects it again."""

    list_display = ("premiere", "seconde", "auteur", "cree_le")
    list_select_related = ("premiere", "seconde", "auteur")
    search_fields = (
        "premiere__code__iexact", "seconde__code__iexact",
        "premiere__pseudonyme__unaccent", "seconde__pseudonyme__unaccent",
    )  # fmt: skip
    fields = (("premiere", "seconde"), "motif", ("auteur", "cree_le"))
    roles_lecture = COORDINATION
    roles_suppression = COORDINATION

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permis(request, self.roles_suppression)


@admin.register(LienPersonne)
class LienPersonneAdmin(LectureSeule):
    list_display = ("fusion", "table", "ligne")
    list_select_related = ("fusion__alias", "fusion__gardee")
    search_fields = ("fusion__alias__code__iexact", "fusion__gardee__code__iexact")
    ordering = ("-id",)
    roles_lecture = COORDINATION


class OrientationsDeLaPersonne(LignesEnLecture):
    model = Orientation
    fields = ("survenu_le", "structure_origine", "structure", "statut")
    readonly_fields = ("statut",)
    ordering = ("-survenu_le",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("structure", "structure_origine")


completer(Personne, OrientationsDeLaPersonne)
