"""The envelopes of the protocol; what is in an operation is judged one by one, further on."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commun.api.errors import TropVolumineux
from commun.api.fields import Entier, Identifiant, Texte
from commun.api.serializers import Serializer
from synchro.enums import Resultat
from synchro.lecture import OPERATION_AU_PLUS, PROTOCOLE

OPERATIONS_AU_PLUS = 1000


class EnrolementSerializer(Serializer):
    code = Texte(max_length=40, help_text="Donné par la coordination ; il sert une fois.")


class AppareilEnroleSerializer(Serializer):
    appareil = serializers.UUIDField()
    jeton_envoi = serializers.CharField(help_text="Dit cette seule fois ; il ne sait qu'envoyer.")
    cle_publique = serializers.CharField(
        help_text="Point P-256 non compressé, en base64url : scelle ce qui attend sur l'appareil."
    )
    cle_id = serializers.UUIDField()


class LimitesSerializer(Serializer):
    operation = serializers.IntegerField(help_text="Octets d'une opération, au plus.")
    envoi = serializers.IntegerField(help_text="Octets d'un envoi, au plus.")


class EtatDAppareilSerializer(Serializer):
    uuid = serializers.UUIDField()
    libelle = serializers.CharField()
    dernier_seq = serializers.IntegerField(help_text="Plus grand numéro reçu.")
    manquants = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text="Numéros jamais reçus : premier et dernier de chaque suite.",
    )
    revoque = serializers.BooleanField()
    en_attente = serializers.IntegerField(
        help_text="Opérations gardées qui attendent quelque chose ou quelqu'un."
    )


class BonjourSerializer(Serializer):
    heure = serializers.DateTimeField()
    protocole = serializers.IntegerField()
    schemas = serializers.ListField(child=serializers.IntegerField())
    limites = LimitesSerializer()
    cle_publique = serializers.CharField()
    cle_id = serializers.UUIDField()
    appareil = EtatDAppareilSerializer()


class HorlogeSerializer(Serializer):
    demarrage = Texte(max_length=80, help_text="Nom du démarrage de l'appareil, tiré au hasard.")
    ms = Entier(min_value=0, help_text="Millisecondes depuis ce démarrage.")


class OperationSerializer(Serializer):
    """One operation, as it is documented; what is sent is kept whatever it says."""

    id = Identifiant(help_text="UUIDv7 fait quand la personne a appuyé sur « Enregistrer ».")
    seq = Entier(min_value=1, help_text="Sans trou sur un appareil.")
    auteur = Identifiant()
    session = Texte(help_text="Donnée par connexion/ à l'auteur, sur cet appareil.")
    type = Texte(max_length=40, help_text="Par exemple passage.creer.")
    objet = Identifiant(allow_null=True, required=False)
    version_lue = Texte(allow_null=True, required=False, help_text="ETag de ce qui a été lu.")
    depend_de = serializers.ListField(child=Identifiant(), required=False)
    saisi_le = serializers.DateTimeField(help_text="Heure de l'appareil.")
    horloge = HorlogeSerializer(required=False)
    donnees = serializers.JSONField(required=False, help_text="Corps que prend l'API.")
    donnees_scellees = Texte(required=False)
    cle_id = Identifiant(required=False)


@extend_schema_field(OperationSerializer(many=True))
class Operations(serializers.ListField):
    """Looked at one by one further on: one that is wrong keeps no other out."""

    child = serializers.JSONField()

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > OPERATIONS_AU_PLUS:
            raise TropVolumineux(
                f"Un envoi a {OPERATIONS_AU_PLUS} opérations au plus.", limite=OPERATIONS_AU_PLUS
            )
        return data


class EnvoiSerializer(Serializer):
    protocole = Entier()
    appareil = Identifiant()
    version_application = Texte(max_length=40, required=False, default="", allow_blank=True)
    schema = Entier(min_value=1, max_value=30_000)
    envoye_le = serializers.DateTimeField(required=False, help_text="Heure de l'appareil.")
    horloge = HorlogeSerializer(required=False, allow_null=True)
    operations = Operations(error_messages={"not_a_list": "Il faut une liste."})

    # Of one that comes by another way than the device's, there is no limit but the server's own.
    limite: int | None = OPERATION_AU_PLUS

    def validate_protocole(self, protocole: int) -> int:
        if protocole != PROTOCOLE:
            raise serializers.ValidationError(
                f"Ce serveur parle le protocole {PROTOCOLE} : mettez l'application à jour."
            )
        return protocole

    def validate_operations(self, operations: list[Any]) -> list[Any]:
        limite = self.limite
        if limite is None:
            return operations
        for operation in operations:
            if len(json.dumps(operation, ensure_ascii=False).encode()) > limite:
                cle = operation.get("id") if isinstance(operation, dict) else None
                raise TropVolumineux(
                    f"Une opération a {limite // 1024} ko au plus.", limite=limite, operation=cle
                )
        return operations


class SecoursSerializer(EnvoiSerializer):
    limite = None


class OperationRecueSerializer(Serializer):
    id = serializers.CharField(allow_null=True)
    resultat = serializers.ChoiceField(choices=Resultat.choices)
    objet = serializers.JSONField(help_text="L'enregistrement tel qu'il est.", allow_null=True)
    probleme = serializers.JSONField(help_text="RFC 9457, en français.", allow_null=True)
    suivis = serializers.DictField(
        child=serializers.UUIDField(),
        help_text="Dossiers nommés qui ont été fusionnés, et celui qui a été gardé.",
    )


class EnvoiRecuSerializer(Serializer):
    protocole = serializers.IntegerField()
    heure = serializers.DateTimeField()
    effacer = serializers.BooleanField(
        help_text="L'appareil est révoqué : il efface ce qu'il garde, une fois tout envoyé."
    )
    resultats = OperationRecueSerializer(many=True)
