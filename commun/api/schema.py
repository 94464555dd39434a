"""The OpenAPI description: the errors that every endpoint can answer, told once."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from commun.api.errors import TITRES, TYPE_DE_CONTENU
from commun.api.fields import UUID_OU_CODE, Reference
from commun.api.serializers import ClesConnues
from commun.api.viewsets import ParCode


class ErreurDeChampSerializer(serializers.Serializer[Any]):
    champ = serializers.CharField(help_text="Chemin du champ ; vide pour l'ensemble.")
    message = serializers.CharField()
    code = serializers.CharField()


class ProblemeSerializer(serializers.Serializer[Any]):
    """Any error; see commun.api.errors."""

    DESCRIPTION = "Un problème au sens de la RFC 9457."

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    erreurs = ErreurDeChampSerializer(many=True, required=False)


@cache
def _version_perimee(classe: type[Any]) -> type[Any]:
    """412 tells the current record, as the operation itself would."""
    nom = classe.__name__.removesuffix("Serializer")
    return type(
        f"{nom}PerimeSerializer",
        (ProblemeSerializer,),
        {"etat": classe(help_text="L'enregistrement tel qu'il est maintenant.")},
    )


def _admettre_nul(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str):
        valeurs = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, **valeurs, "type": [schema["type"], "null"]}
    if "$ref" in schema or "allOf" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    return schema


HORLOGE = r"^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"
VERSION = {
    "description": "Version de l'enregistrement, à redonner dans If-Match pour le corriger.",
    "schema": {"type": "string"},
}
DESCRIPTIONS = {
    "list": "Liste, page par page.",
    "retrieve": "Un enregistrement, avec son ETag.",
    "create": (
        "Première demande : 201. La même demande, du même auteur : 200 et l'enregistrement. "
        "Le même identifiant autrement : 409, sans rien en dire."
    ),
    "partial_update": "Correction, avec l'ETag de ce qui a été lu dans If-Match.",
}


class SchemaAutomatique(AutoSchema):
    """Tags by resource and problem details beside the answers.

    Classes are documented in English, for who builds; what is told here is for who calls, in
    French: the docstring of a verb, a view's `descriptions`, a serializer's `DESCRIPTION`.
    A view's `problemes` gives the serializer of a refusal that carries members of its own, or that
    only its writes know; a serializer's `RESERVES` names what some readers get as null.
    """

    def get_description(self) -> str:  # type: ignore[override]
        action = getattr(self.view, "action", None) or self.method.lower()
        dites: dict[str, str] = {**DESCRIPTIONS, **getattr(self.view, "descriptions", {})}
        return dites.get(action) or get_doc(getattr(self.view, action, None))

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        schema.pop("description", None)
        if description := getattr(serializer, "DESCRIPTION", ""):
            schema["description"] = description
        if direction == "response":
            if isinstance(serializer, ClesConnues):
                # Whether a caller may leave it out or not, an answer says it, but for what it says
                # only where there is something to say.
                seulement_dits = getattr(serializer, "SEULEMENT_DITS", ())
                schema["required"] = [n for n in schema["properties"] if n not in seulement_dits]
            # Null for who may not read them, whatever the table holds.
            for nom in getattr(serializer, "RESERVES", ()):
                schema["properties"][nom] = _admettre_nul(schema["properties"][nom])
        return schema

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: Any = False
    ) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if isinstance(schema, dict) and schema.get("format") == "time":
            # A wall clock has no offset, which the format asks for (RFC 3339).
            schema = {**schema, "pattern": HORLOGE}
            del schema["format"]
        if isinstance(field, Reference) and (direction == "response" or not field.par_code):
            schema = {**schema, "format": "uuid"}
            schema.pop("description", None)
        return schema

    def _resolve_path_parameters(self, variables: Any) -> list[dict[str, Any]]:
        parametres: list[dict[str, Any]] = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        if isinstance(self.view, ParCode):
            for parametre in (p for p in parametres if p["name"] == "uuid"):
                parametre |= {"schema": {"type": "string"}, "description": UUID_OU_CODE}
        return parametres

    def get_tags(self) -> list[str]:
        morceaux = [m for m in self.path.removeprefix("/api/v1").split("/") if m]
        return [morceaux[0]] if morceaux else ["api"]

    def get_operation_id(self) -> str:
        nom = str(super().get_operation_id()).removeprefix("v1_")
        if getattr(self.view, "action", None) in DESCRIPTIONS:
            return nom
        # A verb, or an address of its own: its path says what it does.
        return re.sub("_(create|retrieve)$", "", nom)

    def _erreurs_possibles(self) -> list[int]:
        statuts = [400, 401, 403, 406, 503]
        if "{" in self.path:
            statuts.append(404)
        if self.method in {"POST", "PATCH"}:
            statuts += [409, 413, 415, *getattr(self.view, "problemes", {})]
        if self.method == "PATCH":
            statuts += [412, 428]
        if self.method == "GET":
            statuts += getattr(self.view, "refus_de_lecture", ())
        return sorted(set(statuts))

    def _donne_une_version(self) -> bool:
        """Whether it answers one record, with its ETag."""
        if not hasattr(self.view, "etag"):
            return False
        action = getattr(self.view, "action", None)
        return action == "create" or bool(getattr(self.view, "detail", False))

    def _probleme(self, statut: int) -> Any:
        if statut == 412:
            classe: Any = type(self.get_response_serializers())
            return _version_perimee(classe)
        return getattr(self.view, "problemes", {}).get(statut, ProblemeSerializer)

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        corps = super()._get_response_bodies(direction=direction)
        if getattr(self.view, "action", None) == "create" and hasattr(self.view, "rejeu"):
            corps["200"] = corps["201"]
        if self._donne_une_version():
            for reussie in corps.values():
                reussie["headers"] = {"ETag": VERSION}
        for statut in self._erreurs_possibles():
            corps.setdefault(
                str(statut),
                self._get_response_for_code(  # type: ignore[no-untyped-call]
                    OpenApiResponse(self._probleme(statut), description=TITRES[statut]),
                    str(statut),
                    media_types=[TYPE_DE_CONTENU],
                    direction=direction,
                ),
            )
        return corps


def _corps_json(reponse: dict[str, Any]) -> Any:
    return reponse.get("content", {}).get("application/json", {}).get("schema")


def relier(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Links: an answer that is a record leads to all that can be done with this record next.

    Which record it is, is told by the schema of its own address, so a transfer, which answers
    another stay, leads on from that one.
    """
    chemins, liens = result["paths"], {}
    suites: list[tuple[str, Any, dict[str, Any]]] = []
    for fiche in [c for c in chemins if c.endswith("/{uuid}/") and "get" in chemins[c]]:
        vers = {}
        for chemin, operations in chemins.items():
            for methode, operation in operations.items():
                if not chemin.startswith(fiche):
                    continue
                parametres = {"path.uuid": "$response.body#/uuid"}
                if methode == "patch":
                    parametres["header.If-Match"] = "$response.header.ETag"
                nom = operation["operationId"]
                liens[nom] = {"operationId": nom, "parameters": parametres}
                vers[nom] = {"$ref": f"#/components/links/{nom}"}
        suites.append((fiche, _corps_json(chemins[fiche]["get"]["responses"]["200"]), vers))
    for chemin, operations in chemins.items():
        for methode, operation in operations.items():
            for statut, reponse in operation["responses"].items():
                for fiche, schema, vers in suites:
                    # A creation may tell more than the record.
                    cree = methode == "post" and f"{chemin}{{uuid}}/" == fiche
                    if statut.startswith("2") and (cree or _corps_json(reponse) == schema):
                        reponse["links"] = vers
    result.setdefault("components", {})["links"] = dict(sorted(liens.items()))
    return result
