"""What a partner may pull, and what was pulled."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from commun.historique import suivre
from commun.models import Enregistrement, JamaisVidee
from indicateurs.enums import IndicateurSaisi, Niveau
from indicateurs.querysets import ConsultationQuerySet, PartenaireQuerySet
from indicateurs.validators import valider_un_indicateur, valider_une_adresse
from socle.enums import Role
from socle.models import Structure, Utilisateur

JAMAIS_VIDE = """
IF EXISTS (SELECT FROM indicateurs_consultation) THEN
    RAISE EXCEPTION 'Le journal des consultations ne se vide pas : ce qui a un an se purge.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'consultations_gardees';
END IF;
RETURN NULL;
"""


@suivre()
class Partenaire(Enregistrement):
    """The perimeter of an account of a partner; an account that has none pulls nothing."""

    utilisateur = models.OneToOneField(
        Utilisateur,
        models.PROTECT,
        related_name="partenaire",
        verbose_name="compte",
        limit_choices_to={"role": Role.PARTENAIRE},
    )
    niveaux = ArrayField(
        models.CharField(max_length=15, choices=Niveau),
        verbose_name="niveaux de territoire",
        help_text="Ce que ses chiffres peuvent décrire.",
    )
    structures = models.ManyToManyField(
        Structure,
        blank=True,
        related_name="+",
        verbose_name="structures",
        help_text="Parmi les structures ; toutes si rien n'est choisi.",
    )
    indicateurs = ArrayField(
        models.CharField(max_length=40, validators=[valider_un_indicateur]),
        default=list,
        blank=True,
        verbose_name="indicateurs",
        help_text="Leurs codes, séparés par des virgules ; tous si rien n'est dit.",
    )
    saisit = ArrayField(
        models.CharField(max_length=40, choices=IndicateurSaisi),
        default=list,
        blank=True,
        verbose_name="saisit",
        help_text="Les totaux qu'il est seul à connaître, et qu'il saisit lui-même.",
    )
    adresses = ArrayField(
        models.CharField(max_length=43, validators=[valider_une_adresse]),
        default=list,
        blank=True,
        verbose_name="adresses",
        help_text="D'où il peut demander (203.0.113.7, 2001:db8::/32) ; de partout si rien "
        "n'est dit.",
    )
    par_minute = models.PositiveSmallIntegerField(
        "demandes par minute",
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(6000)],
    )

    objects = PartenaireQuerySet.as_manager()

    class Meta(Enregistrement.Meta):
        verbose_name = "partenaire"
        ordering = ["utilisateur__identifiant"]
        constraints = [
            models.CheckConstraint(
                condition=Q(niveaux__len__gt=0),
                name="partenaire_a_un_niveau",
                violation_error_message="Un partenaire a au moins un niveau de territoire.",
            ),
            models.CheckConstraint(
                condition=Q(par_minute__gt=0),
                name="partenaire_a_un_debit",
                violation_error_message="Il faut au moins une demande par minute.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.utilisateur)


class Consultation(models.Model):
    """One pull: who, when, what, from where, and what was answered, once it was."""

    utilisateur = models.ForeignKey(
        Utilisateur, models.CASCADE, related_name="+", verbose_name="compte"
    )
    fait_le = models.DateTimeField("faite le", auto_now_add=True)
    adresse = models.GenericIPAddressField("adresse", null=True)
    demande = models.CharField("demande", max_length=500)
    statut = models.PositiveSmallIntegerField("réponse", null=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = "consultation"
        ordering = ["-fait_le"]
        indexes = [
            models.Index("utilisateur", "fait_le", name="consultation_par_compte"),
            models.Index("fait_le", name="consultation_par_date"),
        ]
        triggers = [JamaisVidee(name="consultations_jamais_vides", func=JAMAIS_VIDE)]

    def __str__(self) -> str:
        return f"{self.fait_le:%d/%m/%Y %H:%M} {self.demande}"
