"""From the street to a room: each step, against a recount person by person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
import time_machine

from commun.horloge import aujourd_hui
from contacts.models import Contact
from coordination.models import Orientation
from coordination.services import rapprocher_marques
from hebergement.models import Sejour
from indicateurs.chaine import JOURS, Etape, chaine
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from socle.models import Structure
from tests.factories import (
    EquipeFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.monde import Monde
from tests.indicateurs.naif import date_de, jour_du_contact

pytestmark = pytest.mark.django_db
SOIR = datetime(2023, 5, 10, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def recompter(periode: Periode, structure: Structure | None) -> list[tuple[int, int, Any, int]]:
    """Number, of how many, delay and those who wait, of each step."""
    vues: dict[Any, datetime] = {}
    for contact in Contact.objects.all():
        dedans = periode.debut <= jour_du_contact(contact) < periode.fin
        ici = structure is None or contact.structure == structure
        vue = contact.cadre == "MARAUDE" and contact.issue == "ECHANGE" and contact.personne_id
        if vue and dedans and ici:
            deja = vues.get(contact.personne_id, contact.survenu_le)
            vues[contact.personne_id] = min(deja, contact.survenu_le)
    delais: list[int] = []
    voyages: list[int] = []
    arrivees = attendent = 0
    chambres: list[tuple[date, Sejour]] = []
    for cle, premiere_fois in vues.items():
        siennes = [
            o for o in Orientation.objects.filter(personne=cle)
            if o.statut != "ANNULEE" and o.survenu_le >= premiere_fois
        ]  # fmt: skip
        if siennes:
            premiere = min(o.survenu_le for o in siennes)
            delais.append((date_de(premiere) - date_de(premiere_fois)).days)
        venues = []
        for o in siennes:
            if o.arrivee_contact is not None:
                venues.append((date_de(o.arrivee_contact.survenu_le), o.survenu_le))
            elif o.arrivee_sejour is not None:
                venues.append((o.arrivee_sejour.arrivee, o.survenu_le))
        if venues:
            arrivees += 1
            jour, orientee = min(venues)
            voyages.append((jour - date_de(orientee)).days)
        elif any(o.statut == "EN_COURS" for o in siennes):
            attendent += 1
        sejours = [o.arrivee_sejour for o in siennes if o.arrivee_sejour is not None]
        if sejours:
            premier = min(sejours, key=lambda s: s.arrivee)
            chambres.append((premier.arrivee, premier))
    etapes: list[tuple[int, int, Any, int]] = [
        (len(vues), len(vues), None, 0),
        (len(delais), len(vues), median(delais) if delais else None, 0),
        (arrivees, len(delais), median(voyages) if voyages else None, attendent),
        (len(chambres), arrivees, None, 0),
    ]
    for jours in JOURS:
        presentes = attente = 0
        for arrivee, sejour in chambres:
            nuit = arrivee + timedelta(days=jours)
            if nuit >= aujourd_hui():
                attente += 1
                continue
            dernier = sejour
            while suite := Sejour.objects.filter(suite_de=dernier).first():
                dernier = suite
            presentes += dernier.depart is None or dernier.depart > nuit
        etapes.append((presentes, len(chambres), None, attente))
    return etapes


def lue(etapes: Any) -> list[tuple[int, int, Any, int]]:
    return [(e.nombre, e.parmi, e.delai, e.en_attente) for e in etapes]


@pytest.mark.parametrize("graine", range(3))
def test_each_step_is_the_naive_recount_s(graine: int) -> None:
    monde = Monde(graine)
    vues = 0
    for structure in (None, *monde.structures):
        for annee in (2022, 2023, 2024):
            periode = Periode.annee(annee)
            trouvee = lue(chaine(periode, Portee(structure)))
            assert trouvee == recompter(periode, structure), (structure, annee)
            vues += trouvee[1][0]
    assert vues > 0


@pytest.fixture
def rue(espace_repos: Structure) -> Any:
    """`rue(personne, when)`: met by a round of the structure."""
    equipe = EquipeFactory(structure=espace_repos)

    def rencontrer(personne: Any, quand: datetime = SOIR) -> None:
        maraude = MaraudeFactory(
            equipe=equipe, debut_le=quand, fin_le=quand + timedelta(hours=3), statut="CLOTUREE"
        )
        RencontreFactory(maraude=maraude, personne=personne, survenu_le=quand)

    return rencontrer


def test_a_transfer_is_no_loss_and_what_is_not_over_neither(
    rue: Any, espace_repos: Structure, horloge: Any
) -> None:
    hotel = SiteFactory(structure=StructureFactory(type="CHU"))
    for jours, depart in ((0, date(2023, 5, 15)), (1, None), (2, date(2023, 8, 20))):
        personne, quand = PersonneFactory(), SOIR + timedelta(days=jours)
        rue(personne, quand)
        OrientationFactory(
            personne=personne, structure_origine=espace_repos, structure=hotel.structure,
            survenu_le=quand + timedelta(days=1), saisi_le=quand,
        )  # fmt: skip
        sejour = SejourFactory(
            place=PlaceFactory(site=hotel), personne=personne, arrivee=date(2023, 5, 13),
            depart=depart if depart != date(2023, 8, 20) else date(2023, 6, 1),
        )  # fmt: skip
        if depart == date(2023, 8, 20):
            SejourFactory(
                place=PlaceFactory(site=hotel), personne=personne, arrivee=date(2023, 6, 1),
                depart=depart, suite_de=sejour,
            )  # fmt: skip
    perdue = PersonneFactory()
    rue(perdue)
    rapprocher_marques()
    periode, portee = Periode.annee(2023), Portee(espace_repos)
    etapes = chaine(periode, portee)
    assert [(e.nombre, e.perdues) for e in etapes] == [
        (4, 0), (3, 1), (3, 0), (3, 0), (2, 1), (2, 1), (2, 1)
    ]  # fmt: skip
    assert etapes[1].delai == 1
    # On the 20th of May nobody has been there for 30 days: they are lost to nobody yet.
    horloge.move_to(datetime(2023, 5, 21, 11, tzinfo=UTC))
    avant = chaine(Periode(date(2023, 5, 1), date(2023, 5, 21)), portee)
    assert [(e.nombre, e.perdues, e.en_attente) for e in avant[4:]] == [
        (2, 1, 0), (0, 0, 3), (0, 0, 3)
    ]  # fmt: skip


def test_an_arrival_at_a_day_centre_is_no_room(rue: Any, espace_repos: Structure) -> None:
    personne, centre = PersonneFactory(), StructureFactory(type="CSAPA")
    rue(personne)
    OrientationFactory(
        personne=personne, structure_origine=espace_repos, structure=centre,
        survenu_le=SOIR + timedelta(hours=1), saisi_le=SOIR,
    )  # fmt: skip
    PassageFactory(structure=centre, personne=personne, survenu_le=SOIR + timedelta(days=3))
    rapprocher_marques()
    etapes = chaine(Periode.annee(2023), Portee())
    assert [e.nombre for e in etapes[:4]] == [1, 1, 1, 0]
    assert etapes[2].delai == 3


def test_nobody_met_is_nobody_lost() -> None:
    assert chaine(Periode.annee(2023), Portee())[0] == Etape("Rencontrées en maraude", 0, 0)
    assert {e.perdues for e in chaine(Periode.annee(2023), Portee())} == {0}
