"""A round underground, from its start to its closing, past midnight."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commun.horloge import maintenant
from contacts.models import Contact
from maraudes.enums import Milieu
from maraudes.models import Rencontre
from socle.models import Equipe, Personne, Utilisateur
from tests.conftest import Api
from tests.factories import (
    EtapeFactory,
    MaraudeFactory,
    RencontreFactory,
    SecteurFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
SOIR = "2026-10-12T22:30:00+02:00"
NUIT = "2026-10-13T01:10:00+02:00"
FIN = "2026-10-13T02:00:00+02:00"


def test_round_past_midnight(
    api: Api, intervenante: Utilisateur, equipe: Equipe, personne: Personne
) -> None:
    client = api(intervenante)
    stations = SecteurFactory.create_batch(4, station=True)
    corps = {
        "uuid": identifiant(),
        "equipe": str(equipe.pk),
        "milieu": "SOUS_SOL",
        "jour_prevu": "2026-10-12",
        "membres": [str(intervenante.pk)],
        "etapes": [{"secteur": station.code} for station in stations],
        "saisi_le": SOIR,
    }
    maraude = client.post("/api/v1/maraudes/", corps)
    assert maraude.status_code == 201, maraude.json()
    assert [e["ordre"] for e in maraude.json()["etapes"]] == [1, 2, 3, 4]
    adresse = f"/api/v1/maraudes/{corps['uuid']}/"
    assert client.post(f"{adresse}demarrer/", {"debut_le": SOIR}).json()["statut"] == "EN_COURS"
    rencontre = {
        "uuid": identifiant(),
        "maraude": corps["uuid"],
        "secteur": stations[0].code,
        "personne": str(personne.pk),
        "saisi_le": NUIT,
    }
    reponse = client.post("/api/v1/rencontres/", rencontre)
    assert reponse.status_code == 201, reponse.json()
    assert reponse.json()["jour"] == "2026-10-12"
    assert client.post("/api/v1/rencontres/", rencontre).status_code == 200
    lot = {
        "rencontres": [
            {
                "uuid": identifiant(),
                "maraude": corps["uuid"],
                "secteur": str(stations[1].pk),
                "issue": issue,
                "genre_observe": "F",
                "saisi_le": NUIT,
            }
            for issue in ("ECHANGE", "REFUS", "INDISPONIBLE")
        ]
    }
    assert client.post("/api/v1/rencontres/lot/", lot).status_code == 201
    assert client.post("/api/v1/rencontres/lot/", lot).status_code == 200
    close = client.post(f"{adresse}cloturer/", {"fin_le": FIN}).json()
    assert close["statut"] == "CLOTUREE"
    assert close["jour"] == "2026-10-12"
    assert [e["statut"] for e in close["etapes"]] == [
        "VISITEE",
        "VISITEE",
        "NON_VISITEE",
        "NON_VISITEE",
    ]
    assert set(Contact.objects.values_list("jour", flat=True)) == {date(2026, 10, 12)}
    assert Rencontre.objects.count() == 4
    remise = {
        "uuid": identifiant(),
        "contact": rencontre["uuid"],
        "materiel": "PIPE",
        "quantite_distribuee": 3,
        "quantite_recuperee": 1,
        "saisi_le": NUIT,
    }
    assert client.post("/api/v1/materiel/", remise).status_code == 201
    resume = client.get(f"{adresse}resume/")
    assert resume.status_code == 200
    assert len(resume.json()["etapes_non_visitees"]) == 2


def test_batch_is_all_or_nothing(api: Api, intervenante: Utilisateur, equipe: Equipe) -> None:
    maraude = MaraudeFactory(en_cours=True, equipe=equipe)
    bonne = {"uuid": identifiant(), "maraude": str(maraude.pk), "saisi_le": NUIT}
    mauvaise = {**bonne, "uuid": identifiant(), "issue": "INCONNUE"}
    reponse = api(intervenante).post("/api/v1/rencontres/lot/", {"rencontres": [bonne, mauvaise]})
    assert reponse.status_code == 400
    assert reponse.json()["erreurs"][0]["champ"].endswith("issue")
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("lot", "champ", "message"),
    [
        ({"a": 1}, "rencontres", "Il faut une liste."),
        ("x", "rencontres", "Il faut une liste."),
        (["x"], "rencontres.0", "Il faut un objet JSON."),
        ([{"secteur": 1}, []], "rencontres.1", "Il faut un objet JSON."),
    ],
)
def test_a_batch_of_something_else_is_named(
    api: Api, intervenante: Utilisateur, lot: Any, champ: str, message: str
) -> None:
    reponse = api(intervenante).post("/api/v1/rencontres/lot/", {"rencontres": lot})
    assert reponse.status_code == 400
    (erreur,) = reponse.json()["erreurs"]
    assert (erreur["champ"], erreur["message"]) == (champ, message)


def test_cancelled_round_refuses_encounters(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(annulee=True, equipe=equipe)
    corps = {"uuid": identifiant(), "maraude": str(maraude.pk), "saisi_le": NUIT}
    assert api(intervenante).post("/api/v1/rencontres/", corps).status_code == 409
    assert not Contact.objects.exists()


def test_end_before_start_is_refused(api: Api, intervenante: Utilisateur, equipe: Equipe) -> None:
    maraude = MaraudeFactory(en_cours=True, equipe=equipe, debut_le=NUIT)
    reponse = api(intervenante).post(f"/api/v1/maraudes/{maraude.pk}/cloturer/", {"fin_le": SOIR})
    assert reponse.status_code == 400
    assert "fin" in reponse.json()["detail"]
    maraude.refresh_from_db()
    assert maraude.statut == "EN_COURS"


def test_stop_of_another_milieu_is_refused(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    corps = {
        "uuid": identifiant(),
        "equipe": str(equipe.pk),
        "milieu": Milieu.SOUS_SOL,
        "etapes": [{"secteur": SecteurFactory().code}],
    }
    reponse = api(intervenante).post("/api/v1/maraudes/", corps)
    assert reponse.status_code == 400
    assert reponse.json()["erreurs"][0]["champ"] == "etapes.0.secteur"


def test_encounter_is_corrected_with_its_version(
    api: Api, intervenante: Utilisateur, equipe: Equipe, personne: Personne
) -> None:
    client = api(intervenante)
    rencontre = RencontreFactory(maraude=MaraudeFactory(en_cours=True, equipe=equipe))
    adresse = f"/api/v1/rencontres/{rencontre.pk}/"
    etag = client.get(adresse)["ETag"]
    corps = {"personne": str(personne.pk), "issue": "REFUS"}
    reponse = client.patch(adresse, corps, headers={"If-Match": etag})
    assert reponse.status_code == 200, reponse.json()
    assert reponse.json()["personne"] == str(personne.pk)
    assert client.patch(adresse, corps, headers={"If-Match": etag}).status_code == 412


@pytest.mark.parametrize("chemin", ["maraudes", "rencontres"])
def test_same_queries_at_one_and_many(
    api: Api,
    coordinatrice: Utilisateur,
    equipe: Equipe,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
    chemin: str,
) -> None:
    client = api(coordinatrice)

    def creer(n: int) -> None:
        for _ in range(n):
            RencontreFactory(maraude=MaraudeFactory(en_cours=True, equipe=equipe))

    creer(1)
    with django_assert_num_queries(4 if chemin == "maraudes" else 2):
        assert len(client.get(f"/api/v1/{chemin}/").json()["resultats"]) == 1
    creer(5)
    with django_assert_num_queries(4 if chemin == "maraudes" else 2):
        assert len(client.get(f"/api/v1/{chemin}/").json()["resultats"]) == 6


@pytest.mark.parametrize("ensuite", ["EN_COURS", "CLOTUREE"])
def test_correcting_the_stops_loses_no_visit(
    api: Api, intervenante: Utilisateur, equipe: Equipe, ensuite: str
) -> None:
    client = api(intervenante)
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    vue, fermee, nouvelle, vide = (SecteurFactory(station=True) for _ in range(4))
    EtapeFactory(maraude=maraude, secteur=vue, ordre=1)
    EtapeFactory(maraude=maraude, secteur=fermee, ordre=2, statut="INACCESSIBLE")
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    for secteur in (vue, nouvelle):
        corps = {"uuid": str(identifiant()), "maraude": str(maraude.pk), "secteur": secteur.code,
                 "saisi_le": maintenant().isoformat()}  # fmt: skip
        assert client.post("/api/v1/rencontres/", corps).status_code == 201
    if ensuite == "CLOTUREE":
        assert client.post(f"{adresse}cloturer/", {}).status_code == 200
    etapes = [{"secteur": s.code} for s in (vide, nouvelle, fermee, vue)]
    etag = client.get(adresse)["ETag"]
    corrigee = client.patch(adresse, {"etapes": etapes}, HTTP_IF_MATCH=etag)
    assert corrigee.status_code == 200, corrigee.json()
    assert [e["statut"] for e in corrigee.json()["etapes"]] == [
        "PREVUE" if ensuite == "EN_COURS" else "NON_VISITEE", "VISITEE", "INACCESSIBLE", "VISITEE"
    ]  # fmt: skip
    assert corrigee["ETag"] == client.get(adresse)["ETag"] != etag


def test_a_station_that_comes_twice_keeps_each_of_its_states(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    client, maraude = api(intervenante), MaraudeFactory(equipe=equipe, en_cours=True)
    deux_fois, autre = SecteurFactory(station=True), SecteurFactory(station=True)
    for ordre, (secteur, statut) in enumerate(
        [(deux_fois, "VISITEE"), (autre, "PREVUE"), (deux_fois, "PREVUE")], 1
    ):
        EtapeFactory(maraude=maraude, secteur=secteur, ordre=ordre, statut=statut)
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    etapes = [{"secteur": s.code} for s in (deux_fois, autre, deux_fois, autre)]
    etag = client.get(adresse)["ETag"]
    corrigee = client.patch(adresse, {"etapes": etapes}, HTTP_IF_MATCH=etag).json()
    assert [e["statut"] for e in corrigee["etapes"]] == ["VISITEE", "PREVUE", "PREVUE", "PREVUE"]


def test_a_summary_tells_no_more_of_a_person_than_their_encounter(
    api: Api,
    coordinatrice: Utilisateur,
    coordinatrice_ailleurs: Utilisateur,
    autre_equipe: Equipe,
    personne_ailleurs: Personne,
) -> None:
    maraude = MaraudeFactory(equipe=autre_equipe, en_cours=True)
    personne_ailleurs.genre = "F"
    personne_ailleurs.save()
    RencontreFactory(maraude=maraude, personne=personne_ailleurs, genre_observe="F")
    RencontreFactory(maraude=maraude, genre_observe="H")
    resumes = [
        api(c).get(f"/api/v1/maraudes/{maraude.pk}/resume/").json()["rencontres"]["par_genre"]
        for c in (coordinatrice, coordinatrice_ailleurs)
    ]
    assert resumes[0] == {"NON_RENSEIGNE": 1, "H": 1}
    assert resumes[1] == {"F": 1, "H": 1}
