"""Which corrections are taken: random books and corrections, against a recount of every cell."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.publications.admission import (
    Admission,
    Changement,
    Etat,
    Ligne,
    Registre,
    expliquent,
)

MOIS = [date(2023, mois, 1) for mois in (4, 5, 6)]
STRUCTURES = ["a", "b"]
GENRES = ["F", "H"]
# Of a quarter and two structures: each month and the quarter, each structure and the network, and
# the network's genders of the quarter.
TRIMESTRE = "2023-T2"


def au_plus_bas(changes: dict[Any, int]) -> int:
    """The fewest known persons whose changes may be all there was: the others gave to one another,
    or to nobody known, as much as they took."""
    connus = [n for personne, n in changes.items() if personne is not None]
    total, anonyme = sum(changes.values()), changes.get(None, 0)
    for combien in range(len(connus) + 1):
        for qui in combinations(connus, combien):
            possible = sum(n for n in (*qui, anonyme) if (n > 0) == (total > 0))
            if abs(possible) >= abs(total) and (possible >= 0) == (total >= 0):
                return combien
    raise AssertionError("they all explain it")


@given(st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=7), st.integers(-6, 6))
def test_as_few_as_can_explain_a_change(de_chacun: list[int], anonyme: int) -> None:
    changes: dict[Any, int] = {UUID(int=n): combien for n, combien in enumerate(de_chacun)}
    if anonyme:
        changes[None] = anonyme
    if sum(changes.values()):
        assert expliquent("passages", changes) == au_plus_bas(changes)


@pytest.mark.parametrize(
    ("changes", "combien"),
    [
        ([1] * 20, 20),  # twenty came
        ([1] * 20 + [-1] * 3, 17),  # and three went
        ([12] + [-1] * 12 + [1], 1),  # twelve visits were another's, and one came
        ([1] * 11 + [("nul", -11), 1], 1),  # eleven became known, and one came
        ([50] + [1] * 10, 11),
        ([50] + [1] * 10 + [-10], 1),
    ],
)
def test_examples(changes: list[Any], combien: int) -> None:
    qui: dict[Any, int] = {}
    for n, change in enumerate(changes):
        qui |= {None: change[1]} if isinstance(change, tuple) else {UUID(int=n): change}
    assert expliquent("passages", qui) == combien


# --- Books --------------------------------------------------------------------------------------


class Livres:
    """A book of visits, corrected some times, and corrections that are proposed."""

    def __init__(self, graine: int) -> None:
        self.hasard = random.Random(graine)
        self.gens = [UUID(int=n) for n in range(1, 120)]
        self.genre = {p: self.hasard.choice([*GENRES, "H"]) for p in self.gens}
        self.ecritures = [
            (self.ligne(p, mois, ou), 0, 1)
            for p in self.gens
            for mois in MOIS
            for ou in self.hasard.sample(STRUCTURES, self.hasard.choice([0, 1, 1, 2]))
        ]
        self.ecritures += [(self.ligne(None, mois, ou), 0, 20) for mois in MOIS for ou in "ab"]
        self.rang = 0

    def ligne(self, personne: UUID | None, mois: date, ou: str) -> Ligne:
        genre = self.genre[personne] if personne else "SANS_PERSONNE"
        return Ligne(mois, "passages", ou, "", (("genre", genre),), personne)

    def proposer(self) -> list[Changement]:
        """Some come, some go, some were elsewhere or in another month."""
        propositions: dict[Any, dict[Ligne, int]] = defaultdict(lambda: defaultdict(int))
        for _ in range(self.hasard.choice([3, 15, 40, 90])):
            qui = self.hasard.choice(
                [*self.gens, None] if self.hasard.random() < 0.2 else self.gens
            )
            mois, ou = (
                self.hasard.choice(MOIS[: self.hasard.choice([1, 3])]),
                self.hasard.choice("ab"),
            )
            propositions[qui, mois, ou][self.ligne(qui, mois, ou)] += self.hasard.choice(
                [1, 1, 2, -1]
            )
            if self.hasard.random() < 0.3:
                autre = self.hasard.choice(MOIS), self.hasard.choice("ab")
                propositions[qui, *autre][self.ligne(qui, *autre)] -= 1
        return [
            Changement(voulues)
            for lignes in propositions.values()
            if (voulues := {ligne: n for ligne, n in lignes.items() if n})
        ]

    def registre(self) -> Registre:
        return Registre(
            list(self.ecritures),
            [Etat(rang, frozenset(MOIS), lambda *_: True) for rang in range(self.rang + 1)],
            {},
            {},
            lambda _cle: 1,
        )

    def corriger(self) -> tuple[int, int]:
        """Returns: how many were proposed, and taken."""
        changements = self.proposer()
        admission = Admission(changements, self.registre())
        admission.tenir()
        self.rang += 1
        for changement in admission.pris:
            self.ecritures += [(ligne, self.rang, n) for ligne, n in changement.lignes.items()]
        return len(changements), len(admission.pris)

    def cellules(self, rang: int) -> dict[Any, dict[Any, int]]:
        """Of each cell, who has how many visits there, by what was written until then."""
        cellules: dict[Any, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        for ligne, quand, combien in self.ecritures:
            if quand <= rang:
                for periode in (ligne.mois, TRIMESTRE):
                    for ou in ("", ligne.structure):
                        cellules[periode, ou][ligne.personne] += combien
                cellules[TRIMESTRE, "", dict(ligne.axes)["genre"]][ligne.personne] += combien
        return cellules


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_between_any_two_moments_each_cell_moves_by_eleven_or_not_at_all(graine: int) -> None:
    livres = Livres(graine)
    for _ in range(4):
        livres.corriger()
    moments = [livres.cellules(rang) for rang in range(livres.rang + 1)]
    for avant, apres in combinations(moments, 2):
        for cellule in {*avant, *apres}:
            changes = {
                qui: change
                for qui in {*avant[cellule], *apres[cellule]}
                if (change := apres[cellule][qui] - avant[cellule][qui])
            }
            if cellule[-1] == "SANS_PERSONNE":
                continue  # which tells of nobody
            assert not sum(changes.values()) or expliquent("passages", changes) >= 11, cellule


def test_some_are_taken_and_some_wait() -> None:
    comptes = [Livres(graine).corriger() for graine in range(30)]
    assert sum(0 < pris < proposes for proposes, pris in comptes) > 5


def test_what_needs_another_waits_with_it() -> None:
    """One who came waits, and so does what is theirs; what they need not does not."""
    livres = Livres(1)
    venue = Changement({livres.ligne(livres.gens[0], MOIS[0], "a"): 1})
    suite = Changement({Ligne(MOIS[0], "maraudes", "a", "", (), None): 1}, [venue])
    autre = Changement({Ligne(MOIS[0], "maraudes", "b", "", (), None): 1})
    admission = Admission([venue, suite, autre], livres.registre())
    admission.tenir()
    assert list(admission.pris) == [autre]
