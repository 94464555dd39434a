"""The plan of a relocation, on plain data: as many as possible, against all that could be done."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from hebergement.enums import Besoin, RaisonSansPlace
from hebergement.relogement import Accueil, Issue, Partant, manques, peut_aller, reloger

JOUR = date(2026, 3, 10)
TOUJOURS = ((JOUR, None),)


def jour(n: int) -> date:
    return JOUR + timedelta(days=n)


def partant(cle: Any, **champs: Any) -> Partant:
    return Partant(**({"cle": cle, "debut": JOUR, "fin": None, "type": "HOTEL"} | champs))


def accueil(cle: Any, **champs: Any) -> Accueil:
    return Accueil(**({"cle": cle, "type": "HOTEL", "libre": TOUJOURS} | champs))


def places(*issues: Issue) -> list[Any]:
    return [i.place for i in issues]


def un_monde(hasard: random.Random, *, couples: bool) -> tuple[list[Partant], list[Accueil]]:
    """A few people and a few places, scarce enough that a greedy choice loses somebody."""
    besoins = [Besoin.PLAIN_PIED, Besoin.ANIMAL, Besoin.RESERVEE_FEMMES]

    def quelques() -> frozenset[Besoin]:
        return frozenset(b for b in besoins if hasard.random() < 0.25)

    partants = []
    for n in range(hasard.randint(1, 5)):
        voulus = quelques()
        partants.append(
            partant(
                n,
                fin=hasard.choice([None, None, jour(hasard.randint(1, 6))]),
                type=hasard.choice(["HOTEL", "HOTEL", "CHU"]),
                besoins=voulus,
                a_reservee=Besoin.RESERVEE_FEMMES in voulus,
                organisme=hasard.choice(["a", "b"]),
            )
        )
    if couples:
        for c in range(hasard.randint(1, 2)):
            fin = hasard.choice([None, jour(hasard.randint(1, 3))])
            partants += [partant(f"{c}{qui}", fin=fin, ensemble=c) for qui in "xy"]
    accueils = [
        accueil(
            n,
            type=hasard.choice(["HOTEL", "HOTEL", "CHU"]),
            libre=((JOUR, hasard.choice([None, jour(hasard.randint(1, 6))])),),
            offre=quelques(),
            chambre=n // 2 if couples else None,
            garde_pour=hasard.choice([None, "a", "b"]),
            proche=hasard.random() < 0.5,
        )
        for n in range(hasard.randint(1, 6))
    ]
    return partants, accueils


def valeur(partants: list[Partant], accueils: list[Accueil], choix: Any) -> Any:
    """How bad a plan is, most important first; None where it is none."""
    prises: dict[Any, Any] = {}
    laisses = besoins = gardees = loin = 0
    for p, rang in zip(partants, choix, strict=True):
        if rang is None:
            laisses += 1
            continue
        a = accueils[rang]
        if not peut_aller(p, a):
            return None
        prises[p.cle] = a
        besoins += len(p.besoins - a.offre)
        gardees += Besoin.CONTINGENT in manques(p, a)
        loin += not a.proche
    ensemble: dict[Any, set[Any]] = {}
    for p in partants:
        if p.ensemble is not None:
            ou = prises.get(p.cle)
            ensemble.setdefault(p.ensemble, set()).add(None if ou is None else ou.chambre)
    if any(len(chambres) > 1 for chambres in ensemble.values()):
        return None
    return laisses, besoins, gardees, loin


def le_mieux(partants: list[Partant], accueils: list[Accueil]) -> Any:
    """The best of all plans, one by one."""
    rangs = [*range(len(accueils)), *[None] * len(partants)]
    choix = set(permutations(rangs, len(partants)))
    return min(v for c in choix if (v := valeur(partants, accueils, c)) is not None)


def celle_du_plan(partants: list[Partant], accueils: list[Accueil]) -> Any:
    issues = reloger(partants, accueils)
    rangs = {a.cle: rang for rang, a in enumerate(accueils)}
    choix = [None if i.place is None else rangs[i.place] for i in issues]
    prises = [c for c in choix if c is not None]
    assert len(prises) == len(set(prises))
    for p, i in zip(partants, issues, strict=True):
        assert (i.raison is None) == (i.place is not None)
        if i.place is not None:
            assert i.alertes == manques(p, accueils[rangs[i.place]])
    return valeur(partants, accueils, choix)


def test_a_couple_leaves_the_room_that_another_needs() -> None:
    """Both rooms would do for two nights; only the first one for good."""
    accueils = [
        accueil(n, chambre=n // 2, libre=TOUJOURS if n < 2 else ((JOUR, jour(3)),))
        for n in range(4)
    ]
    deux = [partant(qui, fin=jour(2), ensemble="couple") for qui in "xy"]
    issues = reloger([*deux, partant("seule")], accueils)
    assert set(places(*issues[:2])) == {2, 3}
    assert issues[2].place in {0, 1}


def test_together_or_nowhere() -> None:
    accueils = [accueil(n, chambre=n) for n in range(2)]
    deux = [partant(qui, ensemble="couple") for qui in "xy"]
    assert [i.raison for i in reloger(deux, accueils)] == [RaisonSansPlace.PAS_DE_CHAMBRE] * 2


def test_three_of_one_household() -> None:
    trois = [partant(qui, ensemble="famille") for qui in "xyz"]
    accueils = [accueil(n, chambre=n // 3) for n in range(5)]
    assert set(places(*reloger(trois, accueils))) == {0, 1, 2}


def test_the_same_rows_give_the_same_plan() -> None:
    for graine in range(20):
        monde = un_monde(random.Random(graine), couples=True)
        assert reloger(*monde) == reloger(*monde)


@pytest.mark.parametrize("graine", range(150))
def test_no_plan_is_better(graine: int) -> None:
    monde = un_monde(random.Random(graine), couples=False)
    assert celle_du_plan(*monde) == le_mieux(*monde)


@pytest.mark.parametrize("graine", range(100))
def test_no_plan_leaves_fewer_where_some_go_together(graine: int) -> None:
    hasard = random.Random(graine)
    partants, accueils = un_monde(hasard, couples=True)
    partants = partants[-5:]  # all plans of more are too many
    trouvee, voulue = celle_du_plan(partants, accueils), le_mieux(partants, accueils)
    assert trouvee is not None
    assert trouvee[0] == voulue[0]
