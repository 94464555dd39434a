"""A uuid that is taken, sent by somebody else: a bare 409, whatever is behind it; nothing written.

Whether the record may be seen, is out of sight, or was deleted, nobody learns from its uuid more
than that it can't be used.
"""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from socle.models import Equipe, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    EquipeFactory,
    MaraudeFactory,
    PlaceFactory,
    SejourFactory,
    UtilisateurFactory,
    identifiant,
)
from tests.routes import CREATIONS, GARDES, adresse_de, creation, creer
from tests.tables import compter
from tests.test_acces import LUES

pytestmark = pytest.mark.django_db
NUE = {
    "type": "about:blank",
    "title": "Conflit",
    "status": 409,
    "detail": "Cet identifiant est déjà pris.",
}


@pytest.fixture
def autres(
    api: Api, espace_repos: Structure, autre_structure: Structure
) -> list[tuple[str, APIClient]]:
    """Everybody else who may make some record: colleagues of each role, and those of elsewhere."""
    trouves = []
    for role in ("INTERVENANT", "SOIGNANT", "COORDINATEUR", "ADMINISTRATEUR"):
        for structure in (espace_repos, autre_structure):
            compte = UtilisateurFactory(
                role=role, organisme=structure.organisme, structures=[structure]
            )
            trouves.append((f"{role} {structure.code}", api(compte)))
    reseau = UtilisateurFactory(coordinateur=True, organisme=None)
    return [*trouves, ("COORDINATEUR du réseau", api(reseau))]


def refus_nus(
    autres: list[tuple[str, APIClient]], adresse: str, corps: dict[str, Any]
) -> dict[str, Any]:
    """Send it as everybody else; what each got that is neither a bare 409 nor « not your role »."""
    avant, nus, bavards = compter(), 0, {}
    for qui, client in autres:
        reponse = client.post(adresse, corps)
        if reponse.status_code == 409 and reponse.json() == NUE and "ETag" not in reponse:
            nus += 1
        elif reponse.status_code != 403:
            bavards[qui] = (reponse.status_code, reponse.json())
    assert compter() == avant
    assert nus >= 2
    return bavards


@pytest.mark.parametrize("nom", CREATIONS)
def test_the_uuid_of_a_record(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
    autres: list[tuple[str, APIClient]],
    nom: str,
) -> None:
    adresse, la_sienne = adresse_de(f"{nom}-list"), creation(nom, espace_repos).corps
    premiere = api(coordinatrice).post(adresse, la_sienne)
    assert premiere.status_code == 201, premiere.json()
    # The very same request, and one that would be done by itself under another uuid.
    assert refus_nus(autres, adresse, la_sienne) == {}
    for structure in (espace_repos, autre_structure):
        autrement = {**creation(nom, structure).corps, "uuid": la_sienne["uuid"]}
        assert refus_nus(autres, adresse, autrement) == {}
    assert api(coordinatrice).post(adresse, la_sienne).status_code == 200


@pytest.mark.parametrize("nom", [nom for nom in CREATIONS if nom not in GARDES])
def test_the_uuid_of_what_was_deleted(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autres: list[tuple[str, APIClient]],
    nom: str,
) -> None:
    """What became of it is told to who had made it."""
    client, adresse = api(coordinatrice), adresse_de(f"{nom}-list")
    corps = creation(nom, espace_repos).corps
    assert client.post(adresse, corps).status_code == 201
    modele = type(creer(nom, espace_repos.organisme))
    modele.objects.get(pk=corps["uuid"]).delete()
    assert refus_nus(autres, adresse, corps) == {}
    refus = client.post(adresse, corps)
    assert refus.status_code == 409
    assert "supprimé" in refus.json()["detail"]


@pytest.mark.parametrize("supprimee", [False, True])
def test_the_uuid_of_an_encounter_in_a_batch(
    api: Api,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autres: list[tuple[str, APIClient]],
    supprimee: bool,
) -> None:
    corps = creation("rencontre", espace_repos).corps
    assert api(coordinatrice).post(adresse_de("rencontre-list"), corps).status_code == 201
    if supprimee:
        modele = type(creer("rencontre", espace_repos.organisme))
        modele.objects.get(pk=corps["uuid"]).delete()
    lot = {"rencontres": [creation("rencontre", espace_repos).corps, corps]}
    assert refus_nus(autres, adresse_de("rencontre-lot"), lot) == {}


def test_the_uuid_of_a_transfer(
    api: Api, coordinatrice: Utilisateur, autres: list[tuple[str, APIClient]]
) -> None:
    sejour = SejourFactory()
    corps = {"uuid": identifiant(), "place": str(PlaceFactory().pk), "jour": "2023-05-01"}
    adresse = adresse_de("sejour-transferer", sejour.pk)
    assert api(coordinatrice).post(adresse, corps).status_code == 201
    assert refus_nus(autres, adresse, corps) == {}
    # Nor by way of another stay, nor as a stay that is given.
    ailleurs = SejourFactory()
    assert refus_nus(autres, adresse_de("sejour-transferer", ailleurs.pk), corps) == {}
    donne = {**corps, "personne": str(ailleurs.personne_id), "arrivee": "2023-05-01"}
    del donne["jour"]
    assert refus_nus(autres, adresse_de("sejour-list"), donne) == {}


def test_the_uuid_of_a_hold(autres: list[tuple[str, APIClient]]) -> None:
    """No list shows it: its uuid is taken all the same."""
    retenue = SejourFactory(nature="RETENUE")
    corps = {
        "uuid": str(retenue.pk), "place": str(PlaceFactory().pk),
        "personne": str(retenue.personne_id), "arrivee": "2023-05-01",
    }  # fmt: skip
    assert refus_nus(autres, adresse_de("sejour-list"), corps) == {}


def test_a_visit_and_an_encounter_share_their_uuids(
    api: Api,
    intervenante: Utilisateur,
    equipe: Equipe,
    espace_repos: Structure,
    autres: list[tuple[str, APIClient]],
) -> None:
    """Both are contacts: the author's own uuid is no better there than anybody's."""
    moi = [("intervenante", api(intervenante))]
    for nom, autre in (("passage", "rencontre"), ("rencontre", "passage")):
        corps = creation(nom, espace_repos).corps
        assert moi[0][1].post(adresse_de(f"{nom}-list"), corps).status_code == 201
        autrement = {**creation(autre, espace_repos).corps, "uuid": corps["uuid"]}
        assert refus_nus([*autres, *moi], adresse_de(f"{autre}-list"), autrement) == {}


@pytest.mark.parametrize("nom", CREATIONS)
def test_the_uuid_of_another_kind_of_record_is_free(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, autre_equipe: Equipe, nom: str
) -> None:
    """Each kind has its own: what exists elsewhere under this uuid does not show."""
    maraude = MaraudeFactory(equipe=autre_equipe)
    cle = maraude.pk if nom != "maraude" else EquipeFactory(structure=espace_repos).pk
    corps = {**creation(nom, espace_repos).corps, "uuid": str(cle)}
    assert api(coordinatrice).post(adresse_de(f"{nom}-list"), corps).status_code == 201
    maraude.refresh_from_db()
    assert maraude.equipe == autre_equipe


def test_every_creation_is_tried() -> None:
    crees = {nom for nom, methode in LUES if methode == "post" and nom.endswith("-list")}
    assert crees == {f"{nom}-list" for nom in CREATIONS}
