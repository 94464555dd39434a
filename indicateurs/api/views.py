"""The catalogue of figures, the bilan, the series and the publications, as JSON or CSV."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date, quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from commun.api.filters import refuser_inconnus
from commun.api.permissions import RolePermis
from indicateurs.api.conditions import date_demandee, inchangee_depuis
from indicateurs.api.permissions import PourPartenaires
from indicateurs.api.renderers import RenduCSV, RenduCSVFrancais, RenduJSONStat, RenduXLSX
from indicateurs.api.serializers import (
    BilanSerializer,
    CatalogueSerializer,
    DemandeDeBilanSerializer,
    DemandeDeSeriesSerializer,
    PublicationsSerializer,
    SeriesSerializer,
)
from indicateurs.bilan import calculer_bilan
from indicateurs.bornes import bornes
from indicateurs.catalogue import INDICATEURS, PAR_CODE, SAISIS
from indicateurs.models import Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, Periode
from indicateurs.publications.lecture import bilan_publie, series_publiees
from indicateurs.saisis import saisis_du_bilan
from indicateurs.series import calculer_series
from indicateurs.sources import Axe
from socle.enums import Role, TypeStructure

PORTEE = [
    OpenApiParameter("structure", str, description="uuid ou code"),
    OpenApiParameter("type", str, enum=TypeStructure.values, description="type de structure"),
]
Rendus = Sequence[type[BaseRenderer]]
# A list is a table; only figures make a cube.
LISTES: Rendus = (JSONRenderer, RenduCSV, RenduCSVFrancais, RenduXLSX)
CUBES: Rendus = (*LISTES, RenduJSONStat)
PUBLIE = OpenApiParameter(
    "publie", bool, description="Les chiffres signés, tels que les partenaires les lisent."
)


def format_parmi(rendus: Rendus) -> OpenApiParameter:
    return OpenApiParameter(
        "format",
        str,
        enum=[rendu.format for rendu in rendus],
        description="sinon par Accept ; csv-fr est celui des tableurs en français",
    )


def reponses(serializer: type[Serializer[Any]], rendus: Rendus) -> dict[tuple[int, str], Any]:
    formes = {
        JSONRenderer: serializer,
        RenduCSV: OpenApiTypes.STR,
        RenduXLSX: OpenApiTypes.BINARY,
        RenduJSONStat: OpenApiTypes.OBJECT,
    }
    lues = {(200, rendu.media_type): forme for rendu, forme in formes.items() if rendu in rendus}
    inchange = OpenApiResponse(description="Rien n'a changé depuis cet ETag.")
    return {**lues, (304, "application/json"): inchange}


class ChiffresView(PourPartenaires):
    """A partner reads what was signed, a coordinator what it would be now."""

    permission_classes = (RolePermis,)
    renderer_classes = CUBES
    roles_lecture: ClassVar[frozenset[str]] = frozenset({Role.COORDINATEUR, Role.PARTENAIRE})
    # Nothing is written here: who reads is told so (405), and is not refused as somebody else is.
    roles_ecriture: ClassVar[frozenset[str]] = roles_lecture
    # Whether it is what was signed, or is of that, and may be kept by who asks.
    publie = False
    # What a file of it is called.
    nom = "indicateurs"

    def conclure(self, request: HttpRequest, reponse: Any) -> HttpResponseBase:
        """A table is a file; nothing is sent again to who has it."""
        rendu = getattr(reponse, "accepted_renderer", None)
        if reponse.status_code == 200 and isinstance(rendu, RenduCSV | RenduXLSX):
            extension = "xlsx" if isinstance(rendu, RenduXLSX) else "csv"
            reponse["Content-Disposition"] = f'attachment; filename="{self.nom}.{extension}"'
        if reponse.status_code == 200 and self.publie:
            return self.sinon_inchange(request, reponse.render())
        return cast("HttpResponseBase", reponse)

    def sinon_inchange(self, request: HttpRequest, reponse: Response) -> HttpResponseBase:
        """304 where the caller holds this very answer. What was signed does not change by itself,
        so it may be kept, and asked for again before it is used."""
        etag = quote_etag(hashlib.sha256(reponse.content).hexdigest()[:32])
        reponse["ETag"] = etag
        reponse["Cache-Control"] = "private, no-cache"
        patch_vary_headers(reponse, ["Accept", "Authorization"])
        depuis = inchangee_depuis(request, reponse.accepted_renderer.format, etag)
        if depuis is not None:
            reponse["Last-Modified"] = http_date(depuis)
        date = depuis if date_demandee(request) else None
        garde = get_conditional_response(request, etag, date, response=reponse)
        return cast("HttpResponseBase", garde)

    def demande(self, request: Request, forme: type[Serializer[Any]]) -> dict[str, Any]:
        """What is asked for; what is not known is refused, never ignored."""
        refuser_inconnus(request, {*forme().get_fields(), "format"})
        brutes = {c: v for c, v in request.query_params.dict().items() if c != "format"}
        demande = forme(data=brutes, context={"request": request})
        demande.is_valid(raise_exception=True)
        return dict(demande.validated_data)

    def lit_le_publie(self, demande: dict[str, Any]) -> bool:
        """Partners always do, coordinators when they ask.

        Raises:
            ValidationError: a partner asks for what was not published, or somebody for a revision
                of it.
        """
        if self.partenaire is not None and demande.get("publie") is False:
            raise ValidationError({"publie": "Un partenaire ne lit que ce qui est publié."})
        if demande.get("publie") is False and "revision" in demande:
            raise ValidationError({"publie": "Seul ce qui est publié a des révisions."})
        choisi = demande.get("publie", False) or "revision" in demande
        return bool(choisi or self.partenaire is not None)


class CatalogueView(ChiffresView):
    renderer_classes = LISTES
    publie = True

    @extend_schema(
        operation_id="indicateurs",
        parameters=[format_parmi(LISTES)],
        responses=reponses(CatalogueSerializer, LISTES),
    )
    def get(self, request: Request) -> Response:
        """Le catalogue des indicateurs : définition, unité, formule, ventilations permises."""
        refuser_inconnus(request, {"format"})
        lisibles = [*INDICATEURS, *SAISIS]
        if self.partenaire is not None:
            lisibles = [i for i in lisibles if i.code in self.perimetre.indicateurs]
        return Response(CatalogueSerializer({"indicateurs": lisibles}).data)


class PublicationsView(ChiffresView):
    renderer_classes = LISTES
    publie = True

    @extend_schema(
        operation_id="indicateurs_publications",
        parameters=[format_parmi(LISTES)],
        responses=reponses(PublicationsSerializer, LISTES),
    )
    def get(self, request: Request) -> Response:
        """Ce qui a été publié : chaque période, ses révisions, et ce qui attend la suivante."""
        refuser_inconnus(request, {"format"})
        publications = Publication.objects.signees().avec_leurs_comptes()
        return Response(PublicationsSerializer({"publications": publications}).data)


class BilanView(ChiffresView):
    @extend_schema(
        operation_id="indicateurs_bilan",
        parameters=[
            OpenApiParameter("annee", int, required=True),
            *PORTEE,
            PUBLIE,
            OpenApiParameter("revision", int, description="d'une publication ; sinon la dernière"),
            format_parmi(CUBES),
        ],
        responses=reponses(BilanSerializer, CUBES),
    )
    def get(self, request: Request) -> Response:
        """Le bilan d'une année : une structure, un type de structure, ou l'ensemble."""
        demande = self.demande(request, DemandeDeBilanSerializer)
        self.nom = f"bilan-{demande['annee']}"
        type_structure = demande.get("type")
        self.publie = self.lit_le_publie(demande)
        if self.publie:
            portee = Portee(demande.get("structure"), type_structure)
            bilan = bilan_publie(demande["annee"], portee, self.perimetre, demande.get("revision"))
        else:
            bilan = calculer_bilan(demande["annee"], demande.get("structure"), type_structure)
        bilan["saisis"] = self.saisis(demande)
        return Response(BilanSerializer({**bilan, "type": type_structure}).data)

    def saisis(self, demande: dict[str, Any]) -> list[dict[str, Any]]:
        """Of the whole network only, as they are known now: their source answers for them."""
        if "structure" in demande or "type" in demande:
            return []
        return saisis_du_bilan(demande["annee"], self.perimetre.indicateurs)


class SeriesView(ChiffresView):
    @extend_schema(
        operation_id="indicateurs_series",
        parameters=[
            OpenApiParameter("indicateur", str, required=True, enum=list(PAR_CODE)),
            OpenApiParameter("par", str, required=True, enum=Pas.values),
            OpenApiParameter("ventilation", str, enum=Axe.values, description="selon le catalogue"),
            OpenApiParameter("annee", int, description="sinon les cinq dernières années"),
            OpenApiParameter(
                "bornes", bool, description="de la file active ; publiées, elles sont toujours là"
            ),
            *PORTEE,
            PUBLIE,
            OpenApiParameter(
                "revision", int, description="de chaque période, ou sa dernière d'avant"
            ),
            format_parmi(CUBES),
        ],
        responses=reponses(SeriesSerializer, CUBES),
    )
    def get(self, request: Request) -> Response:
        """Un indicateur par mois, trimestre ou année clos, à côté de l'année d'avant."""
        demande = self.demande(request, DemandeDeSeriesSerializer)
        ventilation = demande.get("ventilation")
        indicateur, pas = PAR_CODE[demande["indicateur"]], Pas(demande["par"])
        self.nom = f"{indicateur.code}-par-{pas}"
        portee = Portee(demande.get("structure"), demande.get("type"))
        axe = Axe(ventilation) if ventilation else None
        annee = demande.get("annee")
        self.publie = self.lit_le_publie(demande)
        if self.publie:
            series = series_publiees(
                indicateur, pas, portee, self.perimetre, axe, annee, demande.get("revision")
            )
        else:
            series = calculer_series(indicateur, pas, portee, axe, annee)
            if demande.get("bornes"):
                _borner(series["series"][0]["points"], portee)
        return Response(SeriesSerializer(series).data)


def _borner(points: list[dict[str, Any]], portee: Portee) -> None:
    periodes = [Periode(point["debut"], point["fin"], entiere=True) for point in points]
    for point, (basse, haute) in zip(points, bornes(periodes, portee), strict=True):
        point |= {"borne_basse": basse, "borne_haute": haute}
