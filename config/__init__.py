"""Settings, URLs, Celery, and the embedded servers of the demonstration."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
