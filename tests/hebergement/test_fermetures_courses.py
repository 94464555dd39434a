"""A closure against who is given a place there, and a process that dies: all of it or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction

from commun.api.errors import Conflit
from commun.models import uuid7
from config.serveurs import attendre
from hebergement import services
from hebergement.models import Fermeture, Sejour
from tests.concurrence import Fil, attendre_bloques, courir
from tests.factories import PersonneFactory, PlaceFactory, SejourFactory, SiteFactory

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = "hebergement_place"
DEBUT = date(2023, 5, 10)
FERMER = """
import sys
import django
django.setup()
from datetime import date
from uuid import UUID
from hebergement import services
from hebergement.models import Site
site, uuid = sys.argv[1:]
portee = services.Portee(Site.objects.get(pk=site), date(2023, 5, 10))
services.fermer_des_places(
    uuid=UUID(uuid), portee=portee, motif="Travaux", auteur=None,
    empreinte=services.planifier(portee).empreinte,
)
"""


@pytest.fixture
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def essayer(appel: Callable[[], Any]) -> Any:
    try:
        return appel()
    except Conflit as refus:
        return refus


@pytest.mark.usefixtures("horloge")
@pytest.mark.parametrize("d_abord", ["fermer", "attribuer"])
@pytest.mark.parametrize("ou", ["qui ferme", "prévue"])
def test_a_closure_against_an_attribution(d_abord: str, ou: str) -> None:
    """On a place that closes, or on the one that the plan has for somebody."""
    site = SiteFactory()
    occupee, vide, prevue = PlaceFactory(site=site), PlaceFactory(site=site), PlaceFactory()
    sejour = SejourFactory(place=occupee, arrivee=date(2023, 4, 1))
    portee = services.Portee(site, DEBUT)
    disputee = vide if ou == "qui ferme" else prevue
    appels: dict[str, Callable[[], Any]] = {
        "fermer": partial(
            services.fermer_des_places, uuid=uuid7(), portee=portee, motif="Travaux", auteur=None,
            empreinte=services.planifier(portee).empreinte,
        ),
        "attribuer": partial(
            services.attribuer, place=disputee, personne=PersonneFactory(),
            arrivee=date(2023, 5, 1), auteur=None,
        ),
    }  # fmt: skip
    noms = sorted(appels, key=lambda nom: nom != d_abord)
    issues = dict(
        zip(noms, courir([partial(essayer, appels[nom]) for nom in noms], PLACES, disputee.pk),
            strict=True)
    )  # fmt: skip
    gagne = [nom for nom, issue in issues.items() if not isinstance(issue, Conflit)]
    assert len(gagne) == 1
    if gagne == ["fermer"]:
        assert Fermeture.objects.count() == 2
        assert Sejour.objects.get(suite_de=sejour).place == prevue
    else:
        assert not Fermeture.objects.exists()
        assert not Sejour.objects.filter(suite_de=sejour).exists()
        assert issues["fermer"].membres["plan"]


@pytest.mark.usefixtures("horloge")
def test_a_plan_that_is_again_the_one_shown_is_not_the_one_locked() -> None:
    """While the closure waits, the place of the plan that was shown is free again: the plan is as
    it was read, yet what was locked is the other place."""
    site = SiteFactory()
    sejour = SejourFactory(place=PlaceFactory(site=site), arrivee=date(2023, 4, 1))
    PlaceFactory.create_batch(2)
    portee = services.Portee(site, DEBUT)
    montre = services.planifier(portee)
    (ligne,) = montre.relogements
    intrus = SejourFactory(place=ligne.vers, arrivee=date(2023, 5, 1))
    entre = services.planifier(portee)
    assert entre.relogements[0].vers != ligne.vers
    with transaction.atomic():
        list(type(sejour.place).objects.select_for_update().filter(pk=sejour.place_id))
        fermeture = Fil(
            partial(
                essayer,
                partial(
                    services.fermer_des_places, uuid=uuid7(), portee=portee, motif="Travaux",
                    auteur=None, empreinte=montre.empreinte,
                ),
            )
        )  # fmt: skip
        attendre_bloques(1)
        intrus.delete()
    refus = fermeture.resultat()
    assert isinstance(refus, Conflit), refus
    assert refus.membres["plan"]["empreinte"] == montre.empreinte
    assert not Fermeture.objects.exists()
    assert not Sejour.objects.filter(suite_de=sejour).exists()


def test_a_process_killed_in_the_middle_has_done_nothing() -> None:
    """Everybody has moved, no closure is written yet; then all of it, by another process."""
    site = SiteFactory()
    sejours = [
        SejourFactory(place=PlaceFactory(site=site), arrivee=date(2023, 4, 1)) for _ in range(3)
    ]
    PlaceFactory.create_batch(3)
    avant = list(Sejour.objects.order_by("pk").values())
    url = urlsplit(os.environ["DATABASE_URL"])
    base = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    commande = [sys.executable, "-c", FERMER, str(site.pk), str(uuid7())]
    lancer = {"cwd": settings.BASE_DIR, "env": os.environ | {"DATABASE_URL": base}}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE hebergement_fermeture IN SHARE MODE")
        with subprocess.Popen(commande, **lancer) as mourant:  # type: ignore[call-overload]
            attendre_bloques(1)
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock' AND backend_type = 'client backend'"
            )
            ((pid, requete),) = cursor.fetchall()
            assert requete.startswith('INSERT INTO "hebergement_fermeture"')
            mourant.send_signal(signal.SIGKILL)
        assert mourant.returncode == -signal.SIGKILL

    def partie() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid])
            return not cursor.fetchall()

    assert attendre(partie, 60)
    assert list(Sejour.objects.order_by("pk").values()) == avant
    assert not Fermeture.objects.exists()
    subprocess.run(commande, check=True, **lancer)  # type: ignore[call-overload]
    assert Fermeture.objects.count() == 3
    assert Sejour.objects.filter(suite_de__in=sejours).count() == 3
