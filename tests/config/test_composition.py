"""Every command of docker-compose.yml starts, works, tells its health and stops when told to."""

from __future__ import annotations

import gzip
import re
import shelve
from datetime import timedelta

import pytest

from config.serveurs import attendre
from tests.config.composition import DELAI, VARIABLES, Composition, lire

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

SERVICES = {"postgresql", "valkey", "migrations", "web", "worker", "beat"}
UN_SITE = """
from datetime import timedelta
from django.utils.timezone import localdate
from hebergement.models import Place, Site
from socle.models import Organisme, Structure
organisme = Organisme.objects.create(code="o", nom="Organisme")
structure = Structure.objects.create(code="s", nom="S", type="AUTRE", organisme=organisme)
site = Site.objects.create(code="h", nom="Hôtel", structure=structure)
# In bulk: no signal wakes the worker, only beat can.
jour = localdate() - timedelta(days=3)
Place.objects.bulk_create([Place(site=site, libelle="1", ouverte_le=jour)])
"""


def test_every_secret_of_the_file_is_demanded() -> None:
    assert set(lire(VARIABLES)) == SERVICES
    for nom in ("SECRET_KEY", "ALLOWED_HOSTS", "POSTGRES_PASSWORD", "VALKEY_PASSWORD"):
        with pytest.raises(LookupError, match=nom):
            lire(VARIABLES | {nom: ""})


def test_deployment_check_is_clean_in_its_environment(composition: Composition) -> None:
    composition.executer("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert "No planned migration operations" in composition.executer(
        "python", "manage.py", "migrate", "--plan"
    )


def test_web_answers_behind_https(composition: Composition) -> None:
    composition.attendre_la_sante("web")
    statut, corps, _ = composition.demander("/sante/pret/", X_Forwarded_Proto="http")
    assert (statut, corps) == (200, b'{"statut": "ok"}')
    statut, _, entetes = composition.demander("/", X_Forwarded_Proto="http")
    assert (statut, entetes["Location"]) == (301, "https://maraude.example/")
    statut, page, entetes = composition.demander("/")
    assert statut == 200
    assert entetes["Strict-Transport-Security"].startswith("max-age=31536000")
    assert b"coordinatrice" not in page
    assert composition.demander("/", Host="ailleurs.example")[0] == 400


def test_static_files_are_named_by_content_and_compressed(composition: Composition) -> None:
    _, page, _ = composition.demander("/admin/login/")
    feuilles = re.findall(r'href="(/static/[^"]+\.css)"', page.decode())
    assert feuilles
    for feuille in feuilles:
        assert re.search(r"\.[0-9a-f]{12}\.css$", feuille)
        statut, corps, entetes = composition.demander(feuille, Accept_Encoding="gzip")
        assert statut == 200
        assert entetes["Content-Encoding"] == "gzip"
        assert "immutable" in entetes["Cache-Control"]
        fichier = composition.statiques / feuille.removeprefix("/static/")
        assert gzip.decompress(corps) == fichier.read_bytes()


def test_beat_sends_a_task_that_the_worker_executes(composition: Composition) -> None:
    composition.attendre_la_sante("worker")
    assert composition.arreter("beat") == 0
    horaire = composition.dossier / "tmp" / "beat"
    with shelve.open(str(horaire), writeback=True) as ecrit:
        # As if the container had been stopped for an hour.
        for entree in ecrit["entries"].values():
            entree.last_run_at -= timedelta(hours=1)
    composition.python(UN_SITE)
    composition.lancer("beat")
    composition.attendre_la_sante("beat")

    def nuits() -> list[tuple[int, ...]]:
        with composition.base() as connexion:
            return connexion.execute(
                "SELECT theoriques FROM hebergement_occupationnuit ORDER BY jour"
            ).fetchall()

    assert attendre(lambda: nuits() == [(1,)] * 3, DELAI), composition.journal("worker").read_text()


SILENCIEUX = """
from datetime import timedelta
from django.core.cache import cache
from commun.horloge import maintenant
from config.celery import PLANIFICATEUR
cache.set(PLANIFICATEUR, maintenant() - timedelta(minutes=4))
"""


@pytest.mark.parametrize("service", ["web", "worker", "beat", "valkey", "postgresql"])
def test_service_stops_when_told_to_and_comes_back_as_its_check_sees(
    composition: Composition, service: str
) -> None:
    composition.attendre_la_sante(service)
    assert composition.arreter(service) == 0, composition.journal(service).read_text()
    if service == "beat":
        assert composition.sante(service)  # not yet silent for long
        composition.python(SILENCIEUX)
    assert not composition.sante(service)
    # It comes back, from what it left.
    composition.demarrer()
