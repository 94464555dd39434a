"""Absences and presence checks, as coordinators and teams read and write them."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commun.api.fields import Booleen, Identifiant, Instant, Jour, Reference
from commun.api.serializers import LotDeReferences, ModelSerializer, SaisieSerializer, Serializer
from commun.validators import jour_passe
from hebergement import services
from hebergement.enums import EtatPresence
from hebergement.models import Absence, ConstatPresence, Sejour
from hebergement.models.places import ABSENCE_AU_PLUS

# Of a site at once.
CONSTATS_AU_PLUS = 500


class AbsenceSerializer(SaisieSerializer):
    sejour = Reference(queryset=Sejour.objects.sejours())
    garde_jusqu_au = Jour(
        required=False, help_text="À défaut, pendant les jours d'absence réglés pour le site."
    )
    REFUS_DE_CORRIGER: ClassVar[dict[str, str]] = {
        "sejour": "Le séjour d'une absence ne se corrige pas.",
    }

    class Meta:
        model = Absence
        fields = ["uuid", "sejour", "motif", "debut", "fin", "garde_jusqu_au", "saisi_le"]

    def get_fields(self) -> dict[str, Any]:
        champs = super().get_fields()
        if isinstance(self.instance, Absence):
            champs["sejour"].read_only = True
        return champs

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What the database refuses too, told under the key that was sent."""
        debut, fin, garde = (
            attrs.get(nom, getattr(self.instance, nom, None))
            for nom in ("debut", "fin", "garde_jusqu_au")
        )
        if debut and fin and fin < debut:
            raise serializers.ValidationError(
                {
                    "fin" if "fin" in attrs else "debut": (
                        "Le retour ne peut précéder le début de l'absence."
                    )
                }
            )
        if debut and garde and not 0 <= (garde - debut).days <= ABSENCE_AU_PLUS:
            raise serializers.ValidationError(
                {
                    "garde_jusqu_au" if "garde_jusqu_au" in attrs else "debut": (
                        "Une place est gardée dès le début de l'absence, et un an au plus."
                    )
                }
            )
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Absence:
        return services.absenter(**validated_data)


class ConstatSerializer(Serializer):
    """One stay of a round."""

    uuid = Identifiant(help_text="Fait par l'appareil.")
    sejour = Reference(queryset=Sejour.objects.sejours())
    present = Booleen()

    class Meta:
        list_serializer_class = LotDeReferences


@extend_schema_field(ConstatSerializer(many=True))
class Constats(serializers.ListField):
    """Rows that are looked at one by one further on, since some are replays."""


class RondeSerializer(Serializer):
    jour = Jour(validators=[jour_passe], help_text="La nuit de ce jour.")
    saisi_le = Instant(required=False)
    constats = Constats(
        child=serializers.DictField(error_messages={"not_a_dict": "Il faut un objet JSON."}),
        allow_empty=False,
        max_length=CONSTATS_AU_PLUS,
        error_messages={"not_a_list": "Il faut une liste."},
    )


class ConstatPresenceSerializer(ModelSerializer):
    sejour = serializers.UUIDField(source="sejour_id", read_only=True)

    class Meta:
        model = ConstatPresence
        fields = ["uuid", "sejour", "jour", "present", "saisi_le", "recu_le"]


class RondeEnregistreeSerializer(Serializer):
    constats = ConstatPresenceSerializer(many=True)


class AbsenceDuJourSerializer(ModelSerializer):
    class Meta:
        model = Absence
        fields = ["uuid", "motif", "debut", "fin", "garde_jusqu_au"]


class AttenduSerializer(Serializer):
    """Who is expected at a site on a night."""

    sejour = serializers.UUIDField(source="pk")
    personne = serializers.UUIDField(source="personne_id")
    code = serializers.CharField(source="personne.code")
    pseudonyme = serializers.CharField(source="personne.pseudonyme")
    place = serializers.UUIDField(source="place_id")
    libelle = serializers.CharField(source="place.libelle")
    arrivee = serializers.DateField()
    present = serializers.BooleanField(
        allow_null=True, help_text="Le dernier constat de ce jour ; vide : pas encore de constat."
    )
    absence = serializers.SerializerMethodField(help_text="Vide : la personne est attendue.")
    derniere_presence = serializers.DateField(allow_null=True)
    jours_sans = serializers.IntegerField(
        allow_null=True, help_text="Jours sans signe de présence ; vide : ce site n'en fait pas."
    )
    presence = serializers.ChoiceField(
        choices=EtatPresence.choices, allow_blank=True, help_text="Vide : rien à signaler."
    )

    @extend_schema_field(AbsenceDuJourSerializer(allow_null=True))
    def get_absence(self, sejour: Any) -> Any:
        absence = sejour.absence_du_jour
        return None if absence is None else AbsenceDuJourSerializer(absence).data


class ListeACocherSerializer(Serializer):
    site = serializers.UUIDField()
    jour = serializers.DateField()
    presences_depuis = serializers.DateField(
        allow_null=True, help_text="Vide : ce site ne fait pas encore de constats."
    )
    heberges = serializers.IntegerField(help_text="Places occupées cette nuit-là.")
    absents = serializers.IntegerField(help_text="Dont les personnes absentes.")
    sejours = AttenduSerializer(many=True)


class JourDeRondeSerializer(Serializer):
    jour = Jour(required=False, validators=[jour_passe])
