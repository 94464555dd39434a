"""What runs in the background: one at a time, and again where the database gave it up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import connection, transaction

from coordination.services import rapprocher_marques
from hebergement import occupation
from hebergement.models import ControleOccupation
from hebergement.occupation import recalculer_marques, recalculer_tout
from hebergement.services import proposer
from indicateurs import faits
from tests.concurrence import Fil, attendre_bloques, panne
from tests.factories import (
    DemandeHebergementFactory,
    OperationFactory,
    PlaceFactory,
    SejourFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
# Of each task, a statement that it runs whatever there is to do.
GESTES = {
    "hebergement.tasks.recalculer_marques": ("INSERT", "hebergement_occupationnuit"),
    "hebergement.tasks.calculer_nuits": ("INSERT", "hebergement_occupationnuit"),
    "hebergement.tasks.controler_occupation": ("INSERT", "hebergement_controleoccupation"),
    "hebergement.tasks.expirer_les_propositions": ("UPDATE", "hebergement_proposition"),
    "hebergement.tasks.clore_les_perdus_de_vue": ("UPDATE", "hebergement_sejour"),
    "coordination.tasks.rapprocher_marques": ("DELETE", "coordination_marquepaire"),
    "coordination.tasks.echoir_orientations": ("INSERT", "coordination_marquepaire"),
    "indicateurs.tasks.preparer_ce_qui_est_du": ("INSERT", "indicateurs_publication"),
    "indicateurs.tasks.actualiser_les_faits": ("DELETE", "indicateurs_jourmarque"),
    "indicateurs.tasks.controler_les_faits": ("DELETE", "indicateurs_jourmarque"),
    "indicateurs.tasks.purger_les_consultations": ("DELETE", "indicateurs_consultation"),
    "synchro.tasks.reprendre_ce_qui_attend": ("UPDATE", "synchro_operation"),
    "synchro.tasks.montrer_ce_qui_attend_trop": ("UPDATE", "synchro_operation"),
}


def une_proposition_depassee() -> None:
    with time_machine.travel(datetime(2024, 3, 1, 11, tzinfo=UTC), tick=False):
        proposer(demande=DemandeHebergementFactory(), place=PlaceFactory(), auteur=None)


@pytest.fixture
def taches() -> dict[str, Any]:
    current_app.loader.import_default_modules()
    return {nom: t for nom, t in current_app.tasks.items() if not nom.startswith("celery.")}


def test_every_task_is_here(taches: dict[str, Any]) -> None:
    assert set(taches) == set(GESTES)


@pytest.mark.parametrize("nom", GESTES)
def test_what_the_database_gave_up_is_done_again(taches: dict[str, Any], nom: str) -> None:
    geste, table = GESTES[nom]
    # On a day on which each has something to do.
    milieu_du_mois = time_machine.travel(datetime(2024, 3, 15, 11, tzinfo=UTC), tick=False)
    with milieu_du_mois, panne(table, "40P01", 1, geste):
        if table == "hebergement_proposition":
            une_proposition_depassee()
        if table == "synchro_operation":
            OperationFactory(statut="EN_ATTENTE", recu_le=datetime(2024, 3, 1, tzinfo=UTC))
        if table == "hebergement_sejour":
            SejourFactory(place__site__presences_depuis=date(2023, 1, 1))
        taches[nom].apply()
        with connection.cursor() as cursor:
            cursor.execute("SELECT last_value FROM essai_pannes")
            assert cursor.fetchone()[0] > 1


@pytest.mark.parametrize(
    "faire",
    [recalculer_marques, recalculer_tout, rapprocher_marques, faits.actualiser, faits.refaire],
)
def test_two_at_once_come_one_after_the_other(faire: Callable[[], Any]) -> None:
    """An older outcome would be written over a newer one."""
    with transaction.atomic():
        faire()
        fil = Fil(faire)
        attendre_bloques(1)
    fil.resultat()


def test_the_check_of_the_day_is_made_once() -> None:
    """By one of those who ask at the same moment, all of whom have seen that there is none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [occupation.VERROU])
        fils = [Fil(occupation.controler_du_jour) for _ in range(3)]
        attendre_bloques(3)
    assert sum(fil.resultat() is not None for fil in fils) == 1
    assert ControleOccupation.objects.count() == 1
