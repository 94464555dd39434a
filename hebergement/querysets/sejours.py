"""Reads of stays, and of the signs that somebody is there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, QuerySet, When

from commun.horloge import aujourd_hui
from hebergement import presences
from hebergement.enums import EtatPresence, Nature
from hebergement.querysets.bases import PorteeDuSiteQuerySet, couvre
from socle.enums import Role
from socle.querysets import a_un_role

if TYPE_CHECKING:
    from socle.models import Personne, Utilisateur


class Chaine(Func):
    """`Chaine(uuid)`: the first of the stays that lead, by moves, to a stay."""

    function = "hebergement_chaine"
    output_field = models.UUIDField()


class SejoursDeLaChaine(Func):
    """`SejoursDeLaChaine(uuid)`: the stays that follow one another by moves, of the first."""

    template = "(SELECT uuid FROM hebergement_sejours_de_la_chaine(%(expressions)s))"
    output_field = models.UUIDField()


# Of a stay; most are the first.
CHAINE = Case(When(suite_de=None, then=F("pk")), default=Chaine("pk"))


class SejourQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "place__site__structure__organisme_id"
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def sejours(self) -> Self:
        """Stays only: holds take a place too, but nobody sleeps there."""
        return self.filter(nature=Nature.SEJOUR)

    def presents(self, jour: date) -> Self:
        return self.sejours().filter(couvre("arrivee", "depart", jour))

    def prevus(self, personne: Personne) -> Self:
        """Those of a person that have not begun."""
        return self.sejours().filter(personne=personne.cle_suivie, arrivee__gt=aujourd_hui())

    def chaines(self) -> QuerySet[Any, Any]:
        """The first of the stays that lead to each of these."""
        return self.order_by().annotate(chaine=CHAINE).values_list("chaine", flat=True)

    def avec_presence(self, jour: date | None = None) -> Self:
        """With `jours_sans` any sign of somebody, `presence`, an `EtatPresence` where that asks for
        something, and what they are told from: see hebergement/presences.py."""
        mesures = presences.mesures(jour or aujourd_hui())
        return self.annotate(chaine=CHAINE, **mesures).annotate(presence=presences.ETAT)

    def dans_l_etat(self, etat: str) -> Self:
        """Those of today that ask for this; an alert that has become a decision is one no more."""
        return self.presents(aujourd_hui()).avec_presence().filter(presence=etat)

    def perdus_de_vue(self) -> Self:
        """Those without a sign of anybody for so long that they are over."""
        jours = presences.JOURS_DE_CLOTURE
        return self.presents(aujourd_hui()).avec_presence().filter(jours_sans__gte=jours)

    def revus(self) -> Self:
        """Those closed without anybody's word, and whose person was seen since."""
        from hebergement.models import ConstatPresence

        vus = ConstatPresence.objects.confirmes().filter(
            sejour=OuterRef("pk"), jour__gte=OuterRef("depart")
        )
        return self.filter(Exists(vus.order_by()), cloture_automatique=True)

    def comptes_de_presence(self) -> dict[str, int]:
        """How many stays ask for something today, and were closed without anybody's word."""
        etats = self.presents(aujourd_hui()).avec_presence().exclude(presence="")
        comptes = dict(etats.order_by().values_list("presence").annotate(n=Count("pk")))
        return {
            "en_alerte": comptes.get(EtatPresence.ALERTE, 0),
            "a_decider": comptes.get(EtatPresence.A_DECIDER, 0),
            "clos": self.filter(cloture_automatique=True).count(),
            "revus": self.revus().count(),
        }


class DuSejourQuerySet(PorteeDuSiteQuerySet):
    """What is told of a stay: whoever sees the stay sees it."""

    chemin_organisme = "sejour__place__site__structure__organisme_id"
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})


class AbsenceQuerySet(DuSejourQuerySet):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Of somebody who was moved, whoever had them then sees it."""
        from hebergement.models import Sejour

        if a_un_role(utilisateur, *self.roles_de_tout_voir):
            return self
        siens = Sejour.objects.visibles_par(utilisateur).order_by()
        alors = siens.filter(
            Q(depart=None) | Q(depart__gte=OuterRef("debut")),
            pk__in=SejoursDeLaChaine(OuterRef("chaine")),
        )
        return self.filter(
            Q(Exists(alors), fin=None) | Exists(alors.filter(arrivee__lte=OuterRef("fin")))
        )

    def des_sejours(self, sejours: Iterable[Any]) -> Self:
        """Those of stays, whichever of the stays that follow each other they were told of."""
        from hebergement.models import Sejour

        return self.filter(chaine__in=Sejour.objects.filter(pk__in=sejours).chaines())

    def le(self, jour: date) -> Self:
        return self.filter(couvre("debut", "fin", jour))


class ConstatPresenceQuerySet(DuSejourQuerySet):
    def retenus(self) -> Self:
        """Of each stay and day the last that we received: it corrects those before it."""
        meme_jour = self.model.objects.filter(sejour=OuterRef("sejour"), jour=OuterRef("jour"))
        apres = Q(recu_le__gt=OuterRef("recu_le")) | Q(
            recu_le=OuterRef("recu_le"), pk__gt=OuterRef("pk")
        )
        return self.filter(~Exists(meme_jour.filter(apres).order_by()))

    def confirmes(self) -> Self:
        return self.retenus().filter(present=True)
