"""Allotments: places of a site that are kept for an organisme's people."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from commun.historique import suivre
from hebergement.models.places import DemiJournees, Site
from hebergement.querysets import ContingentQuerySet
from socle.models import CreationReconnue, Organisme


@suivre("empreinte_creation")
class Contingent(CreationReconnue):
    """So many places of a site for an organisme's people, nights `[debut, fin)`.

    It ranks and warns: nobody is refused a place because of it.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="contingents", verbose_name="site")
    organisme = models.ForeignKey(
        Organisme, models.PROTECT, related_name="contingents", verbose_name="organisme"
    )
    places = models.PositiveSmallIntegerField(
        "places", validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    debut = models.DateField("début")
    fin = models.DateField("fin", null=True, blank=True, help_text="Première nuit sans contingent.")

    objects = ContingentQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "contingent"
        ordering = ["-debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(places__gte=1),
                name="contingent_d_une_place_au_moins",
                violation_error_message="Un contingent est d'une place au moins.",
            ),
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gt=F("debut")),
                name="contingent_fin_apres_debut",
                violation_error_message="La fin d'un contingent est postérieure à son début.",
            ),
            ExclusionConstraint(
                name="contingent_un_a_la_fois",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    ("organisme", RangeOperators.EQUAL),
                    (DemiJournees(F("debut"), F("fin")), RangeOperators.OVERLAPS),
                ],
                violation_error_message=(
                    "Cet organisme a déjà un contingent sur ce site à ces dates."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.places} place(s) pour {self.organisme} · {self.site}"
