"""The base of every serializer: strict types, and no key that means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from commun.api.fields import (
    Booleen,
    Choix,
    Code,
    Entier,
    Identifiant,
    Instant,
    Jour,
    Reference,
    Texte,
)


class ClesConnues:
    """Refuses keys that no field has; read-only ones may be sent back, and change nothing."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Il faut un objet JSON."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            inconnues = [str(cle) for cle in data if cle not in self.fields]  # type: ignore[attr-defined]
            if inconnues:
                raise serializers.ValidationError(
                    dict.fromkeys(inconnues, "Cette clé n'existe pas."), code="cle_inconnue"
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class Serializer(ClesConnues, serializers.Serializer):  # type: ignore[type-arg]
    """For bodies that are no record."""


class ModelSerializer(ClesConnues, serializers.ModelSerializer):  # type: ignore[type-arg]
    """For records."""

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Texte,
        models.SlugField: Code,
        models.TextField: Texte,
        models.BooleanField: Booleen,
        models.DateField: Jour,
        models.DateTimeField: Instant,
        models.IntegerField: Entier,
        models.PositiveIntegerField: Entier,
        models.PositiveSmallIntegerField: Entier,
    }
    serializer_choice_field = Choix


class LotDeReferences(serializers.ListSerializer):  # type: ignore[type-arg]
    """A batch: what its rows refer to is looked up together."""

    default_error_messages = {"not_a_list": "Il faut une liste."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list):
            lignes = [ligne for ligne in data if isinstance(ligne, Mapping)]
            for nom, champ in self.child.fields.items():  # type: ignore[union-attr]
                if isinstance(champ, Reference):
                    champ.connaitre(ligne.get(nom) for ligne in lignes)
        return super().to_internal_value(data)


class SaisieSerializer(ModelSerializer):
    """For records made in the field: their uuid is the client's and never changes."""

    uuid = Identifiant(help_text="Fait par l'appareil ; toutes versions admises.")

    def get_fields(self) -> dict[str, Any]:
        champs: dict[str, Any] = super().get_fields()
        if self.instance is not None and not isinstance(self.instance, list | models.QuerySet):
            champs["uuid"].read_only = True
            if "saisi_le" in champs:
                champs["saisi_le"].read_only = True
        return champs
