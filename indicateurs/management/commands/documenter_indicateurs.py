"""`docs/indicateurs.md`: the catalogue, as a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from indicateurs.bilan import CODES
from indicateurs.catalogue import INDICATEURS, PAR_CODE, SAISIS
from indicateurs.indicateur import Indicateur, Theme
from indicateurs.sources import Axe

ENTETE = """\
# Catalogue des indicateurs

Cette page est écrite par `make schema` à partir du catalogue que lisent aussi le calcul et l'API
(`indicateurs/`). Les règles communes sont dans les [définitions](definitions.md).

Un indicateur est demandé par son code, à `indicateurs/series/` (un chiffre saisi : à
`indicateurs/saisis/`) ; ceux du bilan sont aussi dans
`indicateurs/bilan/`. La formule d'une réponse est le code suivi de la version.

- **Additif** : les mois font l'année, et les parts font le tout. Les autres se comptent chaque
  fois sur l'ensemble : des personnes distinctes, ou un rapport, ne s'additionnent pas.
- Ventilé par genre ou par âge, un événement a ce que dit le dossier de la personne, sinon ce qui
  a été observé d'elle ; sans personne identifiée, il est dans une part à part, `SANS_PERSONNE`. Une
  personne a ce que dit son dossier. L'âge est celui atteint dans l'année.
- **Publié** : les partenaires le lisent, signé et masqué (un total saisi, tel quel). Les autres
  ne sortent pas du service, qui les compte à la demande.
- **Saisi** : un total que le service ne compte pas, tapé avec sa source et sa date ; il est lu à
  `indicateurs/saisis/` et, à part, dans le bilan de l'ensemble.
- L'arrondissement est celui de la structure ; du secteur pour une rencontre ; du site pour une
  nuit ou un séjour.
"""


def page() -> str:
    return "\n".join([ENTETE, *_ventilations(), *(b for theme in Theme for b in _theme(theme))])


def _ventilations() -> Iterator[str]:
    yield "| ventilation | selon |\n|---|---|"
    for axe in Axe:
        yield f"| `{axe}` | {axe.label} |"


def _theme(theme: Theme) -> Iterator[str]:
    yield f"\n## {theme.label}\n"
    yield (
        "| code | libellé | définition | unité | version | additif | publié | bilan "
        "| ventilations |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for indicateur in (*INDICATEURS, *SAISIS):
        if indicateur.theme == theme:
            yield _ligne(indicateur)


def _ligne(indicateur: Indicateur) -> str:
    definition = indicateur.definition
    if indicateur.saisi:
        definition += " **Saisi.**"
    if indicateur.rapport:
        haut, bas = (PAR_CODE[code].code for code in indicateur.rapport[:2])
        definition += f" (`{haut}` ÷ `{bas}`)"
    cases = (
        f"`{indicateur.code}`",
        indicateur.libelle,
        definition,
        indicateur.unite,
        str(indicateur.version),
        "oui" if indicateur.additif else "non",
        "oui" if indicateur.publie else "non",
        "oui" if indicateur.code in CODES else "non",
        ", ".join(f"`{axe}`" for axe in indicateur.axes),
    )
    return f"| {' | '.join(cases)} |"


class Command(BaseCommand):
    help = "Écrit la page du catalogue des indicateurs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        options["fichier"].write_text(page() + "\n")
