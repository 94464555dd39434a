"""The verbs of a round."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from commun.api.errors import Conflit
from commun.horloge import maintenant
from contacts.enums import Cadre
from contacts.models import Contact
from maraudes.enums import StatutEtape, StatutMaraude
from maraudes.models import Etape, Maraude, Rencontre, Secteur


def _changer(maraude: Maraude, depuis: set[StatutMaraude], refus: str, **champs: Any) -> None:
    """Move a round on, if it still stands where it must.

    Raises:
        Conflit: another state has been reached meanwhile.
    """
    if not Maraude.objects.filter(pk=maraude.pk, statut__in=depuis).update(**champs):
        raise Conflit(refus)
    maraude.refresh_from_db()


@transaction.atomic
def demarrer(*, maraude: Maraude, debut_le: datetime | None = None) -> Maraude:
    """A planned round starts. Its day is the day of `debut_le`; the same call again is harmless.

    Raises:
        Conflit: it was started at another time, closed or cancelled.
    """
    deja = maraude.statut == StatutMaraude.EN_COURS
    if deja and debut_le in {None, maraude.debut_le}:
        return maraude
    _changer(
        maraude,
        {StatutMaraude.PLANIFIEE},
        "Seule une maraude planifiée peut démarrer.",
        statut=StatutMaraude.EN_COURS,
        debut_le=debut_le or maintenant(),
    )
    return maraude


@transaction.atomic
def cloturer(*, maraude: Maraude, fin_le: datetime | None = None) -> Maraude:
    """A round under way ends; the stops that nobody reached are told as such.

    Raises:
        Conflit: it is not under way.
    """
    if maraude.statut == StatutMaraude.CLOTUREE and fin_le in {None, maraude.fin_le}:
        return maraude
    _changer(
        maraude,
        {StatutMaraude.EN_COURS},
        "Seule une maraude en cours peut être clôturée.",
        statut=StatutMaraude.CLOTUREE,
        fin_le=fin_le or maintenant(),
    )
    # The same statement order as an encounter: the round first, then its stops.
    maraude.etapes.filter(statut=StatutEtape.PREVUE).update(statut=StatutEtape.NON_VISITEE)
    return maraude


@transaction.atomic
def annuler(*, maraude: Maraude) -> Maraude:
    """A round that will not take place, or not go on; cancelling twice is harmless.

    Raises:
        Conflit: it is closed, or has encounters.
    """
    if maraude.statut == StatutMaraude.ANNULEE:
        return maraude
    Maraude.objects.select_for_update(no_key=True).get(pk=maraude.pk)
    if maraude.rencontres.exists():
        raise Conflit("Une maraude qui a des rencontres ne peut être annulée.")
    _changer(
        maraude,
        {StatutMaraude.PLANIFIEE, StatutMaraude.EN_COURS},
        "Une maraude clôturée ne peut être annulée.",
        statut=StatutMaraude.ANNULEE,
    )
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


@transaction.atomic
def poser_etapes(*, maraude: Maraude, etapes: list[dict[str, Any]]) -> None:
    """Replace the stops of a round, `{secteur, ordre?, statut?}` each, in the order given."""
    maraude.etapes.all().delete()
    Etape.objects.bulk_create(
        Etape(maraude=maraude, **{"ordre": rang, **etape}) for rang, etape in enumerate(etapes, 1)
    )
    signaler_etapes(maraude=maraude)


def signaler_etapes(*, maraude: Maraude) -> None:
    """The stops are part of what a client reads of a round: its version moves with them."""
    Maraude.objects.filter(pk=maraude.pk).update(modifie_le=maintenant())


@transaction.atomic
def enregistrer_rencontre(
    *, maraude: Maraude, secteur: Secteur | None = None, **contact: Any
) -> Rencontre:
    """Someone met during a round; `contact` holds the fields of the contact.

    The stop where it happened counts as visited. An encounter that arrives after the closing, or
    before the start, is kept: a tablet may have been without network.

    Raises:
        Conflit: the round was cancelled.
    """
    # Until the end of this transaction nobody cancels the round.
    statut = (
        Maraude.objects.select_for_update(no_key=True)
        .values_list("statut", flat=True)
        .get(pk=maraude.pk)
    )
    if statut == StatutMaraude.ANNULEE:
        raise Conflit("Cette maraude est annulée.")
    ligne = Contact(cadre=Cadre.MARAUDE, structure_id=maraude.equipe.structure_id, **contact)
    ligne.dater()
    ligne.save(force_insert=True)
    rencontre = Rencontre(contact=ligne, maraude=maraude, secteur=secteur)
    rencontre.save(force_insert=True)
    marquer_visitee(maraude=maraude, secteur=secteur)
    return rencontre


def marquer_visitee(*, maraude: Maraude, secteur: Secteur | None) -> None:
    """Someone was met at this stop, so it was visited, whatever was told of it before."""
    touchees = Etape.objects.filter(maraude=maraude, secteur=secteur).exclude(
        statut=StatutEtape.VISITEE
    )
    if secteur is not None and touchees.update(statut=StatutEtape.VISITEE):
        Maraude.objects.filter(pk=maraude.pk).update(modifie_le=maintenant())
