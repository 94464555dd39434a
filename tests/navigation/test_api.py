"""The API's own pages, drawn by Swagger UI from the description that is served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from socle.models import Utilisateur
from tests.navigation.conftest import TAILLES, debordement, verifier_l_accessibilite

Ouvrir = Callable[..., Page]
VERBES = {"get", "post", "put", "patch", "delete"}
# What Swagger UI builds by itself, and no style sheet can mend.
SAUF = {"nested-interactive": "its operations are buttons that hold links"}


def derouler(page: Page) -> Iterator[set[str]]:
    """What has been drawn by then, from the top to the bottom: of many operations, only those that
    are in sight are."""
    page.locator(".opblock").first.wait_for()
    vues: set[str] = set()
    reste = True
    while reste:
        vues |= set(page.locator(".opblock").evaluate_all("les => les.map(e => e.id)"))
        yield vues
        reste = page.evaluate(
            """async () => {
                const avant = scrollY
                scrollBy(0, innerHeight / 2)
                for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame)
                return scrollY > avant
            }"""
        )


def test_every_operation_is_drawn(live_server: LiveServer, ouvrir: Ouvrir, client: Client) -> None:
    description = json.loads(client.get("/api/v1/schema/?format=json").content)
    operations = sum(len(VERBES & set(chemin)) for chemin in description["paths"].values())
    assert operations > 50

    page = ouvrir()
    page.goto(f"{live_server.url}/api/v1/docs/")
    *_, vues = derouler(page)
    assert len(vues) == operations
    expect(page.locator(".errors-wrapper")).to_have_count(0)


def test_an_operation_can_be_tried_with_a_token(
    live_server: LiveServer, ouvrir: Ouvrir, coordinatrice: Utilisateur
) -> None:
    from socle.models import Jeton

    secret, _ = Jeton.emettre(coordinatrice)
    page = ouvrir("tablette")
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.get_by_role("button", name="Authorize").first.click()
    # Beside the token of a device, which opens other doors.
    compte = page.locator(".modal-ux .auth-container").filter(has_text="connexion/")
    compte.locator("input").fill(secret)
    compte.get_by_role("button", name="Apply credentials").click()
    compte.get_by_role("button", name="Close").click()

    next(vues for vues in derouler(page) if "operations-secteurs-secteurs_list" in vues)
    operation = page.locator("#operations-secteurs-secteurs_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )


@pytest.mark.parametrize("taille", TAILLES)
def test_fits_and_can_be_read_at_every_size(
    taille: str, live_server: LiveServer, ouvrir: Ouvrir
) -> None:
    page = ouvrir(taille)
    page.goto(f"{live_server.url}/api/v1/docs/")
    expect(page.locator(".opblock").first).to_be_visible()

    assert debordement(page) == 0
    verifier_l_accessibilite(page, sauf=SAUF)
