"""What the raw constraints of coordination/migrations/ say to a worker."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MESSAGES.update(
    {
        "orientation_de_son_contact": (
            "Une orientation faite pendant un contact est de la même personne, et part de la même "
            "structure.",
            "personne",
        ),
        "orientation_de_son_organisme": (
            "Une orientation ne passe pas à un autre organisme.",
            "structure_origine",
        ),
    }
)
