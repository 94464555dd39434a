"""What PostgreSQL gave up for no fault of the request is tried again."""

from __future__ import annotations

import logging
from typing import Any

from django.db import OperationalError, connection
from rest_framework.response import Response
from rest_framework.views import APIView

# Deadlock, serialization failure: the transaction was undone whole, so it can be done again.
A_REPRENDRE = frozenset({"40P01", "40001"})
TENTATIVES = 4

journal = logging.getLogger(__name__)


def est_a_reprendre(erreur: Exception) -> bool:
    """Whether the database undid a transaction that may succeed next time.

    Inside a transaction that somebody else began, only they can start again.
    """
    etat = getattr(erreur.__cause__, "sqlstate", None)
    return (
        isinstance(erreur, OperationalError)
        and etat in A_REPRENDRE
        and not connection.in_atomic_block
    )


class Reprise(APIView):
    """The base of every view that writes: its handler is run again, from the start.

    The handler reads everything anew, and nothing of the attempt before is left: its rows are
    undone, and what waited for its commit was forgotten with it. No pause: the one who won holds
    the locks, so the next attempt waits for them. Permissions are asked again too.
    """

    def handle_exception(self, exc: Exception) -> Response:
        methode = (self.request.method or "").lower()
        for _ in range(1, TENTATIVES):
            if not est_a_reprendre(exc):
                break
            journal.warning("transaction_reprise")
            try:
                self.initial(self.request, *self.args, **self.kwargs)
                reponse: Any = getattr(self, methode)(self.request, *self.args, **self.kwargs)
            except Exception as suivante:
                exc = suivante
            else:
                return reponse
        return super().handle_exception(exc)
