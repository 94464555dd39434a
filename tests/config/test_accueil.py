"""The page at `/` says what there is, and figures and accounts only in the demonstration."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from socle.models import Structure
from tests.factories import PassageFactory

pytestmark = pytest.mark.django_db


def test_demonstration_shows_the_bilan_from_the_rows(
    client: Client, settings: Settings, espace_repos: Structure
) -> None:
    settings.DEMO = True
    PassageFactory.create_batch(3, structure=espace_repos, survenu_le="2023-05-04T12:00:00+02:00")
    page = client.get("/").content.decode()
    assert "<td>3</td>" in page
    assert "coordinatrice" in page


def test_elsewhere_it_tells_no_figure_and_no_account(
    client: Client, espace_repos: Structure
) -> None:
    page = client.get("/").content.decode()
    assert "/admin/" in page
    assert "coordinatrice" not in page
    assert "<table" not in page
