"""The verbs of requests and propositions: hold a place for somebody, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from commun.api.errors import Conflit
from commun.horloge import PARIS, aujourd_hui, jour_paris, maintenant
from hebergement.enums import Nature, StatutDemande, StatutProposition
from hebergement.models import DemandeHebergement, Place, Proposition, Sejour
from hebergement.obstacles import obstacles_au_sejour
from hebergement.services.retenues import (
    annuler,
    expirer,
    expirer_sur,
    finir,
    liberer,
    poser,
)
from hebergement.services.sejours import attribuer
from hebergement.services.verrous import Refusee, refus_de, verrouiller
from socle.models import Utilisateur

CLOSE = "Cette demande est close."
DEJA_PROPOSEE = "Une place est déjà proposée pour cette demande."
DEJA_ATTENDUE = "Une place est déjà retenue pour cette personne, qui a une autre demande."
FINIE = "Cette proposition est finie."
PAS_ENCORE = "La place n'était pas encore proposée ce jour-là."
DEPASSEE = "Le délai est passé : la place n'est plus retenue."
UN_JOUR = timedelta(days=1)
# How long somebody may say that they will come, however often they say when.
JOURS_AU_PLUS = 30
TROP_LOIN = f"La personne est attendue {JOURS_AU_PLUS} jours au plus après la proposition."


def _prendre(demande_id: UUID, personne_id: UUID, *places: UUID) -> DemandeHebergement:
    """Lock a request with its person, these places and those that are held for them.

    The person first: while they are held, nothing new is proposed to them.
    """
    verrouiller(personnes=[personne_id])
    verrouiller(places={*places, *_propositions_de(personne_id).values_list("place", flat=True)})
    return DemandeHebergement.objects.select_for_update(of=("self",), no_key=True).get(
        pk=demande_id
    )


def _propositions_de(personne_id: UUID) -> QuerySet[Proposition]:
    """Those that nobody has ended, of all that somebody asked for."""
    return Proposition.objects.filter(demande__personne=personne_id, issue="")


def _prendre_la_proposition(proposition: Proposition) -> Proposition:
    """Lock a proposition with all that it holds; read after the lock."""
    demande = proposition.demande
    _prendre(demande.pk, demande.personne_id, proposition.place_id)
    return (
        Proposition.objects.select_for_update(of=("self",), no_key=True)
        .select_related("demande", "place__site", "retenue")
        .get(pk=proposition.pk)
    )


@transaction.atomic
def proposer(
    *, demande: DemandeHebergement, place: Place, auteur: Utilisateur | None, **saisie: Any
) -> Proposition:
    """Hold a place for a request until its site's deadline.

    Raises:
        Refus: the place is taken, held or closed.
        Conflit: the request is closed, or another place is held for the person.
    """
    ligne = _prendre(demande.pk, demande.personne_id, place.pk)
    if ligne.issue:
        raise Conflit(CLOSE)
    siennes = list(_propositions_de(ligne.personne_id))
    for en_cours in siennes:
        if en_cours.expire_le > maintenant():
            raise Conflit(DEJA_PROPOSEE if en_cours.demande_id == ligne.pk else DEJA_ATTENDUE)
    if siennes:
        expirer(siennes)
    instant = maintenant()
    expire_le = instant + timedelta(hours=place.site.heures_pour_repondre)
    retenue = Sejour(
        place=place,
        personne_id=ligne.personne_id,
        nature=Nature.RETENUE,
        arrivee=jour_paris(instant),
        depart=jour_paris(expire_le) + UN_JOUR,
        auteur=auteur,
    )
    try:
        poser(lambda: retenue.save(force_insert=True), place.pk)
    except Refusee as refusee:
        obstacles = obstacles_au_sejour(retenue, auteur)
        raise refus_de(refusee, obstacles, ailleurs=place) from refusee
    proposition = Proposition(
        demande=ligne, place=place, retenue=retenue, expire_le=expire_le, auteur=auteur, **saisie
    )
    proposition.save(force_insert=True)
    return proposition


@transaction.atomic
def accepter(
    *, proposition: Proposition, attendue_le: date, auteur: Utilisateur | None
) -> Proposition:
    """The person will come on a day: the place is held until they should have; twice is harmless.

    Raises:
        Refus: something is in the way on those nights.
        Conflit: it is over, or that day is too far.
    """
    ligne = _prendre_la_proposition(proposition)
    _exiger_en_cours(ligne)
    if ligne.attendue_le == attendue_le:
        return ligne
    if attendue_le > jour_paris(ligne.recu_le) + timedelta(days=JOURS_AU_PLUS):
        erreur = {"champ": "attendue_le", "message": TROP_LOIN, "code": "conflit"}
        raise Conflit(TROP_LOIN, erreurs=[erreur])
    retenue = ligne.retenue
    assert retenue is not None  # a constraint says so
    # Who says in the evening that they come today has as long as who said so before.
    attendue = max(datetime.combine(attendue_le, time(12), PARIS), maintenant())
    ligne.expire_le = attendue + timedelta(hours=ligne.place.site.heures_pour_venir)
    ligne.acceptee_le = ligne.acceptee_le or maintenant()
    ligne.attendue_le = attendue_le
    retenue.depart = jour_paris(ligne.expire_le) + UN_JOUR
    try:
        poser(lambda: retenue.save(update_fields=["depart"]), ligne.place_id)
    except Refusee as refusee:
        obstacles = obstacles_au_sejour(retenue, auteur, sauf=[retenue.pk])
        raise refus_de(refusee, obstacles) from refusee
    ligne.save(update_fields=["expire_le", "acceptee_le", "attendue_le"])
    return ligne


def _exiger_en_cours(proposition: Proposition) -> None:
    if proposition.issue:
        raise Conflit(FINIE)
    if proposition.expire_le <= maintenant():
        raise Conflit(DEPASSEE)


@transaction.atomic
def refuser(
    *, proposition: Proposition, issue: StatutProposition, motif_refus: str, **dit: str
) -> Proposition:
    """The person, or the structure, says no: the place is free at once, and the request keeps its
    seniority; the same call again is harmless.

    Raises:
        Conflit: it is over.
    """
    ligne = _prendre_la_proposition(proposition)
    dit = {"motif_refus": motif_refus, **dit}
    if _est_dit(ligne, issue, dit):
        return ligne
    _exiger_en_cours(ligne)
    for champ, valeur in dit.items():
        setattr(ligne, champ, valeur)
    finir(ligne, issue, aujourd_hui())
    return ligne


@transaction.atomic
def retirer(*, proposition: Proposition) -> Proposition:
    """Coordination takes a proposition back; twice is harmless.

    Raises:
        Conflit: it is over.
    """
    ligne = _prendre_la_proposition(proposition)
    if ligne.issue != StatutProposition.ANNULEE:
        _exiger_en_cours(ligne)
        finir(ligne, StatutProposition.ANNULEE, aujourd_hui())
    return ligne


@transaction.atomic
def confirmer(
    *,
    proposition: Proposition,
    arrivee: date,
    depart: date | None = None,
    auteur: Utilisateur | None,
    **saisie: Any,
) -> Sejour:
    """The person has come: the hold ends where their stay begins, today at the latest, and the
    request with it.

    Also of one that nobody had accepted; and of one who came in time, which is told once they were
    taken for somebody who did not.

    Raises:
        Refus: something is in the way of the stay.
        Conflit: it is over, was over when they came, or was not made yet on that day.
    """
    ligne = _prendre_la_proposition(proposition)
    en_retard = _dite_en_retard(ligne, arrivee)
    if ligne.issue and not en_retard:
        raise Conflit(FINIE)
    if ligne.expire_le <= maintenant() and arrivee > jour_paris(ligne.expire_le):
        raise Conflit(DEPASSEE)
    if arrivee < jour_paris(ligne.recu_le):
        erreur = {"champ": "arrivee", "message": PAS_ENCORE, "code": "conflit"}
        raise Conflit(PAS_ENCORE, erreurs=[erreur])
    if en_retard:
        # The nights that were held for them are theirs.
        tenues = Sejour.objects.filter(
            nature=Nature.RETENUE, proposition=None, place=ligne.place,
            personne=ligne.demande.personne_id, depart__gt=arrivee,
        )  # fmt: skip
        liberer(dict.fromkeys(tenues.values_list("pk", flat=True), arrivee))
    sejour = attribuer(
        place=ligne.place,
        personne=ligne.demande.personne,
        arrivee=arrivee,
        depart=depart,
        auteur=auteur,
        **saisie,
    )
    if en_retard:
        ligne.issue = StatutProposition.CONFIRMEE
        ligne.save(update_fields=["issue"])
    return sejour


def _dite_en_retard(proposition: Proposition, arrivee: date) -> bool:
    """Whether somebody who was awaited, and taken for one who did not come, came in time: a tablet
    without network tells it afterwards. What they asked for must be open still."""
    return (
        proposition.issue in (StatutProposition.NON_PRESENTEE, StatutProposition.EXPIREE)
        and arrivee <= jour_paris(proposition.expire_le)
        and not proposition.demande.issue
    )


@transaction.atomic
def clore(*, demande: DemandeHebergement, issue: StatutDemande, **dit: str) -> DemandeHebergement:
    """Close a request that leads to no stay: refused by either side, or withdrawn; the same call
    again is harmless.

    Raises:
        Conflit: it is closed otherwise.
    """
    ligne = _prendre(demande.pk, demande.personne_id)
    if _est_dit(ligne, issue, dit):
        return ligne
    if ligne.issue:
        raise Conflit(CLOSE)
    annuler(ligne.propositions.select_related("retenue").filter(issue=""))
    ligne.issue, ligne.close_le = issue, maintenant()
    for champ, valeur in dit.items():
        setattr(ligne, champ, valeur)
    ligne.save()
    return ligne


def _est_dit(ligne: Any, issue: str, dit: Mapping[str, str]) -> bool:
    """Whether a request, or a proposition, ended by the same call."""
    return ligne.issue == issue and all(getattr(ligne, c) == v for c, v in dit.items())


def suivante(place: Place) -> DemandeHebergement | None:
    """Who is next for a place, of all who wait for one like it."""
    return DemandeHebergement.objects.pour(partial(getattr, place)).first()


def expirer_les_perimees() -> int:
    """End all that nobody answered in time.

    Returns:
        How many were ended.
    """
    with transaction.atomic():
        places = set(Proposition.objects.perimees().values_list("place", flat=True))
        verrouiller(places=places)
        return expirer_sur(*places)
