"""The reference client against a real server: what it recorded is there, once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accueil.models import Passage
from contacts.models import Contact
from socle import preuves
from socle.models import Structure, Utilisateur
from synchro.appareils import cle_courante
from synchro.client import Boite, Refuse, SansReponse, uuid7
from synchro.models import Operation
from tests.concurrence import Fil, courir
from tests.synchro.conftest import Tablette

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boite(tablette: Tablette, live_server: Any, tmp_path: Path) -> Iterator[Boite]:
    cle = cle_courante()
    boite = Boite(tmp_path / "boite.sqlite")
    boite.regler(
        adresse=live_server.url,
        appareil=str(tablette.appareil.pk),
        jeton_envoi=tablette.jeton,
        cle_publique=cle.publique,
        cle_id=str(cle.pk),
    )
    yield boite
    boite.fermer()


class Auteur:
    """Who presses the button."""

    def __init__(self, boite: Boite, compte: Utilisateur, structure: Structure) -> None:
        self.boite, self.compte, self.structure = boite, compte, structure
        self.session = preuves.attester(compte.pk, UUID(boite.reglage("appareil")))

    def passage(self, **donnees: Any) -> str:
        return self.boite.enregistrer(
            "passage.creer",
            {"uuid": uuid7(), "structure": self.structure.code, **donnees},
            auteur=str(self.compte.pk),
            session=self.session,
        )


@pytest.fixture
def auteur(boite: Boite, intervenante: Utilisateur, espace_repos: Structure) -> Auteur:
    return Auteur(boite, intervenante, espace_repos)


def test_what_was_recorded_is_there_once(boite: Boite, auteur: Auteur) -> None:
    cles = [auteur.passage(genre_observe="F") for _ in range(7)]
    bilan = boite.envoyer(lot=3)
    assert (bilan.gardees, bilan.restent, bilan.effacer) == (7, 0, False)
    assert boite.resultats() == dict.fromkeys(cles, "appliquee")
    assert Passage.objects.count() == 7
    assert set(Contact.objects.values_list("genre_observe", flat=True)) == {"F"}
    # Numbers go on after what was sent.
    auteur.passage()
    boite.envoyer()
    assert list(Operation.objects.order_by("seq").values_list("seq", flat=True)) == [*range(1, 9)]


def test_nothing_readable_lies_on_the_tablet_nor_in_what_is_kept(
    boite: Boite, auteur: Auteur
) -> None:
    auteur.passage(genre_observe="F")
    ((_, contenu),) = boite.en_attente()
    assert "genre_observe" not in contenu
    boite.envoyer()
    assert "genre_observe" not in json.dumps(Operation.objects.get().contenu)


def test_what_is_sealed_for_one_does_not_pass_for_another(boite: Boite, auteur: Auteur) -> None:
    auteur.passage()
    auteur.passage()
    un, autre = (json.loads(contenu) for _, contenu in boite.en_attente())
    autre["donnees_scellees"] = un["donnees_scellees"]
    corps = json.loads(boite.exporter()) | {"operations": [un, autre]}
    resultats = boite._poster("envoi", json.dumps(corps))["resultats"]
    assert [r["resultat"] for r in resultats] == ["appliquee", "en_quarantaine"]


def test_a_batch_that_is_too_large_is_halved(boite: Boite, auteur: Auteur) -> None:
    for _ in range(6):
        auteur.passage()
    boite._base.execute("UPDATE boite SET contenu = json_set(contenu, '$.note', ?)", ["x" * 60_000])
    boite._base.execute("UPDATE boite SET contenu = json_set(contenu, '$.note', ?) WHERE seq = 4",
                        ["x" * 70_000])  # fmt: skip
    assert boite.envoyer().restent == 0
    assert Passage.objects.count() == 6


def test_two_tabs_send_the_same_at_once(boite: Boite, auteur: Auteur, tmp_path: Path) -> None:
    for _ in range(20):
        auteur.passage()
    fils = [Fil(lambda: Boite(tmp_path / "boite.sqlite").envoyer(lot=5)) for _ in range(4)]
    for fil in fils:
        fil.resultat()
    assert boite.en_attente() == []
    assert (Passage.objects.count(), Operation.objects.count()) == (20, 20)


def test_a_dead_token_keeps_the_work(boite: Boite, auteur: Auteur) -> None:
    auteur.passage()
    jeton = boite.reglage("jeton_envoi")
    boite.regler(jeton_envoi="app_faux")
    with pytest.raises(Refuse) as refus:
        boite.envoyer()
    assert refus.value.statut == 401
    assert len(boite.en_attente()) == 1
    boite.regler(jeton_envoi=jeton)
    assert boite.envoyer().restent == 0


CE_QUI_N_EST_PAS_LE_SERVICE = {
    "portail": (200, "text/html", b"<html>Bienvenue sur le wifi</html>"),
    "json d'un autre": (200, "application/json", b'{"resultats": []}'),
    "autre protocole": (200, "application/json", b'{"protocole": 9, "resultats": []}'),
    "rien dit de personne": (200, "application/json", b'{"protocole": 1, "resultats": []}'),
    "connexion demandee": (302, "text/html", b""),
    "mandataire": (502, "text/html", b"Bad Gateway"),
    "trop": (429, "application/json", b"{}"),
    "coupee": (200, "application/json", b'{"protocole": 1, "resul'),
}


@pytest.fixture
def imposteur() -> Iterator[Any]:
    """Something that answers in the service's place."""

    class Reponses(BaseHTTPRequestHandler):
        dit: Any = None

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            statut, genre, corps = self.dit
            self.send_response(statut)
            self.send_header("Content-Type", genre)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", str(len(corps)))
            self.end_headers()
            self.wfile.write(corps)

        def log_message(self, *_: Any) -> None:
            pass

    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Reponses)
    fil = threading.Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    yield Reponses, f"http://127.0.0.1:{serveur.server_port}"
    serveur.shutdown()
    serveur.server_close()
    fil.join()


@pytest.mark.parametrize("quoi", CE_QUI_N_EST_PAS_LE_SERVICE)
def test_what_answers_in_its_place_is_no_answer(
    boite: Boite, auteur: Auteur, imposteur: Any, quoi: str
) -> None:
    reponses, adresse = imposteur
    reponses.dit = CE_QUI_N_EST_PAS_LE_SERVICE[quoi]
    cle, vraie = auteur.passage(), boite.reglage("adresse")
    boite.regler(adresse=adresse)
    if quoi == "rien dit de personne":
        assert boite.envoyer().restent == 1
    else:
        with pytest.raises(SansReponse):
            boite.envoyer()
    assert [attendue for attendue, _ in boite.en_attente()] == [cle]
    boite.regler(adresse=vraie)
    assert boite.envoyer_jusqu_au_bout(dormir=lambda _: None).restent == 0


def test_the_same_batch_twice_at_the_same_moment(
    boite: Boite, auteur: Auteur, tablette: Tablette
) -> None:
    """Both wait for the device that they are of, and come one after the other."""
    for _ in range(5):
        auteur.passage()
    corps = json.loads(boite.exporter())

    def envoyer() -> tuple[str, ...]:
        reponse = tablette.client.post("/api/v1/synchro/envoi/", corps)
        return tuple(dite["resultat"] for dite in reponse.json()["resultats"])

    dits = courir([envoyer, envoyer], "synchro_appareil", tablette.appareil.pk)
    assert sorted(dits) == [("appliquee",) * 5, ("deja_appliquee",) * 5]
    assert Passage.objects.count() == 5
