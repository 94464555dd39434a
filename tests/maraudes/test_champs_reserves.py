"""What is hidden of an encounter is neither written nor uncovered by who may not read it."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Contact
from maraudes.models import Rencontre
from socle.models import Equipe, Personne, Utilisateur
from tests.conftest import Api
from tests.factories import PersonneFactory, RencontreFactory, SecteurFactory, UtilisateurFactory

pytestmark = pytest.mark.django_db
OBSERVES = ("genre_observe", "tranche_age_observee")


@pytest.fixture
def rencontre(equipe: Equipe, personne: Personne) -> Rencontre:
    """Of the first organisme, with somebody that it knows."""
    faite: Rencontre = RencontreFactory(
        maraude__equipe=equipe, personne=personne, genre_observe="H"
    )
    Contact.objects.filter(pk=faite.pk).update(tranche_age_observee="MINEUR")
    return faite


@pytest.fixture(params=["d'ailleurs", "du réseau"])
def coordinatrice_autre(
    request: pytest.FixtureRequest, coordinatrice_ailleurs: Utilisateur
) -> Utilisateur:
    if request.param == "d'ailleurs":
        return coordinatrice_ailleurs
    reseau: Utilisateur = UtilisateurFactory(coordinateur=True, organisme=None)
    return reseau


def adresse(rencontre: Rencontre) -> str:
    return f"/api/v1/rencontres/{rencontre.pk}/"


def corriger(client: Any, rencontre: Rencontre, corps: dict[str, Any]) -> Any:
    etag = client.get(adresse(rencontre))["ETag"]
    return client.patch(adresse(rencontre), corps, headers={"If-Match": etag})


def test_who_may_not_read_it_hears_the_same_whatever_is_guessed(
    api: Api, coordinatrice_autre: Utilisateur, rencontre: Rencontre, personne: Personne
) -> None:
    client = api(coordinatrice_autre)
    avant = Contact.objects.filter(pk=rencontre.pk).values().get()
    lue = client.get(adresse(rencontre))
    assert [lue.json()[nom] for nom in OBSERVES] == [None, None]
    essais: list[dict[str, Any]] = [{"genre_observe": genre} for genre in ("F", "H", None, "?", 7)]
    essais += [{"tranche_age_observee": age} for age in ("MINEUR", "DE_18_A_24")]
    autre = PersonneFactory(organisme=personne.organisme)
    essais += [{"personne": cle} for cle in (None, str(personne.pk), str(autre.pk), "?")]
    essais += [{"secteur": SecteurFactory(station=True).code, "personne": None}]
    reponses = [corriger(client, rencontre, essai) for essai in essais]
    assert {(r.status_code, r.content) for r in reponses} == {(403, reponses[0].content)}
    assert "l'organisme qui l'a rencontrée" in reponses[0].json()["detail"]
    assert Contact.objects.filter(pk=rencontre.pk).values().get() == avant
    assert client.get(adresse(rencontre))["ETag"] == lue["ETag"]
    rencontre.refresh_from_db()
    assert rencontre.secteur_id is None


def test_the_rest_of_it_is_corrected_and_tells_nothing(
    api: Api, coordinatrice_autre: Utilisateur, rencontre: Rencontre
) -> None:
    reponse = corriger(api(coordinatrice_autre), rencontre, {"issue": "REFUS"})
    assert reponse.status_code == 200
    assert [reponse.json()[nom] for nom in OBSERVES] == [None, None]
    perimee = api(coordinatrice_autre).patch(
        adresse(rencontre), {"personne": None}, headers={"If-Match": '"0-0"'}
    )
    assert perimee.status_code == 412
    assert [perimee.json()["etat"][nom] for nom in OBSERVES] == [None, None]


def test_who_met_the_person_corrects_all_of_it(
    api: Api, intervenante: Utilisateur, coordinatrice: Utilisateur, rencontre: Rencontre
) -> None:
    for compte, genre in ((intervenante, "F"), (coordinatrice, "H")):
        reponse = corriger(api(compte), rencontre, {"genre_observe": genre})
        assert (reponse.status_code, reponse.json()["genre_observe"]) == (200, genre)
    sans = corriger(api(intervenante), rencontre, {"personne": None})
    assert (sans.status_code, sans.json()["personne"]) == (200, None)


def test_of_nobody_known_coordination_corrects_what_it_reads(
    api: Api, coordinatrice_autre: Utilisateur, personne: Personne, equipe: Equipe
) -> None:
    """Whom it names is then hidden from it, as from any other organisme."""
    rencontre = RencontreFactory(maraude__equipe=equipe, genre_observe="H")
    client = api(coordinatrice_autre)
    assert corriger(client, rencontre, {"genre_observe": "F"}).json()["genre_observe"] == "F"
    nommee = corriger(client, rencontre, {"personne": str(personne.pk)})
    assert (nommee.status_code, nommee.json()["genre_observe"]) == (200, None)
    assert corriger(client, rencontre, {"personne": None}).status_code == 403
