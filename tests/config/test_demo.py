"""`make demo` as a new user meets it: real processes, started, doubled, stopped, killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.serveurs import attendre

RACINE = Path(__file__).resolve().parents[2]
DELAI = 240.0


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def lancer(dossier: Path, port: int, sortie: Path) -> subprocess.Popen[bytes]:
    hors = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ESSAIS", "DEBUG", "PYTEST_XDIST_WORKER"}
    environnement = {nom: valeur for nom, valeur in os.environ.items() if nom not in hors}
    with sortie.open("wb") as flux:
        return subprocess.Popen(
            [sys.executable, "-m", "config.demo"],
            cwd=RACINE,
            env=environnement | {"MARAUDE_DATA": str(dossier), "PORT": str(port)},
            stdout=flux,
            stderr=subprocess.STDOUT,
        )


def processus_de(dossier: Path) -> list[psutil.Process]:
    """Every process that works on this data folder."""
    marque = str(dossier)
    trouves = []
    for processus in psutil.process_iter():
        try:
            variables = processus.environ().get("MARAUDE_DATA", "")
            if marque == variables or marque in " ".join(processus.cmdline()):
                trouves.append(processus)
        except psutil.Error:
            continue
    return trouves


@pytest.fixture
def dossier(tmp_path: Path) -> Iterator[Path]:
    # Short and reachable by the servers' own user: a socket's path holds 107 bytes.
    import shutil
    import tempfile

    chemin = Path(tempfile.mkdtemp(prefix="demo-"))
    chemin.chmod(0o711)
    yield chemin
    for processus in processus_de(chemin):
        processus.kill()
    shutil.rmtree(chemin, ignore_errors=True)


def test_life_of_a_demonstration(dossier: Path, tmp_path: Path) -> None:
    port = port_libre()
    journal = tmp_path / "demo.log"
    demo = lancer(dossier, port, journal)

    def pret() -> bool:
        return demo.poll() is not None or "Prêt : http" in journal.read_text()

    assert attendre(pret, DELAI)
    texte = journal.read_text()
    assert demo.poll() is None, texte
    assert f"Prêt : http://127.0.0.1:{port}/" in texte
    assert texte.index("Prêt") < texte.index("coordinatrice")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sante/pret/", timeout=10) as reponse:
        assert reponse.status == 200

    second = lancer(dossier, port_libre(), tmp_path / "second.log")
    assert second.wait(timeout=60) != 0
    assert "tourne déjà" in (tmp_path / "second.log").read_text()

    # Killed outright: nothing of it stays, and the folder starts again with its data.
    demo.kill()
    demo.wait()
    suivi = tmp_path / "suite.log"
    suite = lancer(dossier, port, suivi)
    assert attendre(lambda: suite.poll() is not None or "Prêt : http" in suivi.read_text(), DELAI)
    assert suite.poll() is None, suivi.read_text()

    suite.send_signal(signal.SIGTERM)
    assert suite.wait(timeout=60) == 0
    assert attendre(lambda: not processus_de(dossier), 20), processus_de(dossier)


def test_taken_port_is_said_at_once(dossier: Path, tmp_path: Path) -> None:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        port = int(prise.getsockname()[1])
        demo = lancer(dossier, port, tmp_path / "demo.log")
        assert demo.wait(timeout=60) != 0
    assert f"Le port {port} est déjà pris" in (tmp_path / "demo.log").read_text()
