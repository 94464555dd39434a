"""`make demo` as a new user meets it: real processes, started, doubled, stopped, killed."""

from __future__ import annotations

import shutil
import signal
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest

from commun.horloge import maintenant
from commun.models import uuid7
from config import demo
from config.serveurs import attendre
from tests.config.demonstration import (
    Demonstration,
    dossier_court,
    lancer,
    port_libre,
    processus_de,
)

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)


def test_life_of_a_demonstration(demonstration: Demonstration, tmp_path: Path) -> None:
    texte = demonstration.texte()
    assert texte.index("Prêt") < texte.index("coordinatrice")
    with urllib.request.urlopen(demonstration.adresse + "sante/pret/", timeout=10) as reponse:
        assert reponse.status == 200

    second = lancer(demonstration.dossier, port_libre(), tmp_path / "second.log")
    assert second.wait(timeout=60) != 0
    assert "tourne déjà" in (tmp_path / "second.log").read_text()

    # Killed outright: nothing of it stays, and the folder starts again with its data.
    assert demonstration.processus
    demonstration.processus.kill()
    demonstration.processus.wait()
    demonstration.demarrer()
    assert "déjà là" in demonstration.texte()

    demonstration.processus.send_signal(signal.SIGTERM)
    assert demonstration.processus.wait(timeout=60) == 0
    assert attendre(lambda: not processus_de(demonstration.dossier), 20)


def test_taken_port_is_said_at_once(tmp_path: Path) -> None:
    dossier = dossier_court()
    try:
        with socket.socket() as prise:
            prise.bind(("127.0.0.1", 0))
            prise.listen()
            port = int(prise.getsockname()[1])
            assert lancer(dossier, port, tmp_path / "demo.log").wait(timeout=60) != 0
        assert f"Le port {port} est déjà pris" in (tmp_path / "demo.log").read_text()
    finally:
        shutil.rmtree(dossier, ignore_errors=True)


def test_killed_web_server_answers_again(demonstration: Demonstration) -> None:
    coordinatrice = demonstration.client("coordinatrice")
    ouvriers = demonstration.enfant("web").children()
    demonstration.tuer("web")
    demonstration.attendre(
        lambda: not any(o.is_running() and o.status() != psutil.STATUS_ZOMBIE for o in ouvriers)
    )

    def repond() -> bool:
        try:
            return bool(coordinatrice.get("sites/?taille=1")["resultats"])
        except OSError:
            return False

    demonstration.attendre(repond)


@pytest.mark.parametrize("serveurs", [["PostgreSQL"], ["Valkey"], ["PostgreSQL", "Valkey"]])
def test_killed_servers_come_back_with_what_was_recorded(
    demonstration: Demonstration, serveurs: list[str]
) -> None:
    client = demonstration.client("intervenante")
    passage = {
        "uuid": str(uuid7()),
        "structure": "espace-repos-chapelle",
        "saisi_le": maintenant().isoformat(),
    }
    client.post("passages/", passage)
    demonstration.tuer(*serveurs)
    demonstration.attendre(lambda: client.demander("GET", "../../sante/pret/")[0] == 200)
    # The tablet that saw no answer sends again, and the rest goes on.
    client.post("passages/", passage, attendu=200)
    client.post("passages/", {**passage, "uuid": str(uuid7())})


def test_what_dies_again_and_again_stops_it_and_names_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    superviseur = demo.Superviseur(tmp_path, port_libre())
    superviseur.dossier = tmp_path
    (tmp_path / "journaux").mkdir()
    superviseur.commandes = {"worker": ("config.aucun_module",)}
    superviseur.lancer("worker")
    with pytest.raises(SystemExit) as fin:
        superviseur.veiller()
    assert "« worker » s'arrête sans cesse (avec le code 1)" in str(fin.value)
    assert str(tmp_path / "journaux" / "worker.log") in str(fin.value)
    assert "aucun_module" in (tmp_path / "journaux" / "worker.log").read_text()
    assert capsys.readouterr().out.count("il est relancé") == demo.RELANCES
