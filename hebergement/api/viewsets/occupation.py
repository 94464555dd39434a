"""The nights of every site, as they are known now or were known; one of them, place by place."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from commun.api.filters import refuser_inconnus
from commun.api.pagination import PaginationParCurseur
from commun.api.permissions import RolePermis
from commun.api.viewsets import ParCode
from hebergement.api.filters import OccupationFilterSet, refuser_l_avenir
from hebergement.api.serializers import (
    DateDeConnaissance,
    DetailDUneNuitSerializer,
    OccupationSerializer,
)
from hebergement.models import OccupationNuit, Site
from hebergement.occupation import FORMULE
from hebergement.preuve import NuitsConnues, detailler
from socle.enums import Role
from socle.querysets import EQUIPES


class PaginationDesNuits(PaginationParCurseur):
    """A night has one row a site: these two are its name, in the table and out of it."""

    connu_le: date | None = None

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return ("jour", "site_id")

    def lire_page(self, lignes: Any, ordre: tuple[str, ...], valeurs: list[str] | None) -> Any:
        if not isinstance(lignes, NuitsConnues):
            return super().lire_page(lignes, ordre, valeurs)
        self.connu_le = lignes.connu_le
        depuis = None if valeurs is None else (date.fromisoformat(valeurs[0]), UUID(valeurs[1]))
        return lignes.page(self.page_size + 1, depuis, retour=self.curseur.retour)

    def get_paginated_response(self, data: Any) -> Response:
        reponse = super().get_paginated_response(data)
        if self.connu_le is not None:
            reponse.data |= {"connu_le": self.connu_le, "formule": FORMULE}
        return reponse

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        reponse = super().get_paginated_response_schema(schema)
        reponse["properties"] |= {
            "connu_le": {
                "type": "string",
                "format": "date",
                "description": "Le jour demandé, quand il l'a été.",
            },
            "formule": {"type": "string", "description": "Avec « connu_le »."},
        }
        return reponse


class OccupationViewSet(mixins.ListModelMixin, GenericViewSet[Any]):
    permission_classes = (RolePermis,)
    queryset = OccupationNuit.objects.all()
    serializer_class = OccupationSerializer
    pagination_class = PaginationDesNuits
    descriptions: ClassVar[dict[str, str]] = {
        "list": (
            "Les nuits de chaque site, dans l'intervalle [du, au). Avec « connu_le » : ce que la "
            "formule d'aujourd'hui donne sur les lignes telles qu'elles étaient dans la base à la "
            "fin de ce jour, à Paris ; la dernière nuit est alors celle de la veille."
        )
    }
    filterset_class = OccupationFilterSet
    roles_lecture = frozenset({Role.COORDINATEUR})

    def get_queryset(self) -> QuerySet[Any]:
        return cast("Any", super().get_queryset()).visibles_par(self.request.user)


class DetailDUneNuitViewSet(ParCode, GenericViewSet[Any]):
    """For who sees the site: of persons it tells nothing."""

    permission_classes = (RolePermis,)
    queryset = Site.objects.all()
    serializer_class = DetailDUneNuitSerializer
    filter_backends = ()
    pagination_class = None
    lookup_field = "pk"
    lookup_url_kwarg = "uuid"
    roles_lecture = EQUIPES

    def get_queryset(self) -> QuerySet[Any]:
        return cast("Any", super().get_queryset()).visibles_par(self.request.user)

    @extend_schema(
        operation_id="occupation_detail",
        parameters=[
            OpenApiParameter("connu_le", date, description="Telle que connue à la fin de ce jour."),
            OpenApiParameter(
                "jour", date, OpenApiParameter.PATH, description="La nuit de ce jour."
            ),
        ],
    )
    def montrer(self, request: Request, uuid: str, jour: str) -> Response:
        """Une nuit d'un site, place par place : ce qui est compté, écarté, et les anomalies."""
        refuser_inconnus(request, {"connu_le"})
        demande = DateDeConnaissance(data=request.query_params.dict())
        demande.is_valid(raise_exception=True)
        connu_le = demande.validated_data.get("connu_le")
        refuser_l_avenir(connu_le)
        site = self.get_object()
        try:
            nuit = detailler(site.pk, date.fromisoformat(jour), connu_le)
        except ValueError:
            nuit = None
        if nuit is None:
            raise Http404
        return Response(self.get_serializer(nuit).data)
