"""Who keeps a place and sleeps elsewhere, and who was seen in theirs."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import LessThanOrEqual

from commun.historique import suivre
from commun.validators import jour_passe, jour_proche
from hebergement.attente import Jours
from hebergement.enums import MotifAbsence
from hebergement.models.places import ABSENCE_AU_PLUS
from hebergement.models.sejours import Sejour
from hebergement.querysets import AbsenceQuerySet, ConstatPresenceQuerySet
from socle.models import SaisieDeTerrain


@suivre("empreinte_creation", "chaine")
class Absence(SaisieDeTerrain):
    """Nights `[debut, fin)` that somebody spends elsewhere, their place being kept.

    They are due back by `garde_jusqu_au`. An absence is of all the stays that follow each other by
    moves, whichever of them it was told of: who is moved meanwhile is away all the same. It lies
    within these, and ends with the last.
    """

    sejour = models.ForeignKey(
        Sejour, models.CASCADE, related_name="absences", verbose_name="séjour"
    )
    # The first of these stays; written by a trigger.
    chaine = models.UUIDField("chaîne", editable=False, blank=True)
    motif = models.CharField("motif", max_length=10, choices=MotifAbsence)
    debut = models.DateField("début", validators=[jour_passe])
    fin = models.DateField(
        "fin",
        null=True,
        blank=True,
        validators=[jour_proche],
        help_text="Jour du retour. Vide : pas encore revenu·e.",
    )
    garde_jusqu_au = models.DateField(
        "place gardée jusqu'au", help_text="Dernier jour où la personne est attendue."
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "absence"
        ordering = ["-debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                name="absence_fin_apres_debut",
                violation_error_message="Le retour ne peut précéder le début de l'absence.",
            ),
            models.CheckConstraint(
                condition=Q(garde_jusqu_au__gte=F("debut")),
                name="absence_gardee_apres_debut",
                violation_error_message="La place est gardée au moins le jour du départ.",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    Jours(F("garde_jusqu_au"), F("debut")), ABSENCE_AU_PLUS
                ),
                name="absence_gardee_un_an_au_plus",
                violation_error_message="Une place est gardée un an au plus.",
            ),
            ExclusionConstraint(
                name="absence_une_a_la_fois",
                expressions=[
                    ("chaine", RangeOperators.EQUAL),
                    (
                        Func(
                            F("debut"), F("fin"),
                            function="daterange", output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="Cette personne est déjà absente à ces dates.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_motif_display()} dès le {self.debut:%d/%m/%Y}"


@suivre("empreinte_creation")
class ConstatPresence(SaisieDeTerrain):
    """Somebody was seen in their place on a day, or was not.

    All are kept; of a stay and a day, the last that we received corrects those before it.
    """

    sejour = models.ForeignKey(
        Sejour, models.CASCADE, db_index=False, related_name="constats", verbose_name="séjour"
    )
    jour = models.DateField("jour", validators=[jour_passe])
    present = models.BooleanField("présent·e")

    objects = ConstatPresenceQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "constat de présence"
        verbose_name_plural = "constats de présence"
        ordering = ["-jour", "-recu_le"]
        indexes = [models.Index("sejour", "jour", "recu_le", name="constat_du_jour")]

    def __str__(self) -> str:
        return f"{'Présent·e' if self.present else 'Pas vu·e'} le {self.jour:%d/%m/%Y}"
