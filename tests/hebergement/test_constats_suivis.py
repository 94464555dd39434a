"""Whoever is seen every day is seen wherever they were moved to, whenever the move is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from rest_framework.test import APIClient

from commun.api.errors import Conflit
from hebergement import services
from hebergement.models import ConstatPresence, Place, Sejour, Site
from hebergement.services.relogements import Portee
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console, console  # noqa: F401  (a fixture)
from tests.conftest import Api
from tests.factories import PlaceFactory, SejourFactory, SiteFactory
from tests.routes import identifiant

pytestmark = pytest.mark.django_db
JOUR = date(2023, 5, 1)
UN_JOUR = timedelta(days=1)


def il_y_a(jours: int) -> date:
    return JOUR - jours * UN_JOUR


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def site(espace_repos: Structure) -> Site:
    return SiteFactory(structure=espace_repos, presences_depuis=date(2023, 1, 1))


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    return api(coordinatrice)


def une_place(site: Site) -> Place:
    return PlaceFactory(site=site, ouverte_le=date(2023, 1, 1))


@pytest.fixture
def sejour(site: Site) -> Sejour:
    """For sixty days; seen on each of them, and today."""
    sejour = SejourFactory(place=une_place(site), arrivee=il_y_a(60))
    for jours in range(61):
        services.constater(jour=il_y_a(jours), constats=[{"sejour": sejour, "present": True}])
    return sejour


def vus() -> dict[tuple[int, int], int]:
    """How many checks each stay has, by its dates, in days before today."""
    lignes: dict[tuple[int, int], int] = {}
    for constat in ConstatPresence.objects.select_related("sejour"):
        s = constat.sejour
        assert s.arrivee <= constat.jour
        assert s.depart is None or constat.jour < s.depart
        cle = ((JOUR - s.arrivee).days, (JOUR - (s.depart or JOUR + UN_JOUR)).days)
        lignes[cle] = lignes.get(cle, 0) + 1
    return lignes


def jours_sans(sejour: Sejour) -> int | None:
    return Sejour.objects.avec_presence().get(pk=sejour.pk).jours_sans


def par_transfert(sejour: Sejour, vers: Site) -> Sejour:
    return services.transferer(sejour=sejour, place=une_place(vers), jour=il_y_a(31), auteur=None)


def par_correction(sejour: Sejour, vers: Site) -> Sejour:
    """Told as of today at first."""
    suite = services.transferer(sejour=sejour, place=une_place(vers), jour=JOUR, auteur=None)
    return services.corriger(sejour=suite, auteur=None, arrivee=il_y_a(31))


@pytest.mark.parametrize("ailleurs", [False, True])
@pytest.mark.parametrize("comment", [par_transfert, par_correction])
def test_a_move_that_is_told_late_loses_no_presence(
    comment: Callable[[Sejour, Site], Sejour], ailleurs: bool, sejour: Sejour, site: Site
) -> None:
    vers = SiteFactory(presences_depuis=date(2023, 1, 1)) if ailleurs else site
    suite = comment(sejour, vers)
    assert vus() == {(60, 31): 29, (31, -1): 32}
    assert jours_sans(suite) == 0
    assert services.clore_les_perdus_de_vue() == 0
    # Told to have been later, after all: they go back.
    services.corriger(sejour=suite, auteur=None, arrivee=il_y_a(10))
    assert vus() == {(60, 10): 50, (10, -1): 11}


def test_both_days_of_a_stay_between_two_moves_are_corrected(sejour: Sejour, site: Site) -> None:
    """What was seen goes two stays further, and comes back."""
    milieu = services.transferer(sejour=sejour, place=une_place(site), jour=il_y_a(4), auteur=None)
    derniere = services.transferer(
        sejour=milieu, place=une_place(site), jour=il_y_a(2), auteur=None
    )
    services.corriger(sejour=milieu, auteur=None, arrivee=il_y_a(50), depart=il_y_a(45))
    assert vus() == {(60, 50): 10, (50, 45): 5, (45, -1): 46}
    assert jours_sans(derniere) == 0
    services.corriger(sejour=milieu, auteur=None, arrivee=il_y_a(4), depart=il_y_a(2))
    assert vus() == {(60, 4): 56, (4, 2): 2, (2, -1): 3}


def test_a_closure_that_is_told_late_loses_none(sejour: Sejour, site: Site) -> None:
    une_place(SiteFactory(presences_depuis=date(2023, 1, 1)))
    portee = Portee(site, il_y_a(20))
    services.fermer_des_places(
        uuid=sejour.pk, portee=portee, motif="Travaux",
        empreinte=services.planifier(portee).empreinte, auteur=None,
    )  # fmt: skip
    assert vus() == {(60, 20): 40, (20, -1): 21}
    assert jours_sans(Sejour.objects.get(suite_de=sejour)) == 0


def test_a_round_on_an_old_list_is_told_of_the_stay_that_goes_on(
    sejour: Sejour, site: Site, client: APIClient
) -> None:
    """The tablet had no network, and somebody was moved to another room meanwhile, twice."""
    suite = sejour
    for jours in (3, 2):
        suite = services.transferer(
            sejour=suite, place=une_place(site), jour=il_y_a(jours), auteur=None
        )
    for jour, attendu in ((JOUR, suite), (il_y_a(3), Sejour.objects.get(suite=suite))):
        corps = {
            "jour": jour.isoformat(),
            "constats": [{"uuid": identifiant(), "sejour": str(sejour.pk), "present": False}],
        }
        adresse = f"/api/v1/sites/{site.pk}/constats/"
        reponse = client.post(adresse, corps)
        assert reponse.status_code == 201, reponse.json()
        assert [c["sejour"] for c in reponse.json()["constats"]] == [str(attendu.pk)]
        assert client.post(adresse, corps).status_code == 200
    # Whoever went elsewhere is not there to be seen.
    services.transferer(sejour=suite, place=une_place(SiteFactory()), jour=JOUR, auteur=None)
    corps["jour"] = JOUR.isoformat()
    corps["constats"][0]["uuid"] = identifiant()
    assert client.post(adresse, corps).status_code == 409


def test_a_round_finds_the_stay_of_its_day_whatever_moved_since(site: Site) -> None:
    """To another site and back; or later than the list had it."""
    sejour = SejourFactory(place=une_place(site), arrivee=il_y_a(30))
    la = services.transferer(
        sejour=sejour, place=une_place(SiteFactory()), jour=il_y_a(20), auteur=None
    )
    retour = services.transferer(sejour=la, place=une_place(site), jour=il_y_a(10), auteur=None)
    suite = services.transferer(sejour=retour, place=une_place(site), jour=il_y_a(5), auteur=None)
    services.corriger(sejour=suite, auteur=None, arrivee=il_y_a(2))
    for jours, dit, attendu in ((1, sejour, suite), (4, suite, retour), (25, suite, sejour)):
        services.constater(jour=il_y_a(jours), constats=[{"sejour": dit, "present": True}])
        assert ConstatPresence.objects.get(jour=il_y_a(jours)).sejour == attendu
    with pytest.raises(Conflit):
        services.constater(jour=il_y_a(15), constats=[{"sejour": suite, "present": True}])


def test_two_lines_of_one_stay_say_the_same(sejour: Sejour, site: Site, client: APIClient) -> None:
    """An old list and a new one, in one round."""
    suite = services.transferer(sejour=sejour, place=une_place(site), jour=il_y_a(3), auteur=None)

    def tour(*presents: bool) -> Any:
        constats = [
            {"uuid": identifiant(), "sejour": str(s.pk), "present": present}
            for s, present in zip((sejour, suite), presents, strict=True)
        ]
        corps = {"jour": JOUR.isoformat(), "constats": constats}
        return client.post(f"/api/v1/sites/{site.pk}/constats/", corps)

    avant = ConstatPresence.objects.count()
    refus = tour(True, False)
    assert (refus.status_code, refus.json()["erreurs"][0]["champ"]) == (409, "constats.1.sejour")
    assert ConstatPresence.objects.count() == avant
    assert tour(False, False).status_code == 201


@pytest.mark.parametrize("plusieurs", [False, True])
def test_a_move_that_was_not_made_gives_back_who_was_seen(
    plusieurs: bool,
    sejour: Sejour,
    site: Site,
    console: Console,  # noqa: F811
    coordinatrice: Utilisateur,
) -> None:
    suite = services.transferer(sejour=sejour, place=une_place(site), jour=il_y_a(31), auteur=None)
    page = console(coordinatrice)
    adresse = reverse("admin:hebergement_sejour_delete", args=[suite.pk])
    montre = page.get(adresse).content.decode()
    assert "constats de présence : 32." in montre
    if plusieurs:
        page.post(
            reverse("admin:hebergement_sejour_changelist"),
            {"action": "delete_selected", "_selected_action": [str(suite.pk)], "post": "yes"},
        )
    else:
        page.post(adresse, {"post": "yes"})
    assert not Sejour.objects.filter(pk=suite.pk).exists()
    assert ConstatPresence.objects.filter(sejour=sejour).count() == 61
    assert jours_sans(sejour) == 0
