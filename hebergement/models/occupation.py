"""The nights as computed, the marks that ask for a recomputation, the nightly check."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.functions import Cast, Now, Round

from hebergement.models.places import Site
from hebergement.querysets import (
    CorrectionNuitQuerySet,
    DeLaCoordinationQuerySet,
    MarqueNuitsQuerySet,
    OccupationQuerySet,
)
from socle.models import Utilisateur


class OccupationNuit(models.Model):
    """One night of one site, as defined in docs/definitions.md § 2. Computed, never typed."""

    # Its index is that of the night, which starts with it.
    site = models.ForeignKey(
        Site, models.CASCADE, db_index=False, related_name="nuits", verbose_name="site"
    )
    jour = models.DateField("nuit du")
    theoriques = models.IntegerField("théoriques")
    fermees = models.IntegerField("fermées")
    disponibles = models.IntegerField("disponibles")
    occupees = models.IntegerField("occupées")
    reservees = models.IntegerField("réservées")
    entrees = models.IntegerField("entrées")
    sorties = models.IntegerField("sorties")
    transferts_entrants = models.IntegerField("transferts entrants")
    transferts_sortants = models.IntegerField("transferts sortants")
    anomalies = models.IntegerField("anomalies")
    # Empty and zero of a row that was written before there were any.
    formule = models.CharField("formule", max_length=50, db_default="")
    empreinte = models.BigIntegerField("empreinte", db_default=0)
    calcule_le = models.DateTimeField("calculée le", db_default=Now())
    taux = GeneratedField(
        expression=Case(
            When(
                disponibles__gt=0,
                then=Round(
                    Cast(F("occupees"), models.DecimalField(max_digits=12, decimal_places=6))
                    / F("disponibles"),
                    precision=4,
                ),
            ),
            default=Value(None),
        ),
        output_field=models.DecimalField("taux", max_digits=9, decimal_places=4, null=True),
        db_persist=True,
    )

    # Set on nights of the past as the history knew them; None: as they are known now.
    connu_le: date | None = None

    objects = OccupationQuerySet.as_manager()

    class Meta:
        verbose_name = "nuit d'occupation"
        verbose_name_plural = "nuits d'occupation"
        ordering = ["-jour", "site"]
        constraints = [
            models.UniqueConstraint(fields=["site", "jour"], name="occupation_nuit_unique")
        ]
        indexes = [models.Index("jour", name="occupation_jour")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.jour}"


class CorrectionNuit(models.Model):
    """What a computation changed in a night of a month that was over. Added by that statement.

    `changements` is `{figure: [before, after]}` of the figures that moved; the value before is null
    for a night that was not one of the site's, the value after for one that is no longer.
    """

    site = models.ForeignKey(
        Site, models.CASCADE, related_name="corrections_de_nuits", verbose_name="site"
    )
    jour = models.DateField("nuit du")
    changements = models.JSONField("changements")
    calcule_avant_le = models.DateTimeField("calculée avant le", null=True, blank=True)
    calcule_apres_le = models.DateTimeField("recalculée le")
    vue_le = models.DateTimeField("vue le", null=True, blank=True)
    vue_par = models.ForeignKey(
        Utilisateur,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="vue par",
    )

    objects = CorrectionNuitQuerySet.as_manager()

    class Meta:
        verbose_name = "nuit corrigée"
        verbose_name_plural = "nuits corrigées"
        ordering = ["-id"]
        indexes = [
            models.Index("jour", name="correction_nuit_jour"),
            models.Index("id", condition=Q(vue_le=None), name="correction_nuit_a_voir"),
        ]

    def __str__(self) -> str:
        return f"{self.site} · nuit du {self.jour:%d/%m/%Y}"


class MarqueNuits(models.Model):
    """Nights `[du, au)` of a site to be computed again; `au` null: up to the last night.

    Written by triggers in the transaction of the change. The ever-growing `id` is the version:
    a change made while a computation runs writes a mark of its own, which that run doesn't take.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="+", verbose_name="site")
    du = models.DateField("du")
    au = models.DateField("au", null=True)
    cree_le = models.DateTimeField("créée le", auto_now_add=True)

    objects = MarqueNuitsQuerySet.as_manager()

    class Meta:
        verbose_name = "marque de recalcul"
        verbose_name_plural = "marques de recalcul"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.site_id} {self.du} → {self.au}"


class ControleOccupation(models.Model):
    """One run of the nightly check: everything recounted from nothing and compared."""

    fait_le = models.DateTimeField("fait le", auto_now_add=True)
    lignes = models.PositiveIntegerField("lignes comparées")
    ecarts = models.PositiveIntegerField("écarts")
    exemples = models.JSONField("premiers écarts", default=list)

    objects = DeLaCoordinationQuerySet.as_manager()

    class Meta:
        verbose_name = "contrôle de l'occupation"
        verbose_name_plural = "contrôles de l'occupation"
        ordering = ["-fait_le"]

    def __str__(self) -> str:
        return f"Contrôle du {self.fait_le:%d/%m/%Y} : {self.ecarts} écart(s)"
