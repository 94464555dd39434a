"""What a figure is: one object that the calculation, the API and the documentation read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import TextChoices

from indicateurs.chaine import Lecture
from indicateurs.mesures import Mesure
from indicateurs.perimetres import Portee
from indicateurs.sources import Axe


class Theme(TextChoices):
    ACCUEIL = "ACCUEIL", "Passages et actes"
    MARAUDES = "MARAUDES", "Maraudes"
    HEBERGEMENT = "HEBERGEMENT", "Hébergement"
    PARCOURS = "PARCOURS", "Personnes et parcours"


@dataclass(frozen=True)
class Indicateur:
    """One figure.

    Args:
        definition: its formula in words.
        mesure: how it is counted; None for a ratio, for what is read from the chain, and for what
            is typed in.
        rapport: the codes of the two figures that a ratio divides, and by how much it multiplies.
            By an axis that the second does not have, whose values are known beforehand, each part
            of the first is divided by the whole of the second.
        chaine: which number of the chain from the street to a room it is.
        axes: what it may be broken down by.
        additif: whether its months add up to its year, and its parts to their total.
        concerne: where it makes sense; elsewhere it is null.
        contributeurs: what is each person's of it, where its rows don't name them.
        font_bouger: who only makes it move, where it is not of persons: few of them are no reason
            to mask it.
        publie: whether it leaves the house; else it is only counted when it is asked for.
        murit: how many days after a period all of it is known; it is published from then on.
        rien: what it is where no row was found; a count is 0, a ratio or a median nothing.
    """

    code: str
    libelle: str
    theme: Theme
    unite: str
    definition: str
    mesure: Mesure | None = None
    rapport: tuple[str, str, int] | None = None
    chaine: Lecture | None = None
    axes: tuple[Axe, ...] = ()
    additif: bool = True
    concerne: Callable[[Portee], bool] = lambda _portee: True
    version: int = 1
    contributeurs: Mesure | None = None
    font_bouger: Mesure | None = None
    publie: bool = True
    murit: int = 0
    rien: int | None = 0

    @property
    def saisi(self) -> bool:
        """Whether it is typed in, and not counted."""
        return self.mesure is None and self.rapport is None and self.chaine is None

    @property
    def de_chacun(self) -> Mesure | None:
        """What is each person's of it, where its rows don't name them."""
        return self.contributeurs or self.font_bouger

    @property
    def de_personnes(self) -> bool:
        """Whether persons are behind it."""
        if self.de_chacun is not None or self.chaine is not None:
            return True
        return self.mesure is not None and self.mesure.source.personne is not None

    @property
    def formule(self) -> str:
        return f"{self.code}-{self.version}"
