"""What is measured, and how it is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Mesure:
    """One row of the table: a figure, its target, and what it was made of.

    Args:
        au_moins: the target is a floor, and not a ceiling.
    """

    quoi: str
    valeur: float
    cible: float
    unite: str
    detail: str
    au_moins: bool = False

    @property
    def tenue(self) -> bool:
        return self.valeur >= self.cible if self.au_moins else self.valeur <= self.cible


def publier(mesure: Mesure) -> None:
    """Hand a figure to the process that makes the table."""
    print(json.dumps(asdict(mesure)), flush=True)


def annoncer(texte: str) -> None:
    """Tell what is being measured, beside the figures."""
    print(f"… {texte}", file=sys.stderr, flush=True)


def chronometrer(appel: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    debut = perf_counter()
    appel()
    return perf_counter() - debut


def comparer(
    notre: Callable[[], object], plancher: Callable[[], object], fois: int
) -> tuple[float, float]:
    """Seconds of ours and of its floor, in turns, so that both see the same machine; medians."""
    paires = [(chronometrer(plancher), chronometrer(notre)) for _ in range(fois)]
    return median(n for _, n in paires), median(p for p, _ in paires)


def centile(valeurs: list[float], part: float) -> float:
    """The value that this part of the values does not exceed (nearest rank)."""
    rangees = sorted(valeurs)
    return rangees[max(0, -(-int(len(rangees) * part * 100) // 100) - 1)]
