"""Reads of sites, rooms, places, and what takes these away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, JSONObject, Least, TruncDate

from commun.horloge import PARIS, maintenant
from hebergement.contingents import sous_contingent
from hebergement.enums import EtatPlace, Nature
from hebergement.querysets.bases import PorteeDuSiteQuerySet, couvre
from socle.enums import Role
from socle.querysets import TERRAIN, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


def a_deux(
    place: str, chambre: str, jour: date, menage: Any = None
) -> Exists | ExpressionWrapper[Any]:
    """Whether another place of a room is free, or is the household's; the names are those of the
    row that asks."""
    from hebergement.models import Place, Sejour

    autres = Place.objects.exclude(pk=OuterRef(place)).filter(chambre=OuterRef(chambre))
    libre = Exists(autres.libres(jour).order_by())
    if menage is None:
        return libre
    les_leurs = Sejour.objects.filter(
        couvre("arrivee", "depart", jour),
        Q(menage=menage) | Q(proposition__demande__menage=menage),
        place__chambre=OuterRef(chambre),
    ).exclude(place=OuterRef(place))
    return ExpressionWrapper(
        Q(libre) | Q(Exists(les_leurs.order_by())), output_field=models.BooleanField()
    )


class SiteQuerySet(PorteeDuSiteQuerySet):
    chemin_organisme = "structure__organisme_id"


class ChambreQuerySet(PorteeDuSiteQuerySet):
    """The rooms of the sites that one sees."""


class PlaceQuerySet(PorteeDuSiteQuerySet):
    def ouvertes(self, jour: date) -> Self:
        return self.filter(couvre("ouverte_le", "fermee_le", jour))

    def libres(self, jour: date) -> Self:
        """Open, not closed, neither taken nor held, with `libre_jusqu_au`. A hold whose deadline is
        over holds nothing."""
        from hebergement.models import Fermeture, Proposition, Sejour

        perimees = Proposition.objects.perimees().filter(retenue=OuterRef("pk")).order_by()
        fermetures = Fermeture.objects.filter(couvre("debut", "fin", jour), place=OuterRef("pk"))
        sejours = Sejour.objects.filter(couvre("arrivee", "depart", jour), place=OuterRef("pk"))
        return (
            self.ouvertes(jour)
            .filter(
                ~Exists(fermetures.order_by()),
                ~Exists(sejours.order_by().exclude(Exists(perimees))),
            )
            .avec_libre_jusqu_au(jour)
        )

    def avec_libre_jusqu_au(self, jour: date) -> Self:
        """With `libre_jusqu_au`, the first day after this one on which a place is closed, or
        somebody is to come (None: nobody knows)."""
        from hebergement.models import Fermeture, Sejour

        def prochain(modele: type[models.Model], champ: str) -> Subquery:
            a_venir = modele._default_manager.order_by().filter(
                **{f"{champ}__gt": jour}, place=OuterRef("pk")
            )
            return Subquery(a_venir.values("place").annotate(jour=Min(champ)).values("jour"))

        return self.annotate(
            libre_jusqu_au=Least(
                "fermee_le", prochain(Fermeture, "debut"), prochain(Sejour, "arrivee")
            )
        )

    def tenables(self) -> Self:
        """Of those that are free, those that may be held until their site's deadline."""
        delai = ExpressionWrapper(
            F("site__heures_pour_repondre") * timedelta(hours=1), models.DurationField()
        )
        echeance = ExpressionWrapper(Value(maintenant()) + delai, models.DateTimeField())
        return self.filter(
            Q(libre_jusqu_au=None) | Q(libre_jusqu_au__gt=TruncDate(echeance, tzinfo=PARIS))
        )

    def avec_a_deux(self, jour: date, menage: Any = None) -> Self:
        """With `a_deux`: another place of its room is free too, or is this household's."""
        return self.annotate(a_deux=a_deux("pk", "chambre", jour, menage))

    def avec_libre_depuis(self, jour: date) -> Self:
        """With `libre_depuis` of those that are free: when whoever was there left, or somebody was
        not awaited any more, or it opened again."""
        from hebergement.models import Fermeture, Proposition, Sejour

        def dernier(lignes: models.QuerySet[Any], champ: str) -> Subquery:
            passees = lignes.order_by().filter(**{f"{champ}__lte": jour}, place=OuterRef("pk"))
            return Subquery(passees.values("place").annotate(le=Max(champ)).values("le"))

        finies = Proposition.objects.annotate(
            finie=TruncDate(Coalesce("finie_le", "expire_le"), tzinfo=PARIS)
        )
        return self.annotate(
            libre_depuis=Greatest(
                "ouverte_le",
                dernier(Sejour.objects.all(), "depart"),
                dernier(Fermeture.objects.all(), "fin"),
                dernier(finies, "finie"),
            )
        )

    def avec_suivantes(self, combien: int) -> Self:
        """With `suivantes`, the first requests that are next for it: of each its `demande`, and the
        `pseudonyme` and `code` of its `personne`."""
        from hebergement.models import DemandeHebergement

        dites = DemandeHebergement.objects.pour(OuterRef).values(
            dit=JSONObject(
                demande="pk",
                personne="personne",
                pseudonyme="personne__pseudonyme",
                code="personne__code",
            )
        )
        return self.annotate(suivantes=ArraySubquery(dites[:combien]))

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
