"""Bad input: a problem detail in French that names the field and the rule; nothing written."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from contacts.models import Contact
from socle.models import Jeton, Structure, Utilisateur
from synchro.lecture import ENVOI_AU_PLUS
from tests.commun.test_mauvaises_valeurs import en_francais
from tests.conftest import Api
from tests.factories import JetonFactory, identifiant
from tests.routes import CREATIONS, adresse_de, creation, creer, routes
from tests.synchro.conftest import enroler_une_tablette
from tests.tables import compter
from tests.test_acces import FICHES, LISTES

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


CORPS = {
    "tronque": (b"{", 400),
    "vide": (b" ", 400),
    "octets": (b"\xff\xfe", 400),
    "profond": (b"[" * 100_000, 400),
    "objets-profonds": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
    "liste": (b"[]", 400),
    "liste-d-objets": (b'[{"uuid": 1}]', 400),
    "texte": (b'"texte"', 400),
    "nombre": (b"12", 400),
    "nul": (b"null", 400),
    "nan": (b'{"a": NaN}', 400),
    "infini": (b'{"a": 1e999}', 400),
    "chiffres": (b'{"a": ' + b"9" * 5_000 + b"}", 400),
    "demi-caractere": (rb'{"a": "\ud800"}', 400),
    "cle-demi-caractere": (rb'{"\udfff": 1}', 400),
    "nul-dans-la-cle": (rb'{"\u0000": 1}', 400),
    "5Mo": (b'{"a": "' + b"x" * 5_000_000 + b'"}', 413),
}
ECRITURES = sorted(
    (nom, methode)
    for nom, methode in [*LISTES, *FICHES]
    if methode in {"post", "patch"} and nom != "deconnexion"
)
SANS_CORPS = {
    "fusion-annuler", "maraude-annuler", "orientation-accepter", "proposition-annuler",
    "sejour-rouvrir",
}  # fmt: skip


def verifier(reponse: Any, statut: int) -> None:
    assert reponse.status_code == statut, reponse.content[:300]
    assert reponse["Content-Type"] == "application/problem+json"
    assert en_francais(reponse.json()), reponse.content
    assert "Traceback" not in reponse.content.decode()


@pytest.mark.parametrize("corps", CORPS)
def test_bodies_of_every_write(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, corps: str
) -> None:
    client, tablette = api(coordinatrice), enroler_une_tablette(espace_repos.organisme).client
    client.raise_request_exception = tablette.raise_request_exception = False
    contenu, statut = CORPS[corps]
    for nom, methode in ECRITURES:
        if nom in SANS_CORPS:
            continue
        qui = tablette if nom == "synchro-envoi" else client
        envoyer = partial(getattr(qui, methode), content_type="application/json")
        uuid = None
        if (nom, methode) in FICHES:
            uuid = creer(nom.rsplit("-", 1)[0], espace_repos.organisme).pk
        lignes = compter()
        reponse = envoyer(adresse_de(nom, uuid), contenu, headers={"If-Match": "*"})
        assert compter() == lignes, nom
        trop = nom == "synchro-envoi" and len(contenu) > ENVOI_AU_PLUS
        verifier(reponse, 413 if trop else statut)


@pytest.mark.parametrize(
    "type_de_contenu", ["application/x-www-form-urlencoded", "text/xml", "multipart/form-data"]
)
def test_formats_of_every_write(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, type_de_contenu: str
) -> None:
    client = api(coordinatrice)
    for nom in CREATIONS:
        lignes = compter()
        adresse = adresse_de(f"{nom}-list")
        verifier(client.post(adresse, b"a=1", content_type=type_de_contenu), 415)
        assert compter() == lignes


@pytest.mark.parametrize("etat", ["absent", "inconnu", "expire", "revoque", "inactif", "deux-mots"])
def test_dead_tokens_open_nothing(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, etat: str
) -> None:
    client = APIClient()
    if etat in {"expire", "revoque", "inactif"}:
        if etat == "inactif":
            coordinatrice.is_active = False
            coordinatrice.save()
        traits = {etat: True} if etat != "inactif" else {}
        JetonFactory(
            utilisateur=coordinatrice, empreinte=Jeton.calculer_empreinte("mort"), **traits
        )
    if etat != "absent":
        secret = {"inconnu": "é\u00ff", "deux-mots": "mort né"}.get(etat, "mort")
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for nom in CREATIONS:
        demande = creation(nom, espace_repos)
        lignes = compter()
        reponse = client.post(adresse_de(f"{nom}-list"), demande.corps)
        verifier(reponse, 401)
        assert reponse["WWW-Authenticate"].startswith("Bearer")
        assert compter() == lignes


def test_a_token_of_another_role_writes_nothing(
    api: Api, ars: Utilisateur, administratrice: Utilisateur, espace_repos: Structure
) -> None:
    reference = {"site", "chambre", "place"}
    for actrice, permises in ((ars, set()), (administratrice, reference)):
        client = api(actrice)
        for nom in set(CREATIONS) - permises:
            demande = creation(nom, espace_repos)
            lignes = compter()
            verifier(client.post(adresse_de(f"{nom}-list"), demande.corps), 403)
            assert compter() == lignes


VUES = {motif.name: motif.callback.cls for _, motif in routes() if hasattr(motif.callback, "cls")}
FILTRES = sorted(
    (nom, filtre, type(champ).__name__)
    for nom, methode in LISTES
    if methode == "get"
    for filtre, champ in getattr(
        getattr(VUES[nom], "filterset_class", None), "base_filters", {}
    ).items()
)
MAUVAIS_FILTRES = {
    "ReferenceDePersonne": ["%00", "%C3%28", "x" * 3_000, "[]", "nulle-part"],
    "LUneDesDeux": ["%00", "%C3%28", "x" * 3_000, "[]", "nulle-part"],
    "Reference": ["%00", "%C3%28", "%ED%A0%80", "x" * 3_000, "[]", "nulle-part"],
    "DuSejour": ["%00", "%C3%28", "x" * 3_000, "[]", "nulle-part"],
    "UUIDFilter": ["%00", "%C3%28", "x" * 3_000, "[]", "nulle-part"],
    "CharFilter": ["%00", "a%00b"],
    "ChoiceFilter": ["INCONNU", "%00", "12", "x" * 3_000],
    "Jour": ["hier", "%00", "2023-02-30", "12", "2023-01-01T00:00:00Z", "12/10/2023"],
    "Booleen": ["oui", "2", "%00", "null"],
    "Annee": ["x", "1999", "2023.5", "1e9", "%00", "NaN", "9" * 40],
}


@pytest.mark.parametrize(("nom", "filtre", "sorte"), FILTRES)
def test_filters(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str, filtre: str, sorte: str
) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    for valeur in MAUVAIS_FILTRES[sorte]:
        reponse = client.get(f"{adresse_de(nom)}?{filtre}={valeur}")
        verifier(reponse, 400)
        assert [e["champ"] for e in reponse.json()["erreurs"]] == [filtre], (valeur, reponse.json())


@pytest.mark.parametrize("nom", sorted(n for n, m in LISTES if n.endswith("-list") and m == "get"))
def test_pages(api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str) -> None:
    """Cursors made up or cut, sizes that are none, parameters that mean nothing."""
    client = api(coordinatrice)
    client.raise_request_exception = False
    for texte in ("p=abc", "p=2023", "p=%00", "o=x", "o=99999999999999999999", "r=2&p=é", "\x00"):
        curseur = b64encode(texte.encode()).decode()
        reponse = client.get(adresse_de(nom), {"curseur": curseur})
        assert reponse.status_code in {200, 400}, (texte, reponse.content)
        if reponse.status_code == 400:
            verifier(reponse, 400)
            assert [e["champ"] for e in reponse.json()["erreurs"]] == ["curseur"]
    for parametre, valeur in (("inconnu", "1"), ("é", "1"), ("curseur", "xyz"), ("curseur", "é")):
        reponse = client.get(adresse_de(nom), {parametre: valeur})
        verifier(reponse, 400)
        assert [e["champ"] for e in reponse.json()["erreurs"]] == [parametre]
    for taille in ("0", "-1", "abc", "1.5", "²", "\x00"):
        reponse = client.get(adresse_de(nom), {"taille": taille})
        verifier(reponse, 400)
        assert [e["champ"] for e in reponse.json()["erreurs"]] == ["taille"]
    assert len(client.get(adresse_de(nom), {"taille": "501"}).json()["resultats"]) <= 500


@pytest.mark.parametrize(
    "cle", ["abc", "%00", "é", "12", "00000000-0000-7000-8000-00000000000", "-"]
)
def test_addresses(api: Api, coordinatrice: Utilisateur, espace_repos: Structure, cle: str) -> None:
    client = api(coordinatrice)
    client.raise_request_exception = False
    for nom, methode in FICHES:
        reponse = getattr(client, methode)(adresse_de(nom, cle), {}, headers={"If-Match": "*"})
        attendu = {403, 404} if nom.split("-")[0] in {"fermeture", "sejour"} else {404}
        assert reponse.status_code in attendu, (nom, methode, reponse.content)
        verifier(reponse, reponse.status_code)


@pytest.mark.parametrize(
    "corps",
    [
        {"identifiant": 12, "mot_de_passe": "x"},
        {"identifiant": "\x00", "mot_de_passe": "x"},
        {"identifiant": "x", "mot_de_passe": ["x"]},
        {"identifiant": "x" * 61, "mot_de_passe": "x"},
        {"identifiant": "x"},
        {"identifiant": "x", "mot_de_passe": "x", "role": "ADMINISTRATEUR"},
        {"identifiant": "x", "mot_de_passe": "x", "appareil": {"a": 1}},
    ],
)
def test_connection(api: Api, intervenante: Utilisateur, corps: dict[str, Any]) -> None:
    lignes = compter()
    verifier(api(None).post("/api/v1/connexion/", corps), 400)
    assert compter() == lignes


def test_precondition_is_quoted_or_refused(
    api: Api, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    client = api(intervenante)
    adresse = adresse_de("passage-detail", creer("passage", espace_repos.organisme).pk)
    for etag in ("", "1", "W/1", '"', "é", "x" * 5_000):
        reponse = client.patch(adresse, {"genre_observe": "F"}, headers={"If-Match": etag})
        verifier(reponse, 412)


def test_options_answers_as_everything_else(api: Api, coordinatrice: Utilisateur) -> None:
    verifier(api(coordinatrice).options("/api/v1/personnes/"), 405)


@pytest.mark.parametrize("invisible", ["\u200b", " \u202e\u00a0", "\ufeff"])
def test_what_nobody_sees_is_no_text(api: Api, coordinatrice: Utilisateur, invisible: str) -> None:
    corps = {"uuid": str(identifiant()), "pseudonyme": invisible, "genre": "F"}
    reponse = api(coordinatrice).post("/api/v1/personnes/", corps)
    verifier(reponse, 400)
    assert [e["champ"] for e in reponse.json()["erreurs"]] == ["pseudonyme"]
    visible = {**corps, "pseudonyme": f"Mo{invisible}ineau"}
    assert api(coordinatrice).post("/api/v1/personnes/", visible).status_code == 201
