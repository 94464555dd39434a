"""The verbs of a round."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import localtime

from commun.api.errors import Conflit
from commun.horloge import maintenant
from contacts.enums import Cadre
from contacts.models import Contact
from maraudes.enums import StatutEtape, StatutMaraude
from maraudes.models import Etape, Maraude, Rencontre


def _changer(maraude: Maraude, depuis: set[StatutMaraude], **champs: Any) -> bool:
    """Move a round on, if it still stands where it must; either way, read where it stands now."""
    change = Maraude.objects.filter(pk=maraude.pk, statut__in=depuis).update(**champs)
    maraude.refresh_from_db()
    return bool(change)


@transaction.atomic
def demarrer(*, maraude: Maraude, debut_le: datetime | None = None) -> Maraude:
    """A planned round starts. Its day is the day of `debut_le`; the same call again is harmless.

    Raises:
        Conflit: it was started at another time, or cancelled.
    """
    if _changer(
        maraude,
        {StatutMaraude.PLANIFIEE},
        statut=StatutMaraude.EN_COURS,
        debut_le=debut_le or maintenant(),
    ):
        return maraude
    if maraude.statut == StatutMaraude.EN_COURS and debut_le in {None, maraude.debut_le}:
        return maraude
    # A tablet sends all that it holds again, the start of a round that is over included.
    if maraude.statut == StatutMaraude.CLOTUREE and debut_le and debut_le == maraude.debut_le:
        return maraude
    if maraude.debut_le is not None:
        raise Conflit(
            f"Cette maraude a déjà démarré, le {localtime(maraude.debut_le):%d/%m/%Y à %H:%M}."
        )
    raise Conflit("Cette maraude est annulée : elle ne peut démarrer.")


@transaction.atomic
def cloturer(*, maraude: Maraude, fin_le: datetime | None = None) -> Maraude:
    """A round under way ends; the stops that nobody reached are told as such.

    Raises:
        Conflit: it is not under way.
    """
    if _changer(
        maraude,
        {StatutMaraude.EN_COURS},
        statut=StatutMaraude.CLOTUREE,
        fin_le=fin_le or maintenant(),
    ):
        # The same statement order as an encounter: the round first, then its stops.
        maraude.etapes.filter(statut=StatutEtape.PREVUE).update(statut=StatutEtape.NON_VISITEE)
        return maraude
    if maraude.statut == StatutMaraude.CLOTUREE and fin_le in {None, maraude.fin_le}:
        return maraude
    raise Conflit("Seule une maraude en cours peut être clôturée.")


@transaction.atomic
def annuler(*, maraude: Maraude) -> Maraude:
    """A round that will not take place, or not go on; cancelling twice is harmless.

    Raises:
        Conflit: it is closed, or has encounters.
    """
    # Who records an encounter holds the round too: it comes before or after, not in between.
    Maraude.objects.select_for_update(no_key=True).get(pk=maraude.pk)
    if maraude.rencontres.exists():
        raise Conflit("Une maraude qui a des rencontres ne peut être annulée.")
    _changer(
        maraude,
        {StatutMaraude.PLANIFIEE, StatutMaraude.EN_COURS},
        statut=StatutMaraude.ANNULEE,
    )
    if maraude.statut != StatutMaraude.ANNULEE:
        raise Conflit("Une maraude clôturée ne peut être annulée.")
    return maraude


def annuler_plusieurs(*, maraudes: Iterable[Maraude]) -> tuple[int, int]:
    """Cancel each round that can be; returns how many were, and how many were kept."""
    annulees = refusees = 0
    for maraude in maraudes:
        try:
            annuler(maraude=maraude)
            annulees += 1
        except Conflit:
            refusees += 1
    return annulees, refusees


@contextmanager
def etapes_en_chantier() -> Iterator[None]:
    """Within, stops may share an order, be of another milieu than their round, or leave people
    who were met there without one; after, not.

    Raises:
        IntegrityError: at the end, where they still do.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        noms = "etape_ordre_unique, etape_du_milieu_du_secteur, etape_de_rencontres"
        cursor.execute(f"SET CONSTRAINTS {noms} DEFERRED")
        yield
        cursor.execute(f"SET CONSTRAINTS {noms} IMMEDIATE")


@transaction.atomic
def poser_etapes(*, maraude: Maraude, etapes: list[dict[str, Any]]) -> None:
    """Replace the stops of a round, `{secteur, ordre?, statut?}` each, in the order given.

    A stop that was there keeps its state unless another is told; where someone was met, it was
    visited.
    """
    # By sector, which may come twice in a round.
    avant: defaultdict[UUID, deque[str]] = defaultdict(deque)
    for secteur, statut in maraude.etapes.order_by("ordre").values_list("secteur", "statut"):
        avant[secteur].append(statut)
    maraude.etapes.all().delete()
    nouvelles = []
    for rang, etape in enumerate(etapes, 1):
        deja = avant[etape["secteur"].pk]
        statut = deja.popleft() if deja else StatutEtape.PREVUE
        nouvelles.append(Etape(maraude=maraude, **{"ordre": rang, "statut": statut, **etape}))
    Etape.objects.bulk_create(nouvelles)
    accorder_etapes(maraude=maraude)


def accorder_etapes(*, maraude: Maraude) -> None:
    """After a change of its stops: those where someone was met were visited, and no stop of a
    round that is over is still to come."""
    marquer_visitees(maraude.rencontres.all())
    if maraude.statut == StatutMaraude.CLOTUREE:
        maraude.etapes.filter(statut=StatutEtape.PREVUE).update(statut=StatutEtape.NON_VISITEE)
    # The stops are part of what a client reads of a round: its version moves with them.
    Maraude.objects.filter(pk=maraude.pk).update(modifie_le=maintenant())


def enregistrer_rencontre(**rencontre: Any) -> Rencontre:
    """Someone met during a round; see `enregistrer_rencontres`."""
    (faite,) = enregistrer_rencontres([rencontre])
    return faite


@transaction.atomic
def enregistrer_rencontres(rencontres: Iterable[dict[str, Any]]) -> list[Rencontre]:
    """People met during rounds: `{maraude, secteur?}` and the fields of the contact, each.

    All are recorded, or none. The stops where they happened count as visited. An encounter that
    arrives after the closing, or before the start, is kept: a tablet may have been without network.

    Raises:
        Conflit: a round was cancelled.
    """
    contacts, faites = [], []
    for champs in rencontres:
        donnees = {**champs}
        maraude, secteur = donnees.pop("maraude"), donnees.pop("secteur", None)
        contact = Contact(cadre=Cadre.MARAUDE, structure_id=maraude.equipe.structure_id, **donnees)
        contact.dater()
        contacts.append(contact)
        faites.append(Rencontre(contact=contact, maraude=maraude, secteur=secteur))
    retenir_maraudes({r.maraude_id for r in faites})
    Contact.objects.bulk_create(contacts)
    Rencontre.objects.bulk_create(faites)
    marquer_visitees(faites)
    return faites


def verrouiller_maraudes(cles: Iterable[UUID]) -> list[str]:
    """Lock rounds before what belongs to them; their states."""
    return list(
        Maraude.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=set(cles))
        .order_by("pk")
        .values_list("statut", flat=True)
    )


def retenir_maraudes(cles: Iterable[UUID]) -> None:
    """Until the end of this transaction nobody cancels these rounds.

    Raises:
        Conflit: one of them was cancelled.
    """
    if StatutMaraude.ANNULEE in verrouiller_maraudes(cles):
        raise Conflit("Cette maraude est annulée.")


def marquer_visitees(rencontres: Iterable[Rencontre]) -> None:
    """Someone was met at these stops, so they were visited, whatever was told of them before."""
    lieux = {(r.maraude_id, r.secteur_id) for r in rencontres if r.secteur_id is not None}
    if not lieux:
        return
    ici = reduce(or_, (Q(maraude=maraude, secteur=secteur) for maraude, secteur in lieux))
    touchees = Etape.objects.filter(ici).exclude(statut=StatutEtape.VISITEE)
    maraudes = set(touchees.values_list("maraude", flat=True))
    if maraudes:
        touchees.update(statut=StatutEtape.VISITEE)
        Maraude.objects.filter(pk__in=maraudes).update(modifie_le=maintenant())
