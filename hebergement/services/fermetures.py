"""Closing many places of a site at once: nobody is left where they were, or nothing is written.

The plan is told before, and computed again under the locks: what is written is what was shown.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Case, UUIDField, Value, When
from django.db.models.signals import post_save

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, maintenant
from hebergement.enums import StatutProposition
from hebergement.models import DemandeHebergement, Fermeture, Proposition, Sejour
from hebergement.obstacles import obstacles_aux_fermetures
from hebergement.services.relogements import Plan, Portee, decrire, planifier
from hebergement.services.retenues import expirer_sur, liberer
from hebergement.services.suites import (
    attendre_la_suite,
    finir_les_absences,
    rattacher_les_constats,
)
from hebergement.services.verrous import Refusee, essai, refus_de, verrouiller
from socle.models import Utilisateur

IL_FAUT_UN_PLAN = (
    "Des personnes sont là, ou y sont attendues : confirmez le plan de relogement, par son "
    "empreinte."
)
A_CHANGE = "La situation a changé depuis ce plan : voici celui d'aujourd'hui. Rien n'a été écrit."
SANS_PLACE = "Il n'y a pas de place pour tout le monde : rien n'a été écrit."
RIEN_A_FERMER = "Aucune place ouverte à ces dates."


def cle_de_fermeture(uuid: UUID, place: UUID) -> UUID:
    """The key of the closure of a place that a request makes: the same request, the same row."""
    return uuid5(uuid, str(place))


@transaction.atomic
def fermer_des_places(
    *,
    uuid: UUID,
    portee: Portee,
    motif: str,
    empreinte: str = "",
    auteur: Utilisateur | None,
    **saisie: Any,
) -> list[Fermeture]:
    """Close places, move who is there, withdraw what is held there: all of it or nothing.

    Args:
        uuid: of the request; the closures' keys are made of it.
        empreinte: of the plan that was shown; not needed where nobody is concerned, but what was
            shown of such a closure is what closes too.

    Raises:
        Conflit: no place is open then; the plan was not confirmed, or changed; somebody has no
            place to go to. It carries the plan.
        Refus: a stay or a hold that is over lies under the closure.
    """
    prevu = planifier(portee)
    _verrouiller(prevu)
    plan = planifier(portee)
    if not plan.places:
        raise Conflit(RIEN_A_FERMER, plan=plan.decrire())
    _exiger(plan, empreinte, tenu=prevu.empreinte)
    fermetures = [
        Fermeture(
            uuid=cle_de_fermeture(uuid, place.pk),
            place=place,
            debut=portee.debut,
            fin=portee.fin,
            motif=motif,
            auteur=auteur,
            **saisie,
        )
        for place in plan.places
    ]
    try:
        with essai():
            _retirer(plan)
            _deplacer(plan, auteur, saisie)
            Fermeture.objects.bulk_create(fermetures)
    except Refusee as refusee:
        obstacles = obstacles_aux_fermetures(
            [p.pk for p in plan.places], portee.debut, portee.fin, auteur
        )
        raise refus_de(refusee, obstacles) from refusee
    # As for rows that are written one by one: who computes nights, and who matches, is told.
    for lignes in ([r.sejour for r in plan.relogements], fermetures):
        for ligne in lignes[:1]:
            post_save.send(sender=type(ligne), instance=ligne, created=False)
    return fermetures


def _verrouiller(plan: Plan) -> None:
    """Persons, places, stays, propositions, in the order of the house; what is overdue on these
    places ends."""
    places = {p.pk for p in plan.places} | {r.vers.pk for r in plan.relogements if r.vers}
    verrouiller(
        personnes=[r.sejour.personne_id for r in plan.relogements]
        + [p.demande.personne_id for p in plan.propositions],
        places=places,
        sejours=[r.sejour.pk for r in plan.relogements],
    )
    list(
        DemandeHebergement.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[p.demande_id for p in plan.propositions])
        .order_by("pk")
    )
    expirer_sur(*places)


def _exiger(plan: Plan, empreinte: str, *, tenu: str) -> None:
    """The plan that was shown is the one of now, its rows are those that are locked, and it has a
    place for everybody; none needs to have been shown where nobody is concerned."""
    dit: dict[str, Any] = {"plan": plan.decrire()}
    sans_place = [decrire(r) for r in plan.sans_place]
    if sans_place:
        raise Conflit(SANS_PLACE, code="sans_place", sans_place=sans_place, **dit)
    if not empreinte:
        if plan.vide:
            return
        raise Conflit(IL_FAUT_UN_PLAN, code="plan_a_confirmer", **dit)
    if not plan.empreinte == empreinte == tenu:
        raise Conflit(A_CHANGE, code="plan_perime", **dit)


def _retirer(plan: Plan) -> None:
    """Propositions on places that close are withdrawn; no night of theirs is held any more."""
    jour = min(aujourd_hui(), plan.portee.debut)
    Proposition.objects.filter(pk__in=[p.pk for p in plan.propositions]).update(
        issue=StatutProposition.ANNULEE, finie_le=maintenant(), retenue=None
    )
    liberer({p.retenue_id: jour for p in plan.propositions if p.retenue_id})


def _deplacer(plan: Plan, auteur: Utilisateur | None, saisie: dict[str, Any]) -> None:
    """Who has slept there goes on elsewhere, by a transfer; a stay that would only begin under the
    closure begins elsewhere: no night was spent here."""
    a_venir = [r for r in plan.relogements if r.sejour.arrivee >= r.jour]
    if a_venir:
        Sejour.objects.filter(pk__in=[r.sejour.pk for r in a_venir]).update(
            place=Case(*(When(pk=r.sejour.pk, then=Value(r.vers.pk)) for r in a_venir),
                       output_field=UUIDField())
        )  # fmt: skip
    partis = [r for r in plan.relogements if r.sejour.arrivee < r.jour]
    if not partis:
        return
    avant = {r.sejour.pk: r for r in partis}
    # Moves that were planned further on take up the end of the new stay instead.
    plus_loin = dict(Sejour.objects.filter(suite_de__in=avant).values_list("suite_de", "pk"))
    attendre_la_suite()
    Sejour.objects.filter(pk__in=plus_loin.values()).update(suite_de=None)
    Sejour.objects.filter(pk__in=avant).update(
        depart=plan.portee.debut, motif_sortie="", destination=""
    )
    suites = [
        Sejour(
            place=r.vers,
            personne_id=r.sejour.personne_id,
            arrivee=r.jour,
            depart=r.sejour.depart,
            suite_de=r.sejour,
            menage_id=r.sejour.menage_id,
            motif_sortie=r.sejour.motif_sortie,
            destination=r.sejour.destination,
            auteur=auteur,
            **{nom: saisie[nom] for nom in ("recu_le", "saisi_le") if nom in saisie},
        )
        for r in partis
    ]
    Sejour.objects.bulk_create(suites)
    if plus_loin:
        nouvelles = {s.suite_de_id: s.pk for s in suites}
        Sejour.objects.filter(pk__in=plus_loin.values()).update(
            suite_de=Case(
                *(When(pk=loin, then=Value(nouvelles[de])) for de, loin in plus_loin.items()),
                output_field=UUIDField(),
            )
        )
    finir_les_absences()
    rattacher_les_constats(avant)
