"""Files that are of one person: what was merged, what moved, and what somebody said is two."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from commun.historique import suivre
from socle.models.comptes import Utilisateur
from socle.models.personnes import Personne
from socle.models.saisie import CreationReconnue
from socle.querysets import DistinctionQuerySet, FusionQuerySet, LienPersonneQuerySet


@suivre("empreinte_creation")
class Fusion(CreationReconnue):
    """`alias` was found to be the person of `gardee`; what hung on it moved, and can go back."""

    gardee = models.ForeignKey(
        Personne, models.CASCADE, related_name="fusions_recues", verbose_name="dossier gardé"
    )
    alias = models.ForeignKey(
        Personne, models.CASCADE, related_name="fusions", verbose_name="dossier devenu alias"
    )
    motif = models.CharField("motif", max_length=200, blank=True)
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True, editable=False)
    annulee_par = models.ForeignKey(
        Utilisateur,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="annulée par",
    )

    objects = FusionQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "fusion de dossiers"
        verbose_name_plural = "fusions de dossiers"
        ordering = ["-cree_le"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(gardee=F("alias")),
                name="fusion_de_deux_dossiers",
                violation_error_message="Une fusion réunit deux dossiers.",
            ),
            models.UniqueConstraint(
                fields=["alias"],
                condition=Q(annulee_le__isnull=True),
                name="fusion_en_vigueur_unique",
                violation_error_message="Ce dossier est déjà l'alias d'un autre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alias} → {self.gardee}"


class LienPersonne(models.Model):
    """One row that hangs on the kept file and is of the alias: undoing the merge hands it back.

    Written when the merge moves the row, and by the triggers that lead to the kept file a row
    that names the alias; deleted by a correction that names another person for the row.
    """

    fusion = models.ForeignKey(
        Fusion, models.CASCADE, db_index=False, related_name="liens", verbose_name="fusion"
    )
    table = models.CharField("table", max_length=63)
    ligne = models.UUIDField("ligne")

    objects = LienPersonneQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne d'une fusion"
        verbose_name_plural = "lignes des fusions"
        constraints = [
            models.UniqueConstraint(
                fields=["fusion", "table", "ligne"],
                name="lien_personne_unique",
                violation_error_message="Cette ligne est déjà de cette fusion.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.ligne}"


@suivre("empreinte_creation")
class Distinction(CreationReconnue):
    """Somebody said that these two files are of two people: they are suspected no more."""

    premiere = models.ForeignKey(
        Personne, models.CASCADE, related_name="+", verbose_name="premier dossier"
    )
    seconde = models.ForeignKey(
        Personne, models.CASCADE, related_name="+", verbose_name="second dossier"
    )
    motif = models.CharField("motif", max_length=200, blank=True)

    objects = DistinctionQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "distinction"
        ordering = ["-cree_le"]
        constraints = [
            # In one order, so that a pair is said once.
            models.CheckConstraint(
                condition=Q(premiere__lt=F("seconde")),
                name="distinction_dans_l_ordre",
                violation_error_message="Une distinction sépare deux dossiers.",
            ),
            models.UniqueConstraint(
                fields=["premiere", "seconde"],
                name="distinction_unique",
                violation_error_message="Cela a déjà été dit de ces deux dossiers.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.premiere} ≠ {self.seconde}"
