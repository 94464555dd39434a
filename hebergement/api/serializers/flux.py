"""Flow figures: what is asked for, and what is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commun.api.fields import Choix, Jour, Nombre
from commun.api.serializers import Serializer
from commun.validators import jour_passe
from hebergement.enums import MotifRefus
from hebergement.flux import Axe
from socle.enums import Cote

ANNEES_AU_PLUS = 10


class DemandeDeFluxSerializer(Serializer):
    du = Jour(validators=[jour_passe], help_text="Aujourd'hui au plus tard.")
    au = Jour(help_text="Exclu. Ce qui est seulement prévu n'est pas compté.")
    par = Choix(choices=Axe.choices, default=Axe.SITE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["au"] <= attrs["du"]:
            raise serializers.ValidationError({"au": "La fin est postérieure au début."})
        if (attrs["au"] - attrs["du"]).days > ANNEES_AU_PLUS * 366:
            raise serializers.ValidationError(
                {"au": f"Une période a {ANNEES_AU_PLUS} ans au plus."}
            )
        return attrs


class DureeSerializer(Serializer):
    """Days."""

    moyenne = Nombre(allow_null=True)
    mediane = Nombre(allow_null=True)


class DureesComptees(DureeSerializer):
    nombre = serializers.IntegerField()


class MenagesSerializer(Serializer):
    """Of the rooms: places that are in none are left out, and who is there."""

    nombre = serializers.IntegerField(
        help_text="Ménages présents dans une chambre. Une personne sans ménage en est un."
    )
    chambres = serializers.IntegerField(help_text="Dont une place au moins est disponible.")
    taux = Nombre(allow_null=True, help_text="Les ménages, divisés par ces chambres.")


class RotationSerializer(Serializer):
    places_disponibles = Nombre(
        help_text="En moyenne, chaque nuit. Pour un contingent, le nombre de ses places."
    )
    taux = Nombre(allow_null=True, help_text="Les sorties, divisées par ces places.")


class FluiditeSerializer(Serializer):
    sorties = serializers.IntegerField(help_text="Sans les décès.")
    fluides = serializers.IntegerField(
        help_text="Vers un logement, un hébergement d'insertion ou un lieu de soins."
    )
    inconnues = serializers.IntegerField(help_text="Dont la destination n'est pas connue.")
    taux = Nombre(allow_null=True)


class EnAttenteSerializer(Serializer):
    nombre = serializers.IntegerField()
    age_median = Nombre(allow_null=True, help_text="En jours.")
    age_maximum = serializers.IntegerField(allow_null=True)


class DelaiSerializer(Serializer):
    mediane = Nombre(allow_null=True, help_text="En jours, de la demande à l'arrivée.")
    sans_demande = serializers.IntegerField(help_text="Arrivées que rien ne demandait avant.")
    en_attente = EnAttenteSerializer(
        allow_null=True, help_text="Ceux qui attendent encore à la fin de la période."
    )


class IssuesSerializer(Serializer):
    confirmees = serializers.IntegerField()
    non_presentees = serializers.IntegerField()
    expirees = serializers.IntegerField()
    annulees = serializers.IntegerField()


class RefusComptesSerializer(Serializer):
    par = serializers.ChoiceField(choices=Cote.choices)
    motif_refus = serializers.ChoiceField(choices=MotifRefus.choices)
    nombre = serializers.IntegerField()


class FluxDUnGroupeSerializer(Serializer):
    """The flows of the whole, or of one group; what makes no sense there is null."""

    entrees = serializers.IntegerField()
    sorties = serializers.IntegerField(help_text="Un transfert n'en est pas une.")
    deces = serializers.IntegerField()
    clotures_automatiques = serializers.IntegerField(
        help_text="Sorties de personnes que plus personne n'a vues."
    )
    duree = DureeSerializer(help_text="Des séjours finis, transferts compris, en jours.")
    presents = DureesComptees(
        help_text="La dernière nuit de la période, et depuis combien de jours."
    )
    menages = MenagesSerializer(allow_null=True, help_text="La dernière nuit de la période.")
    rotation = RotationSerializer(allow_null=True)
    vacance = DureesComptees(
        allow_null=True, help_text="Jours entre deux séjours d'une place, fermetures exclues."
    )
    fluidite = FluiditeSerializer()
    delai_entree = DelaiSerializer()
    propositions = IssuesSerializer()
    refus = RefusComptesSerializer(many=True, help_text="De places et de demandes.")


class GroupeDeFluxSerializer(FluxDUnGroupeSerializer):
    cle = serializers.CharField()
    libelle = serializers.CharField()


class FluxSerializer(Serializer):
    """The flows of `[du, au)`."""

    du = serializers.DateField()
    au = serializers.DateField()
    par = serializers.ChoiceField(choices=Axe.choices)
    formule = serializers.CharField()
    justice = serializers.IntegerField(
        allow_null=True,
        help_text=(
            "Demandes nées d'une mesure de justice, d'une année civile entière, telles qu'elles "
            "ont été reçues jusqu'au 31 janvier suivant ; nul ailleurs, et si trop peu de demandes "
            "ne disent pas leur origine."
        ),
    )
    ensemble = FluxDUnGroupeSerializer()
    groupes = GroupeDeFluxSerializer(many=True)
