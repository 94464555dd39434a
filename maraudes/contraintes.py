"""What the raw constraints of maraudes/migrations/ say to a worker."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MILIEUX = "Les secteurs et stations d'une maraude sont tous de son milieu."
MESSAGES.update(
    {
        "etape_du_milieu_de_la_maraude": (MILIEUX, "milieu"),
        "etape_du_milieu_du_secteur": (MILIEUX, "milieu"),
        "equipe_de_son_organisme": (
            "Cette équipe a des maraudes : elle ne passe pas à un autre organisme.",
            "structure",
        ),
        "maraude_de_son_organisme": (
            "Une maraude où quelqu'un a été vu ne passe pas à un autre organisme.",
            "equipe",
        ),
        "etape_de_rencontres": (
            "Une étape où des personnes ont été rencontrées ne peut être retirée.",
            "etapes",
        ),
    }
)
