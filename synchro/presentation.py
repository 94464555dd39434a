"""What a coordinator reads of what a tablet has sent."""

from __future__ import annotations

import json
from typing import Any

from socle.models import Utilisateur
from synchro.jugement import Refusee, donnees_de
from synchro.models import Operation, Variante

# What a coordinator may not read of what somebody else has recorded: notes of care are for who
# cares, and of a person of another organisme only the code and the pseudonym are told.
NOTES = frozenset({"note_soin"})
D_UNE_PERSONNE = frozenset(
    {"genre", "annee_naissance", "genre_observe", "tranche_age_observee", "personne"}
)
CACHE = "(non montré)"


def en_json(contenu: Any) -> str:
    return json.dumps(contenu, ensure_ascii=False, indent=2)


def taire(contenu: Any, noms: frozenset[str]) -> Any:
    """A content with the values of these names left out, however deep they are."""
    if isinstance(contenu, list):
        return [taire(un, noms) for un in contenu]
    if not isinstance(contenu, dict):
        return contenu
    return {nom: CACHE if nom in noms else taire(un, noms) for nom, un in contenu.items()}


def ce_qui_est_devenu(operation: Operation) -> str:
    etat = operation.get_statut_display()
    return f"{etat} : {operation.motif}" if operation.motif else f"{etat}."


def caches(operation: Operation | Variante, compte: Utilisateur) -> frozenset[str]:
    """The data of an operation that this account may not read."""
    sien = operation.appareil.organisme_id == compte.organisme_id
    return NOTES if sien else NOTES | D_UNE_PERSONNE


def donnees_lisibles(operation: Operation, compte: Utilisateur) -> dict[str, Any] | None:
    """What an operation says, as far as this account may read it; None where it can't be read."""
    try:
        donnees = donnees_de(operation)
    except Refusee:
        return None
    lisibles: dict[str, Any] = taire(donnees, caches(operation, compte))
    return lisibles
