"""A time limit, wherever it comes: nothing goes on behind it, nothing stays held or broken."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from queue import Queue
from typing import Any, NoReturn

import pytest
from celery import signals
from celery.contrib.testing.worker import start_worker
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction

from config.celery import app
from hebergement.tasks import recalculer_marques
from socle.models import Organisme
from tests.concurrence import DELAI, Fil
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


LENTE = """
CREATE TEMPORARY TABLE lente (n integer);
CREATE FUNCTION pg_temp.dormir() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(600); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER a_la_fin AFTER INSERT ON lente DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pg_temp.dormir();
"""


@pytest.mark.usefixtures("signal_leve")
def test_a_commit_that_is_cut_says_what_tasks_are_done_again_for() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LENTE)
    fil = Fil(lambda: couper(threading.main_thread().ident or 0))
    with pytest.raises(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO lente VALUES (1)")
    fil.resultat()
    # The next one has a connection of its own.
    connection.close()
    assert not Organisme.objects.exists()


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


@pytest.fixture
def issues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue[str]]:
    """How each task ends; a limit comes as the first one's transaction does."""
    sortir = transaction.Atomic.__exit__

    def couper_la_premiere(*arguments: Any) -> None:
        monkeypatch.setattr(transaction.Atomic, "__exit__", sortir)
        raise SoftTimeLimitExceeded

    issues: Queue[str] = Queue()

    def noter(state: str, **_: Any) -> None:
        issues.put(state)

    signals.task_postrun.connect(noter)
    monkeypatch.setattr(transaction.Atomic, "__exit__", couper_la_premiere)
    yield issues
    signals.task_postrun.disconnect(noter)


def test_what_is_cut_at_the_end_of_a_transaction_breaks_no_later_task(issues: Queue[str]) -> None:
    with start_worker(app, pool="solo", perform_ping_check=False):
        recalculer_marques.delay()
        recalculer_marques.delay()
        assert issues.get(timeout=DELAI) == "FAILURE"
        assert issues.get(timeout=DELAI) == "SUCCESS"


def test_task_that_runs_within_a_transaction_leaves_it_as_it_is() -> None:
    with transaction.atomic():
        OrganismeFactory(code="gaia")
        recalculer_marques.apply()
        assert Organisme.objects.exists()
    assert Organisme.objects.exists()
