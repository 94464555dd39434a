"""Application `maraudes`."""

from django.apps import AppConfig


class MaraudesConfig(AppConfig):
    name = "maraudes"
    verbose_name = "Maraudes"
