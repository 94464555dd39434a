"""What is due after midnight is sent after midnight in Paris, whatever the night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from celery.beat import Scheduler
from celery.schedules import crontab

from commun.horloge import PARIS, jour_paris
from config.celery import app

HORAIRES = {
    nom: tache["schedule"]
    for nom, tache in app.conf.beat_schedule.items()
    if isinstance(tache["schedule"], crontab)
}
QUOTIDIENNES = {nom for nom, horaire in HORAIRES.items() if len(horaire.hour) == 1}


def envois(nom: str, debut: datetime, fin: datetime) -> list[datetime]:
    """When beat sends a task, asked every five minutes from one instant to the other."""
    partis = []
    with time_machine.travel(debut, tick=False) as voyage:
        planificateur = Scheduler(app=app, lazy=True)
        planificateur.setup_schedule()
        entree: Any = planificateur.schedule[nom]
        entree.last_run_at = debut
        instant = debut
        while instant < fin:
            voyage.move_to(instant, tick=False)
            if entree.is_due().is_due:
                partis.append(instant)
                entree = entree._next_instance(last_run_at=instant)
            instant += timedelta(minutes=5)
    return partis


def test_what_is_due_once_a_day_is_asked_for_every_hour() -> None:
    """The sweep of every minute stands in for the night; nothing stands in for the others."""
    assert {"calculer-la-nuit"} == QUOTIDIENNES
    assert set(HORAIRES) - QUOTIDIENNES == {
        "clore-les-perdus-de-vue", "controler-les-faits", "controler-l-occupation",
        "echoir-les-orientations",
        "preparer-les-publications", "purger-les-consultations",
        "montrer-les-operations-qui-attendent-trop",
    }  # fmt: skip
    assert str(app.timezone) == "Europe/Paris"


@pytest.mark.parametrize("nom", HORAIRES)
@pytest.mark.parametrize(
    "nuit", [date(2026, 3, 29), date(2026, 10, 25), date(2025, 12, 31), date(2024, 2, 29)]
)
def test_each_day_of_paris(nom: str, nuit: date) -> None:
    horaire = HORAIRES[nom]
    debut = datetime.combine(nuit - timedelta(days=1), datetime.min.time(), PARIS)
    fin = datetime.combine(nuit + timedelta(days=2), datetime.min.time(), PARIS)
    partis = envois(nom, debut.astimezone(UTC), fin.astimezone(UTC))
    jours = [nuit + timedelta(days=n) for n in (-1, 0, 1)]
    assert list(dict.fromkeys(jour_paris(instant) for instant in partis)) == jours
    for jour in jours:
        du_jour = [i.astimezone(PARIS) for i in partis if jour_paris(i) == jour]
        assert {(i.hour, i.minute) for i in du_jour} <= {
            (heure, minute) for heure in horaire.hour for minute in horaire.minute
        }
        premier = du_jour[0]
        assert (premier.hour, premier.minute) == (min(horaire.hour), min(horaire.minute))
        if nom in QUOTIDIENNES:
            assert len(du_jour) == 1
            continue
        # Until the next day, never more than an hour without: on the wall or in truth.
        assert du_jour[-1] > datetime.combine(jour, time(23), PARIS)
        for avant, apres in pairwise(du_jour):
            vraie = apres.astimezone(UTC) - avant.astimezone(UTC)
            assert min(apres - avant, vraie) <= timedelta(hours=1)


def test_nothing_is_planned_once_in_the_hour_that_a_night_leaves_out_or_has_twice() -> None:
    for nom in QUOTIDIENNES:
        assert 2 not in HORAIRES[nom].hour, nom


def test_what_was_marked_is_taken_up_within_minutes() -> None:
    """Until then it is looked up row by row, or not at all."""
    secondes = {
        nom: tache["schedule"]
        for nom, tache in app.conf.beat_schedule.items()
        if nom not in HORAIRES
    }
    assert secondes == {
        "actualiser-les-faits": 300, "balayer-les-nuits-marquees": 60,
        "balayer-les-orientations": 60, "expirer-les-propositions": 60,
        "reprendre-les-operations-qui-attendent": 300,
    }  # fmt: skip
