"""What the demonstration's partners find: two years published, each within its perimeter."""

from __future__ import annotations

from indicateurs.enums import Niveau
from indicateurs.models import Partenaire
from indicateurs.publications.preparation import preparer, signer
from socle.models import Utilisateur

ANNEES = ("2022", "2023")
# The health agency sees structures, the City sees arrondissements.
NIVEAUX = {
    "ars": [Niveau.RESEAU, Niveau.TYPE, Niveau.ORGANISME, Niveau.STRUCTURE],
    "ville": [Niveau.RESEAU, Niveau.ARRONDISSEMENT],
}


def publier() -> None:
    """Open the partners' perimeters, and sign the years as the coordinator would."""
    for identifiant, niveaux in NIVEAUX.items():
        compte = Utilisateur.objects.get(identifiant=identifiant)
        Partenaire.objects.create(utilisateur=compte, niveaux=niveaux)
    coordinatrice = Utilisateur.objects.get(identifiant="coordinatrice")
    for annee in ANNEES:
        signer(preparer(annee), coordinatrice)
