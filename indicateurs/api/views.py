"""The bilan, as JSON or CSV."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.fields import DateTimeField
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.filters import refuser_inconnus
from commun.api.permissions import RolePermis
from commun.horloge import aujourd_hui
from indicateurs.api.serializers import BilanSerializer, PerimetreSerializer
from indicateurs.bilan import calculer_bilan
from socle.enums import Role, TypeStructure

COLONNES = ["annee", "structure", "code", "libelle", "valeur", "precedent", "ecart", "ecart_pct"]


class RenduCSV(BaseRenderer):
    """RFC 4180, one row an indicator; an error stays a problem detail."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, media: str | None = None, contexte: Any = None) -> bytes:
        if not isinstance(data, dict) or "indicateurs" not in data:
            return JSONRenderer().render(data)
        sortie = io.StringIO(newline="")
        lignes = csv.DictWriter(
            sortie, [*COLONNES, "secret", "formule", "connu_le", "type"], extrasaction="ignore"
        )
        lignes.writeheader()
        for ligne in data["indicateurs"]:
            lignes.writerow({**data, **ligne, "secret": str(ligne["secret"]).lower()})
        return sortie.getvalue().encode()


def nombre(valeur: Any) -> Any:
    return float(valeur) if isinstance(valeur, Decimal) else valeur


class BilanView(APIView):
    permission_classes = (RolePermis,)
    renderer_classes = (JSONRenderer, RenduCSV)
    roles_lecture = frozenset({Role.COORDINATEUR})

    @extend_schema(
        operation_id="indicateurs_bilan",
        parameters=[
            OpenApiParameter("annee", int, required=True),
            OpenApiParameter("structure", str, description="uuid ou code"),
            OpenApiParameter(
                "type", str, enum=TypeStructure.values, description="type de structure"
            ),
            OpenApiParameter("format", str, enum=["json", "csv"], description="sinon par Accept"),
        ],
        responses={(200, "application/json"): BilanSerializer, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> Response:
        """Le bilan d'une année : une structure, un type de structure, ou l'ensemble."""
        refuser_inconnus(request, {"annee", "structure", "type", "format"})
        brutes = {c: v for c, v in request.query_params.dict().items() if c != "format"}
        demande = PerimetreSerializer(data=brutes, context={"request": request})
        demande.is_valid(raise_exception=True)
        perimetre = demande.validated_data
        if perimetre["annee"] > aujourd_hui().year:
            raise ValidationError({"annee": "Cette année n'a pas commencé."})
        bilan = calculer_bilan(
            perimetre["annee"], perimetre.get("structure"), perimetre.get("type")
        )
        lignes = [{c: nombre(v) for c, v in ligne.items()} for ligne in bilan["indicateurs"]]
        # Written once, so that every form of the answer says the same instant.
        connu_le = DateTimeField().to_representation(bilan["connu_le"])
        return Response(
            {**bilan, "type": perimetre.get("type"), "connu_le": connu_le, "indicateurs": lignes}
        )
