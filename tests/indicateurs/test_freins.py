"""How far a part goes in a revision, whatever else moved in the whole that it is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicateurs.models import Chiffre
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.freins import freiner, freiner_les_personnes, indiscrets
from indicateurs.publications.mouvement import Mouvement
from indicateurs.secret import SEUIL, Union

CLE = Cle("2023-05", "passages", "RESEAU")


def mouvement(avant: int, apres: int, personnes: int) -> Mouvement:
    """Visits, of which so many persons more, or fewer, are behind than before."""
    de_base = 1000
    ancien = Chiffre(exacte=avant, personnes=de_base)
    sens = 1 if apres > avant else -1
    compte = Decompte(apres, de_base + sens * personnes)
    return Mouvement(compte, compte, ancien, bouge=apres != avant)


def freine(m: Mouvement, *ecarts: int) -> int:
    """Where it goes."""
    return freiner({CLE: m}, [{CLE: ecart} for ecart in ecarts], ())[CLE].montre.exacte


@pytest.mark.parametrize(
    ("ecart", "apres", "personnes", "montre"),
    [
        (0, 2021, 21, 2021),  # alone, it goes
        (30, 2021, 21, 2021),  # the same way as what moved before
        (-20, 2020, 20, 2020),  # it makes up for it
        (-20, 2021, 21, 2020),  # the one who came beside waits
        (-20, 2030, 30, 2020),  # ten, too
        (-20, 2031, 31, 2031),  # eleven are shown
        (-20, 2040, 21, 2020),  # whatever they brought
        (-40, 2025, 25, 2025),  # fifteen are left of it
        (-40, 2035, 35, 2029),  # five would be: eleven are
        (-8, 2005, 11, 2000),  # what is of few already is not told more of
        (20, 1979, 21, 1980),  # down as up
    ],
)
def test_it_goes_as_far_as_tells_of_nobody(
    ecart: int, apres: int, personnes: int, montre: int
) -> None:
    assert freine(mouvement(2000, apres, personnes), ecart) == montre


@given(
    ecarts=st.lists(st.integers(-60, 60), max_size=3),
    apres=st.integers(1920, 2080),
    personnes=st.integers(SEUIL, 80),
)
def test_what_the_whole_does_not_show_is_of_nobody_or_of_eleven(
    ecarts: list[int], apres: int, personnes: int
) -> None:
    m = mouvement(2000, apres, min(personnes, abs(apres - 2000)))
    montre = freine(m, *ecarts)
    assert min(2000, apres) <= montre <= max(2000, apres)
    toutes = [{CLE: ecart} for ecart in ecarts]
    freines = freiner({CLE: m}, toutes, ())
    if indiscrets(freines, toutes):
        # One whole lets it go where another does not: it stays.
        freines = {CLE: m.en_attente()}
    change = freines[CLE].montre.exacte - 2000
    for ecart in ecarts if change else ():
        reste = ecart + change
        if ecart * change < 0 and reste:
            assert abs(reste) >= SEUIL
            if reste * change > 0:
                assert m.changees - abs(ecart) >= SEUIL


TOUS = CLE._replace(indicateur="file_active")
ICI, LA = (TOUS._replace(niveau="STRUCTURE", territoire=t) for t in "ab")


def comptees(*ici_la_tous: int) -> dict[Cle, Mouvement]:
    """Persons of two structures and of both, who were a hundred, a hundred and a hundred and
    fifty."""
    return {
        cle: Mouvement(
            Decompte(apres, apres), Decompte(apres, apres), Chiffre(exacte=avant, personnes=avant)
        )
        for cle, avant, apres in zip((ICI, LA, TOUS), (100, 100, 150), ici_la_tous, strict=True)
    }


@pytest.mark.parametrize(
    ("apres", "montre"),
    [
        ((125, 100, 175), 175),  # as much as one of them
        ((125, 100, 178), 175),  # three wait in the other
        ((125, 100, 186), 186),  # eleven were in both
        ((115, 112, 180), 177),  # of both
        ((105, 100, 158), 150),  # five: too few to show
        ((80, 100, 127), 130),  # down as up
    ],
)
def test_persons_of_a_whole_move_as_its_parts_do(apres: tuple[int, int, int], montre: int) -> None:
    premiers = {ICI: 100, LA: 100, TOUS: 150}
    freines = freiner_les_personnes(comptees(*apres), [Union(TOUS, (ICI, LA))], premiers, {})
    assert freines[TOUS].montre.exacte == montre


@given(
    apres=st.tuples(*[st.integers(60, 200)] * 3),
    premiers=st.tuples(*[st.integers(60, 200)] * 3),
    du_temps=st.tuples(st.integers(60, 200), st.integers(0, 60)),
)
def test_it_ends_whatever_was_shown_before(
    apres: tuple[int, int, int], premiers: tuple[int, int, int], du_temps: tuple[int, int]
) -> None:
    cles = (ICI, LA, TOUS)
    unions = [Union(TOUS, (ICI, LA)), Union(TOUS, (LA,))]
    freines = freiner_les_personnes(
        comptees(*apres), unions, dict(zip(cles, premiers, strict=True)), {TOUS: du_temps}
    )
    for cle, avant, vers in zip(cles, (100, 100, 150), apres, strict=True):
        assert min(avant, vers) <= freines[cle].montre.exacte <= max(avant, vers)


def test_what_follows_goes_whole_or_not_at_all() -> None:
    m = mouvement(2000, 2021, 21)
    for ecart, montre in ((-21, 2021), (-20, 2000)):
        assert freiner({CLE: m}, [{CLE: ecart}], {CLE})[CLE].montre.exacte == montre


def test_nobody_known_tells_of_nobody() -> None:
    ancien = Chiffre(exacte=20, personnes=0)
    anonymes = Mouvement(Decompte(41, 0), Decompte(41, 0), ancien)
    assert freine(anonymes, -20) == 41
