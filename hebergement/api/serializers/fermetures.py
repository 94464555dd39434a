"""Closing many places at once, and the plan of where everybody goes; allotments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from commun.api.fields import Entier, Identifiant, Jour, Reference, Texte
from commun.api.serializers import Serializer
from commun.horloge import aujourd_hui
from hebergement.api.serializers.sejours import (
    ConflitDHebergementSerializer,
    FermetureSerializer,
    ReferenceSerializer,
)
from hebergement.enums import Besoin, RaisonSansPlace
from hebergement.models import Chambre, Contingent, Place, Site
from hebergement.services import Portee
from socle.models import Organisme

NUITS_AU_PLUS = 1096
RIEN_DE_NOMME = (
    "Rien n'est nommé : dites ce qui ferme, ou, pour fermer tout le site, n'envoyez pas ce champ."
)


class PorteeSerializer(Serializer):
    """What closes: the whole site, or what is named of it.

    An empty choice names nothing: it is refused, rather than taken for the whole site.
    """

    debut = Jour(help_text="Première nuit fermée.")
    fin = Jour(required=False, allow_null=True, help_text="Première nuit rouverte.")
    etage = Texte(required=False, allow_blank=True, max_length=20)
    chambres = Reference(queryset=Chambre.objects.all(), many=True, required=False)
    places = Reference(queryset=Place.objects.all(), many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        site: Site = self.context["site"]
        fin = attrs.get("fin")
        if fin is not None and fin <= attrs["debut"]:
            raise serializers.ValidationError(
                {"fin": "La fin d'une fermeture est postérieure à son début."}
            )
        nommes = [nom for nom in ("etage", "chambres", "places") if nom in attrs]
        if nommes and not any(attrs[nom] for nom in nommes):
            raise serializers.ValidationError(dict.fromkeys(nommes, RIEN_DE_NOMME))
        for nom in ("chambres", "places"):
            if any(ligne.site_id != site.pk for ligne in attrs.get(nom, ())):
                raise serializers.ValidationError({nom: "Il faut ce qui est de ce site."})
        etage = attrs.get("etage")
        if etage and not site.chambres.filter(etage=etage).exists():
            raise serializers.ValidationError({"etage": "Ce site n'a pas d'étage de ce nom."})
        return attrs

    def portee(self) -> Portee:
        dit = self.validated_data
        noms = ("debut", "fin", "etage", "chambres", "places")
        return Portee(self.context["site"], **{nom: dit[nom] for nom in noms if nom in dit})


class FermetureDeSiteSerializer(PorteeSerializer):
    uuid = Identifiant(help_text="De la demande, fait par l'appareil.")
    motif = Texte(max_length=200)
    empreinte = Texte(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text=(
            "Du plan qui a été lu : s'il a changé, rien n'est écrit. Inutile là où personne n'est, "
            "ni n'est attendu."
        ),
    )


class RelogementSerializer(Serializer):
    sejour = serializers.UUIDField()
    personne = serializers.UUIDField()
    jour = serializers.DateField(help_text="Première nuit ailleurs.")
    depuis = serializers.UUIDField(help_text="La place qui ferme.")
    place = serializers.UUIDField(allow_null=True)
    site = serializers.UUIDField(allow_null=True)
    alertes = serializers.ListField(child=serializers.ChoiceField(Besoin.choices))
    raison = serializers.ChoiceField(
        RaisonSansPlace.choices, allow_null=True, help_text="Pourquoi aucune place."
    )


class PropositionRetireeSerializer(Serializer):
    proposition = serializers.UUIDField()
    demande = serializers.UUIDField()
    place = serializers.UUIDField()
    expire_le = serializers.DateTimeField()


class PlanSerializer(Serializer):
    """What closing would do; nothing is written by telling it."""

    empreinte = serializers.CharField(help_text="À renvoyer pour appliquer ce plan, et lui seul.")
    places = serializers.ListField(
        child=serializers.UUIDField(), help_text="Les places qui ferment."
    )
    relogements = RelogementSerializer(many=True)
    propositions = PropositionRetireeSerializer(many=True, help_text="Celles qui sont retirées.")


class ConflitDeFermetureSerializer(ConflitDHebergementSerializer):
    """409, with the plan of now, and those for whom there is nothing."""

    DESCRIPTION = "Un refus, avec le plan d'aujourd'hui ; rien n'a été écrit."

    plan = PlanSerializer(required=False)
    sans_place = RelogementSerializer(many=True, required=False)


class FermeturesSerializer(Serializer):
    fermetures = FermetureSerializer(many=True)


class ContingentSerializer(ReferenceSerializer):
    site = Reference(queryset=Site.objects.all(), code=True)
    organisme = Reference(queryset=Organisme.objects.all(), code=True)
    places = Entier(min_value=1, max_value=10_000)

    class Meta:
        model = Contingent
        fields = ["uuid", "site", "organisme", "places", "debut", "fin"]


class PeriodeSerializer(Serializer):
    """Nights `[du, au)`; the thirty last ones by default, tonight's included."""

    du = Jour(required=False, help_text="Première nuit ; à défaut, trente nuits avant `au`.")
    au = Jour(required=False, help_text="Nuit d'après la dernière ; à défaut, demain.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        au = attrs.get("au") or aujourd_hui() + timedelta(days=1)
        du = attrs.get("du") or au - timedelta(days=30)
        if au < du:
            raise serializers.ValidationError({"au": "La fin ne peut précéder le début."})
        if (au - du).days > NUITS_AU_PLUS:
            raise serializers.ValidationError({"au": f"{NUITS_AU_PLUS} nuits au plus."})
        return {"du": du, "au": au}


class NuitDeContingentSerializer(Serializer):
    jour = serializers.DateField()
    places = serializers.IntegerField()
    occupees = serializers.IntegerField(help_text="Par les personnes de cet organisme.")
    taux = serializers.FloatField(help_text="Jamais ramené de force à 1.")


class OccupationDeContingentSerializer(Serializer):
    nuits = NuitDeContingentSerializer(many=True)
