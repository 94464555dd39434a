"""Tasks of the figures: three lines around a service, safe to repeat."""

from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def preparer_ce_qui_est_du() -> list[str]:
    """Prepare the periods that ended and that nobody has prepared; asked for again, do nothing."""
    # It masks with a solver, which web need not load.
    from indicateurs.publications.preparation import preparer_ce_qui_est_du as preparer

    return preparer()
