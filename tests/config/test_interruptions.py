"""A time limit that comes while PostgreSQL works: nothing goes on behind it, nothing stays held."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from django.db import connection, transaction

from tests.concurrence import Fil
from tests.factories import OrganismeFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Limite(BaseException):
    """As that of a task, or of a test: raised by a signal, wherever the code is."""


def lever(*_: Any) -> NoReturn:
    raise Limite


def dormeurs(cursor: Any, *, finir: bool = False) -> int:
    """For how many connections PostgreSQL sleeps; `finir`: they are ended."""
    cursor.execute(
        "SELECT count(CASE WHEN %s THEN pg_terminate_backend(pid, 5000) ELSE true END) "
        "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
        [finir],
    )
    return int(cursor.fetchone()[0])


def couper(fil_a_couper: int) -> None:
    with connection.cursor() as cursor:
        while not dormeurs(cursor):
            pass
    signal.pthread_kill(fil_a_couper, signal.SIGUSR1)


def ecrire_et_dormir() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        OrganismeFactory(code="gaia")
        cursor.execute("SELECT pg_sleep(600)")


@pytest.fixture
def signal_leve() -> Iterator[None]:
    avant = signal.signal(signal.SIGUSR1, lever)
    yield
    signal.signal(signal.SIGUSR1, avant)
    # Or whoever clears the tables next would wait for them.
    with connection.cursor() as cursor:
        dormeurs(cursor, finir=True)


@pytest.mark.usefixtures("signal_leve")
def test_what_is_cut_in_the_middle_of_a_statement_holds_nothing() -> None:
    fil = Fil(lambda: couper(threading.main_thread().ident or 0))
    with pytest.raises(Limite):
        ecrire_et_dormir()
    fil.resultat()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20s'")
        # Who wrote this code before and was not rolled back would be waited for.
        OrganismeFactory(code="gaia")
        assert not dormeurs(cursor)
