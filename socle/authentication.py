"""Who may log in with a password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class RefusDuMotDePasseDeDemonstration:
    """Everybody knows it: outside the demonstration it opens no account, such as those of a
    demonstration that was saved and restored elsewhere.

    It knows no account (no `get_user`): nobody is logged in by it.
    """

    def authenticate(
        self, request: HttpRequest | None, password: str | None = None, **autres: Any
    ) -> None:
        if password == settings.DEMO_MOT_DE_PASSE and not settings.DEMO:
            raise PermissionDenied
