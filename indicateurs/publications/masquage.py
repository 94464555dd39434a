"""What of a period is masked, and what is taken out, from all that partners hold of its year.

Rules: docs/definitions.md § 6.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from commun.api.errors import Conflit
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Publication
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.liens import relier
from indicateurs.secret import (
    SEUIL,
    Cellule,
    Deja,
    Lien,
    LiensFaux,
    Nature,
    SecretImpossible,
    Somme,
    masquer,
)

UNITE_DES_PERSONNES = "personnes"
# How many times something may be taken out before giving up.
ESSAIS = 30


class Groupe(NamedTuple):
    """The cells of a figure by a kind of territory and a breakdown: published or taken out whole,
    since a zero that is missing would be a zero that is told."""

    indicateur: str
    niveau: str
    axe: str


def groupe_de(cle: Cle) -> Groupe:
    return Groupe(cle.indicateur, cle.niveau, cle.axe)


@dataclass
class Masque:
    """What leaves of a period, and what does not.

    Args:
        masquees: shown as masked.
        retirees: not published, because masked they would be guessed too narrowly.
        groupes: not published at all, zeros included.
    """

    masquees: frozenset[Any] = frozenset()
    retirees: set[Cle] = field(default_factory=set)
    groupes: set[Groupe] = field(default_factory=set)


def choisir(
    code: str,
    comptes: Mapping[Cle, Decompte],
    deja: Mapping[Cle, Deja],
    avant: Masque,
) -> Masque:
    """Mask a period.

    Months are published before their quarter. Where one of them is masked, the quarter would give
    it away; and masked, the quarter would be known as narrowly as the month, which may be too
    narrow for its size. Such a cell is taken out. And where a finer breakdown would tell of a
    month, by its zeros too, the breakdown is taken out: from the finest on.

    Args:
        comptes, deja: of this period: what was counted, and what partners hold of it.
        avant: what the revision before took out.

    Raises:
        Conflit: rows came meanwhile; or what was published already gives cells away.
    """
    autres, deja_autres, retirees_autres = _publies_de_l_annee(code)
    masque = Masque(retirees=set(avant.retirees), groupes=set(avant.groupes))
    intouchables = {groupe_de(cle) for cle in deja}
    for _ in range(ESSAIS):
        gardes = {cle: c for cle, c in comptes.items() if groupe_de(cle) not in masque.groupes}
        try:
            masquees = _essayer(
                code, {**autres, **gardes}, {**deja_autres, **deja},
                masque.retirees | retirees_autres,
            )  # fmt: skip
        except LiensFaux as erreur:
            raise Conflit("Des saisies sont arrivées pendant le calcul : recommencez.") from erreur
        except SecretImpossible as erreur:
            exposees = {cast("Cle", cle) for cle in erreur.cles}
            nouvelles = {cle for cle in exposees if cle in gardes and cle not in deja}
            if nouvelles - masque.retirees:
                masque.retirees |= nouvelles
            elif groupes := _plus_fins(gardes, {c.indicateur for c in exposees}, intouchables):
                masque.groupes |= groupes
                masque.retirees = set(avant.retirees)
            else:
                break
        else:
            masque.masquees = frozenset(cle for cle in masquees if cle in gardes) - masque.retirees
            return masque
    raise Conflit("Des chiffres ne peuvent plus être protégés : rien n'est préparé.")


def _plus_fins(
    gardes: Iterable[Cle], indicateurs: set[str], intouchables: set[Groupe]
) -> set[Groupe]:
    """The finest breakdowns that are left of these figures: of structures, of the network, then
    territories; what was published of the period before can't be taken out."""
    presents = {groupe_de(cle) for cle in gardes if cle.indicateur in indicateurs} - intouchables
    rangs = {groupe: (not groupe.axe, groupe.niveau == Niveau.RESEAU) for groupe in presents}
    plus_fin = min(rangs.values(), default=None)
    return {groupe for groupe, rang in rangs.items() if rang == plus_fin}


def _essayer(
    code: str,
    comptes: Mapping[Cle, Decompte],
    deja: Mapping[Cle, Deja],
    retirees: set[Cle],
) -> frozenset[Any]:
    sorts: dict[Hashable, Deja] = {cle: sort for cle, sort in deja.items() if cle in comptes}
    for cle, compte in comptes.items():
        if not compte.exacte:
            # Zero since, and still masked to who reads: taken for known, which protects the more.
            sorts.pop(cle, None)
        elif cle in retirees:
            sorts[cle] = Deja.MASQUEE
        elif not compte.personnes:
            # Of places, or of contacts with nobody known: nobody is behind it who could be told.
            sorts.setdefault(cle, Deja.MONTREE)
    liens = relier(comptes)
    for lien in liens:
        if isinstance(lien, Somme) and _se_deduit(lien, code, sorts, comptes):
            # Everybody adds it up already: hiding it would hide nothing.
            sorts.setdefault(lien.total, Deja.MONTREE)
    cellules = [_cellule(cle, compte, cle in retirees) for cle, compte in comptes.items()]
    return masquer(cellules, liens, sorts)


def _se_deduit(
    lien: Lien, code: str, deja: Mapping[Hashable, Deja], comptes: Mapping[Cle, Decompte]
) -> bool:
    """Whether a cell of this period is the sum of shorter ones, all of them shown."""
    assert isinstance(lien, Somme)
    parts = [cast("Cle", part) for part in lien.parts]
    return cast("Cle", lien.total).periode == code != parts[0].periode and all(
        deja.get(part) is Deja.MONTREE or not comptes[part].exacte for part in parts
    )


def _cellule(cle: Cle, compte: Decompte, retiree: bool) -> Cellule:
    nature = Nature.QUANTITE
    if PAR_CODE[cle.indicateur].unite == UNITE_DES_PERSONNES:
        nature = Nature.PERSONNES
    personnes = compte.personnes or SEUIL
    return Cellule(cle, compte.exacte, personnes, Nature.RETIREE if retiree else nature)


def _publies_de_l_annee(code: str) -> tuple[dict[Cle, Decompte], dict[Cle, Deja], set[Cle]]:
    """The cells of the other periods of the year, as partners read them last."""
    comptes: dict[Cle, Decompte] = {}
    deja: dict[Cle, Deja] = {}
    retirees: set[Cle] = set()
    for cle, chiffre in _chiffres_de_l_annee(code):
        comptes[cle] = Decompte(int(chiffre.exacte or 0) + chiffre.attente, chiffre.personnes)
        deja[cle] = Deja.MONTREE if chiffre.valeur is not None else Deja.MASQUEE
        if chiffre.retire:
            retirees.add(cle)
    return comptes, deja, retirees


def _chiffres_de_l_annee(code: str) -> Iterator[tuple[Cle, Chiffre]]:
    annee = code[:4]
    autres = Publication.objects.dernieres().filter(periode__startswith=annee).exclude(periode=code)
    chiffres = Chiffre.objects.filter(publication__in=autres, exacte__isnull=False)
    for chiffre in chiffres.select_related("publication").iterator():
        yield cle_de(chiffre.publication.periode, chiffre), chiffre


def cle_de(periode: str, chiffre: Chiffre) -> Cle:
    return Cle(
        periode, chiffre.indicateur, chiffre.niveau, chiffre.territoire, chiffre.axe, chiffre.code
    )
