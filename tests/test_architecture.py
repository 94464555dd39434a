"""The house's conventions: layers, names, words, pages. What a review would repeat is here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from commun.contraintes import MESSAGES
from socle.enums import JourSemaine

RACINE = Path(settings.BASE_DIR)
# From the ground up; rooms of one line don't know each other.
ETAGES = [
    {"auth", "contenttypes", "pghistory"},
    {"commun"},
    {"socle"},
    {"contacts"},
    {"maraudes", "hebergement", "accueil"},
    {"coordination"},
    {"indicateurs", "synchro"},
]
SALLES = ["commun", "socle", "contacts", "maraudes", "hebergement", "accueil", "coordination",
          "indicateurs", "synchro"]  # fmt: skip
FICHIERS = {
    "__init__", "apps", "enums", "models", "querysets", "services", "tasks", "admin", "signals",
    "serializers", "viewsets", "filters", "permissions", "urls", "views",
    # The shared room, and what a room holds of its own.
    "contraintes", "fonctions", "historique", "horloge", "errors", "fields", "pagination",
    "parsers", "schema", "authentication", "occupation", "obstacles", "decisions", "resume",
    "bilan", "catalogue", "calcul", "mesures", "operations", "periodes", "perimetres",
    "publications", "renderers", "reprise", "secret", "series", "sources", "validators",
    "negotiation", "jsonstat", "tableur", "fusions", "doublons", "indicateur", "saisis",
    "presentation", "chaine", "bornes", "verrous", "rapports", "faits", "conditions",
    "attente", "gestes", "retenues", "lieux", "sejours", "demandes", "propositions",
    "flux", "nombres",
    "preuve",
    "appariement", "calendrier", "relogement", "relogements", "fermetures", "contingents",
    "presences", "annonces",
    "deces", "preuves", "scellement", "verbes", "lecture", "jugement", "appareils", "client",
}  # fmt: skip
# Days and ranges that the definitions name otherwise; every other date or time ends in `_le`.
DATES_NOMMEES = {
    "jour",
    "mois",
    "jour_prevu",
    "debut",
    "fin",
    "du",
    "au",
    "arrivee",
    "depart",
    "presences_depuis",
    "garde_jusqu_au",
}
DE_DJANGO = {"last_login", "password", "is_active", "is_superuser", "groups", "user_permissions"}


def etage(application: str) -> int:
    return next(rang for rang, salles in enumerate(ETAGES) if application in salles)


def modeles() -> list[Any]:
    return [
        m for m in apps.get_models()
        if m._meta.app_label in SALLES and not hasattr(m, "pgh_tracked_model")
    ]  # fmt: skip


def modules(salle: str) -> Iterator[Path]:
    for chemin in (RACINE / salle).rglob("*.py"):
        if "migrations" not in chemin.parts:
            yield chemin


def test_model_relations_go_down_only() -> None:
    """A foreign key written as a string escapes the linter of imports."""
    for modele in modeles():
        ici = modele._meta.app_label
        for champ in (*modele._meta.fields, *modele._meta.many_to_many):
            if champ.remote_field is None:
                continue
            autre = champ.related_model._meta.app_label
            assert autre == ici or etage(autre) < etage(ici), f"{modele.__name__}.{champ.name}"


def test_every_model_says_who_may_see_its_rows() -> None:
    for modele in modeles():
        assert hasattr(modele._default_manager, "visibles_par"), modele


def test_every_constraint_speaks_french() -> None:
    for modele in modeles():
        for contrainte in modele._meta.constraints:
            technique = isinstance(contrainte, models.UniqueConstraint) and (
                contrainte.name in {"acces_personne_unique", "chambre_de_son_site"}
                or contrainte.name.startswith(("occupation_", "orientation_un_"))
            )
            message = contrainte.violation_error_message
            propre = message != contrainte.default_violation_error_message
            assert technique or propre, f"{contrainte.name} n'a pas de message"
            if propre:
                assert str(message).endswith("."), contrainte.name


def test_every_raw_constraint_has_its_message() -> None:
    """Those that triggers and SQL migrations raise by name."""
    levees = {
        nom
        for chemin in RACINE.glob("*/migrations/*.py")
        for nom in re.findall(r"CONSTRAINT = '(\w+)'", chemin.read_text())
    }
    assert levees
    assert levees <= set(MESSAGES)


def test_names_are_french_in_ascii_and_times_end_in_le() -> None:
    for modele in modeles():
        assert modele.__name__.isascii()
        for champ in modele._meta.fields:
            if champ.name in DE_DJANGO:
                continue
            assert champ.name.isascii(), champ.name
            if isinstance(champ, models.DateField):
                assert champ.name.endswith("_le") or champ.name in DATES_NOMMEES, (
                    f"{modele.__name__}.{champ.name}"
                )


GLOSSAIRE = (RACINE / "docs" / "glossaire.md").read_text()


def test_every_model_and_every_value_is_in_the_glossary() -> None:
    manquants = [m.__name__ for m in modeles() if f"`{m.__name__}`" not in GLOSSAIRE]
    for salle in SALLES:
        try:
            enums = import_module(f"{salle}.enums")
        except ModuleNotFoundError:
            continue
        for nom, classe in vars(enums).items():
            if not (isinstance(classe, type) and issubclass(classe, models.Choices)):
                continue
            if classe is JourSemaine:  # one line for the seven
                continue
            manquants += [
                f"{nom}.{valeur}" for valeur in classe.names
                if f"`{nom}.{valeur}`" not in GLOSSAIRE
            ]  # fmt: skip
    assert not manquants


@pytest.mark.parametrize("salle", SALLES)
def test_files_have_the_names_of_every_room(salle: str) -> None:
    for chemin in modules(salle):
        relatif = chemin.relative_to(RACINE / salle)
        if relatif.parts[0] in {"management", "demonstration"}:
            continue
        # A module that outgrew 400 lines is a package of the same name.
        premier = relatif.parts[0].removesuffix(".py")
        assert premier in FICHIERS | {"api", "templates", "static"}, chemin
        if premier == "api":
            assert relatif.stem in FICHIERS, chemin


def test_no_module_outgrows_four_hundred_lines() -> None:
    for salle in [*SALLES, "config"]:
        for chemin in modules(salle):
            assert len(chemin.read_text().splitlines()) <= 400, chemin


def test_the_project_speaks_of_itself_alone() -> None:
    """No address of a registry in a lock, no path of somebody's machine."""
    for chemin in (RACINE / "requirements").iterdir():
        assert "://" not in chemin.read_text(), chemin


def test_no_two_advisory_locks_have_the_same_number() -> None:
    """Two that do would wait for each other's work without a reason that anybody could read."""
    numeros = [
        (numero, chemin.relative_to(RACINE))
        for salle in SALLES
        for chemin in modules(salle)
        for numero in re.findall(r"^VERROU\w* = ([\d_]+)$", chemin.read_text(), re.MULTILINE)
    ]
    assert len(numeros) >= 5
    assert len({numero for numero, _ in numeros}) == len(numeros), numeros
