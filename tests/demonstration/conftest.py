"""The demonstration at full scale: loaded once for all workers, and read in plain SQL."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psycopg
import pytest

RACINE = Path(__file__).resolve().parents[2]
BASE = "essais_demonstration"
# A Tuesday evening: the hour allows a round under way.
INSTANT = datetime(2026, 11, 24, 21, 40, tzinfo=ZoneInfo("Europe/Paris"))


@dataclass
class Demonstration:
    """The loaded database; `:instant` and `:jour` stand for the moment of loading."""

    connexion: psycopg.Connection[tuple[Any, ...]]
    resultat: dict[str, Any]
    instant: datetime = INSTANT

    def lignes(self, requete: str) -> list[tuple[Any, ...]]:
        parametres = {"instant": self.instant, "jour": self.instant.date()}
        requete = requete.replace("%", "%%")
        for nom in parametres:
            requete = requete.replace(f":{nom} ", f"%({nom})s ")
        return self.connexion.execute(requete, parametres).fetchall()

    def un(self, requete: str) -> Any:
        """The one value of the one row."""
        ((valeur,),) = self.lignes(requete)
        return valeur


def _adresse(base: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{base}").geturl()


def _charger(dossier: Path) -> dict[str, Any]:
    """Load it unless another worker of this run has; the lock is held meanwhile."""
    with (dossier / "demonstration.verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        fait = dossier / "demonstration.json"
        if not fait.exists():
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as serveur:
                serveur.execute(f"DROP DATABASE IF EXISTS {BASE} WITH (FORCE)")
                serveur.execute(f"CREATE DATABASE {BASE}")
            processus = subprocess.run(
                [sys.executable, "-m", "tests.demonstration.complet", INSTANT.isoformat()],
                cwd=RACINE,
                env=os.environ | {"DATABASE_URL": _adresse(BASE)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert processus.returncode == 0, processus.stderr
            resultat = json.loads(processus.stdout.splitlines()[-1])
            resultat["erreurs"] = processus.stderr
            fait.write_text(json.dumps(resultat))
        return dict(json.loads(fait.read_text()))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    dossier = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        dossier = dossier.parent
    resultat = _charger(dossier)
    with psycopg.connect(_adresse(BASE), autocommit=True) as connexion:
        connexion.execute("SET default_transaction_read_only = on")
        connexion.execute("SET timezone = 'Europe/Paris'")
        yield Demonstration(connexion, resultat)
