"""The address of who asks: what our own proxies have seen, never what was told to them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from config.protection import adresse_du_client

PAIR, VISITEUR, PREMIER, FORGEE = "10.0.0.1", "203.0.113.9", "10.0.0.2", "198.51.100.7"


@pytest.mark.parametrize(
    ("mandataires", "entete", "attendue"),
    [
        # Without a proxy, who speaks to us is who asks, whatever they write.
        (0, None, PAIR),
        (0, FORGEE, PAIR),
        # One proxy adds who spoke to it.
        (1, VISITEUR, VISITEUR),
        (1, f"{FORGEE}, {VISITEUR}", VISITEUR),
        (1, f"{FORGEE},{PREMIER},{VISITEUR}", VISITEUR),
        # Two: the first adds the visitor, the second adds the first.
        (2, f"{VISITEUR}, {PREMIER}", VISITEUR),
        (2, f"{FORGEE}, {VISITEUR}, {PREMIER}", VISITEUR),
        (2, f"{FORGEE}, {FORGEE}, {VISITEUR}, {PREMIER}", VISITEUR),
        (2, f"pas une adresse, {VISITEUR}, {PREMIER}", VISITEUR),
        # Fewer than there are proxies: it came another way, and only our peer is sure.
        (1, None, PAIR),
        (2, None, PAIR),
        (2, FORGEE, PAIR),
        # What a proxy of ours would never write.
        (1, f"{VISITEUR}, pas une adresse", None),
        (2, f"{FORGEE}, , {PREMIER}", None),
        (2, f"2001:db8::7, {PREMIER}", "2001:db8::7"),
    ],
)
def test_address_is_the_one_that_our_proxies_have_seen(
    settings: Any, mandataires: int, entete: str | None, attendue: str | None
) -> None:
    settings.MANDATAIRES = mandataires
    entetes = {} if entete is None else {"X-Forwarded-For": entete}
    demande = RequestFactory().get("/", headers=entetes, REMOTE_ADDR=PAIR)
    assert adresse_du_client(demande) == attendue
