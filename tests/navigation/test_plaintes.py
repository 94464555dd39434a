"""The browser's complaints do reach the tests: each kind is provoked once."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.navigation.conftest import Plaintes

Ouvrir = Callable[..., Page]


def test_each_kind_of_complaint_is_collected(
    live_server: LiveServer, ouvrir: Ouvrir, plaintes: Plaintes
) -> None:
    page = ouvrir()
    page.goto(live_server.url)
    page.evaluate("console.error('un message du script')")
    plaintes.attendue("un message du script")

    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('une exception') })")
    plaintes.attendue("une exception")

    # The policy of the page lets no inline script run.
    with page.expect_event("console", lambda message: "CSP : script-src" in message.text):
        page.evaluate(
            "const s = document.createElement('script'); s.text = '1'; document.body.append(s)"
        )
    plaintes.attendue("CSP : script-src-elem refuse inline")
    plaintes.attendue("Content Security Policy")

    page.evaluate("fetch('/rien/').then(reponse => reponse.text())")
    plaintes.attendue(f"404 : {live_server.url}/rien/")
    plaintes.attendue("status of 404")

    page.evaluate("fetch('/static/accueil.css').then(reponse => reponse.text())")
    assert list(plaintes) == []
