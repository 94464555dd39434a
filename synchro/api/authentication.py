"""A device that sends: its token is bound to it, and opens nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from socle.api.authentication import REFUS
from socle.enums import Role
from synchro.appareils import PREFIXE, du_jeton
from synchro.models import Appareil


class AuthentificationDAppareil(BaseAuthentication):
    """`Authorization: Bearer app_…`; `request.auth` is the device, and nobody has logged in."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Appareil] | None:
        morceaux = get_authorization_header(request).split()
        if len(morceaux) != 2 or morceaux[0].lower() != b"bearer":
            return None
        jeton = morceaux[1].decode("latin-1")
        if not jeton.startswith(PREFIXE):
            return None
        appareil = du_jeton(jeton)
        if appareil is None:
            raise AuthenticationFailed(REFUS)
        return AnonymousUser(), appareil

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class EstUnAppareil(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Appareil)


class EstUnAppareilOuLaCoordination(EstUnAppareil):
    def has_permission(self, request: Request, view: Any) -> bool:
        role = getattr(request.user, "role", None)
        return super().has_permission(request, view) or role == Role.COORDINATEUR


class SchemaDuJetonDAppareil(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "synchro.api.authentication.AuthentificationDAppareil"
    name = "appareil"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Jeton d'envoi d'un appareil, donné par synchro/enrolement/.",
        }
