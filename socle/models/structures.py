"""Organismes, their structures, opening hours and teams."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import F, Q

from commun.historique import suivre
from commun.models import Enregistrement
from socle.enums import JourSemaine, TypeStructure
from socle.querysets import (
    EquipeQuerySet,
    HoraireQuerySet,
    OrganismeQuerySet,
    StructureQuerySet,
)


@suivre()
class Organisme(Enregistrement):
    """An association or institution that runs structures and employs people."""

    code = models.SlugField("code", max_length=60, unique=True)
    nom = models.CharField("nom", max_length=200)

    objects = OrganismeQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "organisme"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


@suivre()
class Structure(Enregistrement):
    """A place or a service of an organisme: an espace de repos, a CAARUD, a shelter…"""

    code = models.SlugField("code", max_length=60, unique=True)
    nom = models.CharField("nom", max_length=200)
    type = models.CharField("type", max_length=20, choices=TypeStructure)
    organisme = models.ForeignKey(
        Organisme, models.PROTECT, related_name="structures", verbose_name="organisme"
    )
    capacite = models.PositiveIntegerField(
        "capacité d'accueil", null=True, blank=True, help_text="Personnes présentes à la fois."
    )
    heure_bascule = models.TimeField(
        "heure de bascule",
        default=time(0),
        help_text="Heure à laquelle une journée commence (06:00 pour un accueil de nuit).",
    )
    arrondissement = models.CharField("arrondissement", max_length=10, blank=True)
    adresse = models.CharField("adresse", max_length=200, blank=True)
    ouverte_le = models.DateField("ouverte le", null=True, blank=True)
    fermee_le = models.DateField("fermée le", null=True, blank=True)

    objects = StructureQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "structure"
        ordering = ["nom"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fermee_le__isnull=True) | Q(fermee_le__gt=F("ouverte_le")),
                name="structure_fermee_apres_ouverte",
                violation_error_message="La fermeture doit être postérieure à l'ouverture.",
            )
        ]

    def __str__(self) -> str:
        return self.nom


@suivre()
class Horaire(Enregistrement):
    """A weekly opening slot. No slot at all means that the hours are not known."""

    structure = models.ForeignKey(
        Structure, models.CASCADE, related_name="horaires", verbose_name="structure"
    )
    jour_semaine = models.CharField("jour", max_length=10, choices=JourSemaine)
    ouvre_a = models.TimeField("ouvre à")
    ferme_a = models.TimeField(
        "ferme à", help_text="Une heure avant l'ouverture désigne le lendemain."
    )

    objects = HoraireQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "horaire"
        ordering = ["structure", "jour_semaine", "ouvre_a"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "jour_semaine", "ouvre_a"],
                name="horaire_unique",
                violation_error_message="Ce créneau est déjà saisi pour cette structure.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_jour_semaine_display()} {self.ouvre_a:%H:%M}–{self.ferme_a:%H:%M}"


@suivre()
class Equipe(Enregistrement):
    """A team of a structure that goes out on rounds or receives."""

    nom = models.CharField("nom", max_length=120)
    structure = models.ForeignKey(
        Structure, models.PROTECT, related_name="equipes", verbose_name="structure"
    )
    active = models.BooleanField("active", default=True)

    objects = EquipeQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "équipe"
        ordering = ["nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "nom"],
                name="equipe_nom_unique",
                violation_error_message="Cette structure a déjà une équipe de ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.nom
