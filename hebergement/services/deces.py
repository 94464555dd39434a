"""A death that a stay tells: nothing is waited for after it, and nobody lives anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from commun.api.errors import Conflit
from commun.horloge import aujourd_hui, maintenant
from hebergement.enums import MotifSortie, StatutDemande
from hebergement.models import DemandeHebergement, Proposition, Sejour
from hebergement.models.demandes import DECES
from hebergement.obstacles import personne_hebergee
from hebergement.services.retenues import annuler
from hebergement.services.suites import ne_pas_faire, transferts_defaits
from hebergement.services.verrous import Refus
from socle.models import Personne, Utilisateur

A_VENIR = "Un décès n'est pas à venir."
CONTREDIT = (
    "Un autre séjour de cette personne va au-delà de ce jour : corrigez d'abord ce qui n'est pas "
    "juste."
)
DEJA_DIT = (
    "Le décès de cette personne est dit, et ce séjour irait au-delà : corrigez d'abord ce qui "
    "n'est pas juste."
)


def refuser_la_contradiction(
    sejour: Sejour, auteur: Utilisateur | None, sauf: Iterable[UUID] = ()
) -> None:
    """Of a stay as it is to be, its person being held: nobody has a place after their death.

    Args:
        sauf: stays that are written with this one.

    Raises:
        Conflit: a death to come.
        Refus: another stay tells the death, or goes on after it.
    """
    deces = sejour.depart if sejour.motif_sortie == MotifSortie.DECES else None
    if deces is not None and deces > aujourd_hui():
        raise Conflit(A_VENIR, erreurs=[{"champ": "depart", "message": A_VENIR, "code": "conflit"}])
    autres = (
        Sejour.objects.sejours()
        .filter(personne=sejour.personne.cle_suivie)
        .exclude(pk__in=[sejour.pk, *sauf])
    )
    if deces is not None:
        # Those to come are not made; nobody dies twice.
        au_dela = (Q(depart=None) | Q(depart__gt=deces)) & Q(arrivee__lte=aujourd_hui())
        contraires = autres.filter(au_dela | Q(motif_sortie=MotifSortie.DECES, depart__lte=deces))
    else:
        contraires = autres.filter(motif_sortie=MotifSortie.DECES)
        if sejour.depart is not None:
            contraires = contraires.filter(depart__lt=sejour.depart)
    obstacles = personne_hebergee(contraires.order_by("arrivee"), auteur)
    if obstacles:
        raise Refus(
            DEJA_DIT if deces is None else CONTREDIT,
            code="apres_un_deces",
            obstacles=[dict(o) for o in obstacles],
        )


def places_a_liberer(personne: Personne, motif_sortie: str | None) -> set[UUID]:
    """Where somebody who has died was awaited."""
    if motif_sortie != MotifSortie.DECES:
        return set()
    return {
        place
        for attendue in (_attentes(personne)[1], Sejour.objects.prevus(personne))
        for place in attendue.values_list("place", flat=True)
    }


def _attentes(personne: Personne) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """What somebody still waits for: their requests, and the propositions of these."""
    demandes = DemandeHebergement.objects.ouvertes().filter(personne=personne.cle_suivie)
    return demandes, Proposition.objects.filter(demande__in=demandes, issue="")


def ne_plus_attendre(deces: Sejour) -> None:
    """Of who has died, as this stay tells: nothing that they asked for, and no stay that was to
    come."""
    ne_pas_faire(Sejour.objects.prevus(deces.personne).exclude(pk=deces.pk))
    demandes, propositions = _attentes(deces.personne)
    annuler(propositions.select_related("retenue"))
    demandes.update(issue=StatutDemande.ANNULEE, close_le=maintenant(), precisions=DECES)


def accorder_les_demandes(personnes: Iterable[UUID]) -> None:
    """After a change of who has died: what they asked for is waited for by the living only."""
    deces = {s.personne_id: s for s in Sejour.objects.filter(
        personne__in=set(personnes), motif_sortie=MotifSortie.DECES
    )}  # fmt: skip
    for sejour in deces.values():
        ne_plus_attendre(sejour)
    DemandeHebergement.objects.closes_par_un_deces(set(personnes) - set(deces)).update(
        issue="", precisions="", close_le=None
    )


@contextmanager
def suppression(sejours: Iterable[UUID]) -> Iterator[None]:
    """Delete stays within: see `transferts_defaits`. Of who has not died after all, what they had
    asked for waits again; of who has, told by the stay before, nothing does.

    Raises:
        IntegrityError: somebody has the place since.
    """
    cles = set(sejours)
    deces = Sejour.objects.filter(pk__in=cles, motif_sortie=MotifSortie.DECES)
    personnes = set(deces.values_list("personne", flat=True))
    with transferts_defaits(cles):
        yield
    accorder_les_demandes(personnes)
