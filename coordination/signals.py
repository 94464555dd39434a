"""A write that may resolve an orientation has it matched as soon as it is committed.

It takes a few milliseconds, so it is done at once, without a broker: the worker who registers an
arrival reads the outcome in the next answer. What a killed process leaves marked, or a matching
that another write made fail, the sweeper of each minute takes up.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from contacts.models import Contact
from coordination.models import Orientation
from coordination.services import rapprocher_arrivees, rapprocher_marques
from hebergement.models import Sejour


def rapprocher_apres_validation(
    instance: Contact | Orientation | Sejour, created: bool = False, **_: Any
) -> None:
    if created and not isinstance(instance, Orientation):
        # Somebody new here answers an orientation, or changes none.
        if instance.personne_id is not None:
            transaction.on_commit(rapprocher_arrivees, robust=True)
    else:
        transaction.on_commit(rapprocher_marques, robust=True)


def brancher() -> None:
    """Connect the models whose rows are orientations or arrivals."""
    for modele in (Contact, Orientation, Sejour):
        for signal in (post_save, post_delete):
            signal.connect(
                rapprocher_apres_validation,
                sender=modele,
                dispatch_uid=f"rapprochement-{modele.__name__}",
            )
