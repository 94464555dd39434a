"""Which cells of a revision move, and which corrections wait.

Rules: docs/definitions.md § 6.5. What is shown after a revision is one table that holds together: a
total that moved by what waits in a part would tell the part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import cast

from commun.api.errors import Conflit
from indicateurs.catalogue import PAR_CODE
from indicateurs.models import Chiffre, Publication
from indicateurs.periodes import lire
from indicateurs.publications.ajustement import ajuster, ajuster_entre
from indicateurs.publications.cellules import TOUTES, Cle, Decompte, cle_de, denombrer, groupements
from indicateurs.publications.complements import DES_COMPLEMENTS, figure_de
from indicateurs.publications.connu import DE_PLACES
from indicateurs.publications.freins import (
    freiner,
    freiner_les_personnes,
    indiscrets,
    retenir_leurs_lignes,
)
from indicateurs.publications.identites import changees_depuis
from indicateurs.publications.liens import relier
from indicateurs.publications.mouvement import Mouvement
from indicateurs.publications.voisines import Voisines
from indicateurs.secret import Lien, Somme, Union, peut_bouger
from indicateurs.secret.modele import rangees
from indicateurs.secret.programme import SANS_LIMITE

SANS_BORNES = (0.0, SANS_LIMITE)


def mouvements(voisines: Voisines) -> dict[Cle, Mouvement]:
    """Every cell of a period beside what was published of it.

    Raises:
        Conflit: what was corrected since its parts were published leaves no first table.
    """
    code = voisines.code
    pas, periode = lire(code)
    anciens, depuis, restees = _deja_montrees(voisines)
    if not voisines.siennes:
        comptes = denombrer(code, groupements(pas), periode, voisines.arretes)
        montres = _premiere(voisines, comptes)
        return {cle: Mouvement(comptes.get(cle, montre), montre) for cle, montre in montres.items()}
    premiere = voisines.siennes[0]
    ont_bouge: dict[Publication, set[str]] = defaultdict(set)
    for cle, revision in depuis.items():
        ont_bouge[revision].add(cle.indicateur)
    comptes_depuis = {
        revision.pk: denombrer(
            code, groupements(pas), periode, voisines.arretes,
            partial(voisines.arretes, revision=revision), codes,
        )
        for revision, codes in {**ont_bouge, premiere: TOUTES}.items()
    }  # fmt: skip
    identites = {
        revision.pk: changees_depuis(revision.connu_le, periode)
        for revision in {premiere, *ont_bouge}
    }
    comptes = comptes_depuis[premiere.pk]
    attendus, limites = voisines.attendus(comptes), voisines.limites(comptes)
    trouves: dict[Cle, Mouvement] = {}
    for cle in {**comptes, **attendus, **anciens}:
        depuis_quand = depuis.get(cle, premiere).pk
        compte = comptes_depuis[depuis_quand].get(cle) or _rien(cle)
        compte = replace(compte, tardives=compte.tardives + restees.get(cle, 0))
        qui = identites[depuis_quand]
        avant = Mouvement(compte, compte, anciens.get(cle), identites=qui).en_attente()
        if cle in attendus:
            # What shorter periods show is known already, and was proved there.
            trouves[cle] = avant.jusqu_a(attendus[cle])
        elif _peut_bouger(cle, avant):
            # Persons of a longer period are between the largest of its parts and their sum.
            trouves[cle] = avant.dans(*limites.get(cle, SANS_BORNES))
        else:
            trouves[cle] = avant
    _entrainer(trouves, attendus)
    ecarts = voisines.ecarts()
    premiers = {
        cle_de(code, c): int(c.exacte or 0) for c in premiere.chiffres.filter(exacte__isnull=False)
    }
    du_temps = voisines.croissances()

    def par_ses_parts(trouves: dict[Cle, Mouvement]) -> dict[Cle, Mouvement]:
        unions = [lien for lien in _liens(trouves) if isinstance(lien, Union)]
        return freiner_les_personnes(trouves, unions, premiers, du_temps)

    trouves = par_ses_parts(freiner(trouves, ecarts, attendus))
    rapproches = _rapprocher(trouves, attendus, limites)
    retenus = retenir_leurs_lignes(trouves, rapproches, attendus)
    if retenus != trouves:
        rapproches = _rapprocher(retenus, attendus, limites)
    trouves = _tenir(rapproches)
    while True:
        freines = par_ses_parts(trouves)
        attendent = indiscrets(freines, ecarts)
        attendent += [cle for cle, m in freines.items() if m.montre != trouves[cle].montre]
        if not attendent:
            return trouves
        trouves = _tenir(trouves | {cle: trouves[cle].en_attente() for cle in attendent})


def _premiere(voisines: Voisines, comptes: Mapping[Cle, Decompte]) -> dict[Cle, Decompte]:
    """What a period shows first."""
    attendus, limites = voisines.attendus(comptes), voisines.limites(comptes)
    libres = voisines.corrigees(comptes)
    if libres:
        with suppress(Conflit):
            return ajuster(
                comptes,
                {cle: compte for cle, compte in attendus.items() if cle not in libres},
                {cle: limite for cle, limite in limites.items() if cle not in libres},
            )
    return ajuster(comptes, attendus, limites)


def _deja_montrees(
    voisines: Voisines,
) -> tuple[dict[Cle, Chiffre], dict[Cle, Publication], dict[Cle, int]]:
    """The cells of the last revision; that since which each is what it is, from which late comers
    add up; and how many that were late then were not shown of it."""
    anciens: dict[Cle, Chiffre] = {}
    depuis: dict[Cle, Publication] = {}
    restees: dict[Cle, int] = {}
    for publication in voisines.siennes:
        chiffres = publication.chiffres.filter(exacte__isnull=False)
        lus = {cle_de(voisines.code, c): c for c in chiffres}
        for cle in {**anciens, **lus}:
            change = _exacte(lus.get(cle)) - _exacte(anciens.get(cle))
            if change:
                depuis[cle] = publication
                tardives = lus[cle].tardives if cle in lus and anciens else 0
                restees[cle] = max(0, tardives - max(0, change))
            elif cle not in anciens:
                depuis.setdefault(cle, voisines.siennes[0])
        anciens = lus
    return anciens, depuis, restees


def _exacte(chiffre: Chiffre | None) -> int:
    return int(chiffre.exacte or 0) if chiffre is not None else 0


def _rien(cle: Cle) -> Decompte:
    suit = cle.indicateur in DES_COMPLEMENTS or PAR_CODE[cle.indicateur].personnes is not None
    return Decompte(0, 0 if suit else None)


def _peut_bouger(cle: Cle, mouvement: Mouvement) -> bool:
    """Whether at least eleven persons changed what is counted, as far as it can be proved."""
    compte, avant = mouvement.compte, mouvement.avant
    if compte.exacte == avant.exacte:
        return False
    if not compte.personnes and not avant.personnes:
        return True  # nobody known is behind it
    if cle.indicateur in DE_PLACES:
        return False  # of who makes it move, nobody knows by how much
    # Of a count of persons, those that came or went: who comes again changes nothing.
    if compte_des_personnes(cle.indicateur):
        return peut_bouger(abs(compte.exacte - avant.exacte))
    return peut_bouger(mouvement.changees)


def compte_des_personnes(code: str) -> bool:
    """Whether a figure, or a complement, counts distinct persons."""
    return PAR_CODE[figure_de(code)].unite == "personnes"


def _entrainer(trouves: dict[Cle, Mouvement], attendus: Container[Cle]) -> None:
    """Let totals of rows move with a part to which eleven came late: the same came to them, and
    were not shown of them either. Rows that went from one part to another came to none."""
    sommes = [lien for lien in _liens(trouves) if isinstance(lien, Somme)]
    tard = {
        cle: m.compte.retardataires
        for cle, m in trouves.items()
        if m.bouge and peut_bouger(m.venues)
    }
    nombre = -1
    while nombre < len(tard):
        nombre = len(tard)
        for somme in sommes:
            total = cast("Cle", somme.total)
            de_sa_part = max(tard.get(cast("Cle", part), 0) for part in somme.parts)
            if (
                total not in tard
                and not compte_des_personnes(total.indicateur)
                and peut_bouger(de_sa_part - trouves[total].parties)
            ):
                tard[total] = de_sa_part
                if total not in attendus:
                    trouves[total] = trouves[total].partage(trouves[total].compte.exacte)


def _rapprocher(
    trouves: dict[Cle, Mouvement],
    attendus: Mapping[Cle, Decompte],
    limites: Mapping[Cle, tuple[float, float]],
) -> dict[Cle, Mouvement]:
    """Make what moves go only as far as holds together with what waits: twenty late visits here
    and three there are twenty more of both."""
    if all(_est_vrai(lien, trouves) for lien in _liens(trouves)):
        return trouves
    table = {cle: mouvement.montre for cle, mouvement in trouves.items()}
    tenues = attendus.keys() | {cle for cle, m in trouves.items() if not m.bouge}
    entre: dict[Cle, tuple[float, float]] = {}
    for cle in trouves.keys() - tenues:
        (bas, haut), (plus_bas, plus_haut) = trouves[cle].limites, limites.get(cle, SANS_BORNES)
        # Who was taken back since its parts were published is in the total still.
        total = cle._replace(axe="", code="")
        de_plus = attendus[total].exacte - trouves[total].compte.exacte if total in attendus else 0
        if trouves[cle].change > 0:
            haut += max(0, de_plus)
        else:
            bas += min(0, de_plus)
        entre[cle] = (max(0, bas, plus_bas), min(haut, plus_haut))
    ajustee = ajuster_entre(table, tenues, entre)
    if ajustee is None:
        return trouves
    return {cle: trouves[cle].partage(montre.exacte) for cle, montre in ajustee.items()}


def _tenir(trouves: dict[Cle, Mouvement]) -> dict[Cle, Mouvement]:
    """Make wait what would not hold together with what waits."""
    a_bouge = True
    while a_bouge:
        a_bouge = False
        for lien in _liens(trouves):
            bougent = [cle for cle in _cles(lien) if trouves[cle].bouge]
            if bougent and not _est_vrai(lien, trouves):
                trouves |= {cle: trouves[cle].en_attente() for cle in bougent}
                a_bouge = True
    return trouves


def _liens(trouves: Mapping[Cle, Mouvement]) -> list[Lien]:
    """What holds of what is shown: some links are there where a value is zero."""
    return relier({cle: mouvement.montre for cle, mouvement in trouves.items()})


def _cles(lien: Lien) -> list[Cle]:
    cles = (cast("Cle", cle) for _, termes in rangees(lien) for _, cle in termes)
    return list(dict.fromkeys(cles))


def _est_vrai(lien: Lien, trouves: Mapping[Cle, Mouvement]) -> bool:
    for exacte, termes in rangees(lien):
        reste = 0
        for signe, cle in termes:
            reste += signe * trouves[cast("Cle", cle)].montre.exacte
        if reste > 0 or (exacte and reste):
            return False
    return True
