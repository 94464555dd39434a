"""What each kind of page permits itself, and where a request comes from."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from csp.constants import NONCE
from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Beyond the policy of every page: the theme runs Alpine.js, which evaluates its expressions, and
# styles its elements where they are.
ADMINISTRATION = {"script-src": [NONCE, "'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class Protections:
    """Widens the security policy where a page needs it; what is told of people is kept nowhere."""

    def __init__(self, suite: Callable[[HttpRequest], HttpResponse]) -> None:
        self.suite = suite

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reponse = self.suite(request)
        if request.path.startswith("/admin/"):
            reponse._csp_update = ADMINISTRATION  # type: ignore[attr-defined]
        if request.path.startswith(("/api/", "/sante/")):
            reponse.headers.setdefault("Cache-Control", "no-store")
        return reponse


def adresse_du_client(request: HttpRequest) -> str | None:
    """The address of who asks, as the nearest proxy of ours has seen it.

    Each proxy adds the address of who spoke to it to the end of X-Forwarded-For. What stands
    before was written by others, and counts for nothing: guesses would each have an address of
    their own.
    """
    adresse = request.META.get("REMOTE_ADDR", "")
    if settings.MANDATAIRES:
        entete = request.META.get("HTTP_X_FORWARDED_FOR")
        passages = entete.split(",") if entete else []
        if len(passages) >= settings.MANDATAIRES:
            adresse = passages[-settings.MANDATAIRES]
    try:
        return str(ip_address(adresse.strip()))
    except ValueError:
        return None
