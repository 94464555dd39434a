"""Reading a body: JSON only, and never more of it than is permitted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from commun.api.errors import TropVolumineux

DEMI_CARACTERE = re.compile(rb"\\u[dD][89a-fA-F]")


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
            donnees = super().parse(BytesIO(contenu), media_type, parser_context)
            if DEMI_CARACTERE.search(contenu):
                # Half of a surrogate pair is no character: no answer could quote it, no table
                # hold it (RFC 8259, 8.2). A whole pair passes.
                json.dumps(donnees, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as erreur:
            raise ParseError() from erreur
        return donnees
