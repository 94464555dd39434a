"""Sectors and stations, rounds with their stops, encounters and observations."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, GeneratedField, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime

from commun.fonctions import JourDeParis
from commun.historique import suivre
from commun.horloge import aujourd_hui
from commun.models import Enregistrement
from contacts.models import ExtensionDeContact
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from maraudes.querysets import (
    LigneQuerySet,
    MaraudeQuerySet,
    RencontreQuerySet,
    SecteurQuerySet,
    SurMaraudeQuerySet,
)
from socle.models import Equipe, EvenementDeTerrain, SaisieDeTerrain, Utilisateur

# One that nobody thought of closing ends when somebody does; a year more is a slip of the keyboard.
DUREE_MAXIMALE = timedelta(days=7)


@suivre()
class Ligne(Enregistrement):
    """A line of the métro."""

    code = models.CharField("ligne", max_length=10, unique=True)

    objects = LigneQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "ligne"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"Ligne {self.code}"


@suivre()
class Secteur(Enregistrement):
    """A sector at the surface, or a station underground: never finer."""

    code = models.SlugField("code", max_length=60, unique=True)
    nom = models.CharField("nom", max_length=120)
    milieu = models.CharField("milieu", max_length=10, choices=Milieu)
    lignes = models.ManyToManyField(
        Ligne, blank=True, related_name="secteurs", verbose_name="lignes"
    )
    frequence_cible = models.PositiveSmallIntegerField(
        "visites visées par semaine", null=True, blank=True
    )
    arrondissement = models.CharField("arrondissement", max_length=10, blank=True)
    actif = models.BooleanField("actif", default=True)

    objects = SecteurQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "secteur ou station"
        verbose_name_plural = "secteurs et stations"
        ordering = ["nom"]

    def __str__(self) -> str:
        # Gare du Nord is above ground and below.
        return f"{self.nom} ({self.get_milieu_display().lower()})"


@suivre("empreinte_creation", "jour")
class Maraude(SaisieDeTerrain):
    """A round. Its one day is the day on which it started, even past midnight."""

    equipe = models.ForeignKey(
        Equipe, models.PROTECT, related_name="maraudes", verbose_name="équipe"
    )
    milieu = models.CharField("milieu", max_length=10, choices=Milieu)
    statut = models.CharField(
        "statut", max_length=10, choices=StatutMaraude, default=StatutMaraude.PLANIFIEE
    )
    jour_prevu = models.DateField("jour prévu", default=aujourd_hui)
    debut_le = models.DateTimeField("début", null=True, blank=True)
    fin_le = models.DateTimeField("fin", null=True, blank=True)
    membres = models.ManyToManyField(
        Utilisateur, blank=True, related_name="maraudes", verbose_name="membres"
    )
    transmission = models.TextField("transmission", blank=True)
    jour = GeneratedField(
        expression=Coalesce(JourDeParis(F("debut_le")), F("jour_prevu")),
        output_field=models.DateField("jour"),
        db_persist=True,
    )

    objects = MaraudeQuerySet.as_manager()

    class Meta(SaisieDeTerrain.Meta):
        verbose_name = "maraude"
        ordering = ["-jour", "-debut_le"]
        indexes = [models.Index("jour", "milieu", name="maraude_jour_milieu")]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin_le__isnull=True) | Q(fin_le__gte=F("debut_le")),
                name="maraude_fin_apres_debut",
                violation_error_message="La fin d'une maraude ne peut précéder son début.",
            ),
            models.CheckConstraint(
                condition=Q(fin_le__isnull=True) | Q(fin_le__lte=F("debut_le") + DUREE_MAXIMALE),
                name="maraude_dure_quelques_jours_au_plus",
                violation_error_message=(
                    "Une maraude ne dure pas plus de sept jours : vérifiez son début et sa fin."
                ),
            ),
            models.CheckConstraint(
                condition=Q(statut=StatutMaraude.PLANIFIEE, debut_le=None, fin_le=None)
                | Q(statut=StatutMaraude.EN_COURS, debut_le__isnull=False, fin_le=None)
                | Q(statut=StatutMaraude.CLOTUREE, debut_le__isnull=False, fin_le__isnull=False)
                | Q(statut=StatutMaraude.ANNULEE),
                name="maraude_statut_et_heures_concordent",
                violation_error_message="Le statut de la maraude contredit ses heures.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipe} · {self.get_milieu_display()} · {self.jour_prevu:%d/%m/%Y}"


@suivre(lu_par="maraude")
class Etape(Enregistrement):
    """A stop of a round, in its order."""

    maraude = models.ForeignKey(
        Maraude, models.CASCADE, related_name="etapes", verbose_name="maraude"
    )
    secteur = models.ForeignKey(
        Secteur, models.PROTECT, related_name="etapes", verbose_name="secteur ou station"
    )
    ordre = models.PositiveSmallIntegerField("ordre")
    statut = models.CharField(
        "statut", max_length=12, choices=StatutEtape, default=StatutEtape.PREVUE
    )

    objects = SurMaraudeQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "étape"
        ordering = ["maraude", "ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["maraude", "ordre"],
                name="etape_ordre_unique",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="Deux étapes ont le même ordre.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ordre}. {self.secteur}"


@suivre()
class Rencontre(ExtensionDeContact):
    """An encounter during a round: a contact, and where in the round."""

    maraude = models.ForeignKey(
        Maraude, models.PROTECT, related_name="rencontres", verbose_name="maraude"
    )
    secteur = models.ForeignKey(
        Secteur,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rencontres",
        verbose_name="secteur ou station",
    )

    objects = RencontreQuerySet.as_manager()

    class Meta:
        verbose_name = "rencontre"

    def __str__(self) -> str:
        return f"Rencontre du {localtime(self.contact.survenu_le):%d/%m/%Y à %H:%M}"


@suivre("empreinte_creation")
class Observation(EvenementDeTerrain):
    """What a team saw at a stop: numbers, atmosphere, danger; never a person."""

    maraude = models.ForeignKey(
        Maraude, models.CASCADE, related_name="observations", verbose_name="maraude"
    )
    secteur = models.ForeignKey(
        Secteur,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="observations",
        verbose_name="secteur ou station",
    )
    texte = models.TextField("observation", max_length=2000)
    personnes_vues = models.PositiveSmallIntegerField("personnes vues", null=True, blank=True)

    objects = SurMaraudeQuerySet.as_manager()

    class Meta(EvenementDeTerrain.Meta):
        verbose_name = "observation"
        ordering = ["-survenu_le"]

    def __str__(self) -> str:
        return self.texte[:60]
