"""Tasks of the figures: three lines around a service, safe to repeat."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError

from commun.api.errors import Conflit
from commun.horloge import maintenant
from indicateurs import faits
from indicateurs.models import Consultation

CONSERVATION = timedelta(days=365)
journal = structlog.get_logger(__name__)


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def preparer_ce_qui_est_du() -> list[str]:
    """Prepare the periods that ended and that nobody has prepared; asked for again, do nothing."""
    # It masks with a solver, which web need not load.
    from indicateurs.publications.preparation import preparer_ce_qui_est_du as preparer

    try:
        return preparer()
    except Conflit as refus:  # asked for again within the hour
        journal.info("preparation_remise", raison=str(refus.detail))
        return []


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def actualiser_les_faits() -> int:
    """Count the days that were written to; until then, figures count their rows."""
    return faits.actualiser()


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def controler_les_faits() -> int:
    """Recount every fact from nothing, put right those that differ, and report on how many days.

    None ever should: what was put right was wrong until now, and is to be looked into.
    """
    faits.actualiser()
    ecarts = faits.corriger_les_ecarts()
    niveau = journal.error if ecarts else journal.info
    niveau("faits_controles", ecarts=ecarts)
    return ecarts


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def purger_les_consultations() -> int:
    """Who pulled what is kept for a year, as the law has it of journals; how many were not."""
    perimees = Consultation.objects.filter(fait_le__lt=maintenant() - CONSERVATION)
    return perimees.delete()[0]
