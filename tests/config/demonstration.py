"""A demonstration that runs as `make demo` runs it, and clients that speak to it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import psutil

from config.serveurs import PostgreSQL, attendre

RACINE = Path(__file__).resolve().parents[2]
DELAI = 240.0
HERITAGE_REFUSE = {
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ESSAIS", "DEBUG", "STATIC_ROOT",
    "PYTEST_XDIST_WORKER",
}  # fmt: skip


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def dossier_court() -> Path:
    """Short and reachable by the servers' own user: a socket's path holds 107 bytes."""
    chemin = Path(tempfile.mkdtemp(prefix="demo-"))
    chemin.chmod(0o711)
    return chemin


def lancer(dossier: Path, port: int, sortie: Path) -> subprocess.Popen[bytes]:
    environnement = {nom: v for nom, v in os.environ.items() if nom not in HERITAGE_REFUSE}
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


class Client:
    """Speaks to the API over HTTP, as one account."""

    def __init__(self, api: str, identifiant: str, mot_de_passe: str) -> None:
        self.api = api
        self.entetes = {"Content-Type": "application/json"}
        session = self.post(
            "connexion/", {"identifiant": identifiant, "mot_de_passe": mot_de_passe}, attendu=200
        )
        self.entetes["Authorization"] = f"Bearer {session['jeton']}"

    def demander(
        self, methode: str, chemin: str, corps: Any = None, **entetes: str
    ) -> tuple[int, Any, dict[str, str]]:
        requete = urllib.request.Request(
            urljoin(self.api, chemin),
            method=methode,
            data=None if corps is None else json.dumps(corps).encode(),
            headers=self.entetes | entetes,
        )
        try:
            with urllib.request.urlopen(requete, timeout=30) as reponse:
                return reponse.status, json.load(reponse), dict(reponse.headers)
        except urllib.error.HTTPError as erreur:
            return erreur.code, json.load(erreur), dict(erreur.headers)

    def get(self, chemin: str) -> Any:
        statut, donnees, _ = self.demander("GET", chemin)
        assert statut == 200, donnees
        return donnees

    def post(self, chemin: str, corps: Any, attendu: int = 201) -> Any:
        statut, donnees, _ = self.demander("POST", chemin, corps)
        assert statut == attendu, donnees
        return donnees

    def corriger(self, chemin: str, corps: Any) -> Any:
        _, _, entetes = self.demander("GET", chemin)
        statut, donnees, _ = self.demander("PATCH", chemin, corps, **{"If-Match": entetes["ETag"]})
        assert statut == 200, donnees
        return donnees


class Demonstration:
    """One data folder, loaded once; stopped or killed, it starts again in a few seconds."""

    def __init__(self) -> None:
        self.dossier = dossier_court()
        self.port = port_libre()
        self.journal = self.dossier / "demo.log"
        self.processus: subprocess.Popen[bytes] | None = None

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def base_de_donnees(self) -> str:
        return PostgreSQL(self.dossier).url()

    def texte(self) -> str:
        return self.journal.read_text()

    def demarrer(self) -> None:
        """Start it unless it runs, and wait until it says that it is ready."""
        if self.processus and self.processus.poll() is None:
            return
        processus = lancer(self.dossier, self.port, self.journal)
        self.processus = processus
        attendre(lambda: processus.poll() is not None or "Prêt : http" in self.texte(), DELAI)
        assert processus.poll() is None, self.texte()
        assert f"Prêt : {self.adresse}" in self.texte()

    def client(self, identifiant: str) -> Client:
        return Client(f"{self.adresse}api/v1/", identifiant, "demo-maraude-2023")

    def enfants(self, nom: str) -> list[psutil.Process]:
        assert self.processus
        mot = {"web": "gunicorn", "PostgreSQL": "postgres", "Valkey": "valkey-server"}.get(nom, nom)
        trouves = []
        for enfant in psutil.Process(self.processus.pid).children():
            with contextlib.suppress(psutil.Error):  # dead meanwhile
                if mot in (enfant.name(), *enfant.cmdline()):
                    trouves.append(enfant)
        return trouves

    def enfant(self, nom: str) -> psutil.Process:
        """The process that the supervisor started under this name."""
        (unique,) = self.enfants(nom)
        return unique

    def tuer(self, *noms: str) -> None:
        """SIGKILL, and wait until the supervisor has said so and started them again."""
        avant = {nom: self.enfant(nom) for nom in noms}
        annonces = {nom: f"« {nom} » s'est arrêté (avec le signal SIGKILL)" for nom in noms}
        deja = {nom: self.texte().count(annonces[nom]) for nom in noms}
        for processus in avant.values():
            processus.send_signal(signal.SIGKILL)

        def relance(nom: str) -> bool:
            pids = [p.pid for p in self.enfants(nom)]
            return (
                self.texte().count(annonces[nom]) > deja[nom]
                and len(pids) == 1
                and pids[0] != avant[nom].pid
            )

        self.attendre(lambda: all(relance(nom) for nom in noms))

    def attendre(self, condition: Callable[[], bool]) -> None:
        """Until it holds; a demonstration that stops meanwhile fails at once, with its log."""

        def fini() -> bool:
            assert self.processus
            assert self.processus.poll() is None, self.texte()
            return condition()

        assert attendre(fini, DELAI), self.texte()

    def detruire(self) -> None:
        if self.processus and self.processus.poll() is None:
            self.processus.terminate()
            self.processus.wait(timeout=60)
        for processus in processus_de(self.dossier):
            processus.kill()
        shutil.rmtree(self.dossier, ignore_errors=True)
