"""Is the service alive, ready, and doing its work?"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commun.api.errors import TYPE_DE_CONTENU, corps
from commun.api.permissions import RolePermis
from coordination.models import MarquePaire
from hebergement.models import ControleOccupation, MarqueNuits, OccupationNuit
from socle.enums import Role


@require_safe
def vivant(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"statut": "ok"})


def _base_prete() -> bool:
    executeur = MigrationExecutor(connection)
    return not executeur.migration_plan(executeur.loader.graph.leaf_nodes())


@require_safe
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


class MetierView(APIView):
    """The work behind the screen: broker, nights computed, reconciliation, waiting marks."""

    permission_classes = (RolePermis,)
    roles_lecture: ClassVar[frozenset[str]] = frozenset({Role.COORDINATEUR, Role.ADMINISTRATEUR})

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="sante_metier")
    def get(self, request: Request) -> Response:
        """Le travail de fond : courtier, nuits calculées, contrôle, marques en attente."""
        nuit = OccupationNuit.objects.order_by("-jour").values_list("jour", flat=True).first()
        controle = ControleOccupation.objects.order_by("-fait_le").first()
        attentes: list[Any] = [
            MarqueNuits.objects.order_by("cree_le").first(),
            MarquePaire.objects.order_by("cree_le").first(),
        ]
        return Response(
            {
                "courtier": "ok" if _courtier_joignable() else "injoignable",
                "derniere_nuit_calculee": nuit,
                "dernier_controle_le": controle.fait_le if controle else None,
                "nuits_a_recalculer": MarqueNuits.objects.count(),
                "paires_a_rapprocher": MarquePaire.objects.count(),
                "plus_ancienne_attente_le": min(
                    (marque.cree_le for marque in attentes if marque), default=None
                ),
            }
        )


def _courtier_joignable() -> bool:
    try:
        client = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        return bool(client.ping())
    except RedisError:
        return False
