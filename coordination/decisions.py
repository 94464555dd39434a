"""What somebody decides about an orientation; its state follows from the matching."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from commun.api.errors import Conflit
from commun.horloge import jour_paris, maintenant
from coordination.enums import Decision, StatutOrientation
from coordination.models import Orientation

DEJA_ARRIVEE = "La personne était déjà arrivée : cette orientation a abouti."


def _verrouiller(orientation: Orientation) -> Orientation:
    ligne: Orientation = Orientation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=orientation.pk
    )
    return ligne


@transaction.atomic
def accepter(*, orientation: Orientation) -> Orientation:
    """The structure expects the person; accepting twice is harmless.

    Raises:
        Conflit: it was refused or cancelled.
    """
    ligne = _verrouiller(orientation)
    if ligne.decision:
        raise Conflit("Cette orientation a été refusée ou annulée.")
    if ligne.acceptee_le is None:
        ligne.acceptee_le = maintenant()
        ligne.save(update_fields=["acceptee_le"])
    return ligne


def accepter_plusieurs(*, orientations: QuerySet[Orientation]) -> int:
    """Accept those that nobody has accepted, refused or cancelled yet, in one statement."""
    return orientations.filter(acceptee_le=None, decision="").update(acceptee_le=maintenant())


@transaction.atomic
def decider(
    *,
    orientation: Orientation,
    decision: Decision,
    motif: str,
    decidee_le: datetime | None = None,
) -> Orientation:
    """Refuse or cancel; the same decision again is harmless.

    Raises:
        Conflit: another decision stands, or the person had arrived before a refusal.
    """
    ligne = _verrouiller(orientation)
    if ligne.decision == decision:
        return ligne
    if ligne.decision:
        raise Conflit("Cette orientation a déjà été refusée ou annulée.")
    quand = decidee_le or maintenant()
    if decision != Decision.ANNULEE and arrivee_avant(ligne, quand):
        raise Conflit(DEJA_ARRIVEE)
    ligne.decision, ligne.decidee_le, ligne.motif_decision = decision, quand, motif
    ligne.save(update_fields=["decision", "decidee_le", "motif_decision"])
    return ligne


def arrivee_avant(ligne: Orientation, quand: datetime) -> bool:
    """Whether the person had arrived by then: it is too late to refuse."""
    if ligne.statut != StatutOrientation.ABOUTIE:
        return False
    if ligne.arrivee_contact is not None:
        return ligne.arrivee_contact.survenu_le <= quand
    return ligne.arrivee_sejour is not None and ligne.arrivee_sejour.arrivee <= jour_paris(quand)
