"""Application `synchro`."""

from django.apps import AppConfig


class SynchroConfig(AppConfig):
    name = "synchro"
    verbose_name = "Synchronisation"
