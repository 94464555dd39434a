"""A server that lives in another zone counts the same days: the tests of this folder, run there.

The process is in New York, and its PostgreSQL in Auckland: between the two, and Paris, there is
no hour of the day at which all three write the same date.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

RACINE = Path(__file__).resolve().parent.parent.parent
PROCESSUS, BASE = "America/New_York", "Pacific/Auckland"


def base_d_ici() -> str:
    """The URL of the database of this run, for a session that Django does not set up."""
    reglages = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        dbname=reglages["NAME"], user=reglages["USER"], password=reglages["PASSWORD"],
        host=reglages["HOST"], port=reglages["PORT"] or None,
    )  # fmt: skip


@pytest.mark.timeout(200)
def test_days_are_the_same(django_db_setup: None) -> None:
    """On this run's own database, which nobody else uses meanwhile; each test is undone."""
    connection.close()
    nom = str(connection.settings_dict["NAME"])
    url = os.environ["DATABASE_URL"]
    chemin, _, suite = url.partition("?")
    autre = f"{chemin.rpartition('/')[0]}/{nom.removeprefix('test_')}?{suite}"
    autre += f"{'&' if suite else ''}options={quote(f'-c timezone={BASE}')}"
    environnement = {**os.environ, "TZ": PROCESSUS, "DATABASE_URL": autre}
    for cle in list(environnement):
        if cle.startswith(("PYTEST_", "COV_")):
            del environnement[cle]
    passe = subprocess.run(
        [sys.executable, "-m", "pytest", "--reuse-db", "-p", "no:xdist", "-p", "no:cacheprovider",
         "tests/temps/test_instants.py"],
        cwd=RACINE, env=environnement, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert passe.returncode == 0, passe.stdout[-4_000:] + passe.stderr[-2_000:]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("zone", [BASE, PROCESSUS, "UTC"])
def test_a_session_of_another_zone_writes_the_same_days(zone: str) -> None:
    """By hand, or by another program: triggers and generated columns ask the zone of nobody."""
    lus = []
    for heure in ("2026-03-28T23:30:00Z", "2026-10-25T00:30:00Z", "2025-12-31T23:30:00Z"):
        with psycopg.connect(base_d_ici()) as session:
            session.execute(f"SET timezone = '{zone}'")
            (decalage,) = session.execute("SELECT %s::timestamptz::text", [heure]).fetchone()  # type: ignore[misc]
            session.execute(
                "INSERT INTO socle_organisme (uuid, version, code, nom) "
                "VALUES (gen_random_uuid(), 1, 'z', 'Z')"
            )
            session.execute(
                "INSERT INTO socle_structure (uuid, version, code, nom, type, organisme_id, "
                "heure_bascule, arrondissement, adresse) "
                "SELECT gen_random_uuid(), 1, 'z', 'Z', 'CSAPA', uuid, '06:00', '', '' "
                "FROM socle_organisme WHERE code = 'z'"
            )
            session.execute(
                "INSERT INTO contacts_contact (uuid, version, empreinte_creation, saisi_le, "
                "recu_le, survenu_le, derive_signalee, genre_observe, tranche_age_observee, cadre, "
                "issue, structure_id) SELECT gen_random_uuid(), 1, '', %(h)s, %(h)s, %(h)s, false, "
                "'F', 'NON_RENSEIGNE', 'ACCUEIL', 'ECHANGE', uuid FROM socle_structure "
                "WHERE code = 'z'",
                {"h": heure},
            )
            (jour,) = session.execute("SELECT jour FROM contacts_contact").fetchone()  # type: ignore[misc]
            (limite,) = session.execute(
                "SELECT extract(epoch FROM coordination_limite(%s))", [heure]
            ).fetchone()  # type: ignore[misc]
            lus.append((jour.isoformat(), datetime.fromtimestamp(float(limite)).timestamp()))
            assert decalage
            session.rollback()
    assert [jour for jour, _ in lus] == ["2026-03-28", "2026-10-24", "2025-12-31"]
    # Thirty days on the walls of Paris: the first thirty hold no change of hour, nor the others.
    durees = [
        limite - datetime.fromisoformat(heure.replace("Z", "+00:00")).timestamp()
        for (_, limite), heure in zip(
            lus,
            ("2026-03-28T23:30:00Z", "2026-10-25T00:30:00Z", "2025-12-31T23:30:00Z"),
            strict=True,
        )
    ]
    jour_plein = 24 * 3600
    assert durees[2] == 30 * jour_plein
    assert {durees[0], durees[1]} == {30 * jour_plein - 3600, 30 * jour_plein + 3600}
