"""Figures as a workbook."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from commun.horloge import PARIS
from indicateurs.catalogue import TOUS_PAR_CODE
from indicateurs.indicateur import Theme

LARGEUR = 18
JOURS, INSTANTS = ("debut", "fin", "source_le"), ("connu_le", "signee_le")
FORMATS = dict.fromkeys(JOURS, "dd/mm/yyyy") | dict.fromkeys(INSTANTS, "dd/mm/yyyy hh:mm")
# Of columns, since a workbook knows no time zone, nor whether a day is one of the range.
COLONNES = {
    "fin": ("Fin", "Le jour d'après le dernier : il n'est pas compté."),
    "connu_le": ("Connu le", "À l'heure de Paris. Ce qui était saisi à cet instant est compté."),
    "signee_le": ("Signée le", "À l'heure de Paris."),
}
MASQUE, RETIRE = "masqué", "retiré"


def en_classeur(colonnes: Sequence[str], lignes: Iterable[dict[str, Any]]) -> bytes:
    """One sheet for each theme of what is in the rows, and one of their definitions.

    Rows that are of no figure are on a sheet of their own.
    """
    # It is loaded by who asks for a workbook, and not by every web server.
    from xlsxwriter import Workbook

    par_feuille: dict[str, list[dict[str, Any]]] = defaultdict(list)
    codes: dict[str, None] = {}
    for ligne in lignes:
        code = ligne.get("indicateur") or ligne.get("code")
        indicateur = TOUS_PAR_CODE.get(str(code))
        par_feuille[indicateur.theme.label if indicateur else "Publications"].append(ligne)
        if indicateur:
            codes[indicateur.code] = None
    sortie = io.BytesIO()
    # A text stays a text: no formula, and no link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(sortie, options) as classeur:
        # The same figures are the same file, byte by byte.
        classeur.set_properties({"created": datetime(2000, 1, 1)})
        gras = classeur.add_format({"bold": True})
        for nom in (*(t.label for t in Theme), "Publications"):
            if nom in par_feuille:
                _feuille(classeur, gras, nom, colonnes, par_feuille[nom])
        definitions = ("code", "libelle", "unite", "definition", "formule")
        figures = [
            {nom: getattr(TOUS_PAR_CODE[code], nom) for nom in definitions} for code in codes
        ]
        de_colonnes = [
            {"code": nom, "libelle": libelle, "definition": definition}
            for nom, (libelle, definition) in COLONNES.items()
            if nom in colonnes
        ]
        _feuille(classeur, gras, "Définitions", definitions, [*figures, *de_colonnes])
    return sortie.getvalue()


def _feuille(
    classeur: Any,
    gras: Any,
    nom: str,
    colonnes: Sequence[str],
    lignes: Iterable[dict[str, Any]],
) -> None:
    feuille = classeur.add_worksheet(nom[:31])
    feuille.write_row(0, 0, colonnes, gras)
    feuille.set_column(0, len(colonnes) - 1, LARGEUR)
    feuille.freeze_panes(1, 0)
    formats = {
        champ: classeur.add_format({"num_format": forme}) for champ, forme in FORMATS.items()
    }
    for rang, ligne in enumerate(lignes, start=1):
        for colonne, champ in enumerate(colonnes):
            valeur = ligne.get(champ)
            if champ == "valeur" and (ligne.get("secret") or ligne.get("retire")):
                valeur = MASQUE if ligne["secret"] else RETIRE
            if isinstance(valeur, bool):
                valeur = "oui" if valeur else "non"
            if valeur is not None and champ in FORMATS:
                instant = datetime.fromisoformat(valeur)
                if champ in INSTANTS:
                    instant = instant.astimezone(PARIS).replace(tzinfo=None)
                feuille.write_datetime(rang, colonne, instant, formats[champ])
            elif valeur is not None:
                feuille.write(rang, colonne, valeur)
