"""Directory, persons and their agreements."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.viewsets import Correction, Creation, EnregistrementViewSet, ParCode, en_uuid
from commun.horloge import aujourd_hui
from socle.api.filters import (
    AccordPartageFilterSet,
    EquipeFilterSet,
    PersonneFilterSet,
    StructureFilterSet,
)
from socle.api.serializers import (
    AccordPartageSerializer,
    EquipeSerializer,
    PersonneCreeeSerializer,
    PersonneSerializer,
    RetraitSerializer,
    StructureSerializer,
)
from socle.enums import Role
from socle.models import AccordPartage, Equipe, Personne, Structure
from socle.querysets import EQUIPES


class StructureViewSet(ParCode, EnregistrementViewSet):
    queryset = Structure.objects.select_related("organisme").prefetch_related("horaires")
    serializer_class = StructureSerializer
    filterset_class = StructureFilterSet
    roles_lecture = EQUIPES | {Role.ADMINISTRATEUR}


class EquipeViewSet(EnregistrementViewSet):
    queryset = Equipe.objects.all()
    serializer_class = EquipeSerializer
    filterset_class = EquipeFilterSet
    roles_lecture = EQUIPES | {Role.ADMINISTRATEUR}


class PersonneViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Personne.objects.select_related("organisme")
    serializer_class = PersonneSerializer
    filterset_class = PersonneFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES

    def get_serializer_class(self) -> type[Any]:
        creee = getattr(self, "action", None) == "create"
        return PersonneCreeeSerializer if creee else PersonneSerializer

    def deja_faite(self, cle: Any) -> Any:
        """What a replay answers: the file that was kept, where this one became its alias."""
        lignes = self.get_queryset()
        deja = lignes.filter(pk=cle).first()
        return deja or lignes.filter(pk__in=Personne.objects.menees_par(cle)).first()

    def get_object(self) -> Any:
        """An alias leads to the file that was kept, where the caller may see that one."""
        try:
            return super().get_object()
        except Http404:
            cle = en_uuid(self.kwargs["uuid"])
            gardee = next(iter(Personne.objects.menees_par(cle)), None)
            if gardee is None:
                raise
            self.kwargs["uuid"] = str(gardee)
            return super().get_object()

    def champs_de_saisie(self) -> dict[str, Any]:
        utilisateur: Any = self.request.user
        organisme = utilisateur.organisme_id
        if organisme is None:
            raise PermissionDenied()
        return {**super().champs_de_saisie(), "organisme_id": organisme}

    def comparer_version(self, request: Request, objet: Personne) -> None:
        utilisateur: Any = request.user
        if objet.organisme_id != utilisateur.organisme_id:
            raise PermissionDenied()
        super().comparer_version(request, objet)


class AccordPartageViewSet(Creation, EnregistrementViewSet):
    queryset = AccordPartage.objects.all()
    serializer_class = AccordPartageSerializer
    filterset_class = AccordPartageFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES

    def get_queryset(self) -> QuerySet[Any]:
        lignes = super().get_queryset()
        if getattr(self, "action", None) == "retirer":
            # Only the organisme that owns the file speaks for the person.
            return lignes.filter(personne__organisme_id=self.request.user.organisme_id)  # type: ignore[union-attr]
        return lignes

    @extend_schema(request=RetraitSerializer, responses=AccordPartageSerializer)
    @action(detail=True, methods=["post"])
    def retirer(self, request: Request, uuid: str) -> Response:
        """L'accord est retiré ; le retirer deux fois garde la première date."""
        accord = self.get_object()
        demande = RetraitSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        jour = demande.validated_data.get("retire_le", aujourd_hui())
        if jour < accord.donne_le:
            raise serializers.ValidationError(
                {"retire_le": "Un accord ne peut être retiré avant d'être donné."}
            )
        with transaction.atomic():
            AccordPartage.objects.filter(pk=accord.pk, retire_le=None).update(retire_le=jour)
        return self.repondre(self.relire(accord.pk))
