"""The admin's theme speaks French, as the rest does."""

from __future__ import annotations

import gettext as catalogues
import re
from pathlib import Path

import unfold
from django.conf import settings
from django.utils.translation import gettext, ngettext

NOTRES = Path(settings.BASE_DIR) / "config" / "locale" / "fr" / "LC_MESSAGES"
MORCEAU = re.compile(r"""\{%\s*trans(?:late)?\s+(["'])(.+?)\1""")
# Pages of parts that the service doesn't use.
AILLEURS = re.compile(
    r"contrib/(constance|forms|guardian|import_export|location_field|simple_history)/|crispy"
)
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


def test_what_is_compiled_is_what_is_written() -> None:
    """`manage.py compilemessages` makes the one from the other; a placeholder is never lost."""
    texte = re.sub(r'"\n"', "", (NOTRES / "django.po").read_text())
    ecrits = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', texte, re.MULTILINE))
    with (NOTRES / "django.mo").open("rb") as fichier:
        compiles = catalogues.GNUTranslations(fichier)
    assert len(ecrits) > 50
    for anglais, francais in ecrits.items():
        assert compiles.gettext(anglais.replace('\\"', '"')) == francais.replace('\\"', '"')
        assert re.findall(r"%\(\w+\)s", anglais) == re.findall(r"%\(\w+\)s", francais)
