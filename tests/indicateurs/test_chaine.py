"""From the street to a room: each step, against a recount person by person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from coordination.services import rapprocher_marques
from indicateurs.calcul import compter
from indicateurs.catalogue import INDICATEURS
from indicateurs.catalogue.chaine import DE_LA_CHAINE
from indicateurs.chaine import Chaine, Etape, chaines
from indicateurs.perimetres import Portee
from indicateurs.periodes import Pas, Periode
from indicateurs.series import calculer_series
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
from tests.indicateurs.naif import jour_du_contact
from tests.indicateurs.naif_chaine import Compte, suivre

pytestmark = pytest.mark.django_db
SOIR = datetime(2023, 5, 10, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def recompter(periode: Periode, structure: Structure | None) -> dict[str, Compte]:
    rencontres = [
        contact
        for contact in Contact.objects.filter(
            cadre="MARAUDE", issue="ECHANGE", personne__isnull=False
        )
        if periode.debut <= jour_du_contact(contact) < periode.fin
        and (structure is None or contact.structure == structure)
    ]
    return suivre((contact.personne_id, contact.survenu_le) for contact in rencontres)


def lue(chaine: Chaine) -> dict[str, Compte]:
    return {
        nom: Compte(e.nombre, e.parmi, e.delai, e.en_attente) for nom, e in chaine.items()
    }  # fmt: skip


def de_2023(portee: Portee) -> list[Etape]:
    (chaine,) = chaines([Periode.annee(2023)], portee)
    return list(chaine.values())


@pytest.mark.parametrize("graine", range(3))
def test_each_step_is_the_naive_recount_s(graine: int) -> None:
    """Of several periods at once: years, one of their months, and no day at all."""
    monde = Monde(graine)
    jamais = Periode(date(2023, 6, 5), date(2023, 6, 5))
    juin = Periode(date(2023, 6, 1), date(2023, 7, 1), entiere=True)
    periodes = [juin, *(Periode.annee(annee) for annee in (2022, 2023, 2024)), jamais]
    vues = 0
    for structure in (None, *monde.structures):
        trouvees = [lue(chaine) for chaine in chaines(periodes, Portee(structure))]
        assert trouvees == [recompter(periode, structure) for periode in periodes], structure
        vues += trouvees[2]["orientees"].nombre
    assert vues > 0


def test_one_statement_whatever_the_number_of_periods() -> None:
    Monde(0)
    jours = [date(2023, mois, 1) for mois in range(1, 13)]
    mois = [Periode(*deux) for deux in pairwise(jours)]
    for periodes in (mois[:1], mois):
        with CaptureQueriesContext(connection) as questions:
            assert len(chaines(periodes, Portee())) == len(periodes)
        assert len(questions) == 1
    # All its figures at once, too.
    with CaptureQueriesContext(connection) as questions:
        valeurs = compter(DE_LA_CHAINE, mois, Portee())
    assert len(questions) == 1
    assert len(valeurs) == len(DE_LA_CHAINE) * len(mois)


def test_every_number_of_the_chain_is_in_the_catalogue_once() -> None:
    """How many at each step; after how long, where a step has a delay; how many were lost, but at
    the first, where nobody is."""
    (chaine,) = chaines([Periode.annee(2023)], Portee())
    nombres = {(etape, "nombre") for etape in chaine}
    perdues = {(etape, "perdues") for etape in chaine if etape != "rencontrees"}
    delais = {(etape, "delai") for etape in ("orientees", "arrivees")}
    lectures = [(i.chaine.etape, i.chaine.quoi) for i in INDICATEURS if i.chaine]
    assert sorted(lectures) == sorted(nombres | perdues | delais)


def test_the_chain_s_figures_do_not_leave_and_are_null_without_rounds(
    rue: Any, espace_repos: Structure, autre_structure: Structure
) -> None:
    rue(PersonneFactory())
    for indicateur in DE_LA_CHAINE:
        assert (indicateur.publie, indicateur.additif, indicateur.axes) == (False, False, ())
        (ici,), (ailleurs,) = (
            calculer_series(indicateur, Pas.ANNEE, Portee(structure), None, 2023)["series"][0][
                "points"
            ]
            for structure in (espace_repos, autre_structure)
        )
        assert ailleurs["valeur"] is None
        attendu = {"chaine_rencontrees": 1, "chaine_perdues_orientation": 1}.get(indicateur.code, 0)
        delai = "delai" in indicateur.code
        assert ici["valeur"] == (None if delai else attendu), indicateur.code


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
    portee = Portee(espace_repos)
    etapes = de_2023(portee)
    assert [(e.nombre, e.perdues) for e in etapes] == [
        (4, 0), (3, 1), (3, 0), (3, 0), (2, 1), (2, 1), (2, 1)
    ]  # fmt: skip
    assert etapes[1].delai == 1
    # On the 20th of May nobody has been there for 30 days: they are lost to nobody yet.
    horloge.move_to(datetime(2023, 5, 21, 11, tzinfo=UTC))
    (avant,) = chaines([Periode(date(2023, 5, 1), date(2023, 5, 21))], portee)
    assert [(e.nombre, e.perdues, e.en_attente) for e in list(avant.values())[4:]] == [
        (2, 1, 0), (0, 0, 3), (0, 0, 3)
    ]  # fmt: skip


def test_who_is_met_again_is_followed_from_each_period(rue: Any, espace_repos: Structure) -> None:
    """Lodged in May, met again in August and told nothing since: a success, and a loss."""
    personne, hotel = PersonneFactory(), SiteFactory(structure=StructureFactory(type="CHU"))
    for quand in (SOIR, SOIR + timedelta(days=90)):
        rue(personne, quand)
    OrientationFactory(
        personne=personne, structure_origine=espace_repos, structure=hotel.structure,
        survenu_le=SOIR + timedelta(days=1), saisi_le=SOIR,
    )  # fmt: skip
    SejourFactory(
        place=PlaceFactory(site=hotel), personne=personne, arrivee=date(2023, 5, 13),
        depart=date(2023, 6, 30),
    )  # fmt: skip
    rapprocher_marques()
    mai, aout = (Periode(date(2023, m, 1), date(2023, m + 1, 1), entiere=True) for m in (5, 8))
    suivies = chaines([aout, mai, Periode.annee(2023)], Portee())
    etapes = ("rencontrees", "orientees", "arrivees", "hebergees", "presentes_30", "presentes_90")
    assert [[c[e].nombre for e in etapes] for c in suivies] == [
        [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 0]
    ]  # fmt: skip
    assert [[c[e].perdues for e in etapes] for c in suivies] == [
        [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1]
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
    etapes = de_2023(Portee())
    assert [e.nombre for e in etapes[:4]] == [1, 1, 1, 0]
    assert etapes[2].delai == 3


def test_nobody_met_is_nobody_lost() -> None:
    assert de_2023(Portee())[0] == Etape("Rencontrées en maraude", 0, 0)
    assert {e.perdues for e in de_2023(Portee())} == {0}
