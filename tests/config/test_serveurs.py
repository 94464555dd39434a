"""The embedded servers: started, killed, left behind, out of others' reach."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.serveurs import DELAI, MEMOIRE_TENUE, PostgreSQL, Valkey, attendre, dossier_des_donnees


@pytest.fixture
def dossier() -> Iterator[Path]:
    # Short: a socket's path holds 107 bytes.
    chemin = Path(tempfile.mkdtemp(prefix="serveurs-"))
    chemin.chmod(0o711)
    yield chemin
    shutil.rmtree(chemin, ignore_errors=True)


@pytest.fixture
def postgresql(dossier: Path) -> Iterator[PostgreSQL]:
    serveur = PostgreSQL(dossier)
    serveur.demarrer()
    yield serveur
    serveur.arreter()


def pid_de(serveur: PostgreSQL) -> int:
    return int((serveur.grappe / "postmaster.pid").read_text().split()[0])


def tuer(serveur: PostgreSQL) -> int:
    pid = pid_de(serveur)
    famille = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    os.kill(pid, signal.SIGKILL)
    assert attendre(lambda: not serveur.vit())
    assert attendre(lambda: not any(p.is_running() for p in famille))
    return pid


def test_killed_postgresql_starts_again_with_its_data(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.url()) as connexion:
        connexion.execute("CREATE TABLE gardee AS SELECT 7 AS valeur")
    tuer(postgresql)
    with psycopg.connect(postgresql.demarrer()) as connexion:
        assert connexion.execute("SELECT valeur FROM gardee").fetchone() == (7,)


class Horloge:
    """A clock that goes on only when told to."""

    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.heure = time.monotonic()

    def monotonic(self) -> float:
        return self.heure


@pytest.fixture
def horloge(monkeypatch: pytest.MonkeyPatch, postgresql: PostgreSQL) -> Horloge:
    horloge = Horloge()
    monkeypatch.setattr("config.serveurs.time", horloge)
    return horloge


def test_killed_again_while_its_data_recover(
    postgresql: PostgreSQL, horloge: Horloge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After longer than the memory of a killed server is waited for: it is waited for again."""
    essayer = postgresql._essayer
    essais: list[bool] = []
    tenants: list[psutil.Process] = []

    def essayer_et_tuer(options: list[str]) -> bool:
        essais.append(essayer(options))
        if len(essais) == 1:
            tenants.append(psutil.Process(pid_de(postgresql)).children()[0])
            tenants[0].suspend()
            assert postgresql.processus
            postgresql.processus.kill()
            postgresql.processus.wait()
            horloge.heure += MEMOIRE_TENUE + 5
            return False
        if tenants:
            tenants.pop().kill()
        return essais[-1]

    tuer(postgresql)
    monkeypatch.setattr(postgresql, "_essayer", essayer_et_tuer)
    try:
        with psycopg.connect(postgresql.demarrer()) as connexion:
            assert connexion.execute("SELECT 1").fetchone() == (1,)
    finally:
        for tenant in tenants:
            tenant.kill()
    # The second one met what the first had left.
    assert essais[:2] == [True, False]
    assert essais[-1]


def test_data_that_take_long_to_recover(
    postgresql: PostgreSQL, horloge: Horloge, monkeypatch: pytest.MonkeyPatch
) -> None:
    repond, refus = postgresql._repond, iter(range(5))

    def tarder(base: str) -> bool:
        if next(refus, None) is None:
            return repond(base)
        horloge.heure += DELAI / 2
        return False

    tuer(postgresql)
    monkeypatch.setattr(postgresql, "_repond", tarder)
    with psycopg.connect(postgresql.demarrer()) as connexion:
        assert connexion.execute("SELECT 1").fetchone() == (1,)


def test_one_that_gives_up_by_itself_is_left(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql.arreter()
    (postgresql.grappe / "postgresql.conf").write_text("absurde = 1\n")
    monkeypatch.setattr("config.serveurs.MEMOIRE_TENUE", 0.0)
    with pytest.raises(SystemExit, match="n'a pas démarré"):
        postgresql.demarrer()


def test_number_of_a_dead_server_taken_by_another_process(postgresql: PostgreSQL) -> None:
    fichier = postgresql.grappe / "postmaster.pid"
    contenu = fichier.read_text()
    pid = tuer(postgresql)
    fichier.write_text(contenu.replace(str(pid), str(os.getpid()), 1))
    with psycopg.connect(postgresql.demarrer()) as connexion:
        assert connexion.execute("SELECT 1").fetchone() == (1,)


def test_server_left_behind_is_replaced(dossier: Path, postgresql: PostgreSQL) -> None:
    ancien = pid_de(postgresql)
    remplacant = PostgreSQL(dossier, essais=True)
    remplacant.demarrer()
    assert pid_de(postgresql) != ancien
    assert remplacant.vit()
    assert not postgresql.vit()
    remplacant.arreter()
    assert not remplacant.vit()


def test_killed_valkey_keeps_what_it_was_given(dossier: Path) -> None:
    valkey = Valkey(dossier)
    valkey.demarrer()
    try:
        with valkey._client() as client:
            client.set("cle", "valeur")
            client.execute_command("WAITAOF", 1, 0, 5000)
        assert valkey.processus
        valkey.processus.kill()
        valkey.processus.wait()
        valkey.demarrer()
        with valkey._client() as client:
            assert client.get("cle") == b"valeur"
    finally:
        valkey.arreter()


def test_nobody_else_can_enter(postgresql: PostgreSQL) -> None:
    for chemin in (postgresql.grappe, postgresql.sockets):
        assert stat.S_IMODE(chemin.stat().st_mode) == 0o700
    with psycopg.connect(postgresql.url()) as connexion:
        assert connexion.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="seul root a des serveurs d'un autre utilisateur")
def test_unreachable_folder_is_replaced_and_said(
    dossier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier.chmod(0o700)
    choisi = dossier_des_donnees(dossier / "var")
    try:
        assert choisi != dossier / "var"
        assert str(choisi) in capsys.readouterr().out
        assert dossier_des_donnees(dossier / "var") == choisi
    finally:
        shutil.rmtree(choisi)


def test_path_too_long_for_a_socket_is_replaced(dossier: Path) -> None:
    choisi = dossier_des_donnees(dossier / ("x" * 100))
    try:
        assert len(str(choisi)) < 60
    finally:
        shutil.rmtree(choisi)
