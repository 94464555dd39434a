"""What the raw constraints of socle/migrations/ say to a worker."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MESSAGES["structure_de_son_organisme"] = (
    "Une structure ne change pas d'organisme : fermez-la, et créez-en une autre.",
    "organisme",
)
