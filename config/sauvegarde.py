"""`make backup` and `make restore`: the whole database in one file, and back.

Of the database that DATABASE_URL names, else of the demonstration's.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import pq

from config.serveurs import PostgreSQL, binaires_installes, dossier_des_donnees, verrouiller

RACINE = Path(__file__).resolve().parent.parent
# Whoever still holds what is replaced makes the restore give up, not wait. The schema is made again
# as PostgreSQL makes it in a new database.
VIDER = b"""
SET LOCAL lock_timeout = '2s';
SET LOCAL client_min_messages = warning;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
CITES = 5  # as many of what follows are named
# What stands in another schema and would go with `public`. What says no schema is where that is of
# which it is a part, and an extension's member where its extension is. It is told under its own
# name, but for such a member, and for the rule that is a view to us.
DEPENDANTS = """
WITH RECURSIVE lieu AS (
    SELECT d.classid, d.objid, n.nspname, d.classid AS classe, d.objid AS tout
    FROM pg_depend d JOIN pg_namespace n ON n.oid = d.refobjid
    WHERE d.refclassid = 'pg_namespace'::regclass
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND NOT EXISTS (SELECT 1 FROM pg_depend e
                      WHERE (e.classid, e.objid) = (d.classid, d.objid) AND e.deptype = 'e')
    UNION
    SELECT d.classid, d.objid, l.nspname,
           CASE WHEN fondu THEN l.classe ELSE d.classid END,
           CASE WHEN fondu THEN l.tout ELSE d.objid END
    FROM pg_depend d JOIN lieu l ON (d.refclassid, d.refobjid) = (l.classid, l.objid),
    LATERAL (SELECT d.deptype = 'e' OR l.classe = 'pg_extension'::regclass
                 OR d.deptype = 'i' AND d.classid = 'pg_rewrite'::regclass) dit (fondu)
    WHERE d.deptype = 'e' OR d.deptype IN ('a', 'i') AND NOT EXISTS (
        SELECT 1 FROM pg_depend n
        WHERE (n.classid, n.objid) = (d.classid, d.objid)
          AND n.refclassid = 'pg_namespace'::regclass)
)
SELECT DISTINCT pg_describe_object(la.classe, la.tout,
    CASE WHEN (la.classe, la.tout) = (d.classid, d.objid) THEN d.objsubid ELSE 0 END)
FROM pg_depend d
JOIN lieu ici ON (d.refclassid, d.refobjid) = (ici.classid, ici.objid) AND ici.nspname = 'public'
JOIN lieu la ON (d.classid, d.objid) = (la.classid, la.objid) AND la.nspname <> 'public'
ORDER BY 1
"""


@contextlib.contextmanager
def base_a_traiter(*, seul: bool) -> Iterator[str]:
    """The URL of the database; the demonstration's server is started if it does not run.

    Raises:
        SystemExit: nobody else may use it, and the demonstration runs.
    """
    if url := os.environ.get("DATABASE_URL", "").strip():
        yield url
        return
    dossier = dossier_des_donnees(Path(os.environ.get("MARAUDE_DATA") or RACINE / "var"))
    serveur = PostgreSQL(dossier)
    verrou = verrouiller(dossier)
    if verrou is None:  # The demonstration runs, and its server with it.
        if seul:
            raise SystemExit("La démonstration tourne : arrêtez-la d'abord (Ctrl-C).")
        yield serveur.url()
        return
    try:
        yield serveur.demarrer()
    finally:
        serveur.arreter()
        os.close(verrou)


class Base:
    """One database, and the programs that can read it."""

    def __init__(self, url: str) -> None:
        self.environnement = _variables(url)
        try:
            with psycopg.connect(url) as connexion:
                self.version = connexion.info.server_version // 10_000
                self.nom = connexion.info.dbname
                (self.tables,) = connexion.execute(TABLES).fetchone() or (0,)
                self.dependants = [dit for (dit,) in connexion.execute(DEPENDANTS)]
        except psycopg.OperationalError:
            raise SystemExit("La base de données ne répond pas : rien n'a été fait.") from None

    def programme(self, nom: str) -> str:
        """The path of one of PostgreSQL's programs, at least as recent as the server.

        Raises:
            SystemExit: there is none.
        """
        installes = binaires_installes()
        lieux = [str(installes / nom) if installes else None, shutil.which(nom)]
        for lieu in filter(None, lieux):
            dit = subprocess.run([lieu, "--version"], capture_output=True, text=True, check=False)
            version = re.search(r"\) (\d+)", dit.stdout)
            if version and int(version[1]) >= self.version:
                return lieu
        raise SystemExit(
            f"Il faut le programme {nom} de PostgreSQL {self.version} ou plus récent : "
            f"installez le paquet postgresql-client-{self.version}."
        )

    def sauvegarder(self, dossier: Path) -> Path:
        """Write the database to a new file of this folder, whole or not at all.

        Raises:
            SystemExit: there is nothing to save, or it could not be saved.
        """
        if not self.tables:
            raise SystemExit(f"La base « {self.nom} » est vide : il n'y a rien à sauvegarder.")
        pg_dump, pg_restore = self.programme("pg_dump"), self.programme("pg_restore")
        dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
        fichier = dossier / f"{self.nom}-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.dump"
        # Made by us with mode 0600 and renamed when whole.
        descripteur, provisoire = tempfile.mkstemp(".partiel", fichier.stem + "-", dossier)
        try:
            with os.fdopen(descripteur, "wb") as flux:
                self._exiger(
                    [pg_dump, "--format=custom", "--no-owner", "--no-privileges"], stdout=flux
                )
                flux.flush()
                os.fsync(flux.fileno())
            self._exiger([pg_restore, "--list", provisoire], stdout=subprocess.DEVNULL)
            Path(provisoire).replace(fichier)
        finally:
            Path(provisoire).unlink(missing_ok=True)
        return fichier

    def restaurer(self, fichier: Path, *, ecraser: bool) -> None:
        """Put what a file holds in the place of what the schema `public` holds, in one transaction.

        Raises:
            SystemExit: the database is not empty and `ecraser` was not asked for, another schema
                depends on what would go, or something failed; the database is then as it was.
        """
        if not fichier.name:
            raise SystemExit("Dites quel fichier : make restore FICHIER=…")
        if not fichier.is_file():
            raise SystemExit(f"Le fichier {fichier} n'existe pas.")
        if self.tables and not ecraser:
            raise SystemExit(
                f"La base « {self.nom} » n'est pas vide : rien n'a été fait. "
                "Pour remplacer tout son schéma public : make restore FICHIER=… ECRASER=1"
            )
        if self.tables and self.dependants:
            dits = ", ".join(self.dependants[:CITES])
            autres = len(self.dependants) - CITES
            raise SystemExit(
                f"D'autres schémas de la base « {self.nom} » dépendent de son schéma public : rien "
                f"n'a été fait. Effacer celui-ci effacerait aussi : {dits}"
                f"{f', et {autres} de plus' if autres > 0 else ''}. Supprimez-les d'abord, pour "
                "les refaire ensuite, ou restaurez dans une base vide."
            )
        commande = [self.programme("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        lecture = [self.programme("pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
        # psql stops reading at the first error, which it tells itself.
        with (
            contextlib.suppress(BrokenPipeError),
            subprocess.Popen(
                commande, env=self.environnement, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            ) as psql,
            subprocess.Popen([*lecture, str(fichier)], stdout=subprocess.PIPE) as pg_restore,
        ):
            assert psql.stdin
            assert pg_restore.stdout
            psql.stdin.write(b"BEGIN;" + (VIDER if self.tables else b""))
            shutil.copyfileobj(pg_restore.stdout, psql.stdin)
            # What was cut off ends as what is whole does: only the exit code tells. Without this
            # last word, everything is undone.
            if pg_restore.wait() == 0:
                # Until somebody looks at its rows, each query would guess what they are.
                psql.stdin.write(b"\nANALYZE;\nCOMMIT;\n")
        if psql.returncode or pg_restore.returncode:
            raise SystemExit("La restauration a échoué : la base est restée comme elle était.")

    def _exiger(self, commande: list[str], **options: object) -> None:
        resultat = subprocess.run(commande, env=self.environnement, check=False, **options)  # type: ignore[call-overload]
        if resultat.returncode:
            raise SystemExit(f"{Path(commande[0]).name} a échoué : rien n'a été sauvegardé.")


def _variables(url: str) -> dict[str, str]:
    """The environment that names a database to libpq: a password on a command line is seen."""
    try:
        options = pq.Conninfo.parse(url.encode())
    except psycopg.OperationalError:
        raise SystemExit("DATABASE_URL n'est pas lisible.") from None
    hors = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("PG")}
    return hors | {o.envvar.decode(): o.val.decode() for o in options if o.envvar and o.val}


def main() -> None:
    analyseur = argparse.ArgumentParser(description="Sauvegarde et restauration de la base.")
    verbes = analyseur.add_subparsers(dest="verbe", required=True)
    sauvegarde = verbes.add_parser("sauvegarder")
    sauvegarde.add_argument("dossier", nargs="?", type=Path, default=RACINE / "sauvegardes")
    restauration = verbes.add_parser("restaurer")
    restauration.add_argument("fichier", type=Path)
    restauration.add_argument("--ecraser", action="store_true")
    demande = analyseur.parse_args()
    try:
        _faire(demande)
    except OSError as refus:
        raise SystemExit(
            f"{refus.filename} ne se lit pas ou ne s'écrit pas ({refus.strerror}) : "
            "rien n'a été fait."
        ) from None


def _faire(demande: argparse.Namespace) -> None:
    with base_a_traiter(seul=demande.verbe == "restaurer") as url:
        base = Base(url)
        if demande.verbe == "sauvegarder":
            print(f"Sauvegarde : {base.sauvegarder(demande.dossier)}", flush=True)
        else:
            base.restaurer(demande.fichier, ecraser=demande.ecraser)
            print(f"Base « {base.nom} » restaurée depuis {demande.fichier}.", flush=True)


if __name__ == "__main__":
    main()
