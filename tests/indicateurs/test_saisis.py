"""What only others know: typed in with its source, beside what is counted, never changed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from openpyxl import load_workbook
from rest_framework.test import APIClient

from indicateurs.catalogue import INDICATEURS, SAISIS
from indicateurs.enums import IndicateurSaisi, Niveau
from indicateurs.models import ChiffreSaisi, Consultation, Partenaire
from indicateurs.publications.preparation import preparer, signer
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import UtilisateurFactory, identifiant
from tests.indicateurs.test_publications import en_ordre

pytestmark = pytest.mark.django_db
RACINE = "/api/v1/indicateurs/"
CODE = IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES.value


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def ars() -> Utilisateur:
    """The partner who knows; it may read the network's figures."""
    compte: Utilisateur = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    Partenaire.objects.create(utilisateur=compte, niveaux=[Niveau.RESEAU], saisit=[CODE])
    return compte


@pytest.fixture
def ville() -> Utilisateur:
    compte: Utilisateur = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    Partenaire.objects.create(utilisateur=compte, niveaux=[Niveau.RESEAU])
    return compte


def corps(**champs: Any) -> dict[str, Any]:
    return {
        "uuid": identifiant(), "indicateur": CODE, "annee": 2023, "source": "Rapport annuel",
        "source_le": "2024-02-01",
    } | champs  # fmt: skip


def saisir(client: APIClient, **champs: Any) -> Any:
    reponse = client.post(f"{RACINE}saisis/", corps(**champs))
    assert reponse.status_code == 201, reponse.json()
    return reponse.json()


def au_bilan(client: APIClient, **demande: Any) -> Any:
    return client.get(f"{RACINE}bilan/", {"annee": 2023} | demande).json()["saisis"]


def test_it_is_of_no_computed_figure() -> None:
    assert {i.code for i in SAISIS} == set(IndicateurSaisi.values)
    assert not {i.code for i in SAISIS} & {i.code for i in INDICATEURS}
    for indicateur in SAISIS:
        assert indicateur.saisi
        assert indicateur.axes == ()
    assert not any(i.saisi for i in INDICATEURS)


def test_the_catalogue_tells_it_apart(api: Api, ars: Utilisateur) -> None:
    definitions = api(ars).get(RACINE).json()["indicateurs"]
    assert [d["code"] for d in definitions if d["saisi"]] == [CODE]


def test_who_knows_types_it_in_and_everybody_reads_it_with_its_source(
    api: Api, ars: Utilisateur, ville: Utilisateur, coordinatrice: Utilisateur
) -> None:
    saisir(api(ars), evolution_pct=18)
    for qui in (ars, ville, coordinatrice):
        if qui == coordinatrice:
            (lu,) = au_bilan(api(qui))
            assert lu["libelle"] == "Injonctions thérapeutiques"
            assert (lu["valeur"], lu["precedent"], lu["ecart"]) == (None, None, None)
            assert lu["ecart_pct"] == 18
            assert (lu["source"], lu["source_le"]) == ("Rapport annuel", "2024-02-01")
        (ligne,) = api(qui).get(f"{RACINE}saisis/").json()["resultats"]
        assert ligne["en_vigueur"]
    assert Consultation.objects.filter(utilisateur=ars).count() == 2


def test_it_stands_beside_a_signed_year_and_is_marked(
    api: Api, ars: Utilisateur, coordinatrice: Utilisateur, espace_repos: Structure, horloge: Any
) -> None:
    signer(preparer("2023"), coordinatrice)
    client = api(ars)
    avant = client.get(f"{RACINE}bilan/?annee=2023")
    assert avant.json()["saisis"] == []
    horloge.shift(timedelta(hours=1))
    saisir(client, valeur=118)
    saisir(client, valeur=100, annee=2022)
    apres = client.get(f"{RACINE}bilan/?annee=2023")
    (lu,) = apres.json()["saisis"]
    assert (lu["valeur"], lu["precedent"], lu["ecart"], lu["ecart_pct"]) == (118, 100, 18, 18)
    # Who held the answer of before is told that there is another.
    assert apres["ETag"] != avant["ETag"]
    lignes = list(csv.DictReader(io.StringIO(
        client.get(f"{RACINE}bilan/?annee=2023&format=csv").content.decode()
    )))  # fmt: skip
    saisies = [ligne for ligne in lignes if ligne["saisi"] == "true"]
    assert [(s["code"], s["valeur"], s["source"], s["formule"]) for s in saisies] == [
        (CODE, "118", "Rapport annuel", "")
    ]
    classeur = load_workbook(io.BytesIO(
        client.get(f"{RACINE}bilan/?annee=2023&format=xlsx").content
    ))  # fmt: skip
    assert CODE in {ligne[0] for ligne in classeur["Définitions"].iter_rows(values_only=True)}
    # It is of the whole network only.
    assert au_bilan(api(coordinatrice), structure=espace_repos.code) == []
    assert au_bilan(api(coordinatrice), type="CSAPA") == []


def test_the_last_one_counts_and_the_others_stay(
    api: Api, coordinatrice: Utilisateur, horloge: Any
) -> None:
    client = api(coordinatrice)
    saisir(client, valeur=118)
    horloge.shift(timedelta(minutes=1))
    saisir(client, valeur=120)
    assert [s["valeur"] for s in au_bilan(client)] == [120]
    # By the server's clock, whatever the identifier: an old one may come late.
    horloge.shift(timedelta(minutes=1))
    saisir(client, valeur=121, uuid="00000000-0000-4000-8000-000000000001")
    assert [s["valeur"] for s in au_bilan(client)] == [121]
    horloge.shift(timedelta(minutes=1))
    saisir(client, retire=True)
    assert au_bilan(client) == []
    lues = client.get(f"{RACINE}saisis/", {"annee": 2023}).json()["resultats"]
    assert sorted(ligne["valeur"] or 0 for ligne in lues) == [0, 118, 120, 121]
    assert not any(ligne["en_vigueur"] for ligne in lues)
    assert client.get(f"{RACINE}saisis/", {"en_vigueur": "true"}).json()["resultats"] == []


def test_only_who_knows_types_it_in(api: Api, ville: Utilisateur, ars: Utilisateur) -> None:
    reponse = api(ville).post(f"{RACINE}saisis/", corps(valeur=118))
    assert reponse.status_code == 403
    assert reponse.json()["detail"] == "Ce compte ne saisit pas ce chiffre."
    assert not ChiffreSaisi.objects.exists()
    for chemin in ("personnes/", "passages/"):
        assert api(ars).post(f"/api/v1/{chemin}", {"uuid": identifiant()}).status_code == 403


def test_it_is_read_within_the_perimeter(api: Api, ars: Utilisateur, ville: Utilisateur) -> None:
    cle = saisir(api(ars), valeur=118)["uuid"]
    for reglage in ({"indicateurs": ["passages"]}, {"niveaux": [Niveau.ARRONDISSEMENT]}):
        Partenaire.objects.filter(utilisateur=ville).update(
            **{"indicateurs": [], "niveaux": [Niveau.RESEAU]} | reglage
        )
        assert api(ville).get(f"{RACINE}saisis/").json()["resultats"] == []
        assert api(ville).get(f"{RACINE}saisis/{cle}/").status_code == 404


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({}, "valeur"), ({"valeur": 3, "retire": True}, "valeur"),
        ({"valeur": -1}, "valeur"), ({"valeur": 118, "annee": 2025}, "annee"),
        ({"valeur": 118, "annee": 1999}, "annee"), ({"evolution_pct": -101}, "evolution_pct"),
        ({"valeur": 118, "source": ""}, "source"),
        ({"valeur": 118, "source_le": "2022-12-31"}, "source_le"),
        ({"valeur": 118, "source_le": "2024-03-11"}, "source_le"),
        ({"valeur": 118, "indicateur": "passages"}, "indicateur"),
        ({"valeur": 1}, "valeur"), ({"valeur": 10}, "valeur"),
        ({"valeur": 118, "annee": 2024}, "annee"),
    ],
    ids=str,
)  # fmt: skip
def test_what_says_nothing_or_cannot_be_is_refused(
    champs: dict[str, Any], champ: str, api: Api, coordinatrice: Utilisateur
) -> None:
    reponse = api(coordinatrice).post(f"{RACINE}saisis/", corps(**champs))
    assert reponse.status_code == 400, reponse.json()
    assert [e["champ"] for e in reponse.json()["erreurs"]] == [champ]
    assert not ChiffreSaisi.objects.exists()


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE indicateurs_chiffresaisi SET valeur = 2",
        "DELETE FROM indicateurs_chiffresaisi",
        "TRUNCATE indicateurs_chiffresaisi",
        "TRUNCATE socle_utilisateur CASCADE",
    ],
)
def test_nobody_changes_it_not_even_by_sql(ordre: str) -> None:
    ChiffreSaisi.objects.create(
        indicateur=CODE, annee=2023, valeur=118, source="x", source_le=date(2024, 1, 1)
    )
    en_ordre()
    with pytest.raises(IntegrityError, match="ne change plus"), transaction.atomic():
        connection.cursor().execute(ordre)
    assert ChiffreSaisi.objects.get().valeur == 118


def test_a_perimeter_lets_type_in_only_what_there_is(ville: Utilisateur) -> None:
    partenaire = Partenaire.objects.get(utilisateur=ville)
    partenaire.saisit = ["passages"]
    with pytest.raises(ValidationError):
        partenaire.full_clean()


@pytest.mark.parametrize(
    "champs",
    [
        {}, {"valeur": 3, "retire": True}, {"evolution_pct": -101},
        {"valeur": 118, "source_le": date(2022, 12, 31)}, {"valeur": 1}, {"valeur": 10},
        {"valeur": 118, "annee": 2024},
    ],
    ids=str,
)  # fmt: skip
def test_the_database_refuses_it_too(champs: dict[str, Any]) -> None:
    entiers = {"indicateur": CODE, "annee": 2023, "source": "x", "source_le": date(2024, 1, 1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        ChiffreSaisi.objects.create(**entiers | champs)


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ({"annee": 2021, "valeur": 20}, {"annee": 2022, "evolution_pct": -75}),
        ({"annee": 2022, "evolution_pct": -75}, {"annee": 2021, "valeur": 20}),
        ({"annee": 2022, "evolution_pct": 300}, {"annee": 2022, "valeur": 12}),
        (None, {"annee": 2022, "valeur": 12, "evolution_pct": 300}),
    ],
)
def test_no_evolution_tells_a_total_of_a_few(
    api: Api, coordinatrice: Utilisateur, avant: dict[str, Any] | None, apres: dict[str, Any]
) -> None:
    """Of the year, or of the one before; in whatever order they are typed in."""
    client = api(coordinatrice)
    dits = [{"source_le": "2023-12-01", "valeur": None, **dit} for dit in (avant, apres) if dit]
    reponses = [client.post(f"{RACINE}saisis/", corps(**dit)) for dit in dits]
    assert [r.status_code for r in reponses[:-1]] == [201] * (len(dits) - 1), reponses[0].json()
    refus = reponses[-1].json()
    assert (refus["status"], refus["erreurs"][0]["champ"]) == (400, "evolution_pct")
    # Others that say as much, of more, are taken; and so is what withdraws.
    autre = {**dits[-1], "evolution_pct": 10, "valeur": 400}
    assert client.post(f"{RACINE}saisis/", corps(**autre)).status_code == 201
    retrait = {**dits[-1], "evolution_pct": None, "valeur": None, "retire": True}
    assert client.post(f"{RACINE}saisis/", corps(**retrait)).status_code == 201


def test_what_was_typed_of_a_year_under_way_can_be_withdrawn(
    api: Api, coordinatrice: Utilisateur
) -> None:
    """As it could be before: what is there stays readable until then."""
    retrait = corps(annee=2024, valeur=None, retire=True, source_le="2024-03-01")
    assert api(coordinatrice).post(f"{RACINE}saisis/", retrait).status_code == 201
