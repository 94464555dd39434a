"""The verbs of a round sent again or too early; what is told of a cancelled round."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commun.horloge import maintenant
from maraudes.models import Observation
from socle.models import Equipe, Utilisateur
from tests.concurrence import courir
from tests.conftest import Api
from tests.factories import MaraudeFactory, identifiant

DEBUT = "2026-10-12T22:30:00+02:00"
FIN = "2026-10-13T02:00:00+02:00"


def test_a_start_sent_again_after_the_closing(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    client, maraude = api(intervenante), MaraudeFactory(equipe=equipe)
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    assert client.post(f"{adresse}demarrer/", {"debut_le": DEBUT}).status_code == 200
    close = client.post(f"{adresse}cloturer/", {"fin_le": FIN})
    assert close.status_code == 200
    rejouee = client.post(f"{adresse}demarrer/", {"debut_le": DEBUT})
    assert rejouee.status_code == 200
    assert rejouee.json() == close.json() == client.get(adresse).json()
    for autre in ({"debut_le": FIN}, {}):
        assert client.post(f"{adresse}demarrer/", autre).status_code == 409
    assert client.get(adresse).json() == close.json()


def test_a_start_does_not_lie_ahead(api: Api, intervenante: Utilisateur, equipe: Equipe) -> None:
    client, maraude = api(intervenante), MaraudeFactory(equipe=equipe)
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    demain = (maintenant() + timedelta(hours=3)).isoformat()
    refusee = client.post(f"{adresse}demarrer/", {"debut_le": demain})
    assert refusee.status_code == 400
    assert [e["champ"] for e in refusee.json()["erreurs"]] == ["debut_le"]
    assert client.get(adresse).json()["statut"] == "PLANIFIEE"
    # A clock that is a little fast is no lie.
    proche = (maintenant() + timedelta(minutes=1)).isoformat()
    assert client.post(f"{adresse}demarrer/", {"debut_le": proche}).status_code == 200


def test_nothing_is_observed_on_a_cancelled_round(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    client = api(intervenante)
    annulee, autre = (MaraudeFactory(annulee=annule, equipe=equipe) for annule in (True, False))
    corps = {"uuid": identifiant(), "texte": "Quai vide.", "saisi_le": DEBUT}
    refusee = client.post("/api/v1/observations/", {**corps, "maraude": str(annulee.pk)})
    assert refusee.status_code == 409
    assert not Observation.objects.exists()
    faite = client.post("/api/v1/observations/", {**corps, "maraude": str(autre.pk)})
    assert faite.status_code == 201
    adresse = f"/api/v1/observations/{corps['uuid']}/"
    deplacee = client.patch(adresse, {"maraude": str(annulee.pk)}, HTTP_IF_MATCH=faite["ETag"])
    assert deplacee.status_code == 409
    assert client.get(adresse).json()["maraude"] == str(autre.pk)


def test_an_observation_sent_again_after_the_cancelling(
    api: Api, intervenante: Utilisateur, equipe: Equipe
) -> None:
    client, maraude = api(intervenante), MaraudeFactory(equipe=equipe)
    corps = {"uuid": identifiant(), "maraude": str(maraude.pk), "texte": "Vu.", "saisi_le": DEBUT}
    assert client.post("/api/v1/observations/", corps).status_code == 201
    assert client.post(f"/api/v1/maraudes/{maraude.pk}/annuler/").status_code == 200
    assert client.post("/api/v1/observations/", corps).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("heure", [DEBUT, None], ids=["dite", "celle du serveur"])
@pytest.mark.parametrize("verbe", ["demarrer", "cloturer", "annuler"])
def test_the_same_verb_twice_at_the_same_moment(
    api: Api, intervenante: Utilisateur, equipe: Equipe, verbe: str, heure: str | None
) -> None:
    """A tablet that gave up waiting asks again while its first request is still at work."""
    client = api(intervenante)
    maraude = MaraudeFactory(equipe=equipe)
    adresse = f"/api/v1/maraudes/{maraude.pk}/"
    if verbe == "cloturer":
        tout_a_l_heure = (maintenant() - timedelta(hours=3)).isoformat()
        depart = {"debut_le": DEBUT if heure else tout_a_l_heure}
        assert client.post(f"{adresse}demarrer/", depart).status_code == 200
    corps = {
        "demarrer": {"debut_le": heure} if heure else {},
        "cloturer": {"fin_le": FIN} if heure else {},
        "annuler": {},
    }[verbe]
    reponses = courir(
        [lambda: client.post(f"{adresse}{verbe}/", corps)] * 2, "maraudes_maraude", maraude.pk
    )
    assert [r.status_code for r in reponses] == [200, 200], [r.json() for r in reponses]
    assert reponses[0].json() == reponses[1].json() == client.get(adresse).json()
