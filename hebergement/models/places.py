"""Where people may sleep: sites, rooms, places with a dated opening, closures."""

from __future__ import annotations

from django.contrib.postgres.fields import IntegerRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, GeneratedField, Q

from commun.historique import suivre
from hebergement.enums import Dispositif, TypePlace
from hebergement.querysets import ChambreQuerySet, FermetureQuerySet, PlaceQuerySet, SiteQuerySet
from socle.models import CreationReconnue, SaisieDeTerrain, Structure

# How long a place may be kept for who is away, in days.
ABSENCE_AU_PLUS = 366


class DemiJournees(Func):
    """The half-days from the start of one day to the start of another, as an `int4range`.

    `hebergement_jours_entiers(debut, fin)` is `[2·debut, 2·fin)`, open above when `fin` is null.
    """

    function = "hebergement_jours_entiers"
    output_field = IntegerRangeField()


@suivre("empreinte_creation")
class Site(CreationReconnue):
    """A hotel or another place of accommodation, run through a structure."""

    code = models.SlugField("code", max_length=60, unique=True)
    nom = models.CharField("nom", max_length=200)
    structure = models.ForeignKey(
        Structure, models.PROTECT, related_name="sites", verbose_name="structure"
    )
    dispositif = models.CharField(
        "dispositif", max_length=10, choices=Dispositif, default=Dispositif.ASSORE
    )
    arrondissement = models.CharField("arrondissement", max_length=10, blank=True)
    heures_pour_repondre = models.PositiveSmallIntegerField(
        "heures pour répondre",
        default=48,
        db_default=48,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="Une place proposée est retenue pendant ce temps.",
    )
    heures_pour_venir = models.PositiveSmallIntegerField(
        "heures pour se présenter",
        default=24,
        db_default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="À compter de midi, le jour où la personne est attendue.",
    )

    presences_depuis = models.DateField(
        "constats de présence depuis le",
        null=True,
        blank=True,
        help_text="Vide : ce site ne fait pas encore de constats.",
    )
    jours_d_absence = models.PositiveSmallIntegerField(
        "jours d'absence",
        default=30,
        db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(ABSENCE_AU_PLUS)],
        help_text="Une place est gardée pendant ce temps, sauf indication contraire.",
    )

    objects = SiteQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "site"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


@suivre("empreinte_creation")
class Chambre(CreationReconnue):
    """A room of a site; a couple is two stays in two places of one room."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="chambres", verbose_name="site")
    libelle = models.CharField("libellé", max_length=40)
    etage = models.CharField("étage", max_length=20, blank=True, default="", db_default="")

    objects = ChambreQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "chambre"
        ordering = ["site", "libelle"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "libelle"],
                name="chambre_libelle_unique",
                violation_error_message="Ce site a déjà une chambre de ce nom.",
            ),
            models.UniqueConstraint(fields=["uuid", "site"], name="chambre_de_son_site"),
        ]

    def __str__(self) -> str:
        return f"{self.site} · {self.libelle}"


@suivre("empreinte_creation", "ouverture")
class Place(CreationReconnue):
    """One bed that one person may occupy, from `ouverte_le` up to `fermee_le` excluded."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="places", verbose_name="site")
    chambre = models.ForeignKey(
        Chambre,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="places",
        verbose_name="chambre",
    )
    libelle = models.CharField("libellé", max_length=40)
    type = models.CharField("type", max_length=10, choices=TypePlace, default=TypePlace.HOTEL)
    reservee_femmes = models.BooleanField("réservée aux femmes", default=False, db_default=False)
    plain_pied = models.BooleanField("de plain-pied", default=False, db_default=False)
    animaux_admis = models.BooleanField("animaux admis", default=False, db_default=False)
    ouverte_le = models.DateField("ouverte le")
    fermee_le = models.DateField("fermée le", null=True, blank=True)
    ouverture = GeneratedField(
        expression=DemiJournees(F("ouverte_le"), F("fermee_le")),
        output_field=IntegerRangeField(),
        db_persist=True,
    )

    objects = PlaceQuerySet.as_manager()

    class Meta(CreationReconnue.Meta):
        verbose_name = "place"
        ordering = ["site", "libelle"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "libelle"],
                name="place_libelle_unique",
                violation_error_message="Ce site a déjà une place de ce nom.",
            ),
            models.CheckConstraint(
                condition=Q(fermee_le__isnull=True) | Q(fermee_le__gt=F("ouverte_le")),
                name="place_fermee_apres_ouverte",
                violation_error_message="Une place ferme après le jour de son ouverture.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} · {self.libelle}"


@suivre("empreinte_creation", "demi_journees")
class Fermeture(SaisieDeTerrain):
    """A place that can't be used for a while. Closures may overlap; they count once."""

    place = models.ForeignKey(
        Place, models.PROTECT, related_name="fermetures", verbose_name="place"
    )
    debut = models.DateField("début")
    fin = models.DateField("fin", null=True, blank=True, help_text="Première nuit rouverte.")
    motif = models.CharField("motif", max_length=200)
    motif_forcage = models.CharField("motif du forçage", max_length=200, blank=True)
    demi_journees = GeneratedField(
        expression=DemiJournees(F("debut"), F("fin")),
        output_field=IntegerRangeField(),
        db_persist=True,
    )

    objects = FermetureQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "fermeture"
        ordering = ["-debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gt=F("debut")),
                name="fermeture_fin_apres_debut",
                violation_error_message="La fin d'une fermeture est postérieure à son début.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.motif} dès le {self.debut:%d/%m/%Y}"
