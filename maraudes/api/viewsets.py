"""Rounds, encounters and observations."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.errors import Conflit
from commun.api.viewsets import (
    DEJA_PRIS,
    Correction,
    Creation,
    EnregistrementViewSet,
    ParCode,
    calculer_empreinte,
    en_uuid,
    exiger_objet,
    refuser_les_supprimes,
)
from contacts.api.viewsets import CorrectionDUneExtension
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


class SecteurViewSet(ParCode, EnregistrementViewSet):
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

    def etag(self, objet: Maraude) -> str:
        """Its own version, with its stops and members: they are read with it, by the same lock."""
        autour = [[e.pk, e.version] for e in objet.etapes.all()]
        autour += sorted([m.pk, 0] for m in objet.membres.all())
        empreinte = calculer_empreinte("", [[str(cle), version] for cle, version in autour])
        return f'"{objet.version}-{empreinte[:16]}"'

    @extend_schema(request=DemarrageSerializer, responses=MaraudeSerializer)
    @action(detail=True, methods=["post"])
    def demarrer(self, request: Request, uuid: str) -> Response:
        """La maraude commence ; son jour est celui de `debut_le`, même après minuit."""
        maraude = self.get_object()
        demande = DemarrageSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        services.demarrer(maraude=maraude, **demande.validated_data)
        return self.repondre(self.relire(maraude.pk))

    @extend_schema(request=ClotureSerializer, responses=MaraudeSerializer)
    @action(detail=True, methods=["post"])
    def cloturer(self, request: Request, uuid: str) -> Response:
        """La maraude se termine ; les étapes restées prévues deviennent non visitées."""
        maraude = self.get_object()
        demande = ClotureSerializer(data=request.data)
        demande.is_valid(raise_exception=True)
        services.cloturer(maraude=maraude, **demande.validated_data)
        return self.repondre(self.relire(maraude.pk))

    @extend_schema(request=None, responses=MaraudeSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, uuid: str) -> Response:
        """La maraude n'a pas lieu."""
        maraude = services.annuler(maraude=self.get_object())
        return self.repondre(self.relire(maraude.pk))


class RencontreViewSet(Creation, CorrectionDUneExtension, EnregistrementViewSet):
    queryset = Rencontre.objects.select_related("contact", "maraude__equipe__structure")
    serializer_class = RencontreSerializer
    filterset_class = RencontreFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    modele_identifiant = Contact
    tri = ("-contact__survenu_le",)
    descriptions: ClassVar[dict[str, str]] = {
        "partial_update": (
            "Correction, avec l'ETag de ce qui a été lu dans If-Match. Quand la rencontre est "
            "d'un autre organisme, avec une personne, ni cette personne ni ce qui a été observé "
            "d'elle ne se corrigent (403)."
        )
    }

    def verrouiller(self) -> Rencontre:
        """The round first, as its own verbs do: an encounter may change the round's stops."""
        services.verrouiller_maraudes([self.get_object().maraude_id])
        rencontre: Rencontre = super().verrouiller()
        return rencontre

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
        try:
            cles, nouvelles = self.enregistrer_lot(lignes)
        except IntegrityError:
            # Perhaps the same batch, at the same moment: what it wrote is now there to be seen.
            cles, nouvelles = self.enregistrer_lot(lignes)
        enregistrees = self.get_queryset().in_bulk(cles)
        if len(enregistrees) < len(cles):
            raise Conflit(DEJA_PRIS)
        donnees = {"rencontres": [enregistrees[cle] for cle in cles]}
        return Response(
            LotEnregistreSerializer(donnees, context=self.get_serializer_context()).data,
            status=status.HTTP_201_CREATED if nouvelles else status.HTTP_200_OK,
        )

    def enregistrer_lot(self, lignes: list[Any]) -> tuple[list[UUID], int]:
        """Record what is not there yet; the keys in their order, and how many are new.

        Raises:
            Conflit: a key is there with other content, was deleted, or is twice in the batch.
        """
        cles = [cle for ligne in lignes if (cle := en_uuid(ligne.get("uuid"))) is not None]
        if len(set(cles)) < len(cles):
            raise Conflit("Deux rencontres du lot ont le même identifiant.")
        chemin = self.request.path.removesuffix("lot/")
        champs = self.champs_de_saisie()
        deja = {
            c.pk: (c.auteur_id, c.empreinte_creation) for c in Contact.objects.filter(pk__in=cles)
        }
        refuser_les_supprimes(Contact, set(cles) - set(deja), champs["auteur"])
        nouvelles = []
        for rang, ligne in enumerate(lignes):
            # What is there already is not looked at again: what it refers to may be hidden by now.
            premiere = deja.get(en_uuid(ligne.get("uuid")))
            empreinte = calculer_empreinte(chemin, ligne)
            if premiere is None:
                nouvelles.append((rang, ligne, empreinte))
            elif premiere != (champs["auteur"].pk, empreinte):
                raise Conflit(DEJA_PRIS)
        serializer = RencontreSerializer(
            data=[ligne for _, ligne, _ in nouvelles],
            many=True,
            context=self.get_serializer_context(),
        )
        if not serializer.is_valid():
            # By place in the batch that was sent, replays included.
            erreurs = {str(nouvelles[n][0]): erreur for n, erreur in serializer.errors.items()}
            raise ValidationError({"rencontres": erreurs})
        services.enregistrer_rencontres(
            RencontreSerializer.arguments({**valides, **champs, "empreinte_creation": empreinte})
            for valides, (_, _, empreinte) in zip(serializer.validated_data, nouvelles, strict=True)
        )
        return cles, len(nouvelles)


class ObservationViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Observation.objects.all()
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-survenu_le",)
