"""What is deleted while it is being corrected is gone: 404, and never an error of the server."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import resolve

from contacts.models import Contact
from hebergement.models import Sejour
from socle.models import Equipe, Structure, Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.formulaires import remplir
from tests.concurrence import Fil, attendre_bloques
from tests.conftest import Api
from tests.factories import (
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PlaceFactory,
    SejourFactory,
    identifiant,
)
from tests.routes import CREATIONS, GARDES, adresse_de, creation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "quoi",
    ["passage", "maraude", "orientation", "sejour", "sejour-cloturer", "sejour-transferer"],
)
def test_it_is_not_found(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, equipe: Equipe, quoi: str
) -> None:
    client = api(coordinatrice)
    objet: Any
    if quoi == "passage":
        objet = PassageFactory(structure=espace_repos)
        adresse = f"/api/v1/passages/{objet.pk}/"
        etag = client.get(adresse)["ETag"]

        def demander() -> Any:
            return client.patch(adresse, {"genre_observe": "F"}, HTTP_IF_MATCH=etag)

        objet = objet.contact
    elif quoi == "maraude":
        objet = MaraudeFactory(equipe=equipe)

        def demander() -> Any:
            return client.post(f"/api/v1/maraudes/{objet.pk}/demarrer/", {})
    elif quoi == "orientation":
        objet = OrientationFactory(structure_origine=espace_repos)

        def demander() -> Any:
            return client.post(f"/api/v1/orientations/{objet.pk}/annuler/", {"motif": "Erreur"})

    else:
        objet = SejourFactory(place__site__structure=espace_repos)
        adresse = f"/api/v1/sejours/{objet.pk}/"
        etag = client.get(adresse)["ETag"]
        sortie = {"motif_sortie": "ORIENTATION", "destination": "LHSS", "depart": "2023-05-01"}
        transfert = {"uuid": identifiant(), "jour": "2023-05-01", "place": str(PlaceFactory().pk)}

        def demander() -> Any:
            if quoi == "sejour":
                return client.patch(adresse, {"depart": "2023-05-01"}, HTTP_IF_MATCH=etag)
            verbe = quoi.removeprefix("sejour-")
            return client.post(
                f"{adresse}{verbe}/", {"cloturer": sortie, "transferer": transfert}[verbe]
            )

    with transaction.atomic():
        type(objet).objects.filter(pk=objet.pk).delete()
        fil = Fil(demander)
        attendre_bloques(1)
    reponse = fil.resultat()
    assert (reponse.status_code, reponse.json()["status"]) == (404, 404)
    assert not type(objet).objects.exists()


def test_a_desk_that_corrects_it_is_told(
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
    espace_repos: Structure,
) -> None:
    passage, sejour = PassageFactory(structure=espace_repos), SejourFactory()
    client = console(coordinatrice)
    for objet, lignes in ((passage, Contact.objects.all()), (sejour, Sejour.objects.all())):
        vers, donnees = remplir(client, page(type(objet), "change", objet.pk))

        def corriger(vers: str = vers, donnees: Any = donnees) -> Any:
            return console(coordinatrice).post(vers, donnees, follow=True)

        with transaction.atomic():
            lignes.delete()
            fil = Fil(corriger)
            attendre_bloques(1)
        assert "existe pas" in fil.resultat().content.decode()
        assert not lignes.exists()


@pytest.mark.parametrize("nul", ["0" * 32, "f" * 32])
def test_a_device_that_draws_no_identifier_is_told_so(
    api: Api, coordinatrice: Utilisateur, nul: str
) -> None:
    corps = {"uuid": nul, "pseudonyme": "Pie"}
    refus = api(coordinatrice).post("/api/v1/personnes/", corps)
    assert refus.status_code == 400
    assert [e["champ"] for e in refus.json()["erreurs"]] == ["uuid"]
    tire = api(coordinatrice).post("/api/v1/personnes/", {**corps, "uuid": identifiant()})
    assert tire.status_code == 201


@pytest.mark.parametrize("nom", [nom for nom in CREATIONS if nom not in GARDES])
def test_what_was_deleted_does_not_come_back_when_it_is_sent_again(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    """A coordinator has deleted a record that a tablet, which saw no answer, holds still."""
    client, adresse = api(coordinatrice), adresse_de(f"{nom}-list")
    corps = creation(nom, espace_repos).corps
    assert client.post(adresse, corps).status_code == 201
    assert client.post(adresse, corps).status_code == 200
    modele: Any = Contact if nom in {"passage", "rencontre"} else None
    modele = modele or resolve(adresse).func.cls.queryset.model
    modele.objects.get(pk=corps["uuid"]).delete()
    refus = client.post(adresse, corps)
    assert refus.status_code == 409
    assert "supprimé" in refus.json()["detail"]
    if nom == "rencontre":
        assert client.post(f"{adresse}lot/", {"rencontres": [corps]}).status_code == 409
    assert not modele.objects.filter(pk=corps["uuid"]).exists()
