"""Figures as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

CHIFFRES = ("valeur", "precedent", "ecart", "ecart_pct", "secret")
DU_BILAN = (
    "annee", "structure", "code", "libelle", *CHIFFRES, "formule", "connu_le", "type", "revision",
)  # fmt: skip
DES_SERIES = (
    "indicateur", "periode", "debut", "fin", "structure", "type", "ventilation", "code", "libelle",
    *CHIFFRES, "formule", "connu_le", "revision",
)  # fmt: skip
DES_PUBLICATIONS = (
    "periode", "debut", "fin", "revision", "connu_le", "signee_le", "chiffres", "masques",
    "corrections_en_attente",
)  # fmt: skip
DU_CATALOGUE = ("code", "libelle", "theme", "unite", "definition", "formule", "additif", "bilan")


class RenduCSV(BaseRenderer):
    """RFC 4180, one row a figure; an error stays a problem detail."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, media: str | None = None, contexte: Any = None) -> bytes:
        if not isinstance(data, dict) or "status" in data:
            return JSONRenderer().render(data)
        sortie = io.StringIO(newline="")
        colonnes, lignes = en_lignes(data)
        tableau = csv.DictWriter(sortie, colonnes, extrasaction="ignore")
        tableau.writeheader()
        for ligne in lignes:
            tableau.writerow(
                {c: str(v).lower() if isinstance(v, bool) else v for c, v in ligne.items()}
            )
        return sortie.getvalue().encode()


def en_lignes(reponse: dict[str, Any]) -> tuple[tuple[str, ...], Iterator[dict[str, Any]]]:
    """The columns and the rows of an answer: what is said once of all is said on each."""
    if "series" in reponse:
        return DES_SERIES, (
            {**reponse, "code": serie["code"], "libelle": serie["libelle"], **point}
            for serie in reponse["series"]
            for point in serie["points"]
        )
    if "publications" in reponse:
        return DES_PUBLICATIONS, iter(reponse["publications"])
    colonnes = DU_BILAN if "annee" in reponse else DU_CATALOGUE
    return colonnes, ({**reponse, **ligne} for ligne in reponse["indicateurs"])
