"""The servers of a test run: one PostgreSQL and one Valkey for the whole session.

A pytest plugin, loaded by name before the settings are read. The process that starts them exports
their URLs, so that pytest-xdist's workers inherit them; each worker has a database of its own on
each.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.serveurs import PostgreSQL, Valkey

os.environ.setdefault("ESSAIS", "1")
os.environ.setdefault("SECRET_KEY", "essais-" + "x" * 50)


def _demarrer() -> None:
    dossier = Path(tempfile.mkdtemp(prefix="maraude-essais-"))
    dossier.chmod(0o711)
    if "DATABASE_URL" not in os.environ:
        postgresql = PostgreSQL(dossier, essais=True)
        atexit.register(shutil.rmtree, dossier, ignore_errors=True)
        atexit.register(postgresql.arreter)
        os.environ["DATABASE_URL"] = postgresql.demarrer()
    if "REDIS_URL" not in os.environ:
        valkey = Valkey(dossier)
        atexit.register(valkey.arreter)
        os.environ["REDIS_URL"] = valkey.demarrer()


if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
    _demarrer()
# gw0 takes database 1, gw1 database 2…: no test reads the queue of another.
_ouvrier = os.environ.get("PYTEST_XDIST_WORKER", "")
if _ouvrier.startswith("gw") and "?db=" in os.environ["REDIS_URL"]:
    base = (int(_ouvrier[2:]) + 1) % 16
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].split('?db=')[0]}?db={base}"
