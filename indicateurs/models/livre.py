"""The book of what was counted for publications: what each person added to each figure."""

from __future__ import annotations

import pgtrigger
from django.db import models

from commun.models import JamaisVidee
from indicateurs.models.publications import JAMAIS_VIDE, Publication, verrouiller
from indicateurs.querysets import CompteesSeulementQuerySet

# The entry by which a month is opened: it says of no figure that it is counted from here on; of 1,
# that what is known late is, too.
OUVERTURE = ""


TRIGGERS = [
    pgtrigger.Trigger(
        name=nom,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=verrouiller(
            " UNION ALL ".join(f"SELECT publication_id FROM {table}" for table in tables.values())
        )
        + " RETURN NULL;",
    )
    for nom, operation, tables in (
        # Nothing is put into a signed one either.
        ("signee_immuable", pgtrigger.Update, {"old": "anciennes", "new": "nouveaux"}),
        ("signee_gardee", pgtrigger.Delete, {"old": "anciennes"}),
        ("signee_complete", pgtrigger.Insert, {"new": "nouveaux"}),
    )
] + [
    JamaisVidee(name="jamais_videes", func=JAMAIS_VIDE),
]
CLE = ("publication", "mois", "indicateur", "structure", "arrondissement", "axes", "personne")


class DuLivre(models.Model):
    """What is of a person in a figure of a month, of a structure and a value of each breakdown.

    A person is named by the uuid that their file had then, without a key: a purge leaves entries of
    somebody whom nothing names any more.
    """

    publication = models.ForeignKey(
        Publication, models.CASCADE, related_name="%(class)ss", verbose_name="publication"
    )
    mois = models.DateField("mois")
    indicateur = models.CharField("indicateur", max_length=40)
    structure = models.CharField("code de la structure", max_length=60)
    arrondissement = models.CharField("arrondissement", max_length=60, blank=True)
    axes = models.JSONField("ventilations", default=dict)
    personne = models.UUIDField("personne", null=True)
    valeur = models.BigIntegerField("valeur")

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.indicateur} de {self.mois:%m/%Y}"


class Ecriture(DuLivre):
    """What a publication added to a line; what was taken back is negative.

    What is published of a period is the sum of the entries of its months, so that all that was
    ever shown can be counted again.
    """

    class Meta:
        verbose_name = "écriture"
        verbose_name_plural = "écritures"
        constraints = [
            models.UniqueConstraint(
                fields=CLE,
                nulls_distinct=False,
                name="ecriture_unique",
                violation_error_message="Cette écriture est déjà dans la publication.",
            ),
            models.CheckConstraint(
                condition=~models.Q(valeur=0) | models.Q(indicateur=OUVERTURE),
                name="ecriture_de_quelque_chose",
                violation_error_message="Une écriture ajoute ou retire quelque chose.",
            ),
        ]
        indexes = [models.Index("personne", name="ecriture_personne")]
        triggers = TRIGGERS


class SaisieEnAttente(DuLivre):
    """What had come late of a line and was not written yet when a publication was prepared: it is
    told as late, and not as a correction, once it is."""

    class Meta:
        verbose_name = "saisie tardive en attente"
        verbose_name_plural = "saisies tardives en attente"
        constraints = [
            models.UniqueConstraint(
                fields=CLE,
                nulls_distinct=False,
                name="saisie_en_attente_unique",
                violation_error_message="Cette ligne attend déjà dans la publication.",
            ),
            models.CheckConstraint(
                condition=models.Q(valeur__gt=0),
                name="saisie_en_attente_de_quelque_chose",
                violation_error_message="Une saisie en attente compte au moins un.",
            ),
        ]
        triggers = TRIGGERS
