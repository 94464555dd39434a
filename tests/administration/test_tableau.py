"""The first page of the admin tells what is of today, and the day of a night centre is its own."""

from __future__ import annotations

from datetime import datetime

import pytest
import time_machine
from django.urls import reverse

from commun.horloge import PARIS
from hebergement import services
from socle.models import Organisme, Structure, Utilisateur
from tests.administration.conftest import Console
from tests.factories import (
    DemandeHebergementFactory,
    PassageFactory,
    PlaceFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db


def a_paris(texte: str) -> datetime:
    return datetime.fromisoformat(texte).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("heure", "attendus"),
    [
        # Of the night that began in the evening: three came, one has left. The day centre's own day
        # has begun at midnight.
        ("2026-03-10T02:30", {"Accueil de jour": (1, 1), "Accueil de nuit": (2, 3)}),
        # That night is over, another has begun.
        ("2026-03-10T06:30", {"Accueil de jour": (1, 1), "Accueil de nuit": (1, 1)}),
    ],
    ids=["avant la bascule", "après la bascule"],
)
def test_night_centre_shows_the_visits_of_its_own_day(
    console: Console,
    coordinatrice: Utilisateur,
    organisme: Organisme,
    heure: str,
    attendus: dict[str, tuple[int, int]],
) -> None:
    jour: Structure = StructureFactory(nom="Accueil de jour", organisme=organisme)
    nuit: Structure = StructureFactory(
        nom="Accueil de nuit", organisme=organisme, accueil_de_nuit=True
    )
    for structure, arrivee in (
        (jour, "2026-03-09T15:00"),
        (jour, "2026-03-10T00:30"),
        (nuit, "2026-03-08T23:00"),
        (nuit, "2026-03-09T05:59"),
        (nuit, "2026-03-09T23:30"),
        (nuit, "2026-03-10T02:00"),
    ):
        PassageFactory(structure=structure, survenu_le=a_paris(arrivee))
    parti = PassageFactory(structure=nuit, survenu_le=a_paris("2026-03-09T22:00"))
    parti.parti_le = a_paris("2026-03-10T01:00")
    parti.save()
    if heure > "2026-03-10T06:00":
        PassageFactory(structure=nuit, survenu_le=a_paris("2026-03-10T06:05"))

    with time_machine.travel(a_paris(heure), tick=False):
        reponse = console(coordinatrice).get("/admin/")
    accueils = reponse.context["tableau"]["accueils"]
    assert {str(s.nom): (presents, venus) for s, presents, venus in accueils} == attendus
    presents, _ = attendus["Accueil de nuit"]
    ligne = f"{presents} personne{'s' * (presents > 1)} pour {nuit.capacite} places"
    assert ligne in reponse.content.decode()


def test_who_is_next_for_a_place_that_nobody_answered_for(
    console: Console, coordinatrice: Utilisateur
) -> None:
    """A task ends it in the night; the coordinator finds it in the morning, one click away."""
    with time_machine.travel(a_paris("2026-03-09T10:00"), tick=False) as horloge:
        place = PlaceFactory(libelle="12 bis")
        services.proposer(demande=DemandeHebergementFactory(), place=place, auteur=None)
        suivante = DemandeHebergementFactory()
        client = console(coordinatrice)
        adresse = reverse("admin:hebergement_demandehebergement_proposer", args=[suivante.pk])
        lien = f'href="{adresse}?place={place.pk}"'
        assert lien not in client.get("/admin/").content.decode()
        horloge.move_to(a_paris("2026-03-11T10:00"))
        services.expirer_les_perimees()
        page = console(coordinatrice).get("/admin/").content.decode()
        assert lien in page
        assert "rendue le 11 mars" in page
