"""How much of what changed came late, told beside what was corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from indicateurs.models import Publication
from indicateurs.publications.admission import Ligne
from indicateurs.publications.cellules import Cle
from indicateurs.publications.comptage import mois_de
from indicateurs.publications.corrections import Comparaison
from indicateurs.publications.figures import TARDIVES, est_de_personnes
from indicateurs.publications.livre import Livre, ecrites, jour_de
from indicateurs.sources import DE_LA_PERSONNE


def compter_les_tardives(
    comparaison: Comparaison, precedente: Publication | None
) -> dict[Cle, int]:
    """How much of what changed of each cell since the revision before came late, written or not,
    and whichever revision of a shorter period wrote it.

    Args:
        precedente: the last signed revision of the period; else what is written now.
    """
    livre = comparaison.livre
    rang = livre.publications.index(precedente) if precedente else livre.dernier
    ouverts = livre.ouverts(rang)
    mois = [m for m in mois_de(comparaison.publication.periode) if jour_de(m) in ouverts]
    if not mois:
        return {}
    murs = {jour for jour, depuis in livre.murs.items() if depuis <= rang}
    differences, tardives = comparaison.differences(livre.entrees(mois, rang))
    deja = _corrections_jusqu_a(livre, rang)
    # Who is said to be somebody else since did not come by that.
    venus: dict[Ligne, int] = defaultdict(int)
    for ligne, combien in differences.items():
        venus[_sans_portrait(ligne)] += combien
    tard: dict[Ligne, int] = {}
    for ligne, combien in differences.items():
        # What is known late was not there before; it did not change.
        if ligne.indicateur in TARDIVES and ligne.mois not in murs:
            continue
        # What an earlier revision wrote of it is late no more.
        reste = tardives[ligne] - max(0, deja.get(ligne, 0))
        qui = _sans_portrait(ligne)
        if (n := min(combien, reste, venus[qui])) > 0:
            tard[ligne] = n
            venus[qui] -= n
    return _par_cellule(comparaison, tard)


def _corrections_jusqu_a(livre: Livre, rang: int) -> dict[Ligne, int]:
    """What was written until a moment of months that had been counted before."""
    combien: dict[Ligne, int] = defaultdict(int)
    for correctrice, mois in livre.corrections.items():
        if correctrice <= rang:
            for ligne, n in ecrites(livre.publications[correctrice], mois):
                if ligne.indicateur not in TARDIVES:
                    combien[ligne] += n
    return combien


def _par_cellule(comparaison: Comparaison, lignes: Mapping[Ligne, int]) -> dict[Cle, int]:
    """What entries are of each cell of the period: of persons, how many."""
    if not lignes:
        return {}
    registre = comparaison.registre([])
    combien: dict[Cle, int] = defaultdict(int)
    de_qui: dict[Cle, set[UUID | None]] = defaultdict(set)
    for ligne, n in lignes.items():
        for ou, figures in registre.places(ligne):
            for figure in figures if ou.periode == comparaison.publication.periode else ():
                combien[ou.cle(figure)] += n
                de_qui[ou.cle(figure)].add(ligne.personne)
    return {
        cle: len(de_qui[cle] - {None}) if est_de_personnes(cle.indicateur) else n
        for cle, n in combien.items()
    }


def _sans_portrait(ligne: Ligne) -> Ligne:
    """What an entry is of, whatever the file of its person says of them."""
    axes = tuple((axe, code) for axe, code in ligne.axes if axe not in DE_LA_PERSONNE)
    return ligne._replace(axes=axes)
