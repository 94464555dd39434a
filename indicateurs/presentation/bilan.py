"""The bilan of a year on one page: figures, sentences, curves, and the months behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString

from indicateurs.bilan import CODES, calculer_bilan
from indicateurs.calcul import Nombre, compter
from indicateurs.catalogue import PAR_CODE
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, Periode, closes
from indicateurs.presentation.courbes import barres, courbe
from indicateurs.presentation.nombres import ecart_lisible, evolution_lisible, valeur_lisible
from indicateurs.presentation.phrases import phrase, phrase_saisie, source_lisible
from indicateurs.publications.lecture import (
    Perimetre,
    bilan_publie,
    la_sienne_apres,
    territoire_de,
)
from indicateurs.saisis import saisis_du_bilan

MOIS_D_UNE_COURBE = 6
MASQUE, RETIRE = "masqué", "retiré"
TAIT = "\N{EM DASH}"
# By the code of a figure, its value of each closed month, or that it is masked or was taken out;
# nothing where it is not told.
Mois = dict[str, list[Nombre | str]]


def page_du_bilan(annee: int, portee: Portee, *, publie: bool) -> dict[str, Any]:
    """What the page shows.

    The published bilan shows published months only: those that are not would give away what is
    masked.

    Raises:
        Absent: the year was not published.
    """
    if publie:
        bilan = bilan_publie(annee, portee, Perimetre())
        mois, mois_avant = (_mois_publies(an, portee) for an in (annee, annee - 1))
    else:
        bilan = calculer_bilan(annee, portee.structure, portee.type_structure)
        mois, mois_avant = _mois_comptes(annee, portee), _mois_comptes(annee - 1, portee)
    en_cours = not Periode.annee(annee).entiere
    # Where few months are known, the two years themselves say more.
    en_courbes = _font_une_courbe(mois) or _font_une_courbe(mois_avant)
    saisis = saisis_du_bilan(annee) if portee.reseau else []
    return {
        "annee": annee,
        "precedente": annee - 1,
        "publie": publie,
        "bilan": bilan,
        "lignes": [
            _ligne(ligne, annee, en_cours=en_cours)
            | {
                "courbe": _courbe(ligne["code"], annee, mois, mois_avant, ligne["libelle"])
                if en_courbes
                else _barres(ligne, annee)
            }
            for ligne in bilan["indicateurs"]
            if ligne["valeur"] is not None or ligne["secret"] or ligne.get("retire")
        ],
        "saisis": [
            {
                **_textes(ligne),
                "phrase": phrase_saisie(ligne, annee),
                "source": source_lisible(ligne),
            }
            for ligne in saisis
        ],
        "en_courbes": en_courbes,
        "mois": [date_format(periode.debut, "N") for _, periode in closes(Pas.MOIS, annee)],
        "par_mois": [
            {
                "libelle": PAR_CODE[code].libelle,
                "valeurs": [_valeur_du_mois(code, valeur) for valeur in valeurs],
            }
            for code, valeurs in mois.items()
            if any(valeur is not None for valeur in valeurs)
        ],
    }


def _font_une_courbe(mois: Mois) -> bool:
    return any(
        sum(valeur is not None and not isinstance(valeur, str) for valeur in valeurs)
        >= MOIS_D_UNE_COURBE
        for valeurs in mois.values()
    )


def derniere_publiee() -> int | None:
    """The last year of which there is a signed publication."""
    annees = Publication.objects.signees().filter(periode__regex=r"^\d{4}$")
    derniere = annees.order_by("-periode").values_list("periode", flat=True).first()
    return None if derniere is None else int(derniere)


def est_publie(annee: int) -> bool:
    return Publication.objects.dernieres().filter(periode=str(annee)).exists()


def _ligne(ligne: dict[str, Any], annee: int, *, en_cours: bool) -> dict[str, Any]:
    textes = _textes(ligne)
    if ligne["secret"] or ligne.get("retire"):
        textes["valeur"] = MASQUE if ligne["secret"] else RETIRE
    return {**textes, "phrase": phrase(ligne, annee, en_cours=en_cours)}


def _courbe(code: str, annee: int, mois: Mois, mois_avant: Mois, libelle: str) -> SafeString:
    titre = f"{libelle}, mois par mois, {annee} et {annee - 1}"
    return courbe(_douze(mois, code), _douze(mois_avant, code), titre)


def _barres(ligne: dict[str, Any], annee: int) -> SafeString:
    return barres(
        ligne["valeur"], ligne["precedent"], f"{ligne['libelle']}, {annee} et {annee - 1}"
    )


def _textes(ligne: dict[str, Any]) -> dict[str, str]:
    code = ligne["code"]
    return {
        "code": code,
        "libelle": ligne["libelle"],
        "valeur": valeur_lisible(code, ligne["valeur"]),
        "precedent": valeur_lisible(code, ligne["precedent"]),
        "ecart": ecart_lisible(code, ligne["ecart"]),
        "evolution": evolution_lisible(code, ligne["ecart_pct"]),
    }


def _valeur_du_mois(code: str, valeur: Nombre | str) -> str:
    return valeur if isinstance(valeur, str) else valeur_lisible(code, valeur) or TAIT


def _douze(mois: Mois, code: str) -> Sequence[Nombre]:
    """A year has twelve months, also while it is under way; what is masked is not drawn."""
    valeurs = [None if isinstance(valeur, str) else valeur for valeur in mois.get(code, [])]
    return [*valeurs, *[None] * (12 - len(valeurs))]


def _mois_comptes(annee: int, portee: Portee) -> Mois:
    """The closed months of a year as they are counted now."""
    periodes = [periode for _, periode in closes(Pas.MOIS, annee)]
    indicateurs = [PAR_CODE[code] for code in CODES]
    concernes = [indicateur for indicateur in indicateurs if indicateur.concerne(portee)]
    if not periodes:
        return {}
    valeurs = compter(concernes, periodes, portee)
    return {
        indicateur.code: [valeurs[indicateur.code, None, rang] for rang in range(len(periodes))]
        for indicateur in concernes
    }


def _mois_publies(annee: int, portee: Portee) -> Mois:
    """The closed months of a year as they were signed last."""
    codes = [code for code, _ in closes(Pas.MOIS, annee)]
    niveau, territoire = territoire_de(portee)
    lignes = Chiffre.objects.filter(
        publication__in=Publication.objects.dernieres().filter(periode__in=codes),
        niveau=niveau,
        # What was taken out of each territory has one row, which stands for all of them.
        territoire__in=[territoire, TOUS],
        axe="",
        indicateur__in=CODES,
    ).select_related("publication")
    lues = {
        (chiffre.indicateur, chiffre.publication.periode): _lue(chiffre)
        for chiffre in la_sienne_apres(lignes)
    }
    return {code: [lues.get((code, periode)) for periode in codes] for code in CODES}


def _lue(chiffre: Chiffre) -> Nombre | str:
    if chiffre.retire:
        return RETIRE
    return MASQUE if chiffre.secret else chiffre.valeur
