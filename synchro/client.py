"""The reference client of the tablets' protocol: an outbox that loses nothing and sends it once.

It knows nothing of the service but its addresses: no import of it, nor of Django. What is recorded
is written down, numbered and frozen in one transaction; it stays until the server has said, of that
identifier, that it is kept. Anything else that answers (a captive portal, a login page, a reply
that was cut) is no answer.
"""

from __future__ import annotations

import base64
import json
import os
import random
import sqlite3
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PROTOCOLE, SCHEMA = 1, 1
# What the server answers of an operation that it has kept, whatever becomes of it.
GARDEES = frozenset(
    {"appliquee", "deja_appliquee", "fusionnee", "conflit", "en_attente", "en_quarantaine"}
)
DELAI = 20.0  # seconds that an answer is waited for
PAUSE, PAUSE_AU_PLUS = 1.0, 300.0  # seconds between two attempts

TABLES = """
CREATE TABLE IF NOT EXISTS reglages (nom TEXT PRIMARY KEY, valeur TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS boite (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, contenu TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS recues (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, resultat TEXT NOT NULL, reponse TEXT NOT NULL
) STRICT;
"""


class Refuse(Exception):
    """The server has answered, and takes nothing of it: the reason, told as it was."""

    def __init__(self, statut: int, probleme: dict[str, Any]) -> None:
        super().__init__(f"{statut} : {probleme.get('detail', '')}")
        self.statut, self.probleme = statut, probleme


class SansReponse(Exception):
    """Nothing that answers is the server: everything stays, and is sent again later."""


def sceller(donnees: dict[str, Any], operation: str, cle_publique: str) -> str:
    """Seal the data of an operation so that the server alone opens them.

    Args:
        operation: its identifier, authenticated with them.
        cle_publique: an uncompressed point of P-256, in base64url.

    Returns:
        In base64url: one byte of version, a one-time point, a nonce, the ciphertext with its tag.
    """
    point_du_serveur = _en_octets(cle_publique)
    leur = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point_du_serveur)
    une_fois = ec.generate_private_key(ec.SECP256R1())
    point = une_fois.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    cle = HKDF(
        hashes.SHA256(), 32, salt=point + point_du_serveur, info=b"maraude synchro 1"
    ).derive(une_fois.exchange(ec.ECDH(), leur))
    nonce = os.urandom(12)
    clair = json.dumps(donnees, ensure_ascii=False).encode()
    chiffre = AESGCM(cle).encrypt(nonce, clair, operation.encode())
    return base64.urlsafe_b64encode(b"\x01" + point + nonce + chiffre).rstrip(b"=").decode()


def _en_octets(texte: str) -> bytes:
    return base64.urlsafe_b64decode(texte + "=" * (-len(texte) % 4))


def uuid7() -> str:
    """A time-ordered identifier (RFC 9562, version 7)."""
    hasard = int.from_bytes(os.urandom(10), "big")
    instant = time.time_ns() // 1_000_000 & (1 << 48) - 1
    entier = instant << 80 | 7 << 76 | (hasard >> 68 & 0xFFF) << 64 | 2 << 62
    return str(uuid.UUID(int=entier | hasard & (1 << 62) - 1))


@dataclass(frozen=True)
class Bilan:
    """What a sending came to."""

    gardees: int
    restent: int
    effacer: bool


class Boite:
    """The outbox of a device, in one file."""

    def __init__(self, chemin: Path | str) -> None:
        self._base = sqlite3.connect(chemin, isolation_level=None, timeout=30)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        self._base.executescript(TABLES)
        # Of this run of the device: two stamps of it can be compared.
        self._demarrage = uuid.uuid4().hex

    def fermer(self) -> None:
        self._base.close()

    @contextmanager
    def _ecrire(self) -> Iterator[sqlite3.Connection]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield self._base
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _horloge(self) -> dict[str, Any]:
        return {"demarrage": self._demarrage, "ms": time.monotonic_ns() // 1_000_000}

    # --- Settings -----------------------------------------------------------------------------

    def regler(self, **reglages: str) -> None:
        with self._ecrire() as base:
            base.executemany("REPLACE INTO reglages VALUES (?, ?)", reglages.items())

    def reglage(self, nom: str) -> str:
        """Raises: KeyError, the device is not enrolled."""
        ligne = self._base.execute("SELECT valeur FROM reglages WHERE nom = ?", [nom]).fetchone()
        if ligne is None:
            raise KeyError(nom)
        return str(ligne[0])

    # --- Recording ----------------------------------------------------------------------------

    def enregistrer(
        self,
        type_: str,
        donnees: dict[str, Any],
        *,
        auteur: str,
        session: str,
        objet: str | None = None,
        depend_de: tuple[str, ...] = (),
        maintenant: Callable[[], datetime] = lambda: datetime.now(UTC),
        sceller_les_donnees: bool = True,
    ) -> str:
        """Write down, number and freeze an operation, all in one; its identifier."""
        cle = uuid7()
        with self._ecrire() as base:
            # The highest that was ever given: what was sent is not there any more.
            (dernier,) = base.execute(
                "SELECT max(coalesce((SELECT max(seq) FROM boite), 0),"
                " coalesce((SELECT max(seq) FROM recues), 0))"
            ).fetchone()
            operation = {
                "id": cle,
                "seq": dernier + 1,
                "auteur": auteur,
                "session": session,
                "type": type_,
                "objet": objet,
                "depend_de": list(depend_de),
                "saisi_le": maintenant().isoformat(),
                "horloge": self._horloge(),
            }
            if sceller_les_donnees:
                scellees = sceller(donnees, cle, self.reglage("cle_publique"))
                operation |= {"donnees_scellees": scellees, "cle_id": self.reglage("cle_id")}
            else:
                operation["donnees"] = donnees
            base.execute(
                "INSERT INTO boite VALUES (?, ?, ?)", [dernier + 1, cle, json.dumps(operation)]
            )
        return cle

    def en_attente(self) -> list[tuple[str, str]]:
        """What is still to be sent, in the order of its numbers: identifier and content."""
        lignes = self._base.execute("SELECT id, contenu FROM boite ORDER BY seq").fetchall()
        return [(str(cle), str(contenu)) for cle, contenu in lignes]

    def resultats(self) -> dict[str, str]:
        """By identifier, what the server has said of what it has kept."""
        return dict(self._base.execute("SELECT id, resultat FROM recues"))

    def exporter(self) -> str:
        """The outbox, for who brings it in by another way."""
        return self._corps([contenu for _, contenu in self.en_attente()])

    # --- Sending ------------------------------------------------------------------------------

    def _corps(self, contenus: list[str]) -> str:
        envoi = {
            "protocole": PROTOCOLE,
            "appareil": self.reglage("appareil"),
            "version_application": "reference",
            "schema": SCHEMA,
            "envoye_le": datetime.now(UTC).isoformat(),
            "horloge": self._horloge(),
        }
        # What was frozen is sent as it is, letter by letter.
        return f'{json.dumps(envoi)[:-1]}, "operations": [{", ".join(contenus)}]}}'

    def envoyer(self, lot: int = 100) -> Bilan:
        """Send what is there, once; what is kept goes, the rest stays.

        Raises:
            SansReponse: nothing that answers is the server.
            Refuse: the server takes nothing from this device.
        """
        gardees, effacer = 0, False
        restent = self.en_attente()
        while restent:
            envoi, restent = restent[:lot], restent[lot:]
            try:
                reponse = self._poster("envoi", self._corps([contenu for _, contenu in envoi]))
            except Refuse as refus:
                if refus.statut != 413:
                    raise
                if len(envoi) == 1:
                    # Alone too large: the way out of trouble has no such limit.
                    reponse = self._poster("secours", self._corps([envoi[0][1]]))
                else:
                    lot = max(1, len(envoi) // 2)
                    restent = [*envoi, *restent]
                    continue
            gardees += self._retenir({cle for cle, _ in envoi}, reponse)
            effacer = effacer or bool(reponse.get("effacer"))
        return Bilan(gardees, len(self.en_attente()), effacer)

    def envoyer_jusqu_au_bout(
        self, tentatives: int = 50, dormir: Callable[[float], None] = time.sleep
    ) -> Bilan:
        """Send again, after longer and longer pauses drawn by chance, until nothing is left.

        Raises:
            SansReponse, Refuse: of the last attempt.
        """
        for essai in range(tentatives):
            try:
                bilan = self.envoyer()
            except (SansReponse, Refuse):
                if essai == tentatives - 1:
                    raise
            else:
                if not bilan.restent:
                    return bilan
            dormir(random.uniform(0, min(PAUSE_AU_PLUS, PAUSE * 2**essai)))
        return Bilan(0, len(self.en_attente()), False)

    def _retenir(self, envoyees: set[str], reponse: dict[str, Any]) -> int:
        """Let go of what the server says that it has kept, of what was sent to it."""
        gardees = 0
        with self._ecrire() as base:
            for dite in reponse["resultats"]:
                cle, resultat = dite.get("id"), dite.get("resultat")
                if cle not in envoyees or resultat not in GARDEES:
                    continue
                ligne = base.execute("DELETE FROM boite WHERE id = ? RETURNING seq", [cle])
                for (seq,) in ligne.fetchall():
                    base.execute(
                        "REPLACE INTO recues VALUES (?, ?, ?, ?)",
                        [cle, seq, resultat, json.dumps(dite)],
                    )
                    gardees += 1
        return gardees

    def _poster(self, ou: str, corps: str) -> dict[str, Any]:
        statut, contenu = self._demander(ou, corps)
        dit = _en_json(contenu)
        if statut != 200:
            if statut in {401, 403, 409, 413} and dit is not None:
                raise Refuse(statut, dit)
            raise SansReponse(f"statut {statut}")
        if dit is None or dit.get("protocole") != PROTOCOLE:
            raise SansReponse("ce qui répond n'est pas le service")
        if not isinstance(dit.get("resultats"), list):
            raise SansReponse("réponse incomplète")
        return dit

    def _demander(self, ou: str, corps: str) -> tuple[int, bytes]:
        """Raises: SansReponse."""
        demande = urllib.request.Request(
            f"{self.reglage('adresse')}/api/v1/synchro/{ou}/",
            data=corps.encode(),
            headers={
                "Authorization": f"Bearer {self.reglage('jeton_envoi')}",
                "Content-Type": "application/json",
            },
            method="POST",
        )
        try:
            with _SANS_DETOUR.open(demande, timeout=DELAI) as reponse:
                return reponse.status, reponse.read()
        except urllib.error.HTTPError as erreur:
            try:
                return erreur.code, erreur.read()
            except OSError as coupee:
                raise SansReponse(str(coupee)) from coupee
        except (OSError, ValueError) as erreur:
            raise SansReponse(str(erreur)) from erreur
        except Exception as erreur:  # http.client's own: a reply that was cut
            raise SansReponse(str(erreur)) from erreur


class _SansRedirection(urllib.request.HTTPRedirectHandler):
    """Whoever sends elsewhere is not the service."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_SANS_DETOUR = urllib.request.build_opener(_SansRedirection)


def _en_json(contenu: bytes) -> dict[str, Any] | None:
    try:
        dit = json.loads(contenu)
    except ValueError:
        return None
    return dit if isinstance(dit, dict) else None
