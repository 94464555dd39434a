"""Acts and material; and what every extension of a contact says of its contact."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from commun.api.errors import Interdit
from commun.api.fields import Choix, Identifiant, Instant, Reference
from commun.api.serializers import ChampsReserves, SaisieSerializer, Serializer
from contacts.models import Acte, Contact, RemiseMateriel
from socle.enums import Genre, Role, TrancheAge
from socle.models import EvenementDeTerrain, Personne


def corriger_heure(serializer: Any, evenement: EvenementDeTerrain, donnees: Any) -> None:
    """Only coordination corrects the instant that figures use."""
    nouvelle = donnees.get("survenu_le", evenement.survenu_le)
    if (
        nouvelle != evenement.survenu_le
        and serializer.context["request"].user.role != Role.COORDINATEUR
    ):
        raise PermissionDenied()


class EvenementSerializer(SaisieSerializer):
    """For events: `saisi_le` is the device's, `survenu_le` follows and may be corrected."""

    saisi_le = Instant()
    survenu_le = Instant(
        required=False, help_text="Calculé à la création ; corrigé par la coordination."
    )

    def create(self, validated_data: dict[str, Any]) -> Any:
        validated_data.pop("survenu_le", None)
        modele: Any = self.Meta.model
        evenement = modele(**validated_data)
        evenement.dater()
        evenement.save(force_insert=True)
        return evenement

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        corriger_heure(self, instance, validated_data)
        return super().update(instance, validated_data)


class ActeSerializer(ChampsReserves, EvenementSerializer):
    RESERVES = ("note_soin",)
    REFUS_DE_RESERVE = (
        "Une note de soin ne s'écrit que par qui soigne dans la structure du contact : "
        "demandez-le à ses soignants."
    )
    REFUS_DE_DEPLACER = (
        "Un acte ne change de structure que par qui soigne dans l'une et dans l'autre : "
        "demandez-le à ses soignants, ou choisissez un contact de la même structure."
    )
    contact = Reference(queryset=Contact.objects.all())

    class Meta:
        model = Acte
        fields = [
            "uuid",
            "contact",
            "categorie",
            "note_soin",
            "saisi_le",
            "survenu_le",
            "recu_le",
            "jour",
        ]
        read_only_fields = ["recu_le", "jour"]

    def _soigne_a(self, structure: Any) -> bool:
        return structure in self.context["structures_de_soin"]

    def est_lisible(self, instance: Acte) -> bool:
        return self._soigne_a(instance.contact.structure_id)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A note is written and moved by who may read it, where it is and where it goes.

        An act without one is moved by the same: a refusal would tell of the note otherwise.
        """
        arrivee = attrs["contact"].structure_id if "contact" in attrs else None
        if self.instance is None:
            if attrs.get("note_soin") and not self._soigne_a(arrivee):
                raise Interdit(self.REFUS_DE_RESERVE)
            return attrs
        depart = self.instance.contact.structure_id
        if arrivee not in {None, depart} and not (
            self._soigne_a(depart) and self._soigne_a(arrivee)
        ):
            raise Interdit(self.REFUS_DE_DEPLACER)
        return attrs


class RemiseMaterielSerializer(EvenementSerializer):
    contact = Reference(queryset=Contact.objects.all())

    class Meta:
        model = RemiseMateriel
        fields = [
            "uuid",
            "contact",
            "materiel",
            "quantite_distribuee",
            "quantite_recuperee",
            "saisi_le",
            "survenu_le",
            "recu_le",
        ]
        read_only_fields = ["recu_le"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for champ in ("quantite_distribuee", "quantite_recuperee"):
            if attrs.get(champ, 0) > 10_000:
                raise serializers.ValidationError({champ: "Une quantité ne peut dépasser 10 000."})
        return attrs


class ExtensionDeContactSerializer(Serializer):
    """An encounter or a visit, shown as one record with its contact."""

    uuid = Identifiant(source="contact.uuid")
    personne = Reference(
        source="contact.personne",
        queryset=Personne.objects.all(),
        portee="nommables_par",
        required=False,
        allow_null=True,
    )
    genre_observe = Choix(source="contact.genre_observe", choices=Genre.choices, required=False)
    tranche_age_observee = Choix(
        source="contact.tranche_age_observee", choices=TrancheAge.choices, required=False
    )
    saisi_le = Instant(source="contact.saisi_le")
    survenu_le = Instant(
        source="contact.survenu_le",
        required=False,
        help_text="Calculé à la création ; corrigé par la coordination.",
    )
    recu_le = serializers.DateTimeField(source="contact.recu_le", read_only=True)
    jour = serializers.DateField(source="contact.jour", read_only=True)

    FIXES: ClassVar[tuple[str, ...]] = ("uuid", "saisi_le")

    def get_fields(self) -> dict[str, Any]:
        champs: dict[str, Any] = super().get_fields()
        if isinstance(self.instance, self.Meta.model):  # type: ignore[attr-defined]
            for nom in self.FIXES:
                champs[nom].read_only = True
        return champs

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Correct the contact and what extends it, in the caller's transaction."""
        contact = instance.contact
        du_contact = validated_data.pop("contact", {})
        corriger_heure(self, contact, du_contact)
        for champ, valeur in du_contact.items():
            setattr(contact, champ, valeur)
        if du_contact:
            contact.save(update_fields=list(du_contact))
        for champ, valeur in validated_data.items():
            setattr(instance, champ, valeur)
        if validated_data:
            instance.save(update_fields=list(validated_data))
        return instance
