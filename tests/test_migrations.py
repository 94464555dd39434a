"""The database is made from nothing, unmade to nothing, and made again, under nobody's feet."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements
from psycopg import sql

RACINE = Path(settings.BASE_DIR)
APPLICATIONS = ("coordination", "accueil", "hebergement", "maraudes", "contacts", "socle")
OBJETS = """
SELECT 'table ' || relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
UNION ALL SELECT 'fonction ' || proname FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT 'type ' || typname FROM pg_type t
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
ORDER BY 1
"""
DE_PGHISTORY = "fonction _pgh_attach_context"


@pytest.fixture
def base() -> Iterator[str]:
    """The URL of an empty database of its own."""
    url = urlsplit(os.environ["DATABASE_URL"])
    nom = f"migrations_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connexion:
        connexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(nom)))
        yield urlunsplit(url._replace(path=f"/{nom}"))
        connexion.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nom)))


def lancer(base: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", *arguments],
        cwd=RACINE,
        env=os.environ | {"DATABASE_URL": base},
        capture_output=True,
        text=True,
        check=False,
    )


def migrer(base: str, *arguments: str) -> None:
    resultat = lancer(base, *arguments)
    assert resultat.returncode == 0, resultat.stderr[-2000:]


def objets(base: str) -> list[str]:
    with psycopg.connect(base) as connexion:
        return [ligne[0] for ligne in connexion.execute(OBJETS)]


def des_bibliotheques() -> set[str]:
    """What stays: the tables of the libraries, their sequences, and one function."""
    modeles = [
        modele
        for modele in apps.get_models(include_auto_created=True)
        if modele._meta.app_label not in APPLICATIONS
    ]
    noms = {modele._meta.db_table for modele in modeles} | {"django_migrations"}
    return {f"table {nom}{suite}" for nom in noms for suite in ("", "_id_seq")} | {DE_PGHISTORY}


def test_from_nothing_back_to_nothing_and_again(base: str) -> None:
    migrer(base)
    completes = objets(base)
    assert "table hebergement_sejour" in completes
    with psycopg.connect(base) as lecteur:
        # A long report that is being read: who comes next would wait behind a migration.
        lecteur.execute("SELECT count(*) FROM coordination_orientation")
        refus = lancer(base, "coordination", "0004_arrivees_faites")
        assert refus.returncode != 0
        assert "Une table est occupée depuis trop longtemps" in refus.stderr
        assert "Traceback" not in refus.stderr
    assert objets(base) == completes
    migrer(base, "socle", "zero")  # all the rooms above stand on it, and go first
    assert set(objets(base)) - des_bibliotheques() == set()
    migrer(base)
    assert objets(base) == completes


# What would hold a large table too long, in migrations that were written before the service held
# anything: by migration, and why it may stay. The same in a new one is refused.
TABLES_NEUVES = "Les tables sont faites, vides, par la même migration."
AVANT_LES_DONNEES = "Écrite avant la mise en service : aucune base n'avait de données à retenir."
ACCEPTEES = {
    ("socle", "0001_initial"): ({"CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE"}, TABLES_NEUVES),
    ("socle", "0002_identifiants_et_organisme"): (
        {"ADD_UNIQUE", "CREATE_INDEX"},
        "Des comptes, quelques centaines au plus : l'index se fait en un instant.",
    ),
    ("maraudes", "0004_milieu_des_etapes"): (
        {
            "ADD_UNIQUE",
            "CONTRAINTE_VALIDEE",
            "CREATE_INDEX",
            "CREATE_INDEX_EXCLUSIVE",
            "DROP_COLUMN",
            "NOT_NULL",
        },
        AVANT_LES_DONNEES,
    ),
    ("maraudes", "0007_statut_et_duree"): ({"CONTRAINTE_VALIDEE"}, AVANT_LES_DONNEES),
    ("hebergement", "0004_creations_reconnues"): (
        {"CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE", "NOT_NULL"},
        "Des lieux, quelques milliers de lignes au plus.",
    ),
    ("coordination", "0002_rapprochement"): ({"CREATE_INDEX", "DROP_INDEX"}, AVANT_LES_DONNEES),
    ("contacts", "0006_index_utiles"): ({"CREATE_INDEX", "DROP_INDEX"}, AVANT_LES_DONNEES),
    ("maraudes", "0008_index_utiles"): ({"CREATE_INDEX", "DROP_INDEX"}, AVANT_LES_DONNEES),
    ("hebergement", "0007_index_utiles"): ({"CONTRAINTE_VALIDEE"}, AVANT_LES_DONNEES),
}

CONTRAINTE = re.compile(r'ALTER TABLE (?:ONLY )?"?(\w+)"? ADD CONSTRAINT', re.IGNORECASE)
TABLE_FAITE = re.compile(r'CREATE TABLE "?(\w+)', re.IGNORECASE)


def contraintes_verifiees(requetes: list[str]) -> set[str]:
    """Constraints put on a table that was there before, whose rows are all read under the lock."""
    faites = {nom for requete in requetes for nom in TABLE_FAITE.findall(requete)}
    return {
        "CONTRAINTE_VALIDEE"
        for requete in requetes
        for table in CONTRAINTE.findall(requete)
        if table not in faites and "NOT VALID" not in requete.upper()
    }


def fautes(linter: MigrationLinter, migration: Any) -> set[str]:
    requetes = linter.get_sql(migration.app_label, migration.name)
    erreurs, _, avertissements = analyse_sql_statements(linter.sql_analyser_class, requetes)
    donnees, _, autres = linter.analyse_data_migration(migration)
    trouvees = [*erreurs, *avertissements, *donnees, *autres]
    return {faute.code for faute in trouvees} | contraintes_verifiees(requetes)


# A migration outside any transaction cannot be written out within one.
@pytest.mark.django_db(transaction=True)
def test_no_migration_holds_a_large_table() -> None:
    linter = MigrationLinter(str(RACINE), no_cache=True)
    trouvees = {
        cle: codes
        for cle, migration in MigrationLoader(connection).disk_migrations.items()
        if cle[0] in APPLICATIONS and (codes := fautes(linter, migration))
    }
    assert trouvees == {cle: codes for cle, (codes, _) in ACCEPTEES.items()}
