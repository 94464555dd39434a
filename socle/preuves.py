"""Proof that somebody logged in on a device: signed here, carried by what they record there.

It opens nothing: whoever holds it can say who pressed a button, and send nothing by it. So it has
no end, as the work of a shift may reach us weeks later.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.core import signing

from commun.horloge import maintenant


class Presence(NamedTuple):
    """Who was there, on which device, since when."""

    utilisateur: UUID
    appareil: UUID
    depuis: datetime


def _signataire() -> signing.Signer:
    return signing.Signer(salt="socle.preuves")


def attester(utilisateur: UUID, appareil: UUID) -> str:
    """The proof that this account has just logged in on this device."""
    depuis = int(maintenant().timestamp())
    return _signataire().sign(f"{utilisateur.hex}.{appareil.hex}.{depuis}")


def lire(preuve: object) -> Presence | None:
    """What a proof says; None where we have not made it."""
    if not isinstance(preuve, str):
        return None
    try:
        utilisateur, appareil, depuis = _signataire().unsign(preuve).split(".")
        return Presence(UUID(utilisateur), UUID(appareil), datetime.fromtimestamp(int(depuis), UTC))
    except (signing.BadSignature, ValueError):
        return None
