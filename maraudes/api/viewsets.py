"""Rounds, encounters and observations."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.errors import Conflit
from commun.api.viewsets import (
    Correction,
    Creation,
    EnregistrementViewSet,
    calculer_empreinte,
    exiger_objet,
)
from contacts.models import Contact
from maraudes import services
from maraudes.api.filters import (
    MaraudeFilterSet,
    ObservationFilterSet,
    RencontreFilterSet,
    SecteurFilterSet,
)
from maraudes.api.serializers import (
    ClotureSerializer,
    DemarrageSerializer,
    LotEnregistreSerializer,
    LotSerializer,
    MaraudeSerializer,
    ObservationSerializer,
    RencontreSerializer,
    SecteurSerializer,
)
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from socle.enums import Role
from socle.querysets import EQUIPES


class SecteurViewSet(EnregistrementViewSet):
    queryset = Secteur.objects.prefetch_related("lignes")
    serializer_class = SecteurSerializer
    filterset_class = SecteurFilterSet
    roles_lecture = EQUIPES | {Role.ADMINISTRATEUR}


class MaraudeViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Maraude.objects.prefetch_related(
        "membres", Prefetch("etapes", Etape.objects.order_by("ordre"))
    )
    serializer_class = MaraudeSerializer
    filterset_class = MaraudeFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES

    @extend_schema(request=DemarrageSerializer, responses=MaraudeSerializer)
    @action(detail=True, methods=["post"])
    def demarrer(self, request: Request, uuid: str) -> Response:
        """La maraude commence ; son jour est celui de `debut_le`, même après minuit."""
        demande = DemarrageSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        maraude = services.demarrer(maraude=self.get_object(), **demande.validated_data)
        return self.repondre(self.relire(maraude.pk))

    @extend_schema(request=ClotureSerializer, responses=MaraudeSerializer)
    @action(detail=True, methods=["post"])
    def cloturer(self, request: Request, uuid: str) -> Response:
        """La maraude se termine ; les étapes restées prévues deviennent non visitées."""
        demande = ClotureSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        maraude = services.cloturer(maraude=self.get_object(), **demande.validated_data)
        return self.repondre(self.relire(maraude.pk))

    @extend_schema(request=None, responses=MaraudeSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, uuid: str) -> Response:
        """La maraude n'a pas lieu."""
        maraude = services.annuler(maraude=self.get_object())
        return self.repondre(self.relire(maraude.pk))


class RencontreViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Rencontre.objects.select_related("contact", "maraude__equipe")
    serializer_class = RencontreSerializer
    filterset_class = RencontreFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    modele_identifiant = Contact
    verrou = ("self", "contact")
    tri = ("-contact__survenu_le",)

    def etag(self, objet: Rencontre) -> str:
        return f'"{objet.contact.version}-{objet.secteur_id or 0}"'

    @extend_schema(
        request=LotSerializer,
        responses={201: LotEnregistreSerializer, 200: LotEnregistreSerializer},
    )
    @action(detail=False, methods=["post"])
    def lot(self, request: Request) -> Response:
        """Plusieurs personnes à la fois : toutes sont enregistrées, ou aucune."""
        demande = LotSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        lignes: list[Any] = demande.validated_data["rencontres"]
        serializer = RencontreSerializer(
            data=lignes, many=True, context=self.get_serializer_context()
        )
        champs = self.champs_de_saisie()
        chemin = request.path.removesuffix("lot/")
        nouvelles = 0
        serializer.is_valid(raise_exception=True)
        cles = [valides["contact"]["uuid"] for valides in serializer.validated_data]
        if len(set(cles)) < len(cles):
            raise Conflit("Deux rencontres du lot ont le même identifiant.")
        deja = {ligne.pk: ligne for ligne in Contact.objects.filter(pk__in=cles)}
        with transaction.atomic():
            for brute, valides, cle in zip(lignes, serializer.validated_data, cles, strict=True):
                empreinte = calculer_empreinte(chemin, brute)
                if (premiere := deja.get(cle)) is not None:
                    if (premiere.auteur_id, premiere.empreinte_creation) != (
                        request.user.pk,
                        empreinte,
                    ):
                        raise Conflit("Cet identifiant est déjà pris.")
                    continue
                serializer.child.create(  # type: ignore[attr-defined]
                    {**valides, **champs, "empreinte_creation": empreinte}
                )
                nouvelles += 1
        enregistrees = self.get_queryset().in_bulk(cles)
        donnees = {"rencontres": [enregistrees[cle] for cle in cles]}
        return Response(
            LotEnregistreSerializer(donnees, context=self.get_serializer_context()).data,
            status=status.HTTP_201_CREATED if nouvelles else status.HTTP_200_OK,
        )


class ObservationViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Observation.objects.all()
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-survenu_le",)
