"""The life of an orientation through the API: who knows whom, until when, and what ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from commun.horloge import PARIS
from coordination.models import MarquePaire, Orientation
from coordination.services import echoir_orientations, rapprocher_marques
from hebergement.models import Place
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import PlaceFactory, SiteFactory, identifiant

# With real commits: the matching follows the answer to each request, as it does in service.
pytestmark = pytest.mark.django_db(transaction=True)
MIDI = datetime(2026, 3, 10, 12, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _ce_jour_la(settings: Any) -> Any:
    settings.JETON_DUREE = timedelta(days=60)
    with time_machine.travel(MIDI, tick=False) as heure:
        yield heure


@pytest.fixture
def ici(api: Api, intervenante: Utilisateur) -> APIClient:
    """The team that met the person."""
    return api(intervenante)


@pytest.fixture
def la_bas(api: Api, intervenante_ailleurs: Utilisateur) -> APIClient:
    """The centre to which the person is sent, of another organisme."""
    return api(intervenante_ailleurs)


def orienter(client: APIClient, personne: Personne | None, vers: Structure, **champs: Any) -> str:
    corps = {
        "uuid": identifiant(),
        "personne": str(personne.pk) if personne else None,
        "structure_origine": "espace-repos-chapelle",
        "structure": vers.code,
        "saisi_le": MIDI.isoformat(),
        **champs,
    }
    reponse = client.post("/api/v1/orientations/", corps)
    assert reponse.status_code == 201, reponse.json()
    return f"/api/v1/orientations/{corps['uuid']}/"


def arriver(client: APIClient, personne: str, structure: Structure, le: datetime) -> Any:
    corps = {"uuid": identifiant(), "structure": structure.code, "personne": personne}
    return client.post("/api/v1/passages/", {**corps, "saisi_le": le.isoformat()})


def connait(client: APIClient, personne: Personne) -> str | None:
    """COMPLET, RESTREINT, or None where the person does not exist for that account."""
    reponse = client.get(f"/api/v1/personnes/{personne.pk}/")
    return reponse.json()["acces"] if reponse.status_code == 200 else None


def test_it_opens_code_and_pseudonym_to_the_addressed_organisme(
    ici: APIClient,
    la_bas: APIClient,
    personne: Personne,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    assert connait(la_bas, personne) is None
    refusee = arriver(la_bas, str(personne.pk), autre_structure, MIDI)
    assert refusee.status_code == 400
    orienter(ici, personne, autre_structure)
    vue = la_bas.get(f"/api/v1/personnes/{personne.pk}/").json()
    assert vue == {
        "uuid": str(personne.pk),
        "code": personne.code,
        "pseudonyme": "Moineau",
        "acces": "RESTREINT",
        **dict.fromkeys(("genre", "annee_naissance", "organisme", "saisi_le", "recu_le")),
    }
    trouvees = la_bas.get("/api/v1/personnes/", {"q": "moin"}).json()["resultats"]
    assert [p["uuid"] for p in trouvees] == [str(personne.pk)]
    assert connait(ici, personne) == "COMPLET"


def test_the_arrival_makes_it_succeed_and_opens_the_person_for_good(
    ici: APIClient,
    la_bas: APIClient,
    personne: Personne,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    adresse = orienter(ici, personne, autre_structure)
    passage = arriver(la_bas, str(personne.pk), autre_structure, MIDI + timedelta(hours=2))
    assert passage.status_code == 201, passage.json()
    lue = ici.get(adresse).json()
    assert (lue["statut"], lue["arrivee_contact"]) == ("ABOUTIE", passage.json()["uuid"])
    assert connait(la_bas, personne) == "RESTREINT"
    assert not MarquePaire.objects.exists()


def test_whichever_reaches_the_server_first(
    ici: APIClient, personne: Personne, espace_repos: Structure
) -> None:
    """The team was without network: the visit is recorded before the orientation arrives."""
    passage = arriver(ici, str(personne.pk), espace_repos, MIDI + timedelta(hours=2))
    assert passage.status_code == 201
    adresse = orienter(ici, personne, espace_repos)
    lue = ici.get(adresse).json()
    assert (lue["statut"], lue["arrivee_contact"]) == ("ABOUTIE", passage.json()["uuid"])
    # What follows it finds the visit taken.
    seconde = orienter(ici, personne, espace_repos)
    assert ici.get(seconde).json()["statut"] == "EN_COURS"


def test_a_stay_at_a_site_of_the_structure_is_an_arrival(
    ici: APIClient,
    la_bas: APIClient,
    api: Api,
    coordinatrice: Utilisateur,
    personne: Personne,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    adresse = orienter(ici, personne, autre_structure)
    place: Place = PlaceFactory(site=SiteFactory(structure=autre_structure))
    corps = {"uuid": identifiant(), "place": str(place.pk), "personne": str(personne.pk)}
    sejour = api(coordinatrice).post("/api/v1/sejours/", {**corps, "arrivee": "2026-03-10"})
    assert sejour.status_code == 201, sejour.json()
    lue = ici.get(adresse).json()
    assert (lue["statut"], lue["arrivee_sejour"]) == ("ABOUTIE", corps["uuid"])
    fin = {"depart": "2026-03-11", "motif_sortie": "AUTRE", "destination": "INCONNUE"}
    verbe = f"/api/v1/sejours/{corps['uuid']}/cloturer/"
    assert api(coordinatrice).post(verbe, fin).status_code == 200
    assert connait(la_bas, personne) == "RESTREINT"


@pytest.mark.parametrize(
    ("fin", "statut"),
    [
        ("annuler", "ANNULEE"),
        ("refuser-personne", "REFUSEE_PERSONNE"),
        ("refuser-structure", "REFUSEE_STRUCTURE"),
        ("echoir", "NON_ABOUTIE"),
    ],
)
def test_without_an_arrival_the_person_is_closed_again(
    ici: APIClient,
    la_bas: APIClient,
    personne: Personne,
    espace_repos: Structure,
    autre_structure: Structure,
    _ce_jour_la: Any,
    fin: str,
    statut: str,
) -> None:
    adresse = orienter(ici, personne, autre_structure)
    assert connait(la_bas, personne) == "RESTREINT"
    if fin == "annuler":
        reponse = ici.post(f"{adresse}annuler/", {"motif": "Erreur"})
    elif fin == "echoir":
        _ce_jour_la.shift(timedelta(days=30))
        echoir_orientations()
        reponse = ici.get(adresse)
    else:
        par = fin.removeprefix("refuser-").upper()
        reponse = la_bas.post(f"{adresse}refuser/", {"par": par, "motif": "Non"})
    assert reponse.status_code == 200, reponse.json()
    assert ici.get(adresse).json()["statut"] == statut
    assert connait(la_bas, personne) is None
    assert la_bas.get("/api/v1/personnes/").json()["resultats"] == []
    # The orientation itself is still theirs to read: it names the person by uuid only.
    assert la_bas.get(adresse).json()["personne"] == str(personne.pk)


def test_another_open_orientation_keeps_it_open(
    ici: APIClient,
    la_bas: APIClient,
    personne: Personne,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    premiere = orienter(ici, personne, autre_structure)
    seconde = orienter(ici, personne, autre_structure)
    for adresse, attendu in ((premiere, "RESTREINT"), (seconde, None)):
        assert ici.post(f"{adresse}annuler/", {"motif": "Erreur"}).status_code == 200
        assert connait(la_bas, personne) == attendu


def test_who_may_decide_what(
    ici: APIClient,
    la_bas: APIClient,
    personne: Personne,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    adresse = orienter(ici, personne, autre_structure)
    structure, par_elle = (
        {"par": "STRUCTURE", "motif": "Complet"},
        {"par": "PERSONNE", "motif": "x"},
    )
    assert ici.post(f"{adresse}accepter/").status_code == 403
    assert ici.post(f"{adresse}refuser/", structure).status_code == 403
    assert la_bas.post(f"{adresse}annuler/", {"motif": "x"}).status_code == 403
    etag = la_bas.get(adresse)["ETag"]
    corrigee = la_bas.patch(adresse, {"motif": "x"}, headers={"If-Match": etag})
    assert corrigee.status_code == 403
    acceptee = la_bas.post(f"{adresse}accepter/").json()
    assert acceptee["statut"] == "EN_COURS"
    assert la_bas.post(f"{adresse}accepter/").json()["acceptee_le"] == acceptee["acceptee_le"]
    assert connait(la_bas, personne) == "RESTREINT"
    refusee = ici.post(f"{adresse}refuser/", par_elle)
    assert refusee.json()["statut"] == "REFUSEE_PERSONNE", refusee.json()
    assert ici.post(f"{adresse}refuser/", par_elle).status_code == 200
    for verbe, corps in (("accepter", None), ("refuser", structure), ("annuler", {"motif": "x"})):
        client = ici if verbe == "annuler" else la_bas
        assert client.post(f"{adresse}{verbe}/", corps).status_code == 409
    assert ici.get(adresse).json()["motif_decision"] == "x"


def test_a_refusal_after_the_arrival_is_refused_and_one_before_undoes_it(
    ici: APIClient,
    personne: Personne,
    espace_repos: Structure,
) -> None:
    adresse = orienter(ici, personne, espace_repos)
    arrivee = MIDI + timedelta(hours=2)
    assert arriver(ici, str(personne.pk), espace_repos, arrivee).status_code == 201
    refus = {"par": "PERSONNE", "motif": "Non"}
    tard = {**refus, "decidee_le": (arrivee + timedelta(hours=1)).isoformat()}
    assert ici.post(f"{adresse}refuser/", tard).status_code == 409
    assert ici.get(adresse).json()["statut"] == "ABOUTIE"
    tot = {**refus, "decidee_le": (arrivee - timedelta(hours=1)).isoformat()}
    reponse = ici.post(f"{adresse}refuser/", tot)
    assert reponse.status_code == 200, reponse.json()
    lue = ici.get(adresse).json()
    assert (lue["statut"], lue["arrivee_contact"]) == ("REFUSEE_PERSONNE", None)


def test_a_late_arrival_succeeds_all_the_same(
    ici: APIClient, personne: Personne, espace_repos: Structure, _ce_jour_la: Any
) -> None:
    adresse = orienter(ici, personne, espace_repos)
    _ce_jour_la.shift(timedelta(days=40))
    echoir_orientations()
    assert ici.get(adresse).json()["statut"] == "NON_ABOUTIE"
    arriver(ici, str(personne.pk), espace_repos, MIDI + timedelta(days=40))
    assert ici.get(adresse).json()["statut"] == "ABOUTIE"


def test_a_person_named_later_is_matched(
    ici: APIClient, personne: Personne, espace_repos: Structure
) -> None:
    """The visit was anonymous at first; the orientation too."""
    corps = {"uuid": identifiant(), "structure": espace_repos.code, "saisi_le": MIDI.isoformat()}
    passage = ici.post("/api/v1/passages/", corps)
    adresse = orienter(ici, None, espace_repos, saisi_le=(MIDI - timedelta(hours=1)).isoformat())
    assert ici.get(adresse).json()["statut"] == "EN_COURS"
    for fiche in (adresse, f"/api/v1/passages/{passage.json()['uuid']}/"):
        etag = ici.get(fiche)["ETag"]
        nommee = ici.patch(fiche, {"personne": str(personne.pk)}, headers={"If-Match": etag})
        assert nommee.status_code == 200, nommee.json()
    assert ici.get(adresse).json()["statut"] == "ABOUTIE"
    # And a name taken back takes the outcome back.
    fiche = f"/api/v1/passages/{passage.json()['uuid']}/"
    etag = ici.get(fiche)["ETag"]
    assert ici.patch(fiche, {"personne": None}, headers={"If-Match": etag}).status_code == 200
    assert ici.get(adresse).json()["statut"] == "EN_COURS"
    assert rapprocher_marques() == 0
    assert Orientation.objects.count() == 1
