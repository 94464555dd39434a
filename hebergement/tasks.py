"""Tasks of accommodation: three lines around a service, safe to repeat."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import OperationalError

from hebergement import occupation

journal = structlog.get_logger(__name__)


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def recalculer_marques() -> int:
    """Compute the nights that somebody's write has marked."""
    lignes = occupation.recalculer_marques()
    if lignes:
        journal.info("nuits_recalculees", lignes=lignes)
    return lignes


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def calculer_nuits() -> int:
    """Write the night that has just ended, for every site."""
    lignes = occupation.recalculer_marques()
    journal.info("nuits_calculees", lignes=lignes)
    return lignes


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def controler_occupation() -> int:
    """Recount every night from nothing and report the differences."""
    controle = occupation.controler()
    niveau = journal.error if controle.ecarts else journal.info
    niveau("occupation_controlee", lignes=controle.lignes, ecarts=controle.ecarts)
    return controle.ecarts
