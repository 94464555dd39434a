"""In what form an answer is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.http import parse_header_parameters
from rest_framework.exceptions import NotAcceptable, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


def _est_lisible(forme: str) -> bool:
    """Whether the framework will read it without failing."""
    try:
        parse_header_parameters(forme)
    except Exception:
        # A foreign parser on foreign input: of the ways in which it fails there is no list.
        return False
    return True


class Negociation(DefaultContentNegotiation):
    """A `format` that the address does not have is a mistake to name, not a missing page.

    A form of answer that cannot be read is one that nobody has: 406, unless there is another.
    """

    def get_accept_list(self, request: Request) -> list[str]:
        return [forme for forme in super().get_accept_list(request) if _est_lisible(forme)]

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        rendu, forme = super().select_renderer(request, renderers, format_suffix)
        # What a wildcard stood for is written anew with its parameters, without their quotes, and
        # read again by who writes the answer.
        if not _est_lisible(forme):
            raise NotAcceptable(available_renderers=renderers)
        return rendu, forme

    def filter_renderers(  # type: ignore[override]
        self, renderers: Sequence[BaseRenderer], format: str
    ) -> list[Any]:
        connus = [rendu.format for rendu in renderers]
        if format not in connus:
            raise ValidationError({"format": f"Format inconnu ; ici : {', '.join(connus)}."})
        return [rendu for rendu in renderers if rendu.format == format]
