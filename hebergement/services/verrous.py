"""What every verb of accommodation locks, in one order, and how a refusal of the database is told.

Persons, places, stays, then requests and propositions, each by primary key: two verbs wait for each
other instead of failing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from commun.api.errors import Conflit
from commun.contraintes import expliquer
from hebergement.models import Place, Sejour
from hebergement.obstacles import Obstacle, prochaines_libres
from socle.models import Personne

EXPLIQUEES = frozenset(
    {
        "sejour_une_personne_par_place",
        "sejour_une_place_par_personne",
        "sejour_dans_l_ouverture_de_la_place",
        "sejour_hors_fermeture",
        "fermeture_hors_sejour",
        "absence_dans_son_sejour",
    }
)


class Refus(Conflit):
    """The database refused; `obstacles` tells what is in the way."""


class Refusee(Exception):
    """Carries the name of the constraint out of the savepoint."""

    def __init__(self, contrainte: str) -> None:
        super().__init__(contrainte)
        self.contrainte = contrainte


@contextmanager
def essai() -> Iterator[None]:
    """Write in a savepoint; what a known constraint refuses is undone, then explained."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as erreur:
        nom = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", None)
        if nom not in EXPLIQUEES:
            raise
        raise Refusee(nom) from erreur


def refus_de(
    refusee: Refusee, obstacles: list[Obstacle], *, ailleurs: Place | None = None
) -> Refus:
    """The refusal, with what is in the way; `ailleurs`: and where there is room instead."""
    message, _ = expliquer(refusee.contrainte)
    libres = None if ailleurs is None else prochaines_libres(ailleurs)
    return Refus(
        message,
        code=refusee.contrainte,
        obstacles=[dict(o) for o in obstacles],
        places_libres=libres,
    )


def verrouiller(
    *,
    personnes: Sequence[UUID] = (),
    places: Iterable[UUID] = (),
    sejours: Iterable[UUID] = (),
) -> dict[UUID, Sejour]:
    """Lock in the one order, by primary key; the stays are read after the lock."""
    if personnes:
        # And the files that they lead to, where they are aliases.
        lignes_de_personne = (
            Personne.objects.select_for_update(of=("self",), no_key=True)
            .filter(Q(pk__in=personnes) | Q(pk__in=Personne.objects.menees_par(*personnes)))
            .order_by("pk")
        )
        if not lignes_de_personne:
            raise Personne.DoesNotExist
    list(
        Place.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=set(places))
        .order_by("pk")
    )
    lignes = (
        Sejour.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=set(sejours))
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def verrouiller_sejour(sejour: Sejour, *places: UUID) -> Sejour:
    """Lock a stay, with its person, its place and others; read after the lock.

    Raises:
        Sejour.DoesNotExist: it was deleted meanwhile.
    """
    lignes = verrouiller(
        personnes=[sejour.personne_id],
        places=[sejour.place_id, *places],
        sejours=[sejour.pk],
    )
    if sejour.pk not in lignes:
        raise Sejour.DoesNotExist
    return lignes[sejour.pk]
