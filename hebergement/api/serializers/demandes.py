"""Requests, the waiting list, propositions: as coordinators and teams read and write them."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commun.api.fields import Choix, Identifiant, Jour, Reference, Texte
from commun.api.serializers import ModelSerializer, SaisieSerializer, Serializer
from commun.horloge import aujourd_hui
from commun.validators import jour_a_venir, jour_passe
from contacts.models import Contact
from hebergement import services
from hebergement.api.serializers.sejours import MenageDit
from hebergement.attente import alertes, explication
from hebergement.enums import (
    ORIGINE_FIXEE,
    ORIGINES_TUES,
    Besoin,
    CritereAttente,
    MotifRefus,
    OrigineDemande,
    StatutDemande,
    StatutProposition,
)
from hebergement.models import DemandeHebergement, Place, PoidsAttente, Proposition
from socle.enums import Cote, Role
from socle.models import Personne, Structure

BESOINS = ["reservee_femmes", "plain_pied", "animal", "couple"]
ORIGINE_TUE = (
    "JUSTICE et AUTRE sont comptées, jamais montrées d'une personne : elles se lisent nulles."
)
DIT_DE_L_ISSUE = ["motif_refus", "precisions", "a_la_place"]


class Origine(Choix):
    """Who asked: a court measure is written as any other, and read as what is not told."""

    def to_representation(self, value: Any) -> Any:
        return None if value in ORIGINES_TUES else super().to_representation(value)


class DemandeHebergementSerializer(SaisieSerializer):
    personne = Reference(queryset=Personne.objects.all(), portee="nommables_par")
    structure = Reference(
        queryset=Structure.objects.all(), code=True, portee="gerees_par", required=False
    )
    contact = Reference(queryset=Contact.objects.all(), required=False, allow_null=True)
    origine = Origine(
        choices=OrigineDemande.choices,
        allow_null=True,
        help_text=f"{ORIGINE_TUE} Redonner ce nul dans une correction n'y change rien.",
    )
    demandee_le = Jour(
        required=False,
        validators=[jour_passe],
        help_text="À défaut, le jour du contact ou ce jour.",
    )
    menage = MenageDit()
    statut = serializers.ChoiceField(choices=StatutDemande.choices, read_only=True)
    REFUS_DE_CORRIGER: ClassVar[dict[str, str]] = {
        "personne": "La personne d'une demande ne se corrige pas.",
    }

    class Meta:
        model = DemandeHebergement
        fields = [
            "uuid",
            "personne",
            "structure",
            "contact",
            "origine",
            "demandee_le",
            "type_place",
            *BESOINS,
            "menage",
            "priorite",
            "motif_priorite",
            "statut",
            "close_le",
            *DIT_DE_L_ISSUE,
            "sejour",
            "saisi_le",
        ]
        read_only_fields: ClassVar[list[str]] = ["close_le", *DIT_DE_L_ISSUE, "sejour"]

    def get_fields(self) -> dict[str, Any]:
        champs = super().get_fields()
        if isinstance(self.instance, DemandeHebergement):
            for nom in ("personne", "structure", "contact"):
                champs[nom].read_only = True
        return champs

    def validate_origine(self, origine: str | None) -> str:
        """What was read may be sent back: it is what it was. One that is not told is not corrected:
        were all others, those that are left would be court measures."""
        actuelle = getattr(self.instance, "origine", "")
        if origine is not None and actuelle in ORIGINES_TUES:
            raise serializers.ValidationError(ORIGINE_FIXEE, code="origine_tue")
        if origine is not None:
            return origine
        if actuelle not in ORIGINES_TUES:
            raise serializers.ValidationError("Ce champ ne peut être nul.", code="null")
        return str(actuelle)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            self._completer(attrs)
        priorite, motif = (
            attrs.get(nom, getattr(self.instance, nom, ""))
            for nom in ("priorite", "motif_priorite")
        )
        if priorite not in {"", "NORMALE"} and not motif:
            raise serializers.ValidationError({"motif_priorite": "Une priorité a un motif."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> DemandeHebergement:
        return cast("DemandeHebergement", super().create(services.avec_menage(validated_data)))

    def update(self, instance: Any, validated_data: dict[str, Any]) -> DemandeHebergement:
        champs = services.avec_menage(validated_data)
        return cast("DemandeHebergement", super().update(instance, champs))

    def _completer(self, attrs: dict[str, Any]) -> None:
        """What a contact says already."""
        contact = attrs.get("contact")
        if contact is not None:
            attrs.setdefault("structure", contact.structure)
            attrs.setdefault("demandee_le", contact.jour)
            if contact.personne_id not in {None, attrs["personne"].cle_suivie}:
                raise serializers.ValidationError(
                    {"contact": "Le contact est d'une autre personne."}
                )
            if contact.structure_id != attrs["structure"].pk:
                raise serializers.ValidationError(
                    {"contact": "Le contact est d'une autre structure."}
                )
        if "structure" not in attrs:
            raise serializers.ValidationError(
                {"structure": "Il faut la structure qui demande, ou un contact."}
            )
        attrs.setdefault("demandee_le", aujourd_hui())


class PointsDUnCritereSerializer(Serializer):
    critere = serializers.ChoiceField(choices=CritereAttente.choices)
    libelle = serializers.CharField()
    mesure = serializers.IntegerField(help_text="Des jours, ou 1 si le critère est rempli.")
    poids = serializers.IntegerField(help_text="Réglé par la coordination.")
    points = serializers.IntegerField()


class AttenteSerializer(ModelSerializer):
    """Why a request stands where it does."""

    DESCRIPTION = "Une demande qui attend, son rang, et pourquoi."

    rang = serializers.SerializerMethodField(
        help_text="Parmi celles qui attendent une place du même type, dans tout le réseau."
    )
    origine = Origine(
        choices=OrigineDemande.choices, read_only=True, allow_null=True, help_text=ORIGINE_TUE
    )
    points = serializers.IntegerField()
    criteres = serializers.SerializerMethodField()

    class Meta:
        model = DemandeHebergement
        fields = [
            "uuid",
            "personne",
            "structure",
            "origine",
            "demandee_le",
            "type_place",
            *BESOINS,
            "priorite",
            "rang",
            "points",
            "criteres",
        ]

    def get_rang(self, demande: DemandeHebergement) -> int:
        return int(self.context["rangs"][demande.pk])

    @extend_schema_field(PointsDUnCritereSerializer(many=True))
    def get_criteres(self, demande: DemandeHebergement) -> list[dict[str, Any]]:
        return explication(demande, self.context["poids"])


def contexte_de_l_attente() -> dict[str, Any]:
    """The rank of everybody who waits, and what each criterion is worth: two queries."""
    return {
        "rangs": DemandeHebergement.objects.rangs(),
        "poids": PoidsAttente.objects.en_vigueur(),
    }


class PropositionSerializer(SaisieSerializer):
    demande = serializers.UUIDField(source="demande_id", read_only=True)
    personne = serializers.SerializerMethodField(
        help_text="Qui est attendu ; vide pour le lieu si la personne n'y viendra pas."
    )
    place = Reference(queryset=Place.objects.all())
    statut = serializers.ChoiceField(choices=StatutProposition.choices, read_only=True)
    alertes = serializers.SerializerMethodField(
        help_text="Ce que la place n'a pas de ce qui est demandé : rien n'est refusé pour cela."
    )

    class Meta:
        model = Proposition
        fields = [
            "uuid",
            "demande",
            "personne",
            "place",
            "statut",
            "expire_le",
            "acceptee_le",
            "attendue_le",
            "finie_le",
            *DIT_DE_L_ISSUE,
            "alertes",
            "saisi_le",
        ]
        read_only_fields: ClassVar[list[str]] = [
            "expire_le", "acceptee_le", "attendue_le", "finie_le", *DIT_DE_L_ISSUE,
        ]  # fmt: skip

    def _connait(self, proposition: Any) -> bool:
        """Whether who reads it may know who was meant: not once they are not awaited any more."""
        compte = self.context["request"].user
        return bool(
            proposition.issue in {"", StatutProposition.CONFIRMEE}
            or compte.role == Role.COORDINATEUR
            or compte.organisme_id == proposition.demande.structure.organisme_id
        )

    def get_personne(self, proposition: Any) -> UUID | None:
        return proposition.demande.personne_id if self._connait(proposition) else None

    def to_representation(self, instance: Any) -> Any:
        lue = super().to_representation(instance)
        if not self._connait(instance):
            # What was written of somebody in plain words.
            lue["precisions"] = lue["a_la_place"] = ""
        return lue

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Besoin.choices)))
    def get_alertes(self, proposition: Any) -> list[str]:
        return alertes(
            proposition.demande,
            proposition.place,
            a_deux=proposition.a_deux,
            sous_contingent=proposition.sous_contingent,
        )

    def create(self, validated_data: dict[str, Any]) -> Proposition:
        return services.proposer(**validated_data)


class SuivanteSerializer(Serializer):
    """Who is next for a place."""

    uuid = serializers.UUIDField(source="pk")
    personne = serializers.UUIDField(source="personne_id")
    demandee_le = serializers.DateField()
    points = serializers.IntegerField()


class PropositionFinieSerializer(PropositionSerializer):
    suivante = serializers.SerializerMethodField(
        help_text="Qui suit pour cette place, dit à la coordination ; vide si nul n'attend."
    )

    class Meta(PropositionSerializer.Meta):
        fields = [*PropositionSerializer.Meta.fields, "suivante"]

    @extend_schema_field(SuivanteSerializer(allow_null=True))
    def get_suivante(self, proposition: Proposition) -> Any:
        trouvee = self.context.get("suivante")
        return None if trouvee is None else SuivanteSerializer(trouvee).data


class AcceptationSerializer(Serializer):
    attendue_le = Jour(
        validators=[jour_a_venir],
        help_text=(
            "Le jour où la personne doit venir, au plus tard "
            f"{services.JOURS_AU_PLUS} jours après la proposition."
        ),
    )


class RefusDePlaceSerializer(Serializer):
    par = Choix(choices=Cote.choices)
    motif_refus = Choix(choices=MotifRefus.choices)
    precisions = Texte(required=False, allow_blank=True, max_length=200)
    a_la_place = Texte(
        required=False, allow_blank=True, max_length=200, help_text="Ce qui a été proposé."
    )


class AnnulationDeDemandeSerializer(Serializer):
    precisions = Texte(max_length=200, help_text="Pourquoi.")


class ConfirmationSerializer(Serializer):
    uuid = Identifiant(help_text="Du séjour, fait par l'appareil.")
    arrivee = Jour(validators=[jour_passe])
    depart = Jour(
        required=False,
        allow_null=True,
        help_text="Quand il est connu, ou que la place ferme ce jour-là.",
    )
    menage = MenageDit(help_text="À défaut, celui de la demande.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("depart") and attrs["depart"] < attrs["arrivee"]:
            raise serializers.ValidationError({"depart": "Le départ ne peut précéder l'arrivée."})
        return attrs
