"""Tasks of accommodation: three lines around a service, safe to repeat."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.core.cache import cache
from django.db import InterfaceError, OperationalError

from commun.horloge import maintenant
from hebergement import occupation, services

# Where the instant of the last run is left, for who watches over the service.
DERNIER_CALCUL = "dernier-calcul-des-nuits"
journal = structlog.get_logger(__name__)


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def recalculer_marques() -> int:
    """Compute the nights that somebody's write has marked."""
    lignes = occupation.recalculer_marques()
    cache.set(DERNIER_CALCUL, maintenant(), timeout=None)
    if lignes:
        journal.info("nuits_recalculees", lignes=lignes)
    return lignes


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def calculer_nuits() -> int:
    """Write the night that has just ended, for every site."""
    lignes = occupation.recalculer_marques()
    cache.set(DERNIER_CALCUL, maintenant(), timeout=None)
    journal.info("nuits_calculees", lignes=lignes)
    return lignes


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def controler_occupation() -> int:
    """Recount every night from nothing, once a day, and report the differences."""
    controle = occupation.controler_du_jour()
    if controle is None:
        return 0
    niveau = journal.error if controle.ecarts else journal.info
    niveau("occupation_controlee", lignes=controle.lignes, ecarts=controle.ecarts)
    return controle.ecarts


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def expirer_les_propositions() -> int:
    """Free the places that nobody answered for in time."""
    combien = services.expirer_les_perimees()
    if combien:
        journal.info("propositions_expirees", propositions=combien)
    return combien


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def clore_les_perdus_de_vue() -> int:
    """End the stays of which there was no sign for a month."""
    combien = services.clore_les_perdus_de_vue()
    if combien:
        journal.info("sejours_clos_sans_nouvelles", sejours=combien)
    return combien
