"""The summary of a round; here and not with the rounds, since it counts orientations."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.permissions import RolePermis
from coordination.resume import resumer
from maraudes.models import Maraude
from socle.querysets import EQUIPES


class MaterielDuResumeSerializer(serializers.Serializer[Any]):
    materiel = serializers.CharField()
    distribue = serializers.IntegerField()
    recupere = serializers.IntegerField()


class ResumeSerializer(serializers.Serializer[Any]):
    maraude = serializers.UUIDField()
    statut = serializers.CharField()
    jour = serializers.DateField()
    rencontres = serializers.IntegerField(help_text="Échanges seulement.")
    identifiees = serializers.IntegerField()
    non_identifiees = serializers.IntegerField()
    par_genre = serializers.DictField(child=serializers.IntegerField())
    refus = serializers.IntegerField()
    indisponibles = serializers.IntegerField()
    materiel = MaterielDuResumeSerializer(many=True)
    orientations = serializers.IntegerField()
    orientations_abouties = serializers.IntegerField()
    observations = serializers.IntegerField()
    etapes_visitees = serializers.ListField(child=serializers.CharField())
    etapes_non_visitees = serializers.ListField(child=serializers.CharField())
    etapes_inaccessibles = serializers.ListField(child=serializers.CharField())


class ResumeView(APIView):
    """Ce qu'a donné une maraude."""

    permission_classes = (RolePermis,)
    roles_lecture: ClassVar[frozenset[str]] = EQUIPES

    @extend_schema(responses=ResumeSerializer, operation_id="maraudes_resume")
    def get(self, request: Request, uuid: UUID) -> Response:
        visibles = Maraude.objects.visibles_par(request.user)
        maraude = get_object_or_404(visibles, pk=uuid)
        return Response(ResumeSerializer(resumer(maraude)).data)
