"""What of a period is masked, and what is taken out, from all that partners hold of its year.

Rules: docs/definitions.md § 6.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, cast

from commun.api.errors import Conflit
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.publications.cellules import Cle, Decompte, Groupe, groupe_de
from indicateurs.publications.complements import DES_COMPLEMENTS, figures_de
from indicateurs.publications.connu import (
    Connu,
    connaitre,
    contributeurs,
    est_dit_par_les_bornes,
    nue,
)
from indicateurs.publications.figures import DE_PLACES, est_de_personnes
from indicateurs.publications.livre import Livre
from indicateurs.publications.restes import cles_de, entiere_de, est_un_reste
from indicateurs.secret import (
    SEUIL,
    Borne,
    Cellule,
    Deja,
    Lien,
    LiensFaux,
    Nature,
    SecretImpossible,
    Somme,
    Union,
    masquer,
)

# How many times something may be taken out before giving up.
ESSAIS = 60


@dataclass
class Masque:
    """What leaves of a period, and what does not.

    Args:
        masquees: shown as masked.
        groupes: not published at all, zeros included.
    """

    masquees: frozenset[Any] = frozenset()
    groupes: set[Groupe] = field(default_factory=set)


class Incoherent(Conflit):
    """The cells do not hold together."""


class Indefendable(Conflit):
    """What was published already gives cells away, whatever is masked now."""


def choisir(
    livre: Livre,
    comptes: Mapping[Cle, Decompte],
    deja: Mapping[Cle, Deja],
    groupes: Iterable[Groupe],
    *,
    corrigee: bool,
) -> Masque:
    """Mask the last publication of a book.

    Months are published before their quarter. Where one of them is masked, the quarter would give
    it away; and masked, the quarter would be known as narrowly as the month, which may be too
    narrow for its size. Such a figure is taken out at that level, where nobody reads it; and where
    a finer breakdown would tell of a month, by its zeros too, the breakdown is taken out: from the
    finest on. What few are behind stays as wide all the same.

    Args:
        comptes, deja: of its period: what was counted, and what partners hold of it.
        groupes: what the revision before took out.
        corrigee: whether it corrects months, which could wait.

    Raises:
        Incoherent: rows came meanwhile.
        Indefendable: what was published already gives cells away, and this gives more.
    """
    code = livre.publications[-1].periode
    connu = connaitre(livre, comptes)
    connu.sorts |= deja
    masque = Masque(groupes=set(groupes))
    figures: set[str] = set()
    for _ in range(ESSAIS):
        exposees, masquees = _essayer(code, connu, masque.groupes)
        if not exposees:
            masque.masquees = frozenset(
                cle for cle in masquees
                if cle in comptes and cle.indicateur in PAR_CODE
                and groupe_de(cle) not in masque.groupes
            )  # fmt: skip
            return masque
        toutes = {groupe_de(cle) for cle in comptes if cle.indicateur in PAR_CODE}
        restent = toutes - masque.groupes
        larges = {groupe_de(c) for c in exposees if not _peu(c, comptes.get(c))} & restent
        figures = {figure for cle in exposees for figure in figures_de(cle.indicateur)}
        nouveaux = larges or _plus_fins(g for g in restent if g.indicateur in figures)
        if nouveaux:
            masque.groupes |= nouveaux
            continue
        if corrigee:
            break
        if not connu.perdues:
            # What is given away though nothing of this period is shown, was before: it can't be
            # protected any more, and keeps nothing else from being published.
            connu.perdues, _ = _essayer(code, connu, toutes)
            if connu.perdues:
                siennes = {groupe_de(cle) for cle in connu.perdues if cle in comptes}
                masque.groupes = set(groupes) | (siennes & toutes)
                continue
        # Else it is told by what other figures say of the same rows, the nearest first.
        proches = _de_proche_en_proche(figures, _liees(connu))
        nouveaux = next(
            (n for p in proches if (n := _plus_fins(g for g in restent if g.indicateur in p))),
            set(),
        )
        if not nouveaux:
            break
        masque.groupes |= nouveaux
    noms = sorted({PAR_CODE[figure].libelle for figure in figures})
    raise Indefendable(
        "Ce qui est déjà publié de l'année ne permet plus de protéger ces chiffres : "
        f"{', '.join(noms)}. Rien n'est préparé."
    )


def _liees(connu: Connu) -> set[frozenset[str]]:
    """The figures that links bind to one another."""
    liees = set()
    for lien in connu.liens:
        codes = {cle.indicateur for cle in cles_de(lien)}
        if len(codes) > 1:
            liees.add(frozenset(figure for code in codes for figure in figures_de(code)))
    return liees


def _de_proche_en_proche(
    figures: Set[str], liees: Iterable[frozenset[str]]
) -> Iterator[frozenset[str]]:
    """What is bound to figures, then what is bound to that, and so on."""
    ici, proches = frozenset[str](), frozenset(figures)
    while proches != ici:
        yield proches
        ici = proches
        proches = ici.union(*(lies for lies in liees if lies & ici))


def _peu(cle: Cle, compte: Decompte | None) -> bool:
    """Whether few are behind a cell: taken out, it must stay as wide."""
    if compte is None or cle.indicateur in DE_PLACES:
        return compte is None
    return compte.personnes is not None and compte.personnes < SEUIL


def _plus_fins(restent: Iterable[Groupe]) -> set[Groupe]:
    """The finest breakdowns of these: of structures, of the network, then territories."""
    rangs = {groupe: (not groupe.axe, groupe.niveau == Niveau.RESEAU) for groupe in restent}
    plus_fin = min(rangs.values(), default=None)
    return {groupe for groupe, rang in rangs.items() if rang == plus_fin}


def _essayer(
    code: str, connu: Connu, groupes: Set[Groupe]
) -> tuple[frozenset[Cle], frozenset[Any]]:
    """The cells that stay exposed where these groups are taken out, and if there are none, those
    that are masked.

    Raises:
        Incoherent: rows came meanwhile.
    """
    ici = {c for c in connu.comptes if c.periode == code and groupe_de(c) in groupes}
    # What is the same in a table that was signed is read there.
    connu = replace(connu, tues=connu.tues | (ici - connu.deja_lues))
    sorts: dict[Hashable, Deja] = {
        cle: sort for cle, sort in connu.sorts.items() if cle in connu.comptes
    }
    cellules = {cle: _cellule(cle, compte, connu) for cle, compte in connu.comptes.items()}
    for cle in connu.comptes:
        if cle.periode == code and est_dit_par_les_bornes(cle):
            sorts.setdefault(cle, Deja.MONTREE)
    for cle, cellule in cellules.items():
        if not cellule.publiee:
            sorts.pop(cle, None)
        elif not cellule.valeur:
            # Zero since, and still masked to who reads: taken for known, which protects the more.
            sorts.pop(cle, None)
    liens = [su for lien in connu.liens for su in _ce_qu_on_en_sait(lien, connu.tues)]
    for lien in liens:
        if isinstance(lien, Somme) and _se_deduit(lien, code, sorts, cellules):
            # Everybody adds it up already: hiding it would hide nothing.
            sorts.setdefault(lien.total, Deja.MONTREE)
    try:
        return frozenset(), masquer(cellules.values(), liens, sorts)
    except LiensFaux as erreur:
        raise Incoherent("Des saisies sont arrivées pendant le calcul : recommencez.") from erreur
    except SecretImpossible as erreur:
        return frozenset(cast("tuple[Cle, ...]", erreur.cles)), frozenset()


def _ce_qu_on_en_sait(lien: Lien, tues: Set[Cle]) -> Iterator[Lien]:
    """What a link says to who does not read some of its parts: not that the others are zero. Of
    periods, those are there."""
    if (
        isinstance(lien, Borne)
        or _est_du_temps(lien)
        or tues.isdisjoint(cast("tuple[Cle, ...]", lien.parts))
    ):
        yield lien
    elif isinstance(lien, Somme):
        yield Borne(lien.parts, (lien.total,))
    else:
        yield from (Borne((part,), (lien.union,)) for part in lien.parts)


def _est_du_temps(lien: Somme | Union) -> bool:
    """Whether a link is of a period and shorter ones."""
    total = cast("Cle", lien.total if isinstance(lien, Somme) else lien.union)
    return nue(total.periode) != nue(cast("Cle", lien.parts[0]).periode)


def _se_deduit(
    lien: Somme, code: str, deja: Mapping[Hashable, Deja], cellules: Mapping[Cle, Cellule]
) -> bool:
    """Whether a cell of this period is the sum of shorter ones, all of them shown."""
    total, parts = cast("Cle", lien.total), [cast("Cle", part) for part in lien.parts]
    return (
        total.periode == code != parts[0].periode
        and cellules[total].publiee
        and all(
            deja.get(part) is Deja.MONTREE or (cellules[part].publiee and not cellules[part].valeur)
            for part in parts
        )
    )


def _cellule(cle: Cle, compte: Decompte, connu: Connu) -> Cellule:
    complement = DES_COMPLEMENTS.get(cle.indicateur)
    nature = Nature.QUANTITE
    if est_de_personnes(cle.indicateur):
        nature = Nature.PERSONNES
    publiee = complement is None and connu.se_lit(cle) and not est_un_reste(cle)
    publiee &= cle not in connu.perdues
    personnes = contributeurs(cle, compte)
    # Where nobody reads it, what is of nobody known tells of nobody; nor what is left of it.
    de_personne = not personnes and not (connu.se_lit(cle) and connu.se_lit(entiere_de(cle)))
    if de_personne or cle in connu.perdues:
        personnes = SEUIL
    return Cellule(cle, compte.exacte, personnes, nature, publiee)
