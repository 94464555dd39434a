"""A database that says nothing is as good as away: after a while, its client gives up.

A server that is dead refuses or cuts a connection, and the client knows at once. One that is
suspended, or beyond a network that drops everything, answers nothing at all, and libpq would wait
as long as it lasts: each request keeps its thread, until none is left.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.errors import _WaitTimeout
from psycopg.pq import TransactionStatus

# A connection that was idle proves that somebody is there by answering `SELECT 1`.
PREUVE = 3.0


class ConnexionPatiente(psycopg.Connection[Any]):
    """Waits for an answer so many seconds (None: for ever), then closes itself.

    Raises:
        psycopg.OperationalError: nothing came in time. What was asked for may have been done.
    """

    delai: float | None = None

    def wait(self, gen: Any, *reglages: Any, **autres: Any) -> Any:
        if self.delai is not None:
            autres.setdefault("timeout", self.delai)
        try:
            return super().wait(gen, *reglages, **autres)
        except _WaitTimeout:
            # In the middle of an answer that never came, it can serve nobody any more.
            self.close()
            raise psycopg.OperationalError("la base de données ne répond pas") from None
        except psycopg.Error:
            raise
        except BaseException:
            # A task's time limit is a signal, and may come while PostgreSQL works: it is told to
            # stop, or it would go on and keep its locks behind a connection that cannot roll back.
            # Closed, it says so to a commit that was cut: the task is done again.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                with suppress(psycopg.Error):
                    self.cancel_safe(timeout=PREUVE)
                self.close()
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """`OPTIONS["delai"]`: how many seconds a statement may take, for PostgreSQL and for us."""

    def get_connection_params(self) -> dict[str, Any]:
        parametres: dict[str, Any] = super().get_connection_params()
        delai = parametres.get("delai")
        if delai:
            # It ends what waits for a lock or runs on, and a transaction whose client went silent.
            limites = (
                f"-c statement_timeout={delai}s -c idle_in_transaction_session_timeout={delai}s"
            )
            parametres["options"] = f"{parametres.get('options', '')} {limites}".strip()
        return parametres

    def get_new_connection(self, conn_params: dict[str, Any]) -> ConnexionPatiente:
        delai = conn_params.pop("delai", None)
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        connexion = ConnexionPatiente.connect(**conn_params)
        # The server's own limit comes first: its answer leaves a connection that goes on.
        connexion.delai = delai + 5 if delai else None
        return connexion

    def is_usable(self) -> bool:
        connexion = self.connection
        if connexion is None:
            return False
        avant, connexion.delai = connexion.delai, PREUVE
        try:
            return bool(super().is_usable())
        finally:
            connexion.delai = avant
