"""Tasks of the figures: three lines around a service, safe to repeat."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db import InterfaceError, OperationalError

from commun.horloge import maintenant
from indicateurs.models import Consultation

CONSERVATION = timedelta(days=365)


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def preparer_ce_qui_est_du() -> list[str]:
    """Prepare the periods that ended and that nobody has prepared; asked for again, do nothing."""
    # It masks with a solver, which web need not load.
    from indicateurs.publications.preparation import preparer_ce_qui_est_du as preparer

    return preparer()


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def purger_les_consultations() -> int:
    """Who pulled what is kept for a year, as the law has it of journals; how many were not."""
    perimees = Consultation.objects.filter(fait_le__lt=maintenant() - CONSERVATION)
    return perimees.delete()[0]
