"""The chain from the street to a room once more, person by person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from commun.horloge import aujourd_hui
from coordination.models import Orientation
from hebergement.models import Sejour

PARIS = ZoneInfo("Europe/Paris")


class Compte(NamedTuple):
    nombre: int
    parmi: int
    delai: float | None = None
    attendent: int = 0


def date_de(instant: datetime) -> date:
    return instant.astimezone(PARIS).date()


def suivre(rencontres: Iterable[tuple[Any, datetime]]) -> dict[str, Compte]:
    """Each step of the persons who were met, at these instants."""
    vues: dict[Any, datetime] = {}
    for cle, instant in rencontres:
        vues[cle] = min(vues.get(cle, instant), instant)
    delais: list[int] = []
    voyages: list[int] = []
    arrivees = attendent = 0
    chambres: list[tuple[date, Sejour]] = []
    for cle, premiere_fois in vues.items():
        siennes = [
            o for o in Orientation.objects.filter(personne=cle)
            if o.statut != "ANNULEE" and o.survenu_le >= premiere_fois
        ]  # fmt: skip
        if siennes:
            premiere = min(o.survenu_le for o in siennes)
            delais.append((date_de(premiere) - date_de(premiere_fois)).days)
        venues = []
        for o in siennes:
            if o.arrivee_contact is not None:
                venues.append((date_de(o.arrivee_contact.survenu_le), o.survenu_le))
            elif o.arrivee_sejour is not None:
                venues.append((o.arrivee_sejour.arrivee, o.survenu_le))
        if venues:
            arrivees += 1
            jour, orientee = min(venues)
            voyages.append((jour - date_de(orientee)).days)
        elif any(o.statut == "EN_COURS" for o in siennes):
            attendent += 1
        sejours = [o.arrivee_sejour for o in siennes if o.arrivee_sejour is not None]
        if sejours:
            premier = min(sejours, key=lambda s: s.arrivee)
            chambres.append((premier.arrivee, premier))
    return {
        "rencontrees": Compte(len(vues), len(vues)),
        "orientees": Compte(len(delais), len(vues), median(delais) if delais else None),
        "arrivees": Compte(
            arrivees, len(delais), median(voyages) if voyages else None, attendent
        ),
        "hebergees": Compte(len(chambres), arrivees),
        **{f"presentes_{jours}": presentes(chambres, jours) for jours in (7, 30, 90)},
    }  # fmt: skip


def presentes(chambres: list[tuple[date, Sejour]], jours: int) -> Compte:
    encore = attente = 0
    for arrivee, sejour in chambres:
        nuit = arrivee + timedelta(days=jours)
        if nuit >= aujourd_hui():
            attente += 1
            continue
        dernier = sejour
        while suite := Sejour.objects.filter(suite_de=dernier).first():
            dernier = suite
        encore += dernier.depart is None or dernier.depart > nuit
    return Compte(encore, len(chambres), None, attente)
