"""What a coordinator decides of a stay without a sign: shown before, done by the service."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hebergement import services
from hebergement.models import Absence, ConstatPresence, Sejour
from socle.models import Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import confirmer, soumettre
from tests.factories import AbsenceFactory, ConstatPresenceFactory, PlaceFactory, SejourFactory

pytestmark = pytest.mark.django_db
JOUR = date(2023, 5, 1)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def client(console: Console, coordinatrice: Utilisateur) -> Client:
    return console(coordinatrice)


@pytest.fixture
def sejour() -> Sejour:
    sejour = SejourFactory(
        place=PlaceFactory(site__presences_depuis=date(2023, 1, 1)), arrivee=date(2023, 4, 1)
    )
    ConstatPresenceFactory(sejour=sejour, jour=JOUR - timedelta(days=9))
    return sejour


def decider(client: Client, sejour: Sejour, geste: str, **dit: Any) -> str:
    """What the page says before, then do it."""
    adresse = page(Sejour, geste, sejour.pk)
    avant = client.get(adresse).content.decode()
    assert client.post(adresse, dit).status_code == 302
    sejour.refresh_from_db()
    return avant


def listes(client: Client, presence: str) -> list[tuple[Any, int | None]]:
    """The stays of a filtered list, and for how many days there is no sign of each."""
    reponse: Any = client.get(page(Sejour, "changelist"), {"presence": presence})
    return [(s.pk, s.jours_sans) for s in reponse.context["cl"].result_list]


def test_those_to_decide_on_are_listed(client: Client, sejour: Sejour) -> None:
    SejourFactory()
    assert listes(client, "A_DECIDER") == [(sejour.pk, 9)]
    texte = client.get(page(Sejour, "changelist"), {"presence": "A_DECIDER"}).content.decode()
    assert "Jours sans signe" in texte
    tableau = client.get(reverse("admin:index")).content.decode()
    assert "À décider : 1" in tableau
    assert "9 jours" in tableau
    for filtre in ("ALERTE", "CLOS", "REVUS", "autre"):
        assert client.get(page(Sejour, "changelist"), {"presence": filtre}).status_code == 200


def test_somebody_was_seen(client: Client, sejour: Sejour, coordinatrice: Utilisateur) -> None:
    avant = decider(client, sejour, "present", jour="2023-04-30")
    assert "Dernière présence confirmée : le 22/04/2023 ; jours sans signe : 9." in avant
    constat = ConstatPresence.objects.get(jour="2023-04-30")
    assert (constat.present, constat.auteur) == (True, coordinatrice)
    assert client.get(page(Sejour, "change", sejour.pk)).status_code == 200


def test_somebody_is_away(client: Client, sejour: Sejour) -> None:
    decider(client, sejour, "absent", motif="HOPITAL", debut="2023-04-30", garde_jusqu_au="")
    absence = Absence.objects.get()
    assert absence.garde_jusqu_au == date(2023, 5, 30)
    assert client.get(page(Absence, "change", absence.pk)).status_code == 200


def test_somebody_has_left(client: Client, sejour: Sejour) -> None:
    dit = {"depart": "2023-04-23", "motif_sortie": "PERDU_DE_VUE", "destination": "INCONNUE"}
    avant = client.get(page(Sejour, "parti", sejour.pk)).content.decode()
    montre = client.post(page(Sejour, "parti", sejour.pk), dit)
    sejour.refresh_from_db()
    assert sejour.depart is None
    texte = unescape(montre.content.decode())
    assert f"{sejour.personne} n'a plus {sejour.place} à partir de la nuit du 23/04/2023." in texte
    assert "les nuits depuis sont recomptées" in texte
    assert "Attention" not in texte
    assert confirmer(client, montre, **dit).status_code == 302
    sejour.refresh_from_db()
    # What is supposed of them is filled in.
    assert 'value="2023-04-23"' in avant
    assert sejour.depart == date(2023, 4, 23)
    assert not sejour.cloture_automatique
    assert client.get(page(Sejour, "parti", sejour.pk)).status_code in {302, 403}
    assert client.get(page(Sejour, "rouvrir", sejour.pk)).status_code in {302, 403}


def test_what_the_service_refuses_is_told(client: Client, sejour: Sejour) -> None:
    AbsenceFactory(sejour=sejour, debut=JOUR - timedelta(days=5))
    corps = {"motif": "CONGE", "debut": "2023-05-01", "garde_jusqu_au": ""}
    reponse = client.post(page(Sejour, "absent", sejour.pk), corps)
    assert "Cette personne est déjà absente à ces dates." in reponse.content.decode()
    corps = {"depart": "2023-04-23", "motif_sortie": "AUTRE", "destination": "HOPITAL"}
    reponse = client.post(page(Sejour, "parti", sejour.pk), corps)
    assert "Une absence commence pendant son séjour." in reponse.content.decode()


def test_a_stay_is_reopened(
    console: Console, coordinatrice: Utilisateur, sejour: Sejour, horloge: Any
) -> None:
    horloge.shift(timedelta(days=30))
    client = console(coordinatrice)
    services.clore_les_perdus_de_vue()
    ConstatPresenceFactory(sejour=sejour, jour=JOUR + timedelta(days=29))
    assert listes(client, "CLOS") == listes(client, "REVUS") == [(sejour.pk, None)]
    decider(client, sejour, "rouvrir")
    assert (sejour.depart, sejour.cloture_automatique) == (None, False)


def test_an_absence_is_added_and_corrected(client: Client, sejour: Sejour) -> None:
    ajout = page(Absence, "add")
    dit = {"sejour": str(sejour.pk), "motif": "CONGE", "debut": "2023-04-29"}
    soumettre(client, ajout, **dit, garde_jusqu_au="", fin="")
    absence = Absence.objects.get()
    assert absence.garde_jusqu_au == date(2023, 5, 29)
    fiche = page(Absence, "change", absence.pk)
    soumettre(client, fiche, fin="2023-05-01")
    absence.refresh_from_db()
    assert absence.fin == JOUR
