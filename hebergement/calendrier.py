"""A site's places, night by night: who is there, what is held, closed or free, and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from commun.horloge import aujourd_hui
from hebergement.enums import EtatPlace, Nature
from hebergement.models import Absence, Fermeture, Place, Sejour, Site
from hebergement.querysets import CHAINE


@dataclass(frozen=True)
class Etat:
    """What a place is in a night, by the same rules as `PlaceQuerySet.avec_etat`.

    Args:
        sejour: the stay, or the hold, that takes it.
        fermeture: what closes it; beside a stay, the night is an anomaly.
        absence: why who has it sleeps elsewhere.
        a_venir: tonight or later: told by what is planned, nothing has been counted yet.
    """

    etat: EtatPlace
    sejour: Any = None
    fermeture: UUID | None = None
    absence: str = ""
    a_venir: bool = False

    @property
    def anomalie(self) -> bool:
        return self.etat == EtatPlace.OCCUPEE and self.fermeture is not None


@dataclass(frozen=True)
class Troncon:
    """Nights `[du, au)` in which nothing changes for a place."""

    etat: Etat
    du: date
    au: date

    @property
    def nuits(self) -> int:
        return (self.au - self.du).days

    @property
    def derniere(self) -> date:
        return self.au - timedelta(days=1)


@dataclass(frozen=True)
class Rangee:
    place: Place
    troncons: Sequence[Troncon]


def calendrier(site: Site, du: date, au: date) -> list[Rangee]:
    """Each place of a site over the nights `[du, au)`, in as many queries whatever there is."""
    places = list(Place.objects.filter(site=site).select_related("chambre").order_by("libelle"))
    siens = {"place__site": site}
    sejours = list(
        Sejour.objects.filter(arrivee__lt=au, **siens)
        .exclude(depart__lte=du)
        .select_related("proposition")
        .annotate(chaine=CHAINE)
        .order_by()
    )
    fermetures = Fermeture.objects.filter(debut__lt=au, **siens).exclude(fin__lte=du)
    chaines = {sejour.chaine for sejour in sejours}
    absences = Absence.objects.filter(debut__lt=au, chaine__in=chaines).exclude(fin__lte=du)
    par_place: defaultdict[UUID, list[tuple[date, date | None, Peinture]]] = defaultdict(list)
    # Painted one over the other: what is true in spite of the others comes last.
    for place in places:
        par_place[place.pk].append((place.ouverte_le, place.fermee_le, _ouvrir))
    for fermeture in fermetures.order_by("debut", "pk"):
        par_place[fermeture.place_id].append((fermeture.debut, fermeture.fin, _fermer(fermeture)))
    for sejour in sejours:
        par_place[sejour.place_id].append((sejour.arrivee, sejour.depart, _prendre(sejour)))
    ou = {(sejour.chaine, sejour.place_id) for sejour in sejours}
    for absence in absences.order_by():
        for place_id in [place_id for chaine, place_id in ou if chaine == absence.chaine]:
            par_place[place_id].append((absence.debut, absence.fin, _absenter(absence)))
    return [Rangee(place, _troncons(par_place[place.pk], du, au)) for place in places]


Peinture = Callable[[Etat], Etat]


def _ouvrir(etat: Etat) -> Etat:
    return replace(etat, etat=EtatPlace.LIBRE)


def _fermer(fermeture: Fermeture) -> Peinture:
    def peindre(etat: Etat) -> Etat:
        # A place that is not open has nothing to be closed.
        if etat.etat == EtatPlace.HORS_OUVERTURE:
            return etat
        return replace(etat, etat=EtatPlace.FERMEE, fermeture=fermeture.pk)

    return peindre


def _prendre(sejour: Sejour) -> Peinture:
    la = EtatPlace.OCCUPEE if sejour.nature == Nature.SEJOUR else EtatPlace.RETENUE
    return lambda etat: replace(etat, etat=la, sejour=sejour)


def _absenter(absence: Absence) -> Peinture:
    def peindre(etat: Etat) -> Etat:
        la = etat.sejour is not None and etat.sejour.chaine == absence.chaine
        return replace(etat, absence=absence.motif) if la else etat

    return peindre


def _troncons(
    peintures: Sequence[tuple[date, date | None, Peinture]], du: date, au: date
) -> list[Troncon]:
    soir, total = aujourd_hui(), (au - du).days
    nuits = [
        Etat(EtatPlace.HORS_OUVERTURE, a_venir=du + timedelta(days=rang) >= soir)
        for rang in range(total)
    ]
    for debut, fin, peindre in peintures:
        jusqu_a = total if fin is None else min((fin - du).days, total)
        for rang in range(max((debut - du).days, 0), jusqu_a):
            nuits[rang] = peindre(nuits[rang])
    trouves, rang = [], 0
    for etat, memes in groupby(nuits):
        combien = sum(1 for _ in memes)
        debut = du + timedelta(days=rang)
        trouves.append(Troncon(etat, debut, debut + timedelta(days=combien)))
        rang += combien
    return trouves
