"""What follows a stay: moves that are planned, what was asked for, who is away, who has died."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from commun.api.errors import Conflit
from hebergement import services
from hebergement.enums import MotifSortie, StatutDemande, StatutProposition, TypePlace
from hebergement.models import DemandeHebergement, Menage, Place, Proposition, Sejour
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ConstatPresenceFactory,
    DemandeHebergementFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
)
from tests.routes import identifiant

pytestmark = pytest.mark.django_db
LUNDI = date(2023, 5, 1)
UN_JOUR = timedelta(days=1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def sejour() -> Sejour:
    """Since the 27th of March, at a site that has rounds; seen there on the 28th."""
    site = SiteFactory(presences_depuis=date(2023, 1, 1))
    sejour = SejourFactory(
        place=PlaceFactory(site=site, ouverte_le=date(2023, 1, 1)), arrivee=date(2023, 3, 27)
    )
    ConstatPresenceFactory(sejour=sejour, jour=date(2023, 3, 28), present=True)
    return sejour


def une_place(**champs: Any) -> Place:
    return PlaceFactory(ouverte_le=date(2023, 1, 1), **champs)


def transferer(sejour: Sejour, jour: date, place: Place | None = None) -> Sejour:
    return services.transferer(sejour=sejour, place=place or une_place(), jour=jour, auteur=None)


# --- A move that is planned -----------------------------------------------------------------------


def test_who_is_to_move_later_is_looked_for_until_then(sejour: Sejour, horloge: Any) -> None:
    suite = transferer(sejour, LUNDI + 40 * UN_JOUR)
    transferer(suite, LUNDI + 60 * UN_JOUR)
    (lu,) = Sejour.objects.presents(LUNDI).avec_presence()
    assert (lu.jours_sans, lu.presence) == (34, "A_DECIDER")
    assert services.clore_les_perdus_de_vue() == 1
    sejour.refresh_from_db()
    assert (sejour.depart, sejour.cloture_automatique) == (date(2023, 3, 29), True)
    # Nobody goes where they were to go.
    assert list(Sejour.objects.all()) == [sejour]


def test_who_leaves_before_a_planned_move_is_not_moved(sejour: Sejour) -> None:
    transferer(sejour, LUNDI + 40 * UN_JOUR)
    parti = {"depart": LUNDI - 5 * UN_JOUR, "motif_sortie": "DEPART_VOLONTAIRE",
             "destination": "CHEZ_UN_TIERS"}  # fmt: skip
    services.cloturer(sejour=sejour, **parti)
    services.cloturer(sejour=sejour, **parti)
    (reste,) = Sejour.objects.all()
    assert (reste.pk, reste.depart) == (sejour.pk, LUNDI - 5 * UN_JOUR)


@pytest.mark.parametrize("jours", [0, -3])
def test_who_has_moved_leaves_from_where_they_are(jours: int, sejour: Sejour) -> None:
    transferer(sejour, LUNDI + jours * UN_JOUR)
    with pytest.raises(Conflit, match="le dernier de la suite"):
        services.cloturer(
            sejour=sejour, depart=LUNDI - 5 * UN_JOUR, motif_sortie="AUTRE", destination=""
        )
    assert Sejour.objects.count() == 2


# --- What was asked for ---------------------------------------------------------------------------


def test_who_is_housed_moves_to_the_place_that_is_held_for_them(sejour: Sejour) -> None:
    place = une_place(type=TypePlace.CHU)
    demande = DemandeHebergementFactory(personne=sejour.personne, type_place=TypePlace.CHU)
    proposition = services.proposer(demande=demande, place=place, auteur=None)
    suite = transferer(sejour, LUNDI, place)
    demande.refresh_from_db()
    assert (demande.issue, demande.sejour) == (StatutDemande.ABOUTIE, suite)
    proposition.refresh_from_db()
    assert (proposition.issue, proposition.retenue) == (StatutProposition.CONFIRMEE, None)
    assert not Sejour.objects.filter(nature="RETENUE").exists()


def test_a_move_answers_what_was_asked_for(sejour: Sejour) -> None:
    """What is held elsewhere is free; what was asked for of another kind waits on."""
    attendue, autre = (
        DemandeHebergementFactory(personne=sejour.personne, type_place=t)
        for t in (TypePlace.CHU, TypePlace.LHSS)
    )
    ailleurs = une_place(type=TypePlace.CHU)
    services.proposer(demande=attendue, place=ailleurs, auteur=None)
    transferer(sejour, LUNDI, une_place(type=TypePlace.CHU))
    issues = dict(DemandeHebergement.objects.values_list("pk", "issue"))
    assert issues == {attendue.pk: "ABOUTIE", autre.pk: ""}
    assert ailleurs in Place.objects.libres(LUNDI)


def test_what_a_move_would_have_answered_waits_again(sejour: Sejour) -> None:
    """A planned move that is not made leaves nobody without a place and without a request."""
    demande = DemandeHebergementFactory(personne=sejour.personne, type_place=TypePlace.CHU)
    transferer(sejour, LUNDI + 40 * UN_JOUR, une_place(type=TypePlace.CHU))
    demande.refresh_from_db()
    assert demande.issue == StatutDemande.ABOUTIE
    services.cloturer(
        sejour=sejour, depart=LUNDI, motif_sortie="DEPART_VOLONTAIRE", destination="RUE"
    )
    demande.refresh_from_db()
    assert (demande.issue, demande.close_le, demande.sejour) == ("", None, None)
    assert demande in DemandeHebergement.objects.en_attente()


def test_of_who_died_it_does_not(sejour: Sejour) -> None:
    demande = DemandeHebergementFactory(personne=sejour.personne, type_place=TypePlace.CHU)
    transferer(sejour, LUNDI + 40 * UN_JOUR, une_place(type=TypePlace.CHU))
    services.cloturer(sejour=sejour, depart=LUNDI, motif_sortie="DECES", destination="INCONNUE")
    demande.refresh_from_db()
    assert demande.issue == StatutDemande.ANNULEE


@pytest.mark.parametrize("lequel", ["celui_d_avant", "celui_du_deces"])
def test_of_who_died_no_request_waits_again(lequel: str, sejour: Sejour) -> None:
    """A stay that had answered one is deleted afterwards: an error that is taken back. But where it
    is the death that was an error, it waits."""
    demande = DemandeHebergementFactory(personne=sejour.personne, type_place=TypePlace.CHU)
    suite = transferer(sejour, date(2023, 4, 20), une_place(type=TypePlace.CHU))
    services.cloturer(sejour=suite, depart=LUNDI, motif_sortie="DECES", destination="SANS_OBJET")
    if lequel == "celui_d_avant":
        DemandeHebergement.objects.filter(pk=demande.pk).update(sejour=sejour)
        Sejour.objects.filter(pk=suite.pk).update(suite_de=None)
        sejour.delete()
    else:
        suite.delete()
    demande.refresh_from_db()
    if lequel == "celui_d_avant":
        assert (demande.issue, demande.precisions, demande.sejour) == ("ANNULEE", "Décès.", None)
        assert demande.close_le is not None
    else:
        assert (demande.issue, demande.close_le) == ("", None)


def test_a_request_that_comes_after_a_death_is_kept_and_waits_for_nothing(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, sejour: Sejour
) -> None:
    """Made on a tablet before anybody knew, or after."""
    par_cloture(sejour)
    for jour in (LUNDI - 9 * UN_JOUR, LUNDI):
        corps = {
            "uuid": identifiant(), "personne": str(sejour.personne_id),
            "structure": espace_repos.code, "origine": "SIAO", "type_place": "CHU",
            "demandee_le": jour.isoformat(),
        }  # fmt: skip
        reponse = api(coordinatrice).post("/api/v1/demandes-hebergement/", corps)
        assert reponse.status_code == 201, reponse.json()
        lue = reponse.json()
        assert (lue["statut"], lue["precisions"]) == ("ANNULEE", "Décès.")
        encore = api(coordinatrice).post("/api/v1/demandes-hebergement/", corps)
        assert (encore.status_code, encore.json()["statut"]) == (200, "ANNULEE")
    assert not DemandeHebergement.objects.ouvertes().exists()
    assert DemandeHebergementFactory().issue == ""


def test_a_stay_that_is_deleted_answers_nothing_any_more() -> None:
    """Also many at once, or by hand in the database: the trigger sees to it."""
    demandes = [DemandeHebergementFactory() for _ in range(3)]
    for demande in demandes:
        services.attribuer(place=une_place(), personne=demande.personne, arrivee=LUNDI, auteur=None)
    garde = Sejour.objects.get(personne=demandes[0].personne)
    Sejour.objects.exclude(pk=garde.pk).delete()
    ouvertes = set(DemandeHebergement.objects.ouvertes())
    assert ouvertes == set(demandes[1:])
    assert DemandeHebergement.objects.get(pk=demandes[0].pk).sejour == garde


@pytest.mark.parametrize(
    "colonnes",
    ["issue = 'ABOUTIE', close_le = now()", "issue = 'ANNULEE', close_le = now(), sejour_id = %s"],
)
def test_no_request_leads_to_a_stay_that_there_is_not(sejour: Sejour, colonnes: str) -> None:
    """Nor another one to a stay."""
    demande = DemandeHebergementFactory()
    sql = f"UPDATE hebergement_demandehebergement SET {colonnes} WHERE uuid = %s"
    cles = [sejour.pk, demande.pk] if "sejour" in colonnes else [demande.pk]
    with (
        pytest.raises(IntegrityError, match="demande_aboutie_a_un_sejour"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, cles)


def test_a_household_stays_one() -> None:
    """Two who asked together are together in the room that they are given."""
    menage = Menage.objects.create(libelle="Les deux")
    for _ in range(2):
        demande = DemandeHebergementFactory(menage=menage, couple=True)
        proposition = services.proposer(demande=demande, place=une_place(), auteur=None)
        services.confirmer(proposition=proposition, arrivee=LUNDI, auteur=None)
    assert {s.menage for s in Sejour.objects.all()} == {menage}


def test_a_household_that_is_said_is_the_one() -> None:
    demande = DemandeHebergementFactory(menage=Menage.objects.create(libelle="Avant"))
    menage = Menage.objects.create(libelle="Depuis")
    sejour = services.attribuer(
        place=une_place(), personne=demande.personne, arrivee=LUNDI, menage=menage, auteur=None
    )
    assert Sejour.objects.get(pk=sejour.pk).menage == menage


def test_who_came_in_time_and_is_told_afterwards_is_there(horloge: Any) -> None:
    """The tablet had no network; the task took them for somebody who did not come."""
    proposition = services.proposer(
        demande=DemandeHebergementFactory(), place=une_place(), auteur=None
    )
    services.accepter(proposition=proposition, attendue_le=LUNDI + UN_JOUR, auteur=None)
    horloge.shift(timedelta(days=5))
    services.expirer_les_perimees()
    proposition.refresh_from_db()
    assert proposition.issue == StatutProposition.NON_PRESENTEE
    dernier = proposition.expire_le.date()
    with pytest.raises(Conflit):
        services.confirmer(proposition=proposition, arrivee=dernier + UN_JOUR, auteur=None)
    sejour = services.confirmer(proposition=proposition, arrivee=LUNDI + UN_JOUR, auteur=None)
    proposition.refresh_from_db()
    assert proposition.issue == StatutProposition.CONFIRMEE
    demande = DemandeHebergement.objects.get()
    assert (demande.issue, demande.sejour) == (StatutDemande.ABOUTIE, sejour)
    # The night before they came was held for them, and no other.
    (retenue,) = Sejour.objects.filter(nature="RETENUE")
    assert (retenue.arrivee, retenue.depart) == (LUNDI, LUNDI + UN_JOUR)
    with pytest.raises(Conflit):
        services.confirmer(proposition=proposition, arrivee=LUNDI + UN_JOUR, auteur=None)


def test_who_says_in_the_evening_that_they_come_has_the_time_to(horloge: Any) -> None:
    site = SiteFactory(heures_pour_venir=2)
    horloge.move_to(datetime(2023, 5, 1, 18, tzinfo=UTC))
    proposition = services.proposer(
        demande=DemandeHebergementFactory(), place=une_place(site=site), auteur=None
    )
    acceptee = services.accepter(proposition=proposition, attendue_le=LUNDI, auteur=None)
    assert acceptee.expire_le == datetime(2023, 5, 1, 20, tzinfo=UTC)
    demain = services.accepter(proposition=proposition, attendue_le=LUNDI + UN_JOUR, auteur=None)
    assert demain.expire_le == datetime(2023, 5, 2, 12, tzinfo=UTC)  # noon and two in Paris


def test_who_came_too_late_for_a_place_that_is_taken_is_told_so(horloge: Any) -> None:
    place = une_place()
    proposition = services.proposer(demande=DemandeHebergementFactory(), place=place, auteur=None)
    services.accepter(proposition=proposition, attendue_le=LUNDI, auteur=None)
    horloge.shift(timedelta(days=5))
    services.expirer_les_perimees()
    SejourFactory(place=place, arrivee=LUNDI + 4 * UN_JOUR)
    with pytest.raises(services.Refus):
        services.confirmer(proposition=proposition, arrivee=LUNDI, auteur=None)
    assert Proposition.objects.get().issue == StatutProposition.NON_PRESENTEE


def par_cloture(sejour: Sejour) -> None:
    services.cloturer(
        sejour=sejour, depart=LUNDI, motif_sortie=MotifSortie.DECES, destination="SANS_OBJET"
    )


def par_correction(sejour: Sejour) -> None:
    services.corriger(
        sejour=sejour, auteur=None, depart=LUNDI, motif_sortie="DECES", destination="SANS_OBJET"
    )


def apres_coup(sejour: Sejour) -> None:
    """A stay of which nothing was known, entered with its end."""
    personne = sejour.personne
    sejour.delete()
    services.attribuer(
        place=une_place(), personne=personne, arrivee=date(2023, 4, 1), depart=LUNDI, auteur=None,
        motif_sortie="DECES", destination="SANS_OBJET",
    )  # fmt: skip


@pytest.mark.parametrize("dire", [par_cloture, par_correction, apres_coup])
def test_of_who_died_nothing_is_waited_for(dire: Callable[[Sejour], None], sejour: Sejour) -> None:
    place = une_place(type=TypePlace.CHU)
    for type_place in (TypePlace.CHU, TypePlace.LHSS):
        DemandeHebergementFactory(personne=sejour.personne, type_place=type_place)
    demande = DemandeHebergement.objects.get(type_place=TypePlace.CHU)
    services.proposer(demande=demande, place=place, auteur=None)
    vivante = DemandeHebergementFactory(type_place=TypePlace.CHU, demandee_le=LUNDI)
    prevu = une_place(type=TypePlace.LHSS)
    services.corriger(sejour=sejour, auteur=None, depart=LUNDI + 50 * UN_JOUR)
    premier = services.attribuer(
        place=prevu, personne=sejour.personne, arrivee=LUNDI + 50 * UN_JOUR, auteur=None
    )
    transferer(premier, LUNDI + 60 * UN_JOUR, une_place())
    dire(sejour)
    assert Sejour.objects.sejours().filter(arrivee__gt=LUNDI).count() == 0
    assert set(DemandeHebergement.objects.exclude(pk=vivante.pk).values_list("issue")) == {
        ("ANNULEE",)
    }
    assert list(DemandeHebergement.objects.ouvertes()) == [vivante]
    assert place in Place.objects.libres(LUNDI)
    assert services.suivante(place) == vivante


@pytest.mark.parametrize("dire", [par_cloture, par_correction])
def test_a_death_is_not_to_come(dire: Callable[[Sejour], None], sejour: Sejour) -> None:
    demande = DemandeHebergementFactory(personne=sejour.personne)
    with time_machine.travel(datetime(2023, 4, 30, 8, tzinfo=UTC)), pytest.raises(Conflit):
        dire(sejour)
    assert list(DemandeHebergement.objects.ouvertes()) == [demande]


# --- What was overdue -----------------------------------------------------------------------------


def annuler_la_demande(proposition: Proposition) -> None:
    services.clore(demande=proposition.demande, issue=StatutDemande.ANNULEE)


def loger_ailleurs(proposition: Proposition) -> None:
    services.attribuer(
        place=une_place(type=proposition.place.type), personne=proposition.demande.personne,
        arrivee=LUNDI + 5 * UN_JOUR, auteur=None,
    )  # fmt: skip


def loger_ici(proposition: Proposition) -> None:
    services.attribuer(
        place=proposition.place, personne=proposition.demande.personne,
        arrivee=LUNDI + 5 * UN_JOUR, auteur=None,
    )  # fmt: skip


def dire_un_deces(proposition: Proposition) -> None:
    services.attribuer(
        place=une_place(), personne=proposition.demande.personne, arrivee=LUNDI - 9 * UN_JOUR,
        depart=LUNDI, motif_sortie="DECES", destination="SANS_OBJET", auteur=None,
    )  # fmt: skip


def ranger(proposition: Proposition) -> None:
    services.expirer_les_perimees()


@pytest.mark.parametrize("acceptee", [False, True])
@pytest.mark.parametrize(
    "geste", [annuler_la_demande, loger_ailleurs, loger_ici, dire_un_deces, ranger]
)
def test_what_was_overdue_is_over_since_its_deadline_whatever_is_done_then(
    geste: Callable[[Proposition], None], acceptee: bool, horloge: Any
) -> None:
    proposition = services.proposer(
        demande=DemandeHebergementFactory(), place=une_place(), auteur=None
    )
    if acceptee:
        services.accepter(proposition=proposition, attendue_le=LUNDI, auteur=None)
    echeance = Proposition.objects.get().expire_le
    horloge.shift(timedelta(days=5))
    for verbe in (services.retirer, partial(services.confirmer, arrivee=LUNDI + 5 * UN_JOUR,
                                            auteur=None)):  # fmt: skip
        with pytest.raises(Conflit, match="délai est passé"):
            verbe(proposition=proposition)
    geste(proposition)
    proposition.refresh_from_db()
    assert proposition.issue == ("NON_PRESENTEE" if acceptee else "EXPIREE")
    assert (proposition.finie_le, proposition.retenue) == (echeance, None)
    (retenue,) = Sejour.objects.filter(nature="RETENUE")
    assert (retenue.arrivee, retenue.depart) == (LUNDI, echeance.date())


@pytest.mark.parametrize("rangee", [False, True])
@pytest.mark.parametrize("acceptee", [False, True])
def test_who_came_in_time_is_there_whoever_noticed(
    acceptee: bool, rangee: bool, horloge: Any
) -> None:
    proposition = services.proposer(
        demande=DemandeHebergementFactory(), place=une_place(), auteur=None
    )
    if acceptee:
        services.accepter(proposition=proposition, attendue_le=LUNDI, auteur=None)
    horloge.shift(timedelta(days=5))
    if rangee:
        services.expirer_les_perimees()
    proposition.refresh_from_db()
    services.confirmer(proposition=proposition, arrivee=LUNDI, auteur=None)
    proposition.refresh_from_db()
    assert proposition.issue == "CONFIRMEE"
    assert list(Sejour.objects.values_list("nature", "arrivee")) == [("SEJOUR", LUNDI)]


# --- Through the API ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrivee", "depart", "statut", "champ"),
    [
        (LUNDI, None, 409, None),  # the place closes for good on the 20th
        (LUNDI, date(2023, 5, 20), 201, None),
        (LUNDI, date(2023, 4, 30), 400, "depart"),
        (LUNDI + UN_JOUR, date(2023, 5, 20), 400, "arrivee"),
        (LUNDI - UN_JOUR, date(2023, 5, 20), 409, "arrivee"),
    ],
)
def test_an_arrival_that_is_confirmed(
    arrivee: date, depart: date | None, statut: int, champ: str | None,
    api: Api, coordinatrice: Utilisateur,
) -> None:  # fmt: skip
    place = une_place(fermee_le=date(2023, 5, 20))
    proposition = services.proposer(demande=DemandeHebergementFactory(), place=place, auteur=None)
    corps = {"uuid": identifiant(), "arrivee": f"{arrivee}", "depart": depart and f"{depart}"}
    reponse = api(coordinatrice).post(
        f"/api/v1/propositions/{proposition.pk}/confirmer/", corps, format="json"
    )
    assert reponse.status_code == statut, reponse.json()
    if champ is not None:
        assert [e["champ"] for e in reponse.json()["erreurs"]] == [champ]
    assert Sejour.objects.sejours().exists() == (statut == 201)
    proposition.refresh_from_db()
    assert (proposition.issue == "") == (statut != 201)
