"""Each role against the whole API, with requests that nobody thought of.

`make test` plays one round, always from the same seed. `make fuzz` goes on for ten minutes from
another seed each time; the one that each account prints plays the same requests again:
`make fuzz ARGS="--randomly-seed=…"`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from django.db import connection

from socle.enums import Role
from tests.fuzz import monde
from tests.fuzz.campagne import Campagne
from tests.fuzz.generation import resoudre
from tests.fuzz.invariants import verifier_tout
from tests.fuzz.monde import EQUIPES, ROLES
from tests.test_acces import COLONNES, LUES
from tests.test_acces import SANS_JETON as OUVERTES_A_TOUS

GRAINE = 20231114
MINUTES = float(os.environ.get("FUZZ_MINUTES", 0))
# Those who write take most of the time: shares of the two processes of a run.
PARTS = {Role.INTERVENANT: 0.35, Role.SOIGNANT: 0.35, Role.COORDINATEUR: 0.7}


@pytest.fixture(autouse=True)
def _journal_des_erreurs_seules() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _publications_effacees(transactional_db: None) -> Iterator[None]:
    """What was signed is never taken away, not even by who empties the tables after a test."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica;"
            "DELETE FROM indicateurs_chiffre; DELETE FROM indicateurs_publication;"
            "SET session_replication_role = origin"
        )


# What takes a code that serves once, or the outbox of a device: nobody draws these by chance.
D_UN_APPAREIL = {"synchro-enrolement", "synchro-secours"}


def autorisees(campagne: Campagne) -> set[str]:
    """The operations that succeed for this role with one record or another, by the matrix."""
    labels = set()
    for label, operation in campagne.operations.items():
        nom = resoudre(operation.path).url_name
        statuts = LUES.get((nom, operation.method.lower()), ())
        permise = any(
            statut < 300
            for (role, organisme), statut in zip(COLONNES.values(), statuts, strict=bool(statuts))
            if role == campagne.role and organisme != "aucun"
        )
        if (permise or nom in OUVERTES_A_TOUS) and nom not in D_UN_APPAREIL:
            labels.add(label)
    return labels


@pytest.mark.timeout(0 if MINUTES else 240)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "SANS_JETON")
def test_nothing_breaks_and_nothing_is_told(role: str, pytestconfig: pytest.Config) -> None:
    graine = pytestconfig.getoption("randomly_seed", GRAINE) if MINUTES else GRAINE
    campagne = Campagne(monde.creer(), role, graine)
    permises = autorisees(campagne)
    campagne.parcourir(MINUTES * 60 * PARTS.get(Role(role) if role else "", 0.1), permises)
    print(campagne.raconter())
    assert not campagne.ecarts, f"\n{campagne.expliquer()}"
    hors_d_atteinte = sorted(label for label in permises if not campagne.reussies(label))
    assert not hors_d_atteinte, f"jamais réussies :\n{campagne.raconter()}"
    passees = {label for label in campagne.operations if campagne.reussies(label)}
    assert not passees - permises, "permises par personne, et pourtant réussies"
    assert campagne.suites or role not in EQUIPES, "aucun lien n'a été suivi"
    verifier_tout()
