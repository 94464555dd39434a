"""Two coordinators, an answer and a deadline, at once: one place is held, and answered once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from rest_framework.test import APIClient

from commun.api.errors import Conflit
from hebergement import services
from hebergement.enums import MotifRefus, Nature, StatutProposition
from hebergement.models import DemandeHebergement, Place, Proposition, Sejour
from socle.models import Utilisateur
from tests.concurrence import Fil, attendre_bloques, courir, tenir
from tests.conftest import Api
from tests.factories import (
    DemandeHebergementFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = "hebergement_place"
LUNDI = datetime(2023, 5, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(LUNDI, tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    client = api(coordinatrice)
    client.raise_request_exception = False
    return client


def une_place(**champs: Any) -> Any:
    return PlaceFactory(ouverte_le=date(2023, 1, 1), **champs)


def proposer(place: Place, demande: DemandeHebergement | None = None) -> Proposition:
    demande = demande or DemandeHebergementFactory()
    return services.proposer(demande=demande, place=place, auteur=None)


def tenues(place: Place) -> int:
    return Sejour.objects.filter(place=place, nature=Nature.RETENUE).count()


def test_two_hundred_want_the_last_place(client: APIClient) -> None:
    """One has it; the others are told where there is room, if anywhere."""
    site = SiteFactory()
    derniere = une_place(site=site)
    SejourFactory(place=une_place(site=site))
    ailleurs = une_place()
    demandes = DemandeHebergementFactory.create_batch(200)
    corps = {"place": str(derniere.pk)}
    reponses = courir(
        [
            partial(
                client.post,
                f"/api/v1/demandes-hebergement/{demande.pk}/proposer/",
                {"uuid": identifiant(), **corps},
            )
            for demande in demandes
        ],
        PLACES,
        derniere.pk,
    )
    assert sorted(r.status_code for r in reponses) == [201] + [409] * 199
    for reponse in reponses:
        if reponse.status_code == 409:
            assert [p["place"] for p in reponse.json()["places_libres"]] == [str(ailleurs.pk)]
    assert tenues(derniere) == Proposition.objects.count() == 1


def test_two_places_for_one_request(client: APIClient) -> None:
    demande = DemandeHebergementFactory()
    adresse = f"/api/v1/demandes-hebergement/{demande.pk}/proposer/"
    places = [une_place() for _ in range(2)]
    reponses = courir(
        [
            partial(client.post, adresse, {"uuid": identifiant(), "place": str(place.pk)})
            for place in places
        ],
        "socle_personne",
        demande.personne_id,
    )
    assert sorted(r.status_code for r in reponses) == [201, 409]
    assert sum(map(tenues, places)) == 1


def test_the_same_proposition_twice_at_once(client: APIClient) -> None:
    demande, place = DemandeHebergementFactory(), une_place()
    adresse = f"/api/v1/demandes-hebergement/{demande.pk}/proposer/"
    corps = {"uuid": identifiant(), "place": str(place.pk)}
    reponses = courir([partial(client.post, adresse, corps)] * 2, PLACES, place.pk)
    assert sorted(r.status_code for r in reponses) == [200, 201]
    assert tenues(place) == 1


def test_nothing_is_proposed_to_who_is_being_given_a_place() -> None:
    demande, ici, ailleurs = DemandeHebergementFactory(), une_place(), une_place()
    donner = partial(
        services.attribuer, place=ici, personne=demande.personne, arrivee=date(2023, 5, 1),
        auteur=None,
    )  # fmt: skip
    with tenir(PLACES, ici.pk):
        donnee = Fil(donner)
        attendre_bloques(1)
        offerte = Fil(partial(proposer, ailleurs, demande))
        attendre_bloques(2)
    assert donnee.resultat().place == ici
    with pytest.raises(Conflit):
        offerte.resultat()
    assert tenues(ailleurs) == 0


@pytest.mark.parametrize("a_temps", [True, False])
def test_an_answer_against_the_deadline(a_temps: bool, horloge: Any) -> None:
    """Whoever has the place first: an answer that waited past the deadline came too late."""
    place = une_place()
    proposition = proposer(place)
    horloge.move_to(proposition.expire_le - timedelta(minutes=1))
    accepter = partial(
        services.accepter, proposition=proposition, attendue_le=date(2023, 5, 4), auteur=None
    )
    with tenir(PLACES, place.pk):
        reponse = Fil(accepter)
        attendre_bloques(1)
        if not a_temps:
            horloge.move_to(proposition.expire_le)
            menage = Fil(services.expirer_les_perimees)
            attendre_bloques(2)
    if a_temps:
        assert reponse.resultat().attendue_le == date(2023, 5, 4)
        horloge.move_to(proposition.expire_le)
        assert services.expirer_les_perimees() == 0
        assert tenues(place) == 1
    else:
        with pytest.raises(Conflit):
            reponse.resultat()
        assert menage.resultat() == 1
        assert Proposition.objects.get().issue == StatutProposition.EXPIREE


def test_an_arrival_against_the_deadline(horloge: Any) -> None:
    """The person is there, or their place was freed: never both."""
    place = une_place()
    proposition = proposer(place)
    horloge.move_to(proposition.expire_le)
    appels: list[Callable[[], Any]] = [
        services.expirer_les_perimees,
        partial(services.confirmer, proposition=proposition, arrivee=date(2023, 5, 3), auteur=None),
    ]
    with tenir(PLACES, place.pk):
        fils = []
        for appel in appels:
            fils.append(Fil(appel))
            attendre_bloques(len(fils))
    finies, confirmee = fils[0].resultat(), None
    try:
        confirmee = fils[1].resultat()
    except Conflit:
        assert finies == 1
    issue = Proposition.objects.get().issue
    assert issue == (StatutProposition.CONFIRMEE if confirmee else StatutProposition.EXPIREE)
    assert Sejour.objects.sejours().exists() == bool(confirmee)


def test_two_answers_at_once() -> None:
    place = une_place()
    proposition = proposer(place)
    fils = courir_sans_lever(
        [
            partial(
                services.refuser, proposition=proposition,
                issue=StatutProposition.REFUSEE_PERSONNE, motif_refus=MotifRefus.ANIMAL,
            ),
            partial(
                services.confirmer, proposition=proposition, arrivee=date(2023, 5, 1), auteur=None
            ),
        ],
        place,
    )  # fmt: skip
    assert sum(isinstance(issue, Conflit) for issue in fils) == 1
    refusee = Proposition.objects.get().issue == StatutProposition.REFUSEE_PERSONNE
    assert Sejour.objects.sejours().exists() != refusee


def courir_sans_lever(appels: list[Callable[[], Any]], place: Place) -> list[Any]:
    """What each gave, or why not."""

    def essayer(appel: Callable[[], Any]) -> Any:
        try:
            return appel()
        except Conflit as refus:
            return refus

    return courir([partial(essayer, appel) for appel in appels], PLACES, place.pk)


def test_a_place_given_elsewhere_against_an_acceptance() -> None:
    """Both take the person, then all places: nobody waits for the other in a circle."""
    place, autre = une_place(), une_place()
    demande = DemandeHebergementFactory()
    proposition = proposer(place, demande)
    appels: list[Callable[[], Any]] = [
        partial(
            services.accepter, proposition=proposition, attendue_le=date(2023, 5, 2), auteur=None
        ),
        partial(
            services.attribuer, place=autre, personne=demande.personne,
            arrivee=date(2023, 5, 1), auteur=None,
        ),
    ]  # fmt: skip
    fils = courir_sans_lever(appels, place)
    assert not isinstance(fils[1], Conflit)
    assert tenues(place) == 0
    assert Proposition.objects.get().issue == StatutProposition.ANNULEE


# --- The database alone ---------------------------------------------------------------------------


def test_nobody_sleeps_where_a_place_is_held() -> None:
    place = une_place()
    proposer(place)
    with pytest.raises(IntegrityError, match="sejour_une_personne_par_place"):
        Sejour.objects.create(place=place, personne=PersonneFactory(), arrivee=date(2023, 5, 2))


@pytest.mark.parametrize(
    "ecrire",
    [
        "SET retenue_id = NULL",
        "SET issue = 'EXPIREE', finie_le = now()",
        "SET issue = 'REFUSEE_PERSONNE', finie_le = now(), retenue_id = NULL",
        "SET acceptee_le = now()",
        "SET motif_refus = 'ANIMAL'",
    ],
)
def test_a_proposition_and_what_it_holds_go_together(ecrire: str) -> None:
    proposer(une_place())
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(f"UPDATE hebergement_proposition {ecrire}")


def test_one_request_holds_one_place() -> None:
    proposition = proposer(une_place())
    autre = une_place()
    retenue = Sejour.objects.create(
        place=autre, personne=PersonneFactory(), arrivee=date(2023, 5, 1), nature=Nature.RETENUE
    )
    with pytest.raises(IntegrityError, match="proposition_une_a_la_fois"):
        Proposition.objects.create(
            demande=proposition.demande, place=autre, retenue=retenue, expire_le=LUNDI
        )
