"""The page at `/` says what there is, and figures and accounts only in the demonstration."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from commun.horloge import aujourd_hui, maintenant
from config.accueil import COMPTES
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
    assert texte.endswith("aucun écart sur 1\N{NO-BREAK SPACE}200 lignes")
    ControleOccupation.objects.create(lignes=1200, ecarts=2)
    assert partie("Contrôle des nuits").bon is False
    assert "2 écarts sur" in partie("Contrôle des nuits").texte
