"""What happened between a person and a team, wherever: contacts, acts, material."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime

from commun.historique import suivre
from contacts.enums import Cadre, CategorieActe, Issue, MaterielRdR
from contacts.querysets import ContactQuerySet, SurContactQuerySet
from socle.enums import Genre, TrancheAge
from socle.models import DePersonne, EvenementDeTerrain, Personne, Structure


class JourPose(models.DateField):  # type: ignore[type-arg]
    """A day that the database sets, and tells as it writes the row."""

    db_returning = True

    def deconstruct(self) -> Any:
        nom, _, args, kwargs = super().deconstruct()
        return nom, "django.db.models.DateField", args, kwargs


@suivre("empreinte_creation")
class Contact(EvenementDeTerrain):
    """One row for every person met, known or not.

    `jour` is set by the database: the day of the round for a round, else the local day of
    `survenu_le` where the structure's days turn over at its `heure_bascule`.
    """

    personne = DePersonne(
        Personne,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name="personne",
    )
    genre_observe = models.CharField(
        "genre observé", max_length=15, choices=Genre, default=Genre.NON_RENSEIGNE
    )
    tranche_age_observee = models.CharField(
        "âge observé", max_length=15, choices=TrancheAge, default=TrancheAge.NON_RENSEIGNE
    )
    structure = models.ForeignKey(
        Structure, models.PROTECT, related_name="contacts", verbose_name="structure"
    )
    cadre = models.CharField("cadre", max_length=12, choices=Cadre)
    issue = models.CharField("issue", max_length=12, choices=Issue, default=Issue.ECHANGE)
    jour = JourPose("jour", editable=False, null=True)

    objects = ContactQuerySet.as_manager()

    class Meta(EvenementDeTerrain.Meta):
        verbose_name = "contact"
        ordering = ["-survenu_le"]
        indexes = [
            models.Index("structure", "jour", name="contact_structure_jour"),
            models.Index("personne", "structure", "survenu_le", name="contact_parcours"),
            models.Index("jour", "cadre", name="contact_jour_cadre"),
            # The order of every list of what happened: a page is read, not the whole table.
            models.Index("survenu_le", name="contact_survenu_le"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(cadre=Cadre.ACCUEIL) | Q(issue=Issue.ECHANGE),
                name="contact_passage_est_un_echange",
                violation_error_message="L'issue d'un passage est toujours un échange.",
            ),
            models.CheckConstraint(
                condition=Q(jour__isnull=False),
                name="contact_jour_connu",
                violation_error_message="Le jour du contact n'est pas connu.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cadre_display()} du {localtime(self.survenu_le):%d/%m/%Y à %H:%M}"


class ExtensionDeContact(models.Model):
    """A row of a room above that extends one contact and shares its uuid."""

    contact = models.OneToOneField(
        Contact, models.CASCADE, primary_key=True, related_name="%(class)s", verbose_name="contact"
    )

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the contact, which takes this row and all that hangs on it along."""
        return self.contact.delete(*args, **kwargs)


@suivre("empreinte_creation", lu_par="contact")
class Acte(EvenementDeTerrain):
    """Something done for a person during a contact."""

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="actes", verbose_name="contact"
    )
    categorie = models.CharField("catégorie", max_length=25, choices=CategorieActe)
    note_soin = models.TextField(
        "note de soin", blank=True, help_text="Lue par les soignants de la structure seulement."
    )
    jour = models.DateField("jour", editable=False, null=True)

    objects = SurContactQuerySet.as_manager()

    class Meta(EvenementDeTerrain.Meta):
        verbose_name = "acte"
        ordering = ["-survenu_le"]
        indexes = [models.Index("categorie", "jour", name="acte_categorie_jour")]

    def __str__(self) -> str:
        return f"{self.get_categorie_display()} du {localtime(self.survenu_le):%d/%m/%Y}"


@suivre("empreinte_creation", lu_par="contact")
class RemiseMateriel(EvenementDeTerrain):
    """Material handed out or recovered during a contact; its day is the contact's."""

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="remises", verbose_name="contact"
    )
    materiel = models.CharField("matériel", max_length=12, choices=MaterielRdR)
    quantite_distribuee = models.PositiveIntegerField("quantité distribuée", default=0)
    quantite_recuperee = models.PositiveIntegerField("quantité récupérée", default=0)

    objects = SurContactQuerySet.as_manager()

    class Meta(EvenementDeTerrain.Meta):
        verbose_name = "remise de matériel"
        verbose_name_plural = "remises de matériel"
        ordering = ["-survenu_le"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantite_distribuee__gt=0) | Q(quantite_recuperee__gt=0),
                name="remise_non_vide",
                violation_error_message="Il faut une quantité distribuée ou récupérée.",
            ),
            models.CheckConstraint(
                condition=Q(quantite_distribuee__lte=10_000, quantite_recuperee__lte=10_000),
                name="remise_quantite_plausible",
                violation_error_message="Une quantité ne peut dépasser 10 000.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_materiel_display()} +{self.quantite_distribuee}"
