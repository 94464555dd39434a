"""Reads of orientations, in the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import (
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Least, Round

from coordination.enums import StatutOrientation
from socle.doublons import PROXIMITE_SEULE, SEUIL, SEUIL_PROBABLE
from socle.enums import Role
from socle.querysets import EQUIPES, TERRAIN, a_un_role

if TYPE_CHECKING:
    from socle.models import Utilisateur


class OrientationQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Coordination sees all; teams those that their organisme issued or receives."""
        if a_un_role(utilisateur, Role.COORDINATEUR):
            return self
        if a_un_role(utilisateur, *TERRAIN):
            organisme = utilisateur.organisme_id
            return self.filter(
                Q(structure_origine__organisme_id=organisme) | Q(structure__organisme_id=organisme)
            )
        return self.none()

    def en_cours(self) -> Self:
        return self.filter(statut=StatutOrientation.EN_COURS)


class MarquePaireQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self if a_un_role(utilisateur, Role.COORDINATEUR) else self.none()


class Coincidences(Func):
    """Days on which both files have a contact at one structure, of an organisme or of any."""

    function = "coordination_coincidences"
    output_field = IntegerField()


class DoublonQuerySet(models.QuerySet[Any]):
    def _noter(self, complet: Q, organisme: Any) -> Self:
        """With `complet`, `coincidences` and `score`, from what may be weighed of each pair."""
        return (
            self.annotate(complet=ExpressionWrapper(complet, BooleanField()))
            .annotate(
                coincidences=Case(
                    When(
                        complet=True,
                        lieux__isnull=False,
                        then=Coincidences(F("lieux"), Value(organisme, UUIDField())),
                    ),
                    default=Value(0),
                )
            )
            .annotate(
                score=Case(
                    # As `socle_ressemblance` weighs them.
                    When(complet=True, then=F("sans_lieux") + 5 * Least(F("coincidences"), 3)),
                    default=Round(50 * F("proximite"), output_field=IntegerField()),
                )
            )
        )

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Suspected duplicates for who may merge them: coordination, and teams of the files of
        their organisme. Of two files that one does not read whole, only the pseudonyms count."""
        from socle.models import AccordPartage

        if not a_un_role(utilisateur, *EQUIPES):
            return self.none()
        organisme = utilisateur.organisme_id
        if utilisateur.role != Role.COORDINATEUR:
            propres = Q(organisme_premiere=organisme, organisme_seconde=organisme)
            return self.filter(propres)._noter(Q(Value(True)), organisme).filter(score__gte=SEUIL)
        if organisme is None:
            return self._noter(Q(Value(False)), None).filter(proximite__gte=PROXIMITE_SEULE)
        # The rule of `dossiers_de`, asked once of the agreements and not of each of many pairs.
        accords = AccordPartage.objects.en_cours().filter(organisme=organisme).values("personne")
        complets = [
            Q(**{f"organisme_{cote}": organisme}) | Q(**{f"{cote}__in": accords})
            for cote in ("premiere", "seconde")
        ]
        return self._noter(complets[0] & complets[1], organisme).filter(
            Q(complet=True, score__gte=SEUIL) | Q(complet=False, proximite__gte=PROXIMITE_SEULE)
        )

    def de_dossiers(self, personnes: models.QuerySet[Any]) -> Self:
        """Of which one file or the other is of these, found first: joined to all pairs, files that
        the planner believes few would be gone through for each of them."""
        cles = personnes.order_by().values("pk")
        return self.filter(Q(premiere__in=cles) | Q(seconde__in=cles))

    def probables(self) -> Self:
        """Those that are probably one person, over the whole network: for figures, never told."""
        return self._noter(Q(Value(True)), None).filter(score__gte=SEUIL_PROBABLE)
