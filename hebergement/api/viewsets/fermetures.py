"""Closing many places of a site at once, with where everybody goes; allotments."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.errors import Conflit
from commun.api.viewsets import (
    CONTRARIETES,
    DEJA_PRIS,
    Correction,
    Creation,
    EnregistrementViewSet,
    en_uuid,
    exiger_objet,
    refuser_les_supprimes,
)
from hebergement import contingents, services
from hebergement.api.filters import ContingentFilterSet
from hebergement.api.serializers import (
    ConflitDeFermetureSerializer,
    ContingentSerializer,
    FermetureDeSiteSerializer,
    FermeturesSerializer,
    OccupationDeContingentSerializer,
    PeriodeSerializer,
    PlanSerializer,
    PorteeSerializer,
)
from hebergement.models import Contingent, Fermeture, Site
from socle.querysets import COORDINATION, EQUIPES


class FermetureDeSiteViewSet(Creation, EnregistrementViewSet):
    """The verb that closes a site, or a part of it."""

    queryset = Fermeture.objects.all()
    serializer_class = FermetureDeSiteSerializer
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDeFermetureSerializer}
    roles_ecriture = COORDINATION

    def lire(self, serializer: type[PorteeSerializer], request: Request) -> Any:
        """The request, read against its site."""
        visibles: Any = Site.objects.visibles_par(request.user)
        site = get_object_or_404(visibles.select_related("structure"), pk=self.kwargs["uuid"])
        contexte = {**self.get_serializer_context(), "site": site}
        return serializer(data=exiger_objet(request.data), context=contexte)

    @extend_schema(request=PorteeSerializer, responses=PlanSerializer)
    def planifier(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Où irait chaque personne, et ce qui serait retiré : rien n'est écrit."""
        dit = self.lire(PorteeSerializer, request)
        dit.is_valid(raise_exception=True)
        return Response(services.planifier(dit.portee()).decrire())

    @extend_schema(
        request=FermetureDeSiteSerializer,
        responses={201: FermeturesSerializer, 200: FermeturesSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Un site, un étage, des chambres ou des places ferment ; qui y est va ailleurs."""
        dit = self.lire(FermetureDeSiteSerializer, request)
        uuid = dit.initial_data.get("uuid")
        if (deja := self.rejeu(request, uuid)) is not None:
            return deja
        try:
            dit.is_valid(raise_exception=True)
            donnees = dit.validated_data
            with transaction.atomic():
                fermetures = services.fermer_des_places(
                    uuid=donnees["uuid"],
                    portee=dit.portee(),
                    motif=donnees["motif"],
                    empreinte=donnees.get("empreinte", ""),
                    **self.champs_de_saisie(),
                )
        except CONTRARIETES:
            return self.rejeu_ou_relance(request, uuid)
        return self.dire(fermetures, status.HTTP_201_CREATED)

    def dire(self, fermetures: list[Fermeture], statut: int = status.HTTP_200_OK) -> Response:
        donnees = {"fermetures": fermetures}
        contexte = self.get_serializer_context()
        return Response(FermeturesSerializer(donnees, context=contexte).data, status=statut)

    def rejeu(self, request: Request, identifiant: Any) -> Response | None:
        """What the same request has closed: its keys are made of its own and of the places'."""
        uuid = en_uuid(identifiant)
        if uuid is None:
            return None
        places = Site(pk=self.kwargs["uuid"]).places.values_list("pk", flat=True)
        cles = [services.cle_de_fermeture(uuid, place) for place in places]
        faites = list(Fermeture.objects.filter(pk__in=cles).order_by("place_id"))
        if not faites:
            refuser_les_supprimes(Fermeture, cles, request.user)
            return None
        premiere = (cast("UUID", request.user.pk), self.empreinte(request))
        if {(f.auteur_id, f.empreinte_creation) for f in faites} != {premiere}:
            raise Conflit(DEJA_PRIS)
        return self.dire(faites)


class ContingentViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Contingent.objects.all()
    serializer_class = ContingentSerializer
    filterset_class = ContingentFilterSet
    parametres: ClassVar[dict[str, set[str]]] = {"occupation": {"du", "au"}}
    roles_lecture = EQUIPES
    roles_ecriture = COORDINATION

    def champs_de_saisie(self) -> dict[str, Any]:
        champs = super().champs_de_saisie()
        del champs["recu_le"]
        return champs

    @extend_schema(
        parameters=[
            OpenApiParameter("du", OpenApiTypes.DATE, description="Première nuit."),
            OpenApiParameter("au", OpenApiTypes.DATE, description="Nuit d'après la dernière."),
        ],
        responses=OccupationDeContingentSerializer,
    )
    @action(detail=True, methods=["get"])
    def occupation(self, request: Request, uuid: str) -> Response:
        """Nuit par nuit, ce que le contingent a d'occupé par les siens, jusqu'à cette nuit."""
        dit = PeriodeSerializer(data=request.query_params.dict())
        dit.is_valid(raise_exception=True)
        nuits = contingents.occupation(
            self.get_object(), dit.validated_data["du"], dit.validated_data["au"]
        )
        return Response(OccupationDeContingentSerializer({"nuits": nuits}).data)
