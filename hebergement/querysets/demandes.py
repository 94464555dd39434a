"""Reads of requests, of who is first, and of what was proposed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from commun.horloge import aujourd_hui, maintenant
from hebergement.attente import DANS_L_ORDRE, POIDS, convient, mesures, nom_de_la_mesure
from hebergement.contingents import sous_contingent
from hebergement.enums import StatutDemande, StatutProposition
from hebergement.querysets.bases import DesDeuxCotesQuerySet
from hebergement.querysets.places import a_deux
from socle.querysets import EQUIPES, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


# Who is next for a place: not who has refused it, or was refused; nor, for some days, who did not
# answer, or did not come.
REFUS_D_UNE_PLACE = (StatutProposition.REFUSEE_PERSONNE, StatutProposition.REFUSEE_STRUCTURE)
SANS_SUITE = (StatutProposition.EXPIREE, StatutProposition.NON_PRESENTEE)
NE_PAS_REPROPOSER = timedelta(days=7)


class PropositionQuerySet(DesDeuxCotesQuerySet):
    def _cotes(self, organisme: Any) -> Q:
        return Q(demande__structure__organisme=organisme) | Q(
            place__site__structure__organisme=organisme
        )

    def en_cours(self) -> Self:
        """Those that hold a place at this moment: a deadline that is over holds nothing."""
        return self.filter(issue="", expire_le__gt=maintenant())

    def perimees(self) -> Self:
        """Those that nobody has ended, and whose deadline is over."""
        return self.filter(issue="", expire_le__lte=maintenant())

    def avec_statut(self) -> Self:
        """With `statut`, a `StatutProposition`, `a_deux`, whether another place of the room is
        free or the household's, and `sous_contingent` of those that nobody has ended: what is
        overdue is over, tidied up or not."""
        acceptee = Q(acceptee_le__isnull=False)
        perimee = Q(expire_le__lte=maintenant())
        jour, demandeur = aujourd_hui(), OuterRef("demande__structure__organisme")
        # The place itself is held, and would be free otherwise.
        a_d_autres = sous_contingent("place__site", jour, sauf=demandeur, tenues=1)
        return self.annotate(
            a_deux=a_deux("place", "place__chambre", jour, OuterRef("demande__menage")),
            sous_contingent=Case(When(issue="", then=a_d_autres), default=Value(False)),
            statut=Case(
                When(~Q(issue=""), then=F("issue")),
                When(acceptee & perimee, then=Value(StatutProposition.NON_PRESENTEE)),
                When(perimee, then=Value(StatutProposition.EXPIREE)),
                When(acceptee, then=Value(StatutProposition.ACCEPTEE)),
                default=Value(StatutProposition.EN_ATTENTE),
                output_field=models.CharField(),
            ),
        )


class DemandeHebergementQuerySet(DesDeuxCotesQuerySet):
    def _cotes(self, organisme: Any) -> Q:
        return Q(structure__organisme=organisme)

    def ouvertes(self) -> Self:
        return self.filter(issue="")

    def closes_par_un_deces(self, personnes: Collection[UUID]) -> Self:
        """What these persons had asked for, and that nobody waits for since they have died."""
        from hebergement.models.demandes import DECES

        return self.filter(personne__in=personnes, issue=StatutDemande.ANNULEE, precisions=DECES)

    def avec_statut(self) -> Self:
        """With `statut`, a `StatutDemande`."""
        from hebergement.models import Proposition

        en_cours = Proposition.objects.en_cours().filter(demande=OuterRef("pk")).order_by()
        return self.annotate(
            statut=Case(
                When(~Q(issue=""), then=F("issue")),
                When(
                    Exists(en_cours.filter(acceptee_le__isnull=False)),
                    then=Value(StatutDemande.ACCEPTEE),
                ),
                When(Exists(en_cours), then=Value(StatutDemande.PROPOSEE)),
                default=Value(StatutDemande.EN_ATTENTE),
                output_field=models.CharField(),
            )
        )

    def repondues_par(self, place: Any, personne: Any, depart: date | None) -> Self:
        """Those that a place given to a person answers: open ones for such a place, or for which it
        is held; but none that was made once they had left it."""
        from hebergement.models import Proposition

        tenue = Proposition.objects.filter(demande=OuterRef("pk"), issue="", place=place)
        lignes = self.ouvertes().filter(
            Q(type_place=place.type) | Exists(tenue.order_by()), personne=personne.cle_suivie
        )
        return lignes if depart is None else lignes.filter(demandee_le__lt=depart)

    def en_attente(self) -> Self:
        """Those for which no place is held at this moment."""
        from hebergement.models import Proposition

        en_cours = Proposition.objects.en_cours().filter(demande=OuterRef("pk")).order_by()
        return self.ouvertes().filter(~Exists(en_cours))

    def avec_points(self) -> Self:
        """With `points`, and how much of each criterion a request is, `mesure_<criterion>`: the sum
        of what each is worth, times what it is."""
        from hebergement.models import PoidsAttente

        lignes = self.annotate(**{nom_de_la_mesure(c): m for c, m in mesures().items()})
        poids = PoidsAttente.objects.order_by()
        termes = [
            F(nom_de_la_mesure(critere))
            * Coalesce(Subquery(poids.filter(critere=critere).values("poids")), defaut)
            for critere, defaut in POIDS.items()
        ]
        points = ExpressionWrapper(reduce(operator.add, termes), models.IntegerField())
        return lignes.annotate(points=points)

    def rangs(self) -> dict[UUID, int]:
        """The rank of everybody who waits, among those who wait for the same kind of place."""
        rang = Window(
            RowNumber(),
            partition_by="type_place",
            order_by=[F("points").desc(), "demandee_le", "pk"],
        )
        return dict(self.en_attente().avec_points().annotate(rang=rang).values_list("pk", "rang"))

    def pour(self, offre: Callable[[str], Any]) -> Self:
        """Who waits for a place like this one, whose needs it meets: but who refused it, or was
        refused there, and who has just been proposed it and did not answer, or did not come,
        whichever request of theirs it was; nor who has a place held already.

        Args:
            offre: what the place has, by the name of a field.
        """
        from hebergement.models import Proposition

        place = offre("pk")
        # Overdue is over, tidied up or not.
        sans_suite = Q(issue="", expire_le__lte=maintenant()) | Q(issue__in=SANS_SUITE)
        proposee = Proposition.objects.filter(
            Q(issue__in=REFUS_D_UNE_PLACE)
            | (sans_suite & Q(expire_le__gt=maintenant() - NE_PAS_REPROPOSER)),
            demande__personne=OuterRef("personne"),
            place=OuterRef(place) if isinstance(place, OuterRef) else place,
        )
        tenue = Proposition.objects.en_cours().filter(demande__personne=OuterRef("personne"))
        return (
            self.en_attente()
            .avec_points()
            .filter(
                convient(offre),
                ~Exists(proposee.order_by()),
                ~Exists(tenue.order_by()),
                type_place=offre("type"),
            )
            .order_by(*DANS_L_ORDRE)
        )


class PoidsAttenteQuerySet(models.QuerySet[Any]):
    def en_vigueur(self) -> dict[str, int]:
        """What each criterion is worth."""
        return {**POIDS, **dict(self.values_list("critere", "poids"))}

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Whoever asks for a place may know what counts."""
        return self if a_un_role(utilisateur, *EQUIPES) else self.none()
