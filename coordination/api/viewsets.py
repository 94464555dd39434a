"""Orientations, and the summary of a round, which crosses domains."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.filters import FilterSet, Reference, refuser_inconnus
from commun.api.permissions import RolePermis
from commun.api.viewsets import Correction, Creation, EnregistrementViewSet, exiger_objet
from coordination import decisions
from coordination.api.serializers import (
    AnnulationSerializer,
    OrientationSerializer,
    RefusSerializer,
    ResumeSerializer,
)
from coordination.enums import Decision, StatutOrientation
from coordination.models import Orientation
from coordination.resume import resumer
from maraudes.models import Maraude
from socle.enums import Role
from socle.models import Structure
from socle.querysets import EQUIPES


class OrientationFilterSet(FilterSet):
    personne = Reference()
    contact = Reference()
    structure = Reference(code=True)
    structure_origine = Reference(code=True)
    statut = django_filters.ChoiceFilter(choices=StatutOrientation.choices)


class OrientationViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Orientation.objects.select_related("structure", "structure_origine")
    serializer_class = OrientationSerializer
    filterset_class = OrientationFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-survenu_le",)

    def exiger(self, *structures: Structure) -> None:
        """Coordination, or the organisme of one of these structures."""
        compte: Any = self.request.user
        if compte.role != Role.COORDINATEUR and compte.organisme_id not in {
            s.organisme_id for s in structures
        }:
            raise PermissionDenied()

    def perform_create(self, serializer: serializers.BaseSerializer[Any]) -> None:
        self.exiger(serializer.validated_data["structure_origine"])
        super().perform_create(serializer)

    def perform_update(self, serializer: serializers.BaseSerializer[Any]) -> None:
        assert serializer.instance is not None
        self.exiger(serializer.instance.structure_origine)
        super().perform_update(serializer)

    @extend_schema(request=None, responses=OrientationSerializer)
    @action(detail=True, methods=["post"])
    def accepter(self, request: Request, uuid: str) -> Response:
        """La structure attend la personne."""
        orientation = self.get_object()
        self.exiger(orientation.structure)
        decisions.accepter(orientation=orientation)
        return self.repondre(self.relire(orientation.pk))

    @extend_schema(request=RefusSerializer, responses=OrientationSerializer)
    @action(detail=True, methods=["post"])
    def refuser(self, request: Request, uuid: str) -> Response:
        """La personne ou la structure refuse."""
        orientation = self.get_object()
        demande = RefusSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        donnees = dict(demande.validated_data)
        if "decidee_le" in donnees and donnees["decidee_le"] < orientation.survenu_le:
            raise serializers.ValidationError(
                {"decidee_le": "Une orientation ne peut être refusée avant d'avoir été faite."}
            )
        par = donnees.pop("par")
        self.exiger(
            orientation.structure,
            *([orientation.structure_origine] if par == "PERSONNE" else []),
        )
        decisions.decider(orientation=orientation, decision=Decision(f"REFUSEE_{par}"), **donnees)
        return self.repondre(self.relire(orientation.pk))

    @extend_schema(request=AnnulationSerializer, responses=OrientationSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, uuid: str) -> Response:
        """L'orientation est retirée par qui l'a émise."""
        orientation = self.get_object()
        self.exiger(orientation.structure_origine)
        demande = AnnulationSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        decisions.decider(
            orientation=orientation, decision=Decision.ANNULEE, **demande.validated_data
        )
        return self.repondre(self.relire(orientation.pk))


class ResumeView(GenericAPIView[Any]):
    permission_classes = (RolePermis,)
    queryset = Maraude.objects.all()
    serializer_class = ResumeSerializer
    filter_backends = ()
    pagination_class = None
    lookup_url_kwarg = "uuid"
    roles_lecture = EQUIPES

    def get_queryset(self) -> Any:
        return Maraude.objects.visibles_par(self.request.user)

    @extend_schema(operation_id="maraudes_resume")
    def get(self, request: Request, uuid: str) -> Response:
        """Ce qu'une maraude a fait, en une page."""
        refuser_inconnus(request, set())
        return Response(ResumeSerializer(resumer(self.get_object(), self.request.user)).data)
