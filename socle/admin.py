"""The coordinators' and administrators' pages on organismes, accounts and persons."""

from __future__ import annotations

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from commun.admin import (
    FicheAdmin,
    LectureSeule,
    LignesEnLecture,
    LignesModifiables,
    terme_lu,
    trop_nombreuses,
)
from commun.horloge import maintenant
from socle.enums import Genre
from socle.models import (
    AccesPersonne,
    AccordPartage,
    Equipe,
    Horaire,
    Jeton,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)
from socle.querysets import ADMINISTRATION, COORDINATION, REFERENCE

# Roles decide here, not groups; the guard's own pages would not say who may see them.
for modele in (Group, AccessAttempt, AccessFailureLog, AccessLog):
    if admin.site.is_registered(modele):
        admin.site.unregister(modele)


class StructuresEnLecture(LignesEnLecture):
    model = Structure
    fields = ("nom", "type", "capacite", "ouverte_le", "fermee_le")
    roles_lecture = REFERENCE


class EquipesEnLecture(LignesEnLecture):
    model = Equipe
    fields = ("nom", "active")
    roles_lecture = REFERENCE


class HorairesEnLigne(LignesModifiables):
    model = Horaire
    fields = ("jour_semaine", "ouvre_a", "ferme_a")
    roles_lecture = REFERENCE
    roles_ecriture = ADMINISTRATION
    roles_suppression = ADMINISTRATION


@admin.register(Organisme)
class OrganismeAdmin(FicheAdmin):
    list_display = ("nom", "code", "structures_total")
    ordering = ("nom",)  # a count drops the model's own
    search_fields = ("nom__unaccent", "code")
    fields = ("nom", "code")
    inlines = (StructuresEnLecture,)
    roles_lecture = REFERENCE
    roles_ecriture = ADMINISTRATION
    roles_suppression = ADMINISTRATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(total=Count("structures"))

    @admin.display(description="structures", ordering="total")
    def structures_total(self, obj: Any) -> int:
        return int(obj.total)


@admin.register(Structure)
class StructureAdmin(FicheAdmin):
    list_display = ("nom", "code", "type", "organisme", "capacite", "arrondissement", "ouverte_le")
    list_select_related = ("organisme",)
    list_filter = (
        ("type", ChoicesDropdownFilter),
        ("organisme", RelatedDropdownFilter),
        "arrondissement",
    )
    search_fields = ("nom__unaccent", "code")
    autocomplete_fields = ("organisme",)
    fieldsets = (
        (None, {"fields": (("nom", "code"), ("type", "organisme"))}),
        ("Accueil", {"fields": (("capacite", "heure_bascule"),)}),
        ("Lieu et dates", {"fields": (("adresse", "arrondissement"), ("ouverte_le", "fermee_le"))}),
    )
    inlines = (HorairesEnLigne, EquipesEnLecture)
    jours_anciens = frozenset({"ouverte_le", "fermee_le"})
    roles_lecture = REFERENCE
    roles_ecriture = ADMINISTRATION
    roles_suppression = ADMINISTRATION


@admin.register(Horaire)
class HoraireAdmin(FicheAdmin):
    list_display = ("structure", "jour_semaine", "ouvre_a", "ferme_a")
    list_select_related = ("structure",)
    list_filter = (("structure", RelatedDropdownFilter), "jour_semaine")
    search_fields = ("structure__nom__unaccent",)
    autocomplete_fields = ("structure",)
    roles_lecture = REFERENCE
    roles_ecriture = ADMINISTRATION
    roles_suppression = ADMINISTRATION


@admin.register(Equipe)
class EquipeAdmin(FicheAdmin):
    list_display = ("nom", "structure", "active")
    list_select_related = ("structure",)
    list_filter = (("structure", RelatedDropdownFilter), "active")
    search_fields = ("nom__unaccent", "structure__nom__unaccent")
    autocomplete_fields = ("structure",)
    roles_lecture = REFERENCE
    roles_ecriture = REFERENCE
    roles_suppression = ADMINISTRATION


@admin.register(Utilisateur)
class UtilisateurAdmin(UserAdmin, FicheAdmin):  # type: ignore[misc, type-arg]
    """Accounts: a role and an organisme, nothing finer."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("identifiant", "nom_affiche", "role", "organisme", "is_active", "last_login")
    list_select_related = ("organisme",)
    list_filter = (
        ("role", ChoicesDropdownFilter), ("organisme", RelatedDropdownFilter), "is_active"
    )  # fmt: skip
    search_fields = ("identifiant", "nom_affiche__unaccent")
    ordering = ("identifiant",)
    filter_horizontal = ()
    autocomplete_fields = ("organisme", "structures")
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": (("identifiant", "nom_affiche"), "password")}),
        ("Droits", {"fields": (("role", "is_active"), "organisme", "structures")}),
        ("Dates", {"fields": ("last_login",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("identifiant", "nom_affiche", "password1", "password2")}),
        ("Droits", {"fields": ("role", "organisme", "structures")}),
    )
    roles_lecture = REFERENCE
    roles_ecriture = ADMINISTRATION
    roles_suppression = ADMINISTRATION

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody takes away their own rights: the last administrator could."""
        propres = ("role", "is_active") if obj == request.user else ()
        return (*self.readonly_fields, *propres)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return FicheAdmin.lookup_allowed(self, lookup, value, request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The digest of a password is nobody's reading."""
        groupes = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return groupes
        return [
            (titre, {**options, "fields": [c for c in options["fields"] if c != "password"]})
            for titre, options in groupes
        ]


class EtatDuJeton(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valide", "Valide"), ("expire", "Expiré"), ("revoque", "Révoqué")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "valide":
                return queryset.filter(revoque_le=None, expire_le__gt=maintenant())
            case "expire":
                return queryset.filter(revoque_le=None, expire_le__lte=maintenant())
            case "revoque":
                return queryset.filter(revoque_le__isnull=False)
        return queryset


@admin.register(Jeton)
class JetonAdmin(LectureSeule):
    """Open sessions; a lost tablet's is revoked here."""

    list_display = ("utilisateur", "cree_le", "expire_le", "revoque_le")
    list_select_related = ("utilisateur",)
    list_filter = (EtatDuJeton,)
    search_fields = ("utilisateur__identifiant", "utilisateur__nom_affiche__unaccent")
    fields = ("utilisateur", "cree_le", "expire_le", "revoque_le")
    actions = ("revoquer",)
    roles_lecture = REFERENCE

    @admin.action(description="Révoquer les jetons choisis")
    def revoquer(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        if trop_nombreuses(self, request, queryset):
            return
        nombre = queryset.filter(revoque_le=None).update(revoque_le=maintenant())
        self.message_user(request, f"{nombre} jeton(s) révoqué(s) : ils n'ouvrent plus rien.")


class GenreDesDossiers(admin.SimpleListFilter):
    """Only over the files that the caller sees whole: elsewhere it would tell the gender."""

    title = "genre (dossiers complets)"
    parameter_name = "genre"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Genre.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in Genre.values:
            return queryset.dossiers_de(request.user).filter(genre=self.value())  # type: ignore[attr-defined]
        return queryset


class Dossiers(admin.SimpleListFilter):
    title = "dossiers"
    parameter_name = "dossiers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("complets", "Que je vois en entier"), ("restreints", "Code et pseudonyme seuls")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "complets":
            return queryset.filter(acces_complet=True)
        if self.value() == "restreints":
            return queryset.filter(acces_complet=False)
        return queryset


class AccordsEnLigne(LignesModifiables):
    model = AccordPartage
    fields = ("organisme", "donne_le", "retire_le")
    choix_partages = ("organisme",)
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("personne", "organisme")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        compte: Any = request.user
        propre = obj is None or obj.organisme_id == compte.organisme_id
        return propre and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        compte: Any = request.user
        propre = obj is None or obj.organisme_id == compte.organisme_id
        return propre and super().has_change_permission(request, obj)


@admin.register(Personne)
class PersonneAdmin(FicheAdmin):
    """Whole files of one's own organisme; code and pseudonym of the others."""

    RESERVES: ClassVar[tuple[str, ...]] = ("genre", "annee_naissance", "organisme")
    list_display = ("code", "pseudonyme", "genre_connu", "naissance_connue", "organisme_connu")
    list_filter = (Dossiers, GenreDesDossiers)
    list_select_related = ("organisme",)
    search_fields = ("code", "pseudonyme")
    search_help_text = "Code, ou partie du pseudonyme, sans se soucier des accents."
    readonly_fields = ("code", "organisme", "saisi_le", "recu_le", "auteur")
    inlines = (AccordsEnLigne,)
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("organisme")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        queryset = self.au_choix(request, queryset)
        if terme := terme_lu(search_term).strip():
            queryset = queryset.chercher(terme)  # type: ignore[attr-defined]
        return queryset, False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A file belongs to an organisme: a network-wide account opens none."""
        compte: Any = request.user
        return super().has_add_permission(request) and compte.organisme_id is not None

    def est_modifiable(self, request: HttpRequest, obj: Any) -> bool:
        compte: Any = request.user
        return bool(obj.organisme_id == compte.organisme_id)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("pseudonyme", ("genre", "annee_naissance"))})]
        groupes: list[Any] = [(None, {"fields": (("code", "pseudonyme"),)})]
        if obj.acces_complet:
            groupes += [
                ("Dossier", {"fields": (("genre", "annee_naissance"), "organisme")}),
                ("Saisie", {"fields": (("auteur", "saisi_le", "recu_le"),)}),
            ]
        return groupes

    def champs_caches(self, request: HttpRequest, obj: Any) -> set[str]:
        return set() if obj.acces_complet else {*self.RESERVES, "saisi_le", "recu_le", "auteur"}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            compte: Any = request.user
            obj.organisme_id = compte.organisme_id
        super().save_model(request, obj, form, change)

    @admin.display(description="genre", empty_value="—")
    def genre_connu(self, obj: Any) -> str | None:
        return obj.get_genre_display() if obj.acces_complet else None

    @admin.display(description="né·e en", empty_value="—")
    def naissance_connue(self, obj: Any) -> int | None:
        return obj.annee_naissance if obj.acces_complet else None

    @admin.display(description="dossier de", empty_value="—")
    def organisme_connu(self, obj: Any) -> str | None:
        return str(obj.organisme) if obj.acces_complet else None


@admin.register(AccordPartage)
class AccordPartageAdmin(FicheAdmin):
    suit_son_objet = True
    list_display = ("personne", "organisme", "donne_le", "retire_le")
    list_select_related = ("personne", "organisme")
    list_filter = (("organisme", RelatedDropdownFilter), "donne_le")
    search_fields = ("personne__code__iexact", "personne__pseudonyme__unaccent")
    autocomplete_fields = ("personne", "organisme")
    fields = ("personne", "organisme", ("donne_le", "retire_le"))
    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION

    def est_modifiable(self, request: HttpRequest, obj: Any) -> bool:
        """Only the organisme that owns the file speaks for the person."""
        compte: Any = request.user
        return bool(obj.personne.organisme_id == compte.organisme_id)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("personne", "organisme") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "personne":
            kwargs["queryset"] = Personne.objects.filter(
                Q(organisme=getattr(request.user, "organisme_id", None))
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(AccesPersonne)
class AccesPersonneAdmin(LectureSeule):
    """Why another organisme knows the code and pseudonym of a person."""

    list_display = ("personne", "organisme", "motif")
    list_select_related = ("personne", "organisme")
    list_filter = ("motif", ("organisme", RelatedDropdownFilter))
    search_fields = ("personne__code__iexact", "personne__pseudonyme__unaccent")
    fields = ("personne", "organisme", "motif")
    ordering = ("-id",)
    roles_lecture = COORDINATION


@admin.register(AccessAttempt)
class EssaisDeConnexionAdmin(FicheAdmin):
    """Accounts that the guard has locked out; deleting a row lets them try again."""

    list_display = ("username", "failures_since_start", "attempt_time")
    search_fields = ("username",)
    ordering = ("-attempt_time",)
    fields = ("username", "failures_since_start", "attempt_time")
    roles_lecture = ADMINISTRATION
    roles_suppression = ADMINISTRATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return AccessAttempt.objects.all()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
