"""The page at `/` says what there is, and figures and accounts only in the demonstration."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from commun.horloge import aujourd_hui, maintenant
from config.accueil import COMPTES, ecart_lisible, evolution_lisible, valeur_lisible
from config.celery import PLANIFICATEUR, app
from config.demo import COMPTES as COMPTES_DE_LA_DEMO
from config.etat import Partie, etat
from config.serveurs import attendre
from hebergement.models import ControleOccupation, MarqueNuits
from hebergement.occupation import recalculer_marques
from socle.models import Structure
from tests.factories import PassageFactory, PlaceFactory

pytestmark = pytest.mark.django_db

RACINE = Path(__file__).resolve().parents[2]


def insecable(texte: str) -> str:
    """`_` stands for a no-break space, which nobody sees in a test."""
    return texte.replace("_", "\N{NO-BREAK SPACE}")


def partie(nom: str) -> Partie:
    return next(partie for partie in etat() if partie.nom == nom)


def test_demonstration_shows_the_bilan_from_the_rows(
    client: Client, settings: Settings, espace_repos: Structure
) -> None:
    settings.DEMO = True
    PassageFactory.create_batch(3, structure=espace_repos, survenu_le="2023-05-04T12:00:00+02:00")
    page = client.get("/").content.decode()
    assert "<td>3</td>" in page
    assert "coordinatrice" in page


def test_elsewhere_it_tells_no_figure_no_account_and_nothing_of_the_servers(
    client: Client, espace_repos: Structure
) -> None:
    page = client.get("/").content.decode()
    assert "/admin/" in page
    assert "coordinatrice" not in page
    assert "PostgreSQL" not in page
    assert "<table" not in page


def test_browsers_find_an_icon(client: Client) -> None:
    reponse = client.get("/favicon.ico", follow=True)
    assert reponse.status_code == 200
    assert reponse["Content-Type"] == "image/svg+xml"


def test_every_account_of_the_demonstration_is_told() -> None:
    assert set(COMPTES) == set(COMPTES_DE_LA_DEMO)


@pytest.mark.parametrize(
    ("valeur", "lue"),
    [
        (36741, "36_741"),
        (0, "0"),
        (1234567, "1_234_567"),
        (None, ""),
    ],
)
def test_counts_are_written_without_decimals(valeur: int | None, lue: str) -> None:
    assert valeur_lisible("passages", valeur) == insecable(lue)


@pytest.mark.parametrize(
    ("taux", "lu"),
    [
        ("0.9341", "93,4_%"),
        ("0.9345", "93,5_%"),
        ("1.0000", "100_%"),
        ("0.0000", "0_%"),
    ],
)
def test_rates_are_written_in_percent(taux: str, lu: str) -> None:
    assert valeur_lisible("taux_occupation", Decimal(taux)) == insecable(lu)


def test_differences_show_their_sign() -> None:
    assert ecart_lisible("passages", 5500) == insecable("+5_500")
    assert ecart_lisible("rencontres", -56) == "−56"
    assert ecart_lisible("maraudes_surface", 0) == "0"
    assert ecart_lisible("nuitees", None) == ""
    assert ecart_lisible("taux_occupation", Decimal("-0.0045")) == insecable("−0,5_point")
    assert ecart_lisible("taux_occupation", Decimal("0.0199")) == insecable("+2_points")
    assert ecart_lisible("taux_occupation", Decimal("-0.0002")) == insecable("0_point")


def test_changes_are_written_in_percent() -> None:
    assert evolution_lisible("passages", Decimal("17.6051")) == insecable("+17,6_%")
    assert evolution_lisible("rencontres", Decimal("-1.4304")) == insecable("−1,4_%")
    assert evolution_lisible("maraudes_surface", Decimal("0.0000")) == insecable("0_%")
    assert evolution_lisible("passages", None) == ""
    # A percentage of a percentage misleads: rates are compared in points.
    assert evolution_lisible("taux_occupation", Decimal("-0.4794")) == ""


def test_servers_are_asked() -> None:
    assert partie("PostgreSQL").bon
    assert partie("PostgreSQL").texte.startswith("version 18.")
    assert partie("Valkey").bon


def test_broker_away(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nulle/part.sock"
    assert partie("Valkey").bon is False
    assert partie("Worker Celery").bon is False
    assert partie("Beat Celery").bon is False


@pytest.mark.django_db(transaction=True)
def test_a_worker_answers_while_it_runs() -> None:
    assert partie("Worker Celery").bon is False
    with start_worker(app, pool="solo", perform_ping_check=False):
        assert attendre(lambda: partie("Worker Celery").bon is True)


@pytest.fixture
def beat(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    processus = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile=",
         "--schedule", str(tmp_path / "beat")],
        cwd=RACINE, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield processus
    processus.terminate()
    processus.wait(timeout=30)


def test_beat_gives_a_sign_of_life(beat: subprocess.Popen[bytes]) -> None:
    assert attendre(lambda: beat.poll() is not None or partie("Beat Celery").bon is True)
    assert beat.poll() is None
    assert partie("Beat Celery").texte.startswith("dernier signe de vie")


def test_silence_of_beat_is_seen() -> None:
    cache.set(PLANIFICATEUR, maintenant() - timedelta(minutes=4))
    assert partie("Beat Celery").bon is False
    cache.set(PLANIFICATEUR, maintenant() - timedelta(minutes=1))
    assert partie("Beat Celery").bon is True


def test_nights_and_their_check() -> None:
    assert partie("Occupation des nuits").bon is False
    assert partie("Contrôle des nuits").bon is None

    PlaceFactory(ouverte_le=aujourd_hui() - timedelta(days=5))
    recalculer_marques()
    MarqueNuits.objects.all().delete()
    assert partie("Occupation des nuits").bon is True
    assert "à reprendre" not in partie("Occupation des nuits").texte
    PlaceFactory()
    assert "à reprendre" in partie("Occupation des nuits").texte

    ControleOccupation.objects.create(lignes=1200, ecarts=0)
    texte = partie("Contrôle des nuits").texte
    assert texte.endswith(insecable("aucun écart sur 1_200 lignes"))
    ControleOccupation.objects.create(lignes=1200, ecarts=2)
    assert partie("Contrôle des nuits").bon is False
    assert "2 écarts sur" in partie("Contrôle des nuits").texte
