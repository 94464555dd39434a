"""The French messages of the constraints that no model's Meta can hold.

Each app adds its own when its module `contraintes` is imported by its AppConfig.
"""

from __future__ import annotations

from functools import cache

from django.apps import apps

# Name of the constraint -> what a worker reads, and the field of the request it is about.
MESSAGES: dict[str, tuple[str, str | None]] = {
    "passage_parti_apres_arrive": ("Le départ ne peut précéder l'arrivée.", "parti_le"),
}


@cache
def _messages_des_modeles() -> dict[str, str]:
    return {
        contrainte.name: str(contrainte.violation_error_message)
        for modele in apps.get_models()
        for contrainte in modele._meta.constraints
        if contrainte.violation_error_message != contrainte.default_violation_error_message
    }


def expliquer(nom: str | None) -> tuple[str | None, str | None]:
    """The message of a constraint and the field it is about; None for what is not known."""
    if nom is None:
        return None, None
    if nom in MESSAGES:
        return MESSAGES[nom]
    return _messages_des_modeles().get(nom), None
