"""What the triggers of the publications say to who meets them."""

from __future__ import annotations

from commun.contraintes import MESSAGES

MESSAGES.update(
    {
        "publication_signee_immuable": ("Ce qui a été publié ne change plus.", None),
        "publication_sur_tout_ce_qui_est_signe": (
            "Une période de la même année a été signée depuis : préparez celle-ci de nouveau.",
            None,
        ),
        "structure_publiee": (
            "Cette structure est dans des chiffres publiés : elle ne s'efface plus, et ni son type "
            "ni son arrondissement ne changent. Créez-en une autre pour ce qui suit.",
            None,
        ),
        "organisme_publie": (
            "Cet organisme est dans des chiffres publiés : son code ne change plus. "
            "Son nom, lui, peut changer.",
            "code",
        ),
        "chiffre_saisi_d_une_annee_finie": (
            "Cette année n'est pas finie : seul son total se saisit.",
            "annee",
        ),
        "chiffre_saisi_sans_secret": (
            "Un total de moins de 11 dirait de qui il s'agit : il ne se saisit pas.",
            "valeur",
        ),
        "chiffre_saisi_sans_secret_deduit": (
            "Avec un total déjà saisi, ou celui-ci, cette évolution en dirait un de moins de 11.",
            "evolution_pct",
        ),
        "chiffre_saisi_immuable": (
            "Un chiffre saisi ne change plus : une nouvelle saisie le remplace.",
            None,
        ),
        "consultations_gardees": (
            "Le journal des consultations ne se vide pas : ce qui a un an se purge.",
            None,
        ),
    },
)
