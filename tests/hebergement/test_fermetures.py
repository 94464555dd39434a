"""A site, a floor, rooms or places close: everybody goes somewhere, or nothing is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from hebergement import services
from hebergement.enums import Nature, StatutProposition
from hebergement.models import Contingent, Fermeture, Menage, Place, Proposition, Sejour, Site
from hebergement.services.relogements import trous
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import (
    ChambreFactory,
    DemandeHebergementFactory,
    FermetureFactory,
    OrganismeFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
CE_JOUR = date(2023, 5, 1)
DEBUT = date(2023, 5, 10)
AVANT = date(2023, 4, 1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    """Monday, ten in the morning in Paris."""
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    return api(coordinatrice)


@pytest.fixture
def site() -> Site:
    return SiteFactory()


def plan(client: APIClient, site: Site, **dit: Any) -> dict[str, Any]:
    reponse = client.post(f"/api/v1/sites/{site.pk}/fermer/plan/", {"debut": f"{DEBUT}"} | dit)
    assert reponse.status_code == 200, reponse.json()
    donne: dict[str, Any] = reponse.json()
    return donne


def fermer(client: APIClient, site: Site, **dit: Any) -> Any:
    corps = {"uuid": identifiant(), "debut": f"{DEBUT}", "motif": "Travaux"} | dit
    return client.post(f"/api/v1/sites/{site.pk}/fermer/", corps)


def appliquer(client: APIClient, site: Site, **dit: Any) -> dict[str, Any]:
    """The plan of now, applied; what it was."""
    prevu = plan(client, site, **dit)
    reponse = fermer(client, site, empreinte=prevu["empreinte"], **dit)
    assert reponse.status_code == 201, reponse.json()
    return prevu


def ecrit() -> tuple[Any, ...]:
    """All that a closure could touch."""
    return (
        list(Sejour.objects.order_by("pk").values()),
        list(Fermeture.objects.order_by("pk").values()),
        list(Proposition.objects.order_by("pk").values()),
    )


def presences(personne: Any) -> list[tuple[Any, date, date | None]]:
    sejours = Sejour.objects.sejours().filter(personne=personne).order_by("arrivee")
    return list(sejours.values_list("place", "arrivee", "depart"))


# --- Where nobody is --------------------------------------------------------------------------


def test_nobody_there_it_closes_at_once(client: APIClient, site: Site) -> None:
    places = [PlaceFactory(site=site) for _ in range(3)]
    PlaceFactory(site=site, fermee_le=DEBUT)  # closed for good by then
    SejourFactory(place=places[0], arrivee=AVANT, depart=DEBUT)  # gone by then
    PlaceFactory()
    corps = {"uuid": identifiant(), "fin": "2023-06-01"}
    reponse = fermer(client, site, **corps)
    assert reponse.status_code == 201, reponse.json()
    fermees = Fermeture.objects.order_by("place_id")
    assert [(f.place_id, f.debut, f.fin, f.motif) for f in fermees] == [
        (p.pk, DEBUT, date(2023, 6, 1), "Travaux") for p in sorted(places, key=lambda p: p.pk)
    ]
    assert [f["uuid"] for f in reponse.json()["fermetures"]] == [str(f.pk) for f in fermees]
    # Sent again: nothing more, the same answer.
    encore = fermer(client, site, **corps)
    assert (encore.status_code, encore.json()) == (200, reponse.json())
    autre = fermer(client, site, **corps, motif="Punaises")
    assert autre.status_code == 409
    assert Fermeture.objects.count() == 3
    # What coordination has deleted does not come back.
    Fermeture.objects.all().delete()
    assert fermer(client, site, **corps).status_code == 409
    assert Fermeture.objects.count() == 0


def test_a_part_of_a_site(client: APIClient, site: Site) -> None:
    haut, bas = (ChambreFactory(site=site, etage=etage) for etage in ("2", "1"))
    en_haut = [PlaceFactory(site=site, chambre=haut) for _ in range(2)]
    en_bas, seule = PlaceFactory(site=site, chambre=bas), PlaceFactory(site=site)

    def fermees(**dit: Any) -> set[str]:
        return set(plan(client, site, **dit)["places"])

    def cles(*places: Place) -> set[str]:
        return {str(p.pk) for p in places}

    assert fermees() == cles(*en_haut, en_bas, seule)
    assert fermees(etage="2") == cles(*en_haut)
    assert fermees(chambres=[str(bas.pk)]) == cles(en_bas)
    assert fermees(places=[str(seule.pk)], etage="2") == cles(*en_haut, seule)
    for dit, champ in (
        ({"etage": "9"}, "etage"),
        ({"chambres": [str(ChambreFactory().pk)]}, "chambres"),
        ({"places": [str(PlaceFactory().pk)]}, "places"),
        ({"fin": f"{DEBUT}"}, "fin"),
    ):
        refus = fermer(client, site, **dit)
        assert refus.status_code == 400
        assert [e["champ"] for e in refus.json()["erreurs"]] == [champ]


@pytest.mark.parametrize("verbe", ["fermer", "fermer/plan"])
def test_an_empty_choice_is_not_the_whole_site(client: APIClient, site: Site, verbe: str) -> None:
    chambre = ChambreFactory(site=site)
    place = PlaceFactory(site=site, chambre=chambre)
    PlaceFactory(site=site)
    corps = {"uuid": identifiant(), "debut": f"{DEBUT}", "motif": "Travaux"}
    if verbe == "fermer/plan":
        corps = {"debut": f"{DEBUT}"}
    adresse = f"/api/v1/sites/{site.pk}/{verbe}/"
    for vides in ({"places": []}, {"chambres": []}, {"etage": ""}, {"places": [], "etage": ""}):
        refus = client.post(adresse, corps | vides)
        assert refus.status_code == 400, vides
        erreurs = refus.json()["erreurs"]
        assert {e["champ"] for e in erreurs} == set(vides)
        assert all("tout le site" in e["message"] for e in erreurs)
    assert not Fermeture.objects.exists()
    # Beside something that is named, they say nothing more.
    nommees = {"places": [], "chambres": [str(chambre.pk)], "etage": ""}
    assert plan(client, site, **nommees)["places"] == [str(place.pk)]


def test_what_closes_is_what_was_shown_though_nobody_is_there(
    client: APIClient, site: Site
) -> None:
    une, autre = PlaceFactory(site=site), PlaceFactory(site=site)
    montre = plan(client, site, places=[str(une.pk)])["empreinte"]
    for dit in ({}, {"places": [str(autre.pk)]}, {"places": [str(une.pk)], "fin": "2023-06-01"}):
        refus = fermer(client, site, empreinte=montre, **dit)
        assert refus.status_code == 409
        assert refus.json()["plan"] == plan(client, site, **dit)
    assert not Fermeture.objects.exists()
    assert fermer(client, site, empreinte=montre, places=[str(une.pk)]).status_code == 201
    assert Fermeture.objects.get().place == une


def test_nothing_to_close(client: APIClient, site: Site) -> None:
    PlaceFactory(site=site, fermee_le=DEBUT)
    refus = fermer(client, site)
    assert refus.status_code == 409
    assert refus.json()["plan"] == plan(client, site)


# --- Where somebody is ------------------------------------------------------------------------


def test_who_is_there_goes_elsewhere(client: APIClient, site: Site) -> None:
    ici = PlaceFactory(site=site)
    sejour = SejourFactory(
        place=ici, arrivee=AVANT, depart=date(2023, 7, 1), motif_sortie="ORIENTATION",
        destination="LHSS",
    )  # fmt: skip
    libre = PlaceFactory()
    avant = ecrit()
    prevu = plan(client, site)
    assert ecrit() == avant
    assert prevu["relogements"] == [
        {
            "sejour": str(sejour.pk),
            "personne": str(sejour.personne_id),
            "jour": f"{DEBUT}",
            "depuis": str(ici.pk),
            "place": str(libre.pk),
            "site": str(libre.site_id),
            "alertes": [],
            "raison": None,
        }
    ]
    sans_plan = fermer(client, site)
    assert (sans_plan.status_code, sans_plan.json()["plan"]) == (409, prevu)
    assert ecrit() == avant
    corps = {"uuid": identifiant(), "empreinte": prevu["empreinte"]}
    assert fermer(client, site, **corps).status_code == 201
    suite = Sejour.objects.get(suite_de=sejour)
    sejour.refresh_from_db()
    assert (sejour.depart, sejour.motif_sortie, sejour.destination) == (DEBUT, "", "")
    assert (suite.place, suite.arrivee, suite.depart) == (libre, DEBUT, date(2023, 7, 1))
    assert (suite.motif_sortie, suite.destination) == ("ORIENTATION", "LHSS")
    assert Fermeture.objects.get().place == ici
    apres = ecrit()
    assert fermer(client, site, **corps).status_code == 200
    assert ecrit() == apres


def test_another_plan_than_the_one_that_was_shown(client: APIClient, site: Site) -> None:
    SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    premiere = PlaceFactory()
    prevu = plan(client, site)
    SejourFactory(place=premiere, arrivee=CE_JOUR)
    seconde = PlaceFactory()
    avant = ecrit()
    refus = fermer(client, site, empreinte=prevu["empreinte"])
    assert refus.status_code == 409
    neuf = refus.json()["plan"]
    assert [r["place"] for r in neuf["relogements"]] == [str(seconde.pk)]
    assert ecrit() == avant
    assert fermer(client, site, empreinte=neuf["empreinte"]).status_code == 201


def test_nobody_is_left_without(client: APIClient, site: Site) -> None:
    for _ in range(2):
        SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    PlaceFactory()
    prevu = plan(client, site)
    avant = ecrit()
    refus = fermer(client, site, empreinte=prevu["empreinte"])
    assert refus.status_code == 409
    assert [r["raison"] for r in refus.json()["sans_place"]] == ["PRISES"]
    assert refus.json()["plan"] == prevu
    assert ecrit() == avant


@pytest.mark.parametrize(
    ("place", "prise", "raison"),
    [
        ({"type": "CHU"}, {}, "AUCUNE_DE_CE_TYPE"),
        ({"fermee_le": date(2023, 6, 1)}, {}, "PAS_ASSEZ_LONGTEMPS"),
        ({"ouverte_le": date(2023, 5, 11)}, {}, "PAS_ASSEZ_LONGTEMPS"),
        ({}, {"sejour": (date(2023, 6, 1), None)}, "PAS_ASSEZ_LONGTEMPS"),
        ({}, {"sejour": (date(2023, 6, 1), date(2023, 6, 1))}, "PAS_ASSEZ_LONGTEMPS"),
        ({}, {"fermeture": (date(2023, 6, 1), date(2023, 6, 2))}, "PAS_ASSEZ_LONGTEMPS"),
        ({"reservee_femmes": True}, {}, "RESERVEES"),
    ],
)
def test_why_there_is_none(
    client: APIClient, site: Site, place: Any, prise: Any, raison: str
) -> None:
    SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    ailleurs = PlaceFactory(**place)
    if "sejour" in prise:
        arrivee, depart = prise["sejour"]
        SejourFactory(place=ailleurs, arrivee=arrivee, depart=depart)
    if "fermeture" in prise:
        debut, fin = prise["fermeture"]
        FermetureFactory(place=ailleurs, debut=debut, fin=fin)
    assert [r["raison"] for r in plan(client, site)["relogements"]] == [raison]


@pytest.mark.parametrize(
    "prise",
    [
        (date(2023, 5, 1), DEBUT),
        (date(2023, 6, 1), None),
        (date(2023, 6, 1), date(2023, 6, 1)),
        (DEBUT, DEBUT),
    ],
)
def test_a_place_is_taken_between_two_others(client: APIClient, site: Site, prise: Any) -> None:
    """From the night when another leaves, up to the day when the next comes."""
    sejour = SejourFactory(
        place=PlaceFactory(site=site), arrivee=AVANT, depart=date(2023, 6, 1)
    )  # fmt: skip
    ailleurs = PlaceFactory()
    SejourFactory(place=ailleurs, arrivee=prise[0], depart=prise[1])
    appliquer(client, site)
    assert presences(sejour.personne)[-1] == (ailleurs.pk, DEBUT, date(2023, 6, 1))


def test_an_overdue_hold_holds_nothing(client: APIClient, site: Site, horloge: Any) -> None:
    sejour = SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    ailleurs = PlaceFactory()
    proposition = services.proposer(
        demande=DemandeHebergementFactory(), place=ailleurs, auteur=None
    )
    dit = {"debut": "2023-05-03"}
    assert plan(client, site, **dit)["relogements"][0]["raison"]
    horloge.move_to(proposition.expire_le)
    appliquer(client, site, **dit)
    assert presences(sejour.personne)[-1] == (ailleurs.pk, date(2023, 5, 3), None)
    proposition.refresh_from_db()
    assert proposition.issue == StatutProposition.EXPIREE


def test_who_would_only_come_later_comes_elsewhere(client: APIClient, site: Site) -> None:
    futur = SejourFactory(place=PlaceFactory(site=site), arrivee=date(2023, 5, 20))
    du_jour = SejourFactory(place=PlaceFactory(site=site), arrivee=DEBUT)
    PlaceFactory.create_batch(2)
    appliquer(client, site)
    for sejour in (futur, du_jour):
        avant = sejour.arrivee
        sejour.refresh_from_db()
        assert (sejour.arrivee, sejour.depart, sejour.place.site_id != site.pk) == (
            avant, None, True,
        )  # fmt: skip
    assert Sejour.objects.count() == 2


def test_a_move_that_was_planned_goes_on_from_the_new_place(client: APIClient, site: Site) -> None:
    sejour = SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    plus_tard, libre = PlaceFactory(), PlaceFactory(fermee_le=date(2023, 6, 1))
    SejourFactory(place=plus_tard, arrivee=AVANT, depart=date(2023, 6, 1))
    services.transferer(sejour=sejour, place=plus_tard, jour=date(2023, 6, 1), auteur=None)
    appliquer(client, site)
    assert presences(sejour.personne) == [
        (sejour.place_id, AVANT, DEBUT),
        (libre.pk, DEBUT, date(2023, 6, 1)),
        (plus_tard.pk, date(2023, 6, 1), None),
    ]
    derniere = Sejour.objects.get(place=plus_tard, personne=sejour.personne)
    assert derniere.suite_de.suite_de == sejour


def test_a_closure_that_ends_moves_for_good_who_is_there(client: APIClient, site: Site) -> None:
    reste = SejourFactory(place=PlaceFactory(site=site), arrivee=date(2023, 6, 1))
    parti = SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    ailleurs = PlaceFactory()
    appliquer(client, site, fin="2023-06-01")
    assert presences(parti.personne)[-1] == (ailleurs.pk, DEBUT, None)
    assert presences(reste.personne) == [(reste.place_id, date(2023, 6, 1), None)]


def test_what_is_over_can_not_be_moved(client: APIClient, site: Site) -> None:
    """Told late, a closure over nights that somebody spent there."""
    SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT, depart=date(2023, 4, 20))
    PlaceFactory()
    refus = fermer(client, site, debut="2023-04-10")
    assert refus.status_code == 409
    assert [o["type"] for o in refus.json()["obstacles"]] == ["PLACE_OCCUPEE"]
    assert not Fermeture.objects.exists()


def test_told_late_who_is_still_there_has_moved_that_day(client: APIClient, site: Site) -> None:
    sejour = SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    ailleurs = PlaceFactory()
    appliquer(client, site, debut="2023-04-10")
    assert presences(sejour.personne)[-1] == (ailleurs.pk, date(2023, 4, 10), None)


def test_propositions_are_told_and_withdrawn(client: APIClient, site: Site) -> None:
    place = PlaceFactory(site=site)
    proposition = services.proposer(demande=DemandeHebergementFactory(), place=place, auteur=None)
    assert fermer(client, site).status_code == 409
    prevu = appliquer(client, site)
    assert [p["proposition"] for p in prevu["propositions"]] == [str(proposition.pk)]
    proposition.refresh_from_db()
    assert (proposition.issue, proposition.retenue) == (StatutProposition.ANNULEE, None)
    assert not Sejour.objects.filter(nature=Nature.RETENUE).exists()
    assert services.suivante(PlaceFactory()) == proposition.demande


# --- What suits whom --------------------------------------------------------------------------


def reloge(client: APIClient, site: Site) -> list[tuple[str, list[str]]]:
    return [(r["place"], r["alertes"]) for r in plan(client, site)["relogements"]]


def test_needs_follow_from_the_request_through_moves(client: APIClient, site: Site) -> None:
    demande = DemandeHebergementFactory(plain_pied=True, demandee_le=AVANT)
    premier = services.attribuer(
        place=PlaceFactory(), personne=demande.personne, arrivee=AVANT, auteur=None
    )
    services.transferer(
        sejour=premier, place=PlaceFactory(site=site), jour=date(2023, 4, 20), auteur=None
    )
    assert [a for _, a in reloge(client, site)] == [["PLAIN_PIED"]]
    convient = PlaceFactory(plain_pied=True)
    assert reloge(client, site) == [(str(convient.pk), [])]


def test_who_lives_in_a_reserved_place_has_another(client: APIClient, site: Site) -> None:
    SejourFactory(place=PlaceFactory(site=site, reservee_femmes=True), arrivee=AVANT)
    PlaceFactory()
    assert [a for _, a in reloge(client, site)] == [["RESERVEE_FEMMES"]]
    reservee = PlaceFactory(reservee_femmes=True)
    assert reloge(client, site) == [(str(reservee.pk), [])]


def test_near_is_better(client: APIClient, site: Site) -> None:
    SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    PlaceFactory()
    Site.objects.filter(pk=site.pk).update(arrondissement="75018")
    voisine = PlaceFactory(site__arrondissement="75018")
    assert reloge(client, site) == [(str(voisine.pk), [])]
    Site.objects.update(arrondissement="")
    du_meme = PlaceFactory(site__structure=site.structure)
    assert reloge(client, site) == [(str(du_meme.pk), [])]


def test_a_couple_stays_in_one_room(client: APIClient, site: Site) -> None:
    chambre, menage = ChambreFactory(site=site), Menage.objects.create(libelle="M et N")
    for _ in range(2):
        SejourFactory(place=PlaceFactory(site=site, chambre=chambre), menage=menage, arrivee=AVANT)
    PlaceFactory.create_batch(2)
    assert {r["raison"] for r in plan(client, site)["relogements"]} == {"PAS_DE_CHAMBRE"}
    double = ChambreFactory()
    places = [PlaceFactory(site=double.site, chambre=double) for _ in range(2)]
    appliquer(client, site)
    assert set(Sejour.objects.filter(depart=None).values_list("place", "menage")) == {
        (p.pk, menage.pk) for p in places
    }


def test_an_allotment_of_others_is_left_to_them(client: APIClient, site: Site) -> None:
    sejour = SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT)
    gardee = PlaceFactory()
    contingent = Contingent.objects.create(
        site=gardee.site, organisme=OrganismeFactory(), places=1, debut=AVANT
    )
    assert reloge(client, site) == [(str(gardee.pk), ["CONTINGENT"])]
    libre = PlaceFactory()
    assert reloge(client, site) == [(str(libre.pk), [])]
    libre.delete()
    # It is their own: nothing to warn of.
    Contingent.objects.filter(pk=contingent.pk).update(organisme=sejour.personne.organisme)
    assert reloge(client, site) == [(str(gardee.pk), [])]


# --- How it is done ---------------------------------------------------------------------------


def test_as_many_queries_for_many_as_for_two(api: Api, coordinatrice: Utilisateur) -> None:
    comptes = []
    for nombre in (2, 12):
        site = SiteFactory()
        for _ in range(nombre):
            SejourFactory(place=PlaceFactory(site=site), arrivee=AVANT, personne=PersonneFactory())
            services.proposer(
                demande=DemandeHebergementFactory(), place=PlaceFactory(site=site), auteur=None
            )
        PlaceFactory.create_batch(nombre)
        portee = services.Portee(site, DEBUT)
        with CaptureQueriesContext(connection) as planifier:
            prevu = services.planifier(portee)
        with CaptureQueriesContext(connection) as appliquer:
            services.fermer_des_places(
                uuid=site.pk, portee=portee, motif="x", empreinte=prevu.empreinte, auteur=None
            )
        comptes.append((len(planifier), len(appliquer)))
    assert comptes[0] == comptes[1]


def j(n: int) -> date:
    return CE_JOUR + timedelta(days=n)


@pytest.mark.parametrize(
    ("au", "prises", "restent"),
    [
        (None, [], [(0, None)]),
        (9, [], [(0, 9)]),
        (0, [], []),
        (None, [(-5, 0)], [(0, None)]),
        (None, [(-5, 2)], [(2, None)]),
        (None, [(-5, None)], []),
        (None, [(3, 5), (5, 6)], [(0, 3), (6, None)]),
        (None, [(3, 9), (4, 5)], [(0, 3), (9, None)]),
        (None, [(3, 3)], [(0, 3), (3, None)]),
        (8, [(3, None)], [(0, 3)]),
        (8, [(9, 10)], [(0, 8)]),
        (8, [(3, 12)], [(0, 3)]),
    ],
)
def test_what_is_left_of_a_place(au: Any, prises: Any, restent: Any) -> None:
    def jour(n: Any) -> Any:
        return None if n is None else j(n)

    trouves = trous(j(0), jour(au), [(jour(a), jour(b)) for a, b in prises])
    assert [(d, f) for d, f in trouves] == [(jour(a), jour(b)) for a, b in restent]
