"""The admin's theme speaks French, as the rest does."""

from __future__ import annotations

import re
from pathlib import Path

import unfold
from django.utils.translation import gettext, ngettext

from commun.traductions import FRANCAIS

MORCEAU = re.compile(r"""\{%\s*trans(?:late)?\s+(["'])(.+?)\1""")
# Pages of parts that the service doesn't use.
AILLEURS = re.compile(r"contrib/(constance|guardian|simple_history|forms|location_field)/|crispy")
PAREILS = {"Action", "Description", "Date"}


def test_every_word_of_the_theme_that_is_used_has_its_translation() -> None:
    racine = Path(unfold.__file__).parent
    mots = {
        mot
        for page in racine.rglob("*.html")
        if not AILLEURS.search(page.as_posix())
        for _, mot in MORCEAU.findall(page.read_text())
    }

    assert len(mots) > 50
    assert sorted(mot for mot in mots if gettext(mot) == mot and mot not in PAREILS) == []


def test_words_of_django_are_kept() -> None:
    assert gettext("Log out") == "Déconnexion"
    assert ngettext("%(num)d year", "%(num)d years", 1) == "%(num)d année"
    assert ngettext("%(num)d year", "%(num)d years", 2) == "%(num)d ans"


def test_placeholders_are_kept() -> None:
    for anglais, francais in FRANCAIS.items():
        assert re.findall(r"%\(\w+\)s", anglais) == re.findall(r"%\(\w+\)s", francais)
