"""`migrate` that gives up, rather than hold up the service, where somebody uses a table."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

# Everyone who comes after a lock that is waited for waits as well.
ATTENTE_D_UN_VERROU = "2s"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with connections[options["database"]].cursor() as curseur:
            curseur.execute("SELECT set_config('lock_timeout', %s, false)", [ATTENTE_D_UN_VERROU])
        try:
            super().handle(*args, **options)
        except OperationalError as erreur:
            if isinstance(erreur.__cause__, LockNotAvailable):
                raise CommandError(
                    "Une table est occupée depuis trop longtemps : la migration en cours est "
                    "annulée, les précédentes sont faites. Relancez la commande."
                ) from erreur
            raise
        finally:
            with connections[options["database"]].cursor() as curseur:
                curseur.execute("RESET lock_timeout")
