"""Application `hebergement`."""

from django.apps import AppConfig


class HebergementConfig(AppConfig):
    name = "hebergement"
    verbose_name = "Hébergement"

    def ready(self) -> None:
        from hebergement import contraintes  # noqa: F401  (registers its messages)
        from hebergement.signals import brancher

        brancher()
