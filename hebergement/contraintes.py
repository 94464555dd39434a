"""What the raw constraints of hebergement/migrations/ say to a worker."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MESSAGES.update(
    {
        "sejour_dans_l_ouverture_de_la_place": (
            "Un séjour tient dans les dates d'ouverture de sa place.",
            "place",
        ),
        "sejour_hors_fermeture": ("La place est fermée à ces dates.", "place"),
        "fermeture_hors_sejour": ("La place est occupée à ces dates.", "place"),
        "place_chambre_du_meme_site": ("La chambre est d'un autre site que la place.", "chambre"),
        "sejour_suite_sans_trou": (
            "Un transfert est de la même personne, et commence le jour où finit le séjour d'avant.",
            None,
        ),
        "site_de_sa_structure": (
            "Ce site a des séjours : il ne change pas de structure.",
            "structure",
        ),
        "place_de_sa_structure": (
            "Cette place a des séjours : elle ne passe pas à un site d'une autre structure.",
            "site",
        ),
        "absence_dans_son_sejour": ("Une absence commence pendant son séjour.", "debut"),
        "hebergement_sejour_suite_de_id_key": ("Ce séjour a déjà été transféré.", None),
    }
)
