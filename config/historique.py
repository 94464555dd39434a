"""Who writes: told once for a request, or for each operation of those that a tablet sends."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from pghistory.middleware import HistoryMiddleware

# Each operation is of an author of its own, whom `synchro` names.
PLUSIEURS_AUTEURS = ("/api/v1/synchro/envoi/", "/api/v1/synchro/secours/")


class Historique(HistoryMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in PLUSIEURS_AUTEURS:
            reponse: HttpResponse = self.get_response(request)
            return reponse
        return super().__call__(request)  # type: ignore[no-untyped-call]
