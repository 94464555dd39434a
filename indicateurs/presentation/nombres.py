"""Numbers as they are written in French."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from indicateurs.catalogue import TOUS_PAR_CODE

INSECABLE = "\N{NO-BREAK SPACE}"
DIXIEME = Decimal("0.1")


def nombre(valeur: int) -> str:
    """A whole number with French thousands, kept on one line."""
    return f"{valeur:,}".replace(",", INSECABLE)


def accorder(valeur: int, mot: str) -> str:
    return f"{nombre(valeur)} {mot}{'s' if valeur > 1 else ''}"


def est_un_taux(code: str) -> bool:
    """Rates are fractions."""
    return TOUS_PAR_CODE[code].unite == "taux"


def decimal_lisible(valeur: float) -> str:
    """`12.25` → « 12,3 »."""
    return _decimal(Decimal(str(valeur)))


def _decimal(valeur: Decimal) -> str:
    """One decimal, half-up, with a comma; none when it is a zero."""
    arrondie = valeur.quantize(DIXIEME, ROUND_HALF_UP)
    entiere, _, decimale = str(abs(arrondie)).partition(".")
    texte = nombre(int(entiere)) + (f",{decimale}" if decimale != "0" else "")
    return f"\N{MINUS SIGN}{texte}" if arrondie < 0 else texte


def _signe(texte: str, valeur: int | Decimal) -> str:
    """A difference shows its sign, unless it rounds to nothing."""
    return f"+{texte}" if valeur > 0 and texte.strip("0,") else texte


def valeur_lisible(code: str, valeur: int | Decimal | None) -> str:
    """`36741` → « 36 741 », a rate of `0.9341` → « 93,4 % », None → nothing."""
    if valeur is None:
        return ""
    if est_un_taux(code):
        return f"{_decimal(Decimal(valeur) * 100)}{INSECABLE}%"
    return nombre(int(valeur))


def ecart_lisible(code: str, ecart: int | Decimal | None) -> str:
    """`5500` → « +5 500 »; between two rates, points: `-0.0045` → « −0,5 point »."""
    if ecart is None:
        return ""
    if not est_un_taux(code):
        return _signe(_decimal(Decimal(ecart)), ecart)
    points = Decimal(ecart) * 100
    # In French two begins the plural: « 1,5 point ».
    mot = "points" if abs(points.quantize(DIXIEME, ROUND_HALF_UP)) >= 2 else "point"
    return f"{_signe(_decimal(points), points)}{INSECABLE}{mot}"


def evolution_lisible(code: str, ecart_pct: Decimal | None) -> str:
    """`17.6051` → « +17,6 % ». Rates are compared in points only."""
    if ecart_pct is None or est_un_taux(code):
        return ""
    return f"{_signe(_decimal(ecart_pct), ecart_pct)}{INSECABLE}%"
