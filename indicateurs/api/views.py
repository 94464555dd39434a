"""The catalogue of figures, the bilan and the series, as JSON or CSV."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from commun.api.filters import refuser_inconnus
from commun.api.permissions import RolePermis
from indicateurs.api.renderers import RenduCSV
from indicateurs.api.serializers import (
    BilanSerializer,
    CatalogueSerializer,
    DemandeDeBilanSerializer,
    DemandeDeSeriesSerializer,
    SeriesSerializer,
)
from indicateurs.bilan import calculer_bilan
from indicateurs.catalogue import INDICATEURS, PAR_CODE
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas
from indicateurs.series import calculer_series
from indicateurs.sources import Axe
from socle.enums import Role, TypeStructure

PORTEE = [
    OpenApiParameter("structure", str, description="uuid ou code"),
    OpenApiParameter("type", str, enum=TypeStructure.values, description="type de structure"),
]
FORMAT = OpenApiParameter("format", str, enum=["json", "csv"], description="sinon par Accept")


def reponses(serializer: type[Serializer[Any]]) -> dict[tuple[int, str], Any]:
    return {(200, "application/json"): serializer, (200, "text/csv"): OpenApiTypes.STR}


class ChiffresView(APIView):
    permission_classes = (RolePermis,)
    renderer_classes = (JSONRenderer, RenduCSV)
    roles_lecture: ClassVar[frozenset[str]] = frozenset({Role.COORDINATEUR})

    def demande(self, request: Request, forme: type[Serializer[Any]]) -> dict[str, Any]:
        """What is asked for; what is not known is refused, never ignored."""
        refuser_inconnus(request, {*forme().get_fields(), "format"})
        brutes = {c: v for c, v in request.query_params.dict().items() if c != "format"}
        demande = forme(data=brutes, context={"request": request})
        demande.is_valid(raise_exception=True)
        return dict(demande.validated_data)


class CatalogueView(ChiffresView):
    @extend_schema(
        operation_id="indicateurs", parameters=[FORMAT], responses=reponses(CatalogueSerializer)
    )
    def get(self, request: Request) -> Response:
        """Le catalogue des indicateurs : définition, unité, formule, ventilations permises."""
        refuser_inconnus(request, {"format"})
        return Response(CatalogueSerializer({"indicateurs": INDICATEURS}).data)


class BilanView(ChiffresView):
    @extend_schema(
        operation_id="indicateurs_bilan",
        parameters=[OpenApiParameter("annee", int, required=True), *PORTEE, FORMAT],
        responses=reponses(BilanSerializer),
    )
    def get(self, request: Request) -> Response:
        """Le bilan d'une année : une structure, un type de structure, ou l'ensemble."""
        demande = self.demande(request, DemandeDeBilanSerializer)
        type_structure = demande.get("type")
        bilan = calculer_bilan(demande["annee"], demande.get("structure"), type_structure)
        return Response(BilanSerializer({**bilan, "type": type_structure}).data)


class SeriesView(ChiffresView):
    @extend_schema(
        operation_id="indicateurs_series",
        parameters=[
            OpenApiParameter("indicateur", str, required=True, enum=list(PAR_CODE)),
            OpenApiParameter("par", str, required=True, enum=Pas.values),
            OpenApiParameter("ventilation", str, enum=Axe.values, description="selon le catalogue"),
            OpenApiParameter("annee", int, description="sinon les cinq dernières années"),
            *PORTEE,
            FORMAT,
        ],
        responses=reponses(SeriesSerializer),
    )
    def get(self, request: Request) -> Response:
        """Un indicateur par mois, trimestre ou année clos, à côté de l'année d'avant."""
        demande = self.demande(request, DemandeDeSeriesSerializer)
        ventilation = demande.get("ventilation")
        series = calculer_series(
            PAR_CODE[demande["indicateur"]],
            Pas(demande["par"]),
            Portee(demande.get("structure"), demande.get("type")),
            Axe(ventilation) if ventilation else None,
            demande.get("annee"),
        )
        return Response(SeriesSerializer(series).data)
