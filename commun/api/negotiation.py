"""In what form an answer is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer


class Negociation(DefaultContentNegotiation):
    """A `format` that the address does not have is a mistake to name, not a missing page."""

    def filter_renderers(  # type: ignore[override]
        self, renderers: Sequence[BaseRenderer], format: str
    ) -> list[Any]:
        connus = [rendu.format for rendu in renderers]
        if format not in connus:
            raise ValidationError({"format": f"Format inconnu ; ici : {', '.join(connus)}."})
        return [rendu for rendu in renderers if rendu.format == format]
