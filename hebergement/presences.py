"""Since when there is no sign of somebody, and what that asks for: docs/definitions.md § 2.

A sign is a confirmed presence, the arrival, the end of an absence, the day on which the site began
its rounds, or that on which a stay was reopened. While a place is kept for who is away the clock
stands still.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Greatest, Least

from hebergement.attente import Jours
from hebergement.enums import EtatPresence, Nature

# Days without any sign of somebody: from which on it is told, a coordinator is asked to decide,
# and the stay is over.
JOURS_D_ALERTE, JOURS_POUR_DECIDER, JOURS_DE_CLOTURE = 3, 7, 30


class Lendemain(Func):
    """`Lendemain(a)`: the day after a date."""

    template = "(%(expressions)s + 1)"
    output_field = models.DateField()


# Of a stay that has its `mesures`. Who did not come back in time is told at once: that day was a
# deadline already.
ETAT = Case(
    When(jours_sans__gte=JOURS_POUR_DECIDER, then=Value(EtatPresence.A_DECIDER)),
    When(jours_sans__gte=JOURS_D_ALERTE, then=Value(EtatPresence.ALERTE)),
    When(jours_sans__gte=1, gardee_jusqu_au__isnull=False, then=Value(EtatPresence.ALERTE)),
    default=Value(""),
    output_field=models.CharField(),
)


def mesures(jour: date) -> dict[str, Any]:
    """What a stay, with its `chaine`, is annotated with, as of `jour`.

    `derniere_presence`, `gardee_jusqu_au` (of the absence of that day) and `fin_d_absence` are days
    or null; `jours_sans` is null where nobody looks: no rounds, or a stay that is not in force;
    `depart_suppose` is the first night that nothing speaks for.
    """
    from hebergement.models import Absence, ConstatPresence

    du_sejour = {"sejour": OuterRef("pk")}
    vus = ConstatPresence.objects.confirmes().filter(**du_sejour, jour__lte=jour)
    absences = Absence.objects.filter(chaine=OuterRef("chaine"))
    ce_jour = Cast(Value(jour), models.DateField())
    gardee = Case(When(gardee_jusqu_au__isnull=False, then=Least(F("gardee_jusqu_au"), ce_jour)))
    rouvert = Case(When(rouvert_le__lte=jour, then=F("rouvert_le")))
    depuis = F("place__site__presences_depuis")
    # A move that is planned for later does not make anybody be there until then.
    suivi = Q(nature=Nature.SEJOUR, arrivee__lte=jour, place__site__presences_depuis__lte=jour) & (
        Q(depart=None) | Q(depart__gt=jour)
    )
    signe = Greatest(
        F("derniere_presence"), F("arrivee"), depuis, rouvert, F("fin_d_absence"), gardee
    )
    return {
        "derniere_presence": Subquery(vus.order_by("-jour").values("jour")[:1]),
        "gardee_jusqu_au": Subquery(absences.le(jour).order_by().values("garde_jusqu_au")[:1]),
        "fin_d_absence": Subquery(
            absences.filter(fin__lte=jour).order_by("-fin").values("fin")[:1]
        ),
        "jours_sans": Case(When(suivi, then=Jours(ce_jour, signe))),
        "depart_suppose": Greatest(
            Lendemain(F("derniere_presence")), F("arrivee"), depuis, F("fin_d_absence"), gardee
        ),
    }
