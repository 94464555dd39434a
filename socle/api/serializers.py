"""What teams read and write of the ground room."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from commun.api.fields import Identifiant, Jour, Reference, Texte
from commun.api.serializers import (
    ChampsReserves,
    ModelSerializer,
    SaisieSerializer,
    Serializer,
)
from commun.horloge import aujourd_hui
from socle.doublons import raisons
from socle.enums import Raison
from socle.models import (
    AccordPartage,
    Equipe,
    Horaire,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)


class HoraireSerializer(ModelSerializer):
    class Meta:
        model = Horaire
        fields = ["jour_semaine", "ouvre_a", "ferme_a"]


class StructureSerializer(ModelSerializer):
    organisme = serializers.SlugRelatedField[Organisme](slug_field="code", read_only=True)
    horaires = HoraireSerializer(many=True, read_only=True)

    class Meta:
        model = Structure
        fields = [
            "uuid",
            "code",
            "nom",
            "type",
            "organisme",
            "capacite",
            "heure_bascule",
            "arrondissement",
            "adresse",
            "ouverte_le",
            "fermee_le",
            "horaires",
        ]


class EquipeSerializer(ModelSerializer):
    structure = Reference(read_only=True)

    class Meta:
        model = Equipe
        fields = ["uuid", "nom", "structure", "active"]


class UtilisateurSerializer(ModelSerializer):
    """The account itself, told to whom it belongs."""

    organisme = serializers.SlugRelatedField[Organisme](
        slug_field="code", read_only=True, allow_null=True
    )
    structures = serializers.SlugRelatedField[Structure](
        slug_field="code", read_only=True, many=True
    )

    class Meta:
        model = Utilisateur
        fields = ["uuid", "identifiant", "nom_affiche", "role", "organisme", "structures"]


class ConnexionSerializer(Serializer):
    identifiant = Texte(max_length=60)
    mot_de_passe = Texte(max_length=200, trim_whitespace=False, write_only=True)
    appareil = Identifiant(
        required=False,
        help_text="L'appareil où l'on se connecte : une session y est attestée.",
    )


class SessionSerializer(Serializer):
    jeton = serializers.CharField()
    expire_le = serializers.DateTimeField()
    utilisateur = UtilisateurSerializer()
    session = serializers.CharField(
        allow_null=True,
        help_text="Atteste que l'on s'est connecté sur cet appareil ; chaque opération la porte. "
        "Vide si l'on n'en a pas nommé.",
    )


class PersonneSerializer(ChampsReserves, SaisieSerializer):
    """A file. Without full access only code and pseudonym are told; the rest is null."""

    organisme = serializers.SlugRelatedField[Organisme](
        slug_field="code", read_only=True, allow_null=True
    )
    acces = serializers.SerializerMethodField(help_text="COMPLET ou RESTREINT.")
    RESERVES: ClassVar[tuple[str, ...]] = (
        "genre",
        "annee_naissance",
        "organisme",
        "saisi_le",
        "recu_le",
    )
    REFUS_DE_RESERVE = "Un dossier se corrige par l'organisme qui l'a ouvert : demandez-le-lui."

    class Meta:
        model = Personne
        fields = [
            "uuid",
            "code",
            "pseudonyme",
            "genre",
            "annee_naissance",
            "organisme",
            "acces",
            "saisi_le",
            "recu_le",
        ]
        read_only_fields = ["code", "recu_le"]

    def est_lisible(self, instance: Personne) -> bool:
        return bool(getattr(instance, "acces_complet", False))

    def get_acces(self, personne: Personne) -> str:
        return "COMPLET" if self.est_lisible(personne) else "RESTREINT"


class RessemblanceSerializer(Serializer):
    """A file that may be of the same person: nothing of it but what its reader may see."""

    DESCRIPTION = "Un dossier qui ressemble à celui qui vient d'être ouvert."

    uuid = serializers.UUIDField()
    code = serializers.CharField()
    pseudonyme = serializers.CharField()
    raisons = serializers.ListField(child=serializers.ChoiceField(choices=Raison.choices))


class PersonneCreeeSerializer(PersonneSerializer):
    """A new file, with those that it looks like: it is made all the same."""

    ressemblances = serializers.SerializerMethodField(
        help_text="Dossiers que l'on peut voir et qui sont peut-être de la même personne."
    )
    MONTREES = 5

    class Meta(PersonneSerializer.Meta):
        fields = [*PersonneSerializer.Meta.fields, "ressemblances"]

    @extend_schema_field(RessemblanceSerializer(many=True))
    def get_ressemblances(self, personne: Personne) -> list[dict[str, Any]]:
        proches = Personne.objects.ressemblant_a(personne, self.context["request"].user)
        return [
            {
                "uuid": str(proche.pk),
                "code": proche.code,
                "pseudonyme": proche.pseudonyme,
                "raisons": raisons(
                    proche.proximite, personne, proche, complet=proche.acces_complet
                ),
            }
            for proche in proches[: self.MONTREES]
        ]


class AccordPartageSerializer(SaisieSerializer):
    personne = Reference(queryset=Personne.objects.all(), portee="dossiers_de")
    organisme = Reference(queryset=Organisme.objects.all(), code=True)
    donne_le = Jour(required=False)

    class Meta:
        model = AccordPartage
        fields = ["uuid", "personne", "organisme", "donne_le", "retire_le", "saisi_le", "recu_le"]
        read_only_fields = ["retire_le", "recu_le"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("donne_le", aujourd_hui())
        utilisateur = self.context["request"].user
        if attrs["personne"].organisme_id != utilisateur.organisme_id:
            raise PermissionDenied()
        if attrs["organisme"].pk == utilisateur.organisme_id:
            raise serializers.ValidationError(
                {"organisme": "Le dossier appartient déjà à cet organisme."}
            )
        return attrs


class RetraitSerializer(Serializer):
    retire_le = Jour(required=False)
