"""Application `socle`."""

from django.apps import AppConfig


class SocleConfig(AppConfig):
    name = "socle"
    verbose_name = "Organismes, comptes et personnes"
