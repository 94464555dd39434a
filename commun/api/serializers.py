"""The base of every serializer: strict types, and no key that means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from commun.api.errors import Interdit
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
    """Refuses keys that no field has; read-only ones may be sent back as they were read.

    In a correction one that says something else is refused: to drop it in silence would tell the
    caller that it was changed.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": "Il faut un objet JSON."}
    # What is told of a field that is read only in a correction, where there is more to say.
    REFUS_DE_CORRIGER: ClassVar[dict[str, str]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            inconnues = [str(cle) for cle in data if cle not in self.fields]  # type: ignore[attr-defined]
            if inconnues:
                raise serializers.ValidationError(
                    dict.fromkeys(inconnues, "Cette clé n'existe pas."), code="cle_inconnue"
                )
            self._refuser_les_changements(data)
        return super().to_internal_value(data)  # type: ignore[misc]

    def _refuser_les_changements(self, data: Mapping[str, Any]) -> None:
        if not isinstance(self.instance, models.Model):  # type: ignore[attr-defined]
            return
        lues = [cle for cle in data if self.fields[cle].read_only]  # type: ignore[attr-defined]
        if not lues:
            return
        actuelles = self.to_representation(self.instance)  # type: ignore[attr-defined]
        changees = [
            cle
            for cle in lues
            if not _dit_pareil(self.fields[cle], data[cle], actuelles[cle])  # type: ignore[attr-defined]
        ]
        if changees:
            raise serializers.ValidationError(
                {
                    cle: self.REFUS_DE_CORRIGER.get(cle, "Ce champ ne se corrige pas.")
                    for cle in changees
                },
                code="ne_se_corrige_pas",
            )


def _dit_pareil(champ: Any, valeur: Any, actuelle: Any) -> bool:
    """Whether it is the same value, written otherwise perhaps: an instant, a uuid, a code."""
    if valeur == actuelle:
        return True
    if not isinstance(valeur, str) or actuelle is None:
        return False
    if not isinstance(champ, Reference | serializers.DateTimeField | serializers.UUIDField):
        return False
    if getattr(champ, "queryset", True) is None:
        return False
    try:
        relue: Any = champ.to_internal_value(valeur)
        return bool(champ.to_representation(relue) == actuelle)
    # A field that is only read may be the framework's own, which fails on the first day there is.
    except (serializers.ValidationError, OverflowError):
        return False


class ChampsReserves:
    """Fields that are null for who may not read them: those that `RESERVES` names.

    Who may not read them of a record that is there may not write them either, nor change what they
    are hidden by (`CACHES_PAR`): the answer would then tell them, and a version that stays the same
    would tell that they were guessed. It is the field that is refused, whatever is said of it. Who
    makes the record says what was seen.
    """

    RESERVES: ClassVar[tuple[str, ...]] = ()
    CACHES_PAR: ClassVar[tuple[str, ...]] = ()
    REFUS_DE_RESERVE: ClassVar[str]

    def est_lisible(self, instance: Any) -> bool:
        """Whether the caller may read the reserved fields of a record."""
        raise NotImplementedError

    def to_representation(self, instance: Any) -> dict[str, Any]:
        donnees: dict[str, Any] = super().to_representation(instance)  # type: ignore[misc]
        if not self.est_lisible(instance):
            donnees |= dict.fromkeys(self.RESERVES)
        return donnees

    def to_internal_value(self, data: Any) -> Any:
        instance = getattr(self, "instance", None)
        if isinstance(instance, models.Model) and isinstance(data, Mapping):
            touchees = {*self.RESERVES, *self.CACHES_PAR} & {*data}
            if touchees and not self.est_lisible(instance):
                raise Interdit(self.REFUS_DE_RESERVE)
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

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """What may be empty may be read as empty too: the description of the answers says so."""
        vide = kwargs.get("allow_blank", False)
        options = super().include_extra_kwargs(kwargs, extra_kwargs)
        if vide and options.get("read_only"):
            options["allow_blank"] = True
        return options


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
