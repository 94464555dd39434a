"""JSON-stat 2.0 (https://json-stat.org/full/): a cube with named dimensions, for any tool."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SOURCE = "Coordination des maraudes"
TOTAL, NON_CONNU = "_T", "_U"
MESURES = {"valeur": "Valeur", "ecart": "Écart", "ecart_pct": "Écart en %"}
# Of what was typed in, and of the year before, whose null doesn't say why.
SANS_STATUT = {"secret": False, "retire": False}


def en_jsonstat(reponse: dict[str, Any]) -> dict[str, Any]:
    """A dataset of series or of a bilan.

    A cell that is masked, or was taken out, is null: its status says which.
    """
    return _des_series(reponse) if "series" in reponse else _du_bilan(reponse)


def _des_series(reponse: dict[str, Any]) -> dict[str, Any]:
    series = reponse["series"]
    periodes = [point["periode"] for point in series[0]["points"]]
    dimensions = {"periode": _dimension("Période", {p: p for p in periodes})}
    if reponse["ventilation"] is not None:
        valeurs = {code_de(serie): serie["libelle"] for serie in series}
        dimensions["ventilation"] = _dimension(reponse["ventilation"], valeurs)
    points = [serie["points"][rang] for rang in range(len(periodes)) for serie in series]
    cases = ((point["valeur"], point) for point in points)
    return _cube(reponse, reponse["libelle"], dimensions, cases)


def _du_bilan(reponse: dict[str, Any]) -> dict[str, Any]:
    """Two years of each figure, and how they differ; those that were typed in come last."""
    saisis = [{**ligne, **SANS_STATUT} for ligne in reponse["saisis"]]
    lignes = [*reponse["indicateurs"], *saisis]
    annees = [str(reponse["annee"] - 1), str(reponse["annee"])]
    figures = _dimension("Indicateur", {ligne["code"]: ligne["libelle"] for ligne in lignes})
    if saisis:
        figures["category"]["note"] = {
            ligne["code"]: [f"Saisi. Source : {ligne['source']}, {ligne['source_le']}."]
            for ligne in saisis
        }
    dimensions = {
        "periode": _dimension("Période", {annee: annee for annee in annees}),
        "indicateur": figures,
        "mesure": _dimension("Mesure", MESURES),
    }
    avant = (
        (ligne["precedent"] if mesure == "valeur" else None, SANS_STATUT)
        for ligne in lignes
        for mesure in MESURES
    )
    annee = ((ligne[mesure], ligne) for ligne in lignes for mesure in MESURES)
    cube = _cube(reponse, f"Bilan {annees[1]}", dimensions, [*avant, *annee])
    cube["role"]["metric"] = ["mesure"]
    cube["extension"]["saisis"] = [ligne["code"] for ligne in saisis]
    return cube


def code_de(serie: dict[str, Any]) -> str:
    """The whole has a code of its own, and what is not known too."""
    code: str | None = serie["code"]
    return TOTAL if code is None else code or NON_CONNU


def _dimension(libelle: str, valeurs: dict[str, str]) -> dict[str, Any]:
    return {"label": libelle, "category": {"index": list(valeurs), "label": valeurs}}


def _cube(
    reponse: dict[str, Any],
    libelle: str,
    dimensions: dict[str, Any],
    cases: Iterable[tuple[Any, dict[str, Any]]],
) -> dict[str, Any]:
    """Each cell, in the order of the dimensions, and what says whether it is masked."""
    rangees = list(cases)
    return {
        "version": "2.0",
        "class": "dataset",
        "label": libelle,
        "source": SOURCE,
        "updated": reponse["connu_le"],
        "id": list(dimensions),
        "size": [len(d["category"]["index"]) for d in dimensions.values()],
        "role": {"time": ["periode"]},
        "dimension": dimensions,
        "value": [valeur for valeur, _ in rangees],
        "status": {
            str(n): nom
            for n, (_, dit) in enumerate(rangees)
            for nom in ("secret", "retire")
            if dit[nom]
        },
        "extension": {
            nom: reponse.get(nom) for nom in ("structure", "type", "formule", "unite", "revision")
        },
    }
