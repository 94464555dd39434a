"""Sites, places, closures, stays."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from commun.api.permissions import RolePermis
from commun.api.viewsets import (
    CONTRARIETES,
    Correction,
    Creation,
    EnregistrementViewSet,
    exiger_objet,
)
from commun.horloge import aujourd_hui
from hebergement import services
from hebergement.api.filters import (
    ChambreFilterSet,
    FermetureFilterSet,
    PlaceFilterSet,
    PlaceLibreFilterSet,
    SejourFilterSet,
    SiteFilterSet,
)
from hebergement.api.serializers import (
    ChambreSerializer,
    ClotureDeSejourSerializer,
    ConflitDHebergementSerializer,
    FermetureSerializer,
    PlaceLibreSerializer,
    PlaceSerializer,
    SejourSerializer,
    SiteSerializer,
    TransfertSerializer,
)
from hebergement.models import Chambre, Fermeture, Place, Sejour, Site
from socle.enums import Role
from socle.querysets import EQUIPES

COORDINATION = frozenset({Role.COORDINATEUR})
REFERENCE = COORDINATION | {Role.ADMINISTRATEUR}


class ReferenceViewSet(Creation, Correction, EnregistrementViewSet):
    """Reference data, made in an office: no device's clock."""

    roles_lecture = EQUIPES | REFERENCE
    roles_ecriture = REFERENCE

    def champs_de_saisie(self) -> dict[str, Any]:
        champs = super().champs_de_saisie()
        del champs["recu_le"]
        return champs


class SiteViewSet(ReferenceViewSet):
    queryset = Site.objects.all()
    serializer_class = SiteSerializer
    filterset_class = SiteFilterSet


class ChambreViewSet(ReferenceViewSet):
    queryset = Chambre.objects.all()
    serializer_class = ChambreSerializer
    filterset_class = ChambreFilterSet


class PlaceViewSet(ReferenceViewSet):
    queryset = Place.objects.all()
    serializer_class = PlaceSerializer
    filterset_class = PlaceFilterSet
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}


class FermetureViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Fermeture.objects.all()
    serializer_class = FermetureSerializer
    filterset_class = FermetureFilterSet
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}
    roles_lecture = EQUIPES
    roles_ecriture = COORDINATION

    def verrouiller(self) -> Fermeture:
        """The place that it leaves and the one that it goes to, then the closure: two that cross
        would wait for each other otherwise."""
        places, donnees = {self.get_object().place_id}, cast("Any", self.request.data)
        with suppress(KeyError, ValueError, TypeError, AttributeError):  # told further on
            places.add(UUID(donnees["place"]))
        services.verrouiller_places(places=places)
        return cast("Fermeture", super().verrouiller())


class SejourViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Sejour.objects.sejours()
    serializer_class = SejourSerializer
    filterset_class = SejourFilterSet
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}
    roles_lecture = EQUIPES
    roles_ecriture = COORDINATION

    def verrouiller(self) -> Sejour:
        return services.verrouiller_chaine(sejour=self.get_object())

    @extend_schema(
        request=TransfertSerializer, responses={201: SejourSerializer, 200: SejourSerializer}
    )
    @action(detail=True, methods=["post"])
    def transferer(self, request: Request, uuid: str) -> Response:
        """La personne change de place : un séjour s'arrête, le suivant commence le même jour."""
        sejour = self.get_object()
        donnees = exiger_objet(request.data)
        if (deja := self.rejeu(request, donnees.get("uuid"))) is not None:
            return deja
        demande = TransfertSerializer(data=donnees, context=self.get_serializer_context())
        try:
            demande.is_valid(raise_exception=True)
            with transaction.atomic():
                suite = services.transferer(
                    sejour=sejour, **demande.validated_data, **self.champs_de_saisie()
                )
        except CONTRARIETES:
            return self.rejeu_ou_relance(request, donnees.get("uuid"))
        return self.repondre(self.relire(suite.pk), status.HTTP_201_CREATED)

    @extend_schema(request=ClotureDeSejourSerializer, responses=SejourSerializer)
    @action(detail=True, methods=["post"])
    def cloturer(self, request: Request, uuid: str) -> Response:
        """La personne est partie : quand, pourquoi, vers où."""
        sejour = self.get_object()
        demande = ClotureDeSejourSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        services.cloturer(sejour=sejour, auteur=cast("Any", request.user), **demande.validated_data)
        return self.repondre(self.relire(sejour.pk))

    @extend_schema(request=None, responses=SejourSerializer)
    @action(detail=True, methods=["post"])
    def rouvrir(self, request: Request, uuid: str) -> Response:
        """Un séjour clôturé faute de nouvelles reprend comme avant : la personne est là."""
        sejour = self.get_object()
        services.rouvrir(sejour=sejour, auteur=cast("Any", request.user))
        return self.repondre(self.relire(sejour.pk))


class PlaceLibreViewSet(mixins.ListModelMixin, GenericViewSet[Any]):
    """Free right now, over the whole network; held places are not in it."""

    permission_classes = (RolePermis,)
    queryset = Place.objects.all()
    serializer_class = PlaceLibreSerializer
    descriptions: ClassVar[dict[str, str]] = {
        "list": "Places libres en ce moment, dans tout le réseau, sans celles qui sont retenues."
    }
    filterset_class = PlaceLibreFilterSet
    roles_lecture = EQUIPES
    tri = ("pk",)

    def get_queryset(self) -> QuerySet[Any]:
        jour = aujourd_hui()
        return Place.objects.libres(jour).avec_a_deux(jour)
