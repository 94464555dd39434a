"""Orientations, and the summary of a round, which crosses domains."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from commun.api.filters import Booleen, FilterSet, Reference, refuser_inconnus
from commun.api.permissions import RolePermis
from commun.api.viewsets import Creation, EnregistrementViewSet, exiger_objet
from contacts.api.viewsets import TenuParSonContact
from coordination import decisions, fusions
from coordination.api.serializers import (
    AnnulationSerializer,
    DistinctionSerializer,
    DoublonSerializer,
    FusionSerializer,
    OrientationSerializer,
    RefusSerializer,
    ResumeSerializer,
)
from coordination.enums import Decision, StatutOrientation
from coordination.models import Doublon, Orientation
from coordination.resume import resumer
from hebergement.api.serializers import ConflitDHebergementSerializer
from maraudes.models import Maraude
from socle.api.filters import ReferenceDePersonne
from socle.enums import Role
from socle.models import Distinction, Fusion, Structure
from socle.querysets import EQUIPES


class OrientationFilterSet(FilterSet):
    personne = ReferenceDePersonne()
    contact = Reference()
    structure = Reference(code=True)
    structure_origine = Reference(code=True)
    statut = django_filters.ChoiceFilter(choices=StatutOrientation.choices)


class OrientationViewSet(Creation, TenuParSonContact, EnregistrementViewSet):
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


class LUneDesDeux(ReferenceDePersonne):
    def condition(self, cle: UUID, suivie: Any) -> Q:
        return Q(premiere=suivie) | Q(seconde=suivie)


class DoublonFilterSet(FilterSet):
    personne = LUneDesDeux(label="L'un des deux dossiers")


class DoublonViewSet(ListModelMixin, GenericViewSet[Any]):
    """Suspected duplicates, for who may merge them."""

    # Joined, the files of all pairs would be read for those of one page.
    queryset = Doublon.objects.prefetch_related("premiere", "seconde")
    serializer_class = DoublonSerializer
    filterset_class = DoublonFilterSet
    permission_classes = (RolePermis,)
    roles_lecture = EQUIPES
    tri = ("-score",)
    descriptions: ClassVar[dict[str, str]] = {
        "list": (
            "Dossiers qui sont peut-être d'une même personne, les plus ressemblants d'abord, avec "
            "les raisons que l'on peut connaître. Deux dossiers dont il a été dit qu'ils sont de "
            "deux personnes n'y sont plus."
        )
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().visibles_par(self.request.user)  # type: ignore[attr-defined]


class DossiersReunis(Creation, EnregistrementViewSet):
    """What is said of two files, by coordination or by the organisme of both."""

    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    dossiers: ClassVar[tuple[str, str]]

    def champs_de_saisie(self) -> dict[str, Any]:
        champs = super().champs_de_saisie()
        del champs["recu_le"]
        return champs

    def perform_create(self, serializer: serializers.BaseSerializer[Any]) -> None:
        compte: Any = self.request.user
        donnees = serializer.validated_data
        if not fusions.peut_fusionner(compte, *(donnees[nom] for nom in self.dossiers)):
            raise PermissionDenied()
        super().perform_create(serializer)


class DistinctionViewSet(DossiersReunis):
    queryset = Distinction.objects.all()
    serializer_class = DistinctionSerializer
    filterset_class = FilterSet
    dossiers = ("premiere", "seconde")
    descriptions: ClassVar[dict[str, str]] = {
        "create": "Ces deux dossiers sont de deux personnes : ils ne sont plus des doublons."
    }


class FusionFilterSet(FilterSet):
    gardee = Reference()
    alias = Reference()
    annulee = Booleen(field_name="annulee_le", lookup_expr="isnull", exclude=True)


class FusionViewSet(DossiersReunis):
    """Merges of files; who may make one may undo it."""

    queryset = Fusion.objects.all()
    serializer_class = FusionSerializer
    filterset_class = FusionFilterSet
    dossiers = ("gardee", "alias")
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}
    descriptions: ClassVar[dict[str, str]] = {
        "create": (
            "Deux dossiers d'une même personne : l'un est gardé, l'autre en devient un alias, et "
            "tout ce qui en dépend passe au premier. Refusé (409) quand leurs séjours se "
            "chevauchent."
        )
    }

    @extend_schema(request=None, responses=FusionSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, uuid: str) -> Response:
        """Deux dossiers de nouveau, chacun avec ce qui en dépendait."""
        compte: Any = request.user
        fusion = self.get_object()
        fusions.annuler(fusion=fusion, auteur=compte)
        return self.repondre(self.relire(fusion.pk))


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
