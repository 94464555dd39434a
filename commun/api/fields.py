"""Fields that take what they say and nothing that merely resembles it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from django.db.models import Model, Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.relations import MANY_RELATION_KWARGS

from commun.validators import est_visible, instant_plausible, jour_plausible

# The nil and the max uuid name nothing (RFC 9562, 5.9 and 5.10): a device that sends them has not
# drawn any.
RESERVES = frozenset({0, (1 << 128) - 1})
UUID_OU_CODE = "Identifiant (uuid) ou code."


class Texte(serializers.CharField):
    """Text: a number or a boolean is not converted, it is refused. What can't be seen is empty."""

    default_error_messages = {"invalid": "Il faut du texte."}

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str) and not any(map(est_visible, data)):
            data = ""
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Code(serializers.SlugField):
    """A code, written as text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Identifiant(serializers.UUIDField):
    """A uuid, written as text."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        identifiant: uuid.UUID = super().to_internal_value(data)
        if identifiant.int in RESERVES:
            self.fail("invalid", value=data)
        return identifiant


class Entier(serializers.IntegerField):
    """A whole number: neither a text that looks like one nor a boolean."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str | bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Booleen(serializers.BooleanField):
    """True or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Instant(serializers.DateTimeField):
    """An instant that something was done at, as a device tells it."""

    default_validators = [instant_plausible]
    default_error_messages = {
        "invalid": "Il faut une date et une heure, comme 2026-11-14T22:30:00+01:00.",
        "inexistante": "Cette heure n'existe pas : cette nuit-là, l'heure d'été commence à 2 h.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        try:
            instant = super().enforce_timezone(value)
            relu = instant.astimezone(UTC).astimezone(instant.tzinfo)
        except OverflowError:  # the first or the last hours that there are, in another zone
            self.fail("overflow")
        # Written without an offset, in the hour that a night leaves out.
        if relu.replace(tzinfo=None) != instant.replace(tzinfo=None):
            self.fail("inexistante")
        return instant


class Jour(serializers.DateField):
    """A day, past or planned."""

    default_validators = [jour_plausible]
    default_error_messages = {"invalid": "Il faut une date, comme 2026-11-14."}


class Nombre(serializers.FloatField):
    """A figure that is read: a count stays whole."""

    def to_representation(self, value: Any) -> Any:
        return float(value) if isinstance(value, Decimal) else value


class Recopie:
    """A field whose arguments never change: a serializer's copy of it shares them.

    The framework copies every vocabulary and every query of a serializer with each request.
    """

    _args: tuple[Any, ...]
    _kwargs: dict[str, Any]

    def __deepcopy__(self, memo: Any) -> Self:
        return type(self)(*self._args, **self._kwargs)


class Choix(Recopie, serializers.ChoiceField):
    """A value of a closed vocabulary; the error lists them."""

    default_error_messages = {
        "invalid_choice": "« {input} » n'est pas une valeur admise : {valeurs}."
    }

    def to_internal_value(self, data: Any) -> Any:
        if data == "" and self.allow_blank:
            return ""
        if not isinstance(data, str) or data not in self.choice_strings_to_values:
            valeurs = ", ".join(v for v in self.choice_strings_to_values if v)
            self.fail("invalid_choice", input=str(data)[:60], valeurs=valeurs)
        return self.choice_strings_to_values[data]


class References(serializers.ManyRelatedField):
    """A list of other objects, and nothing that can merely be walked through."""

    default_error_messages = {"not_a_list": "Il faut une liste."}

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        return list(super().to_internal_value(data))


@extend_schema_field({"type": "string", "description": UUID_OU_CODE})
class Reference(Recopie, serializers.RelatedField):  # type: ignore[type-arg]
    """Another object by its uuid, or by its code where it has one; shown by its uuid.

    Only what the caller may see can be referred to: the rest is unknown, whether it exists or
    not. `portee` names another scope than `visibles_par`.
    """

    default_error_messages = {
        "required": "Ce champ est obligatoire.",
        "null": "Ce champ ne peut être nul.",
        "inconnu": "Référence inconnue.",
        "invalid": "Il faut un identifiant (uuid), en texte.",
    }

    def __init__(self, *, code: bool = False, portee: str = "visibles_par", **kwargs: Any) -> None:
        self.par_code = code
        self.portee = portee
        # What `connaitre` found, by ("uuid" or "code", value); None: one query for each.
        self.connus: dict[tuple[str, Any], Model] | None = None
        super().__init__(**kwargs)

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> References:
        du_tout = {nom: kwargs[nom] for nom in MANY_RELATION_KWARGS if nom in kwargs}
        return References(child_relation=cls(*args, **kwargs), **du_tout)

    def use_pk_only_optimization(self) -> bool:
        return True

    def to_representation(self, value: Any) -> str:
        return str(value.pk)

    def get_queryset(self) -> QuerySet[Any]:
        utilisateur = self.context["request"].user
        toutes = super().get_queryset()
        return getattr(toutes, self.portee)(utilisateur)

    def to_internal_value(self, data: Any) -> Model:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            critere: dict[str, Any] = {"uuid": uuid.UUID(data)}
        except ValueError:
            if not self.par_code:
                self.fail("invalid")
            critere = {"code": data}
        ((nom, valeur),) = critere.items()
        if self.connus is not None:
            objet = self.connus.get((nom, valeur))
        else:
            # One row at most: `first` would sort it.
            lignes = self.get_queryset().filter(**critere).order_by()
            objet = next(iter(lignes[:1]), None) if "\x00" not in data else None
        if objet is None:
            self.fail("inconnu")
        return objet

    def connaitre(self, donnees: Iterable[Any]) -> None:
        """Look up what a whole batch refers to, in one query instead of one a row."""
        uuids, codes = set(), set()
        for donnee in donnees:
            if isinstance(donnee, str) and "\x00" not in donnee:
                try:
                    uuids.add(uuid.UUID(donnee))
                except ValueError:
                    codes.add(donnee)
        criteres = Q(uuid__in=uuids) | Q(code__in=codes) if self.par_code else Q(uuid__in=uuids)
        self.connus = {}
        for objet in self.get_queryset().filter(criteres) if uuids or codes else ():
            self.connus["uuid", objet.pk] = objet
            if self.par_code:
                self.connus["code", objet.code] = objet
