"""JSON-stat 2.0 (https://json-stat.org/full/): a cube with named dimensions, for any tool."""

from __future__ import annotations

from typing import Any

SOURCE = "Coordination des maraudes"
TOTAL = "_T"


def en_jsonstat(reponse: dict[str, Any]) -> dict[str, Any]:
    """A dataset of series or of a bilan; of other answers, a collection with nothing in it.

    A cell that is masked, or was taken out, is null: its status says which.
    """
    if "series" in reponse:
        return _des_series(reponse)
    if "annee" in reponse:
        return _du_bilan(reponse)
    return {"version": "2.0", "class": "collection", "label": SOURCE, "link": {"item": []}}


def _des_series(reponse: dict[str, Any]) -> dict[str, Any]:
    series = reponse["series"]
    periodes = [point["periode"] for point in series[0]["points"]]
    dimensions = {"periode": _dimension("Période", {p: p for p in periodes})}
    if reponse["ventilation"] is not None:
        valeurs = {_code(serie): serie["libelle"] for serie in series}
        dimensions["ventilation"] = _dimension(reponse["ventilation"], valeurs)
    points = [serie["points"][rang] for rang in range(len(periodes)) for serie in series]
    return _cube(reponse, reponse["libelle"], dimensions, points)


def _du_bilan(reponse: dict[str, Any]) -> dict[str, Any]:
    lignes = reponse["indicateurs"]
    annee = str(reponse["annee"])
    dimensions = {
        "periode": _dimension("Période", {annee: annee}),
        "indicateur": _dimension("Indicateur", {i["code"]: i["libelle"] for i in lignes}),
    }
    return _cube(reponse, f"Bilan {annee}", dimensions, lignes)


def _code(serie: dict[str, Any]) -> str:
    """The whole has a code of its own, and what is not known too."""
    code: str | None = serie["code"]
    return TOTAL if code is None else code or "_U"


def _dimension(libelle: str, valeurs: dict[str, str]) -> dict[str, Any]:
    return {"label": libelle, "category": {"index": list(valeurs), "label": valeurs}}


def _cube(
    reponse: dict[str, Any],
    libelle: str,
    dimensions: dict[str, Any],
    points: list[dict[str, Any]],
) -> dict[str, Any]:
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
        "value": [point["valeur"] for point in points],
        "status": {
            str(n): nom
            for n, point in enumerate(points)
            for nom in ("secret", "retire")
            if point[nom]
        },
        "extension": {
            nom: reponse.get(nom) for nom in ("structure", "type", "formule", "unite", "revision")
        },
    }
