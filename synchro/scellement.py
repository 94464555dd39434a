"""What a tablet seals, only the server opens: ECDH on P-256, HKDF-SHA-256, AES-256-GCM.

A sealed text is, in base64url without padding: one byte of version (1), the point of the device's
one-time key (65 bytes, uncompressed), the nonce (12), then the ciphertext with its tag. The key is
HKDF(shared secret, salt: both points, info: `INFO`); the identifier of the operation is
authenticated with it, so that nothing sealed for one passes for another (NIST SP 800-56A, RFC 5869,
SP 800-38D). `synchro/client.py` has the other half.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.crypto import salted_hmac

VERSION = 1
INFO = b"maraude synchro 1"
POINT, NONCE = 65, 12


class Illisible(Exception):
    """What was sealed can't be opened: cut, of another key, or of another operation."""


def en_texte(octets: bytes) -> str:
    """Base64url without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def en_octets(texte: str) -> bytes:
    return base64.urlsafe_b64decode(texte + "=" * (-len(texte) % 4))


def _coffre() -> MultiFernet:
    """By what private halves are kept: the present secret of the service, then earlier ones."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(
            base64.urlsafe_b64encode(
                salted_hmac("synchro.scellement", "", secret, algorithm="sha256").digest()
            )
        )
        for secret in secrets
    )


def nouvelle_paire() -> tuple[str, str]:
    """A public half, as a point in base64url, and a private one, encrypted."""
    cle = ec.generate_private_key(ec.SECP256R1())
    privee = cle.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return en_texte(_point(cle.public_key())), _coffre().encrypt(privee).decode()


def _point(cle: ec.EllipticCurvePublicKey) -> bytes:
    return cle.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


class Ouvreur:
    """Opens what was sealed to one key of ours."""

    def __init__(self, privee: str) -> None:
        cle = serialization.load_der_private_key(_coffre().decrypt(privee.encode()), password=None)
        assert isinstance(cle, ec.EllipticCurvePrivateKey)
        self._cle = cle
        self._point = _point(cle.public_key())

    def ouvrir(self, scelle: str, operation: UUID) -> dict[str, Any]:
        """The data of an operation.

        Raises:
            Illisible: they are not what that operation sealed to this key.
        """
        try:
            octets = en_octets(scelle)
            if not octets or octets[0] != VERSION or len(octets) < 1 + POINT + NONCE:
                raise Illisible
            point, reste = octets[1 : 1 + POINT], octets[1 + POINT :]
            leur = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            secret = self._cle.exchange(ec.ECDH(), leur)
            cle = HKDF(hashes.SHA256(), 32, salt=point + self._point, info=INFO).derive(secret)
            clair = AESGCM(cle).decrypt(reste[:NONCE], reste[NONCE:], str(operation).encode())
            donnees = json.loads(clair)
        except (binascii.Error, InvalidTag, ValueError) as erreur:
            raise Illisible from erreur
        if not isinstance(donnees, dict):
            raise Illisible
        return donnees
