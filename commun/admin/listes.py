"""The list of a model's records."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import PAGE_VAR
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str
from unfold.views import ChangeList

DERNIERE = 1_000_000_000  # pages: beyond, the database could not be asked


class Liste(ChangeList):
    """Counts its rows once: where nothing is left out, the whole is what is shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count


class PageComptee(Paginator):  # type: ignore[type-arg]
    """The page that is asked for, read with the number of all rows: for a list of which finding
    the rows is what takes the time, and would take it twice."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(*args)
        try:
            self.numero = min(max(int(request.GET.get(PAGE_VAR, 1)), 1), DERNIERE)
        except ValueError:
            self.numero = 1

    @cached_property
    def lignes(self) -> list[Any]:
        debut = (self.numero - 1) * self.per_page
        lignes: Any = self.object_list
        comptees = lignes.annotate(en_tout=Window(Count("*")))
        return list(comptees[debut : debut + self.per_page])

    @cached_property
    def count(self) -> int:
        if self.lignes:
            return int(self.lignes[0].en_tout)
        return 0 if self.numero == 1 else super().count

    def page(self, number: int | str) -> Any:
        numero = self.validate_number(number)
        if numero == self.numero:
            return Page(self.lignes, numero, self)
        return super().page(numero)


class ListeComptee(Liste):
    """A list of which `get_paginator` makes a `PageComptee`: showing it asks nothing more."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        paginateur: Any = self.paginator
        if not self.multi_page and paginateur.numero == 1:
            self.result_list = paginateur.lignes


class IntervalleDeJours(RangeDateFilter):
    """From one day to another, both included; a day that cannot be read shows nothing, and why."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        illisibles = [
            valeur for valeur in self.used_parameters.values() if not parse_date_str(valeur)
        ]
        for valeur in illisibles:
            messages.error(request, f"« {valeur} » n'est pas une date : écrivez JJ/MM/AAAA.")
        return queryset.none() if illisibles else super().queryset(request, queryset)
