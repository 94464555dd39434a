"""Who is away, who was seen, whom to look for tonight."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from commun.api.errors import Conflit
from commun.api.filters import refuser_inconnus
from commun.api.viewsets import (
    DEJA_PRIS,
    Correction,
    Creation,
    EnregistrementViewSet,
    calculer_empreinte,
    en_uuid,
    exiger_objet,
    refuser_les_supprimes,
)
from commun.horloge import aujourd_hui, maintenant
from hebergement import services
from hebergement.api.filters import AbsenceFilterSet
from hebergement.api.serializers import (
    AbsenceSerializer,
    ConflitDHebergementSerializer,
    ConstatSerializer,
    JourDeRondeSerializer,
    ListeACocherSerializer,
    RondeEnregistreeSerializer,
    RondeSerializer,
)
from hebergement.models import Absence, ConstatPresence, Sejour, Site
from socle.querysets import EQUIPES


class AbsenceViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = Absence.objects.all()
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilterSet
    problemes: ClassVar[dict[int, Any]] = {409: ConflitDHebergementSerializer}
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-debut",)

    def verrouiller(self) -> Absence:
        """The stay first, as whoever ends it does."""
        services.verrouiller_sejours(sejours=[self.get_object().sejour_id])
        return cast("Absence", super().verrouiller())


class ConstatsDUnSiteViewSet(Creation, EnregistrementViewSet):
    """A round of a site: the list to tick, and what was ticked."""

    queryset = ConstatPresence.objects.all()
    serializer_class = RondeEnregistreeSerializer
    filterset_class = None
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES

    def site(self) -> Site:
        visibles: Any = Site.objects.visibles_par(self.request.user)
        return get_object_or_404(visibles, pk=self.kwargs["uuid"])

    @extend_schema(
        parameters=[OpenApiParameter("jour", str, description="AAAA-MM-JJ ; à défaut, ce jour.")],
        responses=ListeACocherSerializer,
    )
    def attendus(self, request: Request, uuid: UUID) -> Response:
        """Qui est attendu ce soir sur ce site : la liste à cocher, avec les personnes absentes."""
        site = self.site()
        refuser_inconnus(request, {"jour"})
        demande = JourDeRondeSerializer(data=request.query_params.dict())
        demande.is_valid(raise_exception=True)
        jour = demande.validated_data.get("jour", aujourd_hui())
        du_jour = ConstatPresence.objects.retenus().filter(sejour=OuterRef("pk"), jour=jour)
        visibles: Any = Sejour.objects.visibles_par(request.user)
        sejours = list(
            visibles.presents(jour)
            .filter(place__site=site)
            .avec_presence(jour)
            .annotate(present=Subquery(du_jour.order_by().values("present")[:1]))
            .select_related("personne", "place")
            .order_by("place__libelle", "pk")
        )
        absences = {
            absence.chaine: absence
            for absence in Absence.objects.le(jour).filter(chaine__in=[s.chaine for s in sejours])
        }
        for sejour in sejours:
            sejour.absence_du_jour = absences.get(sejour.chaine)
        liste = {
            "site": site.pk,
            "jour": jour,
            "presences_depuis": site.presences_depuis,
            "heberges": len(sejours),
            "absents": sum(s.absence_du_jour is not None for s in sejours),
            "sejours": sejours,
        }
        return Response(ListeACocherSerializer(liste).data)

    @extend_schema(
        request=RondeSerializer,
        responses={201: RondeEnregistreeSerializer, 200: RondeEnregistreeSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Une ronde, en une fois : tout est enregistré, ou rien. Une ronde reçue plus tard, pour le
        même jour, corrige."""
        site = self.site()
        demande = RondeSerializer(data=exiger_objet(request.data))
        demande.is_valid(raise_exception=True)
        ronde = demande.validated_data
        try:
            cles, nouveaux = self.enregistrer(site, ronde)
        except IntegrityError:
            # Perhaps the same round, at the same moment: what it wrote is now there to be seen.
            cles, nouveaux = self.enregistrer(site, ronde)
        enregistres = self.get_queryset().in_bulk(cles)
        if len(enregistres) < len(cles):
            raise Conflit(DEJA_PRIS)
        donnees = {"constats": [enregistres[cle] for cle in cles]}
        return Response(
            RondeEnregistreeSerializer(donnees).data,
            status=status.HTTP_201_CREATED if nouveaux else status.HTTP_200_OK,
        )

    def enregistrer(self, site: Site, ronde: dict[str, Any]) -> tuple[list[UUID], int]:
        """Record what is not there yet; the keys in their order, and how many are new.

        Raises:
            Conflit: a key is there with other content, was deleted, or is twice in the round.
        """
        lignes, jour, auteur = ronde["constats"], ronde["jour"], cast("Any", self.request.user)
        cles = [cle for ligne in lignes if (cle := en_uuid(ligne.get("uuid"))) is not None]
        if len(set(cles)) < len(cles):
            raise Conflit("Deux constats de la ronde ont le même identifiant.")
        deja = {
            c.pk: (c.auteur_id, c.empreinte_creation)
            for c in ConstatPresence.objects.filter(pk__in=cles)
        }
        refuser_les_supprimes(ConstatPresence, set(cles) - set(deja), auteur)
        nouveaux, donnees = [], exiger_objet(self.request.data)
        for rang, ligne in enumerate(lignes):
            # What is there already is not looked at again: its stay may be hidden by now.
            premiere = deja.get(en_uuid(ligne.get("uuid")))
            dit = [donnees.get("jour"), donnees.get("saisi_le"), ligne]
            empreinte = calculer_empreinte(self.request.path, dit)
            if premiere is None:
                nouveaux.append((rang, ligne, empreinte))
            elif premiere != (auteur.pk, empreinte):
                raise Conflit(DEJA_PRIS)
        if not nouveaux:
            return cles, 0
        constats = self.lire(site, nouveaux)
        saisie = {"auteur": auteur, "recu_le": maintenant()}
        if "saisi_le" in ronde:
            saisie["saisi_le"] = ronde["saisi_le"]
        with transaction.atomic():
            services.constater(
                jour=jour,
                constats=[
                    {**constat, **saisie, "empreinte_creation": empreinte}
                    for constat, (_, _, empreinte) in zip(constats, nouveaux, strict=True)
                ],
            )
        return cles, len(nouveaux)

    def lire(self, site: Site, nouveaux: list[tuple[int, Any, str]]) -> list[dict[str, Any]]:
        """What is told of each, under its place in the round that was sent, replays included.

        Raises:
            ValidationError: one tells nothing, is of another site, or of a stay told of twice.
        """
        serializer = ConstatSerializer(
            data=[ligne for _, ligne, _ in nouveaux],
            many=True,
            context=self.get_serializer_context(),
        )
        # In one query: what a stay is of.
        serializer.child.fields["sejour"].queryset = Sejour.objects.sejours().select_related(  # type: ignore[attr-defined]
            "place"
        )
        erreurs: dict[str, Any] = {}
        if not serializer.is_valid():
            erreurs = {str(nouveaux[n][0]): erreur for n, erreur in serializer.errors.items()}
            raise ValidationError({"constats": erreurs})
        vus: set[UUID] = set()
        for (rang, _, _), constat in zip(nouveaux, serializer.validated_data, strict=True):
            sejour = constat["sejour"]
            if sejour.place.site_id != site.pk:
                erreurs[str(rang)] = {"sejour": "Ce séjour est d'un autre site."}
            elif sejour.pk in vus:
                erreurs[str(rang)] = {"sejour": "Ce séjour est deux fois dans la ronde."}
            vus.add(sejour.pk)
        if erreurs:
            raise ValidationError({"constats": erreurs})
        return list(serializer.validated_data)
