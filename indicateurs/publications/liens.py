"""What everybody knows about how published cells hold together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db.models import F

from contacts.enums import CategorieActe
from hebergement.enums import MotifSortie
from indicateurs.catalogue import PAR_CODE
from indicateurs.catalogue.hebergement import FLUIDES
from indicateurs.enums import Niveau
from indicateurs.periodes import Pas, contenantes, contenues, lire
from indicateurs.publications.cellules import Cle, Decompte
from indicateurs.secret import Borne, Lien, Somme, Union
from indicateurs.sources import DE_LA_PERSONNE, Axe
from socle.enums import Genre
from socle.models import Structure

# Of the same territory and breakdown, the first is at most the second.
BORNES = (
    ("passages_personnes", "passages"), ("passages_personnes", "file_active"),
    ("actes_personnes", "actes"), ("actes_personnes", "file_active"),
    ("actes_infirmiers", "actes"), ("actes_acces_aux_droits", "actes"),
    ("rencontres_non_identifiees", "rencontres"), ("rencontres", "approches"),
    ("refus", "approches"), ("sorties_fluides", "sorties_hors_deces"),
    ("sorties_hors_deces", "sorties"), ("orientations_abouties", "orientations_echues"),
    ("orientations_echues", "orientations"), ("femmes", "genre_connu"),
    ("genre_connu", "file_active"), ("nuitees", "nuits_disponibles"),
)  # fmt: skip
# A figure that is one or more values of another's breakdown.
IDENTITES: tuple[tuple[str, str, Axe, Callable[[str], bool]], ...] = (
    ("femmes", "file_active", Axe.GENRE, lambda v: v == Genre.F),
    ("genre_connu", "file_active", Axe.GENRE, lambda v: v != Genre.NON_RENSEIGNE),
    ("actes_infirmiers", "actes", Axe.CATEGORIE, lambda v: v == CategorieActe.SOINS_INFIRMIERS),
    ("actes_acces_aux_droits", "actes", Axe.CATEGORIE,
     lambda v: v == CategorieActe.ACCES_AUX_DROITS),
    ("sorties_fluides", "sorties", Axe.DESTINATION, lambda v: v in FLUIDES),
    ("sorties_hors_deces", "sorties", Axe.MOTIF, lambda v: v != MotifSortie.DECES),
)  # fmt: skip


def relier(cellules: Mapping[Cle, Decompte]) -> list[Lien]:
    """The links between cells of one or several periods; those that aren't there are zero."""
    liens = [*_territoires(cellules), *_ventilations(cellules), *_figures(cellules)]
    return [*liens, *_temps(cellules)]


def _partage(additif: bool, total: Cle, parts: Iterable[Cle]) -> Iterator[Lien]:
    """Parts make their total: added where they share nobody, else united."""
    toutes = tuple(sorted(parts))
    if toutes:
        yield Somme(total, toutes) if additif else Union(total, toutes)


def _territoires(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    structures = {s.code: s for s in Structure.objects.select_related("organisme")}
    par_niveau: dict[Cle, dict[str, list[Cle]]] = defaultdict(lambda: defaultdict(list))
    for cle in cellules:
        if cle.niveau != Niveau.RESEAU:
            reseau = cle._replace(niveau=Niveau.RESEAU, territoire="")
            par_niveau[reseau][cle.niveau].append(cle)
    for reseau, niveaux in par_niveau.items():
        additif = PAR_CODE[reseau.indicateur].additif
        for parts in niveaux.values():
            yield from _partage(additif, reseau, parts)
        for niveau, de in _REGROUPEMENTS.items():
            if niveau == Niveau.ARRONDISSEMENT and not _arrondissement_de_la_structure(reseau):
                continue
            membres: dict[str, list[Cle]] = defaultdict(list)
            for cle in niveaux[Niveau.STRUCTURE]:
                membres[de(structures[cle.territoire])].append(cle)
            for cle in niveaux[niveau]:
                yield from _partage(additif, cle, membres[cle.territoire])


_REGROUPEMENTS: dict[Niveau, Callable[[Structure], str]] = {
    Niveau.TYPE: lambda s: s.type,
    Niveau.ORGANISME: lambda s: s.organisme.code,
    Niveau.ARRONDISSEMENT: lambda s: s.arrondissement or "",
}


def _arrondissement_de_la_structure(cle: Cle) -> bool:
    mesure = PAR_CODE[cle.indicateur].mesure
    assert mesure
    axes = mesure.source.axes
    # Elsewhere it is that of the site, or of the sector.
    return bool(axes[Axe.ARRONDISSEMENT](0) == F(f"{mesure.source.structure}__arrondissement"))


def _ventilations(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    parts: dict[Cle, dict[str, list[Cle]]] = defaultdict(lambda: defaultdict(list))
    for cle in cellules:
        if cle.axe:
            parts[cle._replace(axe="", code="")][cle.axe].append(cle)
    for total, axes in parts.items():
        for axe, siennes in axes.items():
            # A person has one gender and one age, and several acts.
            additif = PAR_CODE[total.indicateur].additif or axe in DE_LA_PERSONNE
            yield from _partage(additif, total, siennes)


def _figures(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    for cle in cellules:
        for petite, grande in BORNES:
            autre = cle._replace(indicateur=grande)
            if cle.indicateur == petite and autre in cellules:
                yield Borne(cle, autre)
    ventiles: dict[tuple[Cle, str], list[Cle]] = defaultdict(list)
    for cle in cellules:
        if cle.axe:
            ventiles[cle._replace(axe="", code=""), cle.axe].append(cle)
    for (total, axe), parts in ventiles.items():
        for figure, de, par, garde in IDENTITES:
            meme = total._replace(indicateur=figure)
            if (total.indicateur, axe) == (de, par) and meme in cellules:
                yield from _partage(True, meme, [p for p in parts if garde(p.code)])


def _temps(cellules: Mapping[Cle, Decompte]) -> Iterator[Lien]:
    """Months, quarters and years. What was published at different times need not add up: only
    what is true of the cells as they are is a link."""
    periodes = {cle.periode for cle in cellules}
    coupes: dict[tuple[Cle, Pas], list[Cle]] = defaultdict(list)
    for cle in cellules:
        for longue in contenantes(cle.periode):
            parent = cle._replace(periode=longue)
            if parent in cellules:
                coupes[parent, lire(cle.periode)[0]].append(cle)
    for (parent, pas), parts in coupes.items():
        complete = set(contenues(parent.periode, pas)) <= periodes
        yield from _coupe(cellules, parent, tuple(sorted(parts)), complete)


def _coupe(
    cellules: Mapping[Cle, Decompte], parent: Cle, parts: tuple[Cle, ...], complete: bool
) -> Iterator[Lien]:
    additif = PAR_CODE[parent.indicateur].additif
    total = cellules[parent].exacte
    valeurs = [cellules[part].exacte for part in parts]
    if complete and additif and sum(valeurs) == total:
        yield Somme(parent, parts)
    elif complete and not additif and max(valeurs) <= total <= sum(valeurs):
        yield Union(parent, parts)
    else:
        yield from (
            Borne(part, parent)
            for part, valeur in zip(parts, valeurs, strict=True)
            if valeur <= total
        )
