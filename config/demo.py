"""The supervisor of `make demo`: real servers, the demonstration data, web, worker and beat."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

from config.serveurs import PostgreSQL, Valkey, attendre, dossier_des_donnees, verrouiller

RACINE = Path(__file__).resolve().parent.parent
COMPTES = ("intervenante", "soignante", "coordinatrice", "ars", "ville", "administratrice")
MOT_DE_PASSE = "demo-maraude-2023"
# A child that dies is started again, but not for ever: so many times in so many seconds.
RELANCES = 3
FENETRE = 60.0
# As in docker-compose.yml: somebody waits for each answer.
LIMITES = {"web": {"DELAI_DE_LA_BASE": "20"}}


class Arret(Exception):
    """Somebody asked for the end."""


def _demander_l_arret(_signal: int, _cadre: FrameType | None) -> None:
    raise Arret


def _mourir_avec_le_superviseur() -> None:
    """In the child: be told to stop even when the supervisor is killed outright (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _tuer_le_groupe(enfant: subprocess.Popen[bytes]) -> None:
    """Each child leads a group of its own: what is left of it goes with it, and is waited for."""

    def parti() -> bool:
        try:
            os.killpg(enfant.pid, signal.SIGKILL)
        except ProcessLookupError:
            return True
        return False

    attendre(parti, delai=15)


def dire(texte: str) -> None:
    print(texte, flush=True)


def _verifier_le_port(port: int, delai: float) -> None:
    def libre() -> bool:
        with socket.socket() as essai:
            essai.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                essai.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    if not attendre(libre, delai):
        raise SystemExit(
            f"Le port {port} est déjà pris : `make demo PORT=8001` en choisit un autre."
        )


def _cle_secrete(dossier: Path) -> str:
    fichier = dossier / "cle_secrete"
    if not fichier.exists():
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descripteur, "w") as flux:
            flux.write(secrets.token_urlsafe(64))
    return fichier.read_text()


class Superviseur:
    """Starts everything, watches over it, and stops what it started, in reverse."""

    def __init__(self, voulu: Path, port: int) -> None:
        self.port = port
        self.voulu = voulu
        self.commandes: dict[str, tuple[str, ...]] = {}
        self.enfants: dict[str, subprocess.Popen[bytes]] = {}
        self.morts: dict[str, list[float]] = {}
        self.serveurs: list[PostgreSQL | Valkey] = []

    def demarrer(self) -> None:
        self.dossier = dossier_des_donnees(self.voulu)
        # Held by this process until its end.
        if verrouiller(self.dossier) is None:
            raise SystemExit(f"Une démonstration tourne déjà sur {self.dossier}.")
        # The web server of a supervisor that was killed holds the port while it finishes.
        _verifier_le_port(self.port, delai=30 if self.en_cours.exists() else 0)
        self.en_cours.touch()
        for nom in ("journaux", "statiques"):
            (self.dossier / nom).mkdir(mode=0o700, exist_ok=True)
        if "DATABASE_URL" not in os.environ:
            dire("Démarrage de PostgreSQL…")
            postgresql = PostgreSQL(self.dossier)
            self.serveurs.append(postgresql)
            os.environ["DATABASE_URL"] = postgresql.demarrer()
        if "REDIS_URL" not in os.environ:
            dire("Démarrage de Valkey…")
            valkey = Valkey(self.dossier)
            self.serveurs.append(valkey)
            os.environ["REDIS_URL"] = valkey.demarrer()
        os.environ |= {"DEMO": "1", "MARAUDE_DATA": str(self.dossier)}
        os.environ.setdefault("STATIC_ROOT", str(self.dossier / "statiques"))
        os.environ.setdefault("SECRET_KEY", _cle_secrete(self.dossier))
        self.executer("Préparation de la base…", "migrate", "--verbosity", "0")
        self.executer("Données de démonstration…", "charger_demo", "--graine", "7", "--si-vide")
        self.commandes = {
            "web": (
                "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}",
                "--workers", "2", "--threads", "4", "--no-control-socket",
            ),
            "worker": (
                "celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING",
            ),
            "beat": (
                "celery", "-A", "config", "beat", "--loglevel", "WARNING", "--pidfile=",
                "--schedule", str(self.dossier / "beat"),
            ),
        }  # fmt: skip
        for nom in self.commandes:
            self.lancer(nom)
        if not attendre(lambda: self.un_mort() is not None or self.repond()) or not self.repond():
            raise SystemExit(f"Le service ne répond pas : voir {self.dossier / 'journaux'}.")
        dire(f"\nPrêt : http://127.0.0.1:{self.port}/\n")
        dire(f"Comptes : {', '.join(COMPTES)}\nMot de passe : {MOT_DE_PASSE}")
        dire("Ctrl-C arrête tout.")

    def executer(self, annonce: str, *commande: str) -> None:
        dire(annonce)
        code = subprocess.run(
            [sys.executable, "manage.py", *commande],
            cwd=RACINE, check=False, preexec_fn=_mourir_avec_le_superviseur,
        ).returncode  # fmt: skip
        if code:
            raise SystemExit(f"La commande {commande[0]} a échoué.")

    def lancer(self, nom: str) -> None:
        with self.journal(nom).open("ab") as journal:
            self.enfants[nom] = subprocess.Popen(
                [sys.executable, "-m", *self.commandes[nom]],
                cwd=RACINE, env=os.environ | LIMITES.get(nom, {}),
                stdin=subprocess.DEVNULL, stdout=journal, stderr=journal,
                start_new_session=True, preexec_fn=_mourir_avec_le_superviseur,
            )  # fmt: skip

    @property
    def en_cours(self) -> Path:
        """There from the start to the stop; still there after a kill."""
        return self.dossier / "en-cours"

    def journal(self, nom: str) -> Path:
        return self.dossier / "journaux" / f"{nom}.log"

    def repond(self) -> bool:
        adresse = f"http://127.0.0.1:{self.port}/sante/pret/"
        try:
            with urllib.request.urlopen(adresse, timeout=5) as reponse:
                return bool(reponse.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def un_mort(self) -> str | None:
        return next((nom for nom, p in self.enfants.items() if p.poll() is not None), None)

    def un_serveur_mort(self) -> PostgreSQL | Valkey | None:
        return next((serveur for serveur in self.serveurs if not serveur.vit()), None)

    def veiller(self) -> None:
        """Start what dies again, until it dies again and again.

        Nothing is lost meanwhile: what a dead worker held is marked in the database, and the
        sweepers find it.
        """
        while attendre(
            lambda: self.un_serveur_mort() is not None or self.un_mort() is not None,
            delai=float("inf"),
        ):
            # What the others need, first.
            if serveur := self.un_serveur_mort():
                self.annoncer(serveur.nom, serveur.processus, serveur.journal)
                serveur.demarrer()
            elif nom := self.un_mort():
                enfant = self.enfants[nom]
                self.annoncer(nom, enfant, self.journal(nom))
                # Its own children outlive it by a moment, and would hold its port or its tasks.
                _tuer_le_groupe(enfant)
                self.lancer(nom)

    def annoncer(self, nom: str, processus: Any, journal: Path) -> None:
        """Tell that something died and is started again, unless it does so all the time."""
        maintenant = time.monotonic()
        recents = [instant for instant in self.morts.get(nom, []) if maintenant - instant < FENETRE]
        self.morts[nom] = [*recents, maintenant]
        code = processus.returncode
        cause = f"le code {code}" if code >= 0 else f"le signal {signal.Signals(-code).name}"
        if len(recents) >= RELANCES:
            raise SystemExit(f"« {nom} » s'arrête sans cesse (avec {cause}) : voir {journal}.")
        dire(f"« {nom} » s'est arrêté (avec {cause}) : il est relancé.")

    def arreter(self) -> None:
        for numero in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(numero, signal.SIG_IGN)
        for enfant in self.enfants.values():
            if enfant.poll() is None:
                enfant.terminate()
        for enfant in self.enfants.values():
            try:
                enfant.wait(timeout=15)
            except subprocess.TimeoutExpired:
                enfant.kill()
                enfant.wait()
            _tuer_le_groupe(enfant)
        for serveur in reversed(self.serveurs):
            serveur.arreter()
        if self.enfants:
            self.en_cours.unlink(missing_ok=True)


def main() -> None:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SystemExit(f"PORT vaut « {port} » : il faut un numéro de port.")
    superviseur = Superviseur(Path(os.environ.get("MARAUDE_DATA") or RACINE / "var"), int(port))
    for numero in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(numero, _demander_l_arret)
    try:
        superviseur.demarrer()
        superviseur.veiller()
    except (Arret, KeyboardInterrupt):
        dire("\nArrêt demandé.")
    finally:
        superviseur.arreter()


if __name__ == "__main__":
    main()
