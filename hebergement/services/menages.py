"""Households: whoever is accommodated together, under one name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commun.horloge import aujourd_hui
from hebergement.models import Menage


def avec_menage(champs: Mapping[str, Any]) -> dict[str, Any]:
    """What a device sent, with the household that it calls by a uuid: the first who says it makes
    it. Its label names nobody."""
    dit = dict(champs)
    if "menage_id" in dit:
        cle = dit.pop("menage_id")
        dit["menage"] = (
            cle
            and Menage.objects.get_or_create(
                pk=cle, defaults={"libelle": f"Ménage du {aujourd_hui():%d/%m/%Y}"}
            )[0]
        )
    return dit
