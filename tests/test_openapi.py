"""The committed description of the API is what the code says, without a warning."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.contrib.admindocs.views import simplify_regex

from tests.commun.test_mauvaises_valeurs import ANGLAIS
from tests.routes import methodes, routes

RACINE = Path(__file__).resolve().parent.parent


def test_committed_file_is_current(tmp_path: Path) -> None:
    """Run apart: the generator remembers its warnings for the life of a process."""
    produite = tmp_path / "openapi.yaml"
    resultat = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "spectacular",
            "--validate",
            "--fail-on-warn",
            "--file",
            str(produite),
        ],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr
    committee = (RACINE / "docs" / "openapi.yaml").read_text()
    assert produite.read_text() == committee, "Lancez « make schema » et relisez la différence."


def test_it_speaks_french() -> None:
    """What is documented for who builds stays inside; what is told to who calls is in French."""
    contenu = yaml.safe_load((RACINE / "docs" / "openapi.yaml").read_text())

    def textes(noeud: Any) -> Iterator[str]:
        if isinstance(noeud, dict):
            for cle, valeur in noeud.items():
                if cle in {"description", "summary", "title"} and isinstance(valeur, str):
                    yield valeur
                yield from textes(valeur)
        elif isinstance(noeud, list):
            for valeur in noeud:
                yield from textes(valeur)

    anglais = {texte for texte in textes(contenu) if ANGLAIS.search(texte)}
    assert not anglais


# Pages, and questions of a load balancer: no client is made for them.
NON_DECRITES = {"/api/v1/schema/", "/api/v1/docs/", "/sante/vivant/", "/sante/pret/"}


def test_no_operation_is_left_out() -> None:
    contenu = yaml.safe_load((RACINE / "docs" / "openapi.yaml").read_text())
    decrites = {
        (chemin, methode)
        for chemin, operations in contenu["paths"].items()
        for methode in operations
    }
    servies = {
        (simplify_regex(adresse.replace("\\Z", "")).replace("<", "{").replace(">", "}"), methode)
        for adresse, motif in routes()
        for methode in methodes(motif)
    }
    assert {(c.replace("uuid:", ""), m) for c, m in servies if c not in NON_DECRITES} == decrites


def test_every_operation_is_described() -> None:
    contenu = yaml.safe_load((RACINE / "docs" / "openapi.yaml").read_text())
    muettes = [
        operation["operationId"]
        for chemin in contenu["paths"].values()
        for operation in chemin.values()
        if not operation.get("description")
    ]
    assert not muettes


def test_a_record_leads_to_what_can_be_done_with_it() -> None:
    """A transfer answers the stay that follows: its links are those of any stay."""
    contenu = yaml.safe_load((RACINE / "docs" / "openapi.yaml").read_text())
    fiche = "/api/v1/sejours/{uuid}/"
    suites = {
        operation["operationId"]
        for chemin, operations in contenu["paths"].items()
        if chemin.startswith(fiche)
        for operation in operations.values()
    }
    transfert = contenu["paths"][f"{fiche}transferer/"]["post"]["responses"]["201"]
    assert set(transfert["links"]) == suites
    assert "ETag" in transfert["headers"]
    correction = contenu["components"]["links"]["sejours_partial_update"]
    assert correction["parameters"] == {
        "path.uuid": "$response.body#/uuid",
        "header.If-Match": "$response.header.ETag",
    }
