"""What was counted beforehand, so that figures of millions of rows are asked of a few thousand.

Written by the database and by `indicateurs.faits` alone. The keys are no foreign keys: what is
deleted elsewhere is marked here, and forgotten with the next count.
"""

from __future__ import annotations

from django.db import models

from indicateurs.querysets import CompteesSeulementQuerySet
from socle.models import Personne, Structure


class FaitDuJour(models.Model):
    """How many rows of a kind one structure had on one day, and the material of them."""

    pk = models.CompositePrimaryKey("jour", "structure", "objet", "detail")
    jour = models.DateField("jour")
    structure = models.UUIDField("structure", db_column="structure_id")
    objet = models.CharField("objet", max_length=10)
    detail = models.CharField("détail", max_length=25)
    nombre = models.IntegerField("nombre")
    quantite_distribuee = models.IntegerField("quantité distribuée")
    quantite_recuperee = models.IntegerField("quantité récupérée")

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        verbose_name = "fait du jour"
        verbose_name_plural = "faits du jour"

    def __str__(self) -> str:
        return f"{self.objet} du {self.jour:%d/%m/%Y}"


class PresenceDuMois(models.Model):
    """On which days of a month a person was in touch with a structure: bit 0 is the first."""

    pk = models.CompositePrimaryKey("mois", "structure", "personne", "cadre")
    mois = models.DateField("premier du mois")
    structure = models.UUIDField("structure", db_column="structure_id")
    personne = models.UUIDField("personne", db_column="personne_id")
    cadre = models.CharField("cadre", max_length=12)
    jours = models.IntegerField("jours")

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        verbose_name = "présence du mois"
        verbose_name_plural = "présences du mois"

    def __str__(self) -> str:
        return f"Présence de {self.mois:%m/%Y}"


class JourMarque(models.Model):
    """A day of a structure of which something was written since it was counted.

    One row a write, and no key: who writes never waits for who writes beside them.
    """

    structure = models.UUIDField("structure", db_column="structure_id")
    jour = models.DateField("jour")

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        verbose_name = "jour marqué"
        verbose_name_plural = "jours marqués"

    def __str__(self) -> str:
        return f"{self.jour:%d/%m/%Y}"


class ContactMarque(models.Model):
    """A contact on which something hangs that was written since its day was counted.

    The contact and not its day: at the moment of the count it may be on another one.
    """

    contact = models.UUIDField("contact", db_column="contact_id")

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        verbose_name = "contact marqué"
        verbose_name_plural = "contacts marqués"

    def __str__(self) -> str:
        return str(self.contact)


class Fait(models.Model):
    """`FaitDuJour` as it is at this moment: a day that is marked is counted from its rows."""

    # A row has no key of its own, and nothing asks for one.
    structure = models.OneToOneField(
        Structure, models.DO_NOTHING, primary_key=True, related_name="+"
    )
    jour = models.DateField()
    objet = models.CharField(max_length=10)
    detail = models.CharField(max_length=25)
    nombre = models.IntegerField()
    quantite_distribuee = models.IntegerField()
    quantite_recuperee = models.IntegerField()

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "indicateurs_fait"
        verbose_name = "fait"

    def __str__(self) -> str:
        return f"{self.objet} du {self.jour:%d/%m/%Y}"


class PresenceParMois(models.Model):
    """`Presence` with a month of a person in one row: `jours` says on which days of
    `[debut, fin)`; null of a stay, whose every night counts. Marked days are told apart."""

    personne = models.OneToOneField(Personne, models.DO_NOTHING, primary_key=True, related_name="+")
    structure = models.ForeignKey(Structure, models.DO_NOTHING, related_name="+")
    cadre = models.CharField(max_length=12)
    debut = models.DateField()
    fin = models.DateField(null=True)
    jours = models.IntegerField(null=True)

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "indicateurs_presenceparmois"
        verbose_name = "présence par mois"

    def __str__(self) -> str:
        return f"Présence de {self.debut:%m/%Y}"
