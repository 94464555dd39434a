"""Tasks of what tablets send: three lines around a service, safe to repeat."""

from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError

from synchro import services


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def reprendre_ce_qui_attend() -> int:
    """Judge again what waits for something that another device has brought."""
    return services.reprendre_ce_qui_attend()


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def montrer_ce_qui_attend_trop() -> int:
    """Show to a coordinator what has waited for too long."""
    return services.montrer_ce_qui_attend_trop()
