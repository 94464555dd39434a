"""Requests that arrive twice, in turn or at the same moment, and corrections that cross.

A tablet that hears no answer sends again; nothing is lost, nothing is there twice.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from hebergement.models import Sejour
from maraudes.models import Rencontre
from socle.models import Structure, Utilisateur
from tests.concurrence import courir
from tests.conftest import Api
from tests.factories import PlaceFactory, SejourFactory, identifiant
from tests.routes import CORRECTIONS, CREATIONS, adresse_de, creation, creer, table_de
from tests.tables import compter

# What a creation that is never corrected can say otherwise.
AUTREMENT: dict[str, dict[str, Any]] = {
    "accord-partage": {"donne_le": "2023-01-01"},
    "fusion": {"motif": "Vues ensemble."},
    "distinction": {"motif": "Vues ensemble."},
    "chiffre-saisi": {"valeur": 119},
}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("nom", CREATIONS)
def test_the_same_request_at_the_same_moment(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    demande, adresse = creation(nom, espace_repos), adresse_de(f"{nom}-list")
    reponses = courir(
        [partial(client.post, adresse, demande.corps) for _ in range(20)],
        demande.table,
        demande.cle,
    )
    statuts = [r.status_code for r in reponses]
    assert sorted(statuts) == [200] * 19 + [201], [r.json() for r in reponses]
    assert len({r.content for r in reponses}) == 1
    lignes = compter()
    assert client.post(adresse, demande.corps).status_code == 200
    assert compter() == lignes


@pytest.mark.parametrize("nom", CREATIONS)
def test_the_same_uuid_with_other_content_at_the_same_moment(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    """The second one is refused and told nothing, neither what is there nor by whom."""
    client = api(coordinatrice)
    client.raise_request_exception = False
    demande, adresse = creation(nom, espace_repos), adresse_de(f"{nom}-list")
    autrement: dict[str, Any] = AUTREMENT.get(nom) or CORRECTIONS[nom]
    reponses = courir(
        [
            partial(client.post, adresse, demande.corps),
            partial(client.post, adresse, {**demande.corps, **autrement}),
        ],
        demande.table,
        demande.cle,
    )
    assert sorted(r.status_code for r in reponses) == [201, 409], [r.json() for r in reponses]
    (refusee,) = (r for r in reponses if r.status_code == 409)
    assert set(refusee.json()) == {"type", "title", "status", "detail"}


def test_the_same_batch_at_the_same_moment(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    une = creation("rencontre", espace_repos)
    lot = {"rencontres": [{**une.corps, "uuid": identifiant()} for _ in range(3)]}
    reponses = courir(
        [partial(client.post, adresse_de("rencontre-lot"), lot) for _ in range(3)],
        une.table,
        une.cle,
    )
    assert sorted(r.status_code for r in reponses) == [200, 200, 201], [r.json() for r in reponses]
    assert Rencontre.objects.count() == 3


def test_a_batch_takes_up_what_was_sent_one_by_one(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    une = creation("rencontre", espace_repos)
    assert client.post(adresse_de("rencontre-list"), une.corps).status_code == 201
    lot = {"rencontres": [une.corps, {**une.corps, "uuid": identifiant()}]}
    assert client.post(adresse_de("rencontre-lot"), lot).status_code == 201
    assert client.post(adresse_de("rencontre-lot"), lot).status_code == 200
    lot["rencontres"][0]["issue"] = "REFUS"
    lot["rencontres"].append({**une.corps, "uuid": identifiant()})
    assert client.post(adresse_de("rencontre-lot"), lot).status_code == 409
    assert Rencontre.objects.count() == 2


def test_the_same_transfer_at_the_same_moment(api: Api, coordinatrice: Utilisateur) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    sejour = SejourFactory()
    corps = {"uuid": identifiant(), "place": str(PlaceFactory().pk), "jour": "2023-05-01"}
    adresse = adresse_de("sejour-transferer", sejour.pk)
    reponses = courir(
        [partial(client.post, adresse, corps) for _ in range(3)],
        "socle_personne",
        sejour.personne_id,
    )
    assert sorted(r.status_code for r in reponses) == [200, 200, 201], [r.json() for r in reponses]
    assert Sejour.objects.count() == 2


@pytest.mark.parametrize("nom", CORRECTIONS)
def test_two_corrections_with_the_same_etag(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    fiche = creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-detail", fiche.pk)
    etag = client.get(adresse)["ETag"]
    corriger = partial(client.patch, adresse, CORRECTIONS[nom], headers={"If-Match": etag})
    reponses = courir([corriger, corriger], table_de(fiche), fiche.pk)
    assert sorted(r.status_code for r in reponses) == [200, 412], [r.json() for r in reponses]
    faite, perimee = sorted(reponses, key=lambda r: r.status_code)
    assert perimee.json()["etat"] == faite.json() == client.get(adresse).json()
    assert perimee["ETag"] == faite["ETag"] != etag
