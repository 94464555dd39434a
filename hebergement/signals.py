"""A write that touches nights wakes the worker once it is committed.

The signal carries nothing: the marks do. A process killed in between, or a broker that is away,
loses nothing, since the sweeper looks at the marks every minute.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from hebergement.models import Fermeture, Place, Sejour
from hebergement.tasks import recalculer_marques


def reveiller_le_recalcul(**_: Any) -> None:
    transaction.on_commit(recalculer_marques.delay, robust=True)


def brancher() -> None:
    """Connect the models whose rows move nights."""
    for modele in (Fermeture, Place, Sejour):
        for signal in (post_save, post_delete):
            signal.connect(
                reveiller_le_recalcul, sender=modele, dispatch_uid=f"nuits-{modele.__name__}"
            )
