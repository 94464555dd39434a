"""The verbs of accommodation."""

from hebergement.services.demandes import (
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
from hebergement.services.nuits import marquer_vues
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
    "Plan",
    "Portee",
    "Refus",
    "accepter",
    "attribuer",
    "cle_de_fermeture",
    "clore",
    "cloturer",
    "confirmer",
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
    "suivante",
    "transferer",
    "verrouiller_chaine",
    "verrouiller_chaines",
    "verrouiller_places",
]
