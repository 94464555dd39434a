"""Figures in the forms that administrations and statistical tools read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

from indicateurs.api.jsonstat import code_de, en_jsonstat
from indicateurs.api.tableur import en_classeur

CHIFFRES = ("valeur", "precedent", "ecart", "ecart_pct", "secret")
DU_BILAN = (
    "annee", "structure", "code", "libelle", *CHIFFRES, "formule", "connu_le", "type", "revision",
    "retire", "saisi", "source", "source_le",
)  # fmt: skip
DES_SERIES = (
    "indicateur", "periode", "debut", "fin", "structure", "type", "ventilation", "code", "libelle",
    *CHIFFRES, "formule", "connu_le", "revision", "retire", "borne_basse", "borne_haute",
)  # fmt: skip
DES_PUBLICATIONS = (
    "periode", "debut", "fin", "revision", "connu_le", "signee_le", "chiffres", "masques",
    "corrections_en_attente",
)  # fmt: skip
DU_CATALOGUE = (
    "code", "libelle", "theme", "unite", "definition", "formule", "additif", "bilan", "saisi",
    "publie", "ventilations", "rapport",
)  # fmt: skip
# What a spreadsheet would run, where a text begins with it (OWASP, « CSV Injection »).
FORMULES = ("=", "+", "-", "@", "\t", "\r")
NON_COMPTE = {
    "formule": None, "connu_le": None, "revision": None, "secret": False, "retire": False,
    "saisi": True,
}  # fmt: skip


class Rendu(BaseRenderer):
    """An answer in another form than JSON; an error stays a problem detail."""

    charset: str | None = None

    def render(self, data: Any, media: str | None = None, contexte: Any = None) -> bytes:
        if not isinstance(data, dict) or "status" in data:
            return JSONRenderer().render(data)
        return self.ecrire(data)

    def ecrire(self, reponse: dict[str, Any]) -> bytes:
        raise NotImplementedError


class RenduCSV(Rendu):
    """RFC 4180, one row a figure."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"
    separateur = ","
    encodage = "utf-8"
    booleen = ("false", "true")

    def ecrire(self, reponse: dict[str, Any]) -> bytes:
        sortie = io.StringIO(newline="")
        colonnes, lignes = en_lignes(reponse)
        tableau = csv.DictWriter(sortie, colonnes, extrasaction="ignore", delimiter=self.separateur)
        tableau.writeheader()
        for ligne in lignes:
            tableau.writerow({c: self.cellule(v) for c, v in ligne.items()})
        return sortie.getvalue().encode(self.encodage)

    def cellule(self, valeur: Any) -> Any:
        """A text stays a text, whatever it begins with; a number, also below zero, a number."""
        if isinstance(valeur, bool):
            return self.booleen[valeur]
        return f"'{valeur}" if isinstance(valeur, str) and valeur.startswith(FORMULES) else valeur


class RenduCSVFrancais(RenduCSV):
    """As spreadsheets set up in French open it: semicolons, a decimal comma, a mark of UTF-8."""

    media_type = "text/csv"
    format = "csv-fr"
    separateur = ";"
    encodage = "utf-8-sig"
    booleen = ("non", "oui")

    def cellule(self, valeur: Any) -> Any:
        if isinstance(valeur, float | Decimal):
            return str(valeur).replace(".", ",")
        return super().cellule(valeur)


class RenduXLSX(Rendu):
    """A workbook: a sheet a theme, and the definitions."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    render_style = "binary"

    def ecrire(self, reponse: dict[str, Any]) -> bytes:
        return en_classeur(*en_lignes(reponse))


class RenduJSONStat(Rendu):
    """JSON-stat 2.0, for statistical tools."""

    media_type = "application/vnd.json-stat+json"
    format = "json-stat"
    charset = "utf-8"

    def ecrire(self, reponse: dict[str, Any]) -> bytes:
        return JSONRenderer().render(en_jsonstat(reponse))


def en_lignes(reponse: dict[str, Any]) -> tuple[tuple[str, ...], Iterator[dict[str, Any]]]:
    """The columns and the rows of an answer: what is said once of all is said on each."""
    if "series" in reponse:
        return DES_SERIES, (
            {**reponse, "code": code_de(serie), "libelle": serie["libelle"], **periode, **point}
            for serie in reponse["series"]
            for periode, point in zip(reponse["periodes"], serie["points"], strict=True)
        )
    if "publications" in reponse:
        return DES_PUBLICATIONS, iter(reponse["publications"])
    if "annee" not in reponse:
        listes = ("ventilations", "rapport")
        return DU_CATALOGUE, (
            {**ligne, **{liste: " ".join(ligne[liste] or ()) for liste in listes}}
            for ligne in reponse["indicateurs"]
        )
    comptes = ({**reponse, **ligne, "saisi": False} for ligne in reponse["indicateurs"])
    saisis = (
        # Their source answers for them: they are of no formula and of no publication.
        {**reponse, **NON_COMPTE, **ligne}
        for ligne in reponse["saisis"]
    )
    return DU_BILAN, chain(comptes, saisis)
