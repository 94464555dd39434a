"""Random stays, absences and rounds: what the database tells of them, against a walk day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hebergement import services
from hebergement.models import Absence, ConstatPresence, Sejour
from tests.factories import PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db
JOUR = date(2023, 5, 1)
INSTANT = datetime(2023, 5, 1, 8, tzinfo=UTC)


def il_y_a(jours: int) -> date:
    return JOUR - timedelta(days=jours)


def peupler(hasard: Random) -> None:
    debuts = (None, 0, 5, 29, 30, 31, 60, -2)
    sites = [
        SiteFactory(presences_depuis=None if jours is None else il_y_a(jours))
        for jours in hasard.sample(debuts, 3)
    ]
    for _ in range(6):
        arrivee = il_y_a(hasard.randint(-1, 70))
        depart = hasard.choice([None, None, None, arrivee, JOUR, JOUR + timedelta(days=9)])
        if depart is not None and depart < arrivee:
            depart = None
        sejour = SejourFactory(
            place=PlaceFactory(site=hasard.choice(sites)), arrivee=arrivee, depart=depart
        )
        rouvert_le = hasard.choice([None] * 4 + [hasard.randint(0, 40)])
        if rouvert_le is not None:
            Sejour.objects.filter(pk=sejour.pk).update(rouvert_le=il_y_a(rouvert_le))
        absenter(hasard, sejour)
        ConstatPresence.objects.bulk_create(
            ConstatPresence(
                sejour=sejour,
                jour=il_y_a(hasard.choice([*range(9), 29, 30, 31, 45])),
                present=hasard.random() < 0.6,
                recu_le=INSTANT - timedelta(minutes=hasard.randint(0, 3)),
            )
            for _ in range(hasard.randint(0, 4))
        )


def absenter(hasard: Random, sejour: Sejour) -> None:
    """Up to three absences, one after the other; the last may still run."""
    debut = sejour.arrivee
    for _ in range(hasard.randint(0, 3)):
        debut += timedelta(days=hasard.randint(0, 25))
        if debut > JOUR or (sejour.depart is not None and debut > sejour.depart):
            return
        fin = hasard.choice([None, debut + timedelta(days=hasard.randint(0, 12))])
        Absence.objects.create(
            sejour=sejour, motif="CONGE", debut=debut, fin=fin,
            garde_jusqu_au=debut + timedelta(days=hasard.choice([0, 3, 10, 40])),
        )  # fmt: skip
        if fin is None:
            return
        debut = fin


def compter(sejour: Sejour) -> tuple[int, date] | None:
    """Days without a sign, and the departure that one would suppose; None where nobody looks."""
    depuis = sejour.place.site.presences_depuis
    en_cours = sejour.arrivee <= JOUR and (sejour.depart is None or sejour.depart > JOUR)
    if not en_cours or depuis is None or depuis > JOUR:
        return None
    derniers: dict[date, Any] = {}
    for constat in sorted(sejour.constats.all(), key=lambda c: (c.recu_le, c.pk)):
        derniers[constat.jour] = constat.present
    absences = list(sejour.absences.all())

    def dehors(jour: date) -> list[Absence]:
        return [a for a in absences if a.debut <= jour and (a.fin is None or jour < a.fin)]

    def est_un_signe(jour: date) -> bool:
        return (
            derniers.get(jour, False)
            or jour in {sejour.arrivee, depuis, sejour.rouvert_le}
            or any(a.fin == jour for a in absences)
            or any(jour <= a.garde_jusqu_au for a in dehors(JOUR))
        )

    jour = JOUR
    while not est_un_signe(jour):
        jour -= timedelta(days=1)
    departs = [sejour.arrivee, depuis]
    departs += [vu + timedelta(days=1) for vu, present in derniers.items() if present]
    departs += [a.fin for a in absences if a.fin is not None and a.fin <= JOUR]
    departs += [min(a.garde_jusqu_au, JOUR) for a in dehors(JOUR)]
    return (JOUR - jour).days, max(departs)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_what_is_told_of_whom_nobody_sees(graine: int) -> None:
    with time_machine.travel(INSTANT, tick=False), transaction.atomic():
        peupler(Random(graine))
        sejours = list(Sejour.objects.select_related("place__site"))
        comptes = {s.pk: compter(s) for s in sejours}
        lus: Any = Sejour.objects.avec_presence()
        assert {s.pk: s.jours_sans for s in lus} == {
            cle: compte and compte[0] for cle, compte in comptes.items()
        }
        for nom, du, au in (("A_DECIDER", 7, 10**6), ("ALERTE", 1, 6)):
            attendus = {
                s.pk for s in sejours
                if (compte := comptes[s.pk]) and du <= compte[0] <= au
                and (nom == "A_DECIDER" or compte[0] >= 3 or any(
                    a.fin is None or a.fin > JOUR for a in s.absences.all()
                ))
            }  # fmt: skip
            trouves = Sejour.objects.dans_l_etat(nom)
            assert set(trouves.values_list("pk", flat=True)) == attendus
        attendus_clos = {cle: c[1] for cle, c in comptes.items() if c and c[0] >= 30}
        assert services.clore_les_perdus_de_vue() == len(attendus_clos)
        clos = Sejour.objects.filter(cloture_automatique=True)
        assert dict(clos.values_list("pk", "depart")) == attendus_clos
        transaction.set_rollback(True)
