"""What a deletion would take along, counted by the database: an account has thousands of records.

Django's own page loads every row to name it, which took up to a minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin
from django.contrib.admin import actions
from django.contrib.messages import ERROR
from django.db.models import CASCADE, PROTECT, RESTRICT, Model, Q, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

LIMITE = 100
TROP = (
    f"Une action se fait sur {LIMITE} lignes au plus, que quelqu'un peut relire : "
    "choisissez-en moins."
)
Lignes = dict[type[Model], QuerySet[Any]]


def qui_suivent(objets: Sequence[Model]) -> tuple[Lignes, Lignes]:
    """The rows that go with these objects of one model, themselves included; the rows that keep
    them from going. By model; nothing is read yet.

    A model whose rows cascade to rows of its own is not foreseen: there is none.
    """
    partent: dict[type[Model], list[Q]] = defaultdict(list)
    gardent: dict[type[Model], list[Q]] = defaultdict(list)

    def suivre(modele: type[Model], condition: Q) -> None:
        partent[modele].append(condition)
        cles = modele._base_manager.filter(condition).values("pk")
        relations: Any = get_candidate_relations_to_delete(modele._meta)
        for relation in relations:
            de_la = Q(**{f"{relation.field.name}__in": cles})
            if relation.on_delete is CASCADE:
                suivre(relation.related_model, de_la)
            elif relation.on_delete in (PROTECT, RESTRICT):
                gardent[relation.related_model].append(de_la)

    suivre(type(objets[0]), Q(pk__in=[objet.pk for objet in objets]))

    def lignes(conditions: dict[type[Model], list[Q]]) -> Lignes:
        return {
            modele: modele._base_manager.filter(reduce(or_, ou))
            for modele, ou in conditions.items()
            # The rows of a many-to-many relation say nothing to a reader.
            if not modele._meta.auto_created
        }

    return lignes(partent), lignes(gardent)


def compter(lignes: Lignes) -> dict[type[Model], int]:
    """How many of each model, without those of which there are none."""
    return {modele: nombre for modele, qs in lignes.items() if (nombre := qs.count())}


def trop_nombreuses(fiche: Any, request: HttpRequest, selection: QuerySet[Any]) -> bool:
    """Whether more rows were chosen than a person can read; they are told."""
    if selection.order_by()[: LIMITE + 1].count() <= LIMITE:
        return False
    fiche.message_user(request, TROP, ERROR)
    return True


@admin.action(
    permissions=["delete"],
    description=gettext_lazy("Delete selected %(verbose_name_plural)s"),
)
def delete_selected(
    fiche: Any, request: HttpRequest, selection: QuerySet[Any]
) -> HttpResponse | None:
    """The framework's action, for as many rows as a person can read before confirming."""
    if trop_nombreuses(fiche, request, selection):
        return None
    if request.POST.get("post"):
        fiche.tenir(request, list(selection))
    return actions.delete_selected(fiche, request, selection)


admin.site.add_action(delete_selected)
