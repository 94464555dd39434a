"""A visit: who came, when, to which day it belongs, who is still here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accueil.models import Passage
from commun.horloge import maintenant
from contacts.models import Contact
from socle.models import Organisme, Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import PassageFactory, StructureFactory, identifiant

pytestmark = pytest.mark.django_db
URL = "/api/v1/passages/"


def demande(**champs: Any) -> dict[str, Any]:
    return {
        "uuid": identifiant(),
        "structure": "espace-repos-chapelle",
        "saisi_le": "2026-10-12T10:00:00+02:00",
        **champs,
    }


def test_anonymous_visit(api: Api, intervenante: Utilisateur, espace_repos: Structure) -> None:
    corps = demande()
    reponse = api(intervenante).post(URL, corps)
    assert reponse.status_code == 201, reponse.json()
    assert reponse["ETag"]
    passage = reponse.json()
    assert set(passage) >= {
        "uuid",
        "structure",
        "personne",
        "genre_observe",
        "tranche_age_observee",
        "saisi_le",
        "survenu_le",
        "recu_le",
        "parti_le",
    }
    assert passage["structure"] == str(espace_repos.pk)
    assert passage["survenu_le"] == passage["saisi_le"]
    contact = Contact.objects.get(pk=corps["uuid"])
    assert (contact.cadre, contact.issue, contact.auteur) == ("ACCUEIL", "ECHANGE", intervenante)


def test_replay_and_clash(
    api: Api,
    intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur,
    espace_repos: Structure,
) -> None:
    corps = demande()
    client = api(intervenante)
    premiere = client.post(URL, corps)
    adresse = f"{URL}{corps['uuid']}/"
    client.patch(adresse, {"genre_observe": "F"}, headers={"If-Match": premiere["ETag"]})
    rejeu = client.post(URL, corps)
    assert rejeu.status_code == 200
    assert rejeu.json()["genre_observe"] == "F"
    assert client.post(URL, {**corps, "genre_observe": "H"}).status_code == 409
    ailleurs = api(intervenante_ailleurs).post(URL, corps)
    assert ailleurs.status_code == 409
    assert set(ailleurs.json()) == {"type", "title", "status", "detail"}
    assert Passage.objects.count() == 1


def test_correction_needs_the_version(
    api: Api, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    client = api(intervenante)
    passage = PassageFactory(structure=espace_repos)
    adresse = f"{URL}{passage.pk}/"
    parti = {"parti_le": (maintenant() + timedelta(hours=1)).isoformat()}
    assert client.patch(adresse, parti).status_code == 428
    etag = client.get(adresse)["ETag"]
    assert client.patch(adresse, parti, headers={"If-Match": etag}).status_code == 200
    perimee = client.patch(adresse, parti, headers={"If-Match": etag})
    assert perimee.status_code == 412
    assert perimee.json()["etat"]["uuid"] == str(passage.pk)
    assert perimee["ETag"] != etag


def test_departure_before_arrival(
    api: Api, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    corps = demande(parti_le="2026-10-12T09:00:00+02:00")
    reponse = api(intervenante).post(URL, corps)
    assert reponse.status_code == 400
    assert reponse.json()["erreurs"][0]["champ"] == "parti_le"
    assert not Contact.objects.exists()


def test_only_coordination_corrects_the_hour(
    api: Api, intervenante: Utilisateur, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    adresse = f"{URL}{passage.pk}/"
    corps = {"survenu_le": "2026-10-11T10:00:00+02:00"}
    for actrice, statut in ((intervenante, 403), (coordinatrice, 200)):
        client = api(actrice)
        etag = client.get(adresse)["ETag"]
        assert client.patch(adresse, corps, headers={"If-Match": etag}).status_code == statut


@pytest.mark.parametrize(
    ("saisi_le", "jour"),
    [
        ("2026-10-13T05:59:00+02:00", "2026-10-12"),
        ("2026-10-13T06:00:00+02:00", "2026-10-13"),
        ("2026-10-25T05:30:00+01:00", "2026-10-24"),  # the clocks went back that night
        ("2026-03-29T06:10:00+02:00", "2026-03-29"),  # and forward that one
    ],
)
def test_day_of_a_night_centre(
    api: Api, intervenante: Utilisateur, organisme: Organisme, saisi_le: str, jour: str
) -> None:
    nuit = StructureFactory(organisme=organisme, accueil_de_nuit=True)
    reponse = api(intervenante).post(URL, demande(structure=nuit.code, saisi_le=saisi_le))
    assert reponse.json()["jour"] == jour


def test_who_is_here(
    api: Api, intervenante: Utilisateur, espace_repos: Structure, autre_structure: Structure
) -> None:
    PassageFactory.create_batch(3, structure=espace_repos)
    PassageFactory(structure=espace_repos, parti_le=maintenant() + timedelta(minutes=1))
    PassageFactory(structure=espace_repos, survenu_le=maintenant() - timedelta(days=2))
    PassageFactory(structure=autre_structure)
    client = api(intervenante)
    reponse = client.get(f"{URL}presents/?structure=espace-repos-chapelle").json()
    assert (reponse["presents"], reponse["capacite"]) == (3, 40)
    assert len(reponse["passages"]) == 3
    assert client.get(f"{URL}presents/?structure=autre-accueil").status_code == 400
    assert client.get(f"{URL}presents/").status_code == 400


def test_hidden_person_is_unknown(
    api: Api,
    intervenante: Utilisateur,
    espace_repos: Structure,
    personne_ailleurs: Personne,
) -> None:
    client = api(intervenante)
    cachee = client.post(URL, demande(personne=str(personne_ailleurs.pk)))
    absente = client.post(URL, demande(personne=identifiant()))
    assert cachee.status_code == absente.status_code == 400
    assert cachee.json() == absente.json()
    assert not Contact.objects.exists()


def test_same_queries_at_one_and_many(
    api: Api,
    intervenante: Utilisateur,
    espace_repos: Structure,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = api(intervenante)
    for nombre in (1, 7):
        PassageFactory.create_batch(nombre, structure=espace_repos)
        with django_assert_num_queries(2):
            client.get(URL)


def test_cursor_walks_the_whole_list(
    api: Api, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    client = api(intervenante)
    instant = maintenant()
    PassageFactory.create_batch(5, structure=espace_repos, survenu_le=instant)
    vus: list[str] = []
    adresse = f"{URL}?taille=2"
    while adresse:
        page = client.get(adresse).json()
        vus += [passage["uuid"] for passage in page["resultats"]]
        adresse = page["suivant"]
    assert len(vus) == len(set(vus)) == 5
    assert client.get(f"{URL}?curseur=xyz").status_code == 400
    assert client.get(f"{URL}?curseur=cD1hYmM%3D").status_code == 400
    assert client.get(f"{URL}?inconnu=1").json()["erreurs"][0]["champ"] == "inconnu"
