"""Servers that are there and say nothing: nobody waits for ever, and all of it recovers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest
from django.db import OperationalError, connection

from config.serveurs import attendre
from tests.concurrence import EN_ATTENTE, Fil
from tests.config.composition import DELAI, VARIABLES, Composition, lire
from tests.config.test_absences import Poste

pytestmark = pytest.mark.timeout(600)
# Of web in this file, in seconds; docker-compose.yml gives it more.
PATIENCE = "2"
# More than web has threads: four workers of four.
AFFLUENCE = 24


@pytest.fixture(scope="module")
def pressee(composition_preparee: Composition) -> Iterator[Composition]:
    """A deployment whose web is in more of a hurry than it is declared."""
    composition_preparee.demarrer()
    composition_preparee.arreter("web")
    composition_preparee.lancer("web", DELAI_DE_LA_BASE=PATIENCE)
    composition_preparee.attendre_la_sante("web")
    yield composition_preparee
    composition_preparee.arreter("web")


@pytest.fixture
def poste(pressee: Composition) -> Poste:
    return Poste(pressee)


@contextmanager
def suspendu(composition: Composition, service: str) -> Iterator[None]:
    """Every process of it is there, its sockets too, and none of them runs."""
    chef = psutil.Process(composition.processus[service].pid)
    # Once the chief is still, nobody new comes.
    chef.suspend()
    enfants = chef.children()
    for enfant in enfants:
        enfant.suspend()
    try:
        yield
    finally:
        for processus in (*enfants, chef):
            processus.resume()


def test_web_alone_is_in_a_hurry() -> None:
    presses = [
        nom
        for nom, service in lire(VARIABLES).items()
        if int(service.get("environment", {}).get("DELAI_DE_LA_BASE", 0)) > 0
    ]
    assert presses == ["web"]


def test_a_lock_that_somebody_holds(poste: Poste) -> None:
    demande = poste.demande_de_sejour()
    with psycopg.connect(poste.composition.url()) as teneur:
        teneur.execute("LOCK TABLE hebergement_sejour IN SHARE MODE")
        statut, corps, entetes = poste.demander("/api/v1/sejours/", demande)
        assert statut == 503, corps
        assert corps["detail"] == "Réessayez dans quelques instants."
        assert entetes["Content-Type"] == "application/problem+json"
        assert poste.pret() == 200
    assert poste.demander("/api/v1/sejours/", demande)[0] == 201


def test_a_transaction_whose_program_hangs_gives_its_locks_back(poste: Poste) -> None:
    """Such as web's, were it suspended: the next one does not wait for its return."""
    limites = poste.composition.python(
        "from django.db import connection as c\n"
        "c.ensure_connection()\n"
        "print('LIMITE', c.connection.execute('SHOW idle_in_transaction_session_timeout')"
        ".fetchone()[0])",
        DELAI_DE_LA_BASE=PATIENCE,
    )
    assert f"LIMITE {PATIENCE}s" in limites


def test_a_suspended_postgresql(poste: Poste) -> None:
    demande = poste.demande_de_sejour()
    with psycopg.connect(poste.composition.url()) as teneur, poste.composition.base() as temoin:
        teneur.execute("LOCK TABLE hebergement_sejour IN SHARE MODE")
        en_route = Fil(lambda: poste.demander("/api/v1/sejours/", demande))
        assert attendre(
            lambda: temoin.execute(EN_ATTENTE, ["%hebergement_sejour%"]).fetchone() != (0,), DELAI
        )
        with suspendu(poste.composition, "postgresql"):
            # What was under way, and more than there are threads: each is told, none is kept.
            foule = [Fil(lambda: poste.demander("/api/v1/structures/")) for _ in range(AFFLUENCE)]
            for fil in (en_route, *foule):
                statut, corps, entetes = fil.resultat()
                assert statut == 503, corps
                assert entetes["Retry-After"]
            assert poste.pret() == 503
            assert poste.demander("/sante/vivant/")[0] == 200
            session = "sessionid=" + "x" * 32
            statut, texte, entetes = poste.composition.demander("/admin/", Cookie=session)
            assert (statut, entetes["Content-Type"]) == (503, "text/html; charset=utf-8")
            assert "momentanément indisponible" in texte.decode()
    assert attendre(lambda: poste.pret() == 200, DELAI)
    # Whether the first time was committed or not once PostgreSQL went on, it is there once.
    assert poste.demander("/api/v1/sejours/", demande)[0] in {200, 201}
    assert poste.demander("/api/v1/sejours/", demande)[0] == 200


def test_a_suspended_valkey(poste: Poste) -> None:
    """The broker that sends work says nothing: the write is there, and said to be."""
    with suspendu(poste.composition, "valkey"):
        statut, sejour, _ = poste.demander("/api/v1/sejours/", poste.demande_de_sejour())
        assert statut == 201, sejour
        assert poste.pret() == 200
        assert poste.demander("/sante/metier/")[1]["courtier"] == "injoignable"
    assert attendre(lambda: poste.demander("/sante/metier/")[1]["courtier"] == "ok", DELAI)


def test_a_host_that_takes_the_connection_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as muet:
        parametres = connection.get_connection_params() | {
            "host": "127.0.0.1",
            "port": muet.getsockname()[1],
        }
        assert parametres["connect_timeout"] == 5
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            connection.get_new_connection(parametres | {"connect_timeout": 2})


@pytest.mark.django_db(transaction=True)
def test_without_a_limit_a_statement_takes_the_time_it_takes() -> None:
    """The work behind the screen waits for its turn."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert connection.connection.delai is None


@pytest.mark.django_db(transaction=True)
def test_a_limited_connection_that_gave_up_is_made_anew() -> None:
    connection.ensure_connection()
    connection.connection.delai = 0.2
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_sleep(60)")
    assert not connection.is_usable()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
