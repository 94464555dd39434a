"""Every figure, once.

Formulas: docs/definitions.md § 2 to 5.
"""

from indicateurs.catalogue.accueil import DE_L_ACCUEIL
from indicateurs.catalogue.chaine import DE_LA_CHAINE
from indicateurs.catalogue.hebergement import DE_L_HEBERGEMENT
from indicateurs.catalogue.maraudes import DES_MARAUDES
from indicateurs.catalogue.parcours import DES_PARCOURS
from indicateurs.enums import IndicateurSaisi
from indicateurs.indicateur import Indicateur, Theme

INDICATEURS: tuple[Indicateur, ...] = (
    *DE_L_ACCUEIL,
    *DES_MARAUDES,
    *DE_L_HEBERGEMENT,
    *DES_PARCOURS,
    *DE_LA_CHAINE,
)
# What only others know: a yearly total of the network, typed in with its source.
SAISIS: tuple[Indicateur, ...] = (
    Indicateur(
        IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES.value,
        IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES.label,
        Theme.PARCOURS, "mesures",
        "Total annuel connu hors du service, saisi avec sa source ; jamais compté à partir d'une "
        "personne, ni ventilé.",
        additif=False,
    ),
)  # fmt: skip

PAR_CODE = {indicateur.code: indicateur for indicateur in INDICATEURS}
TOUS_PAR_CODE = PAR_CODE | {indicateur.code: indicateur for indicateur in SAISIS}
