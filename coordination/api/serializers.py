"""Orientations and the summary of a round."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commun.api.fields import Choix, Instant, Reference, Texte
from commun.api.serializers import SaisieSerializer, Serializer
from contacts.api.serializers import EvenementSerializer
from contacts.enums import CategorieActe, MaterielRdR
from contacts.models import Contact
from coordination import fusions
from coordination.doublons import raisons_de
from coordination.models import Doublon, Orientation, contradictions
from maraudes.enums import StatutMaraude
from socle.enums import Cote, Raison
from socle.models import Distinction, Fusion, Personne, Structure


class OrientationSerializer(EvenementSerializer):
    personne = Reference(
        queryset=Personne.objects.all(), portee="nommables_par", required=False, allow_null=True
    )
    contact = Reference(queryset=Contact.objects.all(), required=False, allow_null=True)
    structure_origine = Reference(
        queryset=Structure.objects.all(), code=True, portee="gerees_par", required=False
    )
    structure = Reference(queryset=Structure.objects.all(), code=True)

    class Meta:
        model = Orientation
        fields = [
            "uuid",
            "personne",
            "contact",
            "structure_origine",
            "structure",
            "accompagnement",
            "motif",
            "statut",
            "acceptee_le",
            "decision",
            "decidee_le",
            "motif_decision",
            "arrivee_contact",
            "arrivee_sejour",
            "saisi_le",
            "survenu_le",
            "recu_le",
        ]
        read_only_fields: ClassVar[list[str]] = [
            "statut",
            "acceptee_le",
            "decision",
            "decidee_le",
            "motif_decision",
            "arrivee_contact",
            "arrivee_sejour",
            "recu_le",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None and attrs.get("contact") is not None:
            attrs.setdefault("structure_origine", attrs["contact"].structure)
        noms = ("contact", "personne", "structure_origine")
        trouvees = contradictions(
            *(attrs.get(nom, getattr(self.instance, nom, None)) for nom in noms),
            nouvelle=self.instance is None,
        )
        if trouvees:
            raise serializers.ValidationError(trouvees)
        if self.instance is None and "structure_origine" not in attrs:
            raise serializers.ValidationError(
                {"structure_origine": "Il faut une structure d'origine, ou un contact."}
            )
        return attrs


class FusionSerializer(SaisieSerializer):
    gardee = Reference(queryset=Personne.objects.all(), help_text="Dossier gardé.")
    alias = Reference(
        queryset=Personne.objects.all(), help_text="Dossier qui devient un alias de l'autre."
    )
    faite_le = serializers.DateTimeField(source="cree_le", read_only=True)

    class Meta:
        model = Fusion
        fields = ["uuid", "gardee", "alias", "motif", "faite_le", "annulee_le"]
        read_only_fields: ClassVar[list[str]] = ["annulee_le"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["gardee"].pk == attrs["alias"].pk:
            raise serializers.ValidationError({"alias": "Une fusion réunit deux dossiers."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Fusion:
        return fusions.fusionner(**validated_data)


class DossierSuspectSerializer(Serializer):
    """What every reader of a pair may know of each file."""

    uuid = serializers.UUIDField()
    code = serializers.CharField()
    pseudonyme = serializers.CharField()


class DoublonSerializer(Serializer):
    DESCRIPTION = "Deux dossiers qui sont peut-être de la même personne."

    premiere = DossierSuspectSerializer()
    seconde = DossierSuspectSerializer()
    score = serializers.IntegerField(
        help_text="De 0 à 100 ; de ce que l'on peut lire des deux dossiers."
    )
    raisons = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Raison.choices)))
    def get_raisons(self, doublon: Doublon) -> list[str]:
        return list(raisons_de(doublon))


class DistinctionSerializer(SaisieSerializer):
    premiere = Reference(queryset=Personne.objects.all())
    seconde = Reference(queryset=Personne.objects.all())

    class Meta:
        model = Distinction
        fields = ["uuid", "premiere", "seconde", "motif"]
        # One order or the other says the same: the verb puts them in theirs.
        validators = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["premiere"].pk == attrs["seconde"].pk:
            raise serializers.ValidationError({"seconde": "Une distinction sépare deux dossiers."})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Distinction:
        personnes = [validated_data.pop("premiere"), validated_data.pop("seconde")]
        return fusions.distinguer(personnes=personnes, **validated_data)


class RefusSerializer(Serializer):
    par = Choix(choices=Cote.choices)
    motif = Texte(max_length=200)
    decidee_le = Instant(required=False)


class AnnulationSerializer(Serializer):
    motif = Texte(max_length=200)


class RencontresResumeesSerializer(Serializer):
    total = serializers.IntegerField()
    connues = serializers.IntegerField()
    inconnues = serializers.IntegerField()
    refus = serializers.IntegerField()
    indisponibles = serializers.IntegerField()
    par_genre = serializers.DictField(child=serializers.IntegerField())


class MaterielResumeSerializer(Serializer):
    materiel = serializers.ChoiceField(choices=MaterielRdR.choices)
    distribue = serializers.IntegerField()
    recupere = serializers.IntegerField()


class ActesResumesSerializer(Serializer):
    categorie = serializers.ChoiceField(choices=CategorieActe.choices)
    nombre = serializers.IntegerField()


class EtapeResumeeSerializer(Serializer):
    secteur = serializers.UUIDField()
    code = serializers.CharField()
    nom = serializers.CharField()


class ResumeSerializer(Serializer):
    """The summary of a round."""

    DESCRIPTION = "Ce qu'une maraude a fait."

    maraude = serializers.UUIDField()
    statut = serializers.ChoiceField(choices=StatutMaraude.choices)
    jour = serializers.DateField()
    rencontres = RencontresResumeesSerializer()
    materiel = MaterielResumeSerializer(many=True)
    actes = ActesResumesSerializer(many=True)
    observations = serializers.IntegerField()
    orientations = serializers.IntegerField()
    etapes_visitees = EtapeResumeeSerializer(many=True)
    etapes_non_visitees = EtapeResumeeSerializer(many=True)
    etapes_inaccessibles = EtapeResumeeSerializer(many=True)
