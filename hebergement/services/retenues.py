"""Holds: a place is kept for somebody until a deadline, and not a minute longer.

The deadline is an instant, the hold whole nights: it goes through the night of the deadline, so
that nobody takes the place before; once it is over, that night is free. A task tidies up, and
whoever finds such a hold in the way ends it first, in their own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Case, DateField, F, Q, Value, When

from commun.horloge import aujourd_hui, jour_paris, maintenant
from hebergement.enums import StatutProposition
from hebergement.models import Proposition, Sejour
from hebergement.services.verrous import Refusee, essai


def liberer(jours: Mapping[UUID, date]) -> None:
    """Let holds keep no night from these days on; those that keep none are gone."""
    jour = Case(
        *(When(pk=cle, then=Value(jour)) for cle, jour in jours.items()), output_field=DateField()
    )
    retenues = Sejour.objects.filter(pk__in=jours).annotate(jour=jour)
    retenues.filter(arrivee__gte=F("jour")).delete()
    retenues.filter(Q(depart=None) | Q(depart__gt=F("jour"))).update(depart=jour)


def finir(proposition: Proposition, issue: StatutProposition, jour: date) -> None:
    """End a proposition whose place is locked: no night is held from `jour` on."""
    retenue = proposition.retenue_id
    proposition.issue, proposition.finie_le, proposition.retenue = issue, maintenant(), None
    proposition.save()
    if retenue is not None:
        liberer({retenue: jour})


def expirer(dues: Collection[Proposition]) -> None:
    """End those that nobody answered, or whose person did not come: as of their deadlines, whenever
    this runs. Their places are locked."""
    Proposition.objects.filter(pk__in=[p.pk for p in dues]).update(
        issue=Case(
            When(acceptee_le=None, then=Value(StatutProposition.EXPIREE)),
            default=Value(StatutProposition.NON_PRESENTEE),
        ),
        finie_le=F("expire_le"),
        retenue=None,
    )
    liberer({p.retenue_id: jour_paris(p.expire_le) for p in dues if p.retenue_id})


def annuler(propositions: Iterable[Proposition]) -> None:
    """Hold nothing any more for these, whose places are locked: what was overdue is not annulled,
    it is over since its deadline."""
    toutes = list(propositions)
    dues = [p for p in toutes if p.expire_le <= maintenant()]
    if dues:
        expirer(dues)
    for proposition in (p for p in toutes if p not in dues):
        finir(proposition, StatutProposition.ANNULEE, aujourd_hui())


def expirer_sur(*places: UUID) -> int:
    """End what is overdue on places that are locked.

    Returns:
        How many were ended.
    """
    dues = list(
        Proposition.objects.perimees()
        .filter(place__in=places)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if dues:
        expirer(dues)
    return len(dues)


def poser(geste: Callable[[], None], *places: UUID) -> None:
    """Write on places that are locked, past the holds that are over.

    Raises:
        Refusee: something else is in the way.
    """
    try:
        with essai():
            geste()
    except Refusee:
        if not expirer_sur(*places):
            raise
        with essai():
            geste()
