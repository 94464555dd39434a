"""Named actors and a client that speaks as one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pgtrigger
import pytest
from django.core.cache import cache
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from hebergement.models import PoidsAttente
from socle.models import Equipe, Jeton, Organisme, Personne, Structure, Utilisateur
from tests.factories import (
    EquipeFactory,
    OrganismeFactory,
    PersonneFactory,
    StructureFactory,
    UtilisateurFactory,
)

# What is slow to start is started once: these files go to one process of pytest, and first. Told by
# file, since the mark `xdist_group` has no effect with the present version of pytest.
ENSEMBLE = {
    "tests/config/test_client.py": "demonstration",
    "tests/config/test_console.py": "demonstration",
    "tests/config/test_demo.py": "demonstration",
    "tests/config/test_sauvegarde.py": "demonstration",
    "tests/config/test_pannes.py": "demonstration",
    "tests/config/test_partenaires.py": "demonstration",
    "tests/config/test_travail.py": "demonstration",
    "tests/config/test_visite.py": "demonstration",
    "tests/config/test_absences.py": "composition",
    "tests/config/test_composition.py": "composition",
    "tests/config/test_journaux.py": "composition",
    "tests/config/test_protections.py": "composition",
    "tests/config/test_silences.py": "composition",
}
Api = Callable[[Utilisateur | None], APIClient]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ParEnsemble(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return ENSEMBLE.get(nodeid.split("::")[0], nodeid)

    return ParEnsemble(config, log)


@pytest.fixture(autouse=True)
def _cache_vide() -> None:
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _vidage_permis() -> Iterator[None]:
    """After a test that commits every table is emptied, also those that refuse it elsewhere."""
    vider = TransactionTestCase._fixture_teardown

    def sans_gardes(test: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            vider(test)

    with pytest.MonkeyPatch.context() as ici:
        ici.setattr(TransactionTestCase, "_fixture_teardown", sans_gardes)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Each test begins with empty tables: what a migration wrote is gone after the first test that
    commits, and would be there or not by the order of the tests."""
    with django_db_blocker.unblock():
        PoidsAttente.objects.all().delete()


@pytest.fixture
def api(db: None) -> Api:
    """`api(actor)` is a client with a token of theirs; `api(None)` has none."""

    def client(utilisateur: Utilisateur | None) -> APIClient:
        client = APIClient()
        if utilisateur is not None:
            secret, _ = Jeton.emettre(utilisateur)
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return client


@pytest.fixture
def organisme(db: None) -> Organisme:
    return OrganismeFactory(code="gaia", nom="Association Gaïa")


@pytest.fixture
def autre_organisme(db: None) -> Organisme:
    return OrganismeFactory(code="autre", nom="Autre association")


@pytest.fixture
def espace_repos(organisme: Organisme) -> Structure:
    return StructureFactory(
        code="espace-repos-chapelle", nom="Espace de repos", organisme=organisme
    )


@pytest.fixture
def autre_structure(autre_organisme: Organisme) -> Structure:
    return StructureFactory(code="autre-accueil", nom="Autre accueil", organisme=autre_organisme)


@pytest.fixture
def equipe(espace_repos: Structure) -> Equipe:
    return EquipeFactory(nom="Maraude de nuit", structure=espace_repos)


@pytest.fixture
def autre_equipe(autre_structure: Structure) -> Equipe:
    return EquipeFactory(nom="Maraude d'ailleurs", structure=autre_structure)


@pytest.fixture
def intervenante(organisme: Organisme, espace_repos: Structure) -> Utilisateur:
    return UtilisateurFactory(
        identifiant="intervenante", organisme=organisme, structures=[espace_repos]
    )


@pytest.fixture
def soignante(organisme: Organisme, espace_repos: Structure) -> Utilisateur:
    return UtilisateurFactory(
        identifiant="soignante", soignant=True, organisme=organisme, structures=[espace_repos]
    )


@pytest.fixture
def coordinatrice(organisme: Organisme) -> Utilisateur:
    return UtilisateurFactory(identifiant="coordinatrice", coordinateur=True, organisme=organisme)


@pytest.fixture
def ars(db: None) -> Utilisateur:
    return UtilisateurFactory(identifiant="ars", partenaire=True)


@pytest.fixture
def ville(db: None) -> Utilisateur:
    return UtilisateurFactory(identifiant="ville", partenaire=True)


@pytest.fixture
def administratrice(db: None) -> Utilisateur:
    return UtilisateurFactory(identifiant="administratrice", administrateur=True)


@pytest.fixture
def intervenante_ailleurs(autre_organisme: Organisme, autre_structure: Structure) -> Utilisateur:
    return UtilisateurFactory(
        identifiant="intervenante-ailleurs",
        organisme=autre_organisme,
        structures=[autre_structure],
    )


@pytest.fixture
def soignante_ailleurs(autre_organisme: Organisme, autre_structure: Structure) -> Utilisateur:
    return UtilisateurFactory(
        identifiant="soignante-ailleurs",
        soignant=True,
        organisme=autre_organisme,
        structures=[autre_structure],
    )


@pytest.fixture
def coordinatrice_ailleurs(autre_organisme: Organisme) -> Utilisateur:
    return UtilisateurFactory(
        identifiant="coordinatrice-ailleurs", coordinateur=True, organisme=autre_organisme
    )


@pytest.fixture
def personne(organisme: Organisme) -> Personne:
    return PersonneFactory(pseudonyme="Moineau", genre="F", organisme=organisme)


@pytest.fixture
def personne_ailleurs(autre_organisme: Organisme) -> Personne:
    return PersonneFactory(pseudonyme="Hirondelle", organisme=autre_organisme)
