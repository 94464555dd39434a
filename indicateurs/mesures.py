"""What may be counted of the rows of a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least, NullIf

from commun.horloge import maintenant
from coordination.enums import StatutOrientation
from hebergement.models import OccupationNuit
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.sources import (
    NUITS,
    ORIENTATIONS,
    PRESENCES,
    SECTEURS,
    VISITES,
    Axe,
    Source,
)

EXACT = DecimalField(max_digits=16, decimal_places=4)
Condition = Callable[[Periode, Portee], Q]


@dataclass(frozen=True)
class Mesure:
    """What is counted of the rows of a source: an aggregate of those that a condition keeps.

    Args:
        resume: the same of fewer rows, that are sums of these.
        ajoutent: which rows add to it. Whose quantity is zero is not behind a total.
        bornee: whether the aggregate asks for the period too.
    """

    source: Source
    agregat: Callable[..., Any]
    condition: Condition
    resume: Mesure | None = None
    ajoutent: Q = field(default_factory=Q)
    bornee: bool = False

    def par(self, axes: Sequence[Axe]) -> Mesure:
        """The same, of fewer rows where they say enough."""
        resume = self.resume
        return resume if resume is not None and set(axes) <= set(resume.source.axes) else self

    def sur(self, periode: Periode, portee: Portee, *quoi: Q) -> Any:
        """The aggregate of a period and a scope, of the rows that other conditions keep too."""
        bornes = {"periode": periode} if self.bornee else {}
        condition = self.source.pendant(periode) & self.condition(periode, portee)
        return self.agregat(filter=reduce(and_, quoi, condition), **bornes)

    def personnes(self) -> Mesure:
        """The distinct persons of the same rows, of those that add to it."""
        chemin, resume = self.source.personne, self.source.resume
        assert chemin
        compter = lambda filter: Count(chemin, distinct=True, filter=filter)  # noqa: E731
        condition: Condition = lambda *ou: self.condition(*ou) & self.ajoutent  # noqa: E731
        de_moins = (
            Mesure(resume, compter, condition) if resume and resume.personne == chemin else None
        )
        return Mesure(self.source, compter, condition, de_moins)


def _ou(agregat: Callable[..., Any], source: Source, *quoi: Q, **egal: Any) -> Mesure:
    return Mesure(source, agregat, lambda *_: Q(*quoi, **egal))


def _resumee(mesure: Mesure, agregat: Callable[..., Any]) -> Mesure:
    """With the same of the sums of its rows, where there are."""
    resume = mesure.source.resume
    if resume is None or resume.personne is not None:
        return mesure
    return replace(mesure, resume=Mesure(resume, agregat, mesure.condition))


def lignes_une_a_une(source: Source, *quoi: Q, **egal: Any) -> Mesure:
    """How many rows there are, by what only they say."""
    return _ou(lambda filter: Count("pk", filter=filter), source, *quoi, **egal)


def lignes(source: Source, *quoi: Q, **egal: Any) -> Mesure:
    """How many rows there are."""
    agregat = lambda filter: Coalesce(Sum("nombre", filter=filter), 0)  # noqa: E731
    return _resumee(lignes_une_a_une(source, *quoi, **egal), agregat)


def somme(source: Source, champ: str, *quoi: Q, **egal: Any) -> Mesure:
    agregat = lambda filter: Sum(champ, filter=filter)  # noqa: E731
    resumee = _resumee(_ou(agregat, source, *quoi, **egal), agregat)
    return replace(resumee, ajoutent=Q(**{f"{champ}__gt": 0}))


def personnes(source: Source, *quoi: Q, **egal: Any) -> Mesure:
    """Distinct persons: the true union, whatever the rows, days and structures."""
    return lignes_une_a_une(source, *quoi, **egal).personnes()


class Jours(Func):
    """How many days one date is after another."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()
    arity = 2


def nuits(source: Source) -> Mesure:
    """The nights of a period, of rows that last."""

    def agregat(filter: Q, periode: Periode) -> Any:
        fin = Least(Coalesce("fin", Value(periode.fin)), Value(periode.fin))
        debut = Greatest("debut", Value(periode.debut))
        return Sum(Jours(fin, debut, output_field=IntegerField()), filter=filter)

    return Mesure(source, agregat, lambda *_: Q(), bornee=True)


class Mediane(Aggregate):
    """The middle of the values, between two where they are even; null of none."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def mediane(source: Source, champ: str) -> Mesure:
    return _ou(lambda filter: Mediane(champ, filter=filter), source)


def jours_depuis_la_visite() -> Mesure:
    """The median, over the sectors, of the days from the last visit to the last day of a period.

    Who was not visited by then has no such days.
    """

    def agregat(filter: Q, periode: Periode) -> Any:
        visites = VISITES.lignes().filter(secteur=OuterRef("pk"), maraude__jour__lt=periode.fin)
        derniere = visites.order_by().values("secteur").annotate(le=Max("maraude__jour"))
        dernier_jour = Value(periode.fin - timedelta(days=1))
        return Mediane(Jours(dernier_jour, Subquery(derniere.values("le"))), filter=filter)

    return Mesure(SECTEURS, agregat, lambda *_: Q(), bornee=True)


def par_nuit(champ: str) -> Mesure:
    """What there is on a night, on the average of the nights of the period."""

    def moyenne(filter: Q) -> Any:
        nuits = NullIf(Count("jour", distinct=True, filter=filter), 0)
        return Cast(Sum(champ, filter=filter), EXACT) / Cast(nuits, EXACT)

    return _ou(moyenne, NUITS)


class DeuxAnsAvant(Func):
    """The day 24 months before one."""

    template = "((%(expressions)s)::date - interval '24 months')::date"
    output_field = DateField()
    arity = 1


def nouvelles() -> Mesure:
    """Distinct persons whom the scope had not been in touch with for 24 months when they came.

    Of a period of no more than 24 months: then only the first contact can be the one.
    """

    def condition(periode: Periode, portee: Portee) -> Q:
        venue = Greatest(OuterRef("debut"), Value(periode.debut), output_field=DateField())
        avant = PRESENCES.lignes().filter(
            portee.sur(PRESENCES.structure), personne=OuterRef("personne"), debut__lt=venue
        )
        recente = Q(fin__isnull=True) | Q(fin__gt=DeuxAnsAvant(venue))
        return Q(~Exists(avant.filter(recente)))

    compter = lambda filter: Count("personne", distinct=True, filter=filter)  # noqa: E731
    return Mesure(PRESENCES, compter, condition)


def _derniere_nuit(**sites: Any) -> Condition:
    """The rows of the last computed night of the period, in scope."""

    def condition(periode: Periode, portee: Portee) -> Q:
        nuits = OccupationNuit.objects.filter(
            NUITS.pendant(periode), portee.sur(NUITS.structure), **sites
        )
        return Q(jour__in=nuits.order_by("-jour").values("jour")[:1], **sites)

    return condition


def places_de_la_derniere_nuit(**sites: Any) -> Mesure:
    return Mesure(NUITS, lambda filter: Sum("theoriques", filter=filter), _derniere_nuit(**sites))


ARRIVEE_A_TEMPS = Q(arrivee_contact__isnull=False, arrivee_contact__survenu_le__lt=F("limite")) | Q(
    arrivee_sejour__isnull=False, arrivee_sejour__arrivee__lt=F("dernier_jour")
)


def cohorte(*arrivee: Q) -> Mesure:
    """Of the orientations that name a person, those whose 30 days are over."""
    return Mesure(
        ORIENTATIONS,
        lambda filter: Count("pk", filter=filter),
        lambda *_: Q(
            ~Q(statut=StatutOrientation.ANNULEE),
            *arrivee,
            personne__isnull=False,
            limite__lte=maintenant(),
        ),
    )
