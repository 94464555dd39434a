"""A body as gunicorn receives it: read to its end, and no further than permitted.

What is tested is what a real server hands on, so a real one runs, on the database of the test.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from config.corps import CorpsEntier
from maraudes.models import Maraude
from socle.models import Equipe, Jeton, Personne, Utilisateur
from tests.commun.test_mauvaises_valeurs import en_francais
from tests.config.demonstration import RACINE
from tests.factories import MaraudeFactory, identifiant

pytestmark = pytest.mark.django_db(transaction=True)
DEBUT = "2026-10-12T20:30:00Z"


@pytest.fixture
def port(transactional_db: None, tmp_path: Path) -> Iterator[int]:
    """The port of a gunicorn that listens before it starts: what connects waits for it."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        prise.listen()
        prise.set_inheritable(True)
        base = urlsplit(os.environ["DATABASE_URL"])
        environnement = {
            **os.environ,
            "DATABASE_URL": base._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        }
        journal = tmp_path / "gunicorn.log"
        with journal.open("wb") as sortie:
            processus = subprocess.Popen(
                [
                    sys.executable, "-m", "gunicorn", "config.wsgi", "--threads", "2",
                    "--no-control-socket", "--bind", f"fd://{prise.fileno()}",
                ],
                cwd=RACINE,
                env=environnement,
                pass_fds=[prise.fileno()],
                stdout=sortie,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            yield int(prise.getsockname()[1])
        finally:
            processus.terminate()
            processus.wait(timeout=60)
            connection.close()


def morceaux(contenu: bytes, taille: int) -> bytes:
    lus = [contenu[i : i + taille] for i in range(0, len(contenu), taille)]
    return b"".join(b"%x\r\n%s\r\n" % (len(m), m) for m in lus) + b"0\r\n\r\n"


def envoyer(
    port: int,
    chemin: str,
    utilisateur: Utilisateur,
    corps: bytes,
    entetes: str = "Transfer-Encoding: chunked",
) -> tuple[int, Any]:
    """POST these bytes, chunked unless told, and stop; the status and the JSON that come back."""
    secret, _ = Jeton.emettre(utilisateur)
    entete = (
        f"POST {chemin} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        f"Content-Type: application/json\r\n{entetes}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=120) as prise:
        prise.sendall(entete.encode() + corps)
        prise.shutdown(socket.SHUT_WR)
        recu = b""
        while lus := prise.recv(65_536):
            recu += lus
    tete, _, reste = recu.partition(b"\r\n\r\n")
    assert b"chunked" not in tete.lower(), tete
    json_lu = json.loads(reste) if b"json" in tete else None
    return int(tete.split()[1]), json_lu


def test_chunked_bodies(port: int, intervenante: Utilisateur, equipe: Equipe) -> None:
    corps = {"uuid": identifiant(), "pseudonyme": "Pinson", "genre": "F"}
    contenu = morceaux(json.dumps(corps).encode(), 7)
    assert envoyer(port, "/api/v1/personnes/", intervenante, contenu)[0] == 201
    assert envoyer(port, "/api/v1/personnes/", intervenante, contenu)[0] == 200
    assert Personne.objects.get().pseudonyme == "Pinson"

    maraude = MaraudeFactory(equipe=equipe)
    contenu = morceaux(json.dumps({"debut_le": DEBUT}).encode(), 1_000)
    statut, faite = envoyer(port, f"/api/v1/maraudes/{maraude.pk}/demarrer/", intervenante, contenu)
    assert (statut, faite["debut_le"]) == (200, "2026-10-12T22:30:00+02:00")

    gros = morceaux(b'{"a": "' + b"x" * 5_000_000 + b'"}', 65_536)
    for contenu, attendu in ((gros, 413), (morceaux(b"", 1), 400)):
        statut, probleme = envoyer(port, "/api/v1/personnes/", intervenante, contenu)
        assert statut == attendu, probleme
        assert en_francais(probleme)
    # What is no chunk at all is the server's to refuse.
    assert envoyer(port, "/api/v1/personnes/", intervenante, b"zz\r\nabc\r\n")[0] == 400
    assert Personne.objects.count() == Maraude.objects.count() == 1


def test_what_was_cut_off_or_packed_is_not_read(port: int, intervenante: Utilisateur) -> None:
    corps = json.dumps({"uuid": identifiant(), "pseudonyme": "Pinson", "genre": "F"}).encode()
    for entetes, attendu in (
        (f"Content-Length: {len(corps) + 1}", 400),
        (f"Content-Length: {len(corps)}\r\nContent-Encoding: gzip", 415),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: br", 415),
    ):
        contenu = morceaux(corps, 50) if "chunked" in entetes else corps
        statut, probleme = envoyer(port, "/api/v1/personnes/", intervenante, contenu, entetes)
        assert statut == attendu, probleme
        assert en_francais(probleme)
    assert not Personne.objects.exists()
    entetes = f"Content-Length: {len(corps)}\r\nContent-Encoding: identity"
    assert envoyer(port, "/api/v1/personnes/", intervenante, corps, entetes)[0] == 201


def test_who_sends_too_much_hears_it(port: int, intervenante: Utilisateur) -> None:
    """And not a connection that breaks: a client that sends all before it reads."""
    secret, _ = Jeton.emettre(intervenante)
    entetes = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    client = HTTPConnection("127.0.0.1", port, timeout=120)
    client.request("POST", "/api/v1/personnes/", b'{"a": "' + b"x" * 5_000_000 + b'"}', entetes)
    reponse = client.getresponse()
    assert reponse.status == 413
    assert en_francais(json.loads(reponse.read()))
    client.close()
    assert not Personne.objects.exists()


def test_a_server_that_cannot_tell_the_end_is_not_believed() -> None:
    """Reading on would wait for ever: 411, before the application."""
    dits: list[Any] = []
    refus = CorpsEntier(lambda *_: pytest.fail("L'application a été appelée."))(
        {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": None},
        lambda statut, entetes: dits.append((statut, dict(entetes))),  # type: ignore[arg-type,return-value]
    )
    ((statut, entetes),) = dits
    assert statut.startswith("411 ")
    assert entetes["Content-Type"] == "application/problem+json"
    assert en_francais(json.loads(b"".join(refus)))
