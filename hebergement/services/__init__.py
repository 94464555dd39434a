"""The verbs of accommodation."""

from hebergement.services.deces import suppression
from hebergement.services.demandes import (
    JOURS_AU_PLUS,
    accepter,
    clore,
    confirmer,
    expirer_les_perimees,
    proposer,
    refuser,
    retirer,
    suivante,
)
from hebergement.services.fermetures import cle_de_fermeture, fermer_des_places
from hebergement.services.lieux import (
    corriger_fermeture,
    corriger_place,
    fermer,
    verrouiller_places,
)
from hebergement.services.menages import avec_menage
from hebergement.services.nuits import marquer_vues
from hebergement.services.presences import (
    absenter,
    clore_les_perdus_de_vue,
    constater,
    rouvrir,
    verrouiller_sejours,
)
from hebergement.services.relogements import Plan, Portee, planifier
from hebergement.services.sejours import (
    attribuer,
    cloturer,
    corriger,
    transferer,
    verrouiller_chaine,
    verrouiller_chaines,
)
from hebergement.services.verrous import Refus

__all__ = [
    "JOURS_AU_PLUS",
    "Plan",
    "Portee",
    "Refus",
    "absenter",
    "accepter",
    "attribuer",
    "avec_menage",
    "cle_de_fermeture",
    "clore",
    "clore_les_perdus_de_vue",
    "cloturer",
    "confirmer",
    "constater",
    "corriger",
    "corriger_fermeture",
    "corriger_place",
    "expirer_les_perimees",
    "fermer",
    "fermer_des_places",
    "marquer_vues",
    "planifier",
    "proposer",
    "refuser",
    "retirer",
    "rouvrir",
    "suivante",
    "suppression",
    "transferer",
    "verrouiller_chaine",
    "verrouiller_chaines",
    "verrouiller_places",
    "verrouiller_sejours",
]
