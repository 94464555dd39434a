"""Counting: one statement for each source of rows, whatever the number of figures and periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from indicateurs.catalogue import PAR_CODE, Indicateur
from indicateurs.mesures import Mesure
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.sources import Axe, Source

Nombre = int | Decimal | None
# By the code of the figure, the value of the axis (None: no axis), and the period's rank.
Valeurs = dict[tuple[str, str | None, int], Nombre]


SANS_AXE = object()


def arrondir(valeur: Decimal) -> Decimal:
    """Half-up to four decimals, as every rate of the service."""
    return valeur.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def compter(
    indicateurs: Iterable[Indicateur],
    periodes: Sequence[Periode],
    portee: Portee,
    axe: Axe | None = None,
) -> Valeurs:
    """The values of figures for periods, in a scope, by an axis.

    Args:
        periodes: of one year where the axis is the age, which changes with the year.

    Returns:
        What was found: a count that is not there is 0, a ratio of nothing is None.
    """
    voulus = list(indicateurs)
    bases = {base.code: base for voulu in voulus for base in _bases(voulu)}
    par_source: dict[Source, dict[str, Mesure]] = defaultdict(dict)
    for base in bases.values():
        assert base.mesure
        par_source[base.mesure.source][base.code] = base.mesure
    trouvees: Valeurs = {}
    for source, mesures in par_source.items():
        trouvees |= _compter_une_source(source, mesures, periodes, portee, axe)
    valeurs: Valeurs = {}
    for voulu in voulus:
        cles = {(a, n) for base in _bases(voulu) for c, a, n in trouvees if c == base.code}
        if axe is None:
            cles |= {(None, n) for n in range(len(periodes))}
        for valeur_axe, rang in cles:
            valeurs[voulu.code, valeur_axe, rang] = _valeur(voulu, trouvees, valeur_axe, rang)
    return valeurs


def _bases(indicateur: Indicateur) -> list[Indicateur]:
    """What is counted for a figure: itself, or what a ratio divides."""
    if indicateur.rapport is None:
        return [indicateur]
    return [PAR_CODE[code] for code in indicateur.rapport[:2]]


def _valeur(indicateur: Indicateur, trouvees: Valeurs, axe: str | None, rang: int) -> Nombre:
    if indicateur.rapport is None:
        return trouvees.get((indicateur.code, axe, rang), 0)
    haut, bas, facteur = indicateur.rapport
    diviseur = trouvees.get((bas, axe, rang))
    if not diviseur:
        return None
    return arrondir(Decimal(trouvees.get((haut, axe, rang)) or 0) * facteur / diviseur)


def _compter_une_source(
    source: Source,
    mesures: Mapping[str, Mesure],
    periodes: Sequence[Periode],
    portee: Portee,
    axe: Axe | None,
) -> Valeurs:
    agregats = {
        f"{code}__{rang}": mesure.sur(periode, portee)
        for code, mesure in mesures.items()
        for rang, periode in enumerate(periodes)
    }
    etendue = Periode(min(p.debut for p in periodes), max(p.fin for p in periodes))
    lignes = source.lignes().filter(source.pendant(etendue), portee.sur(source.structure))
    groupes: Iterable[dict[str, Any]]
    if axe is None:
        groupes = [lignes.aggregate(**agregats)]
    else:
        par_axe = lignes.order_by().values(valeur_de_l_axe=source.axes[axe](periodes[0].debut.year))
        groupes = par_axe.annotate(**agregats)
    return {
        (*_cle(nom, groupe), int(nom.rpartition("__")[2])): groupe[nom]
        for groupe in groupes
        for nom in agregats
        if groupe[nom] is not None
    }


def _cle(nom: str, groupe: Mapping[str, Any]) -> tuple[str, str | None]:
    axe = groupe.get("valeur_de_l_axe", SANS_AXE)
    return nom.rpartition("__")[0], None if axe is SANS_AXE else axe or ""
