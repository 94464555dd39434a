"""What a partner's perimeter may name."""

from __future__ import annotations

from ipaddress import ip_network

from django.core.exceptions import ValidationError


def valider_une_adresse(texte: str) -> None:
    """An address, or a network without host bits."""
    try:
        ip_network(texte)
    except ValueError:
        raise ValidationError(f"« {texte} » n'est ni une adresse ni un réseau.") from None


def valider_un_indicateur(code: str) -> None:
    from indicateurs.catalogue import TOUS_PAR_CODE  # it counts rows of models

    if code not in TOUS_PAR_CODE:
        raise ValidationError(f"« {code} » n'est le code d'aucun indicateur.")
    if not TOUS_PAR_CODE[code].publie:
        raise ValidationError(f"« {code} » ne se publie pas : un partenaire n'en lirait rien.")
