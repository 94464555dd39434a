"""A real Chromium against a live server; whatever the browser complains of fails the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.navigateur import DRAPEAUX, AucunNavigateur, obtenir

# A desk, a tablet held upright, a telephone.
# As long as a page may take to load below, on a machine that has other work.
expect.set_options(timeout=20_000)
TAILLES = {"large": (1280, 900), "tablette": (820, 1180), "telephone": (390, 844)}
# A violation is told twice: by the console, and here with what it blocked.
SURVEILLER_LA_CSP = """
addEventListener('securitypolicyviolation', e =>
  console.error(`CSP : ${e.effectiveDirective} refuse ${e.blockedURI} (${e.sourceFile})`));
"""
REGLES_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Obtaining a Chromium may take minutes on a new machine: only the test itself is timed.
    for item in items:
        if "navigation" in item.path.parts:
            item.add_marker(pytest.mark.timeout(120, func_only=True))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program; without one the tests are skipped, or failed in CI, with what was tried."""
    absence = os.environ.get("CHROMIUM_ABSENT")
    if absence is None:
        try:
            return obtenir()
        except AucunNavigateur as erreur:
            absence = str(erreur)
    if os.environ.get("CI"):
        pytest.fail(absence, pytrace=False)
    pytest.skip(absence)


# One for a module, and not for the whole session: as long as it is open, Playwright's event loop
# runs in this thread, where tests of other kinds would find it. It starts in half a second.
@pytest.fixture(scope="module")
def navigateur(chromium: str) -> Iterator[Browser]:
    avant = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    with sync_playwright() as playwright:
        # Django sees that loop and would refuse the test's own queries; nothing here is async.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        navigateur = playwright.chromium.launch(
            executable_path=chromium, args=[*DRAPEAUX], chromium_sandbox=False
        )
        yield navigateur
        navigateur.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    if avant is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = avant


@pytest.fixture
def demo(live_server: LiveServer, settings: Settings) -> str:
    """The address of the service in the demonstration setting."""
    settings.DEMO = True
    return str(live_server.url)


class Plaintes(list[str]):
    """What the browser complained of. A test that provokes one takes it out with `attendue`."""

    def attendue(self, morceau: str) -> None:
        trouvees = [plainte for plainte in self if morceau in plainte]
        assert trouvees, f"rien ne contient « {morceau} » dans {list(self)}"
        self[:] = [plainte for plainte in self if plainte not in trouvees]


@pytest.fixture
def plaintes() -> Plaintes:
    return Plaintes()


@pytest.fixture
def ouvrir(
    navigateur: Browser, live_server: LiveServer, plaintes: Plaintes
) -> Iterator[Callable[[str], Page]]:
    """`ouvrir("tablette")` is a page of a new visitor, of that size.

    At the end of the test, a console error, a script's error, a refusal by the security policy, a
    failed request, an answer of 400 or more, or a request to any other host fails it.
    """
    contextes = []
    hote = urlsplit(str(live_server.url)).netloc

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            plaintes.append(f"console : {message.text}")

    def requete(demande: Request) -> None:
        adresse = urlsplit(demande.url)
        if adresse.scheme in {"http", "https", "ws", "wss"} and adresse.netloc != hote:
            plaintes.append(f"ailleurs : {demande.url}")

    def echec(demande: Request) -> None:
        plaintes.append(f"échec : {demande.url} ({demande.failure})")

    def reponse(recue: Response) -> None:
        if recue.status >= 400:
            plaintes.append(f"{recue.status} : {recue.url}")

    def nouvelle_page(taille: str = "large") -> Page:
        largeur, hauteur = TAILLES[taille]
        contexte = navigateur.new_context(
            viewport={"width": largeur, "height": hauteur},
            locale="fr-FR",
            timezone_id="Europe/Paris",
        )
        contextes.append(contexte)
        contexte.set_default_timeout(20_000)
        contexte.add_init_script(SURVEILLER_LA_CSP)
        page = contexte.new_page()
        page.on("console", console)
        page.on("pageerror", lambda erreur: plaintes.append(f"script : {erreur}"))
        page.on("request", requete)
        page.on("requestfailed", echec)
        page.on("response", reponse)
        return page

    yield nouvelle_page
    for contexte in contextes:
        for page in contexte.pages:
            page.wait_for_load_state("networkidle")
        contexte.close()
    assert list(plaintes) == []


def debordement(page: Page) -> int:
    """How many pixels of the page lie beyond its right edge."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def verifier_l_accessibilite(page: Page, sauf: dict[str, str] | None = None) -> None:
    """A language, one main title, a name for each field, then what axe-core finds (contrast…).

    `sauf` names the rules that the page is allowed to break, each with its reason.
    """
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("h1:visible").count() == 1
    sans_nom: Any = page.evaluate(
        """() => [...document.querySelectorAll('input, select, textarea')]
            .filter(champ => champ.type !== 'hidden' && champ.checkVisibility())
            .filter(champ => !champ.labels?.length && !champ.ariaLabel
                             && !champ.getAttribute('aria-labelledby'))
            .map(champ => champ.outerHTML)"""
    )
    assert sans_nom == []
    trouvees = Axe().run(page, options=REGLES_AXE).response["violations"]
    defauts = [
        f"{regle['id']} ({len(regle['nodes'])}) : {regle['nodes'][0]['html'][:200]}"
        for regle in trouvees
        if regle["id"] not in (sauf or {})
    ]
    assert defauts == []
