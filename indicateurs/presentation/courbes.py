"""Small plots that stand in a line of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LARGEUR, HAUTEUR, MARGE = 132, 34, 3
Valeur = int | Decimal | float | None
Valeurs = Sequence[Valeur]


def courbe(valeurs: Valeurs, avant: Valeurs = (), titre: str = "") -> SafeString:
    """An SVG of twelve months above those of the year before; a month that is not there is a gap.

    The same figures stand in a table: to who cannot see it, its title says what it is.
    """
    connues = [float(v) for v in (*valeurs, *avant) if v is not None]
    if not connues:
        return SafeString()
    haut = max(connues) or 1.0
    traits = [
        # A month alone is a dot: a line from itself to itself.
        (classe, " ".join(morceau if len(morceau) > 1 else morceau * 2))
        for classe, serie in (("courbe-avant", avant), ("courbe-annee", valeurs))
        for morceau in _morceaux(serie, haut)
    ]
    return _dessin(titre, format_html_join("", '<polyline class="{}" points="{}"/>', traits))


def barres(valeur: Valeur, avant: Valeur, titre: str = "") -> SafeString:
    """An SVG of a year under the one before, each as long as it is; nothing without both."""
    if valeur is None or avant is None:
        return SafeString()
    haut = float(max(valeur, avant)) or 1.0
    epaisseur = (HAUTEUR - 3 * MARGE) / 2
    traits = [
        (classe, MARGE, f"{MARGE + rang * (epaisseur + MARGE):.1f}",
         f"{max(float(longueur) / haut * (LARGEUR - 2 * MARGE), 1):.1f}", f"{epaisseur:.1f}")
        for rang, (classe, longueur) in enumerate(
            (("barre-avant", avant), ("barre-annee", valeur))
        )
    ]  # fmt: skip
    rectangle = '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
    return _dessin(titre, format_html_join("", rectangle, traits))


def _dessin(titre: str, traits: SafeString) -> SafeString:
    return format_html(
        '<svg class="courbe" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}"><title>{}</title>{}</svg>',
        LARGEUR, HAUTEUR, LARGEUR, HAUTEUR, titre, titre, traits,
    )  # fmt: skip


def _morceaux(serie: Valeurs, haut: float) -> Iterator[list[str]]:
    """The points of a series between its gaps; zero is the bottom, also when nothing is near."""
    pas = (LARGEUR - 2 * MARGE) / max(len(serie) - 1, 1)
    morceau: list[str] = []
    for rang, valeur in enumerate(serie):
        if valeur is None:
            if morceau:
                yield morceau
            morceau = []
            continue
        y = HAUTEUR - MARGE - float(valeur) / haut * (HAUTEUR - 2 * MARGE)
        morceau.append(f"{MARGE + rang * pas:.1f},{y:.1f}")
    if morceau:
        yield morceau
