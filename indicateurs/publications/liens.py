"""What everybody knows about how published cells hold together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from django.db.models import F

from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.publications.complements import (
    COMPLEMENTS,
    DES_COMPLEMENTS,
    Partage,
    figure_de,
    partage_de,
)  # fmt: skip
from indicateurs.publications.figures import IDENTITES
from indicateurs.secret import Borne, Lien, Somme, Union
from indicateurs.sources import DE_LA_PERSONNE, SANS_PERSONNE, Axe
from socle.enums import Genre
from socle.models import Structure

# Of the same territory and breakdown, the first is at most the second; and the parts of a
# complement at most its whole, where it isn't a cell of its own.
BORNES = (
    ("passages_personnes", "passages"), ("actes_personnes", "actes"),
    ("nuitees", "nuits_disponibles"),
)  # fmt: skip
# What brings a person into the file active. By gender and age nothing tells who was lodged.
CONTACTS = ("passages_personnes", "actes_personnes", "rencontres", "nuitees")
CONTACTS_VENTILES = ("passages", "actes", "rencontres")


def relier(cellules: Mapping[Cle, Decompte]) -> list[Lien]:
    """The links between cells of one or several periods; those that aren't there are zero."""
    liens = [*_territoires(cellules), *_ventilations(cellules), *_figures(cellules)]
    return [*liens, *_temps(cellules)]


def _partager(partage: Partage, total: Cle, parts: Iterable[Cle]) -> Iterator[Lien]:
    toutes = tuple(sorted(parts))
    if toutes and partage is Partage.SOMME:
        yield Somme(total, toutes)
    elif toutes and partage is Partage.UNION:
        yield Union(total, toutes)
    elif toutes:
        yield Borne((total,), toutes)


def _territoires(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    structures = {s.code: s for s in Structure.objects.select_related("organisme")}
    par_niveau: dict[Cle, dict[str, list[Cle]]] = defaultdict(lambda: defaultdict(list))
    for cle in cellules:
        if cle.niveau != Niveau.RESEAU and not _se_calcule(cle):
            reseau = cle._replace(niveau=Niveau.RESEAU, territoire="")
            par_niveau[reseau][cle.niveau].append(cle)
    for reseau, niveaux in par_niveau.items():
        partage = partage_de(reseau.indicateur)
        for parts in niveaux.values():
            if reseau in cellules:
                yield from _partager(partage, reseau, parts)
        for niveau, de in _REGROUPEMENTS.items():
            if niveau == Niveau.ARRONDISSEMENT and not _arrondissement_de_la_structure(reseau):
                continue
            membres: dict[str, list[Cle]] = defaultdict(list)
            for cle in niveaux[Niveau.STRUCTURE]:
                membres[de(structures[cle.territoire])].append(cle)
            for cle in niveaux[niveau]:
                yield from _partager(partage, cle, membres[cle.territoire])


_REGROUPEMENTS: dict[Niveau, Callable[[Structure], str]] = {
    Niveau.TYPE: lambda s: s.type,
    Niveau.ORGANISME: lambda s: s.organisme.code,
    Niveau.ARRONDISSEMENT: lambda s: s.arrondissement or "",
}


def _arrondissement_de_la_structure(cle: Cle) -> bool:
    mesure = PAR_CODE[figure_de(cle.indicateur)].mesure
    assert mesure
    axes = mesure.source.axes
    # Elsewhere it is that of the site, or of the sector.
    return bool(axes[Axe.ARRONDISSEMENT](0) == F(f"{mesure.source.structure}__arrondissement"))


def _se_calcule(cle: Cle) -> bool:
    """Whether a cell is the complement of sums: what binds it follows from what binds them."""
    complement = DES_COMPLEMENTS.get(cle.indicateur)
    return complement is not None and complement.partage is Partage.SOMME


def _ventilations(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    parts: dict[Cle, dict[str, list[Cle]]] = defaultdict(lambda: defaultdict(list))
    for cle in cellules:
        if cle.axe and not _se_calcule(cle):
            parts[cle._replace(axe="", code="")][cle.axe].append(cle)
    for total, axes in parts.items():
        for axe, siennes in axes.items():
            # A person has one gender and one age, and several acts.
            partage = Partage.SOMME if axe in DE_LA_PERSONNE else partage_de(total.indicateur)
            if total in cellules:
                yield from _partager(partage, total, siennes)
        for identite in IDENTITES:
            meme = total._replace(indicateur=identite.figure)
            if total.indicateur == identite.de and identite.axe in axes and meme in cellules:
                retenues = [part for part in axes[identite.axe] if identite.garde(part.code)]
                yield from _partager(Partage.SOMME, meme, retenues)
        # Who is not known has neither gender nor age.
        anonymes = [
            part for axe in DE_LA_PERSONNE for part in axes.get(axe, ())
            if part.code == SANS_PERSONNE
        ]  # fmt: skip
        if len(anonymes) == len(DE_LA_PERSONNE):
            yield Somme(anonymes[0], (anonymes[1],))


def _figures(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    for cle in cellules:

        def memes(*codes: str, cle: Cle = cle) -> tuple[Cle, ...]:
            return tuple(m for code in codes if (m := cle._replace(indicateur=code)) in cellules)

        for petite, grande in BORNES:
            if cle.indicateur == petite and memes(grande):
                yield Borne((cle,), memes(grande))
        for complement in COMPLEMENTS:
            if cle.indicateur == complement.grand:
                petits, reste = memes(*complement.petits), memes(complement.code)
                if reste:
                    yield Somme(cle, (*petits, *reste))
                elif petits:
                    yield Borne(petits, (cle,))
        if cle.indicateur == "file_active" and _se_decompose(cle, cellules):
            contacts = memes(*(CONTACTS_VENTILES if cle.axe else CONTACTS))
            if contacts:
                yield Borne((cle,), contacts)


def _se_decompose(cle: Cle, cellules: Mapping[Cle, Decompte]) -> bool:
    """Whether all that brings a person into this file active is told at the same place."""
    if cle.niveau == Niveau.ARRONDISSEMENT:
        return False  # of its structures: encounters and nights are told where they were
    if cle.code == Genre.NON_RENSEIGNE:
        return False  # events tell what was seen of whom the file says nothing
    nuitees = cellules.get(cle._replace(indicateur="nuitees", axe="", code=""))
    return not cle.axe or nuitees is None or not nuitees.exacte


def _temps(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    """Months, quarters and years. What was published at different times need not add up: only
    what is true of the cells as they are is a link."""
    periodes = {cle.periode for cle in cellules}
    coupes_de = {
        longue: coupes(longue, periodes) for longue in periodes if lire(longue)[0] != Pas.MOIS
    }
    par_coupe: dict[tuple[Cle, tuple[str, ...]], list[Cle]] = defaultdict(list)
    for cle in cellules:
        for longue in () if _se_calcule(cle) else contenantes(cle.periode):
            parent = cle._replace(periode=longue)
            if parent in cellules:
                for coupe in coupes_de[longue]:
                    if cle.periode in coupe:
                        par_coupe[parent, coupe].append(cle)
    for (parent, coupe), parts in par_coupe.items():
        yield from _couper(cellules, parent, tuple(sorted(parts)), set(coupe) <= periodes)


def coupes(longue: str, periodes: Set[str]) -> list[tuple[str, ...]]:
    """The ways to cut a period into shorter ones: of a year, its quarters, its quarters with the
    months of those that were not published, and its months."""
    mois = tuple(contenues(longue, Pas.MOIS))
    if lire(longue)[0] == Pas.TRIMESTRE:
        return [mois]
    trimestres = contenues(longue, Pas.TRIMESTRE)
    melange = (
        code
        for trimestre in trimestres
        for code in ([trimestre] if trimestre in periodes else contenues(trimestre, Pas.MOIS))
    )
    return list(dict.fromkeys([tuple(trimestres), tuple(melange), mois]))


def _couper(
    cellules: Mapping[Cle, Decompte], parent: Cle, parts: tuple[Cle, ...], complete: bool
) -> Iterator[Lien]:
    partage = partage_de(parent.indicateur)
    total = cellules[parent].exacte
    valeurs = [cellules[part].exacte for part in parts]
    if complete and partage is Partage.SOMME and sum(valeurs) == total:
        yield Somme(parent, parts)
    elif complete and partage is Partage.UNION and max(valeurs) <= total <= sum(valeurs):
        yield Union(parent, parts)
    elif partage is Partage.AU_PLUS:
        if complete and total <= sum(valeurs):
            yield Borne((parent,), parts)
    elif partage is Partage.SOMME and sum(valeurs) <= total:
        yield Borne(parts, (parent,))
    else:
        yield from (
            Borne((part,), (parent,))
            for part, valeur in zip(parts, valeurs, strict=True)
            if valeur <= total
        )
