"""Orientations, the summary of a round and the bilan answer through the API."""

from __future__ import annotations

import re
from typing import Any

from tests.conftest import Api
from tests.factories import MaraudeFactory, identifiant


def test_une_orientation_s_accepte_et_se_refuse(
    api: Api, intervenante: Any, coordinatrice: Any, personne: Any, espace_repos: Any
) -> None:
    corps = {
        "uuid": str(identifiant()),
        "personne": str(personne.pk),
        "structure_origine": espace_repos.code,
        "structure": espace_repos.code,
        "saisi_le": "2023-05-01T10:00:00Z",
    }
    client = api(intervenante)
    reponse = client.post("/api/v1/orientations/", corps)
    assert reponse.status_code == 201, reponse.json()
    adresse = f"/api/v1/orientations/{corps['uuid']}/"
    assert client.post(f"{adresse}accepter/").status_code == 200
    refus = client.post(f"{adresse}refuser/", {"par": "STRUCTURE", "motif": "Complet"})
    assert refus.json()["decision"] == "REFUSEE_STRUCTURE"
    assert client.post(f"{adresse}annuler/", {"motif": "Erreur"}).status_code == 409


def test_resume_et_bilan(api: Api, coordinatrice: Any, intervenante: Any, equipe: Any) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    resume = api(intervenante).get(f"/api/v1/maraudes/{maraude.pk}/resume/")
    assert resume.json()["rencontres"]["total"] == 0
    bilan = "/api/v1/indicateurs/bilan/"
    client = api(coordinatrice)
    assert client.get(f"{bilan}?annee=2023").status_code == 200
    csv = client.get(f"{bilan}?annee=2023&format=csv")
    assert csv.content.startswith(b"annee,structure,code")
    json = client.get(f"{bilan}?annee=2023")
    instant = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+\+0[12]:00")  # in Paris, in both
    assert instant.search(csv.content.decode())
    assert instant.fullmatch(json.json()["connu_le"])
    inconnu = client.get(f"{bilan}?annee=2023&format=xml")
    assert inconnu.status_code == 400
    assert inconnu.json()["erreurs"][0]["champ"] == "format"
    assert client.get(f"{bilan}?annee=abc").status_code == 400
    assert api(intervenante).get(f"{bilan}?annee=2023").status_code == 403
