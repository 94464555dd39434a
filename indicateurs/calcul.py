"""Counting: one statement for each source of rows, and one for the chain from the street to a room,
whatever the number of figures and periods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from commun.nombres import arrondir
from indicateurs.catalogue import PAR_CODE
from indicateurs.chaine import chaines
from indicateurs.indicateur import Indicateur
from indicateurs.mesures import Mesure
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.sources import VOCABULAIRES, Axe, Source

Nombre = int | Decimal | None
# By the code of the figure, the value of the axis (None: no axis), and the period's rank.
Valeurs = dict[tuple[str, str | None, int], Nombre]
# By the name of the measure, the value of each axis, and the period's rank.
Comptes = dict[tuple[str, tuple[str, ...], int], Any]


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
    entiers = {
        voulu.rapport[1]
        for voulu in voulus
        if voulu.rapport is not None and divise_par_le_tout(voulu, axe)
    }
    trouvees = (
        _lire_la_chaine(bases.values(), periodes, portee)
        | _compter([b for c, b in bases.items() if c not in entiers], periodes, portee, axe)
        | _compter([bases[code] for code in entiers], periodes, portee)
    )
    valeurs: Valeurs = {}
    rangs = range(len(periodes))
    for voulu in voulus:
        codes, du_tout = {base.code for base in _bases(voulu)}, divise_par_le_tout(voulu, axe)
        cles = {(a, n) for c, a, n in trouvees if c in codes and (a is None) == (axe is None)}
        if axe is None:
            cles |= {(None, rang) for rang in rangs}
        elif du_tout:
            # Of a value that has nothing, it is 0 all the same.
            cles |= {(valeur, rang) for valeur in VOCABULAIRES[axe].values for rang in rangs}
        for valeur, rang in cles:
            valeurs[voulu.code, valeur, rang] = _valeur(voulu, trouvees, valeur, rang, du_tout)
    return valeurs


def _compter(
    bases: Iterable[Indicateur],
    periodes: Sequence[Periode],
    portee: Portee,
    axe: Axe | None = None,
) -> Valeurs:
    mesures = {base.code: base.mesure for base in bases if base.mesure}
    axes = (axe,) if axe is not None else ()
    return {
        (code, valeurs[0] if valeurs else None, rang): nombre
        for (code, valeurs, rang), nombre in compter_mesures(
            mesures, periodes, portee, axes
        ).items()
    }


def _lire_la_chaine(
    bases: Iterable[Indicateur], periodes: Sequence[Periode], portee: Portee
) -> Valeurs:
    lectures = {base.code: base.chaine for base in bases if base.chaine}
    if not lectures:
        return {}
    lues = chaines(periodes, portee)
    return {
        (code, None, rang): lecture.de(chaine)
        for code, lecture in lectures.items()
        for rang, chaine in enumerate(lues)
    }


def divise_par_le_tout(indicateur: Indicateur, axe: Axe | None) -> bool:
    """Whether, by an axis, a ratio divides each part of one figure by the whole of the other."""
    return (
        indicateur.rapport is not None
        and axe in indicateur.axes
        and axe not in PAR_CODE[indicateur.rapport[1]].axes
    )


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


def _valeur(
    indicateur: Indicateur, trouvees: Valeurs, valeur_axe: str | None, rang: int, du_tout: bool
) -> Nombre:
    if indicateur.rapport is None:
        valeur = trouvees.get((indicateur.code, valeur_axe, rang), indicateur.rien)
        return valeur if valeur is None or isinstance(valeur, int) else arrondir(Decimal(valeur))
    haut, bas, facteur = indicateur.rapport
    diviseur = trouvees.get((bas, None if du_tout else valeur_axe, rang))
    if not diviseur:
        return None
    return arrondir(Decimal(trouvees.get((haut, valeur_axe, rang)) or 0) * facteur / diviseur)


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
