"""Reads of accommodation, in the domain's words."""

from __future__ import annotations

import operator
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Least, RowNumber

from commun.horloge import aujourd_hui, maintenant
from hebergement import presences
from hebergement.attente import DANS_L_ORDRE, POIDS, convient, mesures, nom_de_la_mesure
from hebergement.contingents import sous_contingent
from hebergement.enums import (
    EtatPlace,
    EtatPresence,
    Nature,
    StatutDemande,
    StatutProposition,
)
from socle.enums import Role
from socle.querysets import EQUIPES, TERRAIN, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


def couvre(debut: str, fin: str, jour: date) -> Q:
    """The half-open range `[debut, fin)` holds `jour`; a missing end means still running."""
    pas_finie = Q(**{f"{fin}__isnull": True}) | Q(**{f"{fin}__gt": jour})
    return Q(**{f"{debut}__lte": jour}) & pas_finie


def autre_libre(place: str, chambre: str, jour: date) -> Exists:
    """Whether another place of a room is free; the names are those of the row that asks."""
    from hebergement.models import Place

    autres = Place.objects.exclude(pk=OuterRef(place)).filter(chambre=OuterRef(chambre))
    return Exists(autres.libres(jour).order_by())


class PorteeDuSiteQuerySet(models.QuerySet[Any]):
    """Rows of a site: all for coordination and reference data, own organisme's for teams."""

    chemin_organisme = "site__structure__organisme_id"
    roles_de_tout_voir: frozenset[str] = frozenset({Role.COORDINATEUR, Role.ADMINISTRATEUR})

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if a_un_role(utilisateur, *self.roles_de_tout_voir):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            return self.filter(**{self.chemin_organisme: utilisateur.organisme_id})
        return self.none()


class SiteQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "structure__organisme_id"


class ChambreQuerySet(PorteeDuSiteQuerySet):
    """The rooms of the sites that one sees."""


class PlaceQuerySet(PorteeDuSiteQuerySet):
    def ouvertes(self, jour: date) -> Self:
        return self.filter(couvre("ouverte_le", "fermee_le", jour))

    def libres(self, jour: date) -> Self:
        """Open, not closed, neither taken nor held, with `libre_jusqu_au`, when one of these begins
        (None: nobody knows). A hold whose deadline is over holds nothing."""
        from hebergement.models import Fermeture, Proposition, Sejour

        perimees = Proposition.objects.perimees().filter(retenue=OuterRef("pk")).order_by()
        fermetures = Fermeture.objects.filter(place=OuterRef("pk")).order_by()
        sejours = Sejour.objects.filter(place=OuterRef("pk")).order_by()

        def prochain(lignes: models.QuerySet[Any], champ: str) -> Subquery:
            a_venir = lignes.filter(**{f"{champ}__gt": jour}).values("place")
            return Subquery(a_venir.annotate(jour=Min(champ)).values("jour"))

        return (
            self.ouvertes(jour)
            .filter(
                ~Exists(fermetures.filter(couvre("debut", "fin", jour))),
                ~Exists(
                    sejours.filter(couvre("arrivee", "depart", jour)).exclude(Exists(perimees))
                ),
            )
            .annotate(
                libre_jusqu_au=Least(
                    "fermee_le", prochain(fermetures, "debut"), prochain(sejours, "arrivee")
                )
            )
        )

    def avec_a_deux(self, jour: date) -> Self:
        """With `a_deux`: another place of its room is free too."""
        return self.annotate(a_deux=autre_libre("pk", "chambre", jour))

    def avec_contingents(self, jour: date, sauf: Any = None) -> Self:
        """With `sous_contingent`: the free places of its site are no more than allotments still
        have to fill, that of the organisme `sauf` left out."""
        return self.annotate(sous_contingent=sous_contingent("site", jour, sauf=sauf))

    def avec_etat(self, jour: date) -> Self:
        """With `etat`, an `EtatPlace`: someone in a closed place is there all the same."""
        from hebergement.models import Fermeture, Sejour

        prises = Sejour.objects.filter(couvre("arrivee", "depart", jour), place=OuterRef("pk"))
        fermetures = Fermeture.objects.filter(couvre("debut", "fin", jour), place=OuterRef("pk"))
        return self.annotate(
            etat=Case(
                When(Exists(prises.filter(nature=Nature.SEJOUR)), then=Value(EtatPlace.OCCUPEE)),
                When(Exists(prises), then=Value(EtatPlace.RETENUE)),
                When(
                    ~couvre("ouverte_le", "fermee_le", jour), then=Value(EtatPlace.HORS_OUVERTURE)
                ),
                When(Exists(fermetures), then=Value(EtatPlace.FERMEE)),
                default=Value(EtatPlace.LIBRE),
                output_field=models.CharField(),
            )
        )


class MarqueNuitsQuerySet(PorteeDuSiteQuerySet):
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})


class DeLaCoordinationQuerySet(models.QuerySet[Any]):
    """Rows of the whole network that only coordination looks at."""

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, Role.COORDINATEUR) else self.none()


class CorrectionNuitQuerySet(DeLaCoordinationQuerySet):
    def a_voir(self) -> Self:
        """Those that nobody has looked at."""
        return self.filter(vue_le=None)


class FermetureQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "place__site__structure__organisme_id"
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})


class ContingentQuerySet(PorteeDuSiteQuerySet):
    """Coordination's, the organisme's of the site, and of the organisme for which it is."""

    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if a_un_role(utilisateur, *TERRAIN) and utilisateur.organisme_id is not None:
            chez = Q(**{self.chemin_organisme: utilisateur.organisme_id})
            return self.filter(chez | Q(organisme=utilisateur.organisme_id))
        return super().visibles_par(utilisateur)

    def en_vigueur(self, jour: date) -> Self:
        return self.filter(couvre("debut", "fin", jour))


class SejourQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "place__site__structure__organisme_id"
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def sejours(self) -> Self:
        """Stays only: holds take a place too, but nobody sleeps there."""
        return self.filter(nature=Nature.SEJOUR)

    def presents(self, jour: date) -> Self:
        return self.sejours().filter(couvre("arrivee", "depart", jour))

    def avec_presence(self, jour: date | None = None) -> Self:
        """With `jours_sans` any sign of somebody, `presence`, an `EtatPresence` where that asks for
        something, and what they are told from: see hebergement/presences.py."""
        mesures = presences.mesures(jour or aujourd_hui())
        return self.annotate(**mesures).annotate(presence=presences.ETAT)

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


class OccupationQuerySet(PorteeDuSiteQuerySet):
    roles_de_tout_voir = frozenset({Role.COORDINATEUR})

    def entre(self, du: date, au: date) -> Self:
        """Nights of `[du, au)`."""
        return self.filter(jour__gte=du, jour__lt=au)


class DesDeuxCotesQuerySet(models.QuerySet[Any]):
    """Coordination sees all; teams what their organisme asked for, or is asked to receive."""

    def _cotes(self, organisme: Any) -> Q:
        raise NotImplementedError

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN) and utilisateur.organisme_id is not None:
            return self.filter(self._cotes(utilisateur.organisme_id))
        return self.none()


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
        free, and `sous_contingent` of those that nobody has ended: what is overdue is over, tidied
        up or not."""
        acceptee = Q(acceptee_le__isnull=False)
        perimee = Q(expire_le__lte=maintenant())
        jour, demandeur = aujourd_hui(), OuterRef("demande__structure__organisme")
        # The place itself is held, and would be free otherwise.
        a_d_autres = sous_contingent("place__site", jour, sauf=demandeur, tenues=1)
        return self.annotate(
            a_deux=autre_libre("place", "place__chambre", jour),
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

    def pour(self, place: Any) -> Self:
        """Who waits for a place like this one, first those whose needs it meets."""
        return (
            self.en_attente()
            .avec_points()
            .filter(type_place=place.type)
            .annotate(convient=ExpressionWrapper(convient(place), models.BooleanField()))
            .order_by("-convient", *DANS_L_ORDRE)
        )


class PoidsAttenteQuerySet(models.QuerySet[Any]):
    def en_vigueur(self) -> dict[str, int]:
        """What each criterion is worth."""
        return {**POIDS, **dict(self.values_list("critere", "poids"))}

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Whoever asks for a place may know what counts."""
        return self if a_un_role(utilisateur, *EQUIPES) else self.none()
