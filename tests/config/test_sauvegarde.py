"""The drill: what `make backup` writes, `make restore` puts back, whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from config.demo import MOT_DE_PASSE
from config.serveurs import PostgreSQL
from tests.config.composition import DELAI
from tests.config.demonstration import HERITAGE_REFUSE, RACINE, Demonstration
from tests.config.photographie import photographier, tables

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

Photo = dict[str, list[tuple[Any, ...]]]
BASE = "reprise"
# The owner of a database that somebody else's machine runs is no superuser.
PROPRIETAIRE = "proprietaire"


def commander(*arguments: Any, **environnement: str) -> subprocess.CompletedProcess[str]:
    herite = {nom: v for nom, v in os.environ.items() if nom not in HERITAGE_REFUSE}
    return subprocess.run(
        [sys.executable, "-m", "config.sauvegarde", *map(str, arguments)],
        cwd=RACINE,
        env=herite | environnement,
        capture_output=True,
        text=True,
        timeout=DELAI,  # who waits for what is held has not given up
        check=False,
    )


@pytest.fixture(scope="module")
def sauvegarde(
    demonstration_chargee: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Photo]:
    """The demonstration's database saved while it runs, and what it held at that moment."""
    demonstration_chargee.demarrer()
    dossier = tmp_path_factory.mktemp("dossier") / "sauvegardes"
    with psycopg.connect(demonstration_chargee.base_de_donnees) as connexion:
        # Its workers write when they like: they wait.
        toutes = sql.SQL(", ").join(map(sql.Identifier, tables(connexion)))
        connexion.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(toutes))
        resultat = commander(
            "sauvegarder", dossier, MARAUDE_DATA=str(demonstration_chargee.dossier)
        )
        photo = photographier(connexion)
    assert resultat.returncode == 0, resultat.stderr
    (fichier,) = dossier.iterdir()
    assert str(fichier) in resultat.stdout
    return fichier, photo


@pytest.fixture
def reprise(demonstration: Demonstration) -> Iterator[str]:
    """The URL of a database that holds something of its own."""
    grappe = PostgreSQL(demonstration.dossier)
    with psycopg.connect(grappe.url("postgres"), autocommit=True) as serveur:
        serveur.execute(f"CREATE ROLE {PROPRIETAIRE} LOGIN")
        serveur.execute(f"CREATE DATABASE {BASE} OWNER {PROPRIETAIRE}")
        url = grappe.url(BASE).replace("postgres@", f"{PROPRIETAIRE}@")
        with psycopg.connect(url, autocommit=True) as connexion:
            connexion.execute("CREATE TABLE de_trop AS SELECT 7 AS valeur")
        yield url
        serveur.execute(f"DROP DATABASE {BASE} WITH (FORCE)")
        serveur.execute(f"DROP ROLE {PROPRIETAIRE}")


def photo_de(url: str) -> Photo:
    with psycopg.connect(url) as connexion:
        return photographier(connexion)


def test_file_is_whole_and_its_owners_alone(sauvegarde: tuple[Path, Photo]) -> None:
    fichier, _ = sauvegarde
    assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
    assert stat.S_IMODE(fichier.parent.stat().st_mode) == 0o700


SERVICE = """
import json, sys
import django
django.setup()
from django.test import Client
demande = json.load(sys.stdin)
def parler(methode, chemin, identifiant, corps=None):
    client = Client(headers={"Host": "127.0.0.1"})
    session = client.post("/api/v1/connexion/", {"identifiant": identifiant,
        "mot_de_passe": demande["mot_de_passe"]}, content_type="application/json").json()
    reponse = client.generic(methode, f"/api/v1/{chemin}", json.dumps(corps or {}),
        content_type="application/json", headers={"Authorization": f"Bearer {session['jeton']}"})
    return reponse.status_code, reponse.json()
print(json.dumps([
    parler("POST", "passages/", "intervenante", demande["passage"]),
    parler("GET", "indicateurs/bilan/?annee=2023", "coordinatrice"),
]))
"""


def servir(demonstration: Demonstration, base: str, passage: dict[str, Any]) -> list[Any]:
    """A write and a bilan, asked of the service on this database."""
    resultat = subprocess.run(
        [sys.executable, "-c", SERVICE],
        cwd=RACINE,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ESSAIS": "0",
            "DEMO": "1",
            "DATABASE_URL": base,
            "REDIS_URL": f"unix://{demonstration.dossier}/sockets/valkey.sock?db=1",
        },
        input=json.dumps({"mot_de_passe": MOT_DE_PASSE, "passage": passage}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr
    reponses: list[Any] = json.loads(resultat.stdout.splitlines()[-1])
    return reponses


def test_restored_database_is_the_same_and_serves(
    sauvegarde: tuple[Path, Photo], reprise: str, demonstration: Demonstration, tmp_path: Path
) -> None:
    fichier, original = sauvegarde
    avant = photo_de(reprise)

    refus = commander("restaurer", fichier, DATABASE_URL=reprise)
    assert refus.returncode != 0
    assert f"La base « {BASE} » n'est pas vide" in refus.stderr
    assert photo_de(reprise) == avant

    coupe = tmp_path / "coupe.dump"
    for taille in (100, fichier.stat().st_size // 4):  # before anything is read, and amid rows
        coupe.write_bytes(fichier.read_bytes()[:taille])
        echec = commander("restaurer", "--ecraser", coupe, DATABASE_URL=reprise)
        assert echec.returncode != 0
        assert "la base est restée comme elle était" in echec.stderr
        assert photo_de(reprise) == avant

    resultat = commander("restaurer", "--ecraser", fichier, DATABASE_URL=reprise)
    assert resultat.returncode == 0, resultat.stderr
    restauree = photo_de(reprise)
    assert restauree.keys() == original.keys()
    for objets, attendus in original.items():
        assert restauree[objets] == attendus, objets
    with psycopg.connect(reprise) as connexion:
        decrites = connexion.execute(
            "SELECT 1 FROM pg_stats WHERE tablename = 'contacts_contact' AND attname = 'jour'"
        ).fetchone()
    assert decrites, "who asks next guesses which rows there are"

    passage = {
        "uuid": str(uuid4()), "structure": "espace-repos-chapelle",
        "saisi_le": "2026-01-15T10:00:00+01:00",
    }  # fmt: skip
    (statut, ecrit), (_, bilan) = servir(demonstration, reprise, passage)
    assert (statut, ecrit["uuid"]) == (201, passage["uuid"])
    vivant = demonstration.client("coordinatrice").get("indicateurs/bilan/?annee=2023")
    assert bilan["indicateurs"] == vivant["indicateurs"]
    # History is kept as before: its triggers came back, and its sequences go on.
    with psycopg.connect(reprise) as connexion:
        (evenements,) = connexion.execute(
            "SELECT count(*) FROM accueil_passageevent WHERE pgh_obj_id = %s", [passage["uuid"]]
        ).fetchone() or (0,)
    assert evenements == 1


def test_held_table_makes_it_give_up_and_changes_nothing(
    sauvegarde: tuple[Path, Photo], reprise: str
) -> None:
    fichier, _ = sauvegarde
    with psycopg.connect(reprise) as lecteur:
        lecteur.execute("SELECT * FROM de_trop")
        echec = commander("restaurer", "--ecraser", fichier, DATABASE_URL=reprise)
    assert echec.returncode != 0
    assert "lock timeout" in echec.stderr
    absent = commander("restaurer", "--ecraser", "/nulle/part.dump", DATABASE_URL=reprise)
    assert absent.returncode != 0
    assert "n'existe pas" in absent.stderr
    with psycopg.connect(reprise) as connexion:
        assert tables(connexion) == ["de_trop"]


# Beside the service: what depends on nothing of `public`, then what does.
A_PART = """
CREATE TYPE couleur AS ENUM ('rouge');
ALTER TABLE de_trop ADD PRIMARY KEY (valeur);
CREATE EXTENSION cube;
CREATE SCHEMA a_part;
CREATE EXTENSION citext SCHEMA a_part;
CREATE TABLE a_part.seule AS SELECT 3 AS valeur, 'x'::a_part.citext AS nom;
CREATE VIEW a_part.vue AS SELECT valeur FROM a_part.seule;
"""
LIES = """
CREATE SCHEMA lie;
CREATE TABLE lie.peinte (couleur couleur);
CREATE TABLE lie.liee (valeur int CONSTRAINT cle REFERENCES de_trop);
CREATE TABLE lie.suivie (valeur int);
CREATE RULE regle AS ON DELETE TO lie.suivie DO ALSO DELETE FROM de_trop;
CREATE VIEW lie.vue AS SELECT valeur FROM de_trop;
CREATE VIEW lie.vue_aussi AS SELECT valeur FROM de_trop;
"""
NOMMES = (
    "column couleur of table lie.peinte, constraint cle on table lie.liee, "
    "extension earthdistance, rule regle on table lie.suivie, view lie.vue, et 1 de plus."
)


def test_another_schema_stays_as_it_is_or_forbids(reprise: str, tmp_path: Path) -> None:
    assert commander("sauvegarder", tmp_path, DATABASE_URL=reprise).returncode == 0
    (fichier,) = tmp_path.iterdir()
    with psycopg.connect(reprise, autocommit=True) as connexion:
        connexion.execute(A_PART + LIES)
        with psycopg.connect(reprise.replace(f"{PROPRIETAIRE}@", "postgres@")) as superutilisateur:
            superutilisateur.execute("CREATE EXTENSION earthdistance SCHEMA lie")
        refus = commander("restaurer", "--ecraser", fichier, DATABASE_URL=reprise)
        assert refus.returncode == 1
        assert NOMMES in refus.stderr
        connexion.execute("SELECT 'rouge'::couleur FROM lie.peinte, lie.vue")  # all still there

        connexion.execute("DROP SCHEMA lie CASCADE")
        resultat = commander("restaurer", "--ecraser", fichier, DATABASE_URL=reprise)
        assert resultat.returncode == 0, resultat.stderr
        assert connexion.execute("SELECT to_regtype('couleur')").fetchone() == (None,)
        assert connexion.execute("SELECT * FROM de_trop").fetchall() == [(7,)]
        seules = "SELECT nom, valeur FROM a_part.seule JOIN a_part.vue USING (valeur)"
        assert connexion.execute(seules).fetchall() == [("x", 3)]


@pytest.mark.parametrize(
    ("arguments", "environnement", "dit"),
    [
        (("restaurer", "--ecraser", "/nulle/part.dump"), {}, "La démonstration tourne"),
        (("sauvegarder",), {"DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/x"}, "ne répond"),
    ],
    ids=["en-marche", "base"],
)
def test_what_is_in_the_way_is_told(
    arguments: tuple[str, ...],
    environnement: dict[str, str],
    dit: str,
    demonstration: Demonstration,
) -> None:
    ici = {"MARAUDE_DATA": str(demonstration.dossier)}
    refus = commander(*arguments, **ici | environnement)
    assert refus.returncode != 0
    assert dit in refus.stderr
    assert "secret" not in refus.stderr


# Programs of a server older than the database's can't be used: pg_dump would refuse.
VIEUX = """#!/bin/sh
echo "pg_dump (PostgreSQL) 15.1"
"""


def test_a_folder_or_a_file_that_is_none_is_told_in_a_sentence(
    reprise: str, tmp_path: Path
) -> None:
    occupe = tmp_path / "fichier"
    occupe.write_text("")
    for arguments, dit in (
        (("sauvegarder", occupe), str(occupe)),
        (("sauvegarder", occupe / "dedans"), str(occupe)),
        (("restaurer", ""), "Dites quel fichier"),
        (("restaurer", tmp_path), "n'existe pas"),
    ):
        resultat = commander(*arguments, DATABASE_URL=reprise)
        assert resultat.returncode == 1
        assert dit in resultat.stderr
        assert "Traceback" not in resultat.stderr


def test_programs_too_old_are_told(demonstration: Demonstration, tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text(VIEUX)
    (tmp_path / "pg_dump").chmod(0o755)
    sans_paquet = (
        "import config.sauvegarde as s; s.binaires_installes = lambda: None;"
        f"print(s.Base({demonstration.base_de_donnees!r}).programme('pg_dump'))"
    )
    refus = subprocess.run(
        [sys.executable, "-c", sans_paquet], cwd=RACINE, env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refus.returncode != 0
    assert "installez le paquet postgresql-client-" in refus.stderr


def test_make_calls_it() -> None:
    """The recipes, with what they are given."""
    dites = subprocess.run(
        ["make", "-n", "backup", "restore", "DOSSIER=/la bas", "FICHIER=x.dump", "ECRASER=1"],
        cwd=RACINE, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert 'config.sauvegarde sauvegarder "/la bas"' in dites
    assert 'config.sauvegarde restaurer --ecraser "x.dump"' in dites
