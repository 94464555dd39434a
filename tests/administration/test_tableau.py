"""The first page of the admin tells what is of today, and the day of a night centre is its own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.urls import reverse

from commun.horloge import PARIS
from hebergement import services
from hebergement.enums import TypePlace
from hebergement.models import DemandeHebergement
from socle.models import Organisme, Structure, Utilisateur
from tests.administration.conftest import Console
from tests.factories import (
    DemandeHebergementFactory,
    FermetureFactory,
    PassageFactory,
    PlaceFactory,
    SejourFactory,
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


def test_who_is_next_for_a_place_that_came_free(
    console: Console, coordinatrice: Utilisateur
) -> None:
    """A task ends a proposition in the night: the coordinator finds it in the morning, one click
    away; each place with its own, the last that came free first."""
    with time_machine.travel(a_paris("2026-03-09T10:00"), tick=False) as horloge:
        tenue, quittee, fermee = (
            PlaceFactory(libelle=libelle, ouverte_le=date(2025, 1, 1), plain_pied=plain_pied)
            for libelle, plain_pied in (("Tenue", False), ("Quittée", True), ("Fermée", False))
        )
        PlaceFactory(type=TypePlace.LHSS, libelle="Seule", ouverte_le=date(2025, 6, 1))
        SejourFactory(place=quittee, arrivee=date(2026, 1, 1), depart=date(2026, 3, 1))
        FermetureFactory(place=fermee, debut=date(2026, 1, 1), fin=date(2026, 2, 1))
        premiere = DemandeHebergementFactory()
        services.proposer(demande=premiere, place=tenue, auteur=None)
        en_fauteuil = DemandeHebergementFactory(plain_pied=True, demandee_le=date(2023, 2, 1))
        autre = DemandeHebergementFactory(demandee_le=date(2023, 3, 1))
        attendues = [(quittee, en_fauteuil), (fermee, autre)]

        def montrees() -> list[Any]:
            page = console(coordinatrice).get("/admin/")
            lignes = page.context["tableau"]["a_proposer"]
            demandes = DemandeHebergement.objects.in_bulk()
            dites = [(place, s and demandes[UUID(s["demande"])]) for place, s in lignes]
            for place, demande in dites:
                if demande is not None:
                    adresse = reverse(
                        "admin:hebergement_demandehebergement_proposer", args=[demande.pk]
                    )
                    lien = f'href="{adresse}?place={place.pk}">{demande.personne}</a>'
                    assert lien in page.content.decode()
            assert [(p.libelle, d) for p, d in dites[-1:]] == [("Seule", None)]
            return dites[:-1]

        assert montrees() == attendues
        horloge.move_to(a_paris("2026-03-12T10:00"))
        services.expirer_les_perimees()
        # Who has just let it pass is first for the others.
        assert montrees() == [(tenue, autre), (quittee, premiere), (fermee, None)]
        # Nobody is said twice, though they ask twice; nor a place that can't be held so long.
        DemandeHebergementFactory(
            personne=premiere.personne, structure=StructureFactory(), demandee_le=date(2023, 1, 1)
        )
        SejourFactory(place=fermee, arrivee=date(2026, 3, 13))
        dites = montrees()
        assert [place for place, _ in dites] == [tenue, quittee]
        assert [demande and demande.personne for _, demande in dites] == [
            autre.personne, premiere.personne
        ]  # fmt: skip
