"""Rounds, encounters, observations, as teams read and write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commun.api.fields import Choix, Instant, Reference
from commun.api.serializers import (
    ChampsReserves,
    LotDeReferences,
    ModelSerializer,
    SaisieSerializer,
    Serializer,
)
from commun.horloge import aujourd_hui, maintenant
from contacts.api.serializers import EvenementSerializer, ExtensionDeContactSerializer
from contacts.enums import Issue
from maraudes import services
from maraudes.models import Etape, Ligne, Maraude, Observation, Rencontre, Secteur
from socle.models import Equipe, Utilisateur

# What a device's clock may be fast by.
HORLOGE_EN_AVANCE = timedelta(minutes=5)


class SecteurSerializer(ModelSerializer):
    lignes = serializers.SlugRelatedField[Ligne](slug_field="code", read_only=True, many=True)

    class Meta:
        model = Secteur
        fields = [
            "uuid",
            "code",
            "nom",
            "milieu",
            "lignes",
            "frequence_cible",
            "arrondissement",
            "actif",
        ]


class EtapeSerializer(ModelSerializer):
    secteur = Reference(queryset=Secteur.objects.all(), code=True)

    class Meta:
        model = Etape
        fields = ["secteur", "ordre", "statut"]
        extra_kwargs = {"ordre": {"required": False}}
        list_serializer_class = LotDeReferences

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A correction of the round is partial; a stop of it is whole.
        if "secteur" not in attrs:
            raise serializers.ValidationError({"secteur": "Ce champ est obligatoire."})
        return attrs


class MaraudeSerializer(SaisieSerializer):
    equipe = Reference(queryset=Equipe.objects.all())
    membres = Reference(queryset=Utilisateur.objects.all(), many=True, required=False)
    etapes = EtapeSerializer(many=True, required=False, help_text="Dans l'ordre.")
    jour = serializers.DateField(read_only=True)

    class Meta:
        model = Maraude
        fields = [
            "uuid",
            "equipe",
            "milieu",
            "statut",
            "jour_prevu",
            "debut_le",
            "fin_le",
            "jour",
            "membres",
            "transmission",
            "etapes",
            "saisi_le",
            "recu_le",
        ]
        read_only_fields = ["statut", "debut_le", "fin_le", "recu_le"]
        extra_kwargs = {"jour_prevu": {"default": aujourd_hui}}

    def validate_etapes(self, etapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ordres = [etape.get("ordre", rang) for rang, etape in enumerate(etapes, 1)]
        if len(set(ordres)) < len(ordres):
            raise serializers.ValidationError("Deux étapes ont le même ordre.")
        return etapes

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        milieu = attrs.get("milieu") or self.instance.milieu  # type: ignore[union-attr]
        if self.instance is not None and "etapes" not in attrs:
            etapes = self.instance.etapes.exclude(secteur__milieu=milieu)
            if "milieu" in attrs and etapes.exists():
                raise serializers.ValidationError(
                    {"milieu": "Des étapes de la maraude sont d'un autre milieu."}
                )
        for rang, etape in enumerate(attrs.get("etapes", [])):
            if etape["secteur"].milieu != milieu:
                raise serializers.ValidationError(
                    {f"etapes.{rang}.secteur": "Ce secteur n'est pas du milieu de la maraude."}
                )
        return attrs

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Maraude:
        etapes = validated_data.pop("etapes", [])
        membres = validated_data.pop("membres", [])
        maraude = Maraude(**validated_data)
        maraude.save(force_insert=True)
        maraude.membres.set(membres)
        services.poser_etapes(maraude=maraude, etapes=etapes)
        return maraude

    def update(self, instance: Maraude, validated_data: dict[str, Any]) -> Maraude:
        etapes = validated_data.pop("etapes", None)
        with services.etapes_en_chantier():
            if etapes is not None:
                services.poser_etapes(maraude=instance, etapes=etapes)
            return super().update(instance, validated_data)


class DemarrageSerializer(Serializer):
    debut_le = Instant(required=False)

    def validate_debut_le(self, debut_le: datetime) -> datetime:
        if debut_le > maintenant() + HORLOGE_EN_AVANCE:
            raise serializers.ValidationError("Une maraude ne démarre pas dans le futur.")
        return debut_le


class ClotureSerializer(Serializer):
    fin_le = Instant(required=False)


class RencontreSerializer(ChampsReserves, ExtensionDeContactSerializer):
    maraude = Reference(queryset=Maraude.objects.select_related("equipe"))
    secteur = Reference(queryset=Secteur.objects.all(), code=True, required=False, allow_null=True)
    issue = Choix(source="contact.issue", choices=Issue.choices, required=False)

    FIXES = ("uuid", "saisi_le", "maraude")
    RESERVES = ("genre_observe", "tranche_age_observee")
    CACHES_PAR = ("personne",)
    REFUS_DE_RESERVE = (
        "La personne de cette rencontre et ce qui a été observé d'elle ne se corrigent que par "
        "l'organisme qui l'a rencontrée : demandez-le à sa coordination."
    )

    class Meta:
        model = Rencontre
        list_serializer_class = LotDeReferences

    def est_lisible(self, instance: Rencontre) -> bool:
        """What was observed of a person of another organisme is not told, but by their own."""
        organisme = instance.maraude.equipe.structure.organisme_id
        propre = bool(organisme == self.context["request"].user.organisme_id)
        return propre or instance.contact.personne_id is None

    def create(self, validated_data: dict[str, Any]) -> Rencontre:
        return services.enregistrer_rencontre(**self.arguments(validated_data))

    @staticmethod
    def arguments(validated_data: dict[str, Any]) -> dict[str, Any]:
        """What the service takes: where it happened, and the fields of the contact."""
        donnees = {**validated_data}
        contact = {**donnees.pop("contact")}
        contact.pop("survenu_le", None)
        return {**contact, **donnees}

    def update(self, instance: Rencontre, validated_data: dict[str, Any]) -> Rencontre:
        rencontre: Rencontre = super().update(instance, validated_data)
        services.marquer_visitees([rencontre])
        return rencontre


@extend_schema_field(RencontreSerializer(many=True))
class Rencontres(serializers.ListField):
    """Rows that are looked at one by one further on, since some are replays."""


class LotSerializer(Serializer):
    rencontres = Rencontres(
        child=serializers.DictField(error_messages={"not_a_dict": "Il faut un objet JSON."}),
        allow_empty=False,
        max_length=100,
        error_messages={"not_a_list": "Il faut une liste."},
    )


class LotEnregistreSerializer(Serializer):
    rencontres = RencontreSerializer(many=True)


class ObservationSerializer(EvenementSerializer):
    maraude = Reference(queryset=Maraude.objects.all())
    secteur = Reference(queryset=Secteur.objects.all(), code=True, required=False, allow_null=True)

    class Meta:
        model = Observation
        fields = [
            "uuid",
            "maraude",
            "secteur",
            "texte",
            "personnes_vues",
            "saisi_le",
            "survenu_le",
            "recu_le",
        ]
        read_only_fields = ["recu_le"]

    def create(self, validated_data: dict[str, Any]) -> Observation:
        services.retenir_maraudes([validated_data["maraude"].pk])
        observation: Observation = super().create(validated_data)
        return observation

    def update(self, instance: Observation, validated_data: dict[str, Any]) -> Observation:
        maraude = validated_data.get("maraude", instance.maraude)
        if maraude.pk != instance.maraude_id:
            services.retenir_maraudes([maraude.pk])
        observation: Observation = super().update(instance, validated_data)
        return observation
