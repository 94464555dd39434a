"""What a bilan is asked for, and what it answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commun.api.fields import Choix, Reference
from commun.api.serializers import Serializer
from socle.enums import TypeStructure
from socle.models import Structure


class PerimetreSerializer(Serializer):
    annee = serializers.IntegerField(min_value=2000)
    structure = Reference(queryset=Structure.objects.all(), code=True, required=False)
    type = Choix(choices=TypeStructure.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "structure" in attrs and "type" in attrs:
            raise serializers.ValidationError(
                {"type": "Une structure ou un type de structure, pas les deux."}
            )
        return attrs


class IndicateurSerializer(Serializer):
    code = serializers.CharField()
    libelle = serializers.CharField()
    valeur = serializers.FloatField(allow_null=True)
    precedent = serializers.FloatField(allow_null=True)
    ecart = serializers.FloatField(allow_null=True)
    ecart_pct = serializers.FloatField(allow_null=True)
    secret = serializers.BooleanField()


class BilanSerializer(Serializer):
    annee = serializers.IntegerField()
    structure = serializers.CharField(allow_null=True)
    type = serializers.CharField(allow_null=True, help_text="Type de structure demandé.")
    formule = serializers.CharField()
    connu_le = serializers.DateTimeField()
    indicateurs = IndicateurSerializer(many=True)
