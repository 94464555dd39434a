"""Devices, the keys that they seal with, and what they sent."""

from synchro.models.appareils import Appareil, CleScellement
from synchro.models.operations import Operation, Variante

__all__ = ["Appareil", "CleScellement", "Operation", "Variante"]
