"""The catalogue and the series as they are asked for."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from indicateurs.catalogue import INDICATEURS, PAR_CODE, SAISIS
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import PassageFactory

pytestmark = pytest.mark.django_db
V1 = "/api/v1/indicateurs/"
DEMANDE = {"indicateur": "passages", "par": "trimestre", "annee": "2023", "ventilation": "genre"}


@pytest.fixture(autouse=True)
def passages(espace_repos: Structure, personne: Personne) -> Any:
    with time_machine.travel(datetime(2024, 5, 2, 9, tzinfo=UTC), tick=False):
        for mois in (1, 2, 2, 11):
            PassageFactory(
                structure=espace_repos,
                personne=personne,
                survenu_le=datetime(2023, mois, 5, 9, tzinfo=UTC),
            )
        yield


def test_the_catalogue_tells_every_figure(api: Api, coordinatrice: Utilisateur) -> None:
    lignes = api(coordinatrice).get(V1).json()["indicateurs"]
    assert [ligne["code"] for ligne in lignes] == [i.code for i in (*INDICATEURS, *SAISIS)]
    taux = next(ligne for ligne in lignes if ligne["code"] == "taux_occupation")
    assert taux["rapport"] == ["nuitees", "nuits_disponibles"]
    assert (taux["formule"], taux["additif"], taux["bilan"]) == ("taux_occupation-1", False, True)
    # Some only the house counts: the catalogue says which.
    assert {ligne["code"]: ligne["publie"] for ligne in lignes} == {
        i.code: i.publie for i in (*INDICATEURS, *SAISIS)
    }
    assert {ligne["publie"] for ligne in lignes} == {True, False}
    texte = api(coordinatrice).get(V1, headers={"Accept": "text/csv"}).content.decode()
    lues = list(csv.DictReader(io.StringIO(texte, newline="")))
    assert [ligne["code"] for ligne in lues] == [i.code for i in (*INDICATEURS, *SAISIS)]
    assert {ligne["additif"] for ligne in lues} == {"true", "false"}


def test_a_series_as_json_and_as_csv(
    api: Api, coordinatrice: Utilisateur, personne: Personne
) -> None:
    client = api(coordinatrice)
    reponse = client.get(f"{V1}series/", DEMANDE).json()
    assert reponse["formule"] == "passages-1"
    par_code = {serie["code"]: serie for serie in reponse["series"]}
    assert [p["valeur"] for p in par_code[None]["points"]] == [3, 0, 0, 1]
    assert [p["valeur"] for p in par_code[personne.genre]["points"]] == [3, 0, 0, 1]
    premier = par_code[None]["points"][0]
    assert reponse["periodes"][0] == {
        "periode": "2023-T1", "debut": "2023-01-01", "fin": "2023-04-01",
    }  # fmt: skip
    assert [p["periode"] for p in reponse["periodes"]] == [
        p["periode"] for p in par_code[None]["points"]
    ]
    # Counted now, its instant is that of the answer, and it is of no publication.
    assert set(premier) == {
        "periode", "valeur", "precedent", "ecart", "ecart_pct", "secret", "retire",
    }  # fmt: skip
    assert (premier["precedent"], premier["ecart"], premier["ecart_pct"]) == (0, 3, None)
    # Counts stay whole, in both forms.
    assert isinstance(premier["valeur"], int)
    texte = client.get(f"{V1}series/", DEMANDE | {"format": "csv"}).content.decode()
    lues = list(csv.DictReader(io.StringIO(texte, newline="")))
    assert [(ligne["code"], ligne["periode"], ligne["valeur"]) for ligne in lues] == [
        (serie["code"] or "_T", point["periode"], str(point["valeur"]))
        for serie in reponse["series"]
        for point in serie["points"]
    ]
    assert {ligne["connu_le"] for ligne in lues} == {reponse["connu_le"]}
    assert (lues[0]["debut"], lues[0]["fin"]) == ("2023-01-01", "2023-04-01")


@pytest.mark.parametrize(
    ("changes", "champ", "dit"),
    [
        ({"indicateur": None}, "indicateur", "obligatoire"),
        ({"par": None}, "par", "obligatoire"),
        ({"indicateur": "rien"}, "indicateur", ""),
        ({"par": "jour"}, "par", ""),
        ({"ventilation": "materiel"}, "ventilation", ", ".join(PAR_CODE["passages"].axes)),
        ({"ventilation": "secteur"}, "ventilation", ""),
        ({"annee": "2025"}, "annee", "Cette année n'a pas commencé."),
        ({"annee": "1999"}, "annee", ""),
        ({"structure": "nulle-part"}, "structure", "Référence inconnue."),
        ({"structure": "espace-repos-chapelle", "type": "CAARUD"}, "type", "pas les deux"),
        ({"du": "2023-01-01"}, "du", ""),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    api: Api, coordinatrice: Utilisateur, changes: dict[str, Any], champ: str, dit: str
) -> None:
    demande = {nom: v for nom, v in (DEMANDE | changes).items() if v is not None}
    for format in ("json", "csv"):
        reponse = api(coordinatrice).get(f"{V1}series/", demande | {"format": format})
        assert reponse.status_code == 400
        (erreur,) = reponse.json()["erreurs"]
        assert erreur["champ"] == champ
        assert dit in erreur["message"]


@pytest.mark.parametrize("code", [i.code for i in INDICATEURS if not i.publie])
def test_what_does_not_leave_the_house_is_told_apart(
    api: Api, coordinatrice: Utilisateur, code: str
) -> None:
    """Counted for a coordinator; asked for as it was published, it never was."""
    demande = {"indicateur": code, "par": "annee", "annee": "2023"}
    assert api(coordinatrice).get(f"{V1}series/", demande).status_code == 200
    for publie in ({"publie": "true"}, {"revision": "1"}):
        reponse = api(coordinatrice).get(f"{V1}series/", demande | publie)
        assert (reponse.status_code, reponse.json()["detail"]) == (
            404, "Cet indicateur n'est pas publié.",
        )  # fmt: skip
