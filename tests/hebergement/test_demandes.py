"""Requests, propositions and holds: what they keep, what ends them, who comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui
from hebergement import services
from hebergement.enums import MotifRefus, Nature, StatutDemande, StatutProposition, TypePlace
from hebergement.models import DemandeHebergement, Place, PoidsAttente, Proposition, Sejour
from hebergement.occupation import recalculer_tout
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import (
    ChambreFactory,
    DemandeHebergementFactory,
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
LUNDI = date(2023, 5, 1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    """Monday, ten in the morning in Paris."""
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def place() -> Place:
    return PlaceFactory(ouverte_le=date(2023, 1, 1))


def proposer(place: Place, **champs: Any) -> Proposition:
    return services.proposer(demande=DemandeHebergementFactory(**champs), place=place, auteur=None)


def relue(proposition: Proposition) -> Proposition:
    return Proposition.objects.avec_statut().get(pk=proposition.pk)


def tenues(place: Place) -> list[tuple[date, date | None]]:
    retenues = Sejour.objects.filter(place=place, nature=Nature.RETENUE)
    return list(retenues.order_by("arrivee").values_list("arrivee", "depart"))


def libres() -> set[Any]:
    return set(Place.objects.libres(date.today()).values_list("pk", flat=True))


# --- What a proposition holds -------------------------------------------------------------------


def test_a_place_is_held_for_whole_nights_until_the_hour(place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    assert proposition.expire_le == datetime(2023, 5, 3, 8, tzinfo=UTC)
    assert tenues(place) == [(LUNDI, date(2023, 5, 4))]
    assert place.pk not in libres()
    assert relue(proposition).statut == "EN_ATTENTE"
    horloge.shift(timedelta(hours=48))
    # Nobody has tidied up yet.
    assert place.pk in libres()
    assert relue(proposition).statut == "EXPIREE"


@pytest.mark.parametrize("jours", [0, 3, 40])
def test_what_expires_does_as_of_its_deadline_whenever_somebody_tidies_up(
    jours: int, place: Place, horloge: Any
) -> None:
    proposition = proposer(place)
    horloge.shift(timedelta(days=2 + jours))
    assert services.expirer_les_perimees() == 1
    assert relue(proposition).issue == StatutProposition.EXPIREE
    # Monday and Tuesday nights: on Wednesday, when the hour had passed, the place was free.
    assert tenues(place) == [(LUNDI, date(2023, 5, 3))]
    assert services.expirer_les_perimees() == 0


def test_a_hold_that_kept_no_night_leaves_no_row(place: Place, horloge: Any) -> None:
    place.site.heures_pour_repondre = 2
    place.site.save()
    proposer(place)
    horloge.shift(timedelta(hours=3))
    services.expirer_les_perimees()
    assert tenues(place) == []


def test_an_attribution_ends_a_stale_hold_and_no_other(place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    with pytest.raises(services.Refus):
        services.attribuer(place=place, personne=PersonneFactory(), arrivee=LUNDI, auteur=None)
    horloge.shift(timedelta(hours=49))
    services.attribuer(
        place=place, personne=PersonneFactory(), arrivee=date(2023, 5, 3), auteur=None
    )
    assert relue(proposition).issue == StatutProposition.EXPIREE
    assert tenues(place) == [(LUNDI, date(2023, 5, 3))]


@pytest.mark.parametrize("verbe", ["fermer", "transferer", "proposer", "cloturer"])
def test_so_does_every_verb(verbe: str, place: Place, horloge: Any) -> None:
    ailleurs = SejourFactory(arrivee=date(2023, 4, 1), place__ouverte_le=date(2023, 1, 1))
    ici = SejourFactory(place=place, arrivee=date(2023, 4, 1), depart=LUNDI)
    proposition = proposer(place)

    def faire() -> Any:
        match verbe:
            case "fermer":
                return services.fermer(place=place, debut=date(2023, 5, 3), motif="Travaux")
            case "transferer":
                return services.transferer(
                    sejour=ailleurs, place=place, jour=date(2023, 5, 3), auteur=None
                )
            case "proposer":
                return proposer(place)
            case _:
                return services.corriger(sejour=ici, depart=date(2023, 5, 3), auteur=None)

    if verbe != "cloturer":
        with pytest.raises(services.Refus):
            faire()
        horloge.shift(timedelta(hours=49))
        faire()
        assert relue(proposition).issue == StatutProposition.EXPIREE
    else:
        # Nights that were held stay held.
        horloge.shift(timedelta(hours=49))
        with pytest.raises(services.Refus):
            faire()


def test_held_nights_are_shown_and_never_in_the_rate(place: Place, horloge: Any) -> None:
    proposer(place)
    horloge.shift(timedelta(days=10))
    services.expirer_les_perimees()
    recalculer_tout()
    nuits = place.site.nuits.filter(jour__gte=LUNDI).order_by("jour")
    assert [n.reservees for n in nuits[:3]] == [1, 1, 0]
    assert {n.occupees for n in nuits} == {0}


# --- Answers --------------------------------------------------------------------------------------


def test_accepted_it_is_held_until_the_person_should_have_come(place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    accepter = {"proposition": proposition, "attendue_le": date(2023, 5, 6), "auteur": None}
    services.accepter(**accepter)
    ligne = relue(services.accepter(**accepter))
    assert ligne.statut == "ACCEPTEE"
    # Noon in Paris of the day after.
    assert ligne.expire_le == datetime(2023, 5, 7, 10, tzinfo=UTC)
    assert tenues(place) == [(LUNDI, date(2023, 5, 8))]
    horloge.move_to(datetime(2023, 5, 7, 10, tzinfo=UTC))
    services.expirer_les_perimees()
    assert relue(proposition).issue == StatutProposition.NON_PRESENTEE
    assert tenues(place) == [(LUNDI, date(2023, 5, 7))]
    assert not Sejour.objects.sejours().exists()


def test_it_is_not_accepted_where_the_place_is_taken_meanwhile(place: Place) -> None:
    SejourFactory(place=place, arrivee=date(2023, 5, 5))
    proposition = proposer(place)
    with pytest.raises(services.Refus) as refus:
        services.accepter(proposition=proposition, attendue_le=date(2023, 5, 6), auteur=None)
    assert refus.value.membres["obstacles"][0]["type"] == "PLACE_OCCUPEE"
    assert relue(proposition).statut == "EN_ATTENTE"


@pytest.mark.parametrize("jours", [0, 2])
def test_an_arrival_turns_the_hold_into_a_stay(jours: int, place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    attendue = LUNDI + timedelta(days=jours)
    services.accepter(proposition=proposition, attendue_le=attendue, auteur=None)
    horloge.shift(timedelta(days=jours))
    sejour = services.confirmer(proposition=proposition, arrivee=attendue, auteur=None)
    assert (sejour.place, sejour.arrivee, sejour.depart) == (place, attendue, None)
    assert relue(proposition).issue == StatutProposition.CONFIRMEE
    assert tenues(place) == ([(LUNDI, attendue)] if jours else [])
    demande = DemandeHebergement.objects.get()
    assert (demande.issue, demande.sejour) == (StatutDemande.ABOUTIE, sejour)


@pytest.mark.parametrize("jours", [2, 9])
def test_an_arrival_told_ahead_leaves_no_hold_that_nobody_could_end(
    jours: int, place: Place
) -> None:
    proposition = proposer(place)
    sejour = services.confirmer(
        proposition=proposition, arrivee=LUNDI + timedelta(days=jours), auteur=None
    )
    assert tenues(place) == []
    # They came sooner.
    services.corriger(sejour=sejour, arrivee=LUNDI + timedelta(days=1), auteur=None)


def test_a_refusal_frees_the_place_and_costs_no_seniority(place: Place, horloge: Any) -> None:
    proposition = proposer(place, demandee_le=date(2023, 1, 10))
    horloge.shift(timedelta(days=1))
    refuser = {"proposition": proposition, "issue": StatutProposition.REFUSEE_PERSONNE,
               "motif_refus": MotifRefus.ANIMAL, "a_la_place": "Un chenil"}  # fmt: skip
    services.refuser(**refuser)
    services.refuser(**refuser)
    assert tenues(place) == [(LUNDI, date(2023, 5, 2))]
    assert place.pk in libres()
    demande = DemandeHebergement.objects.avec_statut().get()
    assert (demande.statut, demande.demandee_le) == ("EN_ATTENTE", date(2023, 1, 10))
    # For another place like it they are next; this one they do not want.
    assert services.suivante(PlaceFactory(ouverte_le=date(2023, 1, 1))) == demande
    assert services.suivante(place) is None
    # The same call said otherwise is not the same.
    with pytest.raises(Conflit):
        services.refuser(**{**refuser, "a_la_place": "Rien"})


@pytest.mark.parametrize("verbe", ["accepter", "refuser"])
def test_what_is_over_is_not_answered(verbe: str, place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    horloge.shift(timedelta(hours=48))
    repondre = {
        "accepter": lambda: services.accepter(
            proposition=proposition, attendue_le=date(2023, 5, 4), auteur=None
        ),
        "refuser": lambda: services.refuser(
            proposition=proposition, issue=StatutProposition.REFUSEE_PERSONNE,
            motif_refus=MotifRefus.AUTRE,
        ),
    }  # fmt: skip
    with pytest.raises(Conflit):
        repondre[verbe]()


def test_who_came_late_to_a_place_that_nobody_took_is_there(place: Place, horloge: Any) -> None:
    """Told the day after, by somebody who had no network."""
    proposition = proposer(place)
    horloge.shift(timedelta(days=3))
    services.confirmer(proposition=proposition, arrivee=date(2023, 5, 3), auteur=None)
    assert tenues(place) == [(LUNDI, date(2023, 5, 3))]


def test_one_place_at_a_time(place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    autre = PlaceFactory(ouverte_le=date(2023, 1, 1))
    with pytest.raises(Conflit):
        services.proposer(demande=proposition.demande, place=autre, auteur=None)
    horloge.shift(timedelta(days=3))
    services.proposer(demande=proposition.demande, place=autre, auteur=None)
    assert relue(proposition).issue == StatutProposition.EXPIREE


def test_one_place_at_a_time_of_all_that_somebody_asks_for(place: Place, horloge: Any) -> None:
    proposition = proposer(place)
    autre = DemandeHebergementFactory(
        personne=proposition.demande.personne, type_place=TypePlace.LHSS
    )
    lit = PlaceFactory(ouverte_le=date(2023, 1, 1), type=TypePlace.LHSS)
    with pytest.raises(Conflit, match="une autre demande"):
        services.proposer(demande=autre, place=lit, auteur=None)
    horloge.shift(timedelta(days=3))
    services.proposer(demande=autre, place=lit, auteur=None)
    assert relue(proposition).issue == StatutProposition.EXPIREE


def test_a_place_is_not_held_for_ever_for_who_says_later_each_time(
    place: Place, horloge: Any
) -> None:
    proposition = proposer(place)
    au_plus = LUNDI + timedelta(days=services.JOURS_AU_PLUS)
    for jour in (LUNDI + timedelta(days=20), au_plus):
        services.accepter(proposition=proposition, attendue_le=jour, auteur=None)
    horloge.shift(timedelta(days=19))
    with pytest.raises(Conflit, match="30 jours au plus"):
        services.accepter(
            proposition=proposition, attendue_le=au_plus + timedelta(days=1), auteur=None
        )
    assert relue(proposition).attendue_le == au_plus


def test_a_place_that_is_given_answers_what_was_asked_for(place: Place) -> None:
    """What waits elsewhere for the same kind is over, and what is held for it free; a request for
    another kind of place waits on."""
    personne = PersonneFactory()
    proposition = proposer(place, personne=personne)
    autre = DemandeHebergementFactory(personne=personne, type_place=TypePlace.LHSS)
    ici = PlaceFactory(ouverte_le=date(2023, 1, 1))
    sejour = services.attribuer(place=ici, personne=personne, arrivee=LUNDI, auteur=None)
    demande = DemandeHebergement.objects.get(pk=proposition.demande_id)
    assert (demande.issue, demande.sejour) == (StatutDemande.ABOUTIE, sejour)
    assert relue(proposition).issue == StatutProposition.ANNULEE
    assert place.pk in libres()
    autre.refresh_from_db()
    assert autre.issue == ""


def test_a_stay_that_was_over_before_answers_nothing(place: Place) -> None:
    """Entered late, of the year before."""
    demande = DemandeHebergementFactory(demandee_le=date(2023, 4, 1))
    services.attribuer(
        place=place, personne=demande.personne, arrivee=date(2023, 1, 5),
        depart=date(2023, 4, 1), auteur=None,
    )  # fmt: skip
    demande.refresh_from_db()
    assert demande.issue == ""


def test_the_place_that_is_held_for_somebody_may_be_given_to_them(place: Place) -> None:
    proposition = proposer(place, type_place=TypePlace.LHSS)
    services.attribuer(
        place=place, personne=proposition.demande.personne, arrivee=LUNDI, auteur=None
    )
    assert relue(proposition).issue == StatutProposition.CONFIRMEE
    assert DemandeHebergement.objects.get().issue == StatutDemande.ABOUTIE


def test_a_closed_request_holds_nothing(place: Place) -> None:
    proposition = proposer(place)
    services.clore(
        demande=proposition.demande, issue=StatutDemande.REFUSEE_PERSONNE,
        motif_refus=MotifRefus.AUTRE_SOLUTION,
    )  # fmt: skip
    assert place.pk in libres()
    with pytest.raises(Conflit):
        services.proposer(demande=proposition.demande, place=place, auteur=None)


# --- The waiting list -----------------------------------------------------------------------------


def test_why_a_request_stands_where_it_does(api: Api, coordinatrice: Utilisateur) -> None:
    ancienne = DemandeHebergementFactory(demandee_le=date(2023, 4, 1))
    urgente = DemandeHebergementFactory(
        demandee_le=date(2023, 4, 29), priorite="URGENTE", motif_priorite="Enceinte"
    )
    DemandeHebergementFactory(demandee_le=date(2022, 1, 1), type_place=TypePlace.LHSS)
    client = api(coordinatrice)

    def attente() -> list[Any]:
        reponse = client.get("/api/v1/demandes-hebergement/attente/?type_place=HOTEL")
        return list(reponse.json()["resultats"])

    lues = attente()
    assert [(d["uuid"], d["rang"], d["points"]) for d in lues] == [
        (str(urgente.pk), 1, 92),
        (str(ancienne.pk), 2, 30),
    ]
    for demande in lues:
        assert sum(c["points"] for c in demande["criteres"]) == demande["points"]
        assert all(c["mesure"] * c["poids"] == c["points"] for c in demande["criteres"])
    PoidsAttente.objects.update_or_create(critere="PRIORITE_URGENTE", defaults={"poids": 5})
    assert [d["uuid"] for d in attente()] == [str(ancienne.pk), str(urgente.pk)]


def test_the_rank_is_that_of_the_whole_network(
    api: Api, intervenante: Utilisateur, espace_repos: Any
) -> None:
    DemandeHebergementFactory(demandee_le=date(2023, 1, 1))
    DemandeHebergementFactory(demandee_le=date(2023, 4, 1), structure=espace_repos)
    (lue,) = api(intervenante).get("/api/v1/demandes-hebergement/attente/").json()["resultats"]
    assert lue["rang"] == 2


def test_needs_rank_and_warn_and_refuse_nothing(place: Place) -> None:
    DemandeHebergementFactory(demandee_le=date(2023, 1, 1), animal=True)
    autre = DemandeHebergementFactory(demandee_le=date(2023, 4, 1))
    assert services.suivante(place) == autre
    avec = DemandeHebergement.objects.get(animal=True)
    assert services.proposer(demande=avec, place=place, auteur=None).issue == ""


def test_a_place_for_women_is_for_who_asks_for_one(place: Place) -> None:
    Place.objects.update(reservee_femmes=True)
    place.refresh_from_db()
    DemandeHebergementFactory(demandee_le=date(2023, 1, 1))
    assert services.suivante(place) is None
    demande = DemandeHebergementFactory(reservee_femmes=True)
    assert services.suivante(place) == demande


# --- Through the API ------------------------------------------------------------------------------


def test_from_a_request_to_a_stay(api: Api, coordinatrice: Utilisateur, espace_repos: Any) -> None:
    client = api(coordinatrice)
    chambre = ChambreFactory(site=SiteFactory(structure=espace_repos))
    place = PlaceFactory(site=chambre.site, chambre=chambre, ouverte_le=date(2023, 1, 1))
    personne = PersonneFactory(organisme=espace_repos.organisme)
    corps = {
        "uuid": identifiant(), "personne": str(personne.pk), "structure": espace_repos.code,
        "origine": "HOPITAL", "animal": True, "couple": True,
    }  # fmt: skip
    for statut in (201, 200):
        reponse = client.post("/api/v1/demandes-hebergement/", corps)
        assert reponse.status_code == statut, reponse.json()
    assert reponse.json()["demandee_le"] == "2023-05-01"
    proposer = f"/api/v1/demandes-hebergement/{corps['uuid']}/proposer/"
    offre = {"uuid": identifiant(), "place": str(place.pk)}
    for statut in (201, 200):
        reponse = client.post(proposer, offre)
        assert reponse.status_code == statut, reponse.json()
    assert sorted(reponse.json()["alertes"]) == ["ANIMAL", "COUPLE"]
    proposition = f"/api/v1/propositions/{offre['uuid']}"
    reponse = client.post(f"{proposition}/accepter/", {"attendue_le": "2023-05-01"})
    assert (reponse.status_code, reponse.json()["statut"]) == (200, "ACCEPTEE")
    arrivee = {"uuid": identifiant(), "arrivee": "2023-05-01"}
    for statut in (201, 200):
        reponse = client.post(f"{proposition}/confirmer/", arrivee)
        assert reponse.status_code == statut, reponse.json()
    assert reponse.json()["uuid"] == arrivee["uuid"]
    lue = client.get(f"/api/v1/demandes-hebergement/{corps['uuid']}/").json()
    assert (lue["statut"], lue["sejour"]) == ("ABOUTIE", arrivee["uuid"])


def test_who_is_next_is_told_to_who_proposes(
    api: Api, coordinatrice: Utilisateur, place: Place
) -> None:
    proposition = proposer(place, demandee_le=date(2023, 4, 1))
    suivante = DemandeHebergementFactory(demandee_le=date(2023, 2, 1))
    reponse = api(coordinatrice).post(
        f"/api/v1/propositions/{proposition.pk}/refuser/",
        {"par": "PERSONNE", "motif_refus": "ELOIGNEMENT", "a_la_place": "Un autre hôtel"},
    )
    assert reponse.json()["suivante"]["uuid"] == str(suivante.pk)
    assert reponse.json()["statut"] == "REFUSEE_PERSONNE"


def test_who_is_next_for_a_place_can_be_asked(
    api: Api, coordinatrice: Utilisateur, place: Place, horloge: Any
) -> None:
    """Needs are met, and nobody is there who has refused it, or was refused; who did not answer is
    there again after some days."""
    client = api(coordinatrice)
    for issue in ("REFUSEE_PERSONNE", "REFUSEE_STRUCTURE"):
        services.refuser(
            proposition=proposer(place, demandee_le=date(2023, 1, 1)),
            issue=StatutProposition(issue), motif_refus=MotifRefus.ELOIGNEMENT,
        )  # fmt: skip
    muette = proposer(place, demandee_le=date(2023, 1, 1)).demande
    horloge.shift(timedelta(days=3))
    assert services.suivante(place) is None
    services.expirer_les_perimees()
    assert services.suivante(place) is None
    DemandeHebergementFactory(demandee_le=date(2023, 1, 2), plain_pied=True)
    DemandeHebergementFactory(demandee_le=date(2023, 1, 2), type_place=TypePlace.LHSS)
    attendues = [DemandeHebergementFactory(demandee_le=date(2023, m, 3)) for m in (1, 2)]

    def suivent(cle: Any) -> Any:
        lues = client.get(f"/api/v1/demandes-hebergement/attente/?place={cle}")
        return lues.status_code, [d["uuid"] for d in lues.json().get("resultats", [])]

    assert suivent(place.pk) == (200, [str(d.pk) for d in attendues])
    assert services.suivante(place) == attendues[0]
    assert suivent(identifiant()) == (200, [])
    assert suivent("ici")[0] == 400
    # As of the deadline, whenever somebody tidied up.
    horloge.shift(timedelta(days=6, minutes=-1))
    assert services.suivante(place) != muette
    horloge.shift(timedelta(minutes=1))
    assert services.suivante(place) == muette


def test_who_is_next_is_somebody_who_may_be_proposed_it(place: Place, horloge: Any) -> None:
    """Whichever of their requests it was that they refused it for, or that a place is held for."""
    personnes = [PersonneFactory() for _ in range(3)]
    for rang, personne in enumerate(personnes, 1):
        for structure in StructureFactory.create_batch(2):
            DemandeHebergementFactory(
                personne=personne, structure=structure, demandee_le=date(2023, 1, rang)
            )
    refuse, tenu, suivant = (
        DemandeHebergement.objects.filter(personne=p).order_by("pk").first() for p in personnes
    )
    services.refuser(
        proposition=services.proposer(demande=refuse, place=place, auteur=None),
        issue=StatutProposition.REFUSEE_PERSONNE, motif_refus=MotifRefus.ELOIGNEMENT,
    )  # fmt: skip
    services.proposer(demande=tenu, place=PlaceFactory(type=place.type), auteur=None)
    suivante = services.suivante(place)
    assert suivante is not None
    assert suivante.personne == suivant.personne
    # Nobody is held any more.
    horloge.shift(timedelta(days=3))
    suivante = services.suivante(place)
    assert suivante is not None
    assert suivante.personne == tenu.personne


@pytest.mark.parametrize(("libre", "attendu"), [(2, False), (3, True)])
def test_a_place_that_is_free_for_too_short_is_not_held(
    libre: int, attendu: bool, place: Place
) -> None:
    """Held for 48 hours, the night of the deadline included."""
    jour = aujourd_hui()
    SejourFactory(place=place, arrivee=jour + timedelta(days=libre))
    assert Place.objects.libres(jour).tenables().contains(place) is attendu
    demande = DemandeHebergementFactory()
    if attendu:
        assert services.proposer(demande=demande, place=place, auteur=None)
    else:
        with pytest.raises(services.Refus):
            services.proposer(demande=demande, place=place, auteur=None)


@pytest.mark.parametrize("verbe", ["proposer", "sejours"])
def test_a_place_that_is_taken_tells_where_there_is_room(
    verbe: str, api: Api, coordinatrice: Utilisateur, place: Place
) -> None:
    proposer(place)
    voisine = PlaceFactory(site=place.site, ouverte_le=date(2023, 1, 1))
    FermetureFactory(place=PlaceFactory(site=place.site), debut=date(2023, 1, 1), fin=None)
    demande = DemandeHebergementFactory()
    corps = {"uuid": identifiant(), "place": str(place.pk)}
    if verbe == "sejours":
        adresse = "/api/v1/sejours/"
        corps |= {"personne": str(demande.personne_id), "arrivee": "2023-05-01"}
    else:
        adresse = f"/api/v1/demandes-hebergement/{demande.pk}/proposer/"
    reponse = api(coordinatrice).post(adresse, corps)
    assert reponse.status_code == 409
    assert reponse.json()["obstacles"][0]["type"] == "PLACE_RETENUE"
    assert [p["place"] for p in reponse.json()["places_libres"]] == [str(voisine.pk)]


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"priorite": "HAUTE"}, "motif_priorite"),
        ({"demandee_le": "2023-05-02"}, "demandee_le"),
        ({"origine": "POLICE"}, "origine"),
        ({"structure": None}, "structure"),
        ({"type_place": "YOURTE"}, "type_place"),
    ],
)
def test_a_bad_request_is_told_by_its_field(
    champs: dict[str, Any], champ: str, api: Api, intervenante: Utilisateur, espace_repos: Any
) -> None:
    corps: dict[str, Any] = {
        "uuid": identifiant(), "structure": espace_repos.code, "origine": "RENCONTRE",
        "personne": str(PersonneFactory(organisme=espace_repos.organisme).pk),
    }  # fmt: skip
    reponse = api(intervenante).post("/api/v1/demandes-hebergement/", corps | champs)
    assert reponse.status_code == 400
    assert [e["champ"] for e in reponse.json()["erreurs"]] == [champ]
    assert not DemandeHebergement.objects.exists()
