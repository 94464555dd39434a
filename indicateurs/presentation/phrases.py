"""A sentence for each figure of a bilan, as it is read out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.formats import date_format

from indicateurs.presentation.nombres import (
    DIXIEME,
    ecart_lisible,
    est_un_taux,
    evolution_lisible,
    nombre,
    valeur_lisible,
)  # fmt: skip

# One, and several.
NOMS = {
    "passages": ("passage", "passages"),
    "file_active": ("personne prise en charge", "personnes prises en charge"),
    "femmes": ("femme prise en charge", "femmes prises en charge"),
    "actes_infirmiers": ("acte infirmier", "actes infirmiers"),
    "actes_acces_aux_droits": ("acte d'accès aux droits", "actes d'accès aux droits"),
    "places_assore": ("place Assore", "places Assore"),
    "taux_occupation": ("des nuits disponibles occupées", "des nuits disponibles occupées"),
    "nuitees": ("nuitée", "nuitées"),
    "maraudes_surface": ("maraude de surface", "maraudes de surface"),
    "maraudes_sous_sol": ("maraude en sous-sol", "maraudes en sous-sol"),
    "rencontres": ("rencontre en maraude", "rencontres en maraude"),
    "materiel_distribue": ("unité de matériel distribuée", "unités de matériel distribuées"),
    "orientations": ("orientation émise", "orientations émises"),
    "orientations_abouties": (
        "orientation aboutie en moins de 30 jours", "orientations abouties en moins de 30 jours"
    ),
}  # fmt: skip
# Counted on one day, the last of the period, and not over it.
A_LA_FIN = {"places_assore"}


def phrase(ligne: dict[str, Any], annee: int, *, en_cours: bool = False) -> str:
    """« 36 741 passages en 2023, soit 5 500 de plus qu'en 2022 (+17,6 %). »

    A rate is compared in points. Nothing to compare with: the figure alone. Of the year under
    way the same days are compared.
    """
    code, valeur, ecart = ligne["code"], ligne["valeur"], ligne["ecart"]
    if valeur is None:
        return ""
    quand = f"depuis le début de {annee}" if en_cours else f"en {annee}"
    avant = f"dans les mêmes jours de {annee - 1}" if en_cours else f"en {annee - 1}"
    if code in A_LA_FIN:
        quand = "à ce jour" if en_cours else f"à la fin de {annee}"
        avant = f"le même jour de {annee - 1}" if en_cours else f"à la fin de {annee - 1}"
    un, plusieurs = NOMS[code]
    # In French two begins the plural.
    debut = f"{valeur_lisible(code, valeur)} {plusieurs if abs(valeur) >= 2 else un} {quand}"
    return f"{debut}{_comparaison(ligne, avant) if ecart is not None else ''}."


def _comparaison(ligne: dict[str, Any], avant: str) -> str:
    code, ecart = ligne["code"], Decimal(ligne["ecart"])
    montre = (ecart * 100).quantize(DIXIEME) if est_un_taux(code) else ecart
    if not montre:
        return f", {'comme' if not ecart else 'à peu près comme'} {avant}"
    texte = ecart_lisible(code, abs(ecart)).lstrip("+")
    sens = "plus" if ecart > 0 else "moins"
    evolution = evolution_lisible(code, ligne["ecart_pct"])
    que = f"qu'{avant}" if avant[0] in "àe" else f"que {avant}"
    return f", soit {texte} de {sens} {que}{f' ({evolution})' if evolution else ''}"


def phrase_saisie(ligne: dict[str, Any], annee: int) -> str:
    """« Injonctions thérapeutiques : +18 % en 2023 sur un an. »"""
    dits = []
    if ligne["valeur"] is not None:
        dits.append(f"{nombre(ligne['valeur'])} en {annee}")
    if ligne["ecart_pct"] is not None:
        evolution = evolution_lisible(ligne["code"], Decimal(ligne["ecart_pct"]))
        dits.append(f"{evolution} sur un an" if dits else f"{evolution} en {annee} sur un an")
    return f"{ligne['libelle']} : {', '.join(dits)}."


def source_lisible(ligne: dict[str, Any]) -> str:
    return f"{ligne['source']} ({date_format(ligne['source_le'], 'j F Y')})"
