"""The flow figures of accommodation."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.filters import refuser_inconnus
from commun.api.permissions import RolePermis
from hebergement.api.serializers.flux import DemandeDeFluxSerializer, FluxSerializer
from hebergement.flux import calculer
from socle.querysets import COORDINATION


class FluxView(APIView):
    permission_classes = (RolePermis,)
    roles_lecture: ClassVar[frozenset[str]] = COORDINATION

    @extend_schema(
        operation_id="hebergement_flux",
        parameters=[DemandeDeFluxSerializer],
        responses=FluxSerializer,
    )
    def get(self, request: Request) -> Response:
        """Les flux d'une période : durées, rotation, vacance, fluidité, délais, refus."""
        refuser_inconnus(request, {*DemandeDeFluxSerializer().get_fields()})
        demande: Any = DemandeDeFluxSerializer(data=request.query_params.dict())
        demande.is_valid(raise_exception=True)
        return Response(FluxSerializer(calculer(**demande.validated_data)).data)
