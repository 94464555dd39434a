"""Application `socle`."""

from django.apps import AppConfig, apps


class SocleConfig(AppConfig):
    name = "socle"
    verbose_name = "Organismes, comptes et personnes"

    def ready(self) -> None:
        from socle import contraintes  # noqa: F401  (registers its messages)

        # The part that locks accounts after wrong passwords; the menu names it by what it shows.
        apps.get_app_config("axes").verbose_name = "Sécurité des connexions"
