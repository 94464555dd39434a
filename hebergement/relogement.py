"""Who goes where when places close: as many as possible, then what they need, then what is near.

Plain data in, plain data out. Of all plans it takes one that, in this order,

1. leaves the fewest without a place, those who share a room being kept together in one,
2. leaves the fewest needs unmet,
3. takes the fewest places that another organisme's allotment still has to fill,
4. sends the fewest far away.

Who goes alone is matched exactly (`hebergement.appariement`).

Rooms first: of all that could be shared, as many as possible are taken by those who go together, so
that nobody is lost by it (a room freed is two places, and takes two persons at most). Which rooms
is then exchanged one for one as long as that serves somebody more, `ESSAIS` times at most: to find
the best set of rooms is NP-hard (makespan of jobs of lengths 1 and 2 on restricted machines), and
exchanges found it in each of the small worlds that were searched exhaustively.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from hebergement.appariement import Appariement, Ligne, apparier, toutes
from hebergement.enums import Besoin, RaisonSansPlace

ESSAIS = 100


@dataclass(frozen=True)
class Partant:
    """Somebody whose place closes, for the nights `[debut, fin)`.

    Args:
        besoins: what they asked for.
        a_reservee: whether a place that is reserved for women may be theirs.
        organisme: whose allotment they are of.
        ensemble: those who are of one, and are several, go to one room.
    """

    cle: Any
    debut: date
    fin: date | None
    type: str
    besoins: frozenset[Besoin] = frozenset()
    a_reservee: bool = False
    organisme: Hashable = None
    ensemble: Hashable = None


@dataclass(frozen=True)
class Accueil:
    """A place that somebody could go to.

    Args:
        libre: when it is free, nights `[du, au)`.
        offre: what of needs it meets.
        garde_pour: the organisme whose allotment it still has to fill.
        proche: whether it is near, or of the same organisme as the site that closes.
    """

    cle: Any
    type: str
    libre: tuple[tuple[date, date | None], ...]
    offre: frozenset[Besoin] = frozenset()
    chambre: Hashable = None
    garde_pour: Hashable = None
    proche: bool = False


@dataclass(frozen=True)
class Issue:
    """Where somebody goes, and what is missing there; or why nowhere."""

    place: Any = None
    alertes: tuple[Besoin, ...] = ()
    raison: RaisonSansPlace | None = None


# --- Who may go where ---------------------------------------------------------------------------


def assez_longtemps(partant: Partant, accueil: Accueil) -> bool:
    """Whether the place is free all the nights; a stay of one day asks for that night."""
    fin = partant.fin
    if fin is not None and fin <= partant.debut:
        fin = partant.debut + timedelta(days=1)
    return any(
        du <= partant.debut and (au is None or (fin is not None and fin <= au))
        for du, au in accueil.libre
    )


def peut_aller(partant: Partant, accueil: Accueil) -> bool:
    reservee = Besoin.RESERVEE_FEMMES in accueil.offre
    return (
        partant.type == accueil.type
        and (partant.a_reservee or not reservee)
        and assez_longtemps(partant, accueil)
    )


def manques(partant: Partant, accueil: Accueil) -> tuple[Besoin, ...]:
    """What the place lacks for them: a warning each."""
    trouves = sorted(partant.besoins - accueil.offre)
    if accueil.garde_pour not in {None, partant.organisme}:
        trouves.append(Besoin.CONTINGENT)
    return tuple(trouves)


def cout(partant: Partant, accueil: Accueil, base: int) -> int:
    """Unmet needs, then allotments of others, then distance, as digits in this base."""
    gardee = accueil.garde_pour not in {None, partant.organisme}
    besoins = len(partant.besoins - accueil.offre)
    return (besoins * base + gardee) * base + (not accueil.proche)


def lignes_de(partants: Sequence[Partant], accueils: Sequence[Accueil]) -> list[Ligne]:
    """What each may have; those who are alike share one row, and so do places."""
    base = 8 * (len(partants) + 1)  # more than all could ever cost in one digit
    pareils: defaultdict[Accueil, int] = defaultdict(int)
    for rang, a in enumerate(accueils):
        pareils[replace(a, cle=None, chambre=None)] |= 1 << rang
    communes: dict[Partant, Ligne] = {}
    lignes = []
    for p in partants:
        sans_nom = replace(p, cle=None, ensemble=None)
        if sans_nom not in communes:
            ligne = communes[sans_nom] = {}
            for a, masque in pareils.items():
                if peut_aller(p, a):
                    prix = cout(p, a, base)
                    ligne[prix] = ligne.get(prix, 0) | masque
        lignes.append(communes[sans_nom])
    return lignes


# --- Those who go together ----------------------------------------------------------------------


class Chambree:
    """Groups of one size, and the parts of rooms that could take one.

    Args:
        groupes: the ranks of the persons of each.
        parts: the ranks of the places of each.
        lignes: what each person may have.
    """

    def __init__(
        self,
        groupes: Sequence[tuple[int, ...]],
        parts: Sequence[tuple[int, ...]],
        lignes: Sequence[Ligne],
    ) -> None:
        self.groupes, self.parts, self.lignes = groupes, parts, lignes
        communes: dict[tuple[int, ...], Ligne] = {}
        self.couts = []
        for groupe in groupes:
            pareils = tuple(id(lignes[u]) for u in groupe)
            if pareils not in communes:
                communes[pareils] = self._ligne(groupe)
            self.couts.append(communes[pareils])
        self.choix = apparier(self.couts, len(parts))

    def _prix(self, u: int, v: int) -> int | None:
        return next((prix for prix, masque in self.lignes[u].items() if masque >> v & 1), None)

    def _ligne(self, groupe: tuple[int, ...]) -> Ligne:
        couts: Ligne = {}
        for rang, part in enumerate(self.parts):
            dedans = self.repartir(groupe, part)
            if dedans is not None:
                prix = sum(self._prix(u, v) or 0 for u, v in dedans)
                couts[prix] = couts.get(prix, 0) | 1 << rang
        return couts

    def repartir(
        self, groupe: tuple[int, ...], part: tuple[int, ...]
    ) -> list[tuple[int, int]] | None:
        """Which place of it each of the group has; None where it does not take them all."""
        dedans = []
        for u in groupe:
            ligne: Ligne = {}
            for rang, v in enumerate(part):
                if (prix := self._prix(u, v)) is not None:
                    ligne[prix] = ligne.get(prix, 0) | 1 << rang
            if not ligne:
                return None
            dedans.append(ligne)
        rangs = apparier(dedans, len(part))
        if None in rangs:
            return None
        return [(u, part[r]) for u, r in zip(groupe, rangs, strict=True) if r is not None]

    def prises(self) -> int:
        """The places of the parts that are taken."""
        masque = 0
        for rang in self.choix:
            if rang is not None:
                for v in self.parts[rang]:
                    masque |= 1 << v
        return masque

    def sans(self, part: int, avec: int) -> list[int | None] | None:
        """The groups of those parts that are taken, one of them exchanged for another; None where
        somebody would be left."""
        permises = 1 << avec
        for rang in self.choix:
            if rang is not None and rang != part:
                permises |= 1 << rang
        couts = [
            {prix: m for prix, masque in ligne.items() if (m := masque & permises)}
            for ligne in self.couts
        ]
        autre = apparier(couts, len(self.parts))
        return autre if autre.count(None) == self.choix.count(None) else None


def _echanger(chambree: Chambree, seuls: Sequence[int], prises: int) -> None:
    """Let groups take other rooms as long as that serves one more of those who go alone."""
    masques = toutes([chambree.lignes[u] for u in seuls])
    places = max((m.bit_length() for m in masques), default=0)

    def servis(sans: int) -> tuple[int, set[int]]:
        lignes = [m & ~sans for m in masques]
        essai = Appariement([{0: m} for m in lignes], places)
        while essai.augmenter(lignes):
            pass
        return len(lignes) - essai.de_ligne.count(None), {
            u for u, v in enumerate(essai.de_ligne) if v is None
        }

    combien, laisses = servis(prises | chambree.prises())
    essais = 0
    encore = True
    while encore and laisses:
        encore = False
        pris = [rang for rang in chambree.choix if rang is not None]
        libres = [r for r in range(len(chambree.parts)) if r not in set(pris)]
        for part in pris:
            for autre in libres:
                essais += 1
                if essais > ESSAIS:
                    return
                choix = chambree.sans(part, autre)
                if choix is None:
                    continue
                avant, chambree.choix = chambree.choix, choix
                mieux, restent = servis(prises | chambree.prises())
                if mieux > combien:
                    combien, laisses, encore = mieux, restent, True
                    break
                chambree.choix = avant
            if encore:
                break


def _parts(accueils: Sequence[Accueil], taille: int, prises: int) -> list[tuple[int, ...]]:
    """Rooms cut in parts of so many free places, those that are alike side by side."""
    chambres: defaultdict[Hashable, list[int]] = defaultdict(list)
    for rang, accueil in enumerate(accueils):
        if accueil.chambre is not None and not prises >> rang & 1:
            chambres[accueil.chambre].append(rang)
    parts = []
    for rangs in chambres.values():
        rangs.sort(key=lambda r: (sorted(accueils[r].offre), str(accueils[r].libre), r))
        parts += [tuple(rangs[n : n + taille]) for n in range(0, len(rangs) - taille + 1, taille)]
    return parts


# --- The plan -----------------------------------------------------------------------------------


def reloger(partants: Sequence[Partant], accueils: Sequence[Accueil]) -> list[Issue]:
    """Where each goes, in their order; the same rows in the same order give the same plan."""
    lignes = lignes_de(partants, accueils)
    groupes: defaultdict[Hashable, list[int]] = defaultdict(list)
    for rang, partant in enumerate(partants):
        groupes[(rang,) if partant.ensemble is None else ("ensemble", partant.ensemble)].append(
            rang
        )
    par_taille: defaultdict[int, list[tuple[int, ...]]] = defaultdict(list)
    for rangs in groupes.values():
        par_taille[len(rangs)].append(tuple(rangs))
    seuls = [u for (u,) in par_taille.pop(1, [])]
    places: dict[int, int] = {}
    prises = 0
    for taille in sorted(par_taille, reverse=True):
        ensemble = Chambree(par_taille[taille], _parts(accueils, taille, prises), lignes)
        _echanger(ensemble, seuls, prises)
        for groupe, part in zip(ensemble.groupes, ensemble.choix, strict=True):
            if part is not None:
                places.update(ensemble.repartir(groupe, ensemble.parts[part]) or ())
        prises |= ensemble.prises()

    @cache
    def sans_les_prises(cle: int, u: int) -> Ligne:
        return {prix: m for prix, masque in lignes[u].items() if (m := masque & ~prises)}

    premiers: dict[int, int] = {}
    for u in seuls:
        premiers.setdefault(id(lignes[u]), u)
    restantes = [sans_les_prises(id(lignes[u]), premiers[id(lignes[u])]) for u in seuls]
    choix = zip(seuls, apparier(restantes, len(accueils)), strict=True)
    places |= {u: v for u, v in choix if v is not None}
    return [
        Issue(accueils[v].cle, manques(partant, accueils[v]))
        if (v := places.get(u)) is not None
        else Issue(raison=_raison(partant, accueils, bool(lignes[u]), partant.ensemble is not None))
        for u, partant in enumerate(partants)
    ]


def _raison(
    partant: Partant, accueils: Sequence[Accueil], il_y_en_a: bool, ensemble: bool
) -> RaisonSansPlace:
    """Why there is none for them."""
    if il_y_en_a:
        return RaisonSansPlace.PAS_DE_CHAMBRE if ensemble else RaisonSansPlace.PRISES
    du_type = [a for a in accueils if a.type == partant.type]
    if not du_type:
        return RaisonSansPlace.AUCUNE_DE_CE_TYPE
    if not any(assez_longtemps(partant, a) for a in du_type):
        return RaisonSansPlace.PAS_ASSEZ_LONGTEMPS
    return RaisonSansPlace.RESERVEES
