"""The bounds of the file active, against a recount by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from coordination import fusions
from coordination.models import Doublon
from indicateurs.bornes import bornes
from indicateurs.models import Chiffre, Partenaire
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.publications.preparation import preparer, signer
from socle.models import Organisme, Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    MaraudeFactory,
    PassageFactory,
    PersonneFactory,
    RencontreFactory,
    StructureFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/indicateurs/series/?indicateur=file_active&par=annee&annee=2023"
ANNEE = Periode.annee(2023)


@pytest.fixture(autouse=True)
def voyageur() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def passer(structure: Structure, personne: Personne | None, mois: int = 5) -> Any:
    quand = datetime(2023, mois, 10, 12, tzinfo=UTC)
    return PassageFactory(structure=structure, personne=personne, survenu_le=quand)


def semblables(organisme: Organisme, nom: str, combien: int) -> list[Personne]:
    return PersonneFactory.create_batch(
        combien, organisme=organisme, pseudonyme=nom, genre="H", annee_naissance=1980
    )


@pytest.fixture
def venus(espace_repos: Structure, organisme: Organisme) -> dict[str, list[Personne]]:
    """Three that may be one, two that may be one of whom one came, two who are not alike, and
    three visits of nobody known, one of them with two acts."""
    trois = semblables(organisme, "Hirondelle", 3)
    deux = semblables(organisme, "Martinet", 2)
    autres = PersonneFactory.create_batch(2, organisme=organisme)
    for personne in (*trois, trois[0], deux[0], *autres, None, None):
        passer(espace_repos, personne)
    ActeFactory.create_batch(
        2, contact=passer(espace_repos, None).contact,
        survenu_le=datetime(2023, 5, 10, 12, tzinfo=UTC),
    )  # fmt: skip
    assert Doublon.objects.probables().count() == 4
    return {"trois": trois, "deux": deux, "autres": autres}


def test_probable_duplicates_are_one_and_the_unknown_each_another(
    venus: dict[str, list[Personne]], espace_repos: Structure
) -> None:
    file_active, inconnus = 3 + 1 + 2, 3
    assert bornes([ANNEE], Portee()) == [(file_active - 2, file_active + inconnus)]
    # Elsewhere, and before, nobody was there.
    ailleurs = Portee(StructureFactory())
    assert bornes([ANNEE, Periode.annee(2022)], ailleurs) == [(0, 0), (0, 0)]
    # Each period has its own.
    passer(espace_repos, venus["deux"][1], mois=6)
    mai, juin = (Periode(datetime(2023, m, 1).date(), datetime(2023, m + 1, 1).date(), True)
                 for m in (5, 6))  # fmt: skip
    assert bornes([mai, juin, ANNEE], Portee()) == [(4, 9), (1, 1), (7 - 3, 7 + 3)]


def test_who_refused_is_no_one_more(venus: Any, espace_repos: Structure) -> None:
    """An unknown person who did not want to talk is in no file active, nor in its upper bound."""
    ((basse, haute),) = bornes([ANNEE], Portee())
    debut = datetime(2023, 5, 10, 20, tzinfo=UTC)
    maraude = MaraudeFactory(
        equipe=EquipeFactory(structure=espace_repos), statut="CLOTUREE", debut_le=debut,
        fin_le=debut + timedelta(hours=3),
    )  # fmt: skip
    for issue in ("REFUS", "INDISPONIBLE", "ECHANGE"):
        RencontreFactory(maraude=maraude, personne=None, issue=issue, survenu_le=debut)
    assert bornes([ANNEE], Portee()) == [(basse, haute + 1)]


def test_what_was_said_to_be_two_is_two_and_what_was_merged_is_one(
    venus: dict[str, list[Personne]], coordinatrice: Utilisateur
) -> None:
    une, autre, tierce = venus["trois"]
    fusions.distinguer(personnes=[une, autre], auteur=coordinatrice)
    # The third one still ties them.
    assert bornes([ANNEE], Portee())[0][0] == 4
    fusions.distinguer(personnes=[une, tierce], auteur=coordinatrice)
    assert bornes([ANNEE], Portee())[0][0] == 5
    fusions.fusionner(gardee=autre, alias=tierce, auteur=coordinatrice)
    assert bornes([ANNEE], Portee()) == [(5, 5 + 3)]


def test_a_series_tells_them_when_it_is_asked(
    venus: dict[str, list[Personne]], api: Api, coordinatrice: Utilisateur
) -> None:
    client = api(coordinatrice)
    (point,) = client.get(f"{URL}&bornes=true").json()["series"][0]["points"]
    assert (point["borne_basse"], point["valeur"], point["borne_haute"]) == (4, 6, 9)
    (point,) = client.get(URL).json()["series"][0]["points"]
    assert not {"borne_basse", "borne_haute"} & point.keys()
    assert client.get(f"{URL}&bornes=true&ventilation=genre").status_code == 400
    passages = URL.replace("file_active", "passages")
    assert client.get(f"{passages}&bornes=true").status_code == 400


def publies(api: Api, coordinatrice: Utilisateur) -> tuple[Any, Any, Any]:
    (point,) = api(coordinatrice).get(f"{URL}&publie=true").json()["series"][0]["points"]
    return point.get("borne_basse"), point["valeur"], point.get("borne_haute")


def test_published_where_each_gap_is_of_nobody_or_of_eleven(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, organisme: Organisme
) -> None:
    for personne in PersonneFactory.create_batch(30, organisme=organisme):
        passer(espace_repos, personne)
    signer(preparer("2023"), coordinatrice)
    assert publies(api, coordinatrice) == (30, 30, 30)
    # Eleven more, of whom ten may be one of the others: the gap would tell of ten.
    semblables_a_dix = semblables(organisme, "Hirondelle", 11)
    for personne in semblables_a_dix:
        passer(espace_repos, personne)
    signer(preparer("2023"), coordinatrice)
    assert publies(api, coordinatrice) == (None, 41, None)
    # More of them make more than ten, once enough have come for the figure to move.
    for personne in semblables(organisme, "Hirondelle", 11):
        passer(espace_repos, personne)
    for _ in range(11):
        passer(espace_repos, None)
    signer(preparer("2023"), coordinatrice)
    assert publies(api, coordinatrice) == (31, 52, 63)


@pytest.mark.parametrize(("en_juin", "borne"), [(5, None), (11, 162), (0, 151)])
def test_a_longer_period_tells_no_bound_that_a_month_hides(
    en_juin: int,
    borne: int | None,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    organisme: Organisme,
) -> None:
    """The quarter's less those of the two other months would be the month's."""
    hautes = {}
    for mois, inconnus in ((4, 11), (5, 20), (6, en_juin)):
        le = datetime(2023, mois, 9, 12, tzinfo=UTC)
        for personne in PersonneFactory.create_batch(40, organisme=organisme):
            PassageFactory(structure=espace_repos, personne=personne, survenu_le=le)
        for _ in range(inconnus):
            PassageFactory(structure=espace_repos, personne=None, survenu_le=le)
    for periode in ("2023-04", "2023-05", "2023-06", "2023-T2"):
        publication = signer(preparer(periode), coordinatrice)
        file_active = publication.chiffres.get(indicateur="file_active", niveau="RESEAU", axe="")
        hautes[periode] = file_active.borne_haute
    assert hautes["2023-06"] == (40 + en_juin if borne else None)
    assert hautes["2023-T2"] == borne


def test_bounds_are_of_the_rows_that_the_figure_is_of(
    coordinatrice: Utilisateur, espace_repos: Structure, organisme: Organisme, voyageur: Any
) -> None:
    """What came since the months were signed waits: beside the figure, bounds would tell it."""
    for mois in (4, 5, 6):
        for personne in (*PersonneFactory.create_batch(40, organisme=organisme), *[None] * 20):
            passer(espace_repos, personne, mois)
    for personne in semblables(organisme, "Hirondelle", 20):
        passer(espace_repos, personne, 4)
    for periode in ("2023-04", "2023-05", "2023-06"):
        publication = signer(preparer(periode), coordinatrice)
        voyageur.shift(timedelta(minutes=1))
    juin = publication.chiffres.get(indicateur="file_active", niveau="RESEAU", axe="")
    assert (juin.borne_basse, juin.valeur, juin.borne_haute) == (40, 40, 60)
    for personne in (
        *PersonneFactory.create_batch(3, organisme=organisme),
        *semblables(organisme, "Hirondelle", 1), None, None,
    ):  # fmt: skip
        passer(espace_repos, personne)
    trimestre = preparer("2023-T2")
    chiffre = trimestre.chiffres.get(indicateur="file_active", niveau="RESEAU", axe="")
    assert (chiffre.borne_basse, chiffre.valeur, chiffre.borne_haute) == (140 - 19, 140, 200)


def test_what_waits_opens_no_bound(
    coordinatrice: Utilisateur, espace_repos: Structure, organisme: Organisme, voyageur: Any
) -> None:
    """Five of nobody known in June, and six more since, who wait."""
    for mois, inconnus in ((4, 20), (5, 20), (6, 5)):
        for personne in (
            *PersonneFactory.create_batch(40, organisme=organisme),
            *[None] * inconnus,
        ):
            passer(espace_repos, personne, mois)
    for periode in ("2023-04", "2023-05", "2023-06"):
        signer(preparer(periode), coordinatrice)
        voyageur.shift(timedelta(minutes=1))
    for _ in range(6):
        passer(espace_repos, None, 6)
    trimestre = preparer("2023-T2")
    chiffre = trimestre.chiffres.get(indicateur="file_active", niveau="RESEAU", axe="")
    assert (chiffre.valeur, chiffre.borne_haute) == (120, None)


def test_bounds_that_were_signed_stay_while_the_figure_does(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, organisme: Organisme
) -> None:
    for personne in PersonneFactory.create_batch(30, organisme=organisme):
        passer(espace_repos, personne)
    signer(preparer("2023"), coordinatrice)
    # Too few for the figure to move, and enough unknown ones for its bound to.
    for personne in (*PersonneFactory.create_batch(3, organisme=organisme), *[None] * 20):
        passer(espace_repos, personne)
    signer(preparer("2023"), coordinatrice)
    assert publies(api, coordinatrice) == (30, 30, 30)


def test_a_masked_file_active_has_none(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, organisme: Organisme
) -> None:
    for personne in PersonneFactory.create_batch(5, organisme=organisme):
        passer(espace_repos, personne)
    signer(preparer("2023"), coordinatrice)
    assert publies(api, coordinatrice) == (None, None, None)
    chiffre = Chiffre.objects.filter(indicateur="file_active", secret=True).first()
    champs = {c.name: getattr(chiffre, c.name) for c in Chiffre._meta.fields if c.name != "id"}
    with pytest.raises(IntegrityError, match="chiffre_entre_ses_bornes"), transaction.atomic():
        Chiffre.objects.create(
            **champs | {"publication": preparer("2022"), "borne_basse": 1, "borne_haute": 9}
        )


def test_partners_read_those_that_were_signed(api: Api, coordinatrice: Utilisateur) -> None:
    ars = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    Partenaire.objects.create(utilisateur=ars, niveaux=["RESEAU"])
    signer(preparer("2023"), coordinatrice)
    (point,) = api(ars).get(f"{URL}&bornes=true").json()["series"][0]["points"]
    assert (point["borne_basse"], point["valeur"], point["borne_haute"]) == (0, 0, 0)


def test_as_many_questions_for_many_periods_as_for_one(
    venus: dict[str, list[Personne]], django_assert_num_queries: Any
) -> None:
    for combien in (1, 12):
        with django_assert_num_queries(4):
            bornes([ANNEE] * combien, Portee())
