"""The tablets' protocol."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.errors import TropVolumineux
from commun.api.reprise import Reprise
from commun.api.schema import ProblemeSerializer
from commun.api.viewsets import exiger_objet
from commun.horloge import maintenant
from socle.api.authentication import AuthentificationParJeton
from socle.models import Utilisateur
from synchro import appareils, services
from synchro.api.authentication import (
    AuthentificationDAppareil,
    EstUnAppareil,
    EstUnAppareilOuLaCoordination,
)
from synchro.api.serializers import (
    AppareilEnroleSerializer,
    BonjourSerializer,
    EnrolementSerializer,
    EnvoiRecuSerializer,
    EnvoiSerializer,
    SecoursSerializer,
)
from synchro.lecture import ENVOI_AU_PLUS, PROTOCOLE, Envoi, Horloge
from synchro.models import Appareil

# An account that knocks at a device's door is told that it is not for it.
QUI_QUE_CE_SOIT = (AuthentificationDAppareil, AuthentificationParJeton)


class EnrolementView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    problemes: ClassVar[dict[int, Any]] = {409: ProblemeSerializer}

    @extend_schema(request=EnrolementSerializer, responses=AppareilEnroleSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """Fait un appareil d'un code, qui ne sert qu'une fois ; son jeton est dit ici seulement."""
        demande = EnrolementSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        appareil, jeton = appareils.enroler(code=demande.validated_data["code"])
        cle = appareils.cle_courante()
        dit = {
            "appareil": appareil.pk,
            "jeton_envoi": jeton,
            "cle_publique": cle.publique,
            "cle_id": cle.cle_id,
        }
        return Response(AppareilEnroleSerializer(dit).data)


class BonjourView(APIView):
    authentication_classes = QUI_QUE_CE_SOIT
    permission_classes = (EstUnAppareil,)

    @extend_schema(responses=BonjourSerializer)
    def get(self, request: Request) -> Response:
        """L'heure du serveur, ce qu'il accepte, et où en est l'appareil."""
        assert isinstance(request.auth, Appareil)
        return Response(BonjourSerializer(appareils.bonjour(request.auth)).data)


class EnvoiView(Reprise):
    """A batch of operations: one result for each, in any mix."""

    authentication_classes = QUI_QUE_CE_SOIT
    permission_classes: tuple[Any, ...] = (EstUnAppareil,)
    serializer: ClassVar[type[EnvoiSerializer]] = EnvoiSerializer
    problemes: ClassVar[dict[int, Any]] = {413: ProblemeSerializer}
    limite: ClassVar[int | None] = ENVOI_AU_PLUS

    @extend_schema(request=EnvoiSerializer, responses=EnvoiRecuSerializer)
    def post(self, request: Request) -> Response:
        """Reçoit des opérations : chacune est gardée, puis jugée. Renvoyer est sans effet."""
        recu_le = maintenant()
        longueur = int(request.META.get("CONTENT_LENGTH") or 0)
        if self.limite is not None and longueur > self.limite:
            raise TropVolumineux(
                f"Un envoi a {self.limite // 1024} ko au plus.", limite=self.limite
            )
        demande = self.serializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        dit: Any = demande.validated_data
        appareil = self.appareil(request, dit["appareil"])
        envoi = Envoi(
            recu_le=recu_le,
            schema=dit["schema"],
            version_application=dit["version_application"],
            horloge=Horloge.lire(dit.get("horloge")),
        )
        resultats = services.recevoir(
            appareil=appareil,
            envoi=envoi,
            brutes=dit["operations"],
            transmise_par=request.user if isinstance(request.user, Utilisateur) else None,
        )
        reponse = {
            "protocole": PROTOCOLE,
            "heure": maintenant(),
            "effacer": appareil.revoque_le is not None,
            "resultats": resultats,
        }
        return Response(EnvoiRecuSerializer(reponse).data)

    def appareil(self, request: Request, dit: Any) -> Appareil:
        """The device that speaks: it sends what is its own."""
        assert isinstance(request.auth, Appareil)
        if request.auth.pk != dit:
            raise serializers.ValidationError({"appareil": "Ce jeton est d'un autre appareil."})
        return request.auth


class SecoursView(EnvoiView):
    """An outbox that was taken off its device: the same, without the limit of a sending."""

    permission_classes = (EstUnAppareilOuLaCoordination,)
    serializer = SecoursSerializer
    problemes: ClassVar[dict[int, Any]] = {404: ProblemeSerializer, 413: ProblemeSerializer}
    limite = None

    @extend_schema(request=SecoursSerializer, responses=EnvoiRecuSerializer)
    def post(self, request: Request) -> Response:
        """Reçoit une boîte d'envoi exportée : de l'appareil même, ou d'une coordinatrice."""
        return super().post(request)

    def appareil(self, request: Request, dit: Any) -> Appareil:
        if isinstance(request.auth, Appareil):
            return super().appareil(request, dit)
        appareil = Appareil.objects.visibles_par(request.user).filter(pk=dit).first()
        if appareil is None:
            raise Http404
        return appareil
