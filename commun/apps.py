"""The shared room: API base classes, errors, pagination, clock."""

from django.apps import AppConfig


class CommunConfig(AppConfig):
    name = "commun"
    verbose_name = "Commun"

    def ready(self) -> None:
        from commun.traductions import traduire

        traduire()
