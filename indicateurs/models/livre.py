"""The book of what was counted for publications: what each person added to each figure."""

from __future__ import annotations

import pgtrigger
from django.db import models

from commun.models import JamaisVidee
from indicateurs.models.publications import (
    CELLULE,
    JAMAIS_VIDE,
    DUneCellule,
    Publication,
    verrouiller,
)
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


class Ecriture(models.Model):
    """What a publication added to a line: of a person, in a figure of a month, of a structure and a
    value of each breakdown; what was taken back is negative.

    What is published of a period is the sum of the entries of its months, so that all that was
    ever shown can be counted again. A person is named by the uuid that their file had then, without
    a key: a purge leaves entries of somebody whom nothing names any more.
    """

    publication = models.ForeignKey(
        Publication, models.CASCADE, related_name="ecritures", verbose_name="publication"
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
        verbose_name = "écriture"
        verbose_name_plural = "écritures"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "publication",
                    "mois",
                    "indicateur",
                    "structure",
                    "arrondissement",
                    "axes",
                    "personne",
                ],
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

    def __str__(self) -> str:
        return f"{self.indicateur} de {self.mois:%m/%Y}"


class AttenteSansChiffre(DUneCellule):
    """What waits in a cell of which nothing is published: a zero there would tell where somebody
    came. Read by who publishes only."""

    publication = models.ForeignKey(
        Publication,
        models.CASCADE,
        related_name="attentes_sans_chiffre",
        verbose_name="publication",
    )
    attente = models.BigIntegerField("correction en attente")
    tardives = models.BigIntegerField("saisies tardives")

    objects = CompteesSeulementQuerySet.as_manager()

    class Meta:
        verbose_name = "attente sans chiffre"
        verbose_name_plural = "attentes sans chiffre"
        constraints = [
            models.UniqueConstraint(
                fields=["publication", *CELLULE],
                name="attente_sans_chiffre_unique",
                violation_error_message="Cette cellule attend déjà dans la publication.",
            ),
            models.CheckConstraint(
                condition=~models.Q(attente=0),
                name="attente_sans_chiffre_de_quelque_chose",
                violation_error_message="Il n'attend rien ici.",
            ),
        ]
        triggers = TRIGGERS

    def __str__(self) -> str:
        return f"{self.indicateur} {self.territoire} {self.code}".strip()
