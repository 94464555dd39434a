"""What is masked is enough, and no more than enough: against an attacker who reads everything."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from indicateurs.secret import (
    Borne,
    Cellule,
    Deja,
    Lien,
    LiensFaux,
    Nature,
    SecretImpossible,
    Somme,
    Union,
    bornes_se_montrent,
    choix,
    masquer,
    peut_bouger,
    resumer,
    se_montre,
)  # fmt: skip
from indicateurs.secret.croissance import Croissance
from indicateurs.secret.epreuve import Epreuve
from indicateurs.secret.modele import par_cle, verifier
from indicateurs.secret.programme import Programme
from indicateurs.secret.systeme import systemes
from tests.indicateurs.attaquant import (
    Attaquant,
    Systeme,
    Temoins,
    enumerer,
    masques_moins_chers,
)
from tests.indicateurs.tableaux import (
    Tableau,
    des_mois,
    un_croisement,
    un_reseau,
    un_territoire,
    une_ligne,
)  # fmt: skip

SOMME = Somme("total", ("a", "b", "c"))
FORMES = (une_ligne, un_croisement, des_mois, un_territoire)


def personnes(**valeurs: int) -> list[Cellule]:
    return [Cellule(cle, valeur, valeur) for cle, valeur in valeurs.items()]


def exigee(cellule: Cellule) -> float:
    """§ 6.2, written again."""
    if cellule.nature is Nature.PERSONNES:
        return 10
    return max(10, 0.2 * cellule.valeur)


def lire(
    attaquant: Attaquant,
    cellules: Iterable[Cellule],
    liens: Iterable[Lien],
    masquees: Iterable[Any],
    table: Any = None,
) -> Attaquant:
    """Give an attacker the published tables."""
    caches = set(masquees)
    for c in cellules:
        attaquant.voit((table, c.cle), None if c.cle in caches else c.valeur)
    for lien in liens:
        match lien:
            case Somme(total, parts):
                attaquant.sait_somme((table, total), [(table, part) for part in parts])
            case Union(union, parts):
                attaquant.sait_union((table, union), [(table, part) for part in parts])
            case Borne((petite,), (grande,)):
                attaquant.sait_borne((table, petite), (table, grande))
    return attaquant


def exposees(tableaux: Mapping[Any, tuple[Tableau, Iterable[Any]]]) -> set[tuple[Any, Any]]:
    """What the attacker knows too well of many tables at once."""
    attaquant = Attaquant()
    exiges = {}
    for nom, ((cellules, liens), masquees) in tableaux.items():
        lire(attaquant, cellules, liens, masquees, nom)
        exiges |= {(nom, c.cle): exigee(c) for c in cellules}
    return {
        chiffre
        for chiffre, (moins, plus) in attaquant.intervalles().items()
        if plus - moins < exiges[chiffre]
    }


def valeur(cellules: Iterable[Cellule], masquees: Iterable[Any]) -> int:
    caches = set(masquees)
    return sum(c.valeur for c in cellules if c.cle in caches)


# --- By hand


def test_a_cell_of_fewer_than_eleven_persons_is_masked_and_a_zero_is_shown() -> None:
    """Nothing else is told: each stands alone."""
    assert masquer(personnes(a=0, b=1, c=10, d=11, e=300), []) == {"b", "c"}


def test_acts_are_masked_where_their_persons_are() -> None:
    actes = [
        Cellule("peu", 400, 10, Nature.QUANTITE),
        Cellule("assez", 12, 11, Nature.QUANTITE),
        Cellule("anonymes", 40, 0, Nature.QUANTITE),
        Cellule("aucun", 0, 0, Nature.QUANTITE),
    ]
    assert masquer(actes, []) == {"peu", "anonymes"}


def test_a_cell_masked_alone_in_its_row_takes_the_cheapest_with_it() -> None:
    """3 = 68 - 40 - 25. With 25 hidden too: each of both is from 1 to 27."""
    cellules = personnes(a=3, b=40, c=25, total=68)
    assert masquer(cellules, [Somme("total", ("a", "b", "c"))]) == {"a", "c"}


def test_two_small_cells_do_not_hide_each_other() -> None:
    """1 + 1 = 2, and none is nothing: 25 goes too."""
    cellules = personnes(a=1, b=1, c=25, total=27)
    assert masquer(cellules, [Somme("total", ("a", "b", "c"))]) == {"a", "b", "c"}


def test_two_cells_of_five_stay_between_one_and_nine_which_is_too_narrow() -> None:
    """5 + 5 = 10: a width of 8. With 6 + 6 = 12, from 1 to 11: a width of 10, just enough."""
    liens = [Somme("total", ("a", "b", "c"))]
    assert masquer(personnes(a=5, b=5, c=30, total=40), liens) == {"a", "b", "c"}
    assert masquer(personnes(a=6, b=6, c=30, total=42), liens) == {"a", "b"}


def test_a_total_that_costs_less_than_a_part_goes_instead() -> None:
    """All is of fewer than 11, and the only other way would be to show nothing."""
    assert masquer(personnes(a=4, total=4), [Somme("total", ("a",))]) == {"a", "total"}
    assert masquer(personnes(a=4, b=0, total=4), [Somme("total", ("a", "b"))]) == {"a", "total"}


def test_in_a_square_four_cells_hide_one() -> None:
    """Hiding a row's neighbour opens its column: the corners of a rectangle go together."""
    valeurs = {
        (0, 0): 5, (0, 1): 20, (0, 2): 90, (1, 0): 30, (1, 1): 25, (1, 2): 80,
        (2, 0): 70, (2, 1): 60, (2, 2): 50,
    }  # fmt: skip
    for n in range(3):
        valeurs[n, 3] = sum(valeurs[n, j] for j in range(3))
        valeurs[3, n] = sum(valeurs[i, n] for i in range(3))
    liens = [Somme((n, 3), tuple((n, j) for j in range(3))) for n in range(3)]
    liens += [Somme((3, n), tuple((i, n) for i in range(3))) for n in range(3)]
    cellules = [Cellule(cle, v, v) for cle, v in valeurs.items()]
    assert masquer(cellules, liens) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_distinct_count_tells_less_than_a_sum() -> None:
    """Of 5 and 60 there are 62: the first is from 2 to 62, and nothing else has to go."""
    cellules = personnes(a=5, b=60, union=62)
    assert masquer(cellules, [Union("union", ("a", "b"))]) == {"a"}
    assert masquer(cellules[:1] + personnes(b=57, total=62), [Somme("total", ("a", "b"))]) == {
        "a", "b",
    }  # fmt: skip


def test_a_distinct_count_can_pin_a_part_between_its_rest_and_itself() -> None:
    """Of 8 and 4 there are 12, at most 12 and at least 8: each is at least what the other
    leaves, at most the union."""
    cellules = personnes(a=8, b=4, union=12)
    # a in [1, 12], b in [1, 12], together at least 12: wide enough.
    assert masquer(cellules, [Union("union", ("a", "b"))]) == {"a", "b"}
    # A part that is shown does not help: b in [12 - 11, 12].
    assert masquer(personnes(a=11, b=4, union=12), [Union("union", ("a", "b"))]) == {"b"}
    # But one that leaves nothing to guess does: b in [20 - 12, 20] is 12 wide; [13 - 3 ...].
    assert masquer(personnes(a=3, b=3, union=6), [Union("union", ("a", "b"))]) == {
        "a", "b", "union",
    }  # fmt: skip


def test_a_bound_pins_what_is_below_it() -> None:
    """Women are at most the file active: with 11 in all, from 1 to 11, just enough."""
    lien = [Borne(("femmes",), ("file_active",))]
    assert masquer(personnes(femmes=4, file_active=11), lien) == {"femmes"}
    assert masquer(personnes(femmes=4, file_active=10), lien) == {"femmes", "file_active"}


def test_acts_stay_within_a_fifth_of_their_value() -> None:
    """200 acts of 10 persons, between 170 and 205 others: 35 wide, and it takes 40. As persons,
    or as 170 acts, they could stay."""
    liens = [Borne(("bas",), ("actes",)), Borne(("actes",), ("haut",))]

    def masque(actes: int, nature: Nature = Nature.QUANTITE) -> frozenset[Any]:
        cellules = [
            Cellule("bas", 170, 100, Nature.QUANTITE),
            Cellule("actes", actes, 10, nature),
            Cellule("haut", 205, 100, Nature.QUANTITE),
        ]
        return masquer(cellules, liens)

    assert masque(200) == {"actes", "bas"}
    assert masque(175) == {"actes"}
    assert masque(176) == {"actes", "bas"}
    assert masque(200, Nature.PERSONNES) == {"actes"}


def des_moities() -> tuple[list[Cellule], list[Lien], dict[Any, Deja]]:
    """Of three parts each two make at least 21: all three at least 31.5, so 32 by whole numbers.
    Twice that, and at most 73: a linear program sees 63 to 73, just enough, where persons are
    whole only from 64 on. So one of the distinct counts has to go, or the upper bound."""
    parts = [f"{cote}{n}" for cote in "gd" for n in range(3)]
    paires = [(f"{cote}{n}", f"{cote}{(n + 1) % 3}") for cote in "gd" for n in range(3)]
    cellules = [
        *personnes(**dict.fromkeys(parts, 12), total=72, plafond=73),
        *(Cellule(paire, 21, 21) for paire in paires),
    ]
    liens: list[Lien] = [Union(paire, paire) for paire in paires]
    liens += [Somme("total", tuple(parts)), Borne(("total",), ("plafond",))]
    return cellules, liens, dict.fromkeys([*parts, "total"], Deja.MASQUEE)


def test_halves_are_not_believed() -> None:
    cellules, liens, deja = des_moities()
    assert exposees({0: ((cellules, liens), deja)}) == {(0, "total")}
    masque = masquer(cellules, liens, deja)
    assert valeur(cellules, masque) == 6 * 12 + 72 + 21
    assert not exposees({0: ((cellules, liens), masque)})


# --- Revisions


def test_what_was_shown_can_not_be_masked_and_what_was_masked_stays_so() -> None:
    cellules = personnes(a=3, b=40, c=25, total=68)
    liens = [Somme("total", ("a", "b", "c"))]
    assert masquer(cellules, liens, {"c": Deja.MONTREE}) == {"a", "b"}
    assert masquer(cellules, liens, {"b": Deja.MASQUEE}) == {"a", "b"}


def test_a_revision_is_judged_with_the_ones_before() -> None:
    """a did not move: one cell in both. b moved: two cells, and the second can't give a back."""
    cellules = [
        *personnes(a=3, b1=40, c=25, total1=68), *personnes(b2=60, total2=88),
    ]  # fmt: skip
    liens = [Somme("total1", ("a", "b1", "c")), Somme("total2", ("a", "b2", "c"))]
    avant = masquer(cellules[:4], liens[:1])
    assert avant == {"a", "c"}
    deja = {
        c.cle: Deja.MASQUEE if c.cle in avant else Deja.MONTREE for c in cellules[:4]
    }  # fmt: skip
    apres = masquer(cellules, liens, deja)
    assert apres == {"a", "c"}
    # c moves too, and is shown no more than before: else a = total2 - b2 - c2.
    bouge = [*cellules, *personnes(c2=40, total3=103)]
    liens3 = [liens[0], Somme("total3", ("a", "b2", "c2"))]
    dernier = masquer([c for c in bouge if c.cle != "total2"], liens3, deja)
    assert dernier == {"a", "c", "c2"}
    assert not exposees({0: (([c for c in bouge if c.cle != "total2"], liens3), dernier)})


def test_what_was_published_too_freely_is_said() -> None:
    cellules = personnes(a=3, b=40, total=43)
    with pytest.raises(SecretImpossible) as erreur:
        masquer(cellules, [Somme("total", ("a", "b"))], {"b": Deja.MONTREE, "total": Deja.MONTREE})
    assert erreur.value.cles == ("a",)


def test_a_snapshot_that_contradicts_itself_is_refused() -> None:
    for liens in (
        [Somme("total", ("a", "b"))],
        [Union("a", ("total",))],
        [Borne(("total",), ("a",))],
        [Borne(("a",), ("ailleurs",))],
        [Somme("total", ("a", "a"))],
    ):
        with pytest.raises(LiensFaux):
            masquer(personnes(a=3, b=40, total=44), liens)
    for cellules in (personnes(a=1) * 2, personnes(a=-1)):
        with pytest.raises(LiensFaux):
            masquer(cellules, [])
    with pytest.raises(LiensFaux):
        masquer(personnes(a=0), [], {"a": Deja.MASQUEE})


# --- By the thousand


@pytest.mark.parametrize("forme", FORMES)
def test_the_attacker_pins_nothing_in_small_tables(forme: Callable[..., Tableau]) -> None:
    hasard = random.Random(11)
    tableaux = {n: forme(hasard) for n in range(400)}
    masques = {n: (tableau, masquer(*tableau)) for n, tableau in tableaux.items()}
    assert not exposees(masques)
    for (cellules, _), masque in masques.values():
        assert {c.cle for c in cellules if 0 < c.personnes < 11} <= masque
        assert not {c.cle for c in cellules if c.valeur == 0} & masque


@pytest.mark.parametrize("forme", FORMES)
def test_no_cheaper_mask_holds(forme: Callable[..., Tableau]) -> None:
    """Against every other mask of each table, tried by the attacker."""
    hasard = random.Random(6)
    choisi = optimum = 0
    a_essayer: dict[Any, tuple[Tableau, frozenset[Any]]] = {}
    couts: dict[Any, int] = {}
    meilleurs: dict[int, int] = {}
    for n in range(60):
        tableau = forme(hasard)
        cellules, _ = tableau
        cout = valeur(cellules, masquer(*tableau))
        choisi += cout
        meilleurs[n] = cout
        imposes = frozenset(c.cle for c in cellules if c.valeur and c.personnes < 11)
        valeurs = {c.cle: c.valeur for c in cellules}
        for rang, (moins, masque) in enumerate(masques_moins_chers(valeurs, imposes, cout)):
            a_essayer[n, rang], couts[n, rang] = (tableau, masque), moins
    tombes = {nom for nom, _ in exposees(a_essayer)}
    for nom in a_essayer.keys() - tombes:
        meilleurs[nom[0]] = min(meilleurs[nom[0]], couts[nom])
    optimum = sum(meilleurs.values())
    print(f"{forme.__name__} : {choisi} / {optimum} = {choisi / optimum:.4f} ({len(a_essayer)})")
    assert choisi <= 1.005 * optimum


def test_every_whole_table_is_counted_on_the_smallest_ones() -> None:
    """Brute force sees what the attacker sees, and no cell too narrow."""
    hasard, autre_hasard = random.Random(3), random.Random(4)
    comptes = 0
    while comptes < 60:
        cellules, liens = hasard.choice(FORMES)(hasard)
        masque = masquer(cellules, liens)
        if not 0 < len(masque) <= 4 or max(c.valeur for c in cellules if c.cle in masque) > 30:
            continue
        comptes += 1
        attaquant = lire(Attaquant(), cellules, liens, masque)
        tous = enumerer(attaquant, 45)
        intervalles = attaquant.intervalles()
        for chiffre, (moins, plus) in intervalles.items():
            assert tous[chiffre] == (moins, min(plus, 45))
        largeurs = {chiffre: autre_hasard.randrange(1, 40) for chiffre in intervalles}
        vraies = {(None, c.cle): c.valeur for c in cellules}
        assert attaquant.etroits(largeurs, vraies) == {
            chiffre: (moins, plus)
            for chiffre, (moins, plus) in intervalles.items()
            if plus - moins < largeurs[chiffre]
        }
        for c in cellules:
            if c.cle in masque:
                moins, plus = tous[None, c.cle]
                assert plus - moins >= exigee(c)


@pytest.mark.parametrize(
    ("table", "vues"),
    [
        ((7, 1, 5), (4, 4, 0)),
        ((3, 5, 9), (0, 0, 4)),
        ((4.5, 3.5, 5), (0, 0, 0)),
        ((7, 2, 5), (0, 0, 0)),
        ((9, -1, 5), (0, 0, 0)),
        ((3, 5, 11), (0, 0, 0)),
    ],
    ids=["added_up", "bounded", "halves", "adds_up_to_more", "less_than_nothing", "out_of_bounds"],
)
def test_the_attacker_believes_only_whole_tables_that_obey(
    table: tuple[float, ...], vues: tuple[int, ...]
) -> None:
    """`a + b = 8` and `c <= 9`, where the truth is 3, 5 and 5."""
    attaquant = Attaquant()
    for chiffre in "abc":
        attaquant.devine(chiffre)
    attaquant.voit("huit", 8)
    attaquant.voit("neuf", 9)
    attaquant.sait_somme("huit", "ab")
    attaquant.sait_borne("c", "neuf")
    temoins = Temoins(Systeme(attaquant), [3, 5, 5])
    temoins.noter(np.array(table, float))
    assert tuple(temoins.plus - temoins.moins) == vues


# --- A year of a network


@pytest.fixture(scope="module")
def reseau() -> tuple[Tableau, frozenset[Any]]:
    tableau = un_reseau(1, structures=3, personnes=400, mois=6, actes=False)
    return tableau, masquer(*tableau)


def test_the_attacker_pins_nothing_in_a_year_of_a_network(
    reseau: tuple[Tableau, frozenset[Any]],
) -> None:
    (cellules, liens), masque = reseau
    print(resumer(cellules, masque))
    assert len(cellules) > 600
    attaquant = lire(Attaquant(), cellules, liens, masque)
    essayees = random.Random(2).sample(sorted((None, cle) for cle in masque), 40)
    for moins, plus in attaquant.intervalles(essayees).values():
        assert plus - moins >= 10


def test_of_two_masks_that_cost_the_same_it_is_always_the_same_one() -> None:
    cellules = personnes(a=3, **{f"b{n}": 25 for n in range(6)}, total=153)
    lien = Somme("total", ("a", *(f"b{n}" for n in range(6))))
    masques = {
        masquer(cellules[n:] + cellules[:n], [Somme("total", lien.parts[n:] + lien.parts[:n])])
        for n in range(7)
    }
    assert len(masques) == 1


def test_the_mask_is_the_same_whatever_the_order() -> None:
    cellules, liens = un_reseau(1, structures=2, personnes=120, mois=3, actes=False)
    hasard = random.Random(5)
    autre = masquer(
        hasard.sample(cellules, len(cellules)),
        [
            Somme(lien.total, tuple(hasard.sample(lien.parts, len(lien.parts))))
            if isinstance(lien, Somme)
            else lien
            for lien in hasard.sample(liens, len(liens))
        ],
    )
    assert autre == masquer(cellules, liens)


# --- What is too large for the best


@pytest.fixture
def sans_petits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each set is taken for a large one."""
    monkeypatch.setattr(choix, "PETIT", 0)
    choix.choisir.cache_clear()
    yield
    choix.choisir.cache_clear()


@pytest.mark.parametrize("forme", FORMES)
def test_a_mask_that_grew_holds_and_costs_little_more(
    forme: Callable[..., Tableau], sans_petits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasard = random.Random(13)
    tableaux = {n: forme(hasard) for n in range(200)}
    masques = {n: (tableau, masquer(*tableau)) for n, tableau in tableaux.items()}
    assert not exposees(masques)
    cout = sum(valeur(cellules, masque) for (cellules, _), masque in masques.values())
    monkeypatch.undo()
    choix.choisir.cache_clear()
    moindre = sum(valeur(tableau[0], masquer(*tableau)) for tableau in tableaux.values())
    print(f"{forme.__name__} : {cout} / {moindre} = {cout / moindre:.4f}")
    assert moindre <= cout <= 1.02 * moindre


def test_a_mask_that_grows_believes_no_halves_either(sans_petits: None) -> None:
    cellules, liens, deja = des_moities()
    masque = masquer(cellules, liens, deja)
    assert len(masque) == len(deja) + 1
    assert not exposees({0: ((cellules, liens), masque)})


def test_of_a_mask_that_grew_no_cell_is_there_for_nothing(sans_petits: None) -> None:
    """The dearest ones first: 25 goes, and not 40."""
    cellules = personnes(a=3, b=40, c=25, total=68)
    (systeme,) = systemes(par_cle(cellules), verifier(par_cle(cellules), [SOMME]), {})
    croissance = Croissance(systeme, range(4))
    assert croissance.grandir()
    croissance.elaguer()
    assert {systeme.cles[n] for n in croissance.prouvees()} == {("a",), ("c",)}


def test_what_is_not_proved_does_not_leave() -> None:
    cellules = par_cle(personnes(a=3, b=40, c=25, total=68))
    (systeme,) = systemes(cellules, verifier(cellules, [SOMME]), {})
    with pytest.raises(AssertionError, match="n'est pas prouvée"):
        Croissance(systeme, systeme.imposees).prouvees()
    croissance = Croissance(systeme, systeme.imposees)
    assert croissance.grandir()
    # A table that moves a cell that is shown.
    croissance.masquees -= {n for n in croissance.masquees if systeme.cles[n] != ("a",)}
    with pytest.raises(AssertionError, match="n'est pas prouvée"):
        croissance.prouvees()


def test_what_was_published_too_freely_is_said_of_a_large_set_too(sans_petits: None) -> None:
    test_what_was_published_too_freely_is_said()


def test_the_effort_of_a_large_set_is_counted_in_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Months, quarters and the year, of which half is masked for itself: whole tests of each mask
    took ten times as many, on all cells each."""
    cellules, liens = un_reseau(3, structures=3, personnes=200, mois=4)
    toutes = par_cle(cellules)
    systeme = max(systemes(toutes, verifier(toutes, liens), {}), key=lambda s: len(s.cles))
    assert len(systeme.cles) > 500 > choix.PETIT
    resolus = 0
    resoudre = Programme.resoudre

    def compter(self: Programme) -> list[float] | None:
        nonlocal resolus
        resolus += 1
        return resoudre(self)

    monkeypatch.setattr(Programme, "resoudre", compter)
    monkeypatch.setattr(Epreuve, "eprouver", None)
    masquees = choix.Choix(systeme, choix.MESURE).choisir()
    print(f"{len(systeme.cles)} cases, {len(masquees)} masquées, {resolus} programmes")
    assert resolus < 3 * len(systeme.cles)
    caches = [cle for n in masquees for cle in systeme.cles[n]]
    siennes = {cle for cles in systeme.cles for cle in cles}
    # What is linked to none of them tells nothing.
    autres = {c.cle for c in cellules if c.valeur} - siennes
    attaquant = lire(Attaquant(), cellules, liens, {*caches, *autres})
    essayees = random.Random(2).sample(sorted((None, cle) for cle in caches), 25)
    for (_, cle), (moins, plus) in attaquant.intervalles(essayees).items():
        assert plus - moins >= exigee(toutes[cle])


# --- Cells that everybody knows to be equal


def test_equal_cells_are_one_and_go_together() -> None:
    """An association of one structure, known by both names: both are shown, or none."""
    cellules = personnes(a=3, b=40, b2=40, c=41, total=84)
    liens = [Somme("total", ("a", "b", "c")), Somme("b2", ("b",))]
    (systeme,) = systemes(par_cle(cellules), verifier(par_cle(cellules), liens), {})
    assert ("b", "b2") in systeme.cles
    assert systeme.couts[systeme.cles.index(("b", "b2"))] == 80
    assert masquer(cellules, liens) == {"a", "c"}
    assert masquer(cellules, liens, {"c": Deja.MONTREE}) == {"a", "b", "b2"}


def test_equal_cells_that_a_row_counts_twice_stay_two() -> None:
    cellules = personnes(a=4, a2=4, total=8, b=60, tout=68)
    liens = [Somme("a", ("a2",)), Somme("total", ("a", "a2")), Somme("tout", ("total", "b"))]
    (systeme,) = systemes(par_cle(cellules), verifier(par_cle(cellules), liens), {})
    assert len(systeme.cles) == 5
    masque = masquer(cellules, liens)
    assert not exposees({0: ((cellules, liens), masque)})


# --- What follows


def test_what_touches_a_masked_cell_is_not_shown() -> None:
    assert se_montre({"a"}, "b", "c")
    assert not se_montre({"a"}, "b", "a")


def test_bounds_are_shown_where_each_gap_is_none_or_of_eleven() -> None:
    assert bornes_se_montrent(40, 40, 51)
    assert bornes_se_montrent(29, 40, 40)
    assert not bornes_se_montrent(39, 40, 40)
    assert not bornes_se_montrent(40, 40, 50)


def test_a_correction_of_ten_persons_waits() -> None:
    assert [peut_bouger(n) for n in (0, 10, 11)] == [False, False, True]


def test_the_summary_tells_for_itself_from_for_others() -> None:
    cellules = personnes(a=3, b=40, c=25, total=68)
    resume = resumer(cellules, {"a", "c"})
    assert (resume.cases, resume.primaires, resume.secondaires) == (4, 1, 1)
    assert (resume.valeur, resume.valeur_primaire, resume.valeur_secondaire) == (136, 3, 25)
    assert str(resume).startswith("2 cases masquées sur 4")


def test_who_only_reads_figures_loads_no_solver() -> None:
    code = (
        "import sys, indicateurs.secret; "
        "print(*(m for m in ('highspy', 'numpy', 'scipy') if m in sys.modules))"
    )
    sortie = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not sortie.stdout.split()


def test_the_solver_does_not_say_who_made_it() -> None:
    code = (
        "from indicateurs.secret import Cellule, Somme, masquer; "
        "masquer([Cellule(c, v, v) for c, v in zip('abt', (3, 40, 43))], "
        "[Somme('t', ('a', 'b'))])"
    )
    sortie = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert not sortie.stdout
