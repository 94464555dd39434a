"""What `make test` runs: every check, then the tests, whose closing line comes last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from config.serveurs import PostgreSQL, Valkey
from tests.navigateur import preparer

RACINE = Path(__file__).resolve().parent.parent
APPLICATIONS = (
    "config",
    "commun",
    "socle",
    "contacts",
    "maraudes",
    "hebergement",
    "accueil",
    "coordination",
    "indicateurs",
    "synchro",
)
# What `docs/` holds that the code says.
PAGES = [
    ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "docs/openapi.yaml"],
    ["manage.py", "documenter_indicateurs", "docs/indicateurs.md"],
]
CONTROLES = {
    "style": ["-m", "ruff", "check", "--quiet", "."],
    "mise en forme": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "couches": ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "types": ["-m", "mypy", *APPLICATIONS, "bench"],
}


def lancer(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, *arguments], cwd=RACINE, check=False).returncode


def main() -> int:
    """Run everything, even after a failure; the exit code tells whether anything failed."""
    # Told to stop, it still stops the servers below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.setdefault("ESSAIS", "1")
    os.environ.setdefault("SECRET_KEY", "essais-" + "x" * 50)
    with tempfile.TemporaryDirectory(prefix="maraude-essais-") as nom:
        dossier = Path(nom)
        dossier.chmod(0o711)
        (dossier / "statiques").mkdir()
        os.environ.setdefault("STATIC_ROOT", str(dossier / "statiques"))
        postgresql = None if "DATABASE_URL" in os.environ else PostgreSQL(dossier, essais=True)
        valkey = None if "REDIS_URL" in os.environ else Valkey(dossier)
        try:
            if postgresql:
                os.environ["DATABASE_URL"] = postgresql.demarrer()
            if valkey:
                os.environ["REDIS_URL"] = valkey.demarrer()
            if sys.argv[1:] == ["--schema"]:
                return max(map(lancer, PAGES))
            rates = []
            if not sys.argv[1:]:
                for titre, arguments in CONTROLES.items():
                    print(f"== {titre}", flush=True)
                    if lancer(arguments):
                        rates.append(titre)
                if rates:
                    print(f"Contrôles en échec : {', '.join(rates)}", flush=True)
            sans_navigateur = preparer(sys.argv[1:])
            # One more than there are cores: some of them wait, for servers that start or recover.
            ouvriers = str(min((os.cpu_count() or 1) + 1, 8))
            code = lancer(["-m", "pytest", "-n", ouvriers, *sys.argv[1:]])
            if sans_navigateur:
                print(sans_navigateur, flush=True)
            return code or bool(rates or (sans_navigateur and os.environ.get("CI")))
        finally:
            if valkey:
                valkey.arreter()
            if postgresql:
                postgresql.arreter()


if __name__ == "__main__":
    sys.exit(main())
