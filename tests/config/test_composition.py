"""Every command of docker-compose.yml starts, works, tells its health and stops when told to."""

from __future__ import annotations

import gzip
import re
import shelve
import stat
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.serveurs import attendre
from tests.config.composition import DELAI, VARIABLES, Composition, lire
from tests.config.demonstration import RACINE
from tests.config.photographie import CATALOGUE, photographier

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
                "SELECT n.theoriques FROM hebergement_occupationnuit n "
                "JOIN hebergement_site s ON s.uuid = n.site_id WHERE s.code = 'h' ORDER BY n.jour"
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


def test_postgresql_is_not_ready_while_only_its_socket_answers(
    composition: Composition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the first start of its image, which listens to nobody else before all is made."""
    composition.arreter("postgresql")
    with monkeypatch.context() as amorce:
        declare = composition.services["postgresql"]
        amorce.setitem(declare, "command", [*declare["command"], "-c", "listen_addresses="])
        composition.lancer("postgresql")

    def repond() -> bool:
        try:
            composition.base().close()
        except psycopg.OperationalError:
            return False
        return True

    assert attendre(repond, DELAI)
    assert not composition.sante("postgresql")
    composition.arreter("postgresql")
    composition.demarrer()


def test_migrations_pass_once_and_a_second_time_change_nothing(composition: Composition) -> None:
    def etat() -> dict[str, Any]:
        """What migrations write; the rest lives on meanwhile."""
        with composition.base() as connexion:
            photo = photographier(connexion)
        tables = ("django_migrations", "django_content_type", "auth_permission")
        ecrites = {f"lignes de {table}" for table in tables}
        return {nom: photo[nom] for nom in {*CATALOGUE, *ecrites} - {"séquences"}}

    avant = etat()
    migrations = composition.lancer("migrations", "seconde")
    assert migrations.wait(timeout=DELAI) == 0
    assert "No migrations to apply." in composition.journal("seconde").read_text()
    assert etat() == avant


def blocs(titre: str) -> list[str]:
    """The commands that the guide gives under this title."""
    guide = (RACINE / "docs" / "exploitation.md").read_text()
    partie = guide.split(f"## {titre}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^```sh\n(.*?)^```$", partie, re.MULTILINE | re.DOTALL)


def test_guide_saves_and_restores(composition: Composition, tmp_path: Path) -> None:
    def taper(commandes: str) -> None:
        subprocess.run(
            ["sh", "-c", f"set -e\n{commandes}"],
            cwd=tmp_path,
            env=composition.environnement("postgresql"),
            check=True,
        )

    for service in ("beat", "worker"):  # they write when they like
        composition.arreter(service)
    with composition.base() as connexion:
        avant = photographier(connexion)
    (sauver,) = blocs("Sauvegarder avec Docker Compose")
    taper(sauver)
    (fichier,) = (tmp_path / "sauvegardes").iterdir()
    assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
    with composition.base() as connexion:
        connexion.execute("UPDATE socle_organisme SET nom = 'Abîmé'")

    a_cote, echanger = blocs("Restaurer avec Docker Compose")
    taper(a_cote)
    arret, echange, marche = echanger.splitlines()
    assert arret == "docker compose stop web worker beat"
    composition.arreter("web")
    taper(echange)
    with composition.base() as connexion:
        assert photographier(connexion) == avant
    assert marche == "docker compose up -d"
    composition.lancer("web")
    composition.attendre_la_sante("web")
