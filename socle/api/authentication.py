"""Who is asking: an opaque token, looked up by its digest."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from socle.models import Jeton, Utilisateur

REFUS = "Ce jeton n'est pas valide, ou ne l'est plus."


class AuthentificationParJeton(BaseAuthentication):
    """`Authorization: Bearer …`; one query, whatever comes of it. `request.auth` is the digest."""

    def authenticate(self, request: Request) -> tuple[Utilisateur, str] | None:
        morceaux = get_authorization_header(request).split()
        if not morceaux or morceaux[0].lower() != b"bearer":
            return None
        if len(morceaux) != 2:
            raise AuthenticationFailed(REFUS)
        empreinte = Jeton.calculer_empreinte(morceaux[1].decode("latin-1"))
        utilisateur = Utilisateur.objects.du_jeton(empreinte)
        if utilisateur is None:
            raise AuthenticationFailed(REFUS)
        return utilisateur, empreinte

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SchemaDuJeton(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "socle.api.authentication.AuthentificationParJeton"
    name = "jeton"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Jeton donné par connexion/."}
