"""Corrections, cut as small as what is published allows.

A visit may wait and an act of the same person may not. But who is in the file active somewhere had
a contact there, and the other way round; and more places are not slept in than there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from indicateurs.catalogue import PAR_CODE
from indicateurs.publications.admission import Changement, Ligne, Personne
from indicateurs.publications.figures import CONTACTS, ECRITES

PRESENCE = "file_active"
DISPONIBLES, OCCUPEES = "nuits_disponibles", "nuitees"


def _famille(code: str) -> str:
    """Figures of the same rows go together: the first of them."""
    indicateur = PAR_CODE[code]
    if indicateur.de_chacun is not None or indicateur.mesure is None:
        return code
    return next(
        i.code for i in ECRITES
        if i.de_chacun is None and i.mesure and i.mesure.source == indicateur.mesure.source
    )  # fmt: skip


FAMILLES = {i.code: _famille(i.code) for i in ECRITES}


class Quelque(NamedTuple):
    """A person in a month and a structure; or nobody known."""

    personne: Personne
    mois: date
    structure: str


def couper(
    differences: Mapping[Ligne, int],
    soldes: Mapping[Ligne, int],
    qui: Mapping[UUID, UUID],
) -> Iterator[Changement]:
    """Cut what differs.

    Args:
        soldes: what the book has of those whom it is of.
        qui: of who is somebody else's file now, whose.
    """
    par_quelque: dict[Quelque, dict[str, dict[Ligne, int]]] = defaultdict(lambda: defaultdict(dict))
    for ligne, combien in differences.items():
        personne = ligne.personne and qui.get(ligne.personne, ligne.personne)
        if ligne.indicateur == DISPONIBLES:
            personne = None  # what was available is one thing, whoever made it so
        quelque = Quelque(personne, ligne.mois, ligne.structure)
        par_quelque[quelque][FAMILLES[ligne.indicateur]][ligne] = combien
    avant: dict[Quelque, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for ligne, combien in soldes.items():
        if ligne.personne is not None:
            quelque = Quelque(qui.get(ligne.personne, ligne.personne), ligne.mois, ligne.structure)
            avant[quelque][ligne.indicateur] += combien
    for quelque, familles in par_quelque.items():
        yield from _couper(quelque, familles, avant[quelque])


def _couper(
    quelque: Quelque, familles: dict[str, dict[Ligne, int]], avant: Mapping[str, int]
) -> Iterator[Changement]:
    presence = familles.pop(PRESENCE, {})
    contacts = {code: familles.pop(code) for code in CONTACTS if code in familles}
    for lignes in familles.values():
        yield Changement(lignes)
    if quelque.personne is None:
        for lignes in (*contacts.values(), presence):
            if lignes:
                yield Changement(lignes)
        return
    apres = {
        code: avant.get(code, 0) + sum(
            combien for ligne, combien in contacts.get(code, {}).items()
            if ligne.indicateur == code
        )
        for code in CONTACTS
    }  # fmt: skip
    fichiers = {ligne.personne for lignes in (presence, *contacts.values()) for ligne in lignes}
    arrive = not avant.get(PRESENCE) and any(n > 0 for n in apres.values())
    part = avant.get(PRESENCE, 0) > 0 and not any(n > 0 for n in apres.values())
    demeure = any(avant.get(code, 0) > 0 and apres[code] > 0 for code in CONTACTS)
    if len(fichiers) > 1 or not (demeure or arrive or part):
        ensemble = {**presence}
        for lignes in contacts.values():
            ensemble |= lignes
        if ensemble:
            yield Changement(ensemble)
    elif demeure:
        for lignes in (*contacts.values(), presence):
            if lignes:
                yield Changement(lignes)
    elif arrive:
        # Whoever comes has a first contact, without which the others are nobody's.
        premier = next(code for code in CONTACTS if apres[code] > 0)
        venue = Changement({**presence, **contacts.pop(premier, {})})
        yield venue
        for lignes in contacts.values():
            yield Changement(lignes, exige=(venue,))
    else:
        # Whoever goes has no contact any more: the last one goes with them.
        dernier = next(code for code in CONTACTS if avant.get(code, 0) > 0)
        derniers = contacts.pop(dernier, {})
        autres = tuple(Changement(lignes) for lignes in contacts.values())
        yield from autres
        yield Changement({**presence, **derniers}, exige=autres)


class Nuits(NamedTuple):
    """Of a month and of some sites of a structure."""

    mois: date
    structure: str
    arrondissement: str
    axes: tuple[tuple[str, str], ...]


def de_trop_la_nuit(pris: Iterable[Changement], libres: Mapping[Nuits, int]) -> list[Changement]:
    """What would make more places slept in than there were.

    Args:
        libres: how many nights nobody slept, by what is written.
    """
    restent: dict[Nuits, int] = defaultdict(int, libres)
    de: dict[Nuits, list[Changement]] = defaultdict(list)
    for changement in pris:
        for ligne, combien in changement.lignes.items():
            if ligne.indicateur in {DISPONIBLES, OCCUPEES}:
                ici = Nuits(ligne.mois, ligne.structure, ligne.arrondissement, ligne.axes)
                restent[ici] += combien if ligne.indicateur == DISPONIBLES else -combien
                de[ici].append(changement)
    return [c for ici, changements in de.items() if restent[ici] < 0 for c in changements]
