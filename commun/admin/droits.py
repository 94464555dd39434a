"""Who may do what on a page, and what a form may say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, cast
from uuid import uuid4

from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.forms import CharField, DateTimeField, ModelChoiceField, SplitDateTimeField
from django.http import HttpRequest

from commun.admin.instants import InstantDuBureau
from commun.api.viewsets import en_uuid
from commun.horloge import maintenant
from commun.validators import instant_passe, jour_plausible, texte_visible

# What a filter of a list, or its hierarchy of dates, puts after the name of a field.
RECHERCHES = frozenset(
    {"exact", "in", "isnull", "isempty", "gte", "lt", "year", "month", "day", "id", "uuid", "pk"}
)

AUCUNE_LIGNE = str(uuid4())  # made here, and given to nothing


def est_un_filtre(parametre: str, filtres: Iterable[Any]) -> bool:
    """Whether a query parameter is one of the filters that a page declares.

    A field permits its own lookups (`statut__exact`) and its range (`jour_from`), and what it
    refers to only by its key: a step further would let anything that is kept be guessed, letter by
    letter. A filter class permits only its one parameter, which may bear the name of a field that
    it restricts.
    """
    for filtre in filtres:
        nom = filtre[0] if isinstance(filtre, list | tuple) else filtre
        if isinstance(nom, str):
            suite = parametre.removeprefix(f"{nom}__")
            if parametre in {nom, f"{nom}_from", f"{nom}_to"} or (
                suite != parametre and set(suite.split("__")) <= RECHERCHES
            ):
                return True
        elif parametre == nom.parameter_name:
            return True
    return False


class DroitsParRole:
    """What a role may do on a page; a page that names none stays closed to all.

    `roles_ecriture` may add and change, `roles_suppression` may delete (none by default: records
    are cancelled or corrected).
    """

    roles_lecture: ClassVar[frozenset[str]] = frozenset()
    roles_ecriture: ClassVar[frozenset[str]] = frozenset()
    roles_suppression: ClassVar[frozenset[str]] = frozenset()
    # Days that may be of another century: a structure is older than what is recorded of it.
    jours_anciens: ClassVar[frozenset[str]] = frozenset()
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.DateTimeField: {"form_class": InstantDuBureau}
    }

    def _permis(self, request: HttpRequest, roles: frozenset[str]) -> bool:
        compte: Any = request.user
        return bool(compte.is_active and compte.is_staff and compte.role in roles)

    def est_modifiable(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the caller, whose role may write, may write this row."""
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permis(request, self.roles_lecture | self.roles_ecriture)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._permis(request, self.roles_ecriture)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        permis = self._permis(request, self.roles_ecriture)
        return permis and (obj is None or self.est_modifiable(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        permis = self._permis(request, self.roles_suppression)
        return permis and (obj is None or self.est_modifiable(request, obj))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lignes: Any = super().get_queryset(request)  # type: ignore[misc]
        return cast("QuerySet[Any]", lignes.visibles_par(request.user))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is typed at a desk has happened; a day may be planned."""
        champ = super().formfield_for_dbfield(  # type: ignore[misc]
            db_field, request, **kwargs
        )
        if champ is None or db_field.name in self.jours_anciens:
            return champ
        texte = champ.base_field if isinstance(champ, SimpleArrayField) else champ
        if isinstance(texte, CharField):
            texte.validators.append(texte_visible)
        if isinstance(db_field, models.DateTimeField):
            champ.validators.append(instant_passe)
        elif isinstance(db_field, models.DateField):
            champ.validators.append(jour_plausible)
        return champ

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only rows that the page of the other model would show can be referred to."""
        autre = self.admin_site._registry.get(db_field.related_model)  # type: ignore[attr-defined]
        if "queryset" not in kwargs and isinstance(autre, DroitsParRole):
            kwargs["queryset"] = autre.get_queryset(request)
        return super().formfield_for_foreignkey(  # type: ignore[misc]
            db_field, request, **kwargs
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        autre = self.admin_site._registry.get(db_field.related_model)  # type: ignore[attr-defined]
        if "queryset" not in kwargs and isinstance(autre, DroitsParRole):
            kwargs["queryset"] = autre.get_queryset(request)
        return super().formfield_for_manytomany(  # type: ignore[misc]
            db_field, request, **kwargs
        )


def signer(objet: Any, request: HttpRequest) -> None:
    """A record made here carries who made it and when it reached the server."""
    if any(champ.name == "auteur" for champ in objet._meta.concrete_fields):
        objet.auteur = request.user
        objet.recu_le = maintenant()


def est_une_cle(modele: type[Model], valeur: Any) -> bool:
    """Whether a value can be the key of a row of this model."""
    try:
        modele._meta.pk.to_python(valeur)
    except ValidationError:
        return False
    return True


def remplacer_les_fausses_cles(request: HttpRequest, tient_une_cle: Callable[[str], bool]) -> None:
    """What was sent as a key and can be none becomes a key that no row has.

    The form refuses it then as it does any unknown key. Looked up as it is, it would be an error
    of the server; left out, it would empty, unseen, the field that it was sent for.
    """
    if request.method != "POST":
        return
    envoyees = request.POST.copy()
    for nom in filter(tient_une_cle, envoyees):
        cles = [v if v == "" or en_uuid(v) else AUCUNE_LIGNE for v in envoyees.getlist(nom)]
        envoyees.setlist(nom, cles)
    request.POST = envoyees  # type: ignore[assignment]


def garder_les_valeurs(form: Any) -> None:
    """What a record refers to stays a choice of its form, even where the caller may not choose
    it anew: it would be dropped, unseen, by the next correction of something else. What is asked
    for in the address of a form is not shown unless it may be chosen."""
    for nom, champ in form.fields.items():
        valeur = form.initial.get(nom)
        if isinstance(valeur, str) and isinstance(champ, SplitDateTimeField):
            # Typed in the address by hand, too: a date and an hour, or nothing.
            try:
                form.initial[nom] = DateTimeField().clean(valeur)
            except ValidationError:
                del form.initial[nom]
        if not isinstance(champ, ModelChoiceField) or valeur in (None, "", []):
            continue
        cles = [getattr(v, "pk", v) for v in valeur] if isinstance(valeur, list) else [valeur]
        permises: Any = champ.queryset
        if not all(est_une_cle(permises.model, cle) for cle in cles):
            del form.initial[nom]  # typed in the address by hand
            continue
        if form.instance._state.adding:
            # In the address of a form of addition: only what the caller may choose.
            if permises.filter(pk__in=cles).count() < len(set(cles)):
                del form.initial[nom]
            continue
        choix: Any = permises.model._default_manager.filter(
            Q(pk__in=permises.order_by().values("pk")) | Q(pk__in=cles)
        )
        choix.query.select_related = permises.query.select_related
        champ.queryset = choix
