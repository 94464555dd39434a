"""Ranges of days: the closed months, quarters and years of the calendar, and the year under way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import TextChoices

from commun.horloge import aujourd_hui


class Pas(TextChoices):
    """The only cuts of time there are: two that differ by a day would tell of a person."""

    MOIS = "mois", "Mois"
    TRIMESTRE = "trimestre", "Trimestre"
    ANNEE = "annee", "Année"


# A year that is prepared asks for the same few periods hundreds of thousands of times.
_retenir = lru_cache(maxsize=2048)

MOIS_PAR_PAS = {Pas.MOIS: 1, Pas.TRIMESTRE: 3, Pas.ANNEE: 12}


@dataclass(frozen=True)
class Periode:
    """Days `[debut, fin)`; `entiere`: a whole month, quarter or year."""

    debut: date
    fin: date
    entiere: bool = False

    @classmethod
    def annee(cls, annee: int) -> Periode:
        """A calendar year, or the days of the current one that are over: a day under way, or a
        night that nobody has slept yet, can't be compared with a whole one."""
        debut, suivante = date(annee, 1, 1), date(annee + 1, 1, 1)
        fin = max(min(suivante, aujourd_hui()), debut)
        return cls(debut, fin, entiere=fin == suivante)

    def un_an_avant(self) -> Periode:
        """The same elapsed days of the year before; whole is compared with whole."""
        debut = self.debut.replace(year=self.debut.year - 1)
        if self.entiere:
            return Periode(debut, self.fin.replace(year=self.fin.year - 1), entiere=True)
        return Periode(debut, debut + (self.fin - self.debut))

    @property
    def close(self) -> bool:
        """Whether its last day is over."""
        return self.fin <= aujourd_hui()


@_retenir
def lire(code: str) -> tuple[Pas, Periode]:
    """The period of a code: `2023-03`, `2023-T1` or `2023`, whether it is over or not.

    Raises:
        ValueError: it is the code of none.
    """
    trouve = re.fullmatch(r"(20\d\d)(?:-(?:T([1-4])|(0[1-9]|1[0-2])))?", code, re.ASCII)
    if trouve is None:
        raise ValueError(code)
    annee, trimestre, mois = trouve.groups()
    pas = Pas.TRIMESTRE if trimestre else Pas.MOIS if mois else Pas.ANNEE
    return pas, _decoupe(pas, int(annee))[int(trimestre or mois or 1) - 1][1]


@_retenir
def contenantes(code: str) -> tuple[str, ...]:
    """The longer periods that a period is in."""
    pas, periode = lire(code)
    annee, trimestre = f"{periode.debut:%Y}", (periode.debut.month + 2) // 3
    return {
        Pas.MOIS: (f"{annee}-T{trimestre}", annee),
        Pas.TRIMESTRE: (annee,),
        Pas.ANNEE: (),
    }[pas]


@_retenir
def contenues(code: str, pas: Pas) -> tuple[str, ...]:
    """The shorter periods of a kind that a period is made of."""
    _, periode = lire(code)
    courts = (court for court, _ in _decoupe(pas, periode.debut.year))
    return tuple(court for court in courts if code in contenantes(court))


def closes(pas: Pas, annee: int) -> Iterator[tuple[str, Periode]]:
    """What is over of a year, by its code: `2023-03`, `2023-T1` or `2023`."""
    return ((code, periode) for code, periode in _decoupe(pas, annee) if periode.close)


def _decoupe(pas: Pas, annee: int) -> list[tuple[str, Periode]]:
    longueur = MOIS_PAR_PAS[pas]
    morceaux = []
    for rang in range(12 // longueur):
        debut = date(annee, rang * longueur + 1, 1)
        fin = date(annee + (rang + 1) * longueur // 12, (rang + 1) * longueur % 12 + 1, 1)
        code = {
            Pas.MOIS: f"{annee}-{rang + 1:02}",
            Pas.TRIMESTRE: f"{annee}-T{rang + 1}",
            Pas.ANNEE: f"{annee}",
        }[pas]
        morceaux.append((code, Periode(debut, fin, entiere=True)))
    return morceaux
