"""Only who has arrived resolves an orientation, and an orientation agrees with its contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from commun.horloge import aujourd_hui, maintenant
from coordination.models import Orientation
from coordination.services import echoir_orientations, rapprocher_marques
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ContactFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db


def test_a_stay_to_come_resolves_nothing_until_its_day(
    personne: Personne, espace_repos: Structure
) -> None:
    orientation = OrientationFactory(personne=personne, structure=espace_repos)
    demain = aujourd_hui() + timedelta(days=1)
    place = PlaceFactory(site=SiteFactory(structure=espace_repos))
    sejour = SejourFactory(place=place, personne=personne, arrivee=demain)
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == "EN_COURS"
    with time_machine.travel(maintenant() + timedelta(days=1), tick=False):
        echoir_orientations()
    orientation.refresh_from_db()
    assert (orientation.statut, orientation.arrivee_sejour_id) == ("ABOUTIE", sejour.pk)


def test_a_visit_does_not_resolve_the_orientation_made_during_it(
    personne: Personne, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos, personne=personne)
    orientation = OrientationFactory(
        personne=personne,
        contact=passage.contact,
        structure_origine=espace_repos,
        structure=espace_repos,
        survenu_le=passage.contact.survenu_le,
    )
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == "EN_COURS"
    retour = PassageFactory(
        structure=espace_repos,
        personne=personne,
        survenu_le=passage.contact.survenu_le + timedelta(hours=1),
    )
    rapprocher_marques()
    orientation.refresh_from_db()
    assert (orientation.statut, orientation.arrivee_contact_id) == ("ABOUTIE", retour.pk)


@pytest.mark.parametrize("champ", ["personne", "structure_origine"])
def test_an_orientation_agrees_with_its_contact(
    api: Api,
    intervenante: Utilisateur,
    espace_repos: Structure,
    personne: Personne,
    champ: str,
) -> None:
    contact = ContactFactory(structure=espace_repos, personne=personne)
    autres = {
        "personne": PersonneFactory(organisme=personne.organisme),
        "structure_origine": SiteFactory(structure__organisme=personne.organisme).structure,
    }
    corps: dict[str, Any] = {
        "uuid": identifiant(),
        "contact": str(contact.pk),
        "structure": espace_repos.code,
        "saisi_le": maintenant().isoformat(),
    }
    client = api(intervenante)
    refus = client.post("/api/v1/orientations/", {**corps, champ: str(autres[champ].pk)})
    assert refus.status_code == 400
    assert [e["champ"] for e in refus.json()["erreurs"]] == [champ]
    assert not Orientation.objects.exists()
    faite = client.post("/api/v1/orientations/", corps)
    assert faite.status_code == 201, faite.json()
    assert faite.json()["personne"] == str(personne.pk)
    adresse = f"/api/v1/orientations/{corps['uuid']}/"
    correction = client.patch(adresse, {champ: str(autres[champ].pk)}, HTTP_IF_MATCH=faite["ETag"])
    assert correction.status_code == 400


def test_the_summary_tells_the_gender_of_visible_files_only(
    api: Api, intervenante: Utilisateur, equipe: Any, personne: Personne, autre_organisme: Any
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    cachee = PersonneFactory(organisme=autre_organisme, genre="F")
    RencontreFactory(maraude=maraude, personne=cachee, genre_observe="NON_RENSEIGNE")
    RencontreFactory(maraude=maraude, personne=personne, genre_observe="NON_RENSEIGNE")
    resume = api(intervenante).get(f"/api/v1/maraudes/{maraude.pk}/resume/").json()
    assert resume["rencontres"]["par_genre"] == {"NON_RENSEIGNE": 1, personne.genre: 1}
    assert resume["rencontres"]["connues"] == 2
