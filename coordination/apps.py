"""Application `coordination`."""

from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    name = "coordination"
    verbose_name = "Coordination"

    def ready(self) -> None:
        from coordination import contraintes  # noqa: F401  (registers its messages)
        from coordination.signals import brancher

        brancher()
