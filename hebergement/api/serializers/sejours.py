"""Accommodation, as coordinators and teams read and write it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.validators import UniqueTogetherValidator

from commun.api.fields import Choix, Identifiant, Jour, Reference, Texte
from commun.api.schema import ProblemeSerializer
from commun.api.serializers import SaisieSerializer, Serializer
from commun.models import uuid7
from commun.validators import jour_plausible, jour_proche
from hebergement import services
from hebergement.enums import (
    APRES_UN_DECES,
    DECES_SANS_SUITE,
    DestinationSortie,
    MotifSortie,
    TypePlace,
)
from hebergement.models import Chambre, Fermeture, Place, Sejour, Site
from socle.models import Personne, Structure

LE_MEME = "Le même pour ceux qui sont hébergés ensemble, fait par l'appareil."


class ReferenceSerializer(SaisieSerializer):
    """Reference data: without a uuid the service makes one, and a replay can't be told."""

    uuid = Identifiant(default=uuid7, help_text="Fait par l'appareil ; sinon par le service.")


class SiteSerializer(ReferenceSerializer):
    structure = Reference(queryset=Structure.objects.all(), code=True)

    class Meta:
        model = Site
        fields = [
            "uuid",
            "code",
            "nom",
            "structure",
            "dispositif",
            "arrondissement",
            "heures_pour_repondre",
            "heures_pour_venir",
            "presences_depuis",
            "jours_d_absence",
        ]


class LibelleUnique(UniqueTogetherValidator):
    """A name that its site has already: told under `libelle`, which is what must change."""

    def __call__(self, attrs: MutableMapping[str, Any], serializer: Any) -> None:
        try:
            super().__call__(attrs, serializer)
        except serializers.ValidationError as erreur:
            if isinstance(erreur.detail, list):
                raise serializers.ValidationError({"libelle": erreur.detail}) from erreur
            raise


class ChambreSerializer(ReferenceSerializer):
    site = Reference(queryset=Site.objects.all(), code=True)

    class Meta:
        model = Chambre
        fields = ["uuid", "site", "libelle", "etage"]
        validators = (
            LibelleUnique(
                Chambre.objects.all(),
                ("site", "libelle"),
                "Ce site a déjà une chambre de ce nom.",
            ),
        )


class ObstacleSerializer(Serializer):
    type = serializers.CharField(help_text="PLACE_OCCUPEE, PERSONNE_HEBERGEE, PLACE_FERMEE…")
    place = serializers.UUIDField(allow_null=True)
    du = serializers.DateField(allow_null=True)
    au = serializers.DateField(allow_null=True)
    sejour = serializers.UUIDField(allow_null=True, help_text="Pour qui peut voir ce séjour.")
    motif = serializers.CharField(allow_null=True)


class PlaceLibreSerializer(Serializer):
    place = serializers.UUIDField(source="pk")
    site = serializers.UUIDField(source="site_id")
    type = serializers.ChoiceField(choices=TypePlace.choices)
    reservee_femmes = serializers.BooleanField()
    plain_pied = serializers.BooleanField()
    animaux_admis = serializers.BooleanField()
    a_deux = serializers.BooleanField(help_text="Une autre place de sa chambre est libre aussi.")
    libre_jusqu_au = serializers.DateField(allow_null=True)


class ConflitDHebergementSerializer(ProblemeSerializer):
    """409, with what is in the way where there is something to tell."""

    DESCRIPTION = "Un refus, avec ce qui s'oppose à la demande."

    obstacles = ObstacleSerializer(many=True, required=False)
    places_libres = PlaceLibreSerializer(
        many=True, required=False, help_text="Où aller à la place, le même site d'abord."
    )


class PlaceSerializer(ReferenceSerializer):
    site = Reference(queryset=Site.objects.all(), code=True)
    chambre = Reference(queryset=Chambre.objects.all(), required=False, allow_null=True)

    class Meta:
        model = Place
        fields = [
            "uuid",
            "site",
            "chambre",
            "libelle",
            "type",
            "reservee_femmes",
            "plain_pied",
            "animaux_admis",
            "ouverte_le",
            "fermee_le",
        ]
        validators = (
            LibelleUnique(
                Place.objects.all(), ("site", "libelle"), "Ce site a déjà une place de ce nom."
            ),
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        site = attrs["site"] if "site" in attrs else getattr(self.instance, "site", None)
        actuelle = getattr(self.instance, "chambre", None)
        chambre = attrs.get("chambre", actuelle)
        if chambre is not None and chambre.site_id != getattr(site, "pk", None):
            raise serializers.ValidationError(
                {"chambre": "La chambre est d'un autre site que la place."}
            )
        return attrs

    def update(self, instance: Place, validated_data: dict[str, Any]) -> Place:
        auteur = self.context["request"].user
        return services.corriger_place(place=instance, auteur=auteur, **validated_data)


class FermetureSerializer(SaisieSerializer):
    place = Reference(queryset=Place.objects.all())

    class Meta:
        model = Fermeture
        fields = ["uuid", "place", "debut", "fin", "motif", "motif_forcage"]

    def create(self, validated_data: dict[str, Any]) -> Fermeture:
        return services.fermer(**validated_data)

    def update(self, instance: Fermeture, validated_data: dict[str, Any]) -> Fermeture:
        auteur = self.context["request"].user
        return services.corriger_fermeture(fermeture=instance, auteur=auteur, **validated_data)


def refuser_de_partir_apres_un_deces(motif_sortie: str, destination: str) -> None:
    """Also refused by the database, which could not say which field it is about.

    Raises:
        ValidationError: somebody who died is said to have gone somewhere to live.
    """
    if motif_sortie == MotifSortie.DECES and destination not in APRES_UN_DECES:
        raise serializers.ValidationError({"destination": DECES_SANS_SUITE})


class MenageDit(Identifiant):
    """The household, called by a uuid that a device made."""

    def __init__(self, help_text: str = LE_MEME) -> None:
        super().__init__(source="menage_id", required=False, allow_null=True, help_text=help_text)


class SejourSerializer(SaisieSerializer):
    place = Reference(queryset=Place.objects.all())
    personne = Reference(queryset=Personne.objects.all(), portee="nommables_par")
    suite_de = serializers.UUIDField(source="suite_de_id", read_only=True, allow_null=True)
    menage = MenageDit()
    SORTIE = ("motif_sortie", "destination")
    REFUS_DE_CORRIGER: ClassVar[dict[str, str]] = {
        "place": "La place d'un séjour se corrige par un transfert.",
        "personne": "La personne d'un séjour ne se corrige pas.",
    }

    class Meta:
        model = Sejour
        fields = [
            "uuid",
            "place",
            "personne",
            "arrivee",
            "depart",
            "suite_de",
            "menage",
            "motif_sortie",
            "destination",
            "motif_forcage",
            "cloture_automatique",
        ]
        read_only_fields: ClassVar[list[str]] = ["cloture_automatique"]

    def get_fields(self) -> dict[str, Any]:
        champs = super().get_fields()
        if isinstance(self.instance, Sejour):
            champs["place"].read_only = champs["personne"].read_only = True
        return champs

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        depart = attrs.get("depart", getattr(self.instance, "depart", None))
        if depart is None and (sans_date := [c for c in self.SORTIE if attrs.get(c)]):
            raise serializers.ValidationError(
                dict.fromkeys(
                    sans_date, "Un motif ou une destination de sortie suppose une date de départ."
                )
            )
        refuser_de_partir_apres_un_deces(
            *(attrs.get(champ, getattr(self.instance, champ, "")) for champ in self.SORTIE)
        )
        if isinstance(self.instance, Sejour):
            self._verifier_les_dates(self.instance, attrs)
        return attrs

    def _verifier_les_dates(self, sejour: Sejour, attrs: dict[str, Any]) -> None:
        """An end shared with a transfer moves two stays: the refusal names the key that was sent.

        The view has locked the chain.
        """
        arrivee = attrs.get("arrivee", sejour.arrivee)
        depart = attrs.get("depart", sejour.depart)
        renverses = []
        if depart is not None and depart < arrivee:
            renverses.append("depart" if "depart" in attrs else "arrivee")
        elif "arrivee" in attrs and Sejour.objects.filter(suite=sejour.pk, arrivee__gt=arrivee):
            renverses.append("arrivee")
        elif depart and Sejour.objects.filter(suite_de=sejour.pk, depart__lt=depart):
            renverses.append("depart")
        if renverses:
            raise serializers.ValidationError(
                dict.fromkeys(renverses, "Le départ ne peut précéder l'arrivée.")
            )

    def create(self, validated_data: dict[str, Any]) -> Sejour:
        return services.attribuer(**services.avec_menage(validated_data))

    def update(self, instance: Sejour, validated_data: dict[str, Any]) -> Sejour:
        auteur = self.context["request"].user
        champs = services.avec_menage(validated_data)
        return services.corriger(sejour=instance, auteur=auteur, **champs)


class TransfertSerializer(Serializer):
    uuid = Identifiant()
    place = Reference(queryset=Place.objects.all())
    jour = Jour(validators=[jour_proche])
    motif_forcage = Texte(required=False, max_length=200)


class ClotureDeSejourSerializer(Serializer):
    depart = Jour(validators=[jour_plausible])
    motif_sortie = Choix(choices=MotifSortie.choices)
    destination = Choix(choices=DestinationSortie.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuser_de_partir_apres_un_deces(attrs["motif_sortie"], attrs["destination"])
        return attrs
