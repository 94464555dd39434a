"""Between what numbers the file active is: who may be one person, and who is not known.

docs/definitions.md § 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from contacts.enums import Issue
from contacts.models import Contact
from coordination.models import Doublon
from indicateurs.calcul import compter
from indicateurs.catalogue import PAR_CODE
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.sources import PRESENCES_PAR_MOIS


def bornes(periodes: Sequence[Periode], portee: Portee) -> list[tuple[int, int]]:
    """Of each period: with the probable duplicates as one person, and with each contact of
    somebody unknown as a person of their own."""
    valeurs = compter([PAR_CODE["file_active"]], periodes, portee)
    connues = [int(valeurs["file_active", None, rang] or 0) for rang in range(len(periodes))]
    doubles, anonymes = en_trop(periodes, portee), inconnues(periodes, portee)
    return [
        (connue - trop, connue + inconnue)
        for connue, trop, inconnue in zip(connues, doubles, anonymes, strict=True)
    ]


def inconnues(periodes: Sequence[Periode], portee: Portee) -> list[int]:
    """Of each period, the contacts of nobody known."""
    lignes = Contact.objects.filter(
        portee.sur("structure"), personne=None, issue=Issue.ECHANGE
    ).aggregate(
        **{
            f"periode_{rang}": Count("pk", filter=Q(jour__gte=periode.debut, jour__lt=periode.fin))
            for rang, periode in enumerate(periodes)
        }
    )
    return [lignes[f"periode_{rang}"] for rang in range(len(periodes))]


def en_trop(periodes: Sequence[Periode], portee: Portee) -> list[int]:
    """How many of each period would not be there if each group were one person."""
    groupe = groupes(Doublon.objects.probables().values_list("premiere", "seconde"))
    lignes: Any = (
        PRESENCES_PAR_MOIS.lignes()
        .filter(portee.sur(PRESENCES_PAR_MOIS.structure), personne__in=list(groupe))
        .values("personne")
        .order_by()
        .annotate(
            **{
                f"periode_{rang}": Count("personne", filter=PRESENCES_PAR_MOIS.pendant(periode))
                for rang, periode in enumerate(periodes)
            }
        )
    )
    venus: list[list[UUID]] = [[] for _ in periodes]
    for ligne in lignes:
        for rang, siens in enumerate(venus):
            if ligne[f"periode_{rang}"]:
                siens.append(ligne["personne"])
    return [_de_trop(groupe, siens) for siens in venus]


def en_trop_parmi(personnes: Iterable[UUID]) -> int:
    """How many of these would not be there if each group were one person."""
    groupe = groupes(Doublon.objects.probables().values_list("premiere", "seconde"))
    return _de_trop(groupe, personnes)


def _de_trop(groupe: Mapping[UUID, UUID], personnes: Iterable[UUID]) -> int:
    venus = [groupe[personne] for personne in personnes if personne in groupe]
    return len(venus) - len(set(venus))


def groupes(paires: Iterable[tuple[UUID, UUID]]) -> dict[UUID, UUID]:
    """Each file that is in a pair -> one file of all that are tied to it, near or far."""
    vers: dict[UUID, UUID] = {}

    def tete(cle: UUID) -> UUID:
        while (suivante := vers.setdefault(cle, cle)) != cle:
            # Halve the way for who comes after.
            vers[cle] = vers[suivante]
            cle = suivante
        return cle

    for une, autre in paires:
        vers[tete(une)] = tete(autre)
    return {cle: tete(cle) for cle in list(vers)}
