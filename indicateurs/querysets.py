"""Who may see the rows behind figures: nobody, they are only counted."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from socle.models import Utilisateur


class CompteesSeulementQuerySet(models.QuerySet[Any]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.none()
