"""What figures are counted from, where no single table says it: views, written by nobody."""

from __future__ import annotations

from django.db import models

from hebergement.models import Site
from indicateurs.querysets import CompteesSeulementQuerySet
from maraudes.models import Secteur
from socle.models import Personne, Structure


class Presence(models.Model):
    """Days `[debut, fin)` on which a person was in touch with a structure: a contact that was an
    exchange, an act, or the nights of a stay (no `fin`: still there)."""

    uuid = models.UUIDField(primary_key=True)
    personne = models.ForeignKey(Personne, models.DO_NOTHING, null=True, related_name="+")
    structure = models.ForeignKey(Structure, models.DO_NOTHING, related_name="+")
    cadre = models.CharField(max_length=12)
    debut = models.DateField()
    fin = models.DateField(null=True)
    recu_le = models.DateTimeField()

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "indicateurs_presence"
        verbose_name = "présence"

    def __str__(self) -> str:
        return f"Présence du {self.debut:%d/%m/%Y}"


class Vacance(models.Model):
    """Between two stays on a place: the days without the closed ones, of the day it ended."""

    uuid = models.UUIDField(primary_key=True)
    site = models.ForeignKey(Site, models.DO_NOTHING, related_name="+")
    jour = models.DateField()
    jours = models.IntegerField()

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "indicateurs_vacance"
        verbose_name = "vacance"

    def __str__(self) -> str:
        return f"Vacance finie le {self.jour:%d/%m/%Y}"


class Semaine(models.Model):
    """A week of a sector that has a target, from its first visit on; of the day of its Sunday."""

    cle = models.CharField(max_length=50, primary_key=True)
    secteur = models.ForeignKey(Secteur, models.DO_NOTHING, related_name="+")
    jour = models.DateField()
    cible = models.IntegerField()
    visites = models.IntegerField()

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "indicateurs_semaine"
        verbose_name = "semaine d'un secteur"
        verbose_name_plural = "semaines des secteurs"

    def __str__(self) -> str:
        return f"Semaine finie le {self.jour:%d/%m/%Y}"


class Hebergement(models.Model):
    """A stay that is over, chained transfers counted as one: days `[arrivee, depart)`.

    It is of the site that the person left.
    """

    uuid = models.UUIDField(primary_key=True)
    personne = models.ForeignKey(Personne, models.DO_NOTHING, related_name="+")
    site = models.ForeignKey(Site, models.DO_NOTHING, related_name="+")
    arrivee = models.DateField()
    depart = models.DateField()
    jours = models.IntegerField()
    motif_sortie = models.CharField(max_length=20)
    destination = models.CharField(max_length=25)

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "indicateurs_hebergement"
        verbose_name = "hébergement terminé"
        verbose_name_plural = "hébergements terminés"

    def __str__(self) -> str:
        return f"Hébergement du {self.arrivee:%d/%m/%Y} au {self.depart:%d/%m/%Y}"
