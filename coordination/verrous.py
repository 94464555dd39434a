"""The locks of what is said of two files: all at once or none, and none while it waits.

An ordinary write takes its row first, then the persons that it names, as its triggers and foreign
keys come to them: no order of a merge would be everybody's. Who holds nothing that a write needs
while waiting for it is in no circle. Among themselves, merges and undoings come one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from coordination.models import Orientation
from hebergement.models import DemandeHebergement, Place, Sejour
from socle.models import AccordPartage, Personne

VERROU_PRIS = "55P03"
# One merge or undoing at a time: they are rare, and each would find the rows of the others taken.
VERROU = 7_203_022


def prendre(*cles: UUID) -> dict[UUID, Personne]:
    """Lock files, and all that a merge or its undoing writes of them; the files, read after.

    Raises:
        Personne.DoesNotExist: one of them is not there.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
    while True:
        try:
            with transaction.atomic():
                _tenir_les_visites()
                trouvees, *_ = [
                    {ligne.pk: ligne for ligne in _verrouiller(lignes, nowait=True)}
                    for lignes in lignes_tenues(cles)
                ]
        except OperationalError as erreur:
            if getattr(erreur.__cause__, "sqlstate", None) != VERROU_PRIS:
                raise
            _attendre(cles)
        else:
            if len(trouvees) < len(cles):
                raise Personne.DoesNotExist
            return trouvees


def _tenir_les_visites() -> None:
    """All of them, with their acts: where visits are written without a pause, there is no moment
    at which those of a file are free. In the queue of a table, who comes later waits."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT contacts_tenir_les_visites()")


def lignes_tenues(cles: tuple[UUID, ...]) -> Iterator[QuerySet[Any]]:
    """What the verbs write but for the visits; the files first: who holds them sees what there is
    of them, and nobody adds to it. The places too: a stay that is written anew is compared with
    those of the others in its place, and two that find each other would wait for each other."""
    yield Personne.objects.filter(pk__in=cles)
    yield Personne.objects.filter(alias_de__in=cles)
    yield Place.objects.filter(
        pk__in=Sejour.objects.filter(personne__in=cles).order_by().values("place")
    )
    yield Sejour.objects.filter(personne__in=cles)
    yield Orientation.objects.filter(personne__in=cles)
    yield DemandeHebergement.objects.filter(personne__in=cles)
    yield AccordPartage.objects.filter(personne__in=cles)


def _verrouiller(lignes: QuerySet[Any], **comment: bool) -> QuerySet[Any]:
    """Rows as a correction locks them; a file harder, so that who merely names it waits too."""
    return lignes.order_by("pk").select_for_update(
        of=("self",), no_key=lignes.model is not Personne, **comment
    )


@contextmanager
def _rendus() -> Iterator[None]:
    """The locks that are taken within are given back at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _attendre(cles: tuple[UUID, ...]) -> None:
    """Until whoever holds one of these rows is done, one after the other."""
    for lignes in lignes_tenues(cles):
        with _rendus():
            libres = {ligne.pk for ligne in _verrouiller(lignes, skip_locked=True)}
        for cle in set(lignes.values_list("pk", flat=True)) - libres:
            with _rendus():
                _verrouiller(lignes).filter(pk=cle).first()
