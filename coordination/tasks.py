"""Tasks of coordination: three lines around a service, safe to repeat."""

from __future__ import annotations

from celery import shared_task
from django.db import InterfaceError, OperationalError

from coordination import services


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def rapprocher_marques() -> int:
    """Match what a write has marked and nobody has matched yet."""
    return services.rapprocher_marques()


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=True, max_retries=5)
def echoir_orientations() -> int:
    """Close the orientations whose 30 days are over."""
    return services.echoir_orientations()
