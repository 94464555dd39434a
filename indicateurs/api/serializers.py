"""What figures are asked for, and what is answered."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commun.api.fields import Choix, Nombre, Reference
from commun.api.serializers import SaisieSerializer, Serializer
from commun.horloge import aujourd_hui
from indicateurs.bilan import CODES
from indicateurs.catalogue import INDICATEURS, PAR_CODE, SAISIS
from indicateurs.indicateur import Indicateur
from indicateurs.models import ChiffreSaisi
from indicateurs.periodes import Pas
from indicateurs.sources import Axe
from socle.enums import TypeStructure
from socle.models import Structure


class PorteeSerializer(Serializer):
    # Whoever may ask for figures may name any structure: the perimeter says which are told.
    structure = Reference(
        queryset=Structure.objects.all(), code=True, portee="nommables_par", required=False
    )
    type = Choix(choices=TypeStructure.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "structure" in attrs and "type" in attrs:
            raise serializers.ValidationError(
                {"type": "Une structure ou un type de structure, pas les deux."}
            )
        return attrs

    def validate_annee(self, annee: int) -> int:
        if annee > aujourd_hui().year:
            raise serializers.ValidationError("Cette année n'a pas commencé.")
        return annee


class Revision(serializers.IntegerField):
    """Of a publication: what its column holds."""

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=32767, required=False)


class DemandeDeBilanSerializer(PorteeSerializer):
    annee = serializers.IntegerField(min_value=2000)
    publie = serializers.BooleanField(required=False)
    revision = Revision()


class DemandeDeRapportSerializer(PorteeSerializer):
    structure = Reference(queryset=Structure.objects.all(), code=True, portee="nommables_par")
    type = None  # type: ignore[assignment]
    annee = serializers.IntegerField(min_value=2000)


class IndicateurCompte(Choix):
    """One that is counted; who asks for one that is typed in is told where to read it."""

    def to_internal_value(self, data: Any) -> Any:
        if data in {i.code for i in SAISIS}:
            raise serializers.ValidationError(
                "Ce chiffre est saisi, non compté : il se lit à indicateurs/saisis/."
            )
        return super().to_internal_value(data)


class DemandeDeSeriesSerializer(PorteeSerializer):
    indicateur = IndicateurCompte(choices=[(i.code, i.libelle) for i in INDICATEURS])
    par = Choix(choices=Pas.choices)
    ventilation = Choix(choices=Axe.choices, required=False)
    annee = serializers.IntegerField(min_value=2000, required=False)
    publie = serializers.BooleanField(required=False)
    revision = Revision()
    bornes = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs.get("bornes") and (attrs["indicateur"] != "file_active" or "ventilation" in attrs):
            raise serializers.ValidationError(
                {"bornes": "Seule la file active, non ventilée, a des bornes."}
            )
        axes = PAR_CODE[attrs["indicateur"]].axes
        if "ventilation" in attrs and attrs["ventilation"] not in axes:
            permis = ", ".join(axes) or "aucune"
            raise serializers.ValidationError(
                {"ventilation": f"Cet indicateur ne se ventile pas ainsi ; permises : {permis}."}
            )
        return attrs


class ChiffreSerializer(Serializer):
    valeur = Nombre(allow_null=True)
    precedent = Nombre(allow_null=True, help_text="Nul aussi quand il est masqué.")
    ecart = Nombre(allow_null=True)
    ecart_pct = Nombre(allow_null=True)
    secret = serializers.BooleanField(help_text="Masqué : trop peu de personnes y contribuent.")
    retire = serializers.BooleanField(
        default=False,
        help_text="Retiré d'une publication, dont ce qui précède l'aurait fait deviner.",
    )


class IndicateurSerializer(ChiffreSerializer):
    code = serializers.CharField()
    libelle = serializers.CharField()


class SaisiSerializer(Serializer):
    code = serializers.CharField()
    libelle = serializers.CharField()
    valeur = serializers.IntegerField(allow_null=True, help_text="Nul si la source ne le dit pas.")
    precedent = serializers.IntegerField(allow_null=True)
    ecart = serializers.IntegerField(allow_null=True)
    ecart_pct = Nombre(allow_null=True, help_text="Celui que donne la source, sinon calculé.")
    source = serializers.CharField()  # type: ignore[assignment]
    source_le = serializers.DateField()
    recu_le = serializers.DateTimeField()


class BilanSerializer(Serializer):
    annee = serializers.IntegerField()
    structure = serializers.CharField(allow_null=True)
    type = serializers.CharField(allow_null=True, help_text="Type de structure demandé.")
    formule = serializers.CharField()
    connu_le = serializers.DateTimeField(
        help_text="Ce qui était saisi à cet instant est compté : celui de la réponse, ou celui de "
        "la préparation de ce qui est publié."
    )
    revision = serializers.IntegerField(
        allow_null=True, default=None, help_text="De la publication ; nul pour ce qui est compté."
    )
    signee_le = serializers.DateTimeField(allow_null=True, default=None)
    indicateurs = IndicateurSerializer(many=True)
    saisis = SaisiSerializer(
        many=True,
        help_text="Totaux connus hors du service et saisis avec leur source ; vide pour une "
        "structure ou un type.",
    )


class PeriodeSerializer(Serializer):
    periode = serializers.CharField(help_text="2023-03, 2023-T1 ou 2023.")
    debut = serializers.DateField()
    fin = serializers.DateField(help_text="Exclue.")


class PointSerializer(ChiffreSerializer):
    """A point says what is its own: the rest is said once, of its period or of the answer."""

    SEULEMENT_DITS: ClassVar[frozenset[str]] = frozenset(
        {"borne_basse", "borne_haute", "revision", "connu_le"}
    )
    periode = serializers.CharField(help_text="Une des périodes de la réponse, dans leur ordre.")
    borne_basse = serializers.IntegerField(
        required=False,
        help_text="Les doublons probables étant une personne ; absente où elle n'est pas donnée.",
    )
    borne_haute = serializers.IntegerField(
        required=False,
        help_text="Avec les contacts sans personne identifiée ; absente où elle n'est pas donnée.",
    )
    revision = serializers.IntegerField(
        required=False, help_text="De la publication ; absente de ce qui est compté."
    )
    connu_le = serializers.DateTimeField(
        required=False,
        help_text="L'instant où la publication de cette période a été préparée ; absent de ce qui "
        "est compté, dont l'instant est celui de la réponse.",
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        dits = super().to_representation(instance).items()
        return {nom: v for nom, v in dits if v is not None or nom not in self.SEULEMENT_DITS}


class SerieSerializer(Serializer):
    code = serializers.CharField(allow_null=True, help_text="Nul pour l'ensemble.")
    libelle = serializers.CharField()
    points = PointSerializer(many=True)


class SeriesSerializer(Serializer):
    indicateur = serializers.CharField()
    libelle = serializers.CharField()
    unite = serializers.CharField()
    par = serializers.ChoiceField(choices=Pas.choices)
    ventilation = serializers.ChoiceField(choices=Axe.choices, allow_null=True)
    structure = serializers.CharField(allow_null=True)
    type = serializers.CharField(allow_null=True)
    formule = serializers.CharField()
    connu_le = serializers.DateTimeField(
        allow_null=True,
        help_text="Ce qui était saisi à cet instant est compté. De ce qui est publié, le plus "
        "récent de ses points ; nul où rien ne l'a été.",
    )
    periodes = serializers.SerializerMethodField(help_text="Celles des points de chaque série.")
    series = SerieSerializer(many=True)

    @extend_schema_field(PeriodeSerializer(many=True))
    def get_periodes(self, reponse: dict[str, Any]) -> Any:
        return PeriodeSerializer(reponse["series"][0]["points"], many=True).data


class DefinitionSerializer(Serializer):
    code = serializers.CharField()
    libelle = serializers.CharField()
    theme = serializers.CharField(source="theme.label")
    unite = serializers.CharField()
    definition = serializers.CharField()
    formule = serializers.CharField(help_text="Change quand le calcul change.")
    rapport = serializers.SerializerMethodField(
        help_text="Les deux indicateurs que divise un taux."
    )
    ventilations = serializers.ListField(child=serializers.CharField(), source="axes")
    saisi = serializers.BooleanField(help_text="Saisi avec sa source, jamais compté.")
    publie = serializers.BooleanField(help_text="Sinon, compté à la demande, et jamais publié.")
    additif = serializers.BooleanField(help_text="Si les mois font l'année, et les parts le tout.")
    bilan = serializers.SerializerMethodField(help_text="S'il est dans le bilan.")

    def get_rapport(self, indicateur: Indicateur) -> list[str] | None:
        return list(indicateur.rapport[:2]) if indicateur.rapport else None

    def get_bilan(self, indicateur: Indicateur) -> bool:
        return indicateur.code in CODES


class CatalogueSerializer(Serializer):
    indicateurs = DefinitionSerializer(many=True)


class PublicationSerializer(Serializer):
    periode = serializers.CharField(help_text="2023-03, 2023-T1 ou 2023.")
    debut = serializers.DateField()
    fin = serializers.DateField(help_text="Exclue.")
    revision = serializers.IntegerField()
    connu_le = serializers.DateTimeField()
    signee_le = serializers.DateTimeField()
    chiffres = serializers.IntegerField(source="nombre")
    masques = serializers.IntegerField()
    corrections_en_attente = serializers.BooleanField(
        help_text="Vrai quand trop peu de personnes avaient fait changer un chiffre pour que cela "
        "se voie, quand cette révision a été préparée. Combien de chiffres dirait de qui il s'agit."
    )


class PublicationsSerializer(Serializer):
    publications = PublicationSerializer(many=True)


class ChiffreSaisiSerializer(SaisieSerializer):
    en_vigueur = serializers.BooleanField(
        read_only=True, help_text="Faux quand une saisie plus récente le remplace, ou le retire."
    )

    class Meta:
        model = ChiffreSaisi
        fields = [
            "uuid", "indicateur", "annee", "valeur", "evolution_pct", "retire", "source",
            "source_le", "en_vigueur", "recu_le",
        ]  # fmt: skip
        read_only_fields: ClassVar[list[str]] = ["recu_le"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        dit = [nom for nom in ("valeur", "evolution_pct") if attrs.get(nom) is not None]
        if attrs.get("retire") and dit:
            raise serializers.ValidationError({dit[0]: "Rien ne se dit de ce que l'on retire."})
        if not attrs.get("retire") and not dit:
            raise serializers.ValidationError(
                {"valeur": "Il faut le total de l'année ou son évolution."}
            )
        if attrs["source_le"].year < attrs["annee"]:
            raise serializers.ValidationError(
                {"source_le": "La source ne précède pas l'année dont elle parle."}
            )
        return attrs
