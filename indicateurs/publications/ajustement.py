"""The table nearest to what was counted, in which some cells are what they must be.

Rows that were corrected since they were published keep a total from being the sum of its parts. As
little as can be is changed of the parts, and of the largest first, where it changes least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import cast

from commun.api.errors import Conflit
from indicateurs.catalogue import PAR_CODE
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.complements import COMPLEMENTS, figure_de
from indicateurs.publications.liens import IDENTITES, relier
from indicateurs.secret.modele import rangees
from indicateurs.secret.programme import SANS_LIMITE, Programme
from indicateurs.sources import VOCABULAIRES


def ajuster(
    comptes: Mapping[Cle, Decompte],
    attendus: Mapping[Cle, Decompte],
    limites: Mapping[Cle, tuple[float, float]] = MappingProxyType({}),
) -> dict[Cle, Decompte]:
    """The cells of a period, those that are expected as they are, others within limits.

    Raises:
        Conflit: there is no such table.
    """
    justes = all(cle in comptes and comptes[cle].exacte == a.exacte for cle, a in attendus.items())
    dedans = all(
        bas <= (comptes[cle].exacte if cle in comptes else 0) <= haut
        for cle, (bas, haut) in limites.items()
    )
    if justes and dedans:
        return dict(comptes)
    # Who is not counted any more, and was, is counted.
    absents = {cle: Decompte(0, 0) for cle, (bas, _) in limites.items() if bas}
    table = {**absents, **comptes, **attendus}
    ajustee = _avec_ce_qui_manque(table, attendus, limites)
    if ajustee is None:
        # The persons of a breakdown that nobody is in any more: it is not told.
        table = {c: compte for c, compte in table.items() if not (c.axe and _de_personnes(c))}
        ajustee = _avec_ce_qui_manque(table, attendus, limites)
    if ajustee is None:
        raise Conflit(
            "Trop a été corrigé depuis que les mois ou les trimestres de cette période ont été"
            " publiés : signez-en d'abord une révision."
        )
    return ajustee


def _avec_ce_qui_manque(
    table: dict[Cle, Decompte],
    attendus: Mapping[Cle, Decompte],
    limites: Mapping[Cle, tuple[float, float]],
) -> dict[Cle, Decompte] | None:
    """The nearest table, in which nothing may be counted of what should have some."""
    possibles = _parts_possibles(table, limites) | _restes_possibles(table)
    table = table | possibles
    ajustee = ajuster_entre(table, attendus, limites)
    if ajustee is None:
        return None
    for cle in possibles:
        combien = ajustee[cle].exacte
        de_places = table[cle._replace(axe="", code="")].personnes is None
        ajustee[cle] = Decompte(combien, None if de_places else combien)
    return {cle: compte for cle, compte in ajustee.items() if compte.exacte or cle not in possibles}


def ajuster_entre(
    table: Mapping[Cle, Decompte],
    tenues: Container[Cle],
    limites: Mapping[Cle, tuple[float, float]],
) -> dict[Cle, Decompte] | None:
    """The table nearest to this one that holds together, or None where there is none: those that
    are held as they are, others within limits, at least zero."""
    lignes = []
    for lien in relier(table):
        for exacte, rangee in rangees(lien):
            termes = [(signe, cast("Cle", cle)) for signe, cle in rangee]
            reste = sum(signe * table[cle].exacte for signe, cle in termes)
            lignes.append((-reste if exacte else -SANS_LIMITE, -reste, termes))
    libres = [cle for cle in table if cle not in tenues]
    if not libres:
        return dict(table) if all(bas <= 0 <= haut for bas, haut, _ in lignes) else None
    # Of each free cell, what is added and what is taken off.
    rangs = {cle: 2 * n for n, cle in enumerate(libres)}
    solution = Programme(
        [_prix(cle, table[cle]) for cle in libres for _ in "+-"],
        [borne for cle in libres for borne in _bornes(table[cle].exacte, limites.get(cle))],
        [(bas, haut, *_colonnes(termes, rangs)) for bas, haut, termes in lignes],
        entier=True,
    ).resoudre()
    if solution is None:
        return None
    changes = {cle: round(solution[n]) - round(solution[n + 1]) for cle, n in rangs.items()}
    return {
        cle: compte.ajuste(compte.exacte + changes[cle]) if changes.get(cle) else compte
        for cle, compte in table.items()
    }


def _de_personnes(cle: Cle) -> bool:
    return PAR_CODE[figure_de(cle.indicateur)].unite == "personnes"


def _bornes(
    exacte: int, limite: tuple[float, float] | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    """How much may be added, and how much taken off."""
    bas, haut = limite or (0, SANS_LIMITE)
    return (
        (max(0, bas - exacte), max(0, haut - exacte)),
        (max(0, exacte - haut), max(0, exacte - bas)),
    )


def _colonnes(
    termes: Iterable[tuple[int, Cle]], rangs: Mapping[Cle, int]
) -> tuple[list[int], list[int]]:
    colonnes, facteurs = [], []
    for signe, cle in termes:
        if cle in rangs:
            colonnes += [rangs[cle], rangs[cle] + 1]
            facteurs += [signe, -signe]
    return colonnes, facteurs


def _prix(cle: Cle, compte: Decompte) -> float:
    """A row more or less is least felt where there are many; a person is told less easily."""
    rare = 1 + 20 / (1 + compte.exacte)
    return 50 * rare if _de_personnes(cle) else rare


def _parts_possibles(
    table: Mapping[Cle, Decompte], limites: Mapping[Cle, tuple[float, float]]
) -> dict[Cle, Decompte]:
    """Of every territory that is broken down, the values that the network has and it has not; and
    those that another figure tells, which nobody may have any more."""
    codes: dict[tuple[str, str], set[str]] = defaultdict(set)
    niveaux = set()
    for cle in table:
        if cle.axe:
            codes[cle.indicateur, cle.axe].add(cle.code)
            niveaux.add((cle.indicateur, cle.niveau, cle.axe))
    for _, indicateur, axe, _ in IDENTITES:
        if (indicateur, axe) in codes and axe in VOCABULAIRES:
            codes[indicateur, axe].update(VOCABULAIRES[axe].values)
    return {
        part: Decompte(0, 0)
        for cle, compte in table.items()
        for (indicateur, axe), valeurs in codes.items()
        if cle.indicateur == indicateur and not cle.axe
        and (compte.exacte or limites.get(cle, (0, 0))[0])
        and (indicateur, cle.niveau, axe) in niveaux
        for code in valeurs
        if (part := cle._replace(axe=axe, code=code)) not in table
    }  # fmt: skip


def _restes_possibles(table: Mapping[Cle, Decompte]) -> dict[Cle, Decompte]:
    """What is left of a figure beyond its parts, where nothing was counted of it."""
    la = {(cle.indicateur, cle.niveau) for cle in table}
    return {
        reste: Decompte(0, 0)
        for complement in COMPLEMENTS
        for cle in table
        if cle.indicateur == complement.grand and not cle.axe
        and (complement.code, cle.niveau) in la
        and (reste := cle._replace(indicateur=complement.code)) not in table
    }  # fmt: skip
