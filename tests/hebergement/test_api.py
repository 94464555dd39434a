"""Places given, moved, ended and closed through the API."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from hebergement import services
from hebergement.models import Sejour
from tests.conftest import Api
from tests.factories import PersonneFactory, PlaceFactory, identifiant


def test_une_place_se_donne_se_quitte_et_ne_se_partage_pas(
    api: Api, coordinatrice: Any, personne: Any
) -> None:
    client, place, autre = api(coordinatrice), PlaceFactory(), PlaceFactory()
    corps = {
        "uuid": str(identifiant()),
        "place": str(place.pk),
        "personne": str(personne.pk),
        "arrivee": "2023-05-01",
    }
    assert client.post("/api/v1/sejours/", corps).status_code == 201
    assert client.post("/api/v1/sejours/", corps).status_code == 200
    refus = client.post("/api/v1/sejours/", {**corps, "uuid": str(identifiant())})
    assert refus.status_code == 409
    types = {o["type"] for o in refus.json()["obstacles"]}
    assert types == {"PLACE_OCCUPEE", "PERSONNE_HEBERGEE"}
    adresse = f"/api/v1/sejours/{corps['uuid']}/"
    suite = client.post(
        f"{adresse}transferer/",
        {"uuid": str(identifiant()), "place": str(autre.pk), "jour": "2023-05-10"},
    )
    assert suite.status_code == 201, suite.json()
    assert suite.json()["suite_de"] == corps["uuid"]
    lu = client.get(adresse)
    corrige = client.patch(adresse, {"depart": "2023-05-12"}, HTTP_IF_MATCH=lu["ETag"])
    assert corrige.status_code == 200, corrige.json()
    adresse = f"/api/v1/sejours/{suite.json()['uuid']}/"
    assert client.get(adresse).json()["arrivee"] == "2023-05-12"
    fin = {"depart": "2023-06-01", "motif_sortie": "ORIENTATION", "destination": "LHSS"}
    assert client.post(f"{adresse}cloturer/", fin).status_code == 200
    assert len(client.get("/api/v1/places-libres/").json()["resultats"]) == 2
    assert client.get("/api/v1/occupation/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_la_derniere_place_ne_se_donne_qu_une_fois() -> None:
    place, depart, issues = PlaceFactory(), Barrier(2), []

    def attribuer(personne: Any) -> None:
        depart.wait()
        try:
            services.attribuer(
                place=place, personne=personne, arrivee=place.ouverte_le, auteur=None
            )
            issues.append("donnee")
        except services.Refus:
            issues.append("refusee")
        finally:
            connection.close()

    fils = [Thread(target=attribuer, args=[PersonneFactory()]) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issues) == ["donnee", "refusee"]
    assert Sejour.objects.count() == 1
