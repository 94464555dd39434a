"""One change beside twelve others that prove nothing of it: it waits, or stays made up for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from coordination.models import Orientation
from hebergement.models import Sejour
from hebergement.occupation import recalculer_tout
from indicateurs.models import Publication
from socle.models import Personne, Structure
from tests.factories import (
    EquipeFactory,
    MaraudeFactory,
    OrientationFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.test_revisions_voisines import (
    deplacer,
    des_gens,
    effacer,
    exacte,
    lu,
    passer,
)
from tests.indicateurs.test_voisines import publier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("coordinatrice")]
MAI = "2023-05"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


# --- Rows that are entered again ---------------------------------------------------------------


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
@pytest.mark.parametrize("de_plus", [1, -1])
def test_who_is_entered_again_proves_no_other_visit(
    periode: str, de_plus: int, horloge: Any, espace_repos: Structure
) -> None:
    gens = des_gens(60)
    passages = passer(espace_repos, gens * 2, 5)
    publier(horloge, periode)
    effacer(passages[:12])
    passer(espace_repos, gens[:12], 5)
    if de_plus > 0:
        passer(espace_repos, gens[30:31], 5)
    else:
        effacer(passages[30:31])
    revision = publier(horloge, periode)
    assert (exacte(revision), lu(revision).attente) == (120, de_plus)


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
def test_nor_who_is_entered_again_elsewhere(
    periode: str, horloge: Any, espace_repos: Structure
) -> None:
    """Here they were twelve fewer, and there they are twelve more, and the one who waits."""
    la, gens = StructureFactory(organisme=espace_repos.organisme), des_gens(60)
    passages = passer(espace_repos, gens, 5)
    passer(la, des_gens(60), 5)
    publier(horloge, periode)
    effacer(passages[:12])
    passer(la, [*gens[:12], *des_gens(1)], 5)
    revision = publier(horloge, periode)
    ou = [{"niveau": "STRUCTURE", "territoire": s.code} for s in (espace_repos, la)]
    assert [exacte(revision, **ici) for ici in ({}, *ou)] == [120, 48, 72]


def test_twenty_who_came_late_are_shown_beside_three_that_went(
    horloge: Any, espace_repos: Structure
) -> None:
    gens = des_gens(60)
    passages = passer(espace_repos, gens * 2, 5)
    publier(horloge, MAI)
    effacer(passages[:3])
    passer(espace_repos, gens[30:50], 5)
    assert exacte(publier(horloge, MAI)) == 137


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
@pytest.mark.parametrize("de_plus", [1, -1])
def test_who_is_entered_again_proves_no_other_stay(
    periode: str, de_plus: int, horloge: Any, espace_repos: Structure
) -> None:
    """Nobody knows when nights came, be it known of the stays."""
    site, gens = SiteFactory(structure=espace_repos), des_gens(61)
    places = PlaceFactory.create_batch(61, site=site, ouverte_le=date(2023, 1, 1))

    def loger(combien: int, depuis: int = 0) -> list[Sejour]:
        return [
            SejourFactory(
                place=places[n], personne=gens[n], arrivee=date(2023, 5, 5),
                depart=date(2023, 5, 20),
            )
            for n in range(depuis, depuis + combien)
        ]  # fmt: skip

    sejours = loger(60)
    recalculer_tout()
    publier(horloge, periode)
    for sejour in sejours[:12] if de_plus > 0 else [*sejours[:12], sejours[30]]:
        sejour.delete()
    loger(12)
    if de_plus > 0:
        loger(1, 60)
    revision = publier(horloge, periode)
    assert (exacte(revision, "entrees"), lu(revision, "entrees").attente) == (60, de_plus)


# --- What another part lost --------------------------------------------------------------------


@pytest.fixture
def une() -> Personne:
    (personne,) = des_gens(1)
    return personne


@pytest.mark.parametrize("revue", [False, True])
def test_the_last_month_is_not_put_right_for_who_left_another(
    revue: bool, une: Personne, horloge: Any, espace_repos: Structure
) -> None:
    """Of April, which was signed, twelve; of June twelve visits of one person: what the quarter and
    the others leave of June would tell them."""
    avril = passer(espace_repos, des_gens(80), 4)
    passer(espace_repos, des_gens(80), 5)
    juin = passer(espace_repos, [*[une] * 13, *des_gens(80)], 6)
    publier(horloge, "2023-T2", "2023-04", MAI)
    effacer(avril[:12])
    effacer(juin[:12])
    if revue:
        assert exacte(publier(horloge, "2023-04")) == 68
    assert exacte(publier(horloge, "2023-06")) == 93


def test_nor_for_who_was_moved_out_of_another(
    une: Personne, horloge: Any, espace_repos: Structure
) -> None:
    """Of April, twelve were of March after all."""
    avril, _ = (passer(espace_repos, des_gens(80), mois) for mois in (4, 5))
    juin = passer(espace_repos, [*[une] * 13, *des_gens(80)], 6)
    publier(horloge, "2023-T2", "2023-04", MAI)
    deplacer(avril[:12], 3)
    effacer(juin[:12])
    assert exacte(publier(horloge, "2023-06")) == 93


def test_nor_is_the_last_quarter(une: Personne, horloge: Any, espace_repos: Structure) -> None:
    fevrier, _, _ = (passer(espace_repos, des_gens(80), mois) for mois in (2, 5, 8))
    novembre = passer(espace_repos, [*[une] * 13, *des_gens(80)], 11)
    publier(horloge, "2023", "2023-T1", "2023-T2", "2023-T3")
    effacer(fevrier[:12])
    effacer(novembre[:12])
    assert exacte(publier(horloge, "2023-T4")) == 93


def test_the_last_month_is_put_right_for_twelve_of_its_own(
    horloge: Any, espace_repos: Structure
) -> None:
    for mois in (4, 5):
        passer(espace_repos, des_gens(80), mois)
    juin = passer(espace_repos, des_gens(80), 6)
    publier(horloge, "2023-T2", "2023-04", MAI)
    effacer(juin[:12])
    assert exacte(publier(horloge, "2023-06")) == 68


# --- Who is who, at night ----------------------------------------------------------------------


@pytest.mark.parametrize("heures", [1, 5])
def test_orientations_of_a_night_are_of_the_day_on_which_its_round_started(
    heures: int, horloge: Any, espace_repos: Structure
) -> None:
    """Twelve of the last night of May are said to be of somebody, and one comes late."""
    debut = datetime(2023, 5, 31, 19, tzinfo=UTC)
    maraude = MaraudeFactory(
        equipe=EquipeFactory(structure=espace_repos), statut="CLOTUREE",
        jour_prevu=debut.date(), debut_le=debut, fin_le=debut + timedelta(hours=8),
    )  # fmt: skip
    vers = StructureFactory(organisme=espace_repos.organisme)

    def orienter(personne: Personne | None, le: datetime) -> Orientation:
        rencontre = RencontreFactory(maraude=maraude, personne=personne, survenu_le=le)
        orientation: Orientation = OrientationFactory(
            contact=rencontre.contact, personne=personne, structure=vers,
            structure_origine=espace_repos, saisi_le=le, survenu_le=le,
        )  # fmt: skip
        return orientation

    def de_mai() -> Publication:
        return publier(horloge, MAI)

    for personne in des_gens(20):
        orienter(personne, debut + timedelta(hours=1))
    de_nuit = [orienter(None, debut + timedelta(hours=heures)) for _ in range(12)]
    avant = exacte(de_mai(), "orientations")
    for orientation, personne in zip(de_nuit, des_gens(12), strict=True):
        Orientation.objects.filter(pk=orientation.pk).update(personne=personne)
    (tardive,) = des_gens(1)
    orienter(tardive, debut + timedelta(hours=1))
    assert exacte(de_mai(), "orientations") == avant
