"""`make bench`: servers of its own, each measure in a process of its own, and a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.mesures import Mesure
from config.serveurs import PostgreSQL, Valkey

RACINE = Path(__file__).resolve().parent.parent
# Each works on a copy of its own of a database: empty, or with the demonstration's data.
MESURES = {
    "occupation": "bench_vide",
    "echelle": "bench_vide",
    "bilan": "bench_demo",
    "passages": "bench_demo",
    "listes": "bench_demo",
    "places": "bench_demo",
    "visible": "bench_demo",
    "publies": "bench_demo",
    "faits": "bench_demo",
}


def base(url: str, nom: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{nom}"))


def creer(url: str, nom: str, modele: str = "template1") -> None:
    with psycopg.connect(base(url, "postgres"), autocommit=True) as connexion:
        connexion.execute(f'DROP DATABASE IF EXISTS "{nom}"')
        connexion.execute(f'CREATE DATABASE "{nom}" TEMPLATE "{modele}"')


def lancer(url: str, nom: str, *commande: str) -> str:
    """Run a command on a database; its standard output."""
    resultat = subprocess.run(
        [sys.executable, *commande],
        cwd=RACINE,
        env=os.environ | {"DATABASE_URL": base(url, nom)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if resultat.returncode:
        raise SystemExit(f"{' '.join(commande)} a échoué.\n{resultat.stdout}")
    return resultat.stdout


def tableau(mesures: list[Mesure]) -> str:
    lignes = ["", "| mesure | valeur | cible | |", "|---|---|---|---|"]
    for m in mesures:
        valeur = f"{m.valeur:.2f} {m.unite}" if m.unite == "×" else f"{m.valeur:.0f} {m.unite}"
        sens = "≥" if m.au_moins else "≤"
        issue = "tenue" if m.tenue else "MANQUÉE"
        lignes.append(f"| {m.quoi} | {valeur} | {sens} {m.cible:g} {m.unite} | {issue} |")
    return "\n".join([*lignes, "", *(f"- {m.quoi} : {m.detail}" for m in mesures)])


def main(choisies: list[str]) -> int:
    inconnues = set(choisies) - set(MESURES)
    if inconnues:
        raise SystemExit(f"Mesures : {', '.join(MESURES)}.")
    os.environ |= {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ.setdefault("SECRET_KEY", "bench-" + "x" * 50)
    with tempfile.TemporaryDirectory(prefix="maraude-bench-") as nom:
        dossier = Path(nom)
        dossier.chmod(0o711)
        (dossier / "statiques").mkdir()
        os.environ.setdefault("STATIC_ROOT", str(dossier / "statiques"))
        # As the demonstration runs them: what is written is on the disk.
        postgresql = None if "DATABASE_URL" in os.environ else PostgreSQL(dossier)
        valkey = None if "REDIS_URL" in os.environ else Valkey(dossier)
        try:
            url = postgresql.demarrer() if postgresql else os.environ["DATABASE_URL"]
            if valkey:
                os.environ["REDIS_URL"] = valkey.demarrer()
            print("Préparation des bases…", flush=True)
            creer(url, "bench_vide")
            lancer(url, "bench_vide", "manage.py", "migrate", "--verbosity", "0")
            creer(url, "bench_demo", "bench_vide")
            creer(url, "bench_plancher")
            lancer(url, "bench_demo", "manage.py", "charger_demo", "--graine", "7", "-v", "0")
            with psycopg.connect(base(url, "bench_demo"), autocommit=True) as connexion:
                connexion.execute("VACUUM ANALYZE")
            os.environ["PLANCHER_URL"] = base(url, "bench_plancher")
            mesures = []
            for nom in choisies or MESURES:
                creer(url, "bench", MESURES[nom])
                dites = lancer(url, "bench", "-m", f"bench.{nom}").splitlines()
                mesures += [Mesure(**json.loads(ligne)) for ligne in dites]
            print(tableau(mesures))
            return int(not all(mesure.tenue for mesure in mesures))
        finally:
            if valkey:
                valkey.arreter()
            if postgresql:
                postgresql.arreter()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
