"""Lists by cursor: the same cost on the last page as on the first."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from functools import reduce
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as ErreurDeModele
from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param


class Curseur(NamedTuple):
    """Beyond which row a page starts, and which way it goes; no values: from that end."""

    valeurs: list[str] | None
    retour: bool


def _inverse(champ: str) -> str:
    return champ.removeprefix("-") if champ.startswith("-") else f"-{champ}"


def _au_dela(ordre: tuple[str, ...], valeurs: list[str]) -> Q:
    """The rows that come after these values in this order, all fields taken together."""
    condition = Q()
    egaux = Q()
    for rang, (champ, valeur) in enumerate(zip(ordre, valeurs, strict=True)):
        nom, sens = champ.lstrip("-"), "lt" if champ.startswith("-") else "gt"
        condition |= egaux & Q(**{f"{nom}__{sens}": valeur})
        egaux &= Q(**{nom: valeur})
        if rang == 0:
            # Says nothing new, but lets the index on the first field find where to start.
            debut = Q(**{f"{nom}__{sens}e": valeur})
    return debut & condition


class PaginationParCurseur(CursorPagination):
    """Sorted by the view's `tri`, then by the key, so that no two rows are equal.

    A cursor holds all the values of the row that it stands on, not the first of them and a count
    of its equals, as the framework's do: a count is wrong as soon as a row comes or goes, and
    when one turns back. `tri` names fields that are never null.
    """

    cursor_query_param = "curseur"
    cursor_query_description = "Position dans la liste, donnée par « suivant » ou « precedent »."
    page_size_query_param = "taille"
    page_size_query_description = "Nombre de résultats par page (500 au plus)."
    page_size = 50
    max_page_size = 500
    ordering: Any = ("-pk",)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        tri: tuple[str, ...] = tuple(getattr(view, "tri", ("-pk",)))
        if "pk" in {champ.lstrip("-") for champ in tri}:
            return tri
        return (*tri, "-pk" if tri[0].startswith("-") else "pk")

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        self.page_size = self.get_page_size(request)
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        self.curseur = self.lire_curseur(request)
        valeurs, retour = self.curseur
        ordre = tuple(map(_inverse, self.ordering)) if retour else self.ordering
        try:
            lues = self.lire_page(queryset, ordre, valeurs)
        except (ErreurDeModele, ValueError, OverflowError) as erreur:
            raise self._refuser() from erreur
        self.page = lues[: self.page_size]
        self.encore = len(lues) > self.page_size
        if retour:
            self.page.reverse()
        return self.page

    def lire_page(
        self, lignes: Any, ordre: tuple[str, ...], valeurs: list[str] | None
    ) -> list[Any]:
        """The rows of a page, and one more where there is one."""
        lignes = lignes.order_by(*ordre)
        if valeurs is not None:
            lignes = lignes.filter(_au_dela(ordre, valeurs))
        return list(lignes[: self.page_size + 1])

    def _refuser(self) -> ValidationError:
        return ValidationError({"curseur": "Ce curseur n'est pas valide."})

    def lire_curseur(self, request: Request) -> Curseur:
        """What `suivant` or `precedent` held, or 400; no cursor: the first page."""
        ecrit = request.query_params.get(self.cursor_query_param)
        if ecrit is None:
            return Curseur(None, False)
        try:
            valeurs, retour = json.loads(b64decode(ecrit.encode("ascii"), validate=True))
        except (ValueError, TypeError, RecursionError) as erreur:
            raise self._refuser() from erreur
        connues = valeurs is None or (
            isinstance(valeurs, list)
            and len(valeurs) == len(self.ordering)
            and all(isinstance(valeur, str) and "\x00" not in valeur for valeur in valeurs)
        )
        if not connues or not isinstance(retour, bool):
            raise self._refuser()
        return Curseur(valeurs, retour)

    def _lien(self, rang: int, *, retour: bool) -> str:
        """Beyond the first or the last row of the page; an empty page stands at an end."""
        valeurs = None
        if self.page:
            ligne = self.page[rang]
            valeurs = [
                str(reduce(getattr, champ.lstrip("-").split("__"), ligne))
                for champ in self.ordering
            ]
        ecrit = b64encode(json.dumps([valeurs, retour]).encode()).decode()
        return str(replace_query_param(self.base_url or "", self.cursor_query_param, ecrit))

    def get_next_link(self) -> str | None:
        ailleurs = self.curseur != (None, True) if self.curseur.retour else self.encore
        return self._lien(-1, retour=False) if ailleurs else None

    def get_previous_link(self) -> str | None:
        ailleurs = self.encore if self.curseur.retour else self.curseur != (None, False)
        return self._lien(0, retour=True) if ailleurs else None

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
