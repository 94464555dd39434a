"""What is looked at before the framework: how a body is written, and how long it is."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from django.conf import settings
from django.utils.http import parse_header_parameters

from commun.api.errors import TYPE_DE_CONTENU, corps

GENRE_ILLISIBLE = "L'en-tête « Content-Type » ne se lit pas, ou dit un autre codage qu'UTF-8."
FORMULAIRE = "application/x-www-form-urlencoded"
# ASCII is written the same in UTF-8.
CODAGES = frozenset({"utf-8", "ascii"})
COMPRIME = "Le corps d'une requête s'envoie tel quel, sans « Content-Encoding »."
ECOURTE = "Le corps est plus court que la longueur annoncée : rien n'a été lu. Renvoyez-le."
SANS_LONGUEUR = "Ce serveur demande la longueur du corps : en-tête « Content-Length »."
# Bytes beyond the limit that are read and thrown away before the connection is cut.
PATIENCE = 16 * 1024 * 1024


def _longueur(environ: dict[str, Any]) -> int:
    """Of the body, in bytes; 0 where it is not told, or absurd."""
    longueur = environ.get("CONTENT_LENGTH") or ""
    return int(longueur) if longueur.isdecimal() else 0


def _genre(entete: str) -> str | None:
    """The type of a body as the framework is to read it; None where it would fail on it.

    It reads the header before anything that could answer for it, then the address and the body
    in the encoding that was told, which may be no encoding of text at all.
    """
    try:
        genre, options = parse_header_parameters(entete)
        if "charset" not in options:
            return entete
        if codecs.lookup(options["charset"].strip()).name not in CODAGES:
            return None
    except Exception:
        # The parser is foreign and so is what it reads: of the ways in which it fails (TypeError
        # is one) there is no list, and all of them mean that the header can't be read.
        return None
    # Of a form, only this spelling is known to it.
    return f"{FORMULAIRE}; charset=utf-8" if genre == FORMULAIRE else entete


class CorpsEntier:
    """Reads a body to its end, where the server says that it has one.

    Django looks at `Content-Length` alone, so that a chunked body would be read as empty, and the
    request answered as if it had said nothing; and one that was cut off would be read as far as it
    goes: half a form is a form. No more than the limit and one byte is kept: what is longer is
    refused further on, as any body too long is. Whoever is still sending one that is too long is
    let finish.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        entete = environ.get("CONTENT_TYPE", "")
        genre = _genre(entete)
        if genre is None:
            # The framework would fail on it again while it says so.
            return self._refuser(start_response, 415, GENRE_ILLISIBLE)
        if genre != entete:
            environ = {**environ, "CONTENT_TYPE": genre}
        if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in {"", "identity"}:
            return self._refuser(start_response, 415, COMPRIME)
        limite, longueur = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, _longueur(environ)
        codage = environ.get("HTTP_TRANSFER_ENCODING", "").strip()
        if codage and not environ.get("CONTENT_LENGTH"):
            if not environ.get("wsgi.input_terminated"):
                return self._refuser(start_response, 411, SANS_LONGUEUR)
            # Pieces that are malformed or cut off raise: the server closes the connection, of which
            # nobody knows any more where the next request starts.
            contenu = environ["wsgi.input"].read(limite + 1)
            if len(contenu) > limite:
                self._ecouler(environ["wsgi.input"])
            environ = {
                **environ,
                "wsgi.input": BytesIO(contenu),
                "CONTENT_LENGTH": str(len(contenu)),
            }
        elif 0 < longueur <= limite:
            contenu = environ["wsgi.input"].read(longueur)
            if len(contenu) < longueur:
                return self._refuser(start_response, 400, ECOURTE)
            environ = {**environ, "wsgi.input": BytesIO(contenu)}
        reponse = self.application(environ, start_response)
        if longueur > limite:
            self._ecouler(environ["wsgi.input"])
        return reponse

    def _ecouler(self, flux: Any) -> None:
        """Let somebody who is still sending finish: they would not hear the refusal otherwise."""
        reste = PATIENCE
        while reste > 0 and (lus := flux.read(65_536)):
            reste -= len(lus)

    def _refuser(
        self, start_response: StartResponse, statut: int, pourquoi: str
    ) -> Iterable[bytes]:
        contenu = json.dumps(corps(statut, pourquoi), ensure_ascii=False).encode()
        entetes = [("Content-Type", TYPE_DE_CONTENU), ("Content-Length", str(len(contenu)))]
        start_response(f"{statut} {HTTPStatus(statut).phrase}", entetes)
        return [contenu]
