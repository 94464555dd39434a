"""One demonstration and one deployment for all the tests that need them: they are slow to start.

The files that use them are named in `tests/conftest.py`, so that one process of pytest has them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.config.composition import Composition
from tests.config.demonstration import Demonstration


@pytest.fixture(scope="session")
def demonstration_chargee() -> Iterator[Demonstration]:
    demonstration = Demonstration()
    yield demonstration
    demonstration.detruire()


@pytest.fixture
def demonstration(demonstration_chargee: Demonstration) -> Demonstration:
    """A demonstration that runs, whatever the test before has done to it."""
    demonstration_chargee.demarrer()
    return demonstration_chargee


@pytest.fixture(scope="session")
def composition_preparee() -> Iterator[Composition]:
    composition = Composition()
    yield composition
    composition.detruire()


@pytest.fixture
def composition(composition_preparee: Composition) -> Composition:
    """The services of docker-compose.yml, all of them up."""
    composition_preparee.demarrer()
    return composition_preparee
