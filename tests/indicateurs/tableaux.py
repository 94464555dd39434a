"""Tables to publish, made up: small ones by the thousand, and a year of a network."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise

from indicateurs.secret import Borne, Cellule, Lien, Nature, Somme, Union

Tableau = tuple[list[Cellule], list[Lien]]


def une_ligne(hasard: random.Random) -> Tableau:
    """Parts and their total."""
    parts = {n: _effectif(hasard) for n in range(hasard.randint(2, 6))}
    return _cellules({**parts, "total": sum(parts.values())}, hasard), [
        Somme("total", tuple(parts))
    ]


def un_croisement(hasard: random.Random, lignes: int = 2, colonnes: int = 3) -> Tableau:
    """Rows, columns, margins and the whole."""
    i, j = tuple(range(lignes)), tuple(range(colonnes))
    valeurs: dict[object, int] = {(a, b): _effectif(hasard) for a in i for b in j}
    valeurs |= {(a, "+"): sum(valeurs[a, b] for b in j) for a in i}
    valeurs |= {("+", b): sum(valeurs[a, b] for a in i) for b in (*j, "+")}
    liens: list[Lien] = [Somme((a, "+"), tuple((a, b) for b in j)) for a in (*i, "+")]
    liens += [Somme(("+", b), tuple((a, b) for a in i)) for b in (*j, "+")]
    return _cellules(valeurs, hasard), liens


def des_mois(hasard: random.Random) -> Tableau:
    """Distinct persons of months, quarters and the year, and women among them."""
    return _distinctes(hasard, {"T1": ("01", "02", "03"), "T2": ("04", "05")}, "an", femmes=True)


def un_territoire(hasard: random.Random) -> Tableau:
    """Distinct persons of structures, types and the network; some go to several."""
    return _distinctes(
        hasard, {"caarud": ("a", "b"), "csapa": ("c",), "halte": ("d", "e", "f")}, "reseau"
    )


def _effectif(hasard: random.Random) -> int:
    return hasard.choice([0, 0, 1, 2, 3, 5, 8, 10, 11, 12, 15, 20, 30, 45, 80])


def _cellules(valeurs: dict[object, int], hasard: random.Random) -> list[Cellule]:
    """All persons, or all acts of fewer persons."""
    if hasard.random() < 0.6:
        return [Cellule(cle, valeur, valeur) for cle, valeur in valeurs.items()]
    par_personne = hasard.choice([1, 2, 4])
    return [
        Cellule(cle, valeur, -(-valeur // par_personne), Nature.QUANTITE)
        for cle, valeur in valeurs.items()
    ]


def _distinctes(
    hasard: random.Random, niveaux: dict[str, tuple[str, ...]], tout: str, femmes: bool = False
) -> Tableau:
    feuilles = [f for dessous in niveaux.values() for f in dessous]
    ceux: dict[object, set[int]] = {}
    fideles = hasard.choice([0.1, 0.5, 0.9])
    vivier = range(hasard.choice([15, 40, 90]))
    habitues = {p for p in vivier if hasard.random() < fideles / 2}
    for feuille in feuilles:
        part = hasard.choice([0, 0.05, 0.15, 0.5])
        ceux[feuille] = {p for p in vivier if hasard.random() < part or (part and p in habitues)}
    for niveau, dessous in niveaux.items():
        ceux[niveau] = set().union(*(ceux[f] for f in dessous))
    ceux[tout] = set().union(*(ceux[n] for n in niveaux))
    liens: list[Lien] = [Union(n, dessous) for n, dessous in niveaux.items()]
    liens.append(Union(tout, tuple(niveaux)))
    if femmes:
        # Of the year alone: a breakdown of part of the cells.
        elles = {p for p in vivier if p % 4 == 0}
        ceux["femmes"], ceux["autres"] = ceux[tout] & elles, ceux[tout] - elles
        liens.append(Somme(tout, ("femmes", "autres")))
    return [Cellule(cle, len(p), len(p)) for cle, p in ceux.items()], liens


def un_reseau(
    graine: int, structures: int = 8, personnes: int = 1500, mois: int = 12, actes: bool = True
) -> Tableau:
    """A year of a network: distinct persons, visits and acts, by month, quarter and year, by
    structure, type and network, by gender, age and category."""
    hasard = random.Random(graine)
    presents: dict[tuple[str, ...], set[int]] = defaultdict(set)
    passages: Counter[tuple[str, ...]] = Counter()
    faits: Counter[tuple[str, ...]] = Counter()
    recus: dict[tuple[str, ...], set[int]] = defaultdict(set)
    periodes_de = {m: (f"{m + 1:02}", f"T{m // 3 + 1}", "an") for m in range(mois)}
    lieux_de = {s: (f"s{s}", f"type{s % 3}", "reseau") for s in range(structures)}
    poids = [1 / (s + 1) for s in range(structures)]
    for personne in range(personnes):
        genre = hasard.choices(["H", "F", "A", "NR"], [75, 18, 2, 5])[0]
        age = hasard.choices(["-18", "18", "25", "35", "45", "60"], [1, 10, 25, 35, 24, 5])[0]
        habitue = hasard.random() < 0.15
        sienne = hasard.choices(range(structures), poids)[0]
        for m in range(mois):
            for _ in range(hasard.choice([3, 8, 15]) if habitue else hasard.random() < 0.2):
                s = sienne if hasard.random() < 0.8 else hasard.choices(range(structures), poids)[0]
                acte = hasard.choices("ABCDEFG", [40, 20, 10, 5, 3, 1, 1])[0]
                for periode in periodes_de[m]:
                    for lieu in lieux_de[s]:
                        for part in ("", genre, age):
                            presents[periode, lieu, part].add(personne)
                            passages[periode, lieu, part] += 1
                        for categorie in ("", acte):
                            faits[periode, lieu, categorie] += 1
                            recus[periode, lieu, categorie].add(personne)
    periodes = sorted({p for trois in periodes_de.values() for p in trois})
    lieux = sorted({lieu for trois in lieux_de.values() for lieu in trois})
    temps = [
        (tout, tuple(sorted({trois[rang - 1] for trois in periodes_de.values() if tout in trois})))
        for tout in periodes
        for rang in (1, 2)
        if any(t[rang] == tout for t in periodes_de.values())
    ]
    espace = [
        (tout, tuple(sorted({trois[rang - 1] for trois in lieux_de.values() if tout in trois})))
        for tout in lieux
        for rang in (1, 2)
        if any(t[rang] == tout for t in lieux_de.values())
    ]
    genres, ages = ("H", "F", "A", "NR"), ("-18", "18", "25", "35", "45", "60")
    cellules: list[Cellule] = []
    liens: list[Lien] = []

    def table(
        nom: str, valeur: Callable[[tuple[str, ...]], int], ceux: dict[tuple[str, ...], set[int]],
        nature: Nature, decoupes: list[tuple[str, ...]], tout: type[Somme] | type[Union],
    ) -> None:  # fmt: skip
        parts = ["", *(part for decoupe in decoupes for part in decoupe)]
        for periode in periodes:
            for lieu in lieux:
                for part in parts:
                    cle = (periode, lieu, part)
                    cellules.append(
                        Cellule((nom, *cle), valeur(cle), len(ceux.get(cle, ())), nature)
                    )
                liens.extend(
                    Somme((nom, periode, lieu, ""), tuple((nom, periode, lieu, p) for p in decoupe))
                    for decoupe in decoupes
                )
        for part in parts:
            liens.extend(
                tout((nom, t, lieu, part), tuple((nom, p, lieu, part) for p in sous))
                for t, sous in temps
                for lieu in lieux
            )
            liens.extend(
                tout((nom, periode, t, part), tuple((nom, periode, p, part) for p in sous))
                for t, sous in espace
                for periode in periodes
            )

    table("file_active", lambda c: len(presents.get(c, ())), presents, Nature.PERSONNES,
          [genres, ages], Union)  # fmt: skip
    if actes:
        table("passages", lambda c: passages[c], presents, Nature.QUANTITE, [genres], Somme)
        table("actes", lambda c: faits[c], recus, Nature.QUANTITE, [tuple("ABCDEFG")], Somme)
        liens.extend(
            Borne((("file_active", *reste),), (("passages", *reste),))
            for nom, *reste in (c.cle for c in cellules) if nom == "passages"
        )  # fmt: skip
    return cellules, liens


def _niveaux(chaines: dict[int, tuple[str, str, str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Each whole and what is right below it."""
    dessous: dict[str, set[str]] = defaultdict(set)
    for chaine in chaines.values():
        for petit, grand in pairwise(chaine):
            dessous[grand].add(petit)
    return [(tout, tuple(sorted(parts))) for tout, parts in sorted(dessous.items())]
