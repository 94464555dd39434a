"""From the street to a room: each number of each step."""

from __future__ import annotations

from typing import Any

from indicateurs.chaine import JOURS, Lecture
from indicateurs.indicateur import Indicateur, Theme


def _lu(code: str, libelle: str, unite: str, definition: str, *lecture: Any) -> Indicateur:
    """Read from the chain; of few persons, and followed past the period: it does not leave."""
    chaine = Lecture(*lecture)
    return Indicateur(
        f"chaine_{code}", libelle, Theme.PARCOURS, unite, definition, chaine=chaine,
        additif=False, concerne=lambda portee: portee.a_une_equipe, publie=False,
        rien=None if chaine.quoi == "delai" else 0,
    )  # fmt: skip


DE_LA_CHAINE: tuple[Indicateur, ...] = (
    _lu(
        "rencontrees", "Chaîne : personnes rencontrées", "personnes",
        "Personnes identifiées, rencontrées en maraude (issue ECHANGE) dans la période. Elles sont "
        "suivies depuis la première de ces rencontres, aussi après la période.",
        "rencontrees", "nombre",
    ),
    _lu(
        "orientees", "Chaîne : personnes orientées", "personnes",
        "Parmi les personnes rencontrées : au moins une orientation depuis, non annulée.",
        "orientees", "nombre",
    ),
    _lu(
        "delai_orientation", "Chaîne : délai jusqu'à l'orientation", "jours",
        "Médiane des jours entre la première rencontre et la première orientation.",
        "orientees", "delai",
    ),
    _lu(
        "perdues_orientation", "Chaîne : perdues avant l'orientation", "personnes",
        "Personnes rencontrées qui n'ont pas été orientées depuis.",
        "orientees", "perdues",
    ),
    _lu(
        "arrivees", "Chaîne : personnes arrivées", "personnes",
        "Parmi les personnes orientées : au moins une de ces orientations a abouti, par un passage "
        "ou un séjour.",
        "arrivees", "nombre",
    ),
    _lu(
        "delai_arrivee", "Chaîne : délai jusqu'à l'arrivée", "jours",
        "Médiane des jours entre une orientation et son arrivée, pour la première arrivée de "
        "chaque personne.",
        "arrivees", "delai",
    ),
    _lu(
        "perdues_arrivee", "Chaîne : perdues avant l'arrivée", "personnes",
        "Personnes orientées qui ne sont pas arrivées, et dont aucune orientation n'est en cours.",
        "arrivees", "perdues",
    ),
    _lu(
        "hebergees", "Chaîne : personnes hébergées", "personnes",
        "Parmi les personnes arrivées : au moins une de ces orientations a abouti par un séjour.",
        "hebergees", "nombre",
    ),
    _lu(
        "perdues_hebergement", "Chaîne : perdues avant l'hébergement", "personnes",
        "Personnes arrivées dont aucune orientation n'a abouti par un séjour.",
        "hebergees", "perdues",
    ),
    *(
        indicateur
        for jours in JOURS
        for indicateur in (
            _lu(
                f"presentes_{jours}", f"Chaîne : encore là après {jours} jours", "personnes",
                f"Parmi les personnes hébergées : encore en séjour {jours} jours après l'arrivée, "
                "des transferts enchaînés comptant pour un seul séjour.",
                f"presentes_{jours}", "nombre",
            ),
            _lu(
                f"perdues_{jours}", f"Chaîne : perdues avant {jours} jours", "personnes",
                f"Personnes hébergées dont les {jours} jours sont passés, qui n'étaient plus là.",
                f"presentes_{jours}", "perdues",
            ),
        )
    ),
)  # fmt: skip
