"""Orientations from one structure to another, and what became of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime

from commun.historique import suivre
from contacts.models import Contact
from coordination.enums import Decision, StatutOrientation
from coordination.querysets import DoublonQuerySet, MarquePaireQuerySet, OrientationQuerySet
from hebergement.models import Sejour
from socle.models import DePersonne, EvenementDeTerrain, Personne, Structure


def contradictions(
    contact: Contact | None,
    personne: Personne | None,
    structure_origine: Structure | None,
    *,
    nouvelle: bool,
) -> dict[str, str]:
    """What an orientation may not say, by field: one made during a contact is of its person, and
    starts where it was. To a new one that names nobody the database gives the contact's person.
    """
    trouvees = {}
    if contact is not None:
        nommee = personne is not None or not nouvelle
        if nommee and contact.personne_id not in {
            None,
            personne and personne.cle_suivie,
        }:
            trouvees["personne"] = "Le contact est d'une autre personne."
        if structure_origine is not None and contact.structure_id != structure_origine.pk:
            trouvees["structure_origine"] = "Le contact est d'une autre structure."
    return trouvees


@suivre("empreinte_creation")
class Orientation(EvenementDeTerrain):
    """A person sent to a structure.

    `statut` and the arrival follow from the rows (see coordination.services.rapprocher), whatever
    the order in which they reached the server; only `decision` is what somebody said.
    """

    personne = DePersonne(
        Personne,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orientations",
        verbose_name="personne",
    )
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="orientations",
        verbose_name="contact d'origine",
    )
    structure_origine = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="orientations_emises",
        verbose_name="structure d'origine",
    )
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="orientations_recues",
        verbose_name="structure de destination",
    )
    accompagnement = models.BooleanField(
        "accompagnement", default=False, help_text="L'équipe y va avec la personne."
    )
    motif = models.CharField("motif", max_length=200, blank=True)
    statut = models.CharField(
        "statut",
        max_length=20,
        choices=StatutOrientation,
        default=StatutOrientation.EN_COURS,
        editable=False,
    )
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    decision = models.CharField("décision", max_length=20, choices=Decision, blank=True)
    decidee_le = models.DateTimeField("décidée le", null=True, blank=True)
    motif_decision = models.CharField("motif de la décision", max_length=200, blank=True)
    arrivee_contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="orientations_abouties",
        verbose_name="passage d'arrivée",
    )
    arrivee_sejour = models.ForeignKey(
        Sejour,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="orientations_abouties",
        verbose_name="séjour d'arrivée",
    )

    objects = OrientationQuerySet.as_manager()

    class Meta(EvenementDeTerrain.Meta):
        verbose_name = "orientation"
        ordering = ["-survenu_le"]
        indexes = [
            models.Index("personne", "structure", "survenu_le", name="orientation_paire"),
            models.Index("statut", "structure", name="orientation_statut"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decidee_le=None)
                | (~Q(decision="") & Q(decidee_le__isnull=False)),
                name="orientation_decision_datee",
                violation_error_message="Une décision est datée.",
            ),
            # Deferrable, so that one statement can hand an arrival from one row to another.
            models.UniqueConstraint(
                fields=["arrivee_contact"],
                name="orientation_un_passage_n_en_resout_qu_une",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(
                fields=["arrivee_sejour"],
                name="orientation_un_sejour_n_en_resout_qu_une",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ]

    def clean(self) -> None:
        origine = self.structure_origine if self.structure_origine_id else None
        trouvees = contradictions(self.contact, self.personne, origine, nouvelle=self._state.adding)
        if trouvees:
            raise ValidationError(trouvees)

    def __str__(self) -> str:
        return f"Vers {self.structure} le {localtime(self.survenu_le):%d/%m/%Y}"


class MarquePaire(models.Model):
    """A person and a structure whose orientations and arrivals must be matched again.

    Written by triggers in the transaction of the change; taken and deleted by the matching.
    """

    personne = models.ForeignKey(Personne, models.CASCADE, related_name="+")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)

    objects = MarquePaireQuerySet.as_manager()

    class Meta:
        verbose_name = "marque de rapprochement"
        verbose_name_plural = "marques de rapprochement"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.personne_id} → {self.structure_id}"


class Doublon(models.Model):
    """Two files whose pseudonyms are close, the earlier key first; a view, and no table."""

    cle = models.UUIDField("clé", primary_key=True)
    premiere = models.ForeignKey(
        Personne, models.DO_NOTHING, related_name="+", verbose_name="premier dossier"
    )
    seconde = models.ForeignKey(
        Personne, models.DO_NOTHING, related_name="+", verbose_name="second dossier"
    )
    proximite = models.FloatField("proximité des pseudonymes")
    organisme_premiere = models.UUIDField("organisme du premier dossier")
    organisme_seconde = models.UUIDField("organisme du second dossier")
    sans_lieux = models.IntegerField("ressemblance, sans les lieux")
    # Of each day that both files share; null where it would add nothing that matters.
    lieux = ArrayField(models.UUIDField(), verbose_name="lieux en commun", null=True)

    objects = DoublonQuerySet.as_manager()

    class Meta:
        managed = False
        verbose_name = "doublon présumé"
        verbose_name_plural = "doublons présumés"
        ordering = ["cle"]

    def __str__(self) -> str:
        return f"{self.premiere} ≈ {self.seconde}"
