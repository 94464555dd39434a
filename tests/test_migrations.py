"""The database is made from nothing, unmade to nothing, and made again, under nobody's feet."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements
from psycopg import sql

from commun.management.commands.migrate import ATTENTE_D_UN_VERROU
from commun.operations import AjouterIndex
from config.serveurs import attendre

RACINE = Path(settings.BASE_DIR)
APPLICATIONS = {a.label for a in apps.get_app_configs() if Path(a.path).parent == RACINE}
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
        assert "indicateurs_presence" not in " ".join(objets(base))  # above, and done before
        assert refus.returncode != 0
        assert "Une table est occupée depuis trop longtemps" in refus.stderr
        assert "Traceback" not in refus.stderr
    migrer(base)
    assert objets(base) == completes
    migrer(base, "socle", "zero")  # all the rooms above stand on it, and go first
    assert set(objets(base)) - des_bibliotheques() == set()
    migrer(base)
    assert objets(base) == completes


ATTEND = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%%'
  AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > %s
"""
VALIDE = """
SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('contact_survenu_le')
"""


def test_index_waits_for_a_long_reader_and_is_taken_up_after_a_cut(base: str) -> None:
    migrer(base)
    migrer(base, "contacts", "0007")
    commande = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "contacts"]
    with psycopg.connect(base, autocommit=True) as temoin:
        with psycopg.connect(base) as lecteur:
            lecteur.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            lecteur.execute("SELECT count(*) FROM socle_organisme")
            with subprocess.Popen(
                commande, cwd=RACINE, env=os.environ | {"DATABASE_URL": base}
            ) as migration:
                # Longer than anything else may wait for a lock.
                limite = timedelta(seconds=float(ATTENTE_D_UN_VERROU.rstrip("s")) + 1)
                assert attendre(lambda: bool(temoin.execute(ATTEND, [limite]).fetchall()), 60)
                migration.kill()
            ((pid,),) = temoin.execute(ATTEND, [limite]).fetchall()
            temoin.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
        assert temoin.execute(VALIDE).fetchall() == [(False,)]
        migrer(base)
        assert temoin.execute(VALIDE).fetchall() == [(True,)]


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
            "TOUT_ECRIT",
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
    ("hebergement", "0002_refus"): ({"CONTRAINTE_VALIDEE"}, AVANT_LES_DONNEES),
    ("hebergement", "0004_creations_reconnues"): (
        {"CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE", "NOT_NULL"},
        "Des lieux, quelques milliers de lignes au plus.",
    ),
    ("hebergement", "0026_absences_de_la_chaine"): (
        {"CONTRAINTE_VALIDEE", "NOT_NULL", "TOUT_ECRIT"},
        "Des absences, quelques milliers de lignes au plus.",
    ),
    ("indicateurs", "0016_attente_sans_chiffre"): (
        {"DROP_COLUMN", "DROP_TABLE"},
        "Ce que plus rien ne lit : une colonne, et une table de quelques lignes.",
    ),
    ("hebergement", "0020_demande_aboutie"): (
        {"TOUT_ECRIT"},
        "Les demandes abouties dont le séjour a été supprimé : quelques lignes.",
    ),
    ("hebergement", "0012_deces_verifies"): (
        {"TOUT_ECRIT"},
        "Les décès dont la destination ne convient pas : quelques lignes, trouvées d'un parcours.",
    ),
    ("hebergement", "0015_preuve"): (
        {"DEFAUT_CALCULE", "TOUT_ECRIT"},
        "L'instant est celui de l'ajout, le même partout : rien n'est réécrit. Peu de marques.",
    ),
    ("hebergement", "0013_demandes"): (
        {"COLONNE_CONTRAINTE"},
        "Des sites, quelques centaines au plus.",
    ),
    ("hebergement", "0016_presences"): (
        {"COLONNE_CONTRAINTE"},
        "Des sites, quelques centaines au plus.",
    ),
    ("indicateurs", "0008_marquer_ce_qui_est_la"): (
        {"TOUT_ECRIT"},
        "Elle lit tout et n'écrit que dans une table neuve : personne n'attend.",
    ),
    ("contacts", "0015_acces_recomptes"): (
        {"TOUT_ECRIT"},
        "Elle lit tout et n'écrit que les accès qui manquent ou sont de trop.",
    ),
    ("hebergement", "0010_acces_recomptes"): (
        {"TOUT_ECRIT"},
        "Elle lit tout et n'écrit que les accès qui manquent ou sont de trop.",
    ),
    ("indicateurs", "0003_saisis"): (
        {"NOT_NULL"},
        "Des partenaires, une dizaine au plus.",
    ),
    ("coordination", "0002_rapprochement"): (
        {"CREATE_INDEX", "DROP_INDEX"},
        AVANT_LES_DONNEES,
    ),
    ("contacts", "0006_index_utiles"): ({"CREATE_INDEX", "DROP_INDEX"}, AVANT_LES_DONNEES),
    ("maraudes", "0008_index_utiles"): ({"CREATE_INDEX", "DROP_INDEX"}, AVANT_LES_DONNEES),
    ("hebergement", "0007_index_utiles"): ({"CONTRAINTE_VALIDEE"}, AVANT_LES_DONNEES),
}

# What reads or writes a whole table while nobody else may. Out of reach: what a function does that
# is called, and the text of an EXECUTE.
TABLE = r'ALTER TABLE (?:IF EXISTS )?(?:ONLY )?"?(\w+)"?'
ALTERATION = TABLE + r"[^;]*?"
CONTRAINTE = r"(?:CONSTRAINT|CHECK|PRIMARY KEY|FOREIGN KEY|EXCLUDE|UNIQUE)\b"
COLONNE = ALTERATION + rf"\bADD (?!{CONTRAINTE})(?:(?!,\s*ADD\b)[^;])*?"
# Never past the end of a transaction, nor from outside of one into it.
TRANSACTION = r"(?:(?!\b(?:BEGIN|COMMIT);).)*?"
SUR_UNE_TABLE = {
    "CONTRAINTE_VALIDEE": re.compile(ALTERATION + rf"\bADD {CONTRAINTE}(?![^;]*NOT VALID)", re.I),
    # What the first one locks stays locked until all is read, by its side or later on.
    "VALIDEE_SOUS_VERROU": re.compile(
        TABLE
        + r"\s+(?!VALIDATE\b)(?=[^;]*,\s*VALIDATE CONSTRAINT|"
        + TRANSACTION
        + TABLE.replace(r"(\w+)", r"\1\b")
        + r"\s+VALIDATE CONSTRAINT"
        + TRANSACTION
        + r"\bCOMMIT;)",
        re.I | re.S,
    ),
    "COLONNE_CONTRAINTE": re.compile(COLONNE + r"\b(?:UNIQUE|CHECK|PRIMARY KEY)\b", re.I),
    "COLONNE_CALCULEE": re.compile(COLONNE + r"GENERATED ALWAYS AS \(", re.I),
    "COLONNE_NUMEROTEE": re.compile(
        COLONNE + r"(?:\b(?:small|big)?serial\b|GENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY)", re.I
    ),
    # In a schema or not, in parentheses or not.
    "DEFAUT_CALCULE": re.compile(COLONNE + r'DEFAULT\s+(?:\([^;]*?)?(?:"?\w+"?\.)*"?\w+"?\(', re.I),
    "TABLE_REFAITE": re.compile(
        ALTERATION + r"SET (?:(?:UN)?LOGGED|TABLESPACE|ACCESS METHOD)\b", re.I
    ),
    # Wherever it stands: in a block that is run at once, after a WITH, within one. Not the events
    # of a trigger, nor the lock of a SELECT, nor the order that a table is to have.
    "TOUT_ECRIT": re.compile(
        r"""
        (?: (?<!FOR\ )(?<!KEY\ )(?<!ON\ ) \bUPDATE\s+ (?!(?:OF|ON|OR|SET|REFERENCING)\b)
          | \b(?:DELETE\s+FROM|MERGE\s+INTO|LOCK(?:\s+TABLE)?)\s+
          | \bINSERT\s+INTO\s+ (?=[^;]*\bSELECT\b)
          | \bTRUNCATE\s+ (?!(?:ON|OR)\b) (?:TABLE\s+)?
          | \bCLUSTER\s+ (?!ON\b) (?:VERBOSE\s+)?
          | \bVACUUM\s+ (?: FULL\s+(?:(?:FREEZE|VERBOSE|ANALYZE)\s+)* | \([^)]*\bFULL\b[^)]*\)\s* )
        )
        (?:ONLY\s+)? "?(\w+)
        """,
        re.I | re.X,
    ),
}
# What waits for somebody to call it, and what is only said.
CORPS_DE_FONCTION = re.compile(r"\bAS\s+(\$\w*\$).*?\1", re.S | re.I)
COMMENTAIRE = re.compile(r"--[^\n]*")
TABLE_FAITE = re.compile(r'CREATE TABLE "?(\w+)', re.IGNORECASE)


def tables_tenues(requetes: list[str]) -> set[str]:
    """What is done at length to a table that was there before."""
    # As one text: a function comes line by line, and its body is not over at the first of them.
    texte = COMMENTAIRE.sub("", CORPS_DE_FONCTION.sub("", "\n".join(requetes)))
    faites = set(TABLE_FAITE.findall(texte))
    return {faute for faute, motif in SUR_UNE_TABLE.items() if set(motif.findall(texte)) - faites}


def operations_a_relire(migration: Any) -> set[str]:
    """What no statement shows: a program, and an index that a cut leaves behind for good."""
    trouvees = set()
    for operation in migration.operations:
        if isinstance(operation, RunPython):
            trouvees.add("PROGRAMME")
        if isinstance(operation, AddIndexConcurrently) and not isinstance(operation, AjouterIndex):
            trouvees.add("INDEX_SANS_REPRISE")
    return trouvees


def fautes(linter: MigrationLinter, migration: Any) -> set[str]:
    requetes = linter.get_sql(migration.app_label, migration.name)
    erreurs, _, avertissements = analyse_sql_statements(linter.sql_analyser_class, requetes)
    donnees, _, autres = linter.analyse_data_migration(migration)
    trouvees = [*erreurs, *avertissements, *donnees, *autres]
    return (
        {faute.code for faute in trouvees}
        | tables_tenues(requetes)
        | operations_a_relire(migration)
    )


@pytest.mark.parametrize(
    ("requete", "faute"),
    [
        (
            "ALTER TABLE c ADD COLUMN z integer, ADD CONSTRAINT k CHECK (z > 0)",
            "CONTRAINTE_VALIDEE",
        ),
        ("ALTER TABLE c ADD CONSTRAINT k CHECK (z > 0)", "CONTRAINTE_VALIDEE"),
        ("ALTER TABLE c ADD CHECK (z > 0)", "CONTRAINTE_VALIDEE"),
        ("ALTER TABLE c ADD PRIMARY KEY (z)", "CONTRAINTE_VALIDEE"),
        ("ALTER TABLE c ADD FOREIGN KEY (z) REFERENCES d", "CONTRAINTE_VALIDEE"),
        ("ALTER TABLE c ADD EXCLUDE USING gist (z WITH &&)", "CONTRAINTE_VALIDEE"),
        ("ALTER TABLE c ADD UNIQUE (z)", "CONTRAINTE_VALIDEE"),
        (
            'BEGIN;\nALTER TABLE "c" ADD CONSTRAINT "k" CHECK ("z" > 0) NOT VALID;\n'
            'ALTER TABLE "d" ADD COLUMN "z" integer;\n'
            'ALTER TABLE "c" VALIDATE CONSTRAINT "k";\nCOMMIT;',
            "VALIDEE_SOUS_VERROU",
        ),
        (
            "ALTER TABLE c ADD CHECK (z > 0) NOT VALID, VALIDATE CONSTRAINT k",
            "VALIDEE_SOUS_VERROU",
        ),
        ("ALTER TABLE c ADD COLUMN z integer UNIQUE", "COLONNE_CONTRAINTE"),
        ("ALTER TABLE c ADD COLUMN z numeric(5, 2) NULL CHECK (z > 0)", "COLONNE_CONTRAINTE"),
        ("ALTER TABLE c ADD COLUMN z integer PRIMARY KEY", "COLONNE_CONTRAINTE"),
        ("ALTER TABLE c ADD COLUMN z date GENERATED ALWAYS AS (y) STORED", "COLONNE_CALCULEE"),
        ("ALTER TABLE c ADD COLUMN z bigserial", "COLONNE_NUMEROTEE"),
        ("ALTER TABLE c ADD z serial", "COLONNE_NUMEROTEE"),
        (
            "ALTER TABLE c ADD COLUMN z integer GENERATED BY DEFAULT AS IDENTITY",
            "COLONNE_NUMEROTEE",
        ),
        ("ALTER TABLE c ADD COLUMN z uuid DEFAULT gen_random_uuid()", "DEFAUT_CALCULE"),
        ("ALTER TABLE c ADD COLUMN z uuid DEFAULT pg_catalog.gen_random_uuid()", "DEFAUT_CALCULE"),
        ("ALTER TABLE c ADD COLUMN z float DEFAULT (random())", "DEFAUT_CALCULE"),
        ("ALTER TABLE c ADD COLUMN z float DEFAULT (1 + (random()))", "DEFAUT_CALCULE"),
        ("ALTER TABLE c SET UNLOGGED", "TABLE_REFAITE"),
        ("ALTER TABLE c SET LOGGED", "TABLE_REFAITE"),
        ("ALTER TABLE c SET TABLESPACE ailleurs", "TABLE_REFAITE"),
        ("ALTER TABLE c SET ACCESS METHOD autre", "TABLE_REFAITE"),
        ("UPDATE c SET z = 1", "TOUT_ECRIT"),
        ("SELECT 1; DELETE FROM c", "TOUT_ECRIT"),
        ("DO $$ BEGIN UPDATE c SET z = 1; END $$", "TOUT_ECRIT"),
        ("DO $x$ BEGIN IF TRUE THEN DELETE FROM ONLY c; END IF; END $x$", "TOUT_ECRIT"),
        ("WITH y AS (SELECT 1) UPDATE c SET z = 1 FROM y", "TOUT_ECRIT"),
        ("WITH y AS (\n    UPDATE c SET z = 1 RETURNING z\n) SELECT * FROM y", "TOUT_ECRIT"),
        ("INSERT INTO c (z) SELECT z FROM d", "TOUT_ECRIT"),
        ("INSERT INTO c WITH y AS (SELECT 1) SELECT * FROM y", "TOUT_ECRIT"),
        ("MERGE INTO c USING d ON z = y WHEN MATCHED THEN UPDATE SET z = 1", "TOUT_ECRIT"),
        ("LOCK TABLE c IN ACCESS EXCLUSIVE MODE", "TOUT_ECRIT"),
        ("LOCK ONLY c", "TOUT_ECRIT"),
        ("TRUNCATE c", "TOUT_ECRIT"),
        ("TRUNCATE TABLE ONLY c CASCADE", "TOUT_ECRIT"),
        ("CLUSTER c USING i", "TOUT_ECRIT"),
        ("VACUUM FULL ANALYZE c", "TOUT_ECRIT"),
        ("VACUUM (VERBOSE, FULL) c", "TOUT_ECRIT"),
    ],
)
def test_what_holds_a_table_that_was_there(requete: str, faute: str) -> None:
    assert tables_tenues([requete]) == {faute}
    # Nobody waits for a table that the same migration makes, nor for what a trigger will do.
    assert tables_tenues(["CREATE TABLE c ()", requete]) == set()
    if "$" not in requete:
        corps = f"CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN {requete}; END $$"
        assert tables_tenues([corps]) == set()


@pytest.mark.parametrize(
    "requete",
    [
        "ALTER TABLE c ADD CONSTRAINT k CHECK (z > 0) NOT VALID",
        "CREATE TRIGGER t BEFORE INSERT OR UPDATE OF z ON c FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TRIGGER t AFTER UPDATE ON c REFERENCING OLD TABLE AS a FOR EACH STATEMENT"
        " EXECUTE FUNCTION f()",
        "ALTER TABLE c ADD FOREIGN KEY (z) REFERENCES d ON DELETE CASCADE ON UPDATE CASCADE"
        " NOT VALID",
        "SELECT 1 FROM c FOR NO KEY UPDATE NOWAIT",
        "SELECT 1 FROM c FOR UPDATE SKIP LOCKED",
        "INSERT INTO c (z) VALUES (1) ON CONFLICT (z) DO UPDATE SET z = 2",
        "SELECT 1; -- UPDATE c SET z = 1",
        "ALTER TABLE c ADD COLUMN z integer DEFAULT 0, ADD CONSTRAINT k CHECK (z > 0) NOT VALID",
        "ALTER TABLE c ADD COLUMN z_unique varchar(10) DEFAULT ('(')",
        # Each by itself, or of tables of their own.
        "ALTER TABLE c ADD CHECK (z > 0) NOT VALID;\nALTER TABLE c VALIDATE CONSTRAINT k;",
        "BEGIN;\nALTER TABLE c VALIDATE CONSTRAINT j;\nALTER TABLE c VALIDATE CONSTRAINT k;\n"
        "ALTER TABLE d ADD CHECK (z > 0) NOT VALID;\nALTER TABLE dd VALIDATE CONSTRAINT k;\n"
        "COMMIT;",
        "CREATE TRIGGER t BEFORE DELETE OR TRUNCATE ON c EXECUTE FUNCTION f()",
        "ALTER TABLE c CLUSTER ON i",
        "VACUUM c",
    ],
)
def test_what_holds_nothing(requete: str) -> None:
    assert tables_tenues([requete]) == set()


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
