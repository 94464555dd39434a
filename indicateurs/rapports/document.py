"""What a report says, before it is a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from indicateurs.periodes import Periode
from socle.models import Structure


@dataclass(frozen=True)
class Manque:
    """A cell without an answer, and why: there is no empty cell."""

    raison: str


Case = int | Decimal | str | Manque


@dataclass(frozen=True)
class Ligne:
    libelle: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Bloc:
    """Lines under one heading."""

    titre: str
    lignes: tuple[Ligne, ...]
    note: str = ""


@dataclass(frozen=True)
class Feuille:
    """A section of the report.

    Args:
        colonnes: the headings, that of the lines included.
        codes: the figures that are told on it.
    """

    nom: str
    colonnes: tuple[str, ...]
    blocs: tuple[Bloc, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rapport:
    """The report of a structure and a year.

    Args:
        a_relire: what is told, and may nevertheless mislead.
    """

    titre: str
    nom: str
    structure: Structure
    periode: Periode
    connu_le: datetime
    feuilles: tuple[Feuille, ...]
    a_relire: tuple[str, ...] = ()

    @property
    def annee(self) -> int:
        return self.periode.debut.year

    @property
    def fichier(self) -> str:
        return f"{self.nom}-{self.annee}-{self.structure.code}.xlsx"

    def manques(self) -> Iterator[tuple[Feuille, Bloc, str, list[str]]]:
        """Of each heading and reason, the lines that lack something."""
        for feuille in self.feuilles:
            for bloc in feuille.blocs:
                par_raison: dict[str, dict[str, None]] = {}
                for ligne in bloc.lignes:
                    for case in ligne.cases:
                        if isinstance(case, Manque):
                            par_raison.setdefault(case.raison, {})[ligne.libelle] = None
                for raison, libelles in par_raison.items():
                    yield feuille, bloc, raison, list(libelles)
