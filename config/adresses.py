"""Addresses of the API end with a slash; a write that forgets it must not lose its body."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.common import CommonMiddleware

from commun.api.errors import TYPE_DE_CONTENU, corps

SANS_EFFET = frozenset({"GET", "HEAD", "OPTIONS"})


class AdressesCompletes(CommonMiddleware):
    """Redirects as Django does, but never a write to the API.

    A client follows a 301 of a POST with a GET: the list would come back as if all were well.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if (
            response.status_code == 404
            and request.method not in SANS_EFFET
            and request.path.startswith("/api/")
            and self.should_redirect_with_slash(request)
        ):
            detail = f"L'adresse se termine par une barre oblique : « {request.path}/ »."
            refus = JsonResponse(corps(404, detail), status=404, content_type=TYPE_DE_CONTENU)
            refus.headers["Content-Length"] = str(len(refus.content))
            return refus
        return super().process_response(request, response)
