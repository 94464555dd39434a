"""What follows somebody who moves: who was seen since was seen in their new place. Who is away is
away, wherever they moved: see `Absence`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery

from hebergement.models import Absence, ConstatPresence, Sejour


def rattacher_les_constats(sejours: Iterable[UUID]) -> None:
    """Of these stays, whose ends moved, let each check of presence be of the stay of their chain
    that has its day: a move that is told late would leave whoever is seen every day without a
    sign."""
    chaine, autour = set[UUID](), set(sejours)
    while autour:
        chaine |= autour
        voisins = Sejour.objects.filter(Q(suite__in=autour) | Q(suite_de__in=autour))
        autour = set(voisins.values_list("pk", flat=True)) - chaine
    constats = ConstatPresence.objects.filter(sejour__in=chaine).order_by()
    vers = (
        (Sejour.objects.filter(suite_de=OuterRef("sejour")), {"jour__gte": F("sejour__depart")}),
        (Sejour.objects.filter(suite=OuterRef("sejour")), {"jour__lt": F("sejour__arrivee")}),
    )
    for voisin, hors in vers:
        # Link by link: one that is two stays further has two to go.
        deplaces = 1
        while deplaces:
            mal_places = constats.filter(**hors).annotate(ou=Subquery(voisin.values("pk")[:1]))
            deplaces = mal_places.exclude(ou=None).update(sejour=F("ou"))


def _le_dernier_d_abord(sejours: Iterable[Sejour]) -> list[Sejour]:
    """What follows another goes before it."""
    return sorted(sejours, key=lambda s: (s.arrivee, s.depart or date.max), reverse=True)


def ne_pas_faire(prevus: Iterable[Sejour]) -> None:
    """Stays to come that will not be: whoever was said to be away from there is away from where
    they are, until they leave it (`finir_avec`)."""
    for prevu in _le_dernier_d_abord(prevus):
        _rendre_au_precedent(prevu)
        prevu.delete()


def _rendre_au_precedent(suite: Sejour) -> None:
    if suite.suite_de_id is not None:
        for modele in (ConstatPresence, Absence):
            modele._default_manager.filter(sejour=suite).update(sejour=suite.suite_de_id)


def finir_avec(sejours: Iterable[UUID]) -> None:
    """Let the absences of these stays end with them, where what followed them is gone."""
    Absence.objects.des_sejours(sejours).update(sejour=F("sejour"))


@contextmanager
def transferts_defaits(sejours: Iterable[UUID]) -> Iterator[None]:
    """Delete stays within: those that continue others, as moves that were not made. Whoever was
    seen there, or was away from there, was so where they were before; and are there until when they
    would have been elsewhere.

    Raises:
        IntegrityError: somebody has the place since.
    """
    cles = set(sejours)
    lignes = {s.suite_de_id: s for s in Sejour.objects.filter(pk__in=cles).exclude(suite_de=None)}
    for suite in _le_dernier_d_abord(lignes.values()):
        _rendre_au_precedent(suite)
    yield
    for avant, suite in lignes.items():
        if avant not in cles:
            while suite.pk in lignes:
                suite = lignes[suite.pk]
            Sejour.objects.filter(pk=avant).update(
                depart=suite.depart, motif_sortie=suite.motif_sortie,
                destination=suite.destination, cloture_automatique=suite.cloture_automatique,
            )  # fmt: skip


def attendre_la_suite() -> None:
    """From here to `finir_les_absences`, the end of a stay ends no absence: the next one is not
    written yet."""
    _regler("DEFERRED")


def finir_les_absences() -> None:
    _regler("IMMEDIATE")


def _regler(quand: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS sejour_finit_ses_absences {quand}")
