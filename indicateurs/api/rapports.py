"""The statutory reports, as workbooks."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from indicateurs.api.renderers import Rendu
from indicateurs.api.serializers import DemandeDeRapportSerializer
from indicateurs.api.views import ChiffresView
from indicateurs.rapports.asa_caarud import asa_caarud
from indicateurs.rapports.classeur import TYPE_DE_CONTENU, en_classeur
from socle.enums import Role


class RenduRapport(Rendu):
    media_type = TYPE_DE_CONTENU
    format = "xlsx"
    render_style = "binary"

    def ecrire(self, reponse: dict[str, Any]) -> bytes:
        return en_classeur(reponse["rapport"])


class AsaCaarudView(ChiffresView):
    """Nothing is masked in it: it is not for partners."""

    renderer_classes = (RenduRapport,)
    roles_lecture: ClassVar[frozenset[str]] = frozenset({Role.COORDINATEUR})
    roles_ecriture: ClassVar[frozenset[str]] = roles_lecture
    refus_de_lecture: ClassVar[tuple[int, ...]] = ()

    @extend_schema(
        operation_id="indicateurs_asa_caarud",
        parameters=[
            OpenApiParameter("structure", str, required=True, description="uuid ou code"),
            OpenApiParameter("annee", int, required=True),
            OpenApiParameter("format", str, enum=[RenduRapport.format]),
        ],
        responses={(200, RenduRapport.media_type): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> Response:
        """Le rapport d'activité d'un CAARUD (ASA-CAARUD), pour une structure et une année."""
        demande = self.demande(request, DemandeDeRapportSerializer)
        rapport = asa_caarud(demande["structure"], demande["annee"])
        entete = {"Content-Disposition": f'attachment; filename="{rapport.fichier}"'}
        return Response({"rapport": rapport}, headers=entete)
