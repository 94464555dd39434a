"""History of records, written by triggers so that bulk and raw writes are seen too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def suivre(*sauf: str) -> Callable[[M], M]:
    """Keep every insertion, change and deletion of a model, `sauf` these fields.

    The trackers are made here and not in `PGHISTORY_DEFAULT_TRACKERS`: those are deep-copied,
    and a copied operation is not recognised by a statement-level trigger.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(sauf) or None,
    )
