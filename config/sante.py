"""Is the service alive, ready, and doing its work?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from redis import Redis
from redis.exceptions import RedisError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.errors import TYPE_DE_CONTENU, corps
from commun.api.permissions import RolePermis
from commun.api.serializers import Serializer
from commun.horloge import aujourd_hui, hier, maintenant
from coordination.models import MarquePaire
from hebergement.models import ControleOccupation, MarqueNuits, OccupationNuit, Sejour
from hebergement.tasks import DERNIER_CALCUL
from socle.enums import Role

# The sweepers pass every minute.
ATTENTE_PERMISE = timedelta(minutes=5)


def sonde(vue: Callable[[HttpRequest], JsonResponse]) -> Callable[[HttpRequest], JsonResponse]:
    """What a machine asks again and again: it is read, and nothing else."""

    @csrf_exempt
    @wraps(vue)
    def lire(request: HttpRequest) -> JsonResponse:
        if request.method in {"GET", "HEAD"}:
            return vue(request)
        entetes = {"Allow": "GET, HEAD"}
        return JsonResponse(corps(405), status=405, content_type=TYPE_DE_CONTENU, headers=entetes)

    return lire


@sonde
def vivant(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"statut": "ok"})


def _base_prete() -> bool:
    executeur = MigrationExecutor(connection)
    return not executeur.migration_plan(executeur.loader.graph.leaf_nodes())


@sonde
def pret(request: HttpRequest) -> JsonResponse:
    """The database is reachable and its migrations are applied. The broker doesn't count:
    writes must go on without it."""
    try:
        prete = _base_prete()
    except DatabaseError:
        prete = False
    if prete:
        return JsonResponse({"statut": "ok"})
    return JsonResponse(corps(503), status=503, content_type=TYPE_DE_CONTENU)


class MetierSerializer(Serializer):
    courtier = serializers.ChoiceField(choices=["ok", "injoignable"])
    derniere_nuit_calculee = serializers.DateField(allow_null=True)
    nuits_de_retard = serializers.IntegerField(allow_null=True)
    dernier_calcul_le = serializers.DateTimeField(allow_null=True)
    dernier_controle_le = serializers.DateTimeField(allow_null=True)
    ecarts_du_controle = serializers.IntegerField(allow_null=True)
    nuits_a_recalculer = serializers.IntegerField()
    paires_a_rapprocher = serializers.IntegerField()
    plus_ancienne_attente_le = serializers.DateTimeField(allow_null=True)
    presences_en_alerte = serializers.IntegerField()
    departs_a_decider = serializers.IntegerField()
    file_bloquee = serializers.BooleanField()


class MetierView(APIView):
    """The work behind the screen: broker, nights computed, reconciliation, waiting marks."""

    permission_classes = (RolePermis,)
    roles_lecture: ClassVar[frozenset[str]] = frozenset({Role.COORDINATEUR, Role.ADMINISTRATEUR})

    @extend_schema(responses=MetierSerializer, operation_id="sante_metier")
    def get(self, request: Request) -> Response:
        """Le travail de fond : courtier, nuits calculées, contrôle, marques en attente."""
        nuits = OccupationNuit.objects.filter(jour__lt=aujourd_hui()).order_by("-jour")
        nuit = nuits.values_list("jour", flat=True).first()
        controle = ControleOccupation.objects.order_by("-fait_le").first()
        courtier = _courtier_joignable()
        attentes: list[Any] = [
            MarqueNuits.objects.order_by("cree_le").first(),
            MarquePaire.objects.order_by("cree_le").first(),
        ]
        ancienne = min((marque.cree_le for marque in attentes if marque), default=None)
        presences = Sejour.objects.comptes_de_presence()
        return Response(
            {
                "courtier": "ok" if courtier else "injoignable",
                "derniere_nuit_calculee": nuit,
                "nuits_de_retard": (hier() - nuit).days if nuit else None,
                "dernier_calcul_le": cache.get(DERNIER_CALCUL) if courtier else None,
                "dernier_controle_le": controle.fait_le if controle else None,
                "ecarts_du_controle": controle.ecarts if controle else None,
                "nuits_a_recalculer": MarqueNuits.objects.count(),
                "paires_a_rapprocher": MarquePaire.objects.count(),
                "plus_ancienne_attente_le": ancienne,
                "presences_en_alerte": presences["en_alerte"],
                "departs_a_decider": presences["a_decider"],
                "file_bloquee": ancienne is not None and maintenant() - ancienne > ATTENTE_PERMISE,
            }
        )


def _courtier_joignable() -> bool:
    try:
        client = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        return bool(client.ping())
    except RedisError:
        return False
