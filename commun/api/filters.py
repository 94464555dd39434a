"""Filters that are never ignored: an unknown one is an error."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


class FilterSet(django_filters.FilterSet):
    """The base of every filterset of the API; `[du, au)` may be empty, but not reversed."""

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        demandes = self.form.cleaned_data
        du, au = demandes.get("du"), demandes.get("au")
        if du is not None and au is not None and au < du:
            raise ValidationError({"au": "La fin ne peut précéder le début."}, code="renverse")
        lignes: QuerySet[Any] = super().filter_queryset(queryset)
        return lignes


class Reference(django_filters.CharFilter):
    """By what names the other object: its uuid, or its code where it has one.

    What has a code is reference data: one that names nothing is a mistake, and said to be one,
    for an empty list would read as a figure. A uuid alone selects nothing where it names nothing
    that the caller may see, whether it exists or not.
    """

    def __init__(
        self, *args: Any, code: bool = False, portee: str | None = "visibles_par", **kwargs: Any
    ) -> None:
        self.par_code = code
        self.portee = portee
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        try:
            critere: dict[str, Any] = {"uuid": uuid.UUID(value)}
        except ValueError:
            if not self.par_code:
                self.refuser("Il faut un identifiant (uuid).", "uuid_invalide")
            critere = {"code": value}
        if self.par_code and not self._nommables(qs.model).filter(**critere).exists():
            self.refuser("Référence inconnue.", "inconnu")
        return qs.filter(**{f"{self.field_name}__{nom}": cle for nom, cle in critere.items()})

    def _nommables(self, modele: Any) -> QuerySet[Any]:
        """What the filter may name: the objects at the end of its path, as the caller sees them."""
        for morceau in str(self.field_name).split("__"):
            modele = modele._meta.get_field(morceau).related_model
        toutes: QuerySet[Any] = modele.objects.all()
        if self.portee is not None:
            toutes = getattr(toutes, self.portee)(self.parent.request.user)
        return toutes

    def refuser(self, message: str, code: str) -> NoReturn:
        """400 under the name that the caller used."""
        nom = next(nom for nom, filtre in self.parent.filters.items() if filtre is self)
        raise ValidationError({nom: message}, code=code)


class ChoixBooleen(forms.Field):
    """`true` or `false`: anything else would be ignored."""

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if str(value).lower() not in {"true", "false"}:
            raise forms.ValidationError("Il faut « true » ou « false ».", code="invalid")
        return str(value).lower() == "true"


class Booleen(django_filters.BooleanFilter):
    field_class = ChoixBooleen


class Jour(django_filters.DateFilter):
    """A day written AAAA-MM-JJ."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        super().__init__(*args, **kwargs)

    field_class = forms.DateField


def refuser_inconnus(request: Request, permis: set[str]) -> None:
    """400 that names each query parameter that means nothing here, or cannot be taken as sent.

    An empty one, or the first of two, would be ignored: the answer would look like one to the
    question that was asked.
    """
    inconnus = sorted(set(request.query_params) - permis)
    if inconnus:
        raise ValidationError(
            dict.fromkeys(inconnus, "Ce paramètre n'existe pas."), code="parametre_inconnu"
        )
    demandes = request.query_params.lists()
    repetes = [nom for nom, valeurs in demandes if len(valeurs) > 1]
    if repetes:
        raise ValidationError(
            dict.fromkeys(repetes, "Ce paramètre ne se donne qu'une fois."), code="repete"
        )
    vides = [nom for nom, valeur in request.query_params.items() if not str(valeur).strip()]
    if vides:
        raise ValidationError(dict.fromkeys(vides, "Ce paramètre est vide."), code="vide")


class FiltresStricts(DjangoFilterBackend):
    """Filters a list, and only a list; refuses unknown parameters and malformed values."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        if getattr(view, "detail", False):
            return queryset
        classe = self.get_filterset_class(view, queryset)
        permis = set(classe.base_filters) if classe else set()
        pages = getattr(view, "paginator", None)
        if pages is not None:
            permis |= {pages.cursor_query_param, pages.page_size_query_param}
        refuser_inconnus(request, permis)
        filtrees: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtrees
