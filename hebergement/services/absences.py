"""Who is away when they are moved is away from their new place: it is kept for them as long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from commun.horloge import aujourd_hui
from hebergement.models import Absence, Sejour
from socle.models import Utilisateur


def absences_qui_durent(jours: Mapping[UUID, date]) -> list[Absence]:
    """Of stays that end on these days by a move, the absences that go on through it. Read before
    the move: the end of a stay ends them.

    A place that should have been given up is kept no longer; and of a move that is planned nobody
    knows who will be away.
    """
    lignes = Absence.objects.filter(sejour__in=jours, fin=None).order_by()
    return [
        a for a in lignes
        if a.debut < jours[a.sejour_id] <= min(a.garde_jusqu_au, aujourd_hui())
    ]  # fmt: skip


def reporter(
    absences: list[Absence], suites: Mapping[UUID, Sejour], auteur: Utilisateur | None
) -> None:
    """The same absences, of the stays that go on."""
    Absence.objects.bulk_create(
        Absence(
            sejour=suites[absence.sejour_id],
            motif=absence.motif,
            debut=suites[absence.sejour_id].arrivee,
            garde_jusqu_au=absence.garde_jusqu_au,
            auteur=auteur,
        )
        for absence in absences
    )
