"""The verbs of accommodation: give a place, move, end, correct, close.

The database refuses the impossible; these verbs lock in one order (person, places, stays), so
that two of them wait for each other instead of failing, and tell what is in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When

from commun.api.errors import Conflit
from commun.contraintes import expliquer
from hebergement.models import Fermeture, Place, Sejour
from hebergement.obstacles import (
    Obstacle,
    obstacles_a_l_ouverture,
    obstacles_a_la_fermeture,
    obstacles_au_sejour,
)
from socle.models import Personne, Utilisateur

EXPLIQUEES = frozenset(
    {
        "sejour_une_personne_par_place",
        "sejour_une_place_par_personne",
        "sejour_dans_l_ouverture_de_la_place",
        "sejour_hors_fermeture",
        "fermeture_hors_sejour",
    }
)


ALLER_DU_JOUR = (
    "Arrivée, transfert et départ le même jour : aucune nuit n'a été passée ici. Une coordinatrice "
    "supprime ce séjour dans l'administration, puis la sortie se dit sur celui d'avant."
)


class Refus(Conflit):
    """The database refused; `obstacles` tells what is in the way."""


class Refusee(Exception):
    """Carries the name of the constraint out of the savepoint."""

    def __init__(self, contrainte: str) -> None:
        super().__init__(contrainte)
        self.contrainte = contrainte


@contextmanager
def _essai() -> Iterator[None]:
    """Write in a savepoint; what a known constraint refuses is undone, then explained."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as erreur:
        nom = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", None)
        if nom not in EXPLIQUEES:
            raise
        raise Refusee(nom) from erreur


def _refus(refusee: Refusee, obstacles: list[Obstacle]) -> Refus:
    message, _ = expliquer(refusee.contrainte)
    return Refus(message, code=refusee.contrainte, obstacles=[dict(o) for o in obstacles])


def _verrouiller(
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


def _verrouiller_sejour(sejour: Sejour, *places: UUID) -> Sejour:
    """Lock a stay, with its person, its place and others; read after the lock.

    Raises:
        Sejour.DoesNotExist: it was deleted meanwhile.
    """
    lignes = _verrouiller(
        personnes=[sejour.personne_id],
        places=[sejour.place_id, *places],
        sejours=[sejour.pk],
    )
    if sejour.pk not in lignes:
        raise Sejour.DoesNotExist
    return lignes[sejour.pk]


@transaction.atomic
def attribuer(
    *,
    place: Place,
    personne: Personne,
    arrivee: date,
    depart: date | None = None,
    auteur: Utilisateur | None,
    motif_forcage: str = "",
    **saisie: Any,
) -> Sejour:
    """Give a place; `saisie` holds the uuid and what the reception of a record adds.

    Raises:
        Refus: the place or the person is taken, or the place closed, at these dates.
    """
    _verrouiller(personnes=[personne.pk], places=[place.pk])
    sejour = Sejour(
        place=place,
        personne=personne,
        arrivee=arrivee,
        depart=depart,
        auteur=auteur,
        motif_forcage=motif_forcage,
        **saisie,
    )
    try:
        with _essai():
            sejour.save(force_insert=True)
    except Refusee as refusee:
        raise _refus(refusee, obstacles_au_sejour(sejour, auteur)) from refusee
    return sejour


def _refuser_l_aller_du_jour(sejour: Sejour, fin: date) -> None:
    """A stay and the one before it in its chain, both of one day, would be of the same half of it
    (docs/definitions.md § 2)."""
    if fin == sejour.arrivee and Sejour.objects.filter(suite=sejour, arrivee=fin).exists():
        raise Conflit(ALLER_DU_JOUR)


@transaction.atomic
def transferer(
    *,
    sejour: Sejour,
    place: Place,
    jour: date,
    auteur: Utilisateur | None,
    motif_forcage: str = "",
    **saisie: Any,
) -> Sejour:
    """Move to another place on `jour`: the stay ends there, the next one takes up its end.

    Raises:
        Refus: something is in the way at the new place.
        Conflit: the stay was moved already, or does not reach that day.
    """
    avant = _verrouiller_sejour(sejour, place.pk)
    if Sejour.objects.filter(suite_de=avant).exists():
        raise Conflit("Ce séjour a déjà été transféré.")
    if place.pk == avant.place_id:
        raise Conflit("Un transfert mène à une autre place.")
    if jour < avant.arrivee or (avant.depart is not None and jour > avant.depart):
        message = "Le jour du transfert est hors du séjour."
        raise Conflit(message, erreurs=[{"champ": "jour", "message": message, "code": "conflit"}])
    _refuser_l_aller_du_jour(avant, jour)
    suite = Sejour(
        place=place,
        personne_id=avant.personne_id,
        nature=avant.nature,
        arrivee=jour,
        depart=avant.depart,
        suite_de=avant,
        menage_id=avant.menage_id,
        motif_sortie=avant.motif_sortie,
        destination=avant.destination,
        auteur=auteur,
        motif_forcage=motif_forcage,
        **saisie,
    )
    avant.depart, avant.motif_sortie, avant.destination = jour, "", ""
    try:
        with _essai():
            avant.save(update_fields=["depart", "motif_sortie", "destination"])
            suite.save(force_insert=True)
    except Refusee as refusee:
        raise _refus(refusee, obstacles_au_sejour(suite, auteur, sauf=[avant.pk])) from refusee
    return suite


@transaction.atomic
def cloturer(
    *,
    sejour: Sejour,
    depart: date,
    motif_sortie: str,
    destination: str,
    auteur: Utilisateur | None = None,
) -> Sejour:
    """End a stay; the same call again is harmless.

    Raises:
        Refus: the new end runs into something.
        Conflit: it was moved, or ended otherwise.
    """
    ligne = _verrouiller_sejour(sejour)
    sortie = (depart, motif_sortie, destination)
    if (ligne.depart, ligne.motif_sortie, ligne.destination) == sortie:
        return ligne
    if ligne.motif_sortie:
        raise Conflit("Ce séjour est déjà clôturé : il se corrige.")
    if Sejour.objects.filter(suite_de=ligne).exists():
        raise Conflit("Ce séjour a été transféré : c'est le dernier de la suite qui se clôture.")
    _refuser_l_aller_du_jour(ligne, depart)
    ligne.depart, ligne.motif_sortie, ligne.destination = sortie
    try:
        with _essai():
            ligne.save(update_fields=["depart", "motif_sortie", "destination"])
    except Refusee as refusee:
        raise _refus(refusee, obstacles_au_sejour(ligne, auteur, sauf=[ligne.pk])) from refusee
    return ligne


def verrouiller_chaine(*, sejour: Sejour) -> Sejour:
    """Lock a stay with its neighbours in the chain, and their places, for a correction.

    Raises:
        Sejour.DoesNotExist: it was deleted meanwhile.
    """
    lignes = verrouiller_chaines(sejours=[sejour])
    if sejour.pk not in lignes:
        raise Sejour.DoesNotExist
    return lignes[sejour.pk]


def verrouiller_chaines(*, sejours: Sequence[Sejour]) -> dict[UUID, Sejour]:
    """Lock stays with their neighbours, their persons and places, table by table."""
    cles = [sejour.pk for sejour in sejours]
    voisins = Sejour.objects.filter(Q(suite__in=cles) | Q(suite_de__in=cles))
    tous = [*sejours, *voisins]
    return _verrouiller(
        personnes=[s.personne_id for s in tous],
        places=[s.place_id for s in tous],
        sejours=[s.pk for s in tous],
    )


@transaction.atomic
def corriger(*, sejour: Sejour, auteur: Utilisateur | None, **champs: Any) -> Sejour:
    """Correct a stay; an end shared with a transfer moves on both sides, in one statement.

    Raises:
        Refus: something is in the way.
        Conflit: a transferred stay has no way out, and its end can't be taken away.
    """
    ligne = verrouiller_chaine(sejour=sejour)
    arrivee = champs.pop("arrivee", ligne.arrivee)
    depart = champs.pop("depart", ligne.depart)
    avant = Sejour.objects.filter(suite=ligne.pk).first()
    apres = Sejour.objects.filter(suite_de=ligne.pk).first()
    sortie = champs.get("motif_sortie") or champs.get("destination")
    if apres is not None and (depart is None or sortie):
        raise Conflit("Ce séjour a été transféré : sa fin est le début du suivant.")
    if avant is not None and avant.arrivee == arrivee == depart:
        raise Conflit(ALLER_DU_JOUR)
    ligne.arrivee, ligne.depart = arrivee, depart
    chaine = [ligne]
    if avant is not None:
        avant.depart = arrivee
        chaine.append(avant)
    if apres is not None and depart is not None:
        apres.arrivee = depart
        chaine.append(apres)
    cles = [s.pk for s in chaine]
    for champ, valeur in champs.items():
        setattr(ligne, champ, valeur)
    try:
        with _essai():
            # A forcing motive must stand before the dates move; a motive of departure must not
            # outlive its date.
            if "motif_forcage" in champs:
                ligne.save(update_fields=["motif_forcage"])
            if depart is None:
                ligne.save(update_fields=["motif_sortie", "destination"])
            Sejour.objects.filter(pk__in=cles).update(
                arrivee=Case(
                    *(When(pk=s.pk, then=Value(s.arrivee)) for s in chaine), default=F("arrivee")
                ),
                depart=Case(
                    *(When(pk=s.pk, then=Value(s.depart)) for s in chaine), default=F("depart")
                ),
            )
            # Told by the signals that wake the recomputation and the matching.
            ligne.save(update_fields=["motif_sortie", "destination"])
    except Refusee as refusee:
        obstacles = [o for s in chaine for o in obstacles_au_sejour(s, auteur, sauf=cles)]
        raise _refus(refusee, obstacles) from refusee
    return ligne


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
    _verrouiller(places=[fermeture.place_id])
    try:
        with _essai():
            fermeture.save(force_insert=nouvelle)
    except Refusee as refusee:
        raise _refus(refusee, obstacles_a_la_fermeture(fermeture, auteur)) from refusee
    return fermeture


@transaction.atomic
def corriger_place(*, place: Place, auteur: Utilisateur | None, **champs: Any) -> Place:
    """Correct a place; its opening is not shortened under a stay.

    Raises:
        Refus: stays lie outside the new opening.
    """
    _verrouiller(places=[place.pk])
    for champ, valeur in champs.items():
        setattr(place, champ, valeur)
    try:
        with _essai():
            place.save(update_fields=list(champs) or None)
    except Refusee as refusee:
        raise _refus(refusee, obstacles_a_l_ouverture(place, auteur)) from refusee
    return place


def verrouiller_places(*, places: Iterable[UUID]) -> None:
    """Lock places before what stands on them, for a correction."""
    _verrouiller(places=places)
