"""What the raw constraints of maraudes/migrations/ say to a worker."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MILIEUX = "Les secteurs et stations d'une maraude sont tous de son milieu."
MESSAGES.update(
    {
        "etape_du_milieu_de_la_maraude": (MILIEUX, "milieu"),
        "etape_du_milieu_du_secteur": (MILIEUX, "milieu"),
        "equipe_de_sa_structure": (
            "Cette équipe a des maraudes : elle ne change pas de structure. Créez-en une autre.",
            "structure",
        ),
        "maraude_de_sa_structure": (
            "Une maraude ne passe pas à une équipe d'une autre structure : annulez-la, et "
            "créez-en une autre.",
            "equipe",
        ),
        "maraude_qui_a_eu_lieu": (
            "Une maraude qui a des rencontres ne peut être annulée, ni redevenir prévue.",
            "statut",
        ),
        "etape_de_rencontres": (
            "Une étape où des personnes ont été rencontrées ne peut être retirée.",
            "etapes",
        ),
    }
)
