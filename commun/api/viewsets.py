"""The base of the viewsets: what is visible, replays that are harmless, careful corrections."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from commun.api.errors import Conflit, VersionManquante, VersionPerimee
from commun.api.filters import refuser_inconnus
from commun.api.permissions import RolePermis
from commun.api.reprise import Reprise
from commun.historique import deja_la, supprimes
from commun.horloge import maintenant

# What a creation can meet in its own twin: its key, its place, its code.
CONTRARIETES = (IntegrityError, Conflit, ValidationError)
DEJA_PRIS = "Cet identifiant est déjà pris."


def calculer_empreinte(chemin: str, donnees: Any) -> str:
    """The digest of a request: where it went and what it said, whatever the order of its keys."""
    texte = json.dumps([chemin, donnees], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(texte.encode()).hexdigest()


def en_uuid(valeur: Any) -> uuid.UUID | None:
    """The identifier that a text writes, if it writes one."""
    try:
        return uuid.UUID(valeur)
    except (ValueError, AttributeError, TypeError):
        return None


def exiger_objet(donnees: Any) -> dict[str, Any]:
    """The body as a JSON object, or 400."""
    if not isinstance(donnees, dict):
        raise ValidationError("Le corps de la requête doit être un objet JSON.")
    return donnees


def refuser_les_supprimes(
    modele: type[models.Model], cles: Iterable[uuid.UUID], utilisateur: Any
) -> None:
    """What coordination has deleted does not come back by a tablet that sends it again.

    Only to who had made it is it told what became of it.

    Raises:
        Conflit: a record of one of these keys was deleted.
    """
    if auteurs := set(supprimes(modele, cles).values()):
        le_sien = auteurs == {utilisateur.pk}
        raise Conflit(
            "Cet enregistrement a été supprimé : il n'est pas refait." if le_sien else DEJA_PRIS
        )


class EnregistrementViewSet(
    mixins.RetrieveModelMixin, mixins.ListModelMixin, Reprise, GenericViewSet[Any]
):
    """Reads: rows come from `visibles_par`, so another's record does not exist.

    A subclass declares `queryset`, `serializer_class`, `filterset_class` and the roles; `tri` is
    the order of the list, in fields that are never null; the key is added to it.
    """

    permission_classes = (RolePermis,)
    lookup_field = "pk"
    lookup_url_kwarg = "uuid"
    lookup_value_regex = "[^/.]+"
    tri: ClassVar[tuple[str, ...]] = ("-pk",)
    # Of an action on one record, what its address may ask.
    parametres: ClassVar[dict[str, set[str]]] = {}
    roles_lecture: ClassVar[frozenset[str]] = frozenset()
    roles_ecriture: ClassVar[frozenset[str]] = frozenset()

    def get_queryset(self) -> QuerySet[Any]:
        toutes: Any = super().get_queryset()
        return cast("QuerySet[Any]", toutes.visibles_par(self.request.user))

    def etag(self, objet: Any) -> str:
        return cast("str", objet.etag)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        action = getattr(self, "action", None)
        if action not in {"list", None} and self.detail:
            refuser_inconnus(request, self.parametres.get(str(action), set()))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.repondre(self.get_object())

    def repondre(self, objet: Any, statut: int = status.HTTP_200_OK) -> Response:
        """A record as its caller sees it, with its ETag."""
        donnees = self.get_serializer(objet).data
        return Response(donnees, status=statut, headers={"ETag": self.etag(objet)})

    def relire(self, pk: Any) -> Any:
        """A record read again as the caller sees it."""
        return self.get_queryset().get(pk=pk)


class ParCode:
    """A record that is named by its uuid, or by its code."""

    def get_object(self) -> Any:
        nom = self.kwargs["uuid"]  # type: ignore[attr-defined]
        if "\x00" in nom:  # PostgreSQL would refuse the question itself
            raise Http404
        if en_uuid(nom) is None:
            self.lookup_field = "code"
        return super().get_object()  # type: ignore[misc]


class Creation:
    """POST: 201; the same request again by the same author 200; the same uuid otherwise 409."""

    # The model that owns the uuid, when it is not the viewset's own (an extension of a contact).
    modele_identifiant: ClassVar[type[models.Model] | None] = None
    # Not where the row says at once all that an answer tells, what the database sets included.
    relit_apres_creation: ClassVar[bool] = True

    def empreinte(self, request: Request) -> str:
        return calculer_empreinte(request.path, request.data)

    def champs_de_saisie(self) -> dict[str, Any]:
        """What the service adds to a creation: who, when, and the digest of the request."""
        request: Request = self.request  # type: ignore[attr-defined]
        champs = {
            "auteur": request.user,
            "recu_le": maintenant(),
            "empreinte_creation": self.empreinte(request),
        }
        # Of a device whose clock was compared with ours: what it told was redated by that much.
        decalage = getattr(request, "decalage", None)
        return champs if decalage is None else {**champs, "decalage": decalage}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        donnees = exiger_objet(request.data)
        deja = self.rejeu(request, donnees.get("uuid"))
        if deja is not None:
            return deja
        serializer = self.get_serializer(data=donnees)  # type: ignore[attr-defined]
        try:
            serializer.is_valid(raise_exception=True)
            with transaction.atomic():
                self.perform_create(serializer)
        except CONTRARIETES:
            return self.rejeu_ou_relance(request, donnees.get("uuid"))
        objet = serializer.instance
        if self.relit_apres_creation:
            objet = self.relire(objet.pk)  # type: ignore[attr-defined]
            serializer = self.get_serializer(objet)  # type: ignore[attr-defined]
        return Response(
            serializer.data,
            status=status.HTTP_201_CREATED,
            headers={"ETag": self.etag(objet)},  # type: ignore[attr-defined]
        )

    def perform_create(self, serializer: serializers.BaseSerializer[Any]) -> None:
        serializer.save(**self.champs_de_saisie())

    def deja_faite(self, cle: uuid.UUID) -> Any:
        """The record of this key, as its author sees it; None where they no longer may."""
        return self.get_queryset().filter(pk=cle).first()  # type: ignore[attr-defined]

    def rejeu_ou_relance(self, request: Request, identifiant: Any) -> Response:
        """In an `except`: what was in the way may be the same request, at the same moment."""
        deja = self.rejeu(request, identifiant)
        if deja is None:
            raise
        return deja

    def rejeu(self, request: Request, identifiant: Any) -> Response | None:
        """The answer to a request whose uuid is already there; None when it is new.

        Raises:
            Conflit: other content, another author, or a record that is not the caller's to see.
        """
        cle = en_uuid(identifiant)
        if cle is None:
            return None  # the serializer says what is wrong with it
        modele: Any = self.modele_identifiant or self.queryset.model  # type: ignore[attr-defined]
        premiere, supprime = deja_la(modele, cle)
        if premiere is None:
            if supprime:
                refuser_les_supprimes(modele, [cle], request.user)
            return None
        meme = premiere == (request.user.pk, self.empreinte(request))
        objet = self.deja_faite(cle) if meme else None
        if objet is None:
            raise Conflit(DEJA_PRIS)
        return self.repondre(objet)  # type: ignore[attr-defined]


class Correction:
    """PATCH: only with the ETag of what was read."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "If-Match",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="ETag de l'enregistrement lu.",
            )
        ]
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        donnees = exiger_objet(request.data)
        with transaction.atomic():
            objet = self.verrouiller()
            self.comparer_version(request, objet)
            serializer = self.get_serializer(objet, data=donnees, partial=True)  # type: ignore[attr-defined]
            serializer.is_valid(raise_exception=True)
            self.perform_update(serializer)
        return self.repondre(self.relire(objet.pk))  # type: ignore[attr-defined]

    def perform_update(self, serializer: serializers.BaseSerializer[Any]) -> None:
        serializer.save()

    def verrouiller(self) -> Any:
        """The record, locked until the end of the transaction and read after the lock."""
        lignes = self.filter_queryset(self.get_queryset())  # type: ignore[attr-defined]
        cle = self.get_object().pk  # type: ignore[attr-defined]
        return lignes.select_for_update(of=("self",), no_key=True).get(pk=cle)

    def comparer_version(self, request: Request, objet: Any) -> None:
        """428 without If-Match, 412 with the current state when it is stale."""
        attendu = request.headers.get("If-Match")
        if attendu is None:
            raise VersionManquante()
        actuel = self.etag(objet)  # type: ignore[attr-defined]
        versions = {version.strip() for version in attendu.split(",")}
        if "*" not in versions and actuel not in versions:
            etat = self.get_serializer(objet).data  # type: ignore[attr-defined]
            raise VersionPerimee(etat=etat, entetes={"ETag": actuel})
