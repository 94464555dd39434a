"""What every generator uses: its own random stream, names of rows, instants, bulk loading."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

from django.db import connection, models

from commun.horloge import PARIS, jour_paris
from socle.enums import TrancheAge

Ligne = dict[str, Any]
SEMAINES_RECENTES = 8
ANNEES = (2022, 2023)
# Before it, the last eight weeks would meet the years whose figures are fixed.
PREMIER_PRESENT = date(2024, 3, 4)


class Hasard(Random):
    """A stream of its own for each part: drawing more in one changes nothing in another."""

    def __init__(self, graine: int, partie: str) -> None:
        super().__init__(f"{graine}/{partie}")

    def identifiant(self, instant: datetime) -> uuid.UUID:
        """A uuid of version 7 dated `instant`, made of this stream."""
        millisecondes = int(instant.timestamp() * 1000)
        return uuid.UUID(
            int=millisecondes << 80
            | 0x7 << 76
            | self.getrandbits(12) << 64
            | 0b10 << 62
            | self.getrandbits(62)
        )

    def un_sur(self, poids: Mapping[Any, float]) -> Any:
        """One key, as likely as its weight."""
        return self.choices(list(poids), list(poids.values()))[0]


@dataclass
class Monde:
    """What the parts share. Rows wait here, by model, and are loaded together at the end."""

    graine: int
    instant: datetime
    echelle: float
    lignes: defaultdict[type[models.Model], list[Ligne]] = field(
        default_factory=lambda: defaultdict(list)
    )
    organismes: dict[str, Ligne] = field(default_factory=dict)
    structures: dict[str, Ligne] = field(default_factory=dict)
    comptes: dict[str, Ligne] = field(default_factory=dict)
    # The visitors of the espace de repos, by part: one for each year, and the last eight weeks.
    visiteurs: dict[str, list[Ligne]] = field(default_factory=dict)
    inconnus_de_l_accueil: list[Ligne] = field(default_factory=list)
    # People of the hotels whom no reception and no round ever meets.
    discrets: list[Ligne] = field(default_factory=list)
    # Who came to the espace de repos on a day, and every arrival of a person at a structure.
    venus_le: defaultdict[date, list[Ligne]] = field(default_factory=lambda: defaultdict(list))
    arrivees: defaultdict[tuple[uuid.UUID, uuid.UUID], list[datetime]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # Orientations to an Assore structure that may end in a stay.
    attendus: list[Ligne] = field(default_factory=list)

    @property
    def aujourd_hui(self) -> date:
        return jour_paris(self.instant)

    def arrivees_de(self, personne: Ligne | None, structure: Ligne) -> list[datetime]:
        """When someone came to a structure; nobody knows it of a stranger."""
        if personne is None:
            return []
        return self.arrivees.get((personne["uuid"], structure["uuid"]), [])

    def a_l_echelle(self, nombre: int) -> int:
        return max(1, round(nombre * self.echelle))

    def ajouter(self, modele: type[models.Model], **champs: Any) -> Ligne:
        self.lignes[modele].append(champs)
        return champs

    def parties(self) -> dict[str, list[date]]:
        """The days that are filled: whole years, then the last weeks, today included."""
        debut = self.aujourd_hui - timedelta(weeks=SEMAINES_RECENTES)
        parties = {str(a): jours(date(a, 1, 1), date(a + 1, 1, 1)) for a in ANNEES}
        return parties | {"recent": jours(debut, self.aujourd_hui + timedelta(days=1))}


def jours(debut: date, fin: date) -> list[date]:
    """The days of `[debut, fin)`."""
    return [debut + timedelta(days=n) for n in range((fin - debut).days)]


@cache
def a_paris(jour: date, heure: int, minute: int = 0) -> datetime:
    """An hour of the wall clock in Paris, as an instant."""
    return datetime.combine(jour, time(heure, minute), PARIS).astimezone(UTC)


def tranche_d_age(naissance: int, jour: date) -> TrancheAge:
    """How old someone born that year looks to the workers who meet them."""
    age = jour.year - naissance
    bornes = zip((18, 25, 35, 45, 60), TrancheAge, strict=False)
    return next((tranche for borne, tranche in bornes if age < borne), TrancheAge.DE_60_ET_PLUS)


def repartir(total: int, poids: Sequence[float]) -> list[int]:
    """Share `total` out by weight, to the unit (largest remainders)."""
    somme = sum(poids)
    exacts = [total * p / somme for p in poids]
    parts = [int(e) for e in exacts]
    restes = sorted(range(len(poids)), key=lambda i: parts[i] - exacts[i])
    for i in restes[: total - sum(parts)]:
        parts[i] += 1
    return parts


def horodater(instant: datetime, recu_le: datetime | None = None) -> Ligne:
    """The three times of an event and its row's dates; received at once unless told otherwise."""
    recu = recu_le or instant
    return {
        "saisi_le": instant,
        "survenu_le": instant,
        "recu_le": recu,
        "cree_le": recu,
        "modifie_le": recu,
    }


def copier(modele: type[models.Model], lignes: Sequence[Ligne]) -> None:
    """Load rows by COPY: the constraints and triggers of the table all apply."""
    if not lignes:
        return
    champs = [
        c
        for c in modele._meta.concrete_fields
        if not c.generated and not (isinstance(c, models.AutoField) and c.attname not in lignes[0])
    ]
    defauts: Ligne = {c.attname: c.get_default() for c in champs}
    noms = [c.attname for c in champs]
    colonnes = ", ".join(f'"{c.column}"' for c in champs)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{modele._meta.db_table}" ({colonnes}) FROM STDIN') as copie,
    ):
        for ligne in lignes:
            complete = defauts | ligne
            copie.write_row([complete.get(nom) for nom in noms])
