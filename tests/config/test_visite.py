"""The tour of the README, taken for real against a running demonstration."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from indicateurs.demonstration.socle import CAPACITE_DE_DEMONSTRATION
from tests.config.demonstration import RACINE, Demonstration

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

FIN_DE_BLOC = "=-=-= "
# Each part of the tour, and the statuses that its calls must have, in order.
STATUTS = {
    "Tools of the tour": [],
    "A round underground": [201, 200],
    "Several people at once": [201, 201],
    "Material, act, observation, orientation": [201, 201, 201, 201, 200],
    "The visit that ends the orientation": [201, 201, 201],
    "A night": [201, 201, 200],
    "An error, read by someone tired": [201, 409],
    "The bilan of 2023": [],
}
BILAN = [
    "code,valeur,precedent,ecart,ecart_pct",
    "passages,36741,31241,5500,17.6051",
    "file_active,3565,2565,1000,38.9864",
    "femmes,380,250,130,52.0",
    "actes_infirmiers,3010,1410,1600,113.4752",
    "actes_acces_aux_droits,1000,640,360,56.25",
    "places_assore,610,510,100,19.6078",
]


def parties() -> dict[str, list[str]]:
    """The shell blocks of each part of the tour."""
    readme = (RACINE / "README.md").read_text()
    visite = readme.split("## A five-minute tour\n", 1)[1].split("\n## ", 1)[0]
    titrees = re.split(r"^### (.+)$", visite, flags=re.MULTILINE)[1:]
    return {
        titre: re.findall(r"^```sh\n(.*?)^```$", texte, re.MULTILINE | re.DOTALL)
        for titre, texte in zip(titrees[::2], titrees[1::2], strict=True)
    }


def visiter(adresse: str) -> dict[str, str]:
    """Paste every block into one shell, in order; what each part has printed."""
    script, titres = "", []
    for titre, blocs in parties().items():
        titres.append(titre)
        script += "".join(blocs) + f"\nprintf '\\n{FIN_DE_BLOC}\\n'\n"
    assert "http://127.0.0.1:8000/" in script
    resultat = subprocess.run(
        ["sh"],
        input=script.replace("http://127.0.0.1:8000/", adresse),
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    morceaux = resultat.stdout.split(f"\n{FIN_DE_BLOC}\n")
    assert len(morceaux) == len(titres) + 1, resultat.stdout
    return dict(zip(titres, morceaux, strict=False))


def objet(texte: str) -> Any:
    """The JSON object that a part ends with."""
    return json.loads(texte[texte.index("{\n") :])


def nuits(texte: str) -> list[list[int]]:
    """The figures of the lines that begin with a date."""
    return [
        [int(n) for n in ligne.split()[1:]]
        for ligne in texte.splitlines()
        if re.fullmatch(r"\d{4}-\d\d-\d\d( \d+)+", ligne)
    ]


def verifier(sorties: dict[str, str]) -> None:
    for titre, statuts in STATUTS.items():
        assert [int(s) for s in re.findall(r"(?<!\S)([1-5]\d\d) ", sorties[titre])] == statuts, (
            titre,
            sorties[titre],
        )
    assert sorties["A round underground"].split() == ["201", "PLANIFIEE", "200", "EN_COURS"]
    assert sorties["Several people at once"].split()[-1] == "4"

    resume = objet(sorties["Material, act, observation, orientation"])
    assert resume["statut"] == "CLOTUREE"
    assert resume["rencontres"] == {
        "total": 3,
        "connues": 1,
        "inconnues": 2,
        "refus": 1,
        "indisponibles": 0,
        "par_genre": {"F": 1, "H": 2},
    }
    assert resume["materiel"] == [{"materiel": "PIPE", "distribue": 2, "recupere": 1}]
    assert resume["actes"] == [{"categorie": "RDR", "nombre": 1}]
    assert (resume["observations"], resume["orientations"]) == (1, 1)
    assert len(resume["etapes_visitees"]) == 1
    assert len(resume["etapes_non_visitees"]) == 3

    visite = sorties["The visit that ends the orientation"]
    assert visite.index("EN_COURS") < visite.index("ABOUTIE")
    assert visite.count("Pansement refait, à revoir jeudi.\nNone\n") == 1
    presents, capacite = (int(n) for n in visite.split()[-2:])
    assert presents >= 1
    assert capacite == CAPACITE_DE_DEMONSTRATION

    # The first hotel before; then both, the one with a night more, the other with the next.
    avant, premier, second = (nuits(sorties["A night"])[n : n + 3] for n in (0, 3, 6))
    assert [n[1] for n in premier] == [avant[0][1] + 1, avant[1][1], avant[2][1]]
    assert premier[0][2] >= 1
    assert premier[1][5] >= 1
    assert second[1][4] >= 1
    assert second[2][3] >= 1

    refus = objet(sorties["An error, read by someone tired"])
    assert refus["status"] == 409
    assert refus["detail"] == "Cette place est déjà prise à ces dates."
    assert [o["type"] for o in refus["obstacles"]] == ["PLACE_OCCUPEE"]

    assert sorties["The bilan of 2023"].split() == BILAN


def test_tour_does_what_it_tells_and_again(demonstration: Demonstration) -> None:
    if shutil.which("curl") is None:
        assert "CI" not in os.environ, "La visite du README demande curl."
        pytest.skip("La visite du README demande curl.")
    assert list(parties()) == list(STATUTS)
    for _ in range(2):
        verifier(visiter(demonstration.adresse))
