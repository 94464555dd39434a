"""What a device sent, read: an envelope, and operations that may say anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from commun.api.viewsets import calculer_empreinte, en_uuid

# What this server speaks. Schemas: of the data of operations; the two before the present one are
# understood too.
PROTOCOLE = 1
SCHEMAS = (1,)
OPERATION_AU_PLUS = 64 * 1024
ENVOI_AU_PLUS = 256 * 1024
PLUS_GRAND_NUMERO = 2**53 - 1


@dataclass(frozen=True)
class Horloge:
    """A monotonic stamp: milliseconds since the device was last started, and which start it was."""

    demarrage: str
    ms: int

    @classmethod
    def lire(cls, dite: Any) -> Horloge | None:
        if not isinstance(dite, Mapping):
            return None
        demarrage, ms = dite.get("demarrage"), dite.get("ms")
        if not isinstance(demarrage, str) or not isinstance(ms, int) or isinstance(ms, bool):
            return None
        return cls(demarrage, ms) if 0 <= ms <= PLUS_GRAND_NUMERO else None

    def depuis(self, avant: Horloge | None) -> timedelta | None:
        """How long ago an earlier stamp of the same start was."""
        if avant is None or avant.demarrage != self.demarrage or avant.ms > self.ms:
            return None
        return timedelta(milliseconds=self.ms - avant.ms)


@dataclass(frozen=True)
class Envoi:
    """What is told once for all the operations that are sent together."""

    recu_le: datetime
    schema: int
    version_application: str
    horloge: Horloge | None


@dataclass(frozen=True)
class Lue:
    """An operation that has an identifier, a number and a type; the rest is judged later."""

    id: UUID
    seq: int
    type: str
    contenu: dict[str, Any]

    @classmethod
    def lire(cls, brute: Any) -> Lue | None:
        if not isinstance(brute, dict):
            return None
        cle, seq, nom = en_uuid(brute.get("id")), brute.get("seq"), brute.get("type")
        if cle is None or isinstance(seq, bool) or not isinstance(seq, int):
            return None
        if not 1 <= seq <= PLUS_GRAND_NUMERO or not isinstance(nom, str):
            return None
        # No column holds the null character.
        if not 0 < len(nom) <= 40 or "\0" in nom:
            return None
        return cls(cle, seq, nom, brute)

    @property
    def empreinte(self) -> str:
        return empreinte_de(self.contenu)

    @property
    def objet(self) -> UUID | None:
        return en_uuid(self.contenu.get("objet"))

    @property
    def depend_de(self) -> list[UUID]:
        dites = self.contenu.get("depend_de")
        cles = [en_uuid(dite) for dite in dites] if isinstance(dites, list) else []
        return [cle for cle in cles if cle is not None]

    def decalage(self, envoi: Envoi) -> timedelta | None:
        """By how much our clock is ahead of the one that told `saisi_le`; None where the two can't
        be compared: the device was started anew since."""
        saisi_le = en_instant(self.contenu.get("saisi_le"))
        if saisi_le is None or envoi.horloge is None:
            return None
        depuis = envoi.horloge.depuis(Horloge.lire(self.contenu.get("horloge")))
        if depuis is None:
            return None
        try:
            return envoi.recu_le - depuis - saisi_le
        except OverflowError:
            return None


def empreinte_de(contenu: Any) -> str:
    return calculer_empreinte("synchro", contenu)


def en_instant(dit: Any) -> datetime | None:
    """An instant with its offset, as RFC 3339 writes it."""
    try:
        instant = parse_datetime(dit) if isinstance(dit, str) else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None
