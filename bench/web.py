"""A web server as the demonstration runs it, and clients that keep their connections."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from config.serveurs import attendre
from tests.config.demonstration import port_libre

RACINE = Path(__file__).resolve().parent.parent
OUVRIERS = 2


@contextmanager
def serveur(application: str, *options: str, **environnement: str) -> Iterator[int]:
    """gunicorn with two workers of four threads, as the demonstration has; gives its port."""
    port = port_libre()
    processus = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
            "--workers", str(OUVRIERS), "--threads", "4", "--no-control-socket",
            *options,
        ],
        cwd=RACINE, env=os.environ | environnement,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        attendre(lambda: processus.poll() is not None or _repond(port))
        if processus.poll() is not None or not _repond(port):
            raise SystemExit(f"{application} ne répond pas.")
        yield port
    finally:
        processus.terminate()
        processus.wait(timeout=30)


def _repond(port: int) -> bool:
    try:
        Connexion(port).demander("GET", "/sante/vivant/")
    except OSError:
        return False
    return True


class Connexion:
    """One client's connection, kept from one request to the next."""

    def __init__(self, port: int, **entetes: str) -> None:
        self.connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.entetes = {nom.replace("_", "-"): valeur for nom, valeur in entetes.items()}

    def demander(
        self, methode: str, chemin: str, corps: Any = None, brut: bytes | None = None
    ) -> tuple[int, bytes, Any]:
        donnees = brut if corps is None else json.dumps(corps).encode()
        entetes = self.entetes | ({} if corps is None else {"Content-Type": "application/json"})
        self.connexion.request(methode, chemin, donnees, entetes)
        reponse = self.connexion.getresponse()
        return reponse.status, reponse.read(), reponse.headers


def ensemble(clients: list[Connexion], appel: Callable[[Connexion], None], fois: int) -> float:
    """Seconds that all the clients together take, each calling so many times."""

    def faire(client: Connexion) -> None:
        client.connexion.close()  # the server has forgotten a connection that was idle
        for _ in range(fois):
            appel(client)

    with ThreadPoolExecutor(len(clients)) as fils:
        debut = perf_counter()
        for resultat in [fils.submit(faire, client) for client in clients]:
            resultat.result()
        return perf_counter() - debut
