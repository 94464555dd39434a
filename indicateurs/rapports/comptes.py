"""The figures of one structure in a year, and why one is not known."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.enums import Cadre
from indicateurs.calcul import Nombre, compter, compter_mesures
from indicateurs.catalogue import PAR_CODE
from indicateurs.mesures import lignes
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.rapports.document import Case, Manque
from indicateurs.sources import (
    ACTES,
    MARAUDES,
    MATERIEL,
    NUITS,
    OUVERTURES,
    PASSAGES,
    PRESENCES,
    RENCONTRES,
    Axe,
    Source,
)
from socle.models import Structure

RIEN_DE_SAISI: dict[Source, str] = {
    PASSAGES: "aucun passage saisi",
    OUVERTURES: "aucun jour d'ouverture saisi",
    MARAUDES: "aucune maraude saisie",
    RENCONTRES: "aucune rencontre saisie",
    ACTES: "aucun acte saisi",
    MATERIEL: "aucune remise de matériel saisie",
    NUITS: "aucune nuit d'hébergement",
    PRESENCES: "aucun contact saisi",
}
RIEN_DANS_CE_CADRE = {
    Cadre.ACCUEIL: "aucun contact saisi à l'accueil",
    Cadre.MARAUDE: "aucun contact saisi en maraude",
    Cadre.HEBERGEMENT: "aucun contact ni séjour en hébergement",
}


class Comptes:
    """`Comptes(structure, period, codes)("passages")` is what is written in a cell.

    A zero is written where rows of its source came in the year: it was counted. Where none did,
    nobody knows whether nothing happened or nothing was entered.
    """

    def __init__(
        self,
        structure: Structure,
        periode: Periode,
        codes: Mapping[Axe | None, tuple[str, ...]],
    ) -> None:
        """Args:
        codes: the figures by each breakdown.
        """
        portee = Portee(structure)
        self.annee = periode.debut.year
        self.valeurs: dict[tuple[str, Axe | None, str | None], Nombre] = {}
        for axe, voulus in codes.items():
            trouvees = compter([PAR_CODE[code] for code in voulus], [periode], portee, axe)
            for (code, valeur, _), nombre in trouvees.items():
                self.valeurs[code, axe, valeur] = nombre
        noms = {str(rang): source for rang, source in enumerate(RIEN_DE_SAISI)}
        mesures = {nom: lignes(source) for nom, source in noms.items()}
        compte = compter_mesures(mesures, [periode], portee)
        self.saisies = {noms[nom] for (nom, _, _), nombre in compte.items() if nombre}
        par_cadre = compter_mesures(
            {"contacts": lignes(PRESENCES)}, [periode], portee, (Axe.CADRE,)
        )
        self.cadres = {axes[0] for (_, axes, _), nombre in par_cadre.items() if nombre}

    def __call__(self, code: str, axe: Axe | None = None, valeur: str | None = None) -> Case:
        indicateur = PAR_CODE[code]
        bases = [PAR_CODE[base] for base in (indicateur.rapport or [code])[:2]]
        for base in bases:
            assert base.mesure
            if base.mesure.source not in self.saisies:
                return self._rien(RIEN_DE_SAISI[base.mesure.source])
        if axe == Axe.CADRE and valeur is not None and valeur not in self.cadres:
            return self._rien(RIEN_DANS_CE_CADRE[Cadre(valeur)])
        trouvee = self.valeurs.get((code, axe, valeur), indicateur.rien)
        assert trouvee is not None  # a ratio divides by rows that are there
        return trouvee

    def deux(
        self, codes: tuple[str, str], axe: Axe | None = None, valeur: str | None = None
    ) -> tuple[Case, Case]:
        """Two figures side by side."""
        premier, second = codes
        return self(premier, axe, valeur), self(second, axe, valeur)

    def _rien(self, raison: str) -> Manque:
        return Manque(f"{raison} en {self.annee}")
