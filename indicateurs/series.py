"""A figure month after month, quarter after quarter or year after year, beside the year before."""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices

from commun.horloge import aujourd_hui, maintenant
from indicateurs.bilan import comparer
from indicateurs.calcul import Valeurs, compter
from indicateurs.indicateur import Indicateur
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, closes
from indicateurs.sources import SANS_PERSONNE, VOCABULAIRES, Axe
from socle.models import Organisme, Structure

ANNEES = 5
ENSEMBLE, NON_RENSEIGNE = "Ensemble", "Non renseigné"
NON_IDENTIFIEES = "Sans personne identifiée"


def calculer_series(
    indicateur: Indicateur,
    pas: Pas,
    portee: Portee,
    axe: Axe | None = None,
    annee: int | None = None,
) -> dict[str, Any]:
    """The closed periods of a year, else of the last five, and of each the same a year before.

    By an axis, the whole comes first, counted on its own: distinct persons do not add up. Every
    known value of a closed vocabulary is told, and of the others those that have something.
    """
    annees = (
        [annee] if annee else list(range(aujourd_hui().year - ANNEES + 1, aujourd_hui().year + 1))
    )
    par_annee = {an: _valeurs(indicateur, pas, portee, axe, an) for an in {*annees, annees[0] - 1}}
    sens = indicateur.concerne(portee)
    series = []
    trouvees = {
        code or "" for lues in par_annee.values() for _, code, _ in lues if code is not None
    }
    for code, libelle in [(None, ENSEMBLE), *valeurs_de_l_axe(axe, trouvees)]:
        points = []
        for an in annees:
            for rang, (nom, periode) in enumerate(closes(pas, an)):
                cle = (indicateur.code, code, rang)
                deux = (par_annee[an][cle], par_annee[an - 1][cle]) if sens else (None, None)
                points.append(
                    {
                        "periode": nom,
                        "debut": periode.debut,
                        "fin": periode.fin,
                        **comparer(*deux),
                        "secret": False,
                    }
                )
        series.append({"code": code, "libelle": libelle, "points": points})
    return {
        "indicateur": indicateur.code,
        "libelle": indicateur.libelle,
        "unite": indicateur.unite,
        "par": pas,
        "ventilation": axe,
        "structure": portee.structure.code if portee.structure else None,
        "type": portee.type_structure,
        "formule": indicateur.formule,
        "connu_le": maintenant(),
        "series": series,
    }


class _ParDefaut(dict[tuple[str, str | None, int], Any]):
    """What was not found is nothing: 0, or no ratio."""

    def __init__(self, valeurs: Valeurs, rien: int | None) -> None:
        super().__init__(valeurs)
        self.rien = rien

    def __missing__(self, cle: Any) -> int | None:
        return self.rien


def _valeurs(
    indicateur: Indicateur, pas: Pas, portee: Portee, axe: Axe | None, annee: int
) -> _ParDefaut:
    periodes = [periode for _, periode in closes(pas, annee)]
    valeurs: Valeurs = {}
    if periodes:
        valeurs = compter([indicateur], periodes, portee)
        if axe is not None:
            valeurs |= compter([indicateur], periodes, portee, axe)
    return _ParDefaut(valeurs, None if indicateur.rapport else indicateur.rien)


def valeurs_de_l_axe(axe: Axe | None, trouvees: set[str]) -> list[tuple[str, str]]:
    """The code and the name of each value, in the order of its vocabulary or of the alphabet."""
    if axe is None:
        return []
    vocabulaire: type[TextChoices] | None = VOCABULAIRES.get(axe)
    if vocabulaire is not None:
        a_part = [(SANS_PERSONNE, NON_IDENTIFIEES)] if SANS_PERSONNE in trouvees else []
        return [*vocabulaire.choices, *a_part]
    if axe == Axe.ARRONDISSEMENT:
        return [(code, code or NON_RENSEIGNE) for code in sorted(trouvees)]
    modele: Any = Structure if axe == Axe.STRUCTURE else Organisme
    return list(modele.objects.filter(code__in=trouvees).order_by("nom").values_list("code", "nom"))
