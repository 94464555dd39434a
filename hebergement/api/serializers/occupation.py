"""The nights of a site as they are computed, and what one of them is made of."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commun.api.fields import Jour
from commun.api.serializers import ModelSerializer, Serializer
from hebergement.enums import EtatPlace
from hebergement.models import OccupationNuit
from hebergement.occupation import ecrire_empreinte


class OccupationSerializer(ModelSerializer):
    """A night, of the table or computed at once: what is read bears the names of the model."""

    site = serializers.UUIDField(source="site_id", read_only=True)
    taux = serializers.FloatField(read_only=True, allow_null=True)
    empreinte = serializers.SerializerMethodField(
        help_text="Empreinte de ce qui a été compté : la même pour les mêmes faits."
    )
    connu_le = serializers.DateField(
        read_only=True,
        allow_null=True,
        help_text="Le jour demandé ; vide : ce qui est connu en ce moment.",
    )

    class Meta:
        model = OccupationNuit
        fields = [
            "site",
            "jour",
            "theoriques",
            "fermees",
            "disponibles",
            "occupees",
            "taux",
            "entrees",
            "sorties",
            "transferts_entrants",
            "transferts_sortants",
            "anomalies",
            "reservees",
            "formule",
            "calcule_le",
            "empreinte",
            "connu_le",
        ]

    def get_empreinte(self, nuit: Any) -> str:
        return ecrire_empreinte(nuit.empreinte)


class PlaceDUneNuitSerializer(Serializer):
    place = serializers.UUIDField()
    libelle = serializers.CharField()
    chambre = serializers.UUIDField(allow_null=True)
    etat = serializers.ChoiceField(choices=EtatPlace.choices)
    compte_au_numerateur = serializers.BooleanField(help_text="Comptée dans « occupees ».")
    compte_au_denominateur = serializers.BooleanField(help_text="Comptée dans « disponibles ».")
    anomalie = serializers.BooleanField(help_text="Occupée malgré une fermeture.")
    motif_fermeture = serializers.CharField(allow_null=True)


class DetailDUneNuitSerializer(OccupationSerializer):
    places = PlaceDUneNuitSerializer(many=True, read_only=True)

    class Meta(OccupationSerializer.Meta):
        fields = [*OccupationSerializer.Meta.fields, "places"]


class DateDeConnaissance(Serializer):
    """Of which day what was known is asked for."""

    connu_le = Jour(required=False)
