"""What the demonstration's partners find: two years published, each within its perimeter."""

from __future__ import annotations

from datetime import date

from indicateurs.enums import IndicateurSaisi, Niveau
from indicateurs.models import ChiffreSaisi, Partenaire
from indicateurs.publications.preparation import preparer, signer
from socle.models import Utilisateur

ANNEES = ("2022", "2023")
# The health agency sees structures, the City sees arrondissements.
NIVEAUX = {
    "ars": [Niveau.RESEAU, Niveau.TYPE, Niveau.ORGANISME, Niveau.STRUCTURE],
    "ville": [Niveau.RESEAU, Niveau.ARRONDISSEMENT],
}


# Who knows what the service does not count.
SAISIT = {"ars": [IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES]}


def publier() -> None:
    """Open the partners' perimeters, type in what the health agency knows, and sign the years as
    the coordinator would."""
    for identifiant, niveaux in NIVEAUX.items():
        compte = Utilisateur.objects.get(identifiant=identifiant)
        saisit = SAISIT.get(identifiant, [])
        Partenaire.objects.create(utilisateur=compte, niveaux=niveaux, saisit=saisit)
    ChiffreSaisi.objects.create(
        indicateur=IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES,
        annee=2023,
        evolution_pct=18,
        source="Communiqué des partenaires du plan",
        source_le=date(2023, 11, 30),
        auteur=Utilisateur.objects.get(identifiant="ars"),
    )
    coordinatrice = Utilisateur.objects.get(identifiant="coordinatrice")
    for annee in ANNEES:
        signer(preparer(annee), coordinatrice)
