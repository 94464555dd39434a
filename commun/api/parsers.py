"""Reading a body: JSON only, and never more of it than is permitted."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from commun.api.errors import TropVolumineux


class ParseurJSON(JSONParser):
    """Django's own limit guards `request.body` only, which this framework doesn't read."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limite = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        contenu = stream.read(limite + 1)
        if len(contenu) > limite:
            raise TropVolumineux()
        try:
            return super().parse(BytesIO(contenu), media_type, parser_context)
        except RecursionError as erreur:
            raise ParseError() from erreur
