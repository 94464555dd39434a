"""What is sent after midnight is sent after midnight in Paris, once a day, whatever the night."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery.beat import Scheduler
from celery.schedules import crontab

from commun.horloge import PARIS, jour_paris
from config.celery import app

QUOTIDIENNES = sorted(
    nom
    for nom, tache in app.conf.beat_schedule.items()
    if isinstance(tache["schedule"], crontab) and len(tache["schedule"].hour) == 1
)


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


def test_there_are_daily_tasks() -> None:
    assert {"calculer-la-nuit", "echoir-les-orientations"} <= set(QUOTIDIENNES)
    assert str(app.timezone) == "Europe/Paris"


@pytest.mark.parametrize("nom", QUOTIDIENNES)
@pytest.mark.parametrize(
    "nuit", [date(2026, 3, 29), date(2026, 10, 25), date(2025, 12, 31), date(2024, 2, 29)]
)
def test_once_a_day_of_paris(nom: str, nuit: date) -> None:
    horaire = app.conf.beat_schedule[nom]["schedule"]
    debut = datetime.combine(nuit - timedelta(days=1), datetime.min.time(), PARIS)
    fin = datetime.combine(nuit + timedelta(days=2), datetime.min.time(), PARIS)
    partis = envois(nom, debut.astimezone(UTC), fin.astimezone(UTC))
    jours = [nuit + timedelta(days=n) for n in (-1, 0, 1)]
    assert [jour_paris(instant) for instant in partis] == jours
    voulue = (min(horaire.hour), min(horaire.minute))
    for instant in partis:
        sur_le_mur = instant.astimezone(PARIS)
        assert (sur_le_mur.hour, sur_le_mur.minute) == voulue


def test_nothing_is_planned_in_the_hour_that_a_night_leaves_out_or_has_twice() -> None:
    for nom in QUOTIDIENNES:
        assert 2 not in app.conf.beat_schedule[nom]["schedule"].hour, nom
