"""Reading a form that comes in parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from pghistory.middleware import WSGIRequest


class Demande(WSGIRequest):
    """A part whose headers cannot be read makes a bad request, as any bad form does: 400."""

    def parse_file_upload(self, META: Any, post_data: Any) -> Any:
        try:
            return super().parse_file_upload(META, post_data)
        except (TypeError, LookupError, ValueError, AttributeError) as erreur:
            # The framework expects of its parser of headers only one of the ways in which it
            # fails. What it answers itself (a form too long, a connection cut) is none of these.
            raise MultiPartParserError("Une partie ne se lit pas.") from erreur


class Formulaires:
    """Placed after the history's own, which gives every request a class of its own."""

    def __init__(self, suite: Callable[[HttpRequest], HttpResponse]) -> None:
        self.suite = suite

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            request.__class__ = Demande
        return self.suite(request)
