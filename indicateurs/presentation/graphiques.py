"""A plot and its table: what it says, what the library draws, and the same figures to be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

GRIS = "#64748b"
COULEURS = ("#0b4f8a", "#d97706", GRIS, "#0d9488")
# What is counted is whole.
AXES = {"ticks": {"color": GRIS, "precision": 0}, "grid": {"color": "#e2e8f0"}}
# Series that stand on one another; days, of which not each is named.
EMPILES = {
    "scales": {
        "x": {**AXES, "stacked": True},
        "y": {**AXES, "stacked": True, "beginAtZero": True},
    }
}
JOURS = {
    "scales": {
        "x": {**AXES, "ticks": {"color": GRIS, "maxTicksLimit": 13}},
        "y": {**AXES, "beginAtZero": True},
    }
}


@dataclass
class Trace:
    """A plot: what it says in a sentence, what the library draws, and the same as a table."""

    code: str
    titre: str
    phrase: str
    genre: str
    etiquettes: Sequence[str]
    series: Sequence[tuple[str, Sequence[Any], dict[str, Any]]]
    colonnes: Sequence[str]
    lignes: Sequence[Sequence[str]]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def vide(self) -> bool:
        """Whether there is nothing to draw: the sentence says it."""
        return not any(valeur for _, valeurs, _ in self.series for valeur in valeurs)

    @property
    def donnees(self) -> str:
        return json.dumps(
            {
                "labels": list(self.etiquettes),
                "datasets": [
                    {
                        "label": nom, "data": list(valeurs), "borderColor": couleur,
                        "backgroundColor": couleur, **reglages,
                    }
                    for (nom, valeurs, reglages), couleur in zip(
                        self.series, COULEURS, strict=False
                    )
                ],
            }
        )  # fmt: skip

    @property
    def reglages(self) -> str:
        return json.dumps(
            {
                "animation": False,
                "locale": "fr-FR",
                "responsive": True,
                "maintainAspectRatio": False,
                "plugins": {"legend": {"display": len(self.series) > 1, "position": "bottom"}},
                "scales": {"x": AXES, "y": {**AXES, "beginAtZero": True}},
                **self.options,
            }
        )


def jours_de(debut: date, fin: date) -> list[date]:
    """Those of `[debut, fin)`."""
    return [debut + timedelta(days=n) for n in range((fin - debut).days)]
