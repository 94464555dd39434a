"""What drop-downs offer while somebody types in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase


class Completions(AutocompleteJsonView):
    """The framework's, for the fields of the pages that there are.

    Its own takes any relation of any model, and fails on those that no form has.
    """

    def process_request(self, request: HttpRequest) -> Any:
        trouves = super().process_request(request)
        champ: Any = trouves[2]
        if champ.auto_created or not admin.site.is_registered(champ.model):
            raise PermissionDenied
        return trouves


def completions(request: HttpRequest) -> HttpResponseBase:
    """The view, for who may open the admin."""
    return admin.site.admin_view(Completions.as_view(admin_site=admin.site))(request)
