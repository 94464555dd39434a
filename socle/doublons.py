"""How alike two files are, and why: one weighing for a new file and for the list of duplicates.

What a reader may not read of both files weighs nothing, in the selection either: a list that came
and went with a birth year would tell it. Of such a pair only the pseudonyms count.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db.models import FloatField, Func, IntegerField, TextField

from socle.enums import Genre, Raison

# Of 100: what makes two files suspect, and what makes them probably one.
SEUIL, SEUIL_PROBABLE = 60, 85
# Trigrams shared by two pseudonyms: below, the rest is not looked at (which the view of duplicates
# says once more); alone, it takes more.
PROXIMITE, PROXIMITE_SEULE = 0.5, 0.8
ECART_D_ANNEES = 2


class CleDePseudonyme(Func):
    """A pseudonym without its accents and capitals: what two ways of writing it share."""

    function = "socle_cle_de_pseudonyme"
    output_field = TextField()


class Proximite(Func):
    """The share of their trigrams that two texts have in common, 0 to 1."""

    function = "similarity"
    output_field = FloatField()


class Ressemblance(Func):
    """`socle_ressemblance(proximite, years, genders, coincidences)`: 0 to 100; 0 where they
    contradict each other."""

    function = "socle_ressemblance"
    output_field = IntegerField()


def raisons(
    proximite: float, une: Any, autre: Any, *, complet: bool, coincidences: int = 0
) -> list[Raison]:
    """Why, as far as a reader may know who reads both files whole, or not."""
    # « Sasa » and « Sasasa » have the same trigrams, and are two names.
    identiques = proximite >= 1 and _sans_accents(une.pseudonyme) == _sans_accents(autre.pseudonyme)
    trouvees = [Raison.PSEUDONYME_IDENTIQUE if identiques else Raison.PSEUDONYME_PROCHE]
    if not complet:
        return trouvees
    if une.annee_naissance is not None and autre.annee_naissance is not None:
        ecart = abs(une.annee_naissance - autre.annee_naissance)
        if ecart <= ECART_D_ANNEES:
            trouvees.append(Raison.ANNEE_PROCHE if ecart else Raison.MEME_ANNEE)
    if une.genre == autre.genre != Genre.NON_RENSEIGNE:
        trouvees.append(Raison.MEME_GENRE)
    if coincidences:
        trouvees.append(Raison.MEMES_LIEUX)
    return trouvees


def _sans_accents(pseudonyme: str) -> str:
    lettres = unicodedata.normalize("NFKD", pseudonyme.casefold())
    return "".join(lettre for lettre in lettres if not unicodedata.combining(lettre)).strip()
