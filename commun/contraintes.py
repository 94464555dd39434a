"""The French messages of the constraints that no model's Meta can hold.

Each app adds its own when its module `contraintes` is imported by its AppConfig.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db.models import CheckConstraint, Q, UniqueConstraint

# Name of the constraint -> what a worker reads, and the field of the request it is about.
MESSAGES: dict[str, tuple[str, str | None]] = {
    "passage_parti_apres_arrive": ("Le départ ne peut précéder l'arrivée.", "parti_le"),
}


def _premier_champ(condition: Any) -> str | None:
    """The field that a condition starts with: the one that it is about, by convention."""
    if isinstance(condition, Q) and condition.children:
        return _premier_champ(condition.children[0])
    return str(condition[0]).partition("__")[0] if isinstance(condition, tuple) else None


def _champ(contrainte: Any) -> str | None:
    """The field of the form that a constraint is about."""
    if isinstance(contrainte, CheckConstraint):
        return _premier_champ(contrainte.condition)
    if isinstance(contrainte, UniqueConstraint) and contrainte.fields:
        return contrainte.fields[-1]  # the name, within the place
    if isinstance(contrainte, ExclusionConstraint):
        return str(contrainte.expressions[0][0])  # what is taken
    return None


@cache
def _messages_des_modeles() -> dict[str, tuple[str, str | None]]:
    return {
        contrainte.name: (
            str(contrainte.violation_error_message),
            _champ(contrainte),
        )
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
    return _messages_des_modeles().get(nom, (None, None))


def champ_du_message(message: str) -> str | None:
    """The field that a constraint's message is about, for who has nothing but the message."""
    connus = [*_messages_des_modeles().values(), *MESSAGES.values()]
    return next((champ for texte, champ in connus if texte == message), None)
