"""A report as a workbook: a sheet a section, what is missing, and the definitions, for A4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format

from commun.horloge import en_clair
from indicateurs.catalogue import PAR_CODE
from indicateurs.rapports.document import Case, Feuille, Manque, Rapport

TYPE_DE_CONTENU = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A4 = 9
# Characters, of which some ninety make a portrait page.
LARGEUR_DES_LIBELLES, LARGEUR_DES_CASES, LARGEUR_DE_LA_PAGE = 40, 25, 90
HAUTEUR = 15
FORMATS: dict[str, dict[str, Any]] = {
    "titre": {"bold": True, "font_size": 14},
    "entete": {"text_wrap": True, "valign": "top"},
    "colonne": {"bold": True, "text_wrap": True, "bottom": 2, "valign": "top"},
    "bloc": {"bold": True, "bg_color": "#E7E6E6"},
    "note": {"italic": True, "text_wrap": True, "valign": "top"},
    "texte": {"text_wrap": True, "valign": "top", "bottom": 4},
    "entier": {"num_format": "#,##0", "align": "right", "valign": "top", "bottom": 4},
    "decimal": {"num_format": "#,##0.0", "align": "right", "valign": "top", "bottom": 4},
    "manque": {
        "italic": True, "font_color": "#9C5700", "text_wrap": True, "valign": "top", "bottom": 4,
    },
}  # fmt: skip


def en_classeur(rapport: Rapport) -> bytes:
    # It is loaded by who asks for a workbook, and not by every web server.
    from xlsxwriter import Workbook

    sortie = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(sortie, options) as classeur:
        # The same figures at the same instant are the same file, byte by byte.
        classeur.set_properties(
            {"title": rapport.titre, "created": rapport.connu_le.astimezone(UTC)}
        )
        page = Page(classeur, rapport)
        for feuille in rapport.feuilles:
            page.section(feuille)
        page.tableau(
            "Ce qui manque", ("Feuille", "Rubriques", "Pourquoi"), (26, 40, 40),
            [
                *(("Tout le rapport", "À relire", texte) for texte in rapport.a_relire),
                *(
                    (f"{feuille.nom}, {bloc.titre.lower()}", " ; ".join(libelles), raison)
                    for feuille, bloc, raison, libelles in rapport.manques()
                ),
            ],
        )  # fmt: skip
        codes = dict.fromkeys(code for feuille in rapport.feuilles for code in feuille.codes)
        page.tableau(
            "Définitions", ("Libellé", "Définition", "Unité", "Formule"), (26, 50, 14, 26),
            [(i.libelle, i.definition, i.unite, i.formule) for i in (PAR_CODE[c] for c in codes)],
        )  # fmt: skip
    return sortie.getvalue()


class Page:
    """Sheets that all begin alike and print alike."""

    def __init__(self, classeur: Any, rapport: Rapport) -> None:
        self.classeur, self.rapport = classeur, rapport
        self.formats = {nom: classeur.add_format(traits) for nom, traits in FORMATS.items()}

    def section(self, feuille: Feuille) -> None:
        largeurs = [LARGEUR_DES_LIBELLES, *[LARGEUR_DES_CASES] * (len(feuille.colonnes) - 1)]
        formules = ", ".join(PAR_CODE[code].formule for code in feuille.codes)
        grille, rang = self._commencer(feuille.nom, feuille.colonnes, largeurs, formules)
        for bloc in feuille.blocs:
            grille.merge_range(rang, 0, rang, len(largeurs) - 1, bloc.titre, self.formats["bloc"])
            rang += 1
            if bloc.note:
                self._bandeau(grille, rang, len(largeurs), bloc.note, "note")
                rang += 1
            for ligne in bloc.lignes:
                self._ligne(grille, rang, (ligne.libelle, *ligne.cases))
                rang += 1

    def tableau(
        self,
        nom: str,
        colonnes: tuple[str, ...],
        largeurs: Sequence[int],
        lignes: Sequence[tuple[str, ...]],
    ) -> None:
        grille, rang = self._commencer(nom, colonnes, largeurs)
        for decalage, ligne in enumerate(lignes):
            self._ligne(grille, rang + decalage, ligne)

    def _commencer(
        self, nom: str, colonnes: tuple[str, ...], largeurs: Sequence[int], formules: str = ""
    ) -> tuple[Any, int]:
        """A sheet with what it is about on top, and the row that follows."""
        rapport, structure = self.rapport, self.rapport.structure
        grille = self.classeur.add_worksheet(nom)
        for colonne, largeur in enumerate(largeurs):
            grille.set_column(colonne, colonne, largeur)
        entetes = [
            f"Structure : {structure.nom} ({structure.code}), {structure.organisme.nom}",
            periode_lisible(rapport),
            f"Calculé le {en_clair(rapport.connu_le)} : chiffres de travail, rien n'y est masqué.",
            *([f"Formules : {formules}"] if formules else []),
        ]
        fin = len(largeurs) - 1
        titre = f"{rapport.titre} {rapport.annee} \N{EM DASH} {nom}"
        grille.merge_range(0, 0, 0, fin, titre, self.formats["titre"])
        for rang, texte in enumerate(entetes, start=1):
            self._bandeau(grille, rang, len(largeurs), texte, "entete")
        rang = len(entetes) + 1
        grille.write_row(rang, 0, colonnes, self.formats["colonne"])
        grille.freeze_panes(rang + 1, 0)
        grille.set_paper(A4)
        grille.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        grille.fit_to_pages(1, 0)
        grille.repeat_rows(0, rang)
        grille.set_footer(f"&L{rapport.fichier.removesuffix('.xlsx')}&R&P / &N")
        return grille, rang + 1

    def _bandeau(self, grille: Any, rang: int, colonnes: int, texte: str, forme: str) -> None:
        """A text across the sheet; the height of merged cells does not follow what they hold."""
        grille.merge_range(rang, 0, rang, colonnes - 1, texte, self.formats[forme])
        grille.set_row(rang, HAUTEUR * (1 + len(texte) // LARGEUR_DE_LA_PAGE))

    def _ligne(self, grille: Any, rang: int, cases: Sequence[Case]) -> None:
        premiere, *autres = cases
        if len(autres) > 1 and isinstance(autres[0], Manque) and len(set(autres)) == 1:
            # The same reason is said once, across.
            grille.write_string(rang, 0, premiere, self.formats["texte"])
            raison, place = autres[0].raison, len(autres) * LARGEUR_DES_CASES
            grille.merge_range(rang, 1, rang, len(autres), raison, self.formats["manque"])
            lignes = max(len(raison) // place, len(str(premiere)) // LARGEUR_DES_LIBELLES)
            grille.set_row(rang, HAUTEUR * (1 + lignes))
            return
        for colonne, case in enumerate(cases):
            if isinstance(case, Manque):
                grille.write_string(rang, colonne, case.raison, self.formats["manque"])
            elif isinstance(case, str):
                grille.write_string(rang, colonne, case, self.formats["texte"])
            else:
                forme = "decimal" if isinstance(case, Decimal) else "entier"
                grille.write_number(rang, colonne, case, self.formats[forme])


def periode_lisible(rapport: Rapport) -> str:
    """The days that are counted; of a year under way, that it is."""
    periode = rapport.periode
    if periode.entiere:
        return f"Année {rapport.annee}, du 1er janvier au 31 décembre."
    if periode.debut == periode.fin:
        return f"Année {rapport.annee} en cours : aucun jour n'en est encore passé."
    dernier = date_format(periode.fin - timedelta(days=1), "j F Y")
    return f"Année {rapport.annee} en cours : du 1er janvier au {dernier} seulement."
