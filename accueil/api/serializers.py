"""Visits, as reception staff read and write them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accueil import services
from accueil.models import Passage
from commun.api.fields import Instant, Reference
from commun.api.serializers import Serializer
from contacts.api.serializers import ExtensionDeContactSerializer
from socle.models import Structure


class PassageSerializer(ExtensionDeContactSerializer):
    structure = Reference(
        source="contact.structure", queryset=Structure.objects.all(), code=True, portee="gerees_par"
    )
    parti_le = Instant(required=False, allow_null=True)

    FIXES = ("uuid", "saisi_le", "structure")

    class Meta:
        model = Passage

    def create(self, validated_data: dict[str, Any]) -> Passage:
        contact = validated_data.pop("contact")
        contact.pop("survenu_le", None)
        return services.enregistrer_passage(**contact, **validated_data)


class PresentsSerializer(Serializer):
    """Who is here now, against the capacity."""

    DESCRIPTION = "Qui est là maintenant."

    structure = serializers.CharField(help_text="Code de la structure.")
    jour = serializers.DateField()
    capacite = serializers.IntegerField(allow_null=True)
    presents = serializers.IntegerField()
    passages = PassageSerializer(many=True)
