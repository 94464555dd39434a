"""Query parameters that are empty, repeated or contradict each other are errors, never ignored."""

from __future__ import annotations

from typing import Any

import pytest

from socle.models import Structure, Utilisateur
from tests.commun.test_mauvaises_requetes import FILTRES, VUES, verifier
from tests.conftest import Api
from tests.routes import adresse_de

pytestmark = pytest.mark.django_db
AVEC_DUREE = sorted({n for n, filtre, _ in FILTRES if filtre == "au" and n.endswith("-list")})
PARAMETRES = sorted(
    {(nom, filtre) for nom, filtre, _ in FILTRES}
    | {(nom, pages) for nom, _, _ in FILTRES for pages in ("curseur", "taille")}
)


def champs(reponse: Any) -> list[str]:
    return [erreur["champ"] for erreur in reponse.json()["erreurs"]]


def test_these_lists_have_a_range() -> None:
    assert {"acte-list", "sejour-list", "occupation-list", "fermeture-list"} <= set(AVEC_DUREE)
    assert all(VUES[nom].filterset_class.base_filters.keys() >= {"du", "au"} for nom in AVEC_DUREE)


@pytest.mark.parametrize("nom", AVEC_DUREE)
def test_a_range_that_ends_before_it_starts(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    client = api(coordinatrice)
    reponse = client.get(adresse_de(nom), {"du": "2026-11-05", "au": "2026-11-01"})
    verifier(reponse, 400)
    assert champs(reponse) == ["au"]
    for au in ("2026-11-05", "2026-11-06"):  # an empty range is still one
        assert client.get(adresse_de(nom), {"du": "2026-11-05", "au": au}).status_code == 200


@pytest.mark.parametrize(("nom", "parametre"), PARAMETRES)
def test_empty_or_repeated(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str, parametre: str
) -> None:
    client = api(coordinatrice)
    for requete in (f"{parametre}=", f"{parametre}=a&{parametre}=b"):
        reponse = client.get(f"{adresse_de(nom)}?{requete}")
        verifier(reponse, 400)
        assert champs(reponse) == [parametre], requete


@pytest.mark.parametrize(
    ("nom", "requete", "champ"),
    [
        ("asa-caarud", "annee=2023&structure=", "structure"),
        ("bilan", "annee=2023&structure=", "structure"),
        ("bilan", "annee=2023&annee=2022", "annee"),
        ("bilan", "annee=2023&type=", "type"),
        ("series", "indicateur=passages&par=mois&par=annee", "par"),
        ("series", "indicateur=passages&par=mois&ventilation=", "ventilation"),
        ("passage-presents", "structure=espace-repos-chapelle&structure=autre", "structure"),
        ("passage-presents", "structure=", "structure"),
    ],
)
def test_outside_the_lists_too(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    nom: str,
    requete: str,
    champ: str,
) -> None:
    reponse = api(coordinatrice).get(f"{adresse_de(nom)}?{requete}")
    verifier(reponse, 400)
    assert champs(reponse) == [champ]


def test_a_refusal_is_not_older_than_the_orientation(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    from tests.factories import OrientationFactory

    orientation = OrientationFactory(structure=espace_repos, structure_origine=espace_repos)
    avant = orientation.survenu_le.replace(year=orientation.survenu_le.year - 1)
    adresse = adresse_de("orientation-refuser", orientation.pk)
    corps = {"par": "PERSONNE", "motif": "Non"}
    reponse = api(coordinatrice).post(adresse, {**corps, "decidee_le": avant.isoformat()})
    verifier(reponse, 400)
    assert champs(reponse) == ["decidee_le"]
    orientation.refresh_from_db()
    assert orientation.decision == ""
    a_l_instant = {**corps, "decidee_le": orientation.survenu_le.isoformat()}
    assert api(coordinatrice).post(adresse, a_l_instant).status_code == 200
