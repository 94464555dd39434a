"""Stays and holds on places, and the households that share a room."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, GeneratedField, Q

from commun.historique import suivre
from commun.models import Enregistrement
from commun.validators import jour_proche
from hebergement.enums import (
    APRES_UN_DECES,
    DECES_SANS_SUITE,
    DestinationSortie,
    MotifSortie,
    Nature,
)
from hebergement.models.places import Place
from hebergement.querysets import DeLaCoordinationQuerySet, SejourQuerySet
from socle.models import DePersonne, Personne, SaisieDeTerrain


class DemiJourneesDeSejour(Func):
    """The half-days of a stay as an `int4range`; never empty, never an error.

    An ordinary stay is `[2·arrivee + 1, 2·depart)`, a same-day stay `[2·arrivee, 2·arrivee + 1)`:
    it may touch a departure and an arrival, but never lie inside another stay.
    """

    function = "hebergement_demi_journees"
    output_field = IntegerRangeField()


@suivre()
class Menage(Enregistrement):
    """A household: people who are accommodated together."""

    libelle = models.CharField("libellé", max_length=80)

    objects = DeLaCoordinationQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "ménage"
        ordering = ["libelle"]

    def __str__(self) -> str:
        return self.libelle


@suivre("empreinte_creation", "demi_journees")
class Sejour(SaisieDeTerrain):
    """A person in a place, nights `[arrivee, depart)`; no `depart`: still there."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="sejours", verbose_name="place")
    personne = DePersonne(Personne, models.PROTECT, related_name="sejours", verbose_name="personne")
    nature = models.CharField("nature", max_length=8, choices=Nature, default=Nature.SEJOUR)
    arrivee = models.DateField("arrivée", validators=[jour_proche])
    depart = models.DateField("départ", null=True, blank=True)
    suite_de = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suite",
        verbose_name="suite de",
        help_text="Séjour que ce transfert prolonge.",
    )
    menage = models.ForeignKey(
        Menage,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="sejours",
        verbose_name="ménage",
    )
    motif_sortie = models.CharField(
        "motif de sortie", max_length=20, choices=MotifSortie, blank=True
    )
    destination = models.CharField(
        "destination", max_length=25, choices=DestinationSortie, blank=True
    )
    motif_forcage = models.CharField("motif du forçage", max_length=200, blank=True)
    cloture_automatique = models.BooleanField(
        "clôture automatique", default=False, db_default=False, editable=False
    )
    rouvert_le = models.DateField("rouvert le", null=True, blank=True, editable=False)
    demi_journees = GeneratedField(
        expression=DemiJourneesDeSejour(F("arrivee"), F("depart")),
        output_field=IntegerRangeField(),
        db_persist=True,
    )

    objects = SejourQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "séjour"
        ordering = ["-arrivee"]
        indexes = [
            models.Index("arrivee", name="sejour_arrivee"),
            models.Index("depart", name="sejour_depart"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(depart__isnull=True) | Q(depart__gte=F("arrivee")),
                name="sejour_depart_apres_arrivee",
                violation_error_message="Le départ ne peut précéder l'arrivée.",
            ),
            models.CheckConstraint(
                condition=Q(depart__isnull=False) | Q(motif_sortie="", destination=""),
                name="sejour_sortie_a_une_date",
                violation_error_message=(
                    "Un motif ou une destination de sortie suppose une date de départ."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(motif_sortie=MotifSortie.DECES) | Q(destination__in=APRES_UN_DECES),
                name="sejour_deces_sans_suite",
                violation_error_message=DECES_SANS_SUITE,
            ),
            models.CheckConstraint(
                condition=Q(cloture_automatique=False)
                | Q(
                    depart__isnull=False,
                    motif_sortie=MotifSortie.PERDU_DE_VUE,
                    destination=DestinationSortie.INCONNUE,
                ),
                name="sejour_cloture_automatique_sans_nouvelles",
                violation_error_message=(
                    "Un séjour clôturé automatiquement est celui d'une personne perdue de vue."
                ),
            ),
            ExclusionConstraint(
                name="sejour_une_personne_par_place",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("demi_journees", RangeOperators.OVERLAPS),
                ],
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="Cette place est déjà prise à ces dates.",
            ),
            ExclusionConstraint(
                name="sejour_une_place_par_personne",
                expressions=[
                    ("personne", RangeOperators.EQUAL),
                    ("demi_journees", RangeOperators.OVERLAPS),
                ],
                condition=Q(nature=Nature.SEJOUR),
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="Cette personne a déjà une place à ces dates.",
            ),
        ]

    def __str__(self) -> str:
        return f"Séjour du {self.arrivee:%d/%m/%Y}"
