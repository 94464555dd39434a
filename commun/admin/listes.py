"""The list of a model's records."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str
from unfold.views import ChangeList


class Liste(ChangeList):
    """Counts its rows once: where nothing is left out, the whole is what is shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count


class IntervalleDeJours(RangeDateFilter):
    """From one day to another, both included; a day that cannot be read shows nothing, and why."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        illisibles = [
            valeur for valeur in self.used_parameters.values() if not parse_date_str(valeur)
        ]
        for valeur in illisibles:
            messages.error(request, f"« {valeur} » n'est pas une date : écrivez JJ/MM/AAAA.")
        return queryset.none() if illisibles else super().queryset(request, queryset)
