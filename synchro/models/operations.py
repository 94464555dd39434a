"""What devices sent, kept as it came before it was judged, and what became of it."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from synchro.enums import StatutOperation
from synchro.models.appareils import Appareil
from synchro.querysets import OperationQuerySet, VarianteQuerySet


class TexteJSON(models.TextField):  # type: ignore[type-arg]
    """JSON as it was said: kept as text, which holds what the database's own type refuses (a null
    character) and changes nothing of it."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(value)


class Operation(models.Model):
    """One verb of the domain, as a device said it.

    `contenu` is what was received, sealed where it was sealed, and never changes; `corrigees` is
    what a coordinator made of its data, to apply instead.
    """

    id = models.UUIDField("identifiant", primary_key=True, editable=False)
    appareil = models.ForeignKey(
        Appareil, models.PROTECT, related_name="operations", verbose_name="appareil"
    )
    seq = models.BigIntegerField("numéro")
    auteur = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="auteur",
    )
    type = models.CharField("opération", max_length=40)
    objet = models.UUIDField("objet", null=True)
    depend_de = ArrayField(models.UUIDField(), default=list, verbose_name="dépend de")
    contenu = TexteJSON("contenu", editable=False)
    empreinte = models.CharField(max_length=64, editable=False)
    corrigees = TexteJSON("données corrigées", null=True, blank=True)
    decalage = models.DurationField(
        "décalage de l'horloge",
        null=True,
        editable=False,
        help_text="Heure du serveur moins heure de l'appareil, mesuré au même démarrage.",
    )
    recu_le = models.DateTimeField("reçue le", editable=False)
    transmise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="transmise par",
        help_text="Qui a rapporté la boîte d'envoi d'un appareil qui ne pouvait plus l'envoyer.",
    )
    statut = models.CharField(
        "statut", max_length=15, choices=StatutOperation, default=StatutOperation.RECUE
    )
    motif = models.TextField("motif", blank=True)
    probleme = TexteJSON("ce qui s'y oppose", null=True, editable=False)
    traitee_le = models.DateTimeField("traitée le", null=True, editable=False)
    traitee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="traitée par",
    )

    objects = OperationQuerySet.as_manager()

    class Meta:
        verbose_name = "opération"
        verbose_name_plural = "opérations"
        ordering = ["-recu_le", "seq"]
        indexes = [
            models.Index("appareil", "seq", name="operation_appareil_seq"),
            models.Index(
                "statut",
                "recu_le",
                name="operation_a_voir",
                condition=Q(statut__in=["EN_ATTENTE", "EN_QUARANTAINE", "CONFLIT"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(statut__in=[StatutOperation.RECUE, StatutOperation.APPLIQUEE])
                | ~Q(motif=""),
                name="operation_dit_pourquoi",
                violation_error_message="Ce qui n'est pas simplement appliqué dit pourquoi.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} · {self.appareil} n° {self.seq}"


class Variante(models.Model):
    """What came under the identifier of another operation, or under none: kept, never applied."""

    operation = models.ForeignKey(
        Operation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="variantes",
        verbose_name="opération",
    )
    appareil = models.ForeignKey(
        Appareil, models.PROTECT, related_name="variantes", verbose_name="appareil"
    )
    empreinte = models.CharField(max_length=64, editable=False)
    contenu = TexteJSON("contenu", null=True, editable=False)
    recu_le = models.DateTimeField("reçue le", editable=False)

    objects = VarianteQuerySet.as_manager()

    class Meta:
        verbose_name = "variante"
        ordering = ["-recu_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["appareil", "operation", "empreinte"],
                nulls_distinct=False,
                name="variante_gardee_une_fois",
                violation_error_message="Cette variante est déjà gardée.",
            )
        ]

    def __str__(self) -> str:
        return f"Variante du {self.recu_le:%d/%m/%Y}"
