"""Application `maraudes`."""

from django.apps import AppConfig


class MaraudesConfig(AppConfig):
    name = "maraudes"
    verbose_name = "Maraudes"

    def ready(self) -> None:
        from maraudes import contraintes  # noqa: F401  (registers its messages)
