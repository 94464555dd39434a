"""Acts and material."""

from __future__ import annotations

from typing import Any, ClassVar

from commun.api.viewsets import Correction, Creation, EnregistrementViewSet, en_uuid
from contacts.api.filters import ActeFilterSet, RemiseMaterielFilterSet
from contacts.api.serializers import ActeSerializer, RemiseMaterielSerializer
from contacts.models import Acte, Contact, RemiseMateriel
from socle.enums import Role
from socle.querysets import EQUIPES


class TenuParSonContact(Correction):
    """What a trigger compares with its contact, and the contact's own corrections take along."""

    def verrouiller(self) -> Any:
        vise = en_uuid(self.request.data.get("contact"))  # type: ignore[attr-defined]
        Contact.objects.tenir(self.get_object().contact_id, vise)  # type: ignore[attr-defined]
        return super().verrouiller()


class CorrectionDUneExtension(Correction):
    """Of a record that extends a contact: the contact first, as its page and its deletion do."""

    def verrouiller(self) -> Any:
        Contact.objects.tenir(self.get_object().pk)  # type: ignore[attr-defined]
        return super().verrouiller()


class ActeViewSet(Creation, TenuParSonContact, EnregistrementViewSet):
    queryset = Acte.objects.select_related("contact")
    serializer_class = ActeSerializer
    filterset_class = ActeFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-survenu_le",)
    descriptions: ClassVar[dict[str, str]] = {
        "partial_update": (
            "Correction, avec l'ETag de ce qui a été lu dans If-Match. Une note de soin ne "
            "s'écrit que par qui soigne dans la structure, et un acte ne change de structure que "
            "par qui soigne dans l'une et dans l'autre (403)."
        )
    }

    def get_serializer_context(self) -> dict[str, Any]:
        """With the structures whose notes of care the caller reads: one query a request."""
        utilisateur: Any = self.request.user
        soignant = getattr(utilisateur, "role", None) == Role.SOIGNANT
        structures = utilisateur.structures.values_list("pk", flat=True) if soignant else ()
        return {**super().get_serializer_context(), "structures_de_soin": frozenset(structures)}


class RemiseMaterielViewSet(Creation, Correction, EnregistrementViewSet):
    queryset = RemiseMateriel.objects.all()
    serializer_class = RemiseMaterielSerializer
    filterset_class = RemiseMaterielFilterSet
    roles_lecture = EQUIPES
    roles_ecriture = EQUIPES
    tri = ("-survenu_le",)
