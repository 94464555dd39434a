"""Absences, presence checks, unknown departures: what is a sign, and what no sign leads to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from commun.api.errors import Conflit
from hebergement import services
from hebergement.enums import Nature
from hebergement.models import Absence, ConstatPresence, Sejour, Site
from hebergement.occupation import controler, recalculer_tout
from hebergement.presences import JOURS_D_ALERTE, JOURS_DE_CLOTURE, JOURS_POUR_DECIDER
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    AbsenceFactory,
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
JOUR = date(2023, 5, 1)


def il_y_a(jours: int) -> date:
    return JOUR - timedelta(days=jours)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    """Monday, ten in the morning in Paris."""
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def site(espace_repos: Structure) -> Site:
    return SiteFactory(structure=espace_repos, presences_depuis=date(2023, 1, 1))


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    return api(coordinatrice)


def loger(site: Site, arrivee: date = date(2023, 1, 10), **champs: Any) -> Sejour:
    return SejourFactory(place=PlaceFactory(site=site), arrivee=arrivee, **champs)


def lu(sejour: Sejour) -> Any:
    return Sejour.objects.avec_presence().get(pk=sejour.pk)


def etat(sejour: Sejour) -> tuple[int | None, str]:
    ligne = lu(sejour)
    return ligne.jours_sans, ligne.presence


def voir(sejour: Sejour, jour: date, present: bool = True) -> None:
    services.constater(jour=jour, constats=[{"sejour": sejour, "present": present}])


# --- Since when there is no sign ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jours", "attendu"),
    [
        (0, ""), (JOURS_D_ALERTE - 1, ""), (JOURS_D_ALERTE, "ALERTE"),
        (JOURS_POUR_DECIDER - 1, "ALERTE"), (JOURS_POUR_DECIDER, "A_DECIDER"),
        (JOURS_DE_CLOTURE, "A_DECIDER"),
    ],
)  # fmt: skip
def test_the_thresholds(site: Site, jours: int, attendu: str) -> None:
    assert (JOURS_D_ALERTE, JOURS_POUR_DECIDER, JOURS_DE_CLOTURE) == (3, 7, 30)
    sejour = loger(site)
    voir(sejour, il_y_a(jours))
    assert etat(sejour) == (jours, attendu)
    assert (sejour in Sejour.objects.perdus_de_vue()) == (jours >= 30)
    for nom in ("ALERTE", "A_DECIDER"):
        assert (sejour in Sejour.objects.dans_l_etat(nom)) == (nom == attendu)


def test_what_is_a_sign(site: Site) -> None:
    sejour = loger(site, il_y_a(20))
    assert etat(sejour) == (20, "A_DECIDER")
    voir(sejour, il_y_a(10))
    assert etat(sejour)[0] == 10
    voir(sejour, il_y_a(2), present=False)
    assert etat(sejour)[0] == 10
    AbsenceFactory(sejour=sejour, debut=il_y_a(9), fin=il_y_a(4))
    assert etat(sejour)[0] == 4
    Site.objects.update(presences_depuis=il_y_a(1))
    assert etat(sejour)[0] == 1
    Site.objects.update(presences_depuis=JOUR + timedelta(days=1))
    assert etat(sejour)[0] is None
    Site.objects.update(presences_depuis=None)
    assert etat(sejour) == (None, "")


def test_a_later_round_of_the_day_corrects(site: Site, horloge: Any) -> None:
    sejour = loger(site)
    voir(sejour, il_y_a(9))
    voir(sejour, JOUR)
    horloge.shift(timedelta(hours=3))
    assert etat(sejour)[0] == 0
    services.constater(
        jour=JOUR,
        constats=[{"sejour": sejour, "present": False, "recu_le": datetime.now(UTC)}],
    )
    assert etat(sejour)[0] == 9
    assert ConstatPresence.objects.filter(sejour=sejour, jour=JOUR).count() == 2


def test_the_clock_stands_still_while_a_place_is_kept(site: Site, horloge: Any) -> None:
    sejour = loger(site)
    voir(sejour, il_y_a(2))
    absence = AbsenceFactory(sejour=sejour, debut=il_y_a(1), garde_jusqu_au=JOUR)
    assert etat(sejour) == (0, "")
    horloge.shift(timedelta(days=1))
    # Due back yesterday: told at once.
    assert etat(sejour) == (1, "ALERTE")
    horloge.shift(timedelta(days=6))
    assert etat(sejour) == (7, "A_DECIDER")
    Absence.objects.filter(pk=absence.pk).update(garde_jusqu_au=JOUR + timedelta(days=20))
    assert etat(sejour) == (0, "")


@pytest.mark.parametrize("autrement", ["retenue", "fini", "a_venir", "suite"])
def test_only_the_last_stay_in_force_is_looked_at(site: Site, autrement: str) -> None:
    sejour = loger(site, il_y_a(60))
    match autrement:
        case "retenue":
            Sejour.objects.update(nature=Nature.RETENUE)
        case "fini":
            Sejour.objects.update(depart=JOUR)
        case "a_venir":
            Sejour.objects.update(arrivee=JOUR + timedelta(days=1))
        case _:
            services.transferer(
                sejour=sejour, place=PlaceFactory(site=site), jour=il_y_a(40), auteur=None
            )
            (suite,) = Sejour.objects.filter(suite_de=sejour)
            assert etat(suite) == (40, "A_DECIDER")
            assert list(Sejour.objects.perdus_de_vue()) == [suite]
    assert etat(sejour) == (None, "")


# --- Absences -------------------------------------------------------------------------------------


def test_an_absence_keeps_the_place_for_as_long_as_its_site_does(site: Site) -> None:
    Site.objects.update(jours_d_absence=12)
    sejour = loger(site)
    absence = services.absenter(sejour=sejour, debut=il_y_a(3), motif="CONGE")
    assert absence.garde_jusqu_au == il_y_a(3) + timedelta(days=12)
    recalculer_tout()
    assert controler().ecarts == 0
    assert sejour.place.site.nuits.get(jour=il_y_a(1)).occupees == 1


@pytest.mark.parametrize(
    ("champs", "contrainte"),
    [
        ({"debut": il_y_a(6)}, "absence_une_a_la_fois"),
        ({"debut": date(2023, 1, 9), "fin": date(2023, 1, 12)}, "absence_dans_son_sejour"),
        ({"debut": il_y_a(20), "fin": il_y_a(21)}, "absence_fin_apres_debut"),
        ({"debut": il_y_a(20), "fin": il_y_a(18), "garde_jusqu_au": il_y_a(21)},
         "absence_gardee_apres_debut"),
        ({"debut": il_y_a(20), "fin": il_y_a(18), "garde_jusqu_au": date(2025, 1, 1)},
         "absence_gardee_un_an_au_plus"),
    ],
)  # fmt: skip
def test_what_the_database_refuses(site: Site, champs: Any, contrainte: str) -> None:
    sejour = loger(site)
    AbsenceFactory(sejour=sejour, debut=il_y_a(10), fin=il_y_a(5))
    with pytest.raises(IntegrityError, match=contrainte):
        AbsenceFactory(sejour=sejour, **champs)


def test_two_absences_may_touch(site: Site) -> None:
    sejour = loger(site)
    AbsenceFactory(sejour=sejour, debut=il_y_a(10), fin=il_y_a(5))
    AbsenceFactory(sejour=sejour, debut=il_y_a(5))


def test_a_hold_has_no_absence(site: Site) -> None:
    retenue = loger(site, nature=Nature.RETENUE)
    with pytest.raises(IntegrityError, match="absence_dans_son_sejour"):
        AbsenceFactory(sejour=retenue)


@pytest.mark.parametrize("comment", ["verbe", "lot", "brut"])
def test_the_end_of_a_stay_ends_its_absence(site: Site, comment: str) -> None:
    sejour = loger(site)
    finie = AbsenceFactory(sejour=sejour, debut=il_y_a(30), fin=il_y_a(20))
    absence = AbsenceFactory(sejour=sejour, debut=il_y_a(10))
    match comment:
        case "verbe":
            services.cloturer(
                sejour=sejour, depart=il_y_a(3), motif_sortie="AUTRE", destination="HOPITAL"
            )
        case "lot":
            Sejour.objects.update(depart=il_y_a(3))
        case _:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE hebergement_sejour SET depart = %s", [il_y_a(3)])
    assert Absence.objects.get(pk=absence.pk).fin == il_y_a(3)
    assert Absence.objects.get(pk=finie.pk).fin == il_y_a(20)
    tardive = AbsenceFactory(sejour=sejour, debut=il_y_a(15), fin=il_y_a(10))
    assert tardive.fin == il_y_a(10)


def test_an_absence_told_of_a_stay_that_is_over_ends_with_it(site: Site) -> None:
    sejour = loger(site, depart=il_y_a(3))
    absence = AbsenceFactory(sejour=sejour, debut=il_y_a(10))
    absence.refresh_from_db()
    assert absence.fin == il_y_a(3)
    with pytest.raises(IntegrityError, match="absence_dans_son_sejour"):
        AbsenceFactory(sejour=sejour, debut=il_y_a(2))


def test_a_stay_does_not_end_before_an_absence_began(client: APIClient, site: Site) -> None:
    sejour = loger(site)
    AbsenceFactory(sejour=sejour, debut=il_y_a(10))
    corps = {"depart": f"{il_y_a(11)}", "motif_sortie": "AUTRE", "destination": "HOPITAL"}
    reponse = client.post(f"/api/v1/sejours/{sejour.pk}/cloturer/", corps)
    assert reponse.status_code == 409
    (obstacle,) = reponse.json()["obstacles"]
    assert (obstacle["type"], obstacle["du"]) == ("ABSENCE", f"{il_y_a(10)}")


def test_who_was_seen_is_back(site: Site) -> None:
    sejour = loger(site)
    absence = AbsenceFactory(sejour=sejour, debut=il_y_a(10))
    voir(sejour, il_y_a(10))
    voir(sejour, il_y_a(4), present=False)
    absence.refresh_from_db()
    assert absence.fin is None
    voir(sejour, il_y_a(4))
    absence.refresh_from_db()
    assert absence.fin == il_y_a(4)
    # Their return was told: it stays as it was told.
    voir(sejour, il_y_a(6))
    absence.refresh_from_db()
    assert absence.fin == il_y_a(4)
    prevue = AbsenceFactory(sejour=sejour, debut=il_y_a(3), fin=JOUR + timedelta(days=9))
    voir(sejour, JOUR)
    prevue.refresh_from_db()
    assert prevue.fin == JOUR


# --- Unknown departures ---------------------------------------------------------------------------


def clos(sejour: Sejour) -> tuple[date | None, str, str, bool]:
    sejour.refresh_from_db()
    return sejour.depart, sejour.motif_sortie, sejour.destination, sejour.cloture_automatique


def perdu(depart: date) -> tuple[date, str, str, bool]:
    return depart, "PERDU_DE_VUE", "INCONNUE", True


@pytest.mark.parametrize("retard", [0, 1, 40])
def test_a_departure_is_dated_by_the_last_presence_whenever_it_is_noticed(
    site: Site, horloge: Any, retard: int
) -> None:
    sejour, autre = loger(site), loger(site)
    voir(sejour, il_y_a(30))
    voir(autre, il_y_a(29))
    horloge.shift(timedelta(days=retard))
    assert services.clore_les_perdus_de_vue() == (2 if retard else 1)
    assert clos(sejour) == perdu(il_y_a(29))
    assert clos(autre)[3] == bool(retard)
    assert services.clore_les_perdus_de_vue() == 0
    recalculer_tout()
    assert sejour.place.site.nuits.get(jour=il_y_a(29)).sorties == 1
    assert controler().ecarts == 0


@pytest.mark.parametrize(
    ("depuis", "arrivee", "depart"),
    [
        (date(2023, 1, 1), il_y_a(40), il_y_a(40)),  # never seen: the day of arrival
        (il_y_a(35), il_y_a(40), il_y_a(35)),  # nobody looked before
        (il_y_a(29), il_y_a(40), None),  # and since then for too short a while
    ],
)
def test_of_whom_nobody_has_ever_seen(
    site: Site, depuis: date, arrivee: date, depart: date | None
) -> None:
    Site.objects.update(presences_depuis=depuis)
    sejour = loger(site, arrivee)
    services.clore_les_perdus_de_vue()
    assert clos(sejour) == (perdu(depart) if depart else (None, "", "", False))


def test_nights_of_an_absence_stay_occupied(site: Site) -> None:
    """They were told: the departure comes after them, and the absence ends there."""
    revenu, parti = loger(site), loger(site)
    voir(revenu, il_y_a(60))
    AbsenceFactory(sejour=revenu, debut=il_y_a(50), fin=il_y_a(40))
    absence = AbsenceFactory(sejour=parti, debut=il_y_a(50), garde_jusqu_au=il_y_a(30))
    assert services.clore_les_perdus_de_vue() == 2
    assert clos(revenu) == perdu(il_y_a(40))
    assert clos(parti) == perdu(il_y_a(30))
    absence.refresh_from_db()
    assert absence.fin == il_y_a(30)


def test_a_planned_departure_comes_back_with_the_stay(site: Site, client: APIClient) -> None:
    sejour = loger(site, depart=JOUR + timedelta(days=30), motif_sortie="FIN_DE_CONTRAT")
    services.clore_les_perdus_de_vue()
    assert clos(sejour) == perdu(sejour.arrivee)
    for _ in range(2):
        reponse = client.post(f"/api/v1/sejours/{sejour.pk}/rouvrir/")
        assert reponse.status_code == 200
        assert reponse.json()["cloture_automatique"] is False
    assert clos(sejour) == (JOUR + timedelta(days=30), "FIN_DE_CONTRAT", "", False)
    # It isn't closed again at once.
    assert etat(sejour) == (0, "")
    assert services.clore_les_perdus_de_vue() == 0
    # Of the day before, what was known by then.
    assert Sejour.objects.avec_presence(il_y_a(1)).get(pk=sejour.pk).jours_sans == 110


def test_what_the_database_would_refuse_is_left_to_a_coordinator(site: Site) -> None:
    """And keeps no other from being closed."""
    place = PlaceFactory(site=site)
    personne = PersonneFactory()
    du_jour = SejourFactory(place=place, personne=personne, arrivee=il_y_a(40), depart=il_y_a(40))
    aller = SejourFactory(
        place=PlaceFactory(site=site), personne=personne, arrivee=il_y_a(40), suite_de=du_jour
    )
    meme_place = SejourFactory(place=place, arrivee=il_y_a(40))
    fermee = loger(site, il_y_a(40))
    FermetureFactory(place=fermee.place, debut=il_y_a(50), fin=il_y_a(39), motif_forcage="Essai")
    simple = loger(site, il_y_a(40))
    assert services.clore_les_perdus_de_vue() == 1
    assert clos(simple) == perdu(il_y_a(40))
    for sejour in (aller, meme_place, fermee):
        assert clos(sejour)[0] is None
        assert etat(sejour) == (40, "A_DECIDER")


def test_a_stay_and_what_closed_it_go_together(site: Site) -> None:
    sejour = loger(site)
    services.clore_les_perdus_de_vue()
    for ecrire in ("depart = NULL", "motif_sortie = 'AUTRE'", "destination = ''"):
        with connection.cursor() as cursor, transaction.atomic():
            with pytest.raises(IntegrityError):
                cursor.execute(f"UPDATE hebergement_sejour SET {ecrire}")
            transaction.set_rollback(True)
    services.corriger(sejour=sejour, auteur=None, destination="HOPITAL")
    assert clos(sejour)[2:] == ("HOPITAL", False)


def test_what_a_coordinator_ended_is_not_reopened(site: Site, client: APIClient) -> None:
    sejour = loger(site)
    services.cloturer(sejour=sejour, depart=JOUR, motif_sortie="AUTRE", destination="INCONNUE")
    assert client.post(f"/api/v1/sejours/{sejour.pk}/rouvrir/").status_code == 409


def test_somebody_has_the_place_since(site: Site, client: APIClient) -> None:
    sejour = loger(site)
    services.clore_les_perdus_de_vue()
    autre = services.attribuer(
        place=sejour.place, personne=PersonneFactory(), arrivee=JOUR, auteur=None
    )
    reponse = client.post(f"/api/v1/sejours/{sejour.pk}/rouvrir/")
    assert reponse.status_code == 409
    assert [o["sejour"] for o in reponse.json()["obstacles"]] == [str(autre.pk)]
    assert clos(sejour)[3]


def test_a_presence_told_late_is_a_reason_to_reopen(site: Site) -> None:
    """It moves nothing by itself."""
    sejour = loger(site)
    voir(sejour, il_y_a(40))
    services.clore_les_perdus_de_vue()
    assert not Sejour.objects.revus()
    voir(sejour, il_y_a(2))
    assert clos(sejour) == perdu(il_y_a(39))
    assert list(Sejour.objects.revus()) == [sejour]
    services.rouvrir(sejour=sejour, auteur=None)
    assert not Sejour.objects.revus()
    assert etat(sejour)[0] == 0


def test_an_end_that_was_not_told_goes_on_with_a_transfer(site: Site) -> None:
    sejour = loger(site)
    services.clore_les_perdus_de_vue()
    services.corriger(sejour=sejour, auteur=None, depart=JOUR)
    Sejour.objects.filter(pk=sejour.pk).update(cloture_automatique=True)
    sejour.refresh_from_db()
    suite = services.transferer(
        sejour=sejour, place=PlaceFactory(site=site), jour=il_y_a(9), auteur=None
    )
    assert clos(suite) == perdu(JOUR)
    assert clos(sejour) == (il_y_a(9), "", "", False)


# --- A round --------------------------------------------------------------------------------------


def ronde(*constats: tuple[Sejour, bool], jour: date = JOUR) -> dict[str, Any]:
    return {
        "jour": jour.isoformat(),
        "constats": [
            {"uuid": identifiant(), "sejour": str(s.pk), "present": present}
            for s, present in constats
        ],
    }


def adresse(site: Site) -> str:
    return f"/api/v1/sites/{site.pk}/constats/"


def test_a_round_is_told_once_and_again(site: Site, client: APIClient) -> None:
    un, deux = loger(site), loger(site)
    corps = ronde((un, True), (deux, False))
    premiere = client.post(adresse(site), corps)
    assert premiere.status_code == 201
    encore = client.post(adresse(site), corps)
    assert (encore.status_code, encore.json()) == (200, premiere.json())
    assert ConstatPresence.objects.count() == 2
    corps["constats"][1]["present"] = True
    assert client.post(adresse(site), corps).status_code == 409
    corps["constats"][1]["present"] = False
    # What had not come through comes with what had.
    corps["constats"].append(ronde((loger(site), True))["constats"][0])
    assert client.post(adresse(site), corps).status_code == 201
    assert ConstatPresence.objects.count() == 3


def test_all_of_a_round_or_nothing(site: Site, client: APIClient) -> None:
    bon = loger(site)
    ailleurs = loger(SiteFactory())
    fini = loger(site, depart=JOUR)
    reponse = client.post(adresse(site), ronde((bon, True), (ailleurs, True)))
    assert reponse.status_code == 400
    assert [e["champ"] for e in reponse.json()["erreurs"]] == ["constats.1.sejour"]
    reponse = client.post(adresse(site), ronde((bon, True), (fini, True)))
    assert reponse.status_code == 409
    assert [e["champ"] for e in reponse.json()["erreurs"]] == ["constats.1.sejour"]
    assert client.post(adresse(site), ronde((bon, True), (bon, True))).status_code == 400
    demain = ronde((bon, True), jour=JOUR + timedelta(days=1))
    assert client.post(adresse(site), demain).status_code == 400
    assert not ConstatPresence.objects.exists()


def test_the_list_to_tick(site: Site, client: APIClient) -> None:
    present, absent, inconnu = (loger(site) for _ in range(3))
    loger(site, depart=JOUR)
    loger(SiteFactory())
    voir(present, JOUR)
    AbsenceFactory(sejour=absent, debut=il_y_a(2), motif="DETENTION")
    voir(inconnu, il_y_a(4))
    liste = client.get(adresse(site)).json()
    assert (liste["jour"], liste["heberges"], liste["absents"]) == (f"{JOUR}", 3, 1)
    lignes = {ligne["sejour"]: ligne for ligne in liste["sejours"]}
    assert lignes[str(present.pk)]["present"] is True
    assert lignes[str(absent.pk)]["absence"]["motif"] == "DETENTION"
    attendue = lignes[str(inconnu.pk)]
    assert attendue["present"] is None
    assert (attendue["jours_sans"], attendue["presence"]) == (4, "ALERTE")
    assert attendue["derniere_presence"] == f"{il_y_a(4)}"
    assert attendue["pseudonyme"] == inconnu.personne.pseudonyme
    avant = client.get(f"{adresse(site)}?jour={il_y_a(1)}").json()
    assert len(avant["sejours"]) == 4
    assert client.get(f"{adresse(site)}?jour=hier").status_code == 400
    assert client.get(f"{adresse(site)}?jours={JOUR}").status_code == 400


def test_the_number_of_queries_does_not_grow(site: Site, client: APIClient) -> None:
    sejours = [loger(site) for _ in range(2)]
    comptes = []
    for nombre in (2, 20):
        sejours += [loger(site) for _ in range(nombre - len(sejours))]
        AbsenceFactory(sejour=sejours[-1], debut=il_y_a(2))
        corps = ronde(*((s, True) for s in sejours))
        with CaptureQueriesContext(
            connection,
        ) as questions:
            assert client.get(adresse(site)).status_code == 200
            assert client.post(adresse(site), corps).status_code == 201
        comptes.append(len(questions))
    assert comptes[0] == comptes[1]


def test_stays_without_a_sign_are_asked_for(site: Site, client: APIClient) -> None:
    alerte, a_decider, vu = loger(site), loger(site), loger(site)
    for sejour, jours in ((alerte, 4), (a_decider, 8), (vu, 0)):
        voir(sejour, il_y_a(jours))
    for etat_, attendu in (("ALERTE", alerte), ("A_DECIDER", a_decider)):
        reponse = client.get(f"/api/v1/sejours/?presence={etat_}").json()
        assert [s["uuid"] for s in reponse["resultats"]] == [str(attendu.pk)]
    assert client.get("/api/v1/sejours/?presence=AUTRE").status_code == 400
    assert client.get("/api/v1/sejours/?cloture_automatique=true").json()["resultats"] == []


def test_an_absence_through_the_api(site: Site, client: APIClient) -> None:
    sejour = loger(site)
    corps = {"uuid": identifiant(), "sejour": str(sejour.pk), "motif": "HOPITAL"}
    corps |= {"debut": f"{il_y_a(2)}"}
    reponse = client.post("/api/v1/absences/", corps)
    assert reponse.status_code == 201
    assert reponse.json()["garde_jusqu_au"] == f"{il_y_a(2) + timedelta(days=30)}"
    assert client.post("/api/v1/absences/", corps).status_code == 200
    fiche = f"/api/v1/absences/{corps['uuid']}/"
    fini = client.patch(fiche, {"fin": f"{JOUR}"}, headers={"If-Match": reponse["ETag"]})
    assert (fini.status_code, fini.json()["fin"]) == (200, f"{JOUR}")
    perimee = client.patch(fiche, {"fin": None}, headers={"If-Match": reponse["ETag"]})
    assert perimee.status_code == 412
    trop = {**corps, "uuid": identifiant(), "debut": f"{il_y_a(1)}"}
    assert client.post("/api/v1/absences/", trop).status_code == 409
    assert [
        a["uuid"] for a in client.get(f"/api/v1/absences/?site={site.code}").json()["resultats"]
    ] == [corps["uuid"]]


def test_a_conflict_of_verbs_is_told(site: Site) -> None:
    fini = loger(site, depart=JOUR)
    with pytest.raises(Conflit):
        voir(fini, JOUR)
