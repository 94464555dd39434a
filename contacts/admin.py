"""The coordinators' pages on contacts, acts and material; the base of what extends a contact."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import fields_for_model
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from commun.admin import FicheAdmin, LignesEnLecture, LignesModifiables, completer, signer
from commun.historique import evenements_de
from commun.horloge import en_clair
from contacts.models import Acte, Contact, RemiseMateriel
from socle.enums import Role
from socle.models import Personne, Structure
from socle.querysets import COORDINATION

RECHERCHE_DE_PERSONNE = ("personne__code__iexact", "personne__pseudonyme__unaccent")


def est_propre(request: HttpRequest, obj: Any) -> bool:
    """Whether a contact, or what extends one, is of the caller's organisme; new ones are."""
    contact = getattr(obj, "contact", obj)
    if contact is None or contact._state.adding:
        return True
    compte: Any = request.user
    return bool(contact.structure.organisme_id == compte.organisme_id)


class SurUnContact(LignesModifiables):
    """Rows that hang on the contact of the page's object, which may extend a contact."""

    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def __init__(self, parent_model: Any, admin_site: Any) -> None:
        super().__init__(Contact, admin_site)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and est_propre(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request) and est_propre(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request) and est_propre(request, obj)


class ActesEnLigne(SurUnContact):
    """Without the note of care, which is for those who care."""

    model = Acte
    fields = ("categorie", "survenu_le")


class RemisesEnLigne(SurUnContact):
    model = RemiseMateriel
    fields = ("materiel", "quantite_distribuee", "quantite_recuperee", "survenu_le")


class DeSonOrganisme(FicheAdmin):
    """Pages of what happened with people: coordination, of its own organisme."""

    roles_lecture = COORDINATION
    roles_ecriture = COORDINATION
    roles_suppression = COORDINATION

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Structure and db_field.name == "structure":
            kwargs["queryset"] = Structure.objects.gerees_par(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Contact)
class ContactAdmin(DeSonOrganisme):
    """A contact is added as a visit or an encounter, and corrected or deleted here too."""

    list_display = (
        "survenu_le", "cadre", "structure", "personne", "genre_observe", "issue", "derive_signalee"
    )  # fmt: skip
    list_select_related = ("structure", "personne")
    list_filter = (
        "cadre", "issue", ("structure", RelatedDropdownFilter), "derive_signalee"
    )  # fmt: skip
    date_hierarchy = "jour"
    search_fields = RECHERCHE_DE_PERSONNE
    autocomplete_fields = ("personne", "structure")
    readonly_fields = (
        "cadre", "structure", "jour", "derive_signalee", "saisi_le", "recu_le", "auteur"
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("cadre", "structure"), "personne", ("genre_observe",
                           "tranche_age_observee"), "issue")}),
        ("Quand", {"fields": ("survenu_le", ("jour", "derive_signalee"), ("saisi_le", "recu_le"),
                              "auteur")}),
    )  # fmt: skip
    inlines = (ActesEnLigne, RemisesEnLigne)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("structure", "personne")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Acte)
class ActeAdmin(DeSonOrganisme):
    """An act stays with its contact: who reads its note of care follows from the structure."""

    list_display = ("survenu_le", "categorie", "structure", "personne")
    list_select_related = ("contact__structure", "contact__personne")
    list_filter = (
        ("categorie", ChoicesDropdownFilter), ("contact__structure", RelatedDropdownFilter)
    )  # fmt: skip
    date_hierarchy = "jour"
    search_fields = tuple(f"contact__{champ}" for champ in RECHERCHE_DE_PERSONNE)
    autocomplete_fields = ("contact",)
    readonly_fields = ("jour", "saisi_le", "recu_le", "auteur")
    fields = ("contact", "categorie", "survenu_le", "jour", ("saisi_le", "recu_le"), "auteur")

    def verrouiller(self, request: HttpRequest, objets: Sequence[Any]) -> None:
        Contact.objects.tenir(*(acte.contact_id for acte in objets))

    def champs_caches(self, request: HttpRequest, obj: Any) -> set[str]:
        """The notes of care are for the SOIGNANTs of the structure, who have no page here."""
        compte: Any = request.user
        return set() if compte.role == Role.SOIGNANT else {"note_soin"}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, *(("contact",) if obj else ()))

    @admin.display(description="structure", ordering="contact__structure__nom")
    def structure(self, obj: Any) -> str:
        return str(obj.contact.structure)

    @admin.display(description="personne", empty_value="—")
    def personne(self, obj: Any) -> Any:
        return obj.contact.personne


@admin.register(RemiseMateriel)
class RemiseMaterielAdmin(DeSonOrganisme):
    list_display = (
        "survenu_le", "materiel", "quantite_distribuee", "quantite_recuperee", "structure"
    )  # fmt: skip
    list_select_related = ("contact__structure",)
    list_filter = (
        ("materiel", ChoicesDropdownFilter), ("contact__structure", RelatedDropdownFilter)
    )  # fmt: skip
    search_fields = tuple(f"contact__{champ}" for champ in RECHERCHE_DE_PERSONNE)
    autocomplete_fields = ("contact",)
    readonly_fields = ("saisi_le", "recu_le", "auteur")
    fields = (
        "contact", "materiel", ("quantite_distribuee", "quantite_recuperee"), "survenu_le",
        ("saisi_le", "recu_le"), "auteur",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, *(("contact",) if obj else ()))

    @admin.display(description="structure", ordering="contact__structure__nom")
    def structure(self, obj: Any) -> str:
        return str(obj.contact.structure)


class ExtensionDeContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """One form for a record and the contact that it extends."""

    champs_du_contact: ClassVar[tuple[str, ...]] = ()
    cadre: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            # From the start, since the rows that hang on it are bound to it before it is checked.
            self.instance.contact = Contact(cadre=self.cadre)
        else:
            for nom in self.champs_du_contact:
                champ: Any = Contact._meta.get_field(nom)
                self.initial.setdefault(nom, champ.value_from_object(self.instance.contact))

    def preparer(self, contact: Contact) -> None:
        """Set what the contact takes from the record that extends it."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        contact = self.instance.contact
        for nom in self.champs_du_contact:
            if nom in self.cleaned_data:
                setattr(contact, nom, self.cleaned_data[nom])
        self.preparer(contact)
        if not self.errors:
            try:
                contact.full_clean(exclude=["jour", "auteur"])
            except ValidationError as erreur:
                self._update_errors(erreur)  # type: ignore[attr-defined]


class ExtensionDeContactAdmin(DeSonOrganisme):
    """The page of an encounter or a visit, which shows and writes its contact too."""

    form = ExtensionDeContactForm
    champs_du_contact: ClassVar[tuple[str, ...]] = (
        "personne", "genre_observe", "tranche_age_observee", "survenu_le"
    )  # fmt: skip
    # What is chosen once, when the record is made.
    fixes: ClassVar[tuple[str, ...]] = ()
    inlines = (ActesEnLigne, RemisesEnLigne)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("contact__structure", "contact__personne", "contact__auteur")
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        fiche: Any = self.admin_site.get_model_admin(Contact)
        champs = [c for c in self.champs_du_contact if obj is None or c not in self.fixes]
        kwargs["form"] = type(
            "Formulaire",
            (self.form,),
            {
                **fields_for_model(
                    Contact,
                    champs,
                    formfield_callback=partial(fiche.formfield_for_dbfield, request=request),
                ),
                "champs_du_contact": tuple(champs),
            },
        )
        return super().get_form(request, obj, change=change, **kwargs)

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        kwargs["instance"] = obj.contact
        return kwargs

    def porteur(self, obj: Any) -> Any:
        return obj.contact

    def parties(self, obj: Any) -> list[Any]:
        return [obj.contact, obj]

    def est_modifiable(self, request: HttpRequest, obj: Any) -> bool:
        return est_propre(request, obj)

    def references(self) -> set[str]:
        return {*super().references(), "personne", "structure"}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        contact = obj.contact
        if not change:
            self.nommer(request, contact)
            signer(contact, request)
        contact.save(force_insert=not change)
        # The key of the record is the contact's, which it has only now.
        obj.contact = contact
        super().save_model(request, obj, form, change)

    def ce_qui_part(self, objets: list[Any]) -> list[Any]:
        """The contacts, with all that hangs on them."""
        return [objet.contact for objet in objets]

    def historiques(self, request: HttpRequest, obj: Any) -> list[QuerySet[Any]]:
        histoires = [
            *super().historiques(request, obj),
            evenements_de(Contact).filter(pgh_obj_id=obj.pk),
        ]
        if est_propre(request, obj):  # as on the page itself
            histoires += [
                evenements_de(modele).filter(contact_id=obj.pk) for modele in (Acte, RemiseMateriel)
            ]
        return histoires

    def champs_caches(self, request: HttpRequest, obj: Any) -> set[str]:
        return {"note_soin"}

    @admin.display(description="survenu le", ordering="contact__survenu_le")
    def survenu(self, obj: Any) -> str:
        return en_clair(obj.contact.survenu_le)

    @admin.display(description="structure", ordering="contact__structure__nom")
    def structure_du_contact(self, obj: Any) -> str:
        return str(obj.contact.structure)

    @admin.display(description="personne", empty_value="—")
    def personne_du_contact(self, obj: Any) -> Any:
        return obj.contact.personne

    @admin.display(description="genre observé", empty_value="—")
    def genre_du_contact(self, obj: Any) -> str | None:
        return str(obj.contact.get_genre_observe_display())


class ContactsDeLaPersonne(LignesEnLecture):
    """Those of the own organisme, the latest first."""

    model = Contact
    fields = ("survenu_le", "cadre", "structure", "issue")
    ordering = ("-survenu_le",)
    roles_lecture = COORDINATION

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("structure")


completer(Personne, ContactsDeLaPersonne)
