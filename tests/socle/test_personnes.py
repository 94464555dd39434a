"""Who sees a person's file, whole or by its code and pseudonym only."""

from __future__ import annotations

from itertools import product

import pytest
from django.db.models import Value

from commun.horloge import aujourd_hui
from socle.models import Organisme, Personne, Structure, Utilisateur
from socle.models.personnes import ALPHABET_DES_CODES, LONGUEUR_DES_CODES, NouveauCode
from tests.conftest import Api
from tests.factories import (
    AccordPartageFactory,
    PassageFactory,
    PersonneFactory,
    identifiant,
    pseudonyme,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/personnes/"


def test_opening_a_file(api: Api, intervenante: Utilisateur) -> None:
    corps = {"uuid": identifiant(), "pseudonyme": "Pinson", "annee_naissance": 1984}
    reponse = api(intervenante).post(URL, corps)
    assert reponse.status_code == 201, reponse.json()
    assert reponse.json()["acces"] == "COMPLET"
    assert reponse.json()["organisme"] == "gaia"
    assert len(reponse.json()["code"]) == LONGUEUR_DES_CODES
    assert set(reponse.json()["code"]) <= set(ALPHABET_DES_CODES)


def test_the_database_draws_no_code_twice(intervenante: Utilisateur) -> None:
    """All eight codes of three signs among two: some in one statement, the last one by itself."""
    code = NouveauCode(Value("AC"), Value(3))
    nouveaux = [
        Personne(pseudonyme=pseudonyme(n), organisme=intervenante.organisme, code=code)
        for n in range(8)
    ]
    Personne.objects.bulk_create(nouveaux[:7])
    nouveaux[7].save()
    codes = {"".join(signes) for signes in product("AC", repeat=3)}
    assert set(Personne.objects.values_list("code", flat=True)) == codes


def test_year_of_birth_in_the_future(api: Api, intervenante: Utilisateur) -> None:
    corps = {"uuid": identifiant(), "pseudonyme": "P", "annee_naissance": aujourd_hui().year + 1}
    reponse = api(intervenante).post(URL, corps)
    assert reponse.status_code == 400
    assert reponse.json()["erreurs"][0]["champ"] == "annee_naissance"
    assert not Personne.objects.exists()


def test_hidden_until_something_links(
    api: Api,
    intervenante: Utilisateur,
    espace_repos: Structure,
    personne_ailleurs: Personne,
) -> None:
    client = api(intervenante)
    adresse = f"{URL}{personne_ailleurs.pk}/"
    assert client.get(adresse).status_code == 404
    PassageFactory(structure=espace_repos, personne=personne_ailleurs)
    vue = client.get(adresse).json()
    assert vue["acces"] == "RESTREINT"
    assert vue["pseudonyme"] == "Hirondelle"
    assert vue["genre"] is vue["annee_naissance"] is vue["organisme"] is None


def test_agreement_given_then_withdrawn(
    api: Api,
    intervenante: Utilisateur,
    intervenante_ailleurs: Utilisateur,
    personne: Personne,
    autre_organisme: Organisme,
) -> None:
    ici, ailleurs = api(intervenante), api(intervenante_ailleurs)
    adresse = f"{URL}{personne.pk}/"
    assert ailleurs.get(adresse).status_code == 404
    accord = {"uuid": identifiant(), "personne": str(personne.pk), "organisme": "autre"}
    assert ici.post("/api/v1/accords-partage/", accord).status_code == 201
    lue = ailleurs.get(adresse)
    assert lue.json()["acces"] == "COMPLET"
    # Seeing a file whole is not owning it.
    corrigee = ailleurs.patch(adresse, {"pseudonyme": "X"}, headers={"If-Match": lue["ETag"]})
    assert corrigee.status_code == 403
    retrait = f"/api/v1/accords-partage/{accord['uuid']}/retirer/"
    assert ailleurs.post(retrait).status_code == 404
    assert ici.post(retrait).status_code == 200
    assert ici.post(retrait).status_code == 200
    assert ailleurs.get(adresse).status_code == 404


def test_coordination_sees_code_and_pseudonym(
    api: Api, coordinatrice: Utilisateur, personne: Personne, personne_ailleurs: Personne
) -> None:
    client = api(coordinatrice)
    acces = {p["uuid"]: p["acces"] for p in client.get(URL).json()["resultats"]}
    assert acces == {str(personne.pk): "COMPLET", str(personne_ailleurs.pk): "RESTREINT"}


def test_search_by_code_and_pseudonym(api: Api, intervenante: Utilisateur) -> None:
    personne = PersonneFactory(organisme=intervenante.organisme, pseudonyme="Mésange")
    PersonneFactory(organisme=intervenante.organisme, pseudonyme="Pic")
    client = api(intervenante)
    for texte in ("mesange", personne.code.lower()):
        trouvees = client.get(URL, {"q": texte}).json()["resultats"]
        assert [p["uuid"] for p in trouvees] == [str(personne.pk)]
    assert client.get(URL, {"genre": "F"}).status_code == 400


def test_correction(api: Api, intervenante: Utilisateur, personne: Personne) -> None:
    AccordPartageFactory(personne=personne)
    client = api(intervenante)
    adresse = f"{URL}{personne.pk}/"
    etag = client.get(adresse)["ETag"]
    reponse = client.patch(adresse, {"pseudonyme": "Merle"}, headers={"If-Match": etag})
    assert reponse.status_code == 200
    assert reponse["ETag"] != etag
