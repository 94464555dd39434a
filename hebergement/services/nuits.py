"""What is done of nights that were corrected: nothing but to look at them."""

from __future__ import annotations

from typing import Any

from commun.horloge import maintenant
from socle.models import Utilisateur


def marquer_vues(*, corrections: Any, auteur: Utilisateur) -> int:
    """Say that somebody has looked at these `CorrectionNuit`; the first who did stays named.

    Returns:
        How many nobody had looked at.
    """
    nombre: int = corrections.a_voir().update(vue_le=maintenant(), vue_par=auteur)
    return nombre
