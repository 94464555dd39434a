"""Allotments: what the database refuses, whose a stay is, how full each is, and the warning."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hebergement import services
from hebergement.models import Contingent, Place, Proposition, Site
from socle.models import Organisme, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ContingentFactory,
    DemandeHebergementFactory,
    OrganismeFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/contingents/"
CE_JOUR = date(2023, 5, 1)


@pytest.fixture(autouse=True)
def _horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def contingent() -> Contingent:
    return ContingentFactory(places=2, debut=date(2023, 4, 1))


def test_one_at_a_time_for_an_organisme_on_a_site(contingent: Contingent) -> None:
    meme = {"site": contingent.site, "organisme": contingent.organisme}
    for debut, fin in ((date(2023, 5, 1), None), (date(2023, 1, 1), date(2023, 4, 2))):
        with pytest.raises(IntegrityError, match="contingent_un_a_la_fois"), transaction.atomic():
            ContingentFactory(**meme, debut=debut, fin=fin)
    ContingentFactory(**meme, debut=date(2023, 1, 1), fin=date(2023, 4, 1))
    ContingentFactory(site=contingent.site)
    ContingentFactory(organisme=contingent.organisme)


@pytest.mark.parametrize("ecrire", ["places = 0", "fin = debut"])
def test_what_is_no_allotment(contingent: Contingent, ecrire: str) -> None:
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(f"UPDATE hebergement_contingent SET {ecrire}")


def test_a_refusal_of_the_database_is_told(
    api: Api, coordinatrice: Utilisateur, contingent: Contingent
) -> None:
    corps = {"site": contingent.site.code, "organisme": contingent.organisme.code, "places": 1,
             "debut": "2023-06-01"}  # fmt: skip
    refus = api(coordinatrice).post(URL, corps)
    assert refus.status_code == 409
    assert "déjà un contingent" in refus.json()["detail"]


def test_who_reads_it(api: Api, contingent: Contingent) -> None:
    """The organisme for which it is, and the site's; nobody else."""
    for organisme, vus in (
        (contingent.organisme, 1), (contingent.site.structure.organisme, 1), (OrganismeFactory(), 0)
    ):  # fmt: skip
        actrice = UtilisateurFactory(role="INTERVENANT", organisme=organisme)
        assert len(api(actrice).get(URL).json()["resultats"]) == vus


def nuits(api: Api, actrice: Utilisateur, contingent: Contingent, **dit: str) -> Any:
    reponse = api(actrice).get(f"{URL}{contingent.pk}/occupation/", dit)
    assert reponse.status_code == 200, reponse.json()
    return reponse.json()["nuits"]


def sien(contingent: Contingent, **champs: Any) -> Any:
    """A stay on its site of one of its organisme's people."""
    return SejourFactory(
        place=PlaceFactory(site=contingent.site),
        personne=PersonneFactory(organisme=contingent.organisme), **champs,
    )  # fmt: skip


def test_each_night_up_to_tonight(
    api: Api, coordinatrice: Utilisateur, contingent: Contingent
) -> None:
    sien(contingent, arrivee=date(2023, 4, 29))
    sien(contingent, arrivee=date(2023, 4, 1), depart=date(2023, 4, 30))
    sien(contingent, arrivee=date(2023, 4, 30), depart=date(2023, 4, 30))  # no night
    SejourFactory(place=PlaceFactory(site=contingent.site), arrivee=date(2023, 4, 1))
    SejourFactory(
        personne=PersonneFactory(organisme=contingent.organisme), arrivee=date(2023, 4, 1)
    )
    dit = {"du": "2023-04-28", "au": "2023-06-01"}
    assert nuits(api, coordinatrice, contingent, **dit) == [
        {"jour": "2023-04-28", "places": 2, "occupees": 1, "taux": 0.5},
        {"jour": "2023-04-29", "places": 2, "occupees": 2, "taux": 1.0},
        {"jour": "2023-04-30", "places": 2, "occupees": 1, "taux": 0.5},
        {"jour": "2023-05-01", "places": 2, "occupees": 1, "taux": 0.5},
    ]
    # Only the nights that it is for; by default the thirty last ones.
    assert nuits(api, coordinatrice, contingent, du="2023-01-01", au="2023-04-01") == []
    assert [n["jour"] for n in nuits(api, coordinatrice, contingent)][:1] == ["2023-04-02"]


def test_never_clamped(api: Api, coordinatrice: Utilisateur, contingent: Contingent) -> None:
    for _ in range(3):
        sien(contingent, arrivee=CE_JOUR)
    assert nuits(api, coordinatrice, contingent, du="2023-05-01")[0]["taux"] == 1.5


@pytest.mark.parametrize(
    "dit",
    [{"du": "hier"}, {"du": "2023-05-02", "au": "2023-05-01"}, {"du": "2000-01-01"}, {"de": "x"}],
)
def test_bad_periods(
    api: Api, coordinatrice: Utilisateur, contingent: Contingent, dit: dict[str, str]
) -> None:
    reponse = api(coordinatrice).get(f"{URL}{contingent.pk}/occupation/", dit)
    assert reponse.status_code == 400


def test_a_constant_number_of_queries(
    api: Api, coordinatrice: Utilisateur, contingent: Contingent
) -> None:
    comptes = []
    for _ in range(2):
        sien(contingent, arrivee=date(2023, 4, 1))
        with CaptureQueriesContext(connection) as requetes:
            nuits(api, coordinatrice, contingent)
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1]


def test_whose_a_stay_is(api: Api, coordinatrice: Utilisateur, contingent: Contingent) -> None:
    """Of who asked for it, wherever they were moved since; else of whose the file is."""
    demande = DemandeHebergementFactory(
        structure__organisme=contingent.organisme, demandee_le=date(2023, 4, 1)
    )
    premier = services.attribuer(
        place=PlaceFactory(), personne=demande.personne, arrivee=date(2023, 4, 10), auteur=None
    )
    ici = PlaceFactory(site=contingent.site)
    services.transferer(sejour=premier, place=ici, jour=CE_JOUR, auteur=None)
    # Asked for by others: not theirs, though the file is.
    autre = DemandeHebergementFactory(
        personne=PersonneFactory(organisme=contingent.organisme), demandee_le=date(2023, 4, 1)
    )
    services.attribuer(
        place=PlaceFactory(site=contingent.site), personne=autre.personne, arrivee=CE_JOUR,
        auteur=None,
    )  # fmt: skip
    assert [n["occupees"] for n in nuits(api, coordinatrice, contingent, du="2023-05-01")] == [1]


# --- The warning --------------------------------------------------------------------------------


def libres(site: Site, pour: Organisme | None = None) -> list[bool]:
    places = Place.objects.libres(CE_JOUR).filter(site=site)
    return [p.sous_contingent for p in places.avec_contingents(CE_JOUR, sauf=pour and pour.pk)]


@pytest.mark.parametrize(
    ("places", "occupees", "attend"),
    [(1, 0, False), (2, 0, True), (3, 0, True), (3, 1, True), (3, 2, False), (2, 2, False)],
)
def test_where_all_that_is_free_is_awaited(places: int, occupees: int, attend: bool) -> None:
    contingent = ContingentFactory(places=places)
    for _ in range(occupees):
        sien(contingent, arrivee=date(2023, 4, 1))
    PlaceFactory.create_batch(2, site=contingent.site)
    assert libres(contingent.site) == [attend] * 2


def test_ones_own_allotment_is_no_warning(contingent: Contingent) -> None:
    PlaceFactory(site=contingent.site)
    for organisme, attend in ((contingent.organisme, False), (OrganismeFactory(), True)):
        assert libres(contingent.site, organisme) == [attend]


def test_one_that_is_over_or_still_to_come() -> None:
    site = PlaceFactory().site
    ContingentFactory(site=site, fin=CE_JOUR)
    ContingentFactory(site=site, debut=date(2023, 5, 2))
    assert libres(site) == [False]


def test_it_is_one_query_still(contingent: Contingent) -> None:
    PlaceFactory.create_batch(3, site=contingent.site)
    with CaptureQueriesContext(connection) as requetes:
        assert set(libres(contingent.site)) == {False}
    assert len(requetes) == 1


@pytest.mark.parametrize("pour_eux", [True, False])
def test_a_proposition_warns_and_is_made(
    api: Api, coordinatrice: Utilisateur, contingent: Contingent, pour_eux: bool
) -> None:
    PlaceFactory.create_batch(2, site=contingent.site)
    place = Place.objects.filter(site=contingent.site).first()
    organisme: Organisme = contingent.organisme if pour_eux else OrganismeFactory()
    demande = DemandeHebergementFactory(structure__organisme=organisme)
    proposition = services.proposer(demande=demande, place=place, auteur=None)
    alertes = [] if pour_eux else ["CONTINGENT"]
    adresse = f"/api/v1/propositions/{proposition.pk}/"
    assert api(coordinatrice).get(adresse).json()["alertes"] == alertes
    services.retirer(proposition=proposition)
    assert api(coordinatrice).get(adresse).json()["alertes"] == []
    assert Proposition.objects.count() == 1


def test_each_row_of_a_page_has_its_own_exception(
    api: Api, coordinatrice: Utilisateur, contingent: Contingent
) -> None:
    """Whose the allotment is is not warned of it, though the next row of the same site is."""
    places = PlaceFactory.create_batch(3, site=contingent.site)
    ailleurs = PlaceFactory()
    comptes, attendues = [], {}
    for place, organisme, alertes in (
        (places[0], contingent.organisme, []),
        (places[1], OrganismeFactory(), ["CONTINGENT"]),
        (places[2], contingent.organisme, []),
        (ailleurs, OrganismeFactory(), []),
    ):
        demande = DemandeHebergementFactory(structure__organisme=organisme)
        proposition = services.proposer(demande=demande, place=place, auteur=None)
        attendues[str(proposition.pk)] = alertes
        with CaptureQueriesContext(connection) as requetes:
            page = api(coordinatrice).get("/api/v1/propositions/").json()["resultats"]
        comptes.append(len(requetes))
    assert {p["uuid"]: p["alertes"] for p in page} == attendues
    assert len(set(comptes)) == 1
    # Of one that is over nothing is counted.
    services.retirer(proposition=Proposition.objects.get(place=places[1]))
    lues = Proposition.objects.avec_statut().filter(place=places[1])
    assert [p.sous_contingent for p in lues] == [False]
