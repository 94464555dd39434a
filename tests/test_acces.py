"""The access matrix: every endpoint × five roles × own or other organisme.

Each row names a route and a method, and the status that each role gets, in the order
intervenant, soignant, coordinateur, partenaire, administrateur; for a route to one record the
statuses are given for a record of the own organisme, then for one of another. A route without a
row fails.
"""

from __future__ import annotations

from typing import Any

import pytest

from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.routes import adresse_de, creer, methodes, routes

pytestmark = pytest.mark.django_db

ROLES = ("intervenante", "soignante", "coordinatrice", "ars", "administratrice")
TOUS = (200, 200, 200, 403, 200)
EQUIPES = (200, 200, 200, 403, 403)
# A verb or a correction sent empty: 400, 409 or 428 tell that the door is open.
OUVERT = "ouvert"
ECRIRE = (OUVERT, OUVERT, OUVERT, 403, 403)
RIEN = (404, 404, 404, 403, 403)
COORDINATION = (404, 404, 200, 403, 403)
ECRIRE_REFERENCE = (403, 403, OUVERT, 403, OUVERT)
COORDINATION_SEULE = (403, 403, OUVERT, 403, 403)
ECRIRE_COORDINATION = (404, 404, OUVERT, 403, 403)

LISTES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("structure-list", "get"): TOUS,
    ("equipe-list", "get"): TOUS,
    ("personne-list", "get"): EQUIPES,
    ("personne-list", "post"): ECRIRE,
    ("accord-partage-list", "get"): EQUIPES,
    ("accord-partage-list", "post"): ECRIRE,
    ("secteur-list", "get"): TOUS,
    ("maraude-list", "get"): EQUIPES,
    ("maraude-list", "post"): ECRIRE,
    ("rencontre-list", "get"): EQUIPES,
    ("rencontre-list", "post"): ECRIRE,
    ("rencontre-lot", "post"): ECRIRE,
    ("observation-list", "get"): EQUIPES,
    ("observation-list", "post"): ECRIRE,
    ("passage-list", "get"): EQUIPES,
    ("passage-list", "post"): ECRIRE,
    ("passage-presents", "get"): ECRIRE,
    ("acte-list", "get"): EQUIPES,
    ("acte-list", "post"): ECRIRE,
    ("materiel-list", "get"): EQUIPES,
    ("materiel-list", "post"): ECRIRE,
    ("site-list", "get"): TOUS,
    ("site-list", "post"): ECRIRE_REFERENCE,
    ("chambre-list", "get"): TOUS,
    ("chambre-list", "post"): ECRIRE_REFERENCE,
    ("place-list", "get"): TOUS,
    ("place-list", "post"): ECRIRE_REFERENCE,
    ("fermeture-list", "get"): EQUIPES,
    ("fermeture-list", "post"): COORDINATION_SEULE,
    ("sejour-list", "get"): EQUIPES,
    ("sejour-list", "post"): COORDINATION_SEULE,
    ("occupation-list", "get"): COORDINATION_SEULE,
    ("place-libre-list", "get"): EQUIPES,
    ("orientation-list", "get"): EQUIPES,
    ("orientation-list", "post"): ECRIRE,
    ("bilan", "get"): COORDINATION_SEULE,
    ("deconnexion", "post"): (204, 204, 204, 204, 204),
    ("sante-metier", "get"): (403, 403, 200, 403, 200),
}

# Route and method: statuses on a record of the own organisme, then of another.
FICHES: dict[tuple[str, str], tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    ("structure-detail", "get"): (TOUS, TOUS),
    ("equipe-detail", "get"): (TOUS, (404, 404, 200, 403, 200)),
    ("personne-detail", "get"): (EQUIPES, COORDINATION),
    ("personne-detail", "patch"): (ECRIRE, (404, 404, 403, 403, 403)),
    ("accord-partage-detail", "get"): (EQUIPES, RIEN),
    ("accord-partage-retirer", "post"): (ECRIRE, RIEN),
    ("secteur-detail", "get"): (TOUS, TOUS),
    ("maraude-detail", "get"): (EQUIPES, COORDINATION),
    ("maraude-detail", "patch"): (ECRIRE, ECRIRE_COORDINATION),
    ("maraude-demarrer", "post"): (ECRIRE, ECRIRE_COORDINATION),
    ("maraude-cloturer", "post"): (ECRIRE, ECRIRE_COORDINATION),
    ("maraude-annuler", "post"): (ECRIRE, ECRIRE_COORDINATION),
    ("maraude-resume", "get"): (EQUIPES, COORDINATION),
    ("rencontre-detail", "get"): (EQUIPES, COORDINATION),
    ("rencontre-detail", "patch"): (ECRIRE, ECRIRE_COORDINATION),
    ("observation-detail", "get"): (EQUIPES, COORDINATION),
    ("observation-detail", "patch"): (ECRIRE, ECRIRE_COORDINATION),
    ("site-detail", "get"): (TOUS, (404, 404, 200, 403, 200)),
    ("site-detail", "patch"): (ECRIRE_REFERENCE, ECRIRE_REFERENCE),
    ("chambre-detail", "get"): (TOUS, (404, 404, 200, 403, 200)),
    ("chambre-detail", "patch"): (ECRIRE_REFERENCE, ECRIRE_REFERENCE),
    ("place-detail", "get"): (TOUS, (404, 404, 200, 403, 200)),
    ("place-detail", "patch"): (ECRIRE_REFERENCE, ECRIRE_REFERENCE),
    ("fermeture-detail", "get"): (EQUIPES, COORDINATION),
    ("fermeture-detail", "patch"): (COORDINATION_SEULE, COORDINATION_SEULE),
    ("sejour-detail", "get"): (EQUIPES, COORDINATION),
    ("sejour-detail", "patch"): (COORDINATION_SEULE, COORDINATION_SEULE),
    ("sejour-transferer", "post"): (COORDINATION_SEULE, COORDINATION_SEULE),
    ("sejour-cloturer", "post"): (COORDINATION_SEULE, COORDINATION_SEULE),
    ("orientation-detail", "get"): (EQUIPES, COORDINATION),
    ("orientation-detail", "patch"): (ECRIRE, ECRIRE_COORDINATION),
    ("orientation-accepter", "post"): (ECRIRE, ECRIRE_COORDINATION),
    ("orientation-refuser", "post"): (ECRIRE, ECRIRE_COORDINATION),
    ("orientation-annuler", "post"): (ECRIRE, ECRIRE_COORDINATION),
    ("passage-detail", "get"): (EQUIPES, RIEN),
    ("passage-detail", "patch"): (ECRIRE, RIEN),
    ("acte-detail", "get"): (EQUIPES, RIEN),
    ("acte-detail", "patch"): (ECRIRE, RIEN),
    ("materiel-detail", "get"): (EQUIPES, RIEN),
    ("materiel-detail", "patch"): (ECRIRE, RIEN),
}

SANS_JETON = {"connexion", "schema", "docs", "sante-vivant", "sante-pret"}


def verifier(reponse: Any, attendu: Any, quoi: str) -> None:
    if attendu == OUVERT:
        assert reponse.status_code in {200, 201, 400, 409, 428}, f"{quoi} : {reponse.content!r}"
    else:
        assert reponse.status_code == attendu, f"{quoi} : {reponse.content!r}"


def test_every_route_has_a_row() -> None:
    manquantes = [
        (motif.name, methode)
        for _, motif in routes()
        if motif.name not in SANS_JETON
        for methode in methodes(motif)
        if (motif.name, methode) not in LISTES and (motif.name, methode) not in FICHES
    ]
    assert not manquantes


def test_every_row_has_a_route() -> None:
    presentes = {(motif.name, methode) for _, motif in routes() for methode in methodes(motif)}
    assert not (set(LISTES) | set(FICHES)) - presentes


@pytest.mark.parametrize("role", range(5), ids=ROLES)
@pytest.mark.parametrize(("nom", "methode"), LISTES, ids=str)
def test_lists(
    api: Api,
    request: pytest.FixtureRequest,
    espace_repos: Structure,
    nom: str,
    methode: str,
    role: int,
) -> None:
    actrice: Utilisateur = request.getfixturevalue(ROLES[role])
    reponse = getattr(api(actrice), methode)(adresse_de(nom))
    verifier(reponse, LISTES[nom, methode][role], f"{ROLES[role]} {methode} {nom}")


@pytest.mark.parametrize("role", range(5), ids=ROLES)
@pytest.mark.parametrize("portee", [0, 1], ids=["propre", "autre"])
@pytest.mark.parametrize(("nom", "methode"), FICHES, ids=str)
def test_records(
    api: Api,
    request: pytest.FixtureRequest,
    espace_repos: Structure,
    autre_structure: Structure,
    nom: str,
    methode: str,
    portee: int,
    role: int,
) -> None:
    actrice: Utilisateur = request.getfixturevalue(ROLES[role])
    organisme = (espace_repos, autre_structure)[portee].organisme
    fiche = creer(nom.rsplit("-", 1)[0], organisme)
    reponse = getattr(api(actrice), methode)(adresse_de(nom, fiche.pk))
    verifier(reponse, FICHES[nom, methode][portee][role], f"{ROLES[role]} {methode} {nom}")


@pytest.mark.parametrize(("nom", "methode"), [*LISTES, *FICHES], ids=str)
def test_without_a_token(api: Api, nom: str, methode: str) -> None:
    adresse = adresse_de(nom, "00000000-0000-7000-8000-000000000000")
    reponse = getattr(api(None), methode)(adresse)
    assert reponse.status_code == 401
    assert reponse["WWW-Authenticate"].startswith("Bearer")
