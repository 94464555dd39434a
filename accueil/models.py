"""Visits to reception sites, and the days on which these were open."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import localtime

from accueil.querysets import JourOuvertureQuerySet, PassageQuerySet
from commun.historique import suivre
from commun.models import Enregistrement
from contacts.models import ExtensionDeContact
from socle.models import Structure


@suivre()
class JourOuverture(Enregistrement):
    """A day on which a structure was actually open, or closed when hours said open."""

    structure = models.ForeignKey(
        Structure, models.CASCADE, related_name="jours_ouverture", verbose_name="structure"
    )
    jour = models.DateField("jour")
    ouverte = models.BooleanField("ouverte", default=True)
    motif = models.CharField("motif de fermeture", max_length=200, blank=True)

    objects = JourOuvertureQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "jour d'ouverture"
        verbose_name_plural = "jours d'ouverture"
        ordering = ["-jour"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "jour"],
                name="jour_ouverture_unique",
                violation_error_message="Ce jour est déjà saisi pour cette structure.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {self.jour:%d/%m/%Y}"


@suivre()
class Passage(ExtensionDeContact):
    """An arrival at a reception site; several a day are possible."""

    parti_le = models.DateTimeField("parti·e le", null=True, blank=True)

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = "passage"

    def __str__(self) -> str:
        return f"Passage du {localtime(self.contact.survenu_le):%d/%m/%Y à %H:%M}"
