"""Visits."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accueil.api.filters import PassageFilterSet
from accueil.api.serializers import PassageSerializer, PresentsSerializer
from accueil.models import Passage
from commun.api.fields import Reference
from commun.api.filters import refuser_inconnus
from commun.api.serializers import Serializer
from commun.api.viewsets import Creation, EnregistrementViewSet
from commun.horloge import aujourd_hui
from contacts.api.viewsets import CorrectionDUneExtension
from contacts.models import Contact
from socle.models import Structure
from socle.querysets import EQUIPES


class StructureDemandee(Serializer):
    structure = Reference(queryset=Structure.objects.all(), code=True, portee="gerees_par")


class PassageViewSet(Creation, CorrectionDUneExtension, EnregistrementViewSet):
    queryset = Passage.objects.select_related("contact")
    serializer_class = PassageSerializer
    filterset_class = PassageFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    modele_identifiant = Contact
    relit_apres_creation = False
    tri = ("-contact__survenu_le",)

    def etag(self, objet: Passage) -> str:
        parti = objet.parti_le.timestamp() if objet.parti_le else 0
        return f'"{objet.contact.version}-{parti}"'

    @extend_schema(
        parameters=[OpenApiParameter("structure", str, required=True, description="uuid ou code")],
        responses=PresentsSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def presents(self, request: Request) -> Response:
        """Qui est là maintenant, au regard de la capacité."""
        refuser_inconnus(request, {"structure"})
        demande = StructureDemandee(data=request.query_params.dict(), context={"request": request})
        demande.is_valid(raise_exception=True)
        structure: Structure = demande.validated_data["structure"]
        jour = aujourd_hui(structure.heure_bascule)
        lignes: Any = self.get_queryset()
        passages = list(lignes.presents(structure, jour).order_by("contact__survenu_le"))
        donnees = {
            "structure": structure.code,
            "jour": jour,
            "capacite": structure.capacite,
            "presents": len(passages),
            "passages": passages,
        }
        return Response(PresentsSerializer(donnees, context={"request": request}).data)
