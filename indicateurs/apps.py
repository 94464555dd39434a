"""Application `indicateurs`."""

from django.apps import AppConfig


class IndicateursConfig(AppConfig):
    name = "indicateurs"
    verbose_name = "Indicateurs"

    def ready(self) -> None:
        from indicateurs import contraintes  # noqa: F401  (it registers messages)
