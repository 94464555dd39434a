"""Closed by default; a role opens reading or writing, nothing else does."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class FermeParDefaut(BasePermission):
    """What declares nothing answers nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class RolePermis(BasePermission):
    """The account's role is among the view's `roles_par_action`, `roles_lecture` or
    `roles_ecriture`; a view that names none stays closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        action = getattr(view, "action", None)
        par_action = getattr(view, "roles_par_action", {})
        if action in par_action:
            permis = par_action[action]
        elif request.method in SAFE_METHODS:
            permis = getattr(view, "roles_lecture", frozenset())
        else:
            permis = getattr(view, "roles_ecriture", frozenset())
        return request.user.role in permis
