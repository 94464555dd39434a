"""What follows somebody who moves: who is away is away from their new place, kept for them as long;
and who was seen since was seen there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from commun.horloge import aujourd_hui
from hebergement.models import Absence, ConstatPresence, Sejour
from socle.models import Utilisateur


def absences_qui_durent(jours: Mapping[UUID, date]) -> list[Absence]:
    """Of stays that end on these days by a move, the absences that go on through it, also those
    whose return was told since. Read before the move: the end of a stay ends them.

    A place that should have been given up is kept no longer; and of a move that is planned nobody
    knows who will be away.
    """
    lignes = Absence.objects.filter(sejour__in=jours).order_by()
    return [
        a for a in lignes
        if a.debut < jours[a.sejour_id] <= min(a.garde_jusqu_au, aujourd_hui())
        and (a.fin is None or a.fin > jours[a.sejour_id])
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
            fin=absence.fin,
            garde_jusqu_au=absence.garde_jusqu_au,
            auteur=auteur,
        )
        for absence in absences
    )


def suivre_les_transferts(
    transferts: Iterable[tuple[Sejour, Sejour, date]],
) -> Callable[[], None]:
    """Of moves whose day is corrected, let whoever was away through one be away through it still:
    called before the stays are written, and what it returns once they are.

    Args:
        transferts: the stay that was left, the one that goes on, as they were, and the new day.
    """
    ensuite: list[tuple[Absence, str]] = []
    for avant, apres, jour in transferts:
        dit = apres.arrivee
        finie = Absence.objects.filter(sejour=avant, fin=dit).first()
        reprise = (
            finie
            and Absence.objects.filter(
                sejour=apres, debut=dit, motif=finie.motif, garde_jusqu_au=finie.garde_jusqu_au
            ).first()
        )
        if finie is None or reprise is None or jour == dit:
            continue
        if finie.debut >= jour:
            # All of it was elsewhere.
            finie.delete()
            reprise.debut = finie.debut
            ensuite.append((reprise, "debut"))
        elif reprise.fin is not None and reprise.fin <= jour:
            # All of it was there.
            reprise.delete()
            finie.fin = reprise.fin
            ensuite.append((finie, "fin"))
        else:
            finie.fin = reprise.debut = jour
            if jour > dit:
                reprise.save(update_fields=["debut"])
                ensuite.append((finie, "fin"))
            else:
                # The end of the stay that was left ends the other one.
                ensuite.append((reprise, "debut"))

    def finir() -> None:
        for absence, champ in ensuite:
            absence.save(update_fields=[champ])

    return finir


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


def rendre_les_constats(sejours: Iterable[UUID]) -> None:
    """Of stays that are about to be deleted, as moves that were not made: whoever was seen there
    was seen where they were before."""
    avant = Sejour.objects.filter(suite=OuterRef("sejour")).values("pk")[:1]
    constats = ConstatPresence.objects.filter(sejour__in=list(sejours)).order_by()
    constats.annotate(ou=Subquery(avant)).exclude(ou=None).update(sejour=F("ou"))
