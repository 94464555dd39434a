"""Races with real connections, lined up by a lock instead of by chance."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from django.db import connection, transaction

DELAI = 60.0
# Of statements like this one, how many wait for somebody's lock.
EN_ATTENTE = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND state = 'active' AND query LIKE %s
"""


class Fil:
    """A call in a thread of its own, so on a connection of its own."""

    def __init__(self, appel: Callable[[], Any]) -> None:
        self._issue: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()
        self._appel = appel
        self._fil = Thread(target=self._faire, daemon=True)
        self._fil.start()

    def _faire(self) -> None:
        try:
            issue: tuple[Any, BaseException | None] = (self._appel(), None)
        except BaseException as erreur:
            issue = (None, erreur)
        finally:
            connection.close()
        self._issue.put(issue)

    def fini(self) -> bool:
        return not self._fil.is_alive()

    def resultat(self) -> Any:
        """What the call gave; what it raised is raised here."""
        valeur, erreur = self._issue.get(timeout=DELAI)
        self._fil.join()
        if erreur is not None:
            raise erreur
        return valeur


def attendre_bloques(nombre: int, ou: Callable[[], bool] = lambda: False) -> None:
    """Return once this many connections to this database wait for a lock, or `ou` holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [DELAI])
        limite = cursor.fetchone()[0]
        while True:
            # Within a transaction, the activity is a snapshot unless it is dropped.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*), clock_timestamp() FROM pg_stat_activity "
                "WHERE datname = current_database() AND backend_type = 'client backend' "
                "AND EXISTS (SELECT FROM pg_stat_activity AS tient "
                "WHERE tient.pid = ANY (pg_blocking_pids(pg_stat_activity.pid)) "
                "AND tient.backend_type = 'client backend')"
            )
            bloques, maintenant = cursor.fetchone()
            if bloques >= nombre or ou():
                return
            assert maintenant < limite, f"{bloques} connexion(s) en attente au lieu de {nombre}"


@contextmanager
def tenir(table: str, *cles: Any, force: str = "UPDATE") -> Iterator[None]:
    """Hold these rows: whoever wants them waits until the end of the block.

    With `force="NO KEY UPDATE"` a mere foreign key to them does not wait.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f'SELECT 1 FROM "{table}" WHERE uuid = ANY(%s) ORDER BY uuid FOR {force}',
            [list(cles)],
        )
        yield


def courir(
    appels: list[Callable[[], Any]], table: str, *cles: Any, force: str = "UPDATE"
) -> list[Any]:
    """The results of calls that waited for these rows, all of them, in this order.

    Each is past whatever it looks at before it locks: the race that a check alone loses.
    """
    fils: list[Fil] = []
    with tenir(table, *cles, force=force):
        for appel in appels:
            fils.append(Fil(appel))
            attendre_bloques(len(fils))
    return [fil.resultat() for fil in fils]


@contextmanager
def panne(table: str, sqlstate: str, fois: int, geste: str = "INSERT") -> Iterator[None]:
    """The first `fois` statements that write there fail as PostgreSQL's own referee would have
    them, whether they touch a row or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE SEQUENCE essai_pannes;"
            "CREATE FUNCTION essai_tomber() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF nextval('essai_pannes') <= {fois} THEN "
            f"RAISE EXCEPTION 'essai' USING ERRCODE = '{sqlstate}'; END IF; RETURN NULL; END $$;"
            f"CREATE TRIGGER essai_tomber AFTER {geste} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION essai_tomber();"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DROP TRIGGER essai_tomber ON {table};"
                "DROP FUNCTION essai_tomber(); DROP SEQUENCE essai_pannes;"
            )
