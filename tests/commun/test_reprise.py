"""A deadlock is nobody's fault: the request starts again; what follows a commit happens once."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from redis import Redis
from rest_framework.permissions import BasePermission
from rest_framework.test import APIRequestFactory

from commun.api.reprise import TENTATIVES, Reprise
from hebergement.models import Sejour
from socle.models import Personne, Utilisateur
from tests.concurrence import Fil, attendre_bloques, panne
from tests.conftest import Api
from tests.factories import PersonneFactory, PlaceFactory, identifiant

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/sejours/"


def taches_envoyees() -> int:
    """What waits in the broker."""
    file: Any = Redis.from_url(settings.REDIS_URL).llen("celery")
    return int(file)


def histoire() -> list[str]:
    modele: Any = Sejour
    return list(modele.pgh_event_model.objects.values_list("pgh_label", flat=True))


def demande() -> dict[str, str]:
    return {
        "uuid": identifiant(),
        "place": str(PlaceFactory().pk),
        "personne": str(PersonneFactory().pk),
        "arrivee": "2023-05-01",
    }


def test_a_real_deadlock_is_overcome(
    api: Api, coordinatrice: Utilisateur, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody locks the place, then the person: the wrong order, held against the right one.

    The request has waited for longer, so it is the one that PostgreSQL gives up; where a slow
    machine made it the other one, both start again.
    """
    client = api(coordinatrice)
    for _ in range(10):
        corps = demande()
        avant = taches_envoyees()
        caplog.clear()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM hebergement_place WHERE uuid = %s FOR UPDATE", [corps["place"]]
                )
                fil = Fil(lambda corps=corps: client.post(URL, corps))  # type: ignore[misc]
                attendre_bloques(1)
                Personne.objects.select_for_update().get(pk=corps["personne"])
        except OperationalError:
            assert fil.resultat().status_code == 201
            continue
        break
    reponse = fil.resultat()
    assert reponse.status_code == 201, reponse.json()
    assert caplog.messages.count("transaction_reprise") == 1
    assert Sejour.objects.filter(pk=corps["uuid"]).count() == 1
    assert histoire().count("insert") == Sejour.objects.count()
    assert taches_envoyees() == avant + 1


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
def test_tried_again_a_few_times(api: Api, coordinatrice: Utilisateur, sqlstate: str) -> None:
    corps, avant = demande(), taches_envoyees()
    client = api(coordinatrice)
    with panne("hebergement_sejour", sqlstate, TENTATIVES - 1):
        reponse = client.post(URL, corps)
    assert reponse.status_code == 201, reponse.json()
    assert histoire() == ["insert"]
    assert taches_envoyees() == avant + 1
    assert client.post(URL, corps).status_code == 200


def test_then_given_up(api: Api, coordinatrice: Utilisateur) -> None:
    corps, avant = demande(), taches_envoyees()
    client = api(coordinatrice)
    with panne("hebergement_sejour", "40P01", TENTATIVES):
        reponse = client.post(URL, corps)
    assert reponse.status_code == 503
    assert reponse["Content-Type"] == "application/problem+json"
    assert reponse["Retry-After"]
    assert not Sejour.objects.exists()
    assert taches_envoyees() == avant
    assert client.post(URL, corps).status_code == 201


def test_other_failures_are_not_tried_again(api: Api, coordinatrice: Utilisateur) -> None:
    with panne("hebergement_sejour", "53300", 1):
        reponse = api(coordinatrice).post(URL, demande())
    assert reponse.status_code == 503
    assert not Sejour.objects.exists()


def test_every_attempt_asks_for_permission() -> None:
    """What fails before the handler must not lead into it."""
    demandes = []

    class Refuser(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            demandes.append(request)
            if len(demandes) == 1:
                with connection.cursor() as cursor:
                    cursor.execute("DO $$ BEGIN RAISE 'essai' USING ERRCODE = '40001'; END $$")
            return False

    class Vue(Reprise):
        authentication_classes = ()
        permission_classes = (Refuser,)

        def post(self, request: Any) -> None:
            pytest.fail("the handler was reached")

    reponse = Vue.as_view()(APIRequestFactory().post("/", {}))
    assert reponse.status_code == 403
    assert len(demandes) == 2
