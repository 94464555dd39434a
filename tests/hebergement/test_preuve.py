"""What a night was computed from: digest, formula, instant; what was known; place by place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commun.horloge import PARIS
from hebergement import occupation
from hebergement.enums import Nature
from hebergement.models import OccupationNuit, Place, Sejour, Site
from hebergement.preuve import NuitsConnues, detailler
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import SiteFactory
from tests.hebergement.monde import COMPTES, Monde, faits
from tests.hebergement.test_occupation import CAS, faire, gestes, lire_date

pytestmark = pytest.mark.django_db
URL = "/api/v1/occupation/"
LE_20 = "2023-03-20T12:00:00+00:00"


def empreintes() -> dict[date, int]:
    """Of the one site's nights."""
    occupation.recalculer_marques()
    return dict(OccupationNuit.objects.values_list("jour", "empreinte"))


def nuits(*jours: int) -> set[date]:
    return {date(2023, 3, jour) for jour in jours}


@pytest.fixture
def monde() -> Iterator[Monde]:
    """Two places of a site, someone in the first from the 5th to the 8th; it is the 20th."""
    with time_machine.travel(LE_20, tick=False):
        monde = Monde.creer()
        monde.place(1, "s", date(2023, 3, 1))
        monde.place(2, "s", date(2023, 3, 1))
        monde.sejour(1, 1, "a", date(2023, 3, 5), date(2023, 3, 8))
        yield monde


@pytest.mark.parametrize(
    ("changer", "touchees", "memes_chiffres"),
    [
        # The other place: as many people, nowhere else a difference.
        (lambda m: Sejour.objects.update(place=m.places[2]), nuits(5, 6, 7, 8), True),
        (lambda m: _refaire(m.sejours[1]), nuits(5, 6, 7, 8), True),
        (lambda m: Sejour.objects.update(depart="2023-03-10"), nuits(8, 9, 10), False),
        (lambda m: Sejour.objects.update(arrivee="2023-03-04"), nuits(4, 5), False),
        (lambda m: Sejour.objects.update(nature="RETENUE"), nuits(5, 6, 7, 8), False),
        (lambda m: m.fermer(2, date(2023, 3, 12), date(2023, 3, 14)), nuits(12, 13), False),
        (lambda m: m.fermer(1, date(2023, 3, 7), date(2023, 3, 9)), nuits(7, 8), False),
        (lambda m: m.place(3, "s", date(2023, 3, 18)), nuits(18, 19), False),
        # What no figure is made of.
        (lambda m: Sejour.objects.update(motif_sortie="AUTRE"), nuits(), True),
        (lambda m: Place.objects.filter(pk=m.places[1].pk).update(libelle="x"), nuits(), True),
    ],
)  # fmt: skip
def test_a_digest_changes_on_the_nights_that_a_fact_touches(
    monde: Monde, changer: Any, touchees: set[date], memes_chiffres: bool
) -> None:
    avant, chiffres = empreintes(), list(OccupationNuit.objects.values(*COMPTES))
    changer(monde)
    apres = empreintes()
    assert {jour for jour in apres if apres[jour] != avant[jour]} == touchees
    assert (list(OccupationNuit.objects.values(*COMPTES)) == chiffres) is memes_chiffres
    occupation.recalculer_tout()
    assert empreintes() == apres


def _refaire(sejour: Sejour) -> None:
    """The same stay, entered again."""
    sejour.delete()
    Sejour.objects.create(
        place=sejour.place, personne=sejour.personne, arrivee=sejour.arrivee, depart=sejour.depart
    )


def test_a_night_that_stays_the_same_keeps_its_row_and_its_instant(monde: Monde) -> None:
    occupation.recalculer_marques()
    avant = {n.jour: n.calcule_le for n in OccupationNuit.objects.all()}
    assert {n.formule for n in OccupationNuit.objects.all()} == {occupation.FORMULE}
    with time_machine.travel("2023-03-20T15:00:00+00:00", tick=False):
        Sejour.objects.update(depart="2023-03-10")
        # Those of both ranges are computed; three of them were otherwise.
        assert occupation.recalculer_marques() == 6
    apres = {n.jour: n.calcule_le for n in OccupationNuit.objects.all()}
    assert {jour for jour in apres if apres[jour] != avant[jour]} == nuits(8, 9, 10)
    assert set(apres.values()) - set(avant.values()) == {
        datetime.fromisoformat("2023-03-20T15:00:00+00:00")
    }


@pytest.mark.parametrize("champs", [{"empreinte": 1}, {"formule": "occupation-0"}])
def test_the_check_compares_digest_and_formula_too(monde: Monde, champs: dict[str, Any]) -> None:
    occupation.recalculer_marques()
    OccupationNuit.objects.update(calcule_le="2023-03-01T00:00:00Z")
    assert occupation.controler().ecarts == 0
    OccupationNuit.objects.filter(jour="2023-03-06").update(**champs)
    controle = occupation.controler()
    assert controle.ecarts == 1
    assert [exemple["jour"] for exemple in controle.exemples] == ["2023-03-06"]


def test_nights_that_nothing_explains_are_told_and_not_wiped(monde: Monde) -> None:
    """Before the first opening, of a site without a place, or gone from between others: written by
    hand, they would be put right without anybody knowing, were the check not to see them first."""
    occupation.recalculer_marques()
    ailleurs = SiteFactory(structure=monde.sites["s"].structure)
    modele = OccupationNuit.objects.get(jour="2023-03-06")
    for site, jour in ((monde.sites["s"], "2023-02-20"), (ailleurs, "2023-03-02")):
        modele.pk, modele.site, modele.jour = None, site, date.fromisoformat(jour)
        modele.save(force_insert=True)
    OccupationNuit.objects.filter(jour__in=["2023-03-01", "2023-03-09"]).delete()
    # Nor by what is written of other nights of the site.
    monde.fermer(2, date(2023, 3, 12), date(2023, 3, 14))
    controle = occupation.controler()
    jours = sorted(exemple["jour"] for exemple in controle.exemples)
    assert jours == ["2023-02-20", "2023-03-01", "2023-03-02", "2023-03-09"]
    occupation.recalculer_tout()
    assert occupation.controler().ecarts == 0


def test_a_night_to_come_that_nothing_explains_stops_no_other(monde: Monde) -> None:
    occupation.recalculer_marques()
    modele = OccupationNuit.objects.get(jour="2023-03-06")
    modele.pk, modele.jour = None, date(2023, 3, 30)
    modele.save(force_insert=True)
    with time_machine.travel("2023-03-25T12:00:00+00:00", tick=False):
        assert occupation.recalculer_marques() == 5
        assert occupation.controler().ecarts == 1


# --- What was known ---------------------------------------------------------------------------


def dater_les_ecritures(jour: date, heure: int = 18) -> None:
    """This transaction's entries in the history become those of a day: the tests' clock is not the
    database's, which writes them."""
    instant = datetime(jour.year, jour.month, jour.day, heure, tzinfo=PARIS)
    with connection.cursor() as cursor:
        for table in ("place", "fermeture", "sejour"):
            cursor.execute(
                f"UPDATE hebergement_{table}event SET pgh_created_at = %s "
                "WHERE pgh_created_at = now()",
                [instant],
            )


def connues(jour: date) -> list[tuple[Any, ...]]:
    """Of all sites; asked for together or one by one, they are the same."""
    sites = list(Site.objects.values_list("pk", flat=True))

    def lire_connues(*lesquels: Any) -> list[tuple[Any, ...]]:
        lues = NuitsConnues([*lesquels], date.min, date.max, jour).page(100_000)
        return [tuple(getattr(n, nom) for nom in NOMS) for n in lues]

    toutes = lire_connues(*sites)
    assert sorted(n for site in sites for n in lire_connues(site)) == toutes
    return toutes


NOMS = ("jour", "site_id", *COMPTES, "taux", "empreinte", "formule")


def ecrites() -> list[tuple[Any, ...]]:
    return list(OccupationNuit.objects.order_by("jour", "site_id").values_list(*NOMS))


PREMIER = date(2023, 3, 24)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(jours=st.lists(gestes, min_size=2, max_size=5))
def test_what_was_known_at_the_end_of_a_day_is_what_was_computed_then(
    db: None, jours: list[list[Any]]
) -> None:
    """And each night's digest stands for its facts: the same for the same, in every day's rows."""
    gardees: dict[date, list[tuple[Any, ...]]] = {}
    par_faits: dict[frozenset[Any], int] = {}
    with transaction.atomic():
        monde = Monde.creer()
        for rang, suite in enumerate(jours):
            # Some days nobody writes anything.
            jour = PREMIER + timedelta(days=2 * rang)
            with time_machine.travel(f"{jour}T22:30:00+01:00", tick=False):
                if rang == 0:
                    monde.place(1, "s0", date(2023, 3, 3), date(2023, 3, 21))
                    monde.place(2, "s1", date(2023, 3, 1), None)
                for geste in suite:
                    try:
                        with transaction.atomic():
                            faire(monde, geste)
                            connection.check_constraints()
                    except IntegrityError:
                        continue
                dater_les_ecritures(jour)
                occupation.recalculer_marques()
                gardees[jour] = ecrites()
                digests = {
                    (n.site.code, n.jour): n.empreinte
                    for n in OccupationNuit.objects.select_related("site")
                }
                for nuit, ce_qui_est in faits(digests).items():
                    assert par_faits.setdefault(ce_qui_est, digests[nuit]) == digests[nuit], nuit
                assert occupation.controler().ecarts == 0
        assert len(set(par_faits.values())) == len(par_faits)
        with time_machine.travel(f"{jour + timedelta(days=9)}T10:00:00+00:00", tick=False):
            occupation.recalculer_marques()
            for jour, gardee in gardees.items():
                assert connues(jour) == gardee
            # The day after, one more night was over, and nothing else had changed.
            veille = min(gardees)
            assert [n for n in connues(veille + timedelta(days=1)) if n[0] < veille] == (
                gardees[veille]
            )
            assert connues(PREMIER - timedelta(days=1)) == []
        transaction.set_rollback(True)


@pytest.fixture
def corrigee(espace_repos: Structure) -> Iterator[Monde]:
    """A stay from the 5th, known on the 6th; that it ended on the 8th, on the 12th; that its place
    was closed from the 9th on, the 14th. It is the 20th."""
    monde = Monde(espace_repos, espace_repos.organisme)
    monde.place(1, "s", date(2023, 3, 1))
    monde.sejour(1, 1, "a", date(2023, 3, 5), None)
    dater_les_ecritures(date(2023, 3, 6))
    Sejour.objects.update(depart="2023-03-08")
    dater_les_ecritures(date(2023, 3, 12))
    monde.fermer(1, date(2023, 3, 9), None)
    dater_les_ecritures(date(2023, 3, 14), 23)
    with time_machine.travel(LE_20, tick=False):
        occupation.recalculer_marques()
        yield monde


def lire(api: Api, actrice: Utilisateur, **filtres: Any) -> dict[str, Any]:
    reponse = api(actrice).get(URL, filtres)
    assert reponse.status_code == 200, reponse.json()
    corps: dict[str, Any] = reponse.json()
    return corps


def test_a_known_day_is_answered_as_the_service_would_have(
    api: Api, coordinatrice: Utilisateur, corrigee: Monde
) -> None:
    def occupees(connu_le: str) -> list[tuple[int, int, int]]:
        corps = lire(api, coordinatrice, site="s", du="2023-03-04", connu_le=connu_le)
        assert (corps["connu_le"], corps["formule"]) == (connu_le, "occupation-1")
        lignes = corps["resultats"]
        assert all(n["connu_le"] == connu_le for n in lignes)
        assert all(n["formule"] == "occupation-1" for n in lignes)
        assert {datetime.fromisoformat(n["calcule_le"]) for n in lignes} <= {
            datetime.fromisoformat(LE_20)
        }
        return [(int(n["jour"][-2:]), n["occupees"], n["disponibles"]) for n in lignes]

    assert occupees("2023-03-05") == []  # nothing was written before the 6th
    assert occupees("2023-03-06") == [(4, 0, 1), (5, 1, 1)]
    assert occupees("2023-03-11") == [(4, 0, 1), *((jour, 1, 1) for jour in range(5, 11))]
    le_12 = [(4, 0, 1), (5, 1, 1), (6, 1, 1), (7, 1, 1), *((jour, 0, 1) for jour in range(8, 12))]
    assert occupees("2023-03-12") == le_12
    # 23 h in Paris is still of that day.
    assert occupees("2023-03-14")[5:] == [(jour, 0, 0) for jour in range(9, 14)]
    assert occupees("2023-03-13") == [*le_12, (12, 0, 1)]
    aujourd_hui = lire(api, coordinatrice, site="s", connu_le="2023-03-20")["resultats"]
    maintenant = lire(api, coordinatrice, site="s")["resultats"]
    assert [n["connu_le"] for n in maintenant] == [None] * 19
    assert [n | {"connu_le": None} for n in aujourd_hui] == maintenant
    assert all(len(n["empreinte"]) == 16 and int(n["empreinte"], 16) for n in maintenant)


def test_what_is_written_at_midnight_in_paris_is_of_the_day_that_begins(
    espace_repos: Structure,
) -> None:
    """In Greenwich it is the day before still."""
    monde = Monde(espace_repos, espace_repos.organisme)
    monde.place(1, "s", date(2023, 3, 1))
    dater_les_ecritures(date(2023, 3, 2))
    monde.sejour(1, 1, "a", date(2023, 3, 5), None)
    dater_les_ecritures(date(2023, 3, 14), 0)
    with time_machine.travel(LE_20, tick=False):
        occupees = NOMS.index("occupees")
        for jour, attendues in ((13, 0), (14, 9)):
            assert sum(nuit[occupees] for nuit in connues(date(2023, 3, jour))) == attendues


def test_what_is_not_known_yet_is_refused(
    api: Api, coordinatrice: Utilisateur, corrigee: Monde
) -> None:
    for adresse in (URL, f"{URL}s/2023-03-06/detail/"):
        reponse = api(coordinatrice).get(adresse, {"connu_le": "2023-03-21"})
        assert reponse.status_code == 400
        (erreur,) = reponse.json()["erreurs"]
        assert (erreur["champ"], erreur["code"]) == ("connu_le", "a_venir")
        assert "n'est pas encore venu" in erreur["message"]
        assert api(coordinatrice).get(adresse, {"connu_le": "hier"}).status_code == 400
        assert api(coordinatrice).get(adresse, {"connu_le": ""}).status_code == 400
    inconnu = api(coordinatrice).get(URL, {"connu_le": "2023-03-12", "site": "nulle-part"})
    assert inconnu.status_code == 400


def test_pages_of_a_known_day_follow_each_other_both_ways(
    api: Api, coordinatrice: Utilisateur, corrigee: Monde
) -> None:
    corrigee.place(2, "t", date(2023, 3, 7))
    dater_les_ecritures(date(2023, 3, 7))
    client = api(coordinatrice)
    filtres = {"connu_le": "2023-03-14", "taille": 500}
    toutes = client.get(URL, filtres).json()["resultats"]
    assert len(toutes) == 13 + 7
    adresse: str | None = f"{URL}?connu_le=2023-03-14&taille=3"
    lues, pages = [], []
    requetes = set()
    while adresse:
        with CaptureQueriesContext(connection) as faites:
            page = client.get(adresse).json()
        requetes.add(len(faites))
        lues += page["resultats"]
        pages.append(page["resultats"])
        adresse, precedent = page["suivant"], page["precedent"]
    assert lues == toutes
    for attendue in reversed(pages[:-1]):
        page = client.get(precedent).json()
        assert page["resultats"] == attendue
        precedent = page["precedent"]
    assert precedent is None
    with CaptureQueriesContext(connection) as faites:
        client.get(URL, filtres)
    assert requetes == {len(faites)}


# --- Place by place ---------------------------------------------------------------------------


def sommes(places: list[dict[str, Any]]) -> dict[str, int]:
    """The figures of a night that its places make."""
    ouvertes = [p for p in places if p["etat"] != "HORS_OUVERTURE"]
    disponibles = sum(p["compte_au_denominateur"] for p in places)
    return {
        "theoriques": len(ouvertes),
        "disponibles": disponibles,
        "fermees": len(ouvertes) - disponibles,
        "occupees": sum(p["compte_au_numerateur"] for p in places),
        "reservees": sum(p["etat"] == "RETENUE" for p in places),
        "anomalies": sum(p["anomalie"] for p in places),
    }


@pytest.mark.parametrize("cas", CAS, ids=lambda cas: cas["nom"])
def test_worked_case_through_the_api(
    api: Api, coordinatrice: Utilisateur, cas: dict[str, Any], espace_repos: Structure
) -> None:
    """The rows, the same as known that day, and their places add up."""
    monde = Monde(espace_repos, espace_repos.organisme)
    for place in cas["places"]:
        debut = lire_date(place["ouverte_le"])
        assert debut
        monde.place(place["id"], place["site"], debut, lire_date(place["fermee_le"]))
    for f in cas["fermetures"]:
        debut = lire_date(f["debut"])
        assert debut
        monde.fermer(f["place"], debut, lire_date(f["fin"]))
    for s in cas["sejours"]:
        arrivee = lire_date(s["arrivee"])
        assert arrivee
        monde.sejour(
            s["id"], s["place"], s["personne"], arrivee, lire_date(s["depart"]), s["suite_de"]
        )
    dater_les_ecritures(date.fromisoformat(cas["au"]), 1)
    client = api(coordinatrice)
    with time_machine.travel(f"{cas['au']}T12:00:00+00:00", tick=False):
        occupation.recalculer_marques()
        bornes = {"du": cas["du"], "au": cas["au"], "taille": 500}
        lignes = client.get(URL, bornes).json()["resultats"]
        connues = client.get(URL, {**bornes, "connu_le": cas["au"]}).json()["resultats"]
        assert [n | {"connu_le": None} for n in connues] == lignes
        codes = {str(site.pk): nom for nom, site in monde.sites.items()}
        lues = {(codes[n["site"]], n["jour"]): n for n in lignes}
        for attendue in cas["attendu"]:
            site, jour = attendue["site"], attendue["jour"]
            nuit = lues[site, jour]
            for nom, valeur in attendue.items():
                if nom == "taux" and valeur is not None:
                    assert nuit["taux"] == pytest.approx(valeur, abs=5e-5)
                elif nom != "site":
                    assert nuit[nom] == valeur, (site, jour, nom)
            for filtres in ({}, {"connu_le": cas["au"]}):
                reponse = client.get(f"{URL}{site}/{jour}/detail/", filtres)
                assert reponse.status_code == 200, reponse.json()
                detail = reponse.json()
                places = detail.pop("places")
                assert detail == nuit | {"connu_le": filtres.get("connu_le")}
                assert sommes(places) == {nom: nuit[nom] for nom in sommes(places)}


def test_each_place_of_a_night_says_what_it_counts_for(
    api: Api, coordinatrice: Utilisateur, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    monde = Monde(espace_repos, espace_repos.organisme)
    for numero in range(1, 7):
        monde.place(numero, "s", date(2023, 3, 1))
    monde.place(7, "s", date(2023, 3, 10))
    monde.place(8, "t", date(2023, 3, 1))
    for numero, place in enumerate((1, 2), 1):
        monde.sejour(numero, place, f"p{numero}", date(2023, 3, 1), None)
    monde.fermer(2, date(2023, 3, 4), date(2023, 3, 6))
    monde.fermer(3, date(2023, 3, 4), None)
    monde.fermer(3, date(2023, 3, 2), date(2023, 3, 6))
    monde.fermer(4, date(2023, 3, 6), None)
    for place in (5, 6):
        Sejour.objects.create(
            place=monde.places[place], personne=monde.personne(f"p{place}"), nature=Nature.RETENUE,
            arrivee=date(2023, 3, 5), depart=date(2023, 3, 6), motif_forcage="x",
        )  # fmt: skip
    monde.fermer(6, date(2023, 3, 5), date(2023, 3, 6))
    with time_machine.travel(LE_20, tick=False):
        occupation.recalculer_marques()
        adresse = f"{URL}{monde.sites['s'].pk}/2023-03-05/detail/"
        detail = api(intervenante).get(adresse).json()
        assert api(coordinatrice).get(adresse).json() == detail
    nuit = OccupationNuit.objects.get(site__code="s", jour="2023-03-05")
    assert (nuit.reservees, nuit.anomalies, nuit.fermees, nuit.theoriques) == (2, 1, 2, 6)
    for nom, somme in sommes(detail["places"]).items():
        assert somme == getattr(nuit, nom), nom
    par_libelle = {p["libelle"]: p for p in detail["places"]}
    assert [p["libelle"] for p in detail["places"]] == list("1234567")
    assert [
        (
            p["etat"], p["compte_au_numerateur"], p["compte_au_denominateur"], p["anomalie"],
            p["motif_fermeture"],
        )
        for p in detail["places"]
    ] == [
        ("OCCUPEE", True, True, False, None),
        ("OCCUPEE", True, True, True, "Travaux"),
        ("FERMEE", False, False, False, "Travaux ; Travaux"),
        ("LIBRE", False, True, False, None),
        ("RETENUE", False, True, False, None),
        ("RETENUE", False, False, False, "Travaux"),
        ("HORS_OUVERTURE", False, False, False, None),
    ]  # fmt: skip
    assert par_libelle["1"]["place"] == str(monde.places[1].pk)
    # Nobody's name, and no key of a person nor of a stay.
    texte = json.dumps(detail)
    for cle in (
        *Sejour.objects.values_list("pk", flat=True),
        *(p.pk for p in monde.personnes.values()),
    ):
        assert str(cle) not in texte
    assert datetime.fromisoformat(detail["calcule_le"]) == nuit.calcule_le


@pytest.mark.parametrize(
    "adresse",
    [
        "s/2023-02-28",
        "s/2023-03-20",
        "s/2023-03-32",
        "s/hier",
        "nulle-part/2023-03-05",
        "s/20230305",
    ],
)
def test_a_night_that_is_not_there_is_not_found(
    api: Api, coordinatrice: Utilisateur, corrigee: Monde, adresse: str
) -> None:
    assert api(coordinatrice).get(f"{URL}s/2023-03-19/detail/").status_code == 200
    assert api(coordinatrice).get(f"{URL}{adresse}/detail/").status_code == 404


def test_a_night_whose_change_waits_is_told_as_its_places_are(corrigee: Monde) -> None:
    site = corrigee.sites["s"].pk
    jour = date(2023, 3, 7)
    nuit = OccupationNuit.objects.get(jour=jour)
    assert detailler(site, jour).empreinte == nuit.empreinte
    Sejour.objects.update(depart="2023-03-07")
    detail = detailler(site, jour)
    assert (detail.occupees, sum(p["compte_au_numerateur"] for p in detail.places)) == (0, 0)
    assert detail.empreinte != nuit.empreinte
    assert detailler(site, jour, date(2023, 3, 13)).occupees == 1
    assert detailler(site, jour, date(2023, 3, 7)) is None
