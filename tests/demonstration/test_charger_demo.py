"""The demonstration data: the same for a seed, refused elsewhere, right to the unit."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from coordination.models import Orientation
from indicateurs.demonstration.chargement import MODELES, charger
from socle.models import Structure, Utilisateur

INSTANT = datetime(2026, 3, 10, 15, tzinfo=UTC)


class Defaire(Exception):
    """Leaves a transaction without keeping anything of it."""


def empreinte(graine: int, echelle: float, instant: datetime = INSTANT) -> dict[str, str]:
    """The digest of every table after a load that is then undone."""
    resultat = {}
    try:
        with transaction.atomic():
            charger(graine, instant, echelle)
            with connection.cursor() as cursor:
                for modele in MODELES:
                    # Salted, numbered by the database, or told by its clock: see the matching.
                    sauf = {Utilisateur: "'password'", Orientation: "'modifie_le'"}.get(modele, "")
                    sauf = ", ".join(filter(None, ("'id'", sauf)))
                    cursor.execute(
                        f"SELECT coalesce(string_agg(l, '|' ORDER BY l), '') FROM ("
                        f"SELECT (to_jsonb(t) - array[{sauf}])::text AS l "
                        f'FROM "{modele._meta.db_table}" t) x'
                    )
                    texte = cursor.fetchone()[0]
                    resultat[modele.__name__] = hashlib.sha256(texte.encode()).hexdigest()
            raise Defaire
    except Defaire:
        return resultat


@pytest.mark.django_db
def test_une_graine_donne_toujours_les_memes_lignes() -> None:
    premiere = empreinte(7, 0.02)

    assert empreinte(7, 0.02) == premiere
    assert empreinte(8, 0.02) != premiere


@pytest.mark.django_db
def test_refuse_une_horloge_d_avant_la_fin_des_annees_racontees() -> None:
    with (
        time_machine.travel(datetime(2023, 12, 1, 12, tzinfo=UTC)),
        pytest.raises(CommandError, match="horloge"),
    ):
        call_command("charger_demo", verbosity=0)
    assert not Structure.objects.exists()


@pytest.mark.django_db
def test_refuse_hors_demonstration(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.DEMO", False)
    monkeypatch.setattr("django.conf.settings.ESSAIS", False)

    with pytest.raises(CommandError, match="DEMO"):
        call_command("charger_demo", verbosity=0)
    assert not Structure.objects.exists()


@pytest.mark.django_db
def test_ne_recharge_pas_ce_qui_est_la(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSAIS", "1")
    call_command("charger_demo", "--echelle", "0.02", verbosity=0)
    nombre = Structure.objects.count()

    call_command("charger_demo", "--si-vide", verbosity=0)
    with pytest.raises(CommandError):
        call_command("charger_demo", verbosity=0)

    assert Structure.objects.count() == nombre
