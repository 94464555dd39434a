"""A Chromium that is there is found, one that doesn't start is not believed, none is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import navigateur
from tests.navigateur import AucunNavigateur, Echec


def programme(chemin: Path, corps: str) -> Path:
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_text(f"#!/bin/sh\n{corps}\n")
    chemin.chmod(0o755)
    return chemin


@pytest.fixture(autouse=True)
def machine_nue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Chromium, on which no way gives one."""

    def refuser() -> Path:
        raise Echec("pas de réseau")

    monkeypatch.setattr(navigateur, "DOSSIER", tmp_path / "chromium")
    monkeypatch.setattr(navigateur, "MANIERES", {"paquet npm": refuser})
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    # Set, then deleted: what `preparer` puts there is undone too.
    for nom in ("CHROMIUM", "CHROMIUM_ABSENT", "CI"):
        monkeypatch.setenv(nom, "")
        monkeypatch.delenv(nom)
    return tmp_path


def test_one_that_does_not_start_is_left_for_the_next(chromium: str, machine_nue: Path) -> None:
    programme(machine_nue / "bin" / "chromium", "exit 1")
    bon = programme(
        machine_nue / "playwright" / "chromium_headless_shell-9" / "x" / "chrome-headless-shell",
        f'PATH=/usr/bin:/bin exec "{chromium}" "$@"',
    )

    assert navigateur.obtenir() == str(bon)


def test_the_one_that_is_named_is_not_replaced(
    machine_nue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    casse = programme(machine_nue / "casse", "exit 1")
    monkeypatch.setenv("CHROMIUM", str(casse))

    with pytest.raises(AucunNavigateur, match="casse ne démarre pas"):
        navigateur.obtenir()


def test_what_was_tried_is_told(machine_nue: Path) -> None:
    programme(machine_nue / "bin" / "google-chrome", "exit 1")

    message = navigateur.preparer([])

    assert "LES ESSAIS DANS UN NAVIGATEUR N'ONT PAS TOURNÉ" in message
    assert "google-chrome" in message
    assert "paquet npm : pas de réseau" in message
    assert os.environ["CHROMIUM_ABSENT"] in message


def test_a_few_other_tests_do_not_ask_for_one() -> None:
    assert navigateur.preparer(["tests/socle", "-k", "jeton"]) == ""
    assert "CHROMIUM_ABSENT" not in os.environ


def test_another_package_than_the_expected_one_is_refused(machine_nue: Path) -> None:
    programme(machine_nue / "bin" / "node", "exit 0")
    programme(machine_nue / "bin" / "npm", 'while [ "$1" != "--pack-destination" ]; do shift; done'
              '\necho autre > "$2/autre.tgz"')  # fmt: skip

    with pytest.raises(Echec, match=r"pas celui qui est attendu|x86-64"):
        navigateur.par_npm()
    assert not (machine_nue / "chromium").exists()
