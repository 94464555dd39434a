"""One demonstration for all the tests that need one: loading it takes half a minute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.config.demonstration import Demonstration


@pytest.fixture(scope="session")
def demonstration_chargee() -> Iterator[Demonstration]:
    demonstration = Demonstration()
    yield demonstration
    demonstration.detruire()


@pytest.fixture
def demonstration(demonstration_chargee: Demonstration) -> Demonstration:
    """A demonstration that runs, whatever the test before has done to it.

    Its tests carry `xdist_group("demonstration")`: one process of pytest runs them all.
    """
    demonstration_chargee.demarrer()
    return demonstration_chargee
