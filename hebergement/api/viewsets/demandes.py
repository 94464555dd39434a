"""Requests, the waiting list, propositions and what became of them."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from commun.api.permissions import RolePermis
from commun.api.viewsets import (
    CONTRARIETES,
    Correction,
    Creation,
    EnregistrementViewSet,
    exiger_objet,
)
from hebergement import services
from hebergement.api.filters import (
    AttenteFilterSet,
    DemandeHebergementFilterSet,
    PropositionFilterSet,
)
from hebergement.api.serializers import (
    AcceptationSerializer,
    AnnulationDeDemandeSerializer,
    AttenteSerializer,
    ConfirmationSerializer,
    ConflitDHebergementSerializer,
    DemandeHebergementSerializer,
    PropositionFinieSerializer,
    PropositionSerializer,
    RefusDePlaceSerializer,
    SejourSerializer,
    contexte_de_l_attente,
)
from hebergement.attente import DANS_L_ORDRE
from hebergement.enums import StatutDemande, StatutProposition
from hebergement.models import DemandeHebergement, Proposition, Sejour
from socle.enums import Role
from socle.models import Structure
from socle.querysets import COORDINATION, EQUIPES


class DemandeHebergementViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = DemandeHebergement.objects.all()
    serializer_class = DemandeHebergementSerializer
    filterset_class = DemandeHebergementFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-demandee_le",)

    def get_queryset(self) -> Any:
        return cast("Any", super().get_queryset()).avec_statut()

    def clore(self, demande: Any, issue: StatutDemande, **dit: str) -> Response:
        services.clore(demande=demande, issue=issue, **dit)
        return self.repondre(self.relire(demande.pk))

    @extend_schema(request=RefusDePlaceSerializer, responses=DemandeHebergementSerializer)
    @action(detail=True, methods=["post"])
    def refuser(self, request: Request, uuid: str) -> Response:
        """La personne ne demande plus, ou la demande n'est pas retenue."""
        demande = self.get_object()
        dit = RefusDePlaceSerializer(data=exiger_objet(request.data))
        dit.is_valid(raise_exception=True)
        donnees = dict(dit.validated_data)
        par = donnees.pop("par")
        if par == "STRUCTURE" and cast("Any", request.user).role != Role.COORDINATEUR:
            raise PermissionDenied()
        return self.clore(demande, StatutDemande(f"REFUSEE_{par}"), **donnees)

    @extend_schema(request=AnnulationDeDemandeSerializer, responses=DemandeHebergementSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, uuid: str) -> Response:
        """La demande est retirée : faite par erreur, ou deux fois."""
        demande = self.get_object()
        dit = AnnulationDeDemandeSerializer(data=exiger_objet(request.data))
        dit.is_valid(raise_exception=True)
        return self.clore(demande, StatutDemande.ANNULEE, **dit.validated_data)


class AttenteViewSet(mixins.ListModelMixin, GenericViewSet[Any]):
    """Who waits, in the order in which places are proposed."""

    permission_classes = (RolePermis,)
    queryset = DemandeHebergement.objects.all()
    serializer_class = AttenteSerializer
    filterset_class = AttenteFilterSet
    roles_lecture = EQUIPES
    tri = DANS_L_ORDRE
    descriptions: ClassVar[dict[str, str]] = {
        "list": (
            "Demandes qui attendent une place, dans l'ordre, et ce qui leur vaut leur rang : "
            "chaque critère, ce qu'il vaut et les points qu'il donne. Le rang est celui de tout le "
            "réseau."
        )
    }

    def get_queryset(self) -> Any:
        return DemandeHebergement.objects.visibles_par(self.request.user).en_attente().avec_points()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), **contexte_de_l_attente()}


class PropositionViewSet(EnregistrementViewSet):
    queryset = Proposition.objects.select_related("demande__structure", "place__site__structure")
    serializer_class = PropositionSerializer
    filterset_class = PropositionFilterSet
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    roles_par_action: ClassVar[dict[str, frozenset[str]]] = {"annuler": COORDINATION}

    def get_queryset(self) -> Any:
        return cast("Any", super().get_queryset()).avec_statut()

    def exiger(self, *structures: Structure) -> None:
        """Coordination, or the organisme of one of these structures."""
        compte: Any = self.request.user
        if compte.role != Role.COORDINATEUR and compte.organisme_id not in {
            s.organisme_id for s in structures
        }:
            raise PermissionDenied()

    @extend_schema(request=AcceptationSerializer, responses=PropositionSerializer)
    @action(detail=True, methods=["post"])
    def accepter(self, request: Request, uuid: str) -> Response:
        """La personne viendra : la place est retenue jusque-là, et un délai après."""
        proposition = self.get_object()
        dit = AcceptationSerializer(data=exiger_objet(request.data))
        dit.is_valid(raise_exception=True)
        services.accepter(
            proposition=proposition, auteur=cast("Any", request.user), **dit.validated_data
        )
        return self.repondre(self.relire(proposition.pk))

    @extend_schema(request=RefusDePlaceSerializer, responses=PropositionFinieSerializer)
    @action(detail=True, methods=["post"])
    def refuser(self, request: Request, uuid: str) -> Response:
        """La personne ou le lieu refuse : la demande garde son ancienneté, la place est libre."""
        proposition = self.get_object()
        dit = RefusDePlaceSerializer(data=exiger_objet(request.data))
        dit.is_valid(raise_exception=True)
        donnees = dict(dit.validated_data)
        issue = StatutProposition(f"REFUSEE_{donnees.pop('par')}")
        self.exiger(
            proposition.place.site.structure,
            *([proposition.demande.structure] if issue == "REFUSEE_PERSONNE" else []),
        )
        services.refuser(proposition=proposition, issue=issue, **donnees)
        return self.finie(proposition)

    @extend_schema(request=None, responses=PropositionFinieSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, uuid: str) -> Response:
        """La coordination retire la proposition : la place est libre."""
        proposition = self.get_object()
        services.retirer(proposition=proposition)
        return self.finie(proposition)

    def finie(self, proposition: Proposition) -> Response:
        """With who is next, for who proposes."""
        coordination = cast("Any", self.request.user).role == Role.COORDINATEUR
        contexte = {
            **self.get_serializer_context(),
            "suivante": services.suivante(proposition.place) if coordination else None,
        }
        relue = self.relire(proposition.pk)
        donnees = PropositionFinieSerializer(relue, context=contexte).data
        return Response(donnees, headers={"ETag": self.etag(relue)})


class PropositionDUneDemandeViewSet(Creation, PropositionViewSet):
    """A proposition that is made."""

    roles_par_action: ClassVar[dict[str, frozenset[str]]] = {"create": COORDINATION}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Une place libre est retenue pour cette demande, jusqu'à un délai."""
        visibles: Any = DemandeHebergement.objects.visibles_par(request.user)
        self.demande = get_object_or_404(visibles, pk=kwargs["uuid"])
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: serializers.BaseSerializer[Any]) -> None:
        serializer.save(demande=self.demande, **self.champs_de_saisie())


class ConfirmationViewSet(Creation, EnregistrementViewSet):
    """The stay that an arrival makes of a proposition."""

    queryset = Sejour.objects.sejours()
    serializer_class = SejourSerializer
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}
    roles_ecriture = EQUIPES

    @extend_schema(
        request=ConfirmationSerializer, responses={201: SejourSerializer, 200: SejourSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """La personne est arrivée : la retenue devient un séjour, et la demande a abouti."""
        visibles: Any = Proposition.objects.visibles_par(request.user)
        proposition = get_object_or_404(
            visibles.select_related("demande__personne", "place__site__structure"),
            pk=kwargs["uuid"],
        )
        compte: Any = request.user
        chez_soi = proposition.place.site.structure.organisme_id == compte.organisme_id
        if compte.role != Role.COORDINATEUR and not chez_soi:
            raise PermissionDenied()
        donnees = exiger_objet(request.data)
        if (deja := self.rejeu(request, donnees.get("uuid"))) is not None:
            return deja
        dit = ConfirmationSerializer(data=donnees)
        try:
            dit.is_valid(raise_exception=True)
            with transaction.atomic():
                sejour = services.confirmer(
                    proposition=proposition,
                    **services.avec_menage(dit.validated_data),
                    **self.champs_de_saisie(),
                )
        except CONTRARIETES:
            return self.rejeu_ou_relance(request, donnees.get("uuid"))
        return self.repondre(self.relire(sejour.pk), status.HTTP_201_CREATED)
