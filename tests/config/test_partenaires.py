"""The demonstration's partners pull both years at once, each within its perimeter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.config.demonstration import RACINE, Demonstration

pytestmark = pytest.mark.timeout(600)
# As the bilan of 2023 was told, of the espace de repos: value, and change on the year before.
COMMUNIQUE = {
    "passages": (36_741, 5_500), "file_active": (3_565, 1_000), "femmes": (380, 130),
    "actes_infirmiers": (3_010, 1_600), "actes_acces_aux_droits": (1_000, 360),
}  # fmt: skip
PASSAGES = "indicateurs/series/?indicateur=passages&par=annee&ventilation="


def test_the_agency_reads_the_figures_of_2023_to_the_unit(demonstration: Demonstration) -> None:
    ars = demonstration.client("ars")
    bilan = ars.get("indicateurs/bilan/?annee=2023&structure=espace-repos-chapelle")
    lus = {i["code"]: (i["valeur"], i["ecart"]) for i in bilan["indicateurs"]}
    assert {code: lus[code] for code in COMMUNIQUE} == COMMUNIQUE
    ensemble = ars.get("indicateurs/bilan/?annee=2023")
    # Of a year of which only the change is known: typed in, with its source.
    assert [
        (s["code"], s["valeur"], s["ecart_pct"], s["source_le"]) for s in ensemble["saisis"]
    ] == [("injonctions_therapeutiques", None, 18, "2023-11-30")]
    reseau = ensemble["indicateurs"]
    assert {i["code"]: i["valeur"] for i in reseau}["places_assore"] == 610
    publications = ars.get("indicateurs/publications/")["publications"]
    assert {(p["periode"], p["revision"]) for p in publications} == {("2022", 1), ("2023", 1)}
    assert all(p["masques"] for p in publications)


def test_each_within_its_perimeter(demonstration: Demonstration) -> None:
    ars, ville = demonstration.client("ars"), demonstration.client("ville")
    par_arrondissement = ville.get(PASSAGES + "arrondissement")["series"]
    assert {"75018", "75019"} <= {serie["code"] for serie in par_arrondissement}
    assert len(ars.get(PASSAGES + "structure")["series"]) > 5
    for client, ventilation in ((ville, "structure"), (ars, "arrondissement")):
        statut, corps, _ = client.demander("GET", PASSAGES + ventilation)
        assert statut == 403
        assert corps["detail"] == "Ces chiffres ne sont pas dans votre périmètre."
    for client in (ars, ville):
        for chemin in ("personnes/", "passages/", "sejours/", "structures/"):
            assert client.demander("GET", chemin)[0] == 403


def test_the_example_of_the_guide_draws_what_it_pulled(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    ars = demonstration.client("ars")
    dessin = tmp_path / "serie.png"
    variables: dict[str, Any] = {
        "MARAUDE_API": f"{demonstration.adresse}api/v1",
        "MARAUDE_JETON": ars.entetes["Authorization"].removeprefix("Bearer "),
        "MPLCONFIGDIR": str(tmp_path),
    }
    resultat = subprocess.run(
        [sys.executable, RACINE / "docs" / "exemples" / "tracer_une_serie.py", dessin],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert resultat.returncode == 0, resultat.stderr
    assert dessin.read_bytes().startswith(b"\x89PNG")
    series = ars.get("indicateurs/series/?indicateur=file_active&par=annee&ventilation=structure")
    for serie in series["series"][1:]:
        valeurs = " ".join(str(point["valeur"]) for point in serie["points"])
        assert f"{serie['libelle']} {valeurs}" in resultat.stdout
