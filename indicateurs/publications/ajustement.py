"""The table nearest to what was counted, in which some cells are what they must be.

Rows that were corrected since they were published keep a total from being the sum of its parts. As
little as can be is changed of the parts, and of the largest first, where it changes least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from commun.api.errors import Conflit
from indicateurs.catalogue import PAR_CODE
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.complements import figure_de
from indicateurs.publications.liens import relier
from indicateurs.secret.modele import rangees
from indicateurs.secret.programme import SANS_LIMITE, Programme


def ajuster(
    comptes: Mapping[Cle, Decompte], attendus: Mapping[Cle, Decompte]
) -> dict[Cle, Decompte]:
    """The cells of a period, those that are expected as they are.

    Raises:
        Conflit: there is no such table.
    """
    if all(cle in comptes and comptes[cle].exacte == a.exacte for cle, a in attendus.items()):
        return dict(comptes)
    table = {**comptes, **attendus}
    possibles = _parts_possibles(table)
    table |= possibles
    lignes = []
    for lien in relier(table):
        for exacte, rangee in rangees(lien):
            termes = [(signe, cast("Cle", cle)) for signe, cle in rangee]
            reste = sum(signe * table[cle].exacte for signe, cle in termes)
            lignes.append((-reste if exacte else -SANS_LIMITE, -reste, termes))
    # Places and rounds are nobody's: they are what they are.
    libres = [c for c in table if c not in attendus and table[c].personnes is not None]
    # Of each free cell, what is added and what is taken off.
    rangs = {cle: 2 * n for n, cle in enumerate(libres)}
    solution = Programme(
        [_prix(cle, table[cle]) for cle in libres for _ in "+-"],
        [borne for cle in libres for borne in ((0, SANS_LIMITE), (0, table[cle].exacte))],
        [(bas, haut, *_colonnes(termes, rangs)) for bas, haut, termes in lignes],
        entier=True,
    ).resoudre()
    if solution is None:
        raise Conflit(
            "Trop a été corrigé depuis que les mois ou les trimestres de cette période ont été"
            " publiés : signez-en d'abord une révision."
        )
    for cle, rang in rangs.items():
        change = round(solution[rang]) - round(solution[rang + 1])
        if cle in possibles:
            table[cle] = Decompte(change, change)
        elif change:
            table[cle] = replace(table[cle], exacte=table[cle].exacte + change)
    return {cle: compte for cle, compte in table.items() if compte.exacte or cle not in possibles}


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
    return 50 * rare if PAR_CODE[figure_de(cle.indicateur)].unite == "personnes" else rare


def _parts_possibles(table: Mapping[Cle, Decompte]) -> dict[Cle, Decompte]:
    """Of every territory that is broken down, the values that the network has and it has not."""
    codes: dict[tuple[str, str], set[str]] = defaultdict(set)
    niveaux = set()
    for cle in table:
        if cle.axe:
            codes[cle.indicateur, cle.axe].add(cle.code)
            niveaux.add((cle.indicateur, cle.niveau, cle.axe))
    return {
        part: Decompte(0, 0)
        for cle, compte in table.items()
        for (indicateur, axe), valeurs in codes.items()
        if cle.indicateur == indicateur and not cle.axe and compte.exacte
        and compte.personnes is not None and (indicateur, cle.niveau, axe) in niveaux
        for code in valeurs
        if (part := cle._replace(axe=axe, code=code)) not in table
    }  # fmt: skip
