"""Lists by cursor: the same cost on the last page as on the first."""

from __future__ import annotations

from functools import reduce
from typing import Any

from django.core.exceptions import ValidationError as ErreurDeModele
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class PaginationParCurseur(CursorPagination):
    """Sorted by the view's `tri`; the default, the key, is unique and indexed."""

    cursor_query_param = "curseur"
    cursor_query_description = "Position dans la liste, donnée par « suivant » ou « precedent »."
    page_size_query_param = "taille"
    page_size_query_description = "Nombre de résultats par page (500 au plus)."
    page_size = 50
    max_page_size = 500
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        return getattr(view, "tri", ("-pk",))

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ErreurDeModele, ValueError) as erreur:
            raise ValidationError({"curseur": "Ce curseur n'est pas valide."}) from erreur

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:
        champ = ordering[0].lstrip("-")
        return str(reduce(getattr, champ.split("__"), instance))

    def get_page_size(self, request: Request) -> int:
        demandee = request.query_params.get(self.page_size_query_param)
        if demandee is None:
            return self.page_size
        # By its digits: what Python reads as a number, a thousand of them included, is not.
        if not (demandee.isascii() and demandee.isdigit() and demandee.strip("0")):
            raise ValidationError({"taille": "Il faut un nombre entier, au moins 1."})
        chiffres = demandee.lstrip("0")
        return min(int(chiffres[:9]), self.max_page_size)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "resultats": data,
                "suivant": self.get_next_link(),
                "precedent": self.get_previous_link(),
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        lien = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["resultats", "suivant", "precedent"],
            "properties": {"resultats": schema, "suivant": lien, "precedent": lien},
        }
