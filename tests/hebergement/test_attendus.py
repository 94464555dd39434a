"""Who is expected: whom a place is held for is known to who opens the door, as long as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from coordination.fusions import fusionner
from hebergement import services
from hebergement.enums import MotifRefus, Nature, StatutDemande, StatutProposition
from hebergement.models import Place, Proposition, Sejour
from socle.models import AccesPersonne, Personne, Utilisateur
from tests.conftest import Api
from tests.factories import (
    DemandeHebergementFactory,
    PersonneFactory,
    PlaceFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    return PlaceFactory()


@pytest.fixture
def hote(place: Place) -> Utilisateur:
    """A worker where the place is."""
    return UtilisateurFactory(organisme=place.site.structure.organisme)


@pytest.fixture
def proposition(place: Place) -> Proposition:
    return services.proposer(demande=DemandeHebergementFactory(), place=place, auteur=None)


def connues(compte: Utilisateur) -> set[Any]:
    return set(Personne.objects.visibles_par(compte).values_list("pk", flat=True))


def test_the_code_and_the_pseudonym_are_known_and_nothing_else(
    api: Api, hote: Utilisateur, proposition: Proposition
) -> None:
    personne = proposition.demande.personne
    lue = api(hote).get(f"/api/v1/personnes/{personne.pk}/").json()
    assert (lue["code"], lue["pseudonyme"]) == (personne.code, personne.pseudonyme)
    assert lue.get("genre") is None
    attendus = f"/api/v1/propositions/{proposition.pk}/"
    assert api(hote).get(attendus).json()["personne"] == str(personne.pk)
    services.retirer(proposition=proposition)
    assert api(hote).get(attendus).json()["personne"] is None
    demandeur = UtilisateurFactory(organisme=proposition.demande.structure.organisme)
    assert api(demandeur).get(attendus).json()["personne"] == str(personne.pk)


def test_what_was_written_of_somebody_is_not_read_once_they_are_not_awaited(
    api: Api, hote: Utilisateur, proposition: Proposition
) -> None:
    services.refuser(
        proposition=proposition, issue=StatutProposition.REFUSEE_STRUCTURE,
        motif_refus=MotifRefus.AUTRE, precisions="Sort de détention", a_la_place="Rien",
    )  # fmt: skip
    adresse = f"/api/v1/propositions/{proposition.pk}/"
    demandeur = UtilisateurFactory(organisme=proposition.demande.structure.organisme)
    for compte, dit in ((demandeur, "Sort de détention"), (hote, "")):
        lue = api(compte).get(adresse).json()
        assert (lue["precisions"], lue["motif_refus"]) == (dit, "AUTRE")


FINS: dict[str, Callable[[Proposition], Any]] = {
    "refusee": lambda p: services.refuser(
        proposition=p,
        issue=StatutProposition.REFUSEE_PERSONNE,
        motif_refus=MotifRefus.ELOIGNEMENT,
    ),
    "retiree": lambda p: services.retirer(proposition=p),
    "demande_close": lambda p: services.clore(demande=p.demande, issue=StatutDemande.ANNULEE),
    "supprimee": lambda p: p.delete(),
}


@pytest.mark.parametrize("fin", FINS)
def test_not_once_it_is_over(fin: str, hote: Utilisateur, proposition: Proposition) -> None:
    personne = proposition.demande.personne_id
    assert personne in connues(hote)
    FINS[fin](proposition)
    assert personne not in connues(hote)
    assert not AccesPersonne.objects.filter(personne=personne).exists()


def test_for_good_once_they_have_come(hote: Utilisateur, proposition: Proposition) -> None:
    sejour = services.confirmer(
        proposition=proposition, arrivee=proposition.retenue.arrivee, auteur=None
    )
    assert sejour.personne_id in connues(hote)
    acces = AccesPersonne.objects.filter(personne=sejour.personne_id)
    assert list(acces.values_list("motif", "objet")) == [("SEJOUR", None)]


def test_a_file_that_is_kept_for_another_is_known_instead(
    hote: Utilisateur, proposition: Proposition, coordinatrice: Utilisateur
) -> None:
    alias = proposition.demande.personne
    gardee = PersonneFactory(organisme=alias.organisme)
    fusionner(gardee=gardee, alias=alias, auteur=coordinatrice)
    assert AccesPersonne.objects.filter(motif="PROPOSITION", personne=gardee).exists()
    assert connues(hote) == {gardee.pk}


def test_a_hold_is_not_corrected_on_the_page_of_stays(
    client: Any, coordinatrice: Utilisateur, proposition: Proposition
) -> None:
    client.force_login(coordinatrice)
    retenue = proposition.retenue
    page = f"/admin/hebergement/sejour/{retenue.pk}/"
    assert client.get(f"{page}change/").status_code == 200
    assert client.post(f"{page}change/", {"arrivee": "01/01/2020"}).status_code == 403
    assert (
        client.get(reverse("admin:hebergement_sejour_transferer", args=[retenue.pk])).status_code
        == 403
    )
    assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert Sejour.objects.get(pk=retenue.pk).nature == Nature.RETENUE
