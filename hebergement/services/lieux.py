"""The verbs of places: close one for a while, correct one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from hebergement.models import Fermeture, Place
from hebergement.obstacles import obstacles_a_l_ouverture, obstacles_a_la_fermeture
from hebergement.services.retenues import poser
from hebergement.services.verrous import Refusee, refus_de, verrouiller
from socle.models import Utilisateur


@transaction.atomic
def fermer(
    *,
    place: Place,
    debut: date,
    motif: str,
    fin: date | None = None,
    auteur: Utilisateur | None = None,
    motif_forcage: str = "",
    **saisie: Any,
) -> Fermeture:
    """Close a place for a while.

    Raises:
        Refus: somebody stays there, and no motive forces it.
    """
    fermeture = Fermeture(
        place=place,
        debut=debut,
        fin=fin,
        motif=motif,
        motif_forcage=motif_forcage,
        auteur=auteur,
        **saisie,
    )
    return _ecrire_fermeture(fermeture, auteur, nouvelle=True)


@transaction.atomic
def corriger_fermeture(
    *, fermeture: Fermeture, auteur: Utilisateur | None, **champs: Any
) -> Fermeture:
    """Correct a closure; whoever moves it has locked both places, before its row.

    Raises:
        Refus: somebody stays there, and no motive forces it.
    """
    for champ, valeur in champs.items():
        setattr(fermeture, champ, valeur)
    return _ecrire_fermeture(fermeture, auteur, nouvelle=False)


def _ecrire_fermeture(
    fermeture: Fermeture, auteur: Utilisateur | None, *, nouvelle: bool
) -> Fermeture:
    verrouiller(places=[fermeture.place_id])
    try:
        poser(lambda: fermeture.save(force_insert=nouvelle), fermeture.place_id)
    except Refusee as refusee:
        raise refus_de(refusee, obstacles_a_la_fermeture(fermeture, auteur)) from refusee
    return fermeture


@transaction.atomic
def corriger_place(*, place: Place, auteur: Utilisateur | None, **champs: Any) -> Place:
    """Correct a place; its opening is not shortened under a stay.

    Raises:
        Refus: stays lie outside the new opening.
    """
    verrouiller(places=[place.pk])
    for champ, valeur in champs.items():
        setattr(place, champ, valeur)
    try:
        poser(lambda: place.save(update_fields=list(champs) or None), place.pk)
    except Refusee as refusee:
        raise refus_de(refusee, obstacles_a_l_ouverture(place, auteur)) from refusee
    return place


def verrouiller_places(*, places: Iterable[UUID]) -> None:
    """Lock places before what stands on them, for a correction."""
    verrouiller(places=places)
