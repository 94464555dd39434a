"""Who is who since a publication: files that were merged or taken apart, contacts that were given a
person or another one.

Nothing came and nothing went, and yet others are behind the same rows, more of them or fewer. So
what of them moved is no proof that anybody changed what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Model, Q, QuerySet

from accueil.models import Passage
from commun.historique import evenements_de
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Orientation
from hebergement.models import Sejour
from indicateurs.periodes import Periode
from maraudes.models import Rencontre

# What was under way when a period was counted is dated before, and was not counted.
SURETE = timedelta(minutes=1)


class Identites(NamedTuple):
    """How many persons more, and fewer, may be behind the same rows."""

    de_plus: int = 0
    de_moins: int = 0

    def sans(self, ecart: int) -> int:
        """Of a change of the number of persons, how many it takes others for: rows came or went."""
        return max(0, ecart - self.de_plus) if ecart > 0 else max(0, -ecart - self.de_moins)


PERSONNE = Identites()


def changees_depuis(instant: datetime, periode: Periode) -> Identites:
    """What changed of who is who, in the rows of a period, since an instant."""
    apres: set[UUID | None] = set()
    avant: set[UUID | None] = set()
    for modele, ici in _de_quelqu_un(periode).items():
        for de, vers in _changements(evenements_de(modele).filter(ici), instant - SURETE):
            avant.add(de)
            apres.add(vers)
    return Identites(len(apres - {None}), len(avant - {None}))


def touchees_depuis(instant: datetime, periode: Periode) -> int:
    """At most of so many persons rows of a period changed or went since an instant: of as many as
    rows did."""
    dedans = Q(jour__gte=periode.debut, jour__lt=periode.fin)
    # What was moved out of it was in it before.
    siens = Q(contact__in=evenements_de(Contact).filter(dedans).order_by().values("pgh_obj"))
    modeles = _de_quelqu_un(periode) | {
        Acte: dedans | siens, RemiseMateriel: siens, Passage: siens, Rencontre: siens
    }  # fmt: skip
    return sum(
        evenements_de(modele)
        .filter(pgh_created_at__gt=instant - SURETE)
        .filter(pgh_obj__in=evenements_de(modele).filter(ici).order_by().values("pgh_obj"))
        .exclude(pgh_label="insert")
        .order_by()
        .aggregate(combien=Count("pgh_obj", distinct=True))["combien"]
        for modele, ici in modeles.items()
    )


def _de_quelqu_un(periode: Periode) -> dict[type[Model], Q]:
    """The history of what names a person, of a period."""
    dedans = {"jour__gte": periode.debut, "jour__lt": periode.fin}
    # What is said in a round is of the day on which it started, whatever the hour.
    autour = {
        "survenu_le__date__gte": periode.debut,
        "survenu_le__date__lte": periode.fin,
    }
    return {
        # What hangs on a contact may be of another day.
        Contact: Q(**dedans) | Q(pgh_obj__in=Acte.objects.filter(**dedans).values("contact")),
        Sejour: Q(arrivee__lt=periode.fin)
        & (Q(depart__isnull=True) | Q(depart__gte=periode.debut)),
        Orientation: Q(**autour),
    }


def _changements(
    evenements: QuerySet[Any], depuis: datetime
) -> Iterator[tuple[UUID | None, UUID | None]]:
    """From whom to whom rows went."""
    changes = evenements.filter(pgh_created_at__gt=depuis, pgh_label="update")
    suites = evenements.filter(pgh_obj__in=changes.order_by().values("pgh_obj"))
    qui: dict[UUID, UUID | None] = {}
    for ligne, personne, le in suites.values_list("uuid", "personne", "pgh_created_at"):
        de = qui.get(ligne, personne)
        if de != personne and le > depuis:
            yield de, personne
        qui[ligne] = personne
