"""The OpenAPI description: the errors that every endpoint can answer, told once."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from commun.api.errors import TITRES, TYPE_DE_CONTENU


class ErreurDeChampSerializer(serializers.Serializer[Any]):
    champ = serializers.CharField(help_text="Chemin du champ ; vide pour l'ensemble.")
    message = serializers.CharField()
    code = serializers.CharField()


class ProblemeSerializer(serializers.Serializer[Any]):
    """Un problème au sens de la RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    erreurs = ErreurDeChampSerializer(many=True, required=False)


class SchemaAutomatique(AutoSchema):
    """Tags by resource and problem details beside the answers."""

    def get_tags(self) -> list[str]:
        morceaux = [m for m in self.path.removeprefix("/api/v1").split("/") if m]
        return [morceaux[0]] if morceaux else ["api"]

    def get_operation_id(self) -> str:
        return str(super().get_operation_id()).removeprefix("v1_")

    def _erreurs_possibles(self) -> list[int]:
        statuts = [400, 401, 403]
        if "{" in self.path:
            statuts.append(404)
        if self.method in {"POST", "PATCH"}:
            statuts += [409, 413, 415]
        if self.method == "PATCH":
            statuts += [412, 428]
        return sorted(statuts)

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        corps = super()._get_response_bodies(direction=direction)
        for statut in self._erreurs_possibles():
            corps.setdefault(
                str(statut),
                self._get_response_for_code(  # type: ignore[no-untyped-call]
                    OpenApiResponse(ProblemeSerializer, description=TITRES[statut]),
                    str(statut),
                    media_types=[TYPE_DE_CONTENU],
                    direction=direction,
                ),
            )
        return corps
