"""The summary of a round: who was met, what was given, what was seen, where nobody went."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from socle.models import Equipe, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import MaraudeFactory, PersonneFactory, SecteurFactory, identifiant

pytestmark = pytest.mark.django_db
SOIR, NUIT, FIN = (
    "2026-10-12T22:30:00+02:00",
    "2026-10-13T01:10:00+02:00",
    "2026-10-13T02:00:00+02:00",
)


@pytest.fixture
def client(api: Api, intervenante: Utilisateur) -> APIClient:
    return api(intervenante)


def poster(client: APIClient, chemin: str, statut: int = 201, **corps: Any) -> dict[str, Any]:
    reponse = client.post(f"/api/v1/{chemin}/", {"uuid": identifiant(), **corps})
    assert reponse.status_code == statut, reponse.json()
    donnees: dict[str, Any] = reponse.json()
    return donnees


def test_a_whole_night_underground(
    client: APIClient, equipe: Equipe, espace_repos: Structure, autre_structure: Structure
) -> None:
    vue, passee, fermee, jamais = SecteurFactory.create_batch(4, station=True)
    maraude = poster(
        client,
        "maraudes",
        equipe=str(equipe.pk),
        milieu="SOUS_SOL",
        jour_prevu="2026-10-12",
        etapes=[
            {"secteur": vue.code},
            {"secteur": passee.code, "statut": "VISITEE"},
            {"secteur": fermee.code, "statut": "INACCESSIBLE"},
            {"secteur": jamais.code},
        ],
        saisi_le=SOIR,
    )["uuid"]
    adresse = f"/api/v1/maraudes/{maraude}/"
    assert client.post(f"{adresse}demarrer/", {"debut_le": SOIR}).status_code == 200

    def rencontrer(**champs: Any) -> str:
        champs = {"maraude": maraude, "saisi_le": NUIT, **champs}
        uuid: str = poster(client, "rencontres", **champs)["uuid"]
        return uuid

    moineau = PersonneFactory(organisme=espace_repos.organisme, genre="F")
    merle = PersonneFactory(organisme=espace_repos.organisme, genre="H")
    # What is known of a person counts, not how they looked that night.
    premiere = rencontrer(personne=str(moineau.pk), genre_observe="H", secteur=vue.code)
    rencontrer(personne=str(merle.pk), genre_observe="NON_RENSEIGNE")
    rencontrer(genre_observe="F")
    rencontrer()
    rencontrer(issue="REFUS", genre_observe="H")
    rencontrer(issue="REFUS", personne=str(merle.pk))
    rencontrer(issue="INDISPONIBLE", genre_observe="H")
    autre = rencontrer(genre_observe="AUTRE")
    for contact, materiel, distribue, recupere in (
        (premiere, "PIPE", 3, 1),
        (autre, "PIPE", 2, 0),
        (autre, "SERINGUE", 0, 4),
    ):
        poster(
            client, "materiel", contact=contact, materiel=materiel, saisi_le=NUIT,
            quantite_distribuee=distribue, quantite_recuperee=recupere,
        )  # fmt: skip
    for categorie in ("RDR", "RDR", "HYGIENE"):
        poster(client, "actes", contact=premiere, categorie=categorie, saisi_le=NUIT)
    for texte in ("Quai vide.", "Portillon cassé."):
        poster(client, "observations", maraude=maraude, texte=texte, saisi_le=NUIT)
    for vers in (espace_repos, autre_structure, autre_structure):
        orientation = poster(
            client, "orientations", contact=premiere, structure=vers.code, saisi_le=NUIT
        )
    annulation = f"orientations/{orientation['uuid']}/annuler"
    assert client.post(f"/api/v1/{annulation}/", {"motif": "Erreur"}).status_code == 200
    # Another round of the same team, that night: nothing of it is told here.
    ailleurs = MaraudeFactory(equipe=equipe, en_cours=True)
    rencontrer(maraude=str(ailleurs.pk), genre_observe="F")
    assert client.post(f"{adresse}cloturer/", {"fin_le": FIN}).status_code == 200

    def etape(secteur: Any) -> dict[str, str]:
        return {"secteur": str(secteur.pk), "code": secteur.code, "nom": secteur.nom}

    attendu = {
        "maraude": maraude,
        "statut": "CLOTUREE",
        "jour": "2026-10-12",
        "rencontres": {
            "total": 5,
            "connues": 2,
            "inconnues": 3,
            "refus": 2,
            "indisponibles": 1,
            "par_genre": {"F": 2, "H": 1, "NON_RENSEIGNE": 1, "AUTRE": 1},
        },
        "materiel": [
            {"materiel": "PIPE", "distribue": 5, "recupere": 1},
            {"materiel": "SERINGUE", "distribue": 0, "recupere": 4},
        ],
        "actes": [{"categorie": "HYGIENE", "nombre": 1}, {"categorie": "RDR", "nombre": 2}],
        "observations": 2,
        "orientations": 2,
        "etapes_visitees": [etape(vue), etape(passee)],
        "etapes_non_visitees": [etape(jamais)],
        "etapes_inaccessibles": [etape(fermee)],
    }
    assert client.get(f"{adresse}resume/").json() == attendu

    # A tablet comes back from underground after the closing: nothing is lost.
    rencontrer(secteur=jamais.code, genre_observe="F")
    resume = client.get(f"{adresse}resume/").json()
    assert resume["rencontres"]["total"] == 6
    assert resume["rencontres"]["par_genre"]["F"] == 3
    assert resume["etapes_non_visitees"] == []
    assert etape(jamais) in resume["etapes_visitees"]


@pytest.mark.parametrize(
    ("debut", "rencontre", "fin", "jour"),
    [
        ("2026-10-12T22:30:00+02:00", "2026-10-13T01:30:00+02:00", "2026-10-13T02:00:00+02:00",
         "2026-10-12"),
        ("2025-12-31T22:30:00+01:00", "2026-01-01T00:30:00+01:00", "2026-01-01T02:00:00+01:00",
         "2025-12-31"),
        # Two o'clock comes twice: the round lasts four hours and a half.
        ("2026-10-24T22:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00",
         "2026-10-24"),
        # Two o'clock never comes: it is three.
        ("2026-03-28T22:30:00+01:00", "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00",
         "2026-03-28"),
        # It starts at midnight and a half: in UTC that is still the day before.
        ("2026-10-13T00:30:00+02:00", "2026-10-13T01:30:00+02:00", "2026-10-13T02:00:00+02:00",
         "2026-10-13"),
    ],
    ids=["ordinaire", "saint-sylvestre", "heure-d-hiver", "heure-d-ete", "apres-minuit"],
)  # fmt: skip
def test_a_round_past_midnight_is_of_the_day_it_started(
    client: APIClient, equipe: Equipe, debut: str, rencontre: str, fin: str, jour: str
) -> None:
    maraude = poster(
        client, "maraudes", equipe=str(equipe.pk), milieu="SOUS_SOL", jour_prevu="2026-01-15",
        saisi_le=debut,
    )  # fmt: skip
    adresse = f"/api/v1/maraudes/{maraude['uuid']}/"
    # One encounter reaches the server before the start does.
    en_avance = poster(client, "rencontres", maraude=maraude["uuid"], saisi_le=rencontre)["uuid"]
    assert client.post(f"{adresse}demarrer/", {"debut_le": debut}).json()["jour"] == jour
    contact = poster(client, "rencontres", maraude=maraude["uuid"], saisi_le=rencontre)["uuid"]
    acte = poster(client, "actes", contact=contact, categorie="RDR", saisi_le=rencontre)
    assert client.post(f"{adresse}cloturer/", {"fin_le": fin}).status_code == 200
    en_retard = poster(client, "rencontres", maraude=maraude["uuid"], saisi_le=fin)["uuid"]
    for uuid in (en_avance, contact, en_retard):
        assert client.get(f"/api/v1/rencontres/{uuid}/").json()["jour"] == jour
    assert client.get(f"/api/v1/actes/{acte['uuid']}/").json()["jour"] == jour
    resume = client.get(f"{adresse}resume/").json()
    assert (resume["jour"], resume["rencontres"]["total"]) == (jour, 3)
    veille = client.get("/api/v1/rencontres/", {"du": jour, "au": jour}).json()
    assert veille["resultats"] == []
    du_jour = client.get("/api/v1/maraudes/", {"jour": jour}).json()["resultats"]
    assert [m["uuid"] for m in du_jour] == [maraude["uuid"]]
