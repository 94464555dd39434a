"""Getting a token, and giving it back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.errors import TropDeTentatives, reponse
from commun.api.schema import ProblemeSerializer
from commun.api.viewsets import exiger_objet
from socle import preuves
from socle.api.serializers import ConnexionSerializer, SessionSerializer
from socle.models import Jeton, Utilisateur

MAUVAIS = "Identifiant ou mot de passe incorrect."


class ConnexionView(APIView):
    """Opens a session: an opaque token, told only here."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    problemes: ClassVar[dict[int, Any]] = {429: ProblemeSerializer}

    @extend_schema(request=ConnexionSerializer, responses=SessionSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Ouvre une session : un jeton, dit cette seule fois."""
        demande = ConnexionSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        utilisateur = authenticate(
            request._request,
            username=demande.validated_data["identifiant"],
            password=demande.validated_data["mot_de_passe"],
        )
        if getattr(request._request, "axes_locked_out", False):
            # The guard's middleware would answer with a page of its own.
            request._request.axes_locked_out = False  # type: ignore[attr-defined]
            raise TropDeTentatives(
                "Trop d'essais : réessayez dans un quart d'heure.", entetes={"Retry-After": "900"}
            )
        if not isinstance(utilisateur, Utilisateur):
            return reponse(401, MAUVAIS, entetes={"WWW-Authenticate": 'Bearer realm="api"'})
        secret, jeton = Jeton.emettre(utilisateur)
        update_last_login(None, utilisateur)  # type: ignore[arg-type]
        appareil = demande.validated_data.get("appareil")
        session = {
            "jeton": secret,
            "expire_le": jeton.expire_le,
            "utilisateur": utilisateur,
            "session": appareil and preuves.attester(utilisateur.pk, appareil),
        }
        return Response(SessionSerializer(session).data)


class DeconnexionView(APIView):
    """Revokes the token that asks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Révoque le jeton de la demande."""
        Jeton.objects.get(empreinte=request.auth).revoquer()
        return Response(status=status.HTTP_204_NO_CONTENT)
