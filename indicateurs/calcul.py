"""Counting: one statement for each source of rows, whatever the number of figures and periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from indicateurs.catalogue import PAR_CODE
from indicateurs.indicateur import Indicateur
from indicateurs.mesures import Mesure
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.sources import Axe, Source

Nombre = int | Decimal | None
# By the code of the figure, the value of the axis (None: no axis), and the period's rank.
Valeurs = dict[tuple[str, str | None, int], Nombre]
# By the name of the measure, the value of each axis, and the period's rank.
Comptes = dict[tuple[str, tuple[str, ...], int], Any]


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
    comptes = compter_mesures(
        {code: base.mesure for code, base in bases.items() if base.mesure},
        periodes,
        portee,
        (axe,) if axe is not None else (),
    )
    trouvees: Valeurs = {
        (code, axes[0] if axes else None, rang): valeur
        for (code, axes, rang), valeur in comptes.items()
    }
    valeurs: Valeurs = {}
    for voulu in voulus:
        cles = {(a, n) for base in _bases(voulu) for c, a, n in trouvees if c == base.code}
        if axe is None:
            cles |= {(None, n) for n in range(len(periodes))}
        for valeur_axe, rang in cles:
            valeurs[voulu.code, valeur_axe, rang] = _valeur(voulu, trouvees, valeur_axe, rang)
    return valeurs


def compter_mesures(
    mesures: Mapping[str, Mesure],
    periodes: Sequence[Periode],
    portee: Portee,
    axes: Sequence[Axe] = (),
) -> Comptes:
    """What was found of each measure, by every axis at once; what is not there was not found."""
    par_source: dict[Source, dict[str, Mesure]] = defaultdict(dict)
    for nom, mesure in mesures.items():
        voulue = mesure.par(axes)
        par_source[voulue.source][nom] = voulue
    trouves: Comptes = {}
    for source, siennes in par_source.items():
        trouves |= _compter_une_source(source, siennes, periodes, portee, axes)
    return trouves


def _bases(indicateur: Indicateur) -> list[Indicateur]:
    """What is counted for a figure: itself, or what a ratio divides."""
    if indicateur.rapport is None:
        return [indicateur]
    return [PAR_CODE[code] for code in indicateur.rapport[:2]]


def _valeur(indicateur: Indicateur, trouvees: Valeurs, axe: str | None, rang: int) -> Nombre:
    if indicateur.rapport is None:
        valeur = trouvees.get((indicateur.code, axe, rang), indicateur.rien)
        return valeur if valeur is None or isinstance(valeur, int) else arrondir(Decimal(valeur))
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
    axes: Sequence[Axe],
) -> Comptes:
    agregats = {
        f"{nom}__{rang}": mesure.sur(periode, portee)
        for nom, mesure in mesures.items()
        for rang, periode in enumerate(periodes)
    }
    etendue = Periode(min(p.debut for p in periodes), max(p.fin for p in periodes))
    lignes = source.lignes().filter(source.pendant(etendue), portee.sur(source.structure))
    groupes: Iterable[dict[str, Any]]
    if not axes:
        groupes = [lignes.aggregate(**agregats)]
    else:
        annee = periodes[0].debut.year
        cles = {f"axe_{n}": source.valeur(axe, annee) for n, axe in enumerate(axes)}
        groupes = lignes.order_by().values(**cles).annotate(**agregats)
    return {
        (
            nom.rpartition("__")[0],
            tuple(groupe[f"axe_{n}"] or "" for n in range(len(axes))),
            int(nom.rpartition("__")[2]),
        ): groupe[nom]
        for groupe in groupes
        for nom in agregats
        if groupe[nom] is not None
    }
