"""The database is made from nothing, unmade to nothing, and made again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
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
ORDER BY 1
"""


@pytest.fixture
def base() -> Iterator[str]:
    """The URL of an empty database of its own."""
    url = urlsplit(os.environ["DATABASE_URL"])
    nom = f"migrations_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connexion:
        connexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(nom)))
        yield urlunsplit(url._replace(path=f"/{nom}"))
        connexion.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nom)))


def migrer(base: str, *arguments: str) -> None:
    resultat = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", *arguments],
        cwd=RACINE,
        env=os.environ | {"DATABASE_URL": base},
        capture_output=True,
        text=True,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr[-2000:]


def objets(base: str) -> list[str]:
    with psycopg.connect(base) as connexion:
        return [ligne[0] for ligne in connexion.execute(OBJETS)]


def test_from_nothing_back_to_nothing_and_again(base: str) -> None:
    migrer(base)
    completes = objets(base)
    assert "table hebergement_sejour" in completes
    migrer(base, "socle", "zero")  # all the rooms above stand on it, and go first
    prefixes = tuple(f"{a}_" for a in APPLICATIONS)
    restes = [o for o in objets(base) if o.split(" ", 1)[1].startswith(prefixes)]
    assert not restes
    migrer(base)
    assert objets(base) == completes
