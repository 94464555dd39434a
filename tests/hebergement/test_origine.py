"""Of a court measure: written and counted, never told of a person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from hebergement import services
from hebergement.models import DemandeHebergement
from socle.models import Utilisateur
from tests.conftest import Api
from tests.factories import (
    DemandeHebergementFactory,
    PersonneFactory,
    PlaceFactory,
    UtilisateurFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/demandes-hebergement/"


@pytest.fixture(autouse=True)
def _horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def demande() -> DemandeHebergement:
    return DemandeHebergementFactory(origine="JUSTICE", demandee_le=date(2023, 4, 1))


def ecrite(cle: Any) -> str:
    return str(DemandeHebergement.objects.get(pk=cle).origine)


def test_it_is_written_and_not_told_back(
    api: Api, intervenante: Utilisateur, espace_repos: Any
) -> None:
    corps = {
        "uuid": identifiant(), "structure": espace_repos.code, "origine": "JUSTICE",
        "personne": str(PersonneFactory(organisme=espace_repos.organisme).pk),
    }  # fmt: skip
    for statut in (201, 200):
        reponse = api(intervenante).post(URL, corps)
        assert (reponse.status_code, reponse.json()["origine"]) == (statut, None)
    assert ecrite(corps["uuid"]) == "JUSTICE"
    autre = api(intervenante).post(URL, corps | {"origine": "SIAO"})
    assert (autre.status_code, "JUSTICE" in autre.content.decode()) == (409, False)
    nul = api(intervenante).post(URL, corps | {"uuid": identifiant(), "origine": None})
    assert [e["champ"] for e in nul.json()["erreurs"]] == ["origine"]


def test_no_reading_tells_it(api: Api, demande: DemandeHebergement) -> None:
    """Neither to coordination, nor to who asked, nor to who receives them."""
    place = PlaceFactory(ouverte_le=date(2023, 1, 1))
    coordinatrice = UtilisateurFactory(role="COORDINATEUR", organisme=None)
    demandeuse = UtilisateurFactory(role="INTERVENANT", organisme=demande.structure.organisme)
    hote = UtilisateurFactory(role="INTERVENANT", organisme=place.site.structure.organisme)
    for compte in (coordinatrice, demandeuse):
        for adresse in (URL, f"{URL}attente/"):
            reponse = api(compte).get(adresse)
            assert [d["origine"] for d in reponse.json()["resultats"]] == [None], adresse
        assert api(compte).get(f"{URL}{demande.pk}/").json()["origine"] is None
    proposition = services.proposer(demande=demande, place=place, auteur=None)
    for compte in (coordinatrice, demandeuse, hote):
        for adresse in (URL, "/api/v1/propositions/", f"/api/v1/propositions/{proposition.pk}/"):
            assert "JUSTICE" not in api(compte).get(adresse).content.decode()
    perimee = api(coordinatrice).patch(
        f"{URL}{demande.pk}/", {"animal": True}, headers={"If-Match": '"x"'}
    )
    assert (perimee.status_code, "JUSTICE" in perimee.content.decode()) == (412, False)
    close = api(coordinatrice).post(f"{URL}{demande.pk}/annuler/", {"precisions": "En double"})
    assert close.json()["origine"] is None


@pytest.mark.parametrize("dit", [{"animal": True}, {"animal": True, "origine": None}])
def test_another_correction_leaves_it(
    dit: dict[str, Any], api: Api, coordinatrice: Utilisateur, demande: DemandeHebergement
) -> None:
    reponse = api(coordinatrice).patch(f"{URL}{demande.pk}/", dit, headers={"If-Match": "*"})
    assert (reponse.status_code, reponse.json()["origine"]) == (200, None)
    assert (reponse.json()["animal"], ecrite(demande.pk)) == (True, "JUSTICE")


def test_another_is_corrected_into_it(
    api: Api, coordinatrice: Utilisateur, demande: DemandeHebergement
) -> None:
    client, adresse = api(coordinatrice), f"{URL}{demande.pk}/"
    DemandeHebergement.objects.update(origine="SIAO")
    nul = client.patch(adresse, {"origine": None}, headers={"If-Match": "*"})
    assert [(e["champ"], e["message"]) for e in nul.json()["erreurs"]] == [
        ("origine", "Ce champ ne peut être nul.")
    ]
    assert ecrite(demande.pk) == "SIAO"
    reponse = client.patch(adresse, {"origine": "JUSTICE"}, headers={"If-Match": "*"})
    assert (reponse.status_code, reponse.json()["origine"]) == (200, None)
    assert ecrite(demande.pk) == "JUSTICE"


def test_it_is_no_filter(api: Api, coordinatrice: Utilisateur, demande: DemandeHebergement) -> None:
    DemandeHebergementFactory(origine="SIAO")
    assert len(api(coordinatrice).get(URL, {"origine": "SIAO"}).json()["resultats"]) == 1
    refus = api(coordinatrice).get(URL, {"origine": "JUSTICE"})
    assert refus.status_code == 400
    ((champ, message),) = [(e["champ"], e["message"]) for e in refus.json()["erreurs"]]
    assert champ == "origine"
    assert message == "Sélectionnez un choix valide. JUSTICE n’en fait pas partie."


def test_another_that_is_not_told_hides_it(api: Api, coordinatrice: Utilisateur) -> None:
    """A null is not a court measure."""
    for origine in ("JUSTICE", "AUTRE"):
        demande = DemandeHebergementFactory(origine=origine)
        assert api(coordinatrice).get(f"{URL}{demande.pk}/").json()["origine"] is None
    assert api(coordinatrice).get(URL, {"origine": "AUTRE"}).status_code == 400


def test_flows_do_not_tell_it(
    api: Api, coordinatrice: Utilisateur, demande: DemandeHebergement
) -> None:
    """Of a day, a group of its own would: it is of one with the other that is not told."""
    dit = {"par": "origine", "du": "2023-04-01", "au": "2023-05-01"}
    reponse = api(coordinatrice).get("/api/v1/hebergement/flux/", dit)
    assert reponse.status_code == 200, reponse.json()
    (groupe,) = reponse.json()["groupes"]
    attendent = groupe["delai_entree"]["en_attente"]
    assert (groupe["cle"], attendent["nombre"]) == ("AUTRE", 1)
    assert groupe["libelle"] == "Autre origine, ou mesure de justice"
    assert reponse.json()["justice"] is None


@pytest.mark.parametrize(
    ("du", "au", "autres", "dites"),
    [
        ("2022-01-01", "2023-01-01", 12, 12),
        # Nearly all that is not told would be one: who it is would be known.
        ("2022-01-01", "2023-01-01", 11, None),
        # Two periods would tell what is between them.
        ("2022-01-01", "2022-12-31", 11, None),
        ("2022-02-01", "2023-02-01", 11, None),
        ("2021-01-01", "2023-01-01", 11, None),
        # A year that is not over grows by one, and one more is not told.
        ("2023-01-01", "2024-01-01", 11, None),
    ],
)
def test_it_is_counted_of_a_year(
    du: str, au: str, autres: int, dites: int | None, api: Api, coordinatrice: Utilisateur
) -> None:
    for an in (2022, 2023):
        for origine, combien in (("JUSTICE", 12), ("AUTRE", autres), ("SIAO", 20)):
            DemandeHebergementFactory.create_batch(
                combien, origine=origine, demandee_le=date(an, 3, 1),
                recu_le=datetime(an, 3, 1, 12, tzinfo=UTC),
            )  # fmt: skip
    dit = {"par": "origine", "du": du, "au": au}
    reponse = api(coordinatrice).get("/api/v1/hebergement/flux/", dit)
    assert reponse.json()["justice"] == dites
    assert "JUSTICE" not in [groupe["cle"] for groupe in reponse.json()["groupes"]]


@pytest.mark.parametrize("de", ["auteur", "structure"])
@pytest.mark.parametrize("origine", ["JUSTICE", "AUTRE"])
def test_nobody_subtracts_their_own(
    de: str, origine: str, api: Api, coordinatrice: Utilisateur, espace_repos: Any
) -> None:
    """Without what one account, or one organisme, has entered, there are eleven of each."""

    def comptees() -> int | None:
        dit = {"par": "origine", "du": "2022-01-01", "au": "2023-01-01"}
        lu = api(coordinatrice).get("/api/v1/hebergement/flux/", dit).json()["justice"]
        return None if lu is None else int(lu)

    def saisir(origine: str, combien: int, **champs: Any) -> None:
        DemandeHebergementFactory.create_batch(
            combien, origine=origine, demandee_le=date(2022, 3, 1),
            recu_le=datetime(2022, 3, 1, 12, tzinfo=UTC), **champs,
        )  # fmt: skip

    saisir("JUSTICE" if origine == "AUTRE" else "AUTRE", 30)
    saisir(origine, 10)
    siennes = {"auteur": coordinatrice} if de == "auteur" else {"structure": espace_repos}
    saisir(origine, 20, **siennes)
    assert comptees() is None
    saisir(origine, 1)
    assert comptees() == (31 if origine == "JUSTICE" else 30)


@pytest.mark.parametrize("origine", ["JUSTICE", "AUTRE"])
def test_no_correction_tells_which_of_those_that_are_not_told_it_is(
    origine: str, api: Api, coordinatrice: Utilisateur
) -> None:
    """Neither that nothing changed, nor that the count of a year moved."""
    for autre in ("JUSTICE", "AUTRE"):
        DemandeHebergementFactory.create_batch(
            12, origine=autre, demandee_le=date(2022, 3, 1),
            recu_le=datetime(2022, 3, 1, 12, tzinfo=UTC),
        )  # fmt: skip
    client = api(coordinatrice)

    def comptees() -> int:
        dit = {"par": "origine", "du": "2022-01-01", "au": "2023-01-01"}
        return int(client.get("/api/v1/hebergement/flux/", dit).json()["justice"])

    assert comptees() == 12
    demande = DemandeHebergement.objects.filter(origine=origine).first()
    assert demande is not None
    adresse = f"{URL}{demande.pk}/"
    avant = client.get(adresse)["ETag"]
    # Nor were all others given an origin that is told.
    for voulue in ("JUSTICE", "AUTRE", "SIAO"):
        refus = client.patch(adresse, {"origine": voulue}, headers={"If-Match": "*"})
        assert refus.status_code == 400
        assert [e["code"] for e in refus.json()["erreurs"]] == ["origine_tue"]
    assert client.get(adresse)["ETag"] == avant
    for dit in ({"demandee_le": "2021-12-31"}, {"origine": None}):
        assert client.patch(adresse, dit, headers={"If-Match": "*"}).status_code == 200
        assert comptees() == 12
    # Told late, though of that year.
    DemandeHebergementFactory(origine=origine, demandee_le=date(2022, 3, 1))
    assert comptees() == 12
