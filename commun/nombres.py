"""How figures are rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def arrondir(valeur: Decimal) -> Decimal:
    """Half-up to four decimals, as every rate of the service."""
    return valeur.quantize(Decimal("0.0001"), ROUND_HALF_UP)
