"""A merge meets a write that holds what the merge needs, and needs what the merge holds: both are
done, and neither is given up by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from contacts.models import Contact
from coordination import fusions
from coordination.models import Orientation
from coordination.verrous import prendre
from socle.models import Equipe, Organisme, Personne, Structure, Utilisateur
from tests.concurrence import Fil, attendre_bloques, courir
from tests.conftest import Api
from tests.factories import (
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    RencontreFactory,
    identifiant,
)
from tests.routes import creation

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/api/v1"


@pytest.fixture
def client(
    api: Api, coordinatrice: Utilisateur, caplog: pytest.LogCaptureFixture
) -> Iterator[APIClient]:
    yield api(coordinatrice)
    dits = [dit.getMessage() for dit in caplog.get_records("call")]
    assert "transaction_reprise" not in dits


@pytest.fixture
def deux(organisme: Organisme) -> list[Personne]:
    """Two files, in the order of their keys, in which they were always locked."""
    return sorted(PersonneFactory.create_batch(2, organisme=organisme), key=lambda p: p.pk)


def fusionner(client: APIClient, gardee: Personne, alias: Personne) -> Callable[[], int]:
    corps = {"uuid": identifiant(), "gardee": str(gardee.pk), "alias": str(alias.pk)}
    return lambda: client.post(f"{V1}/fusions/", corps).status_code


def donner(client: APIClient, chemin: str, personne: Personne) -> Callable[[], int]:
    """The correction that gives a record to somebody."""
    corps = {"personne": str(personne.pk)}
    return lambda: client.patch(f"{V1}/{chemin}/", corps, headers={"If-Match": "*"}).status_code


def test_a_batch_that_names_them_the_other_way_round(
    client: APIClient, deux: list[Personne], equipe: Equipe, espace_repos: Structure
) -> None:
    basse, haute = deux
    une = {**creation("rencontre", espace_repos).corps}
    corps = {
        "rencontres": [
            {**une, "uuid": identifiant(), "personne": str(personne.pk)}
            for personne in (haute, basse)
        ]
    }
    issues = courir(
        [
            fusionner(client, haute, basse),
            lambda: client.post(f"{V1}/rencontres/lot/", corps).status_code,
        ],
        "socle_personne", basse.pk,
    )  # fmt: skip
    assert issues == [201, 201]
    assert haute.contacts.count() == 2


@pytest.mark.parametrize("nom", ["passages", "rencontres", "orientations"])
def test_a_record_that_is_given_to_the_other_file(
    client: APIClient, deux: list[Personne], equipe: Equipe, espace_repos: Structure, nom: str
) -> None:
    gardee, alias = deux
    ligne: Any = {
        "passages": lambda: PassageFactory(structure=espace_repos, personne=alias),
        "rencontres": lambda: RencontreFactory(
            maraude=MaraudeFactory(equipe=equipe, en_cours=True), personne=alias
        ),
        "orientations": lambda: OrientationFactory(
            personne=alias, structure_origine=espace_repos, structure=espace_repos
        ),
    }[nom]()
    issues = courir(
        [fusionner(client, gardee, alias), donner(client, f"{nom}/{ligne.pk}", gardee)],
        "socle_personne", gardee.pk,
    )  # fmt: skip
    assert issues == [201, 200]
    assert (Contact if nom != "orientations" else Orientation).objects.get().personne == gardee


def test_a_contact_that_is_told_to_be_of_whom_was_sent_on_from_it(
    client: APIClient, deux: list[Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    passage = PassageFactory(structure=espace_repos, personne=None)
    OrientationFactory(
        contact=passage.contact, personne=alias,
        structure_origine=espace_repos, structure=espace_repos,
    )  # fmt: skip
    with transaction.atomic():
        prendre(gardee.pk, alias.pk)
        fil = Fil(donner(client, f"passages/{passage.pk}", alias))
        attendre_bloques(1)
        fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    assert fil.resultat() == 200
    assert Contact.objects.get().personne == Orientation.objects.get().personne == gardee


def test_a_visit_that_names_the_alias_during_the_undoing(
    client: APIClient, deux: list[Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    fusion = fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    corps = {**creation("passage", espace_repos).corps, "personne": str(alias.pk)}
    issues = courir(
        [
            lambda: client.post(f"{V1}/fusions/{fusion.pk}/annuler/").status_code,
            lambda: client.post(f"{V1}/passages/", corps).status_code,
        ],
        "socle_personne", gardee.pk,
    )  # fmt: skip
    assert issues == [200, 201]
    assert Contact.objects.get().personne_id in {gardee.pk, alias.pk}
