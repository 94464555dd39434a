"""Filters that are never ignored: an unknown one is an error."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


class FilterSet(django_filters.FilterSet):
    """The base of every filterset of the API."""


class Reference(django_filters.CharFilter):
    """By what names the other object: its uuid, or its code where it has one."""

    def __init__(self, *args: Any, code: bool = False, **kwargs: Any) -> None:
        self.par_code = code
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        try:
            return qs.filter(**{self.field_name or "": uuid.UUID(value)})
        except ValueError as erreur:
            if self.par_code:
                return qs.filter(**{f"{self.field_name}__code": value})
            nom = self.extra.get("label") or self.field_name
            raise ValidationError(
                {str(nom): "Il faut un identifiant (uuid)."}, code="uuid_invalide"
            ) from erreur


class Jour(django_filters.DateFilter):
    """A day written AAAA-MM-JJ."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        super().__init__(*args, **kwargs)

    field_class = forms.DateField


def refuser_inconnus(request: Request, permis: set[str]) -> None:
    """400 that names each query parameter that means nothing here."""
    inconnus = sorted(set(request.query_params) - permis)
    if inconnus:
        raise ValidationError(
            dict.fromkeys(inconnus, "Ce paramètre n'existe pas."), code="parametre_inconnu"
        )


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
