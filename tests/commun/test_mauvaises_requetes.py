"""Bad input: a problem detail in French that names the field and the rule; nothing written."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import identifiant

pytestmark = pytest.mark.django_db
URL = "/api/v1/passages/"


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("genre_observe", "INCONNU"),
        ("genre_observe", 5),
        ("tranche_age_observee", ["F"]),
        ("structure", 12),
        ("structure", "nulle-part"),
        ("structure", "00000000-0000-7000-8000-000000000001"),
        ("personne", "00000000-0000-7000-8000-000000000001"),
        ("personne", "abc"),
        ("personne", {"uuid": 1}),
        ("uuid", "abc"),
        ("uuid", 12),
        ("uuid", None),
        ("saisi_le", "hier"),
        ("saisi_le", 5),
        ("saisi_le", "2099-01-01T00:00:00Z"),
        ("saisi_le", "0001-01-01T00:00:00Z"),
        ("parti_le", "2020-01-01T00:00:00Z"),
        ("inattendu", 1),
    ],
)
def test_field_is_named(
    api: Api, intervenante: Utilisateur, espace_repos: Structure, champ: str, valeur: Any
) -> None:
    corps = {
        "uuid": identifiant(),
        "structure": espace_repos.code,
        "saisi_le": "2026-10-12T10:00:00+02:00",
        champ: valeur,
    }
    reponse = api(intervenante).post(URL, corps)
    assert reponse.status_code == 400, reponse.json()
    assert reponse["Content-Type"] == "application/problem+json"
    assert [e["champ"] for e in reponse.json()["erreurs"]] == [champ]
    assert not Contact.objects.exists()


@pytest.mark.parametrize("valeur", [12, True, ["x"], "\x00"])
def test_text_is_text(api: Api, intervenante: Utilisateur, valeur: Any) -> None:
    reponse = api(intervenante).post(
        "/api/v1/personnes/", {"uuid": "00000000-0000-7000-8000-000000000001", "pseudonyme": valeur}
    )
    assert reponse.status_code == 400
    assert reponse.json()["erreurs"][0]["champ"] == "pseudonyme"


@pytest.mark.parametrize(
    ("corps", "type_de_contenu", "statut"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"texte"', "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b" " * 5_000_000, "application/json", 413),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"<a/>", "text/xml", 415),
    ],
    ids=["tronque", "octets", "profond", "liste", "texte", "nul", "nan", "5Mo", "form", "xml"],
)
def test_body(
    api: Api, intervenante: Utilisateur, corps: bytes, type_de_contenu: str, statut: int
) -> None:
    reponse = api(intervenante).post(URL, corps, content_type=type_de_contenu)
    assert reponse.status_code == statut, reponse.content
    assert reponse["Content-Type"] == "application/problem+json"
    assert "Traceback" not in reponse.content.decode()


def test_methods_addresses_and_formats(api: Api, intervenante: Utilisateur) -> None:
    client = api(intervenante)
    for reponse, statut in (
        (client.delete(f"{URL}{identifiant()}/"), 405),
        (client.put(f"{URL}{identifiant()}/", {}), 405),
        (client.get(f"{URL}pas-un-uuid/"), 404),
        (client.get("/api/v1/nulle-part/"), 404),
        (client.get(URL, headers={"Accept": "text/csv"}), 406),
        (client.get(f"{URL}?structure=a&structures=b"), 400),
        (client.get(f"{URL}?du=hier"), 400),
    ):
        assert reponse.status_code == statut, reponse.content
        assert reponse["Content-Type"] == "application/problem+json"
        assert reponse.json()["detail"]


def test_inner_error_tells_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def casser(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret intérieur")

    monkeypatch.setattr("config.sante._base_prete", casser)
    reponse = Client(raise_request_exception=False).get("/sante/pret/")
    assert reponse.status_code == 500
    assert reponse["Content-Type"] == "application/problem+json"
    assert "secret" not in reponse.content.decode()
