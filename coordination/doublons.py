"""Suspected duplicates, as they are told."""

from __future__ import annotations

from typing import Any

from socle.doublons import raisons
from socle.enums import Raison


def raisons_de(doublon: Any) -> list[Raison]:
    """Why these two files are suspected, as far as whoever asked for the pair may know."""
    return raisons(
        doublon.proximite,
        doublon.premiere,
        doublon.seconde,
        complet=doublon.complet,
        coincidences=doublon.coincidences,
    )
