"""The verbs of stays: give a place, move, end, correct.

The database refuses the impossible; these verbs lock in one order, and tell what is in the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, jour_paris, maintenant
from hebergement.enums import MotifSortie, StatutDemande, StatutProposition
from hebergement.models import DemandeHebergement, Place, Proposition, Sejour
from hebergement.obstacles import obstacles_au_sejour
from hebergement.services.deces import (
    accorder_les_demandes,
    ne_plus_attendre,
    places_a_liberer,
    refuser_la_contradiction,
)
from hebergement.services.retenues import annuler, finir, poser
from hebergement.services.suites import (
    attendre_la_suite,
    finir_avec,
    finir_les_absences,
    ne_pas_faire,
    rattacher_les_constats,
)
from hebergement.services.verrous import Refusee, refus_de, verrouiller, verrouiller_sejour
from socle.models import Personne, Utilisateur

ALLER_DU_JOUR = (
    "Arrivée, transfert et départ le même jour : aucune nuit n'a été passée ici. Une coordinatrice "
    "supprime ce séjour dans l'administration, puis la sortie se dit sur celui d'avant."
)


@dataclass(frozen=True)
class _Attendu:
    """What somebody asked for, that a place answers."""

    demandes: list[UUID]
    menage: UUID | None
    sejours: dict[UUID, Sejour]

    def satisfaire(self, sejour: Sejour) -> None:
        DemandeHebergement.objects.filter(pk__in=self.demandes).update(
            issue=StatutDemande.ABOUTIE, close_le=maintenant(), sejour=sejour
        )


def _repondre(
    personne: Personne,
    place: Place,
    arrivee: date,
    depart: date | None,
    *,
    places: Collection[UUID] = (),
    sejours: Collection[UUID] = (),
) -> _Attendu:
    """Lock a person, these places and stays, and all that was held for what a place answers; that
    is free then."""
    verrouiller(personnes=[personne.pk])
    # While the person is held, nothing new is proposed to them.
    demandes = list(DemandeHebergement.objects.repondues_par(place, personne, depart))
    proposees = Proposition.objects.filter(demande__in=demandes, issue="")
    lignes = verrouiller(
        places={place.pk, *places, *proposees.values_list("place", flat=True)}, sejours=sejours
    )
    autres = []
    for proposition in proposees.select_related("retenue"):
        if proposition.place_id == place.pk and _est_a_temps(proposition, arrivee):
            # Told ahead: it is the stay that has the place, and may still be moved to begin sooner.
            finir(proposition, StatutProposition.CONFIRMEE, min(arrivee, aujourd_hui()))
        else:
            autres.append(proposition)
    annuler(autres)
    menage = next((d.menage_id for d in demandes if d.menage_id), None)
    return _Attendu([d.pk for d in demandes], menage, lignes)


def _est_a_temps(proposition: Proposition, arrivee: date) -> bool:
    return proposition.expire_le > maintenant() or arrivee <= jour_paris(proposition.expire_le)


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

    What the person asked for is answered: requests for such a place are closed, and what was held
    for them is free. Their household is that of the request, unless another is said.

    Raises:
        Refus: the place or the person is taken, or the place closed, at these dates; or they have
            died before.
    """
    motif_sortie = saisie.get("motif_sortie")
    a_liberer = places_a_liberer(personne, motif_sortie)
    attendu = _repondre(personne, place, arrivee, depart, places=a_liberer)
    menage = saisie.pop("menage", None)
    sejour = Sejour(
        place=place,
        personne=personne,
        arrivee=arrivee,
        depart=depart,
        menage_id=menage.pk if menage else attendu.menage,
        auteur=auteur,
        motif_forcage=motif_forcage,
        **saisie,
    )
    refuser_la_contradiction(sejour, auteur)
    try:
        poser(lambda: sejour.save(force_insert=True), place.pk)
    except Refusee as refusee:
        obstacles = obstacles_au_sejour(sejour, auteur)
        raise refus_de(refusee, obstacles, ailleurs=place) from refusee
    attendu.satisfaire(sejour)
    if motif_sortie == MotifSortie.DECES:
        ne_plus_attendre(sejour)
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
    """Move to another place on `jour`: the stay ends there, the next one takes up its end. It
    answers what the person asked for, as a place that is given does.

    Raises:
        Refus: something is in the way at the new place.
        Conflit: the stay was moved already, or does not reach that day.
        Sejour.DoesNotExist: it was deleted meanwhile.
    """
    attendu = _repondre(
        sejour.personne, place, jour, sejour.depart,
        places=[sejour.place_id], sejours=[sejour.pk],
    )  # fmt: skip
    avant = attendu.sejours.get(sejour.pk)
    if avant is None:
        raise Sejour.DoesNotExist
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
        menage_id=avant.menage_id or attendu.menage,
        motif_sortie=avant.motif_sortie,
        destination=avant.destination,
        cloture_automatique=avant.cloture_automatique,
        auteur=auteur,
        motif_forcage=motif_forcage,
        **saisie,
    )
    avant.depart, avant.motif_sortie, avant.destination = jour, "", ""
    avant.cloture_automatique = False

    def ecrire() -> None:
        attendre_la_suite()
        avant.save(update_fields=["depart", "motif_sortie", "destination", "cloture_automatique"])
        suite.save(force_insert=True)
        finir_les_absences()

    try:
        poser(ecrire, place.pk)
    except Refusee as refusee:
        raise refus_de(refusee, obstacles_au_sejour(suite, auteur, sauf=[avant.pk])) from refusee
    rattacher_les_constats([avant.pk])
    attendu.satisfaire(suite)
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
    """End a stay; the same call again is harmless. A move that was planned is not made; of who
    died, nothing is waited for any more.

    Raises:
        Refus: the new end runs into something, or they have died before.
        Conflit: it was moved, or ended otherwise.
    """
    ligne = verrouiller_sejour(sejour, *places_a_liberer(sejour.personne, motif_sortie))
    sortie = (depart, motif_sortie, destination)
    if (ligne.depart, ligne.motif_sortie, ligne.destination) == sortie:
        return ligne
    if ligne.motif_sortie:
        raise Conflit("Ce séjour est déjà clôturé : il se corrige.")
    suite = Sejour.objects.filter(suite_de=ligne).first()
    if suite is not None and (suite.arrivee <= aujourd_hui() or depart > suite.arrivee):
        raise Conflit("Ce séjour a été transféré : c'est le dernier de la suite qui se clôture.")
    _refuser_l_aller_du_jour(ligne, depart)
    renoncer_a_la_suite([ligne.pk])
    ligne.depart, ligne.motif_sortie, ligne.destination = sortie
    refuser_la_contradiction(ligne, auteur)
    try:
        poser(
            lambda: ligne.save(update_fields=["depart", "motif_sortie", "destination"]),
            ligne.place_id,
        )
    except Refusee as refusee:
        raise refus_de(refusee, obstacles_au_sejour(ligne, auteur, sauf=[ligne.pk])) from refusee
    if suite is not None:
        finir_avec([ligne.pk])
    if motif_sortie == MotifSortie.DECES:
        ne_plus_attendre(ligne)
    return ligne


def renoncer_a_la_suite(sejours: Iterable[UUID]) -> None:
    """Moves of these stays that were planned, and where nobody has slept, are not made."""
    prevus: list[Sejour] = []
    suivants = set(sejours)
    while suivants:
        siens = list(Sejour.objects.filter(suite_de__in=suivants, arrivee__gt=aujourd_hui()))
        suivants = {s.pk for s in siens}
        prevus += siens
    ne_pas_faire(prevus)


def verrouiller_chaine(*, sejour: Sejour, places: Collection[UUID] = ()) -> Sejour:
    """Lock a stay with its neighbours in the chain, their places and others, for a correction.

    Raises:
        Sejour.DoesNotExist: it was deleted meanwhile.
    """
    lignes = verrouiller_chaines(sejours=[sejour], places=places)
    if sejour.pk not in lignes:
        raise Sejour.DoesNotExist
    return lignes[sejour.pk]


def verrouiller_chaines(
    *, sejours: Sequence[Sejour], places: Collection[UUID] = ()
) -> dict[UUID, Sejour]:
    """Lock stays with their neighbours, their persons, places and others, table by table."""
    cles = [sejour.pk for sejour in sejours]
    voisins = Sejour.objects.filter(Q(suite__in=cles) | Q(suite_de__in=cles))
    tous = [*sejours, *voisins]
    return verrouiller(
        personnes=[s.personne_id for s in tous],
        places={*places, *(s.place_id for s in tous)},
        sejours=[s.pk for s in tous],
    )


@transaction.atomic
def corriger(*, sejour: Sejour, auteur: Utilisateur | None, **champs: Any) -> Sejour:
    """Correct a stay; an end shared with a transfer moves on both sides, in one statement.

    Raises:
        Refus: something is in the way.
        Conflit: a transferred stay has no way out, and its end can't be taken away.
    """
    a_liberer = places_a_liberer(sejour.personne, champs.get("motif_sortie"))
    ligne = verrouiller_chaine(sejour=sejour, places=a_liberer)
    arrivee = champs.pop("arrivee", ligne.arrivee)
    depart = champs.pop("depart", ligne.depart)
    avant = Sejour.objects.filter(suite=ligne.pk).first()
    apres = Sejour.objects.filter(suite_de=ligne.pk).first()
    sortie = champs.get("motif_sortie") or champs.get("destination")
    if apres is not None and (depart is None or sortie):
        raise Conflit("Ce séjour a été transféré : sa fin est le début du suivant.")
    if avant is not None and avant.arrivee == arrivee == depart:
        raise Conflit(ALLER_DU_JOUR)
    avant_correction = (ligne.depart, ligne.motif_sortie, ligne.destination)
    etait_un_deces = ligne.motif_sortie == MotifSortie.DECES
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
    if (ligne.depart, ligne.motif_sortie, ligne.destination) != avant_correction:
        # Now it is somebody's word.
        ligne.cloture_automatique = False
        refuser_la_contradiction(ligne, auteur, sauf=cles)
    sortie_dite = ["motif_sortie", "destination", "cloture_automatique"]

    def ecrire() -> None:
        # A forcing motive must stand before the dates move; a motive of departure must not
        # outlive its date.
        if "motif_forcage" in champs:
            ligne.save(update_fields=["motif_forcage"])
        if depart is None:
            ligne.save(update_fields=sortie_dite)
        Sejour.objects.filter(pk__in=cles).update(
            arrivee=Case(
                *(When(pk=s.pk, then=Value(s.arrivee)) for s in chaine), default=F("arrivee")
            ),
            depart=Case(
                *(When(pk=s.pk, then=Value(s.depart)) for s in chaine), default=F("depart")
            ),
        )
        # Told by the signals that wake the recomputation and the matching.
        ligne.save(update_fields=[*sortie_dite, "menage"])

    try:
        poser(ecrire, *(s.place_id for s in chaine))
    except Refusee as refusee:
        obstacles = [o for s in chaine for o in obstacles_au_sejour(s, auteur, sauf=cles)]
        raise refus_de(refusee, obstacles) from refusee
    rattacher_les_constats(cles)
    if champs.get("motif_sortie") == MotifSortie.DECES or etait_un_deces:
        accorder_les_demandes([ligne.personne_id])
    return ligne
