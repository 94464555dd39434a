"""What each figure of the bilan takes in: its first and last days, its structures, its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from commun.horloge import PARIS, jour_paris
from coordination.services import rapprocher_marques
from hebergement.enums import Dispositif, Nature
from hebergement.models import OccupationNuit
from hebergement.occupation import recalculer_tout
from indicateurs.bilan import calculer_bilan
from socle.enums import TypeStructure
from socle.models import Structure
from tests.factories import (
    ActeFactory,
    ContactFactory,
    EquipeFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db
HEURE = timedelta(hours=1)
Fait = Callable[[Structure, datetime], Any]


def lire(code: str, annee: int = 2023, **portee: Any) -> dict[str, Any]:
    lignes = calculer_bilan(annee, **portee)["indicateurs"]
    ligne: dict[str, Any] = next(ligne for ligne in lignes if ligne["code"] == code)
    return ligne


def femme() -> Any:
    return PersonneFactory(genre="F")


def refus(structure: Structure, instant: datetime) -> Any:
    return ContactFactory(
        structure=structure, personne=femme(), saisi_le=instant, issue="REFUS", cadre="MARAUDE"
    )


def nuit(structure: Structure, instant: datetime) -> Any:
    jour = jour_paris(instant)
    place = PlaceFactory(site=SiteFactory(structure=structure), ouverte_le=jour)
    return SejourFactory(
        place=place, personne=femme(), arrivee=jour, depart=jour + timedelta(days=1)
    )


def maraude(structure: Structure, instant: datetime, milieu: str = "SURFACE") -> Any:
    return MaraudeFactory(
        equipe=EquipeFactory(structure=structure), milieu=milieu, statut="CLOTUREE",
        debut_le=instant, fin_le=instant + 6 * HEURE,
    )  # fmt: skip


def orientation(origine: Structure, instant: datetime) -> Any:
    return OrientationFactory(personne=femme(), structure_origine=origine, survenu_le=instant)


def venue(origine: Structure, instant: datetime) -> None:
    """An orientation, and a visit in time where it led."""
    faite = orientation(origine, instant)
    PassageFactory(
        structure=faite.structure, personne=faite.personne, survenu_le=instant + 24 * HEURE
    )


def logee(origine: Structure, instant: datetime) -> None:
    """An orientation, and a stay in time where it led."""
    faite = orientation(origine, instant)
    SejourFactory(
        place=PlaceFactory(site=SiteFactory(structure=faite.structure)),
        personne=faite.personne, arrivee=jour_paris(instant) + timedelta(days=2),
    )  # fmt: skip


def acte(categorie: str) -> Fait:
    return lambda s, i: ActeFactory(contact=refus(s, i), categorie=categorie)


# One of each, and how much it counts.
FAITS: dict[str, tuple[str, Fait, int]] = {
    "visit": ("passages", lambda s, i: PassageFactory(structure=s, survenu_le=i), 1),
    "exchange": (
        "file_active",
        lambda s, i: ContactFactory(structure=s, personne=femme(), saisi_le=i),
        1,
    ),
    "act": ("file_active", acte("HYGIENE"), 1),
    "night": ("file_active", nuit, 1),
    "woman": ("femmes", nuit, 1),
    "care": ("actes_infirmiers", acte("SOINS_INFIRMIERS"), 1),
    "rights": ("actes_acces_aux_droits", acte("ACCES_AUX_DROITS"), 1),
    "stay": ("nuitees", nuit, 1),
    "surface": ("maraudes_surface", maraude, 1),
    "underground": ("maraudes_sous_sol", lambda s, i: maraude(s, i, "SOUS_SOL"), 1),
    # Of the round's day, even past midnight.
    "encounter": (
        "rencontres",
        lambda s, i: RencontreFactory(maraude=maraude(s, i), survenu_le=i + HEURE),
        1,
    ),
    "material": (
        "materiel_distribue",
        lambda s, i: RemiseMaterielFactory(
            contact=refus(s, i), quantite_distribuee=3, quantite_recuperee=5
        ),
        3,
    ),
    "orientation": ("orientations", orientation, 1),
    "visit after an orientation": ("orientations_abouties", venue, 1),
    "stay after an orientation": ("orientations_abouties", logee, 1),
}


def calculer() -> None:
    recalculer_tout()
    rapprocher_marques()


@pytest.mark.parametrize(("code", "fait", "poids"), FAITS.values(), ids=FAITS)
def test_a_year_goes_from_its_first_to_its_last_day_in_paris(
    espace_repos: Structure, code: str, fait: Fait, poids: int
) -> None:
    for jour in (date(2022, 12, 31), date(2023, 1, 1), date(2023, 12, 31), date(2024, 1, 1)):
        # A quarter past midnight is the evening before in UTC; half past eleven is the same day.
        for heure, minute in ((0, 15), (23, 30)):
            instant = datetime(jour.year, jour.month, jour.day, heure, minute, tzinfo=PARIS)
            fait(espace_repos, instant)
    calculer()
    assert [lire(code, annee)["valeur"] for annee in (2021, 2022, 2023, 2024)] == [
        0, 2 * poids, 4 * poids, 2 * poids,
    ]  # fmt: skip
    assert lire(code)["precedent"] == 2 * poids


@pytest.mark.parametrize(("code", "fait", "poids"), FAITS.values(), ids=FAITS)
def test_a_structure_a_type_or_all(code: str, fait: Fait, poids: int) -> None:
    caarud, autre_caarud, csapa = (
        StructureFactory(type=TypeStructure(type_)) for type_ in ("CAARUD", "CAARUD", "CSAPA")
    )
    for structure, nombre in ((caarud, 1), (autre_caarud, 2), (csapa, 4)):
        for _ in range(nombre):
            fait(structure, datetime(2023, 5, 2, 9, tzinfo=UTC))
    calculer()
    for portee, nombre in (
        ({"structure": caarud}, 1),
        ({"structure": csapa}, 4),
        ({"type_structure": "CAARUD"}, 3),
        ({"type_structure": "CSAPA"}, 4),
        ({}, 7),
    ):
        assert lire(code, **portee)["valeur"] == nombre * poids, portee


CAPACITES: dict[str, tuple[Any, ...]] = {
    "places_assore": (1, 1, 3, 1, 4),
    "taux_occupation": (1, 0, Decimal("0.3333"), 0, Decimal("0.25")),
}


@pytest.mark.parametrize("code", CAPACITES)
def test_places_and_their_rate_of_a_structure_a_type_or_all(code: str) -> None:
    caarud, autre_caarud, csapa = (
        StructureFactory(type=TypeStructure(type_)) for type_ in ("CAARUD", "CAARUD", "CSAPA")
    )
    jour = date(2023, 12, 31)
    for structure, nombre in ((caarud, 1), (autre_caarud, 2), (csapa, 1)):
        site = SiteFactory(structure=structure)
        for _ in range(nombre):
            place = PlaceFactory(site=site, ouverte_le=jour)
        if structure == caarud:
            SejourFactory(place=place, arrivee=jour)
    calculer()
    portees: list[dict[str, Any]] = [
        {"structure": caarud}, {"structure": csapa},
        {"type_structure": "CAARUD"}, {"type_structure": "CSAPA"}, {},
    ]  # fmt: skip
    assert tuple(lire(code, **portee)["valeur"] for portee in portees) == CAPACITES[code]


def test_places_assore_are_those_of_the_last_night_of_the_year(espace_repos: Structure) -> None:
    """Theirs only, closed or not, whatever stood open earlier or opens the next day."""
    site = SiteFactory(structure=espace_repos)
    autre = SiteFactory(structure=espace_repos, dispositif=Dispositif.AUTRE)
    for lieu, ouverte_le, fermee_le in (
        (site, date(2022, 6, 1), None),
        (site, date(2023, 12, 31), None),
        (site, date(2023, 12, 31), None),
        (site, date(2022, 6, 1), date(2023, 12, 31)),
        (site, date(2024, 1, 1), None),
        (autre, date(2022, 6, 1), None),
    ):
        PlaceFactory(site=lieu, ouverte_le=ouverte_le, fermee_le=fermee_le)
    ferme = SiteFactory(structure=espace_repos)
    PlaceFactory(site=ferme, ouverte_le=date(2022, 6, 1))
    recalculer_tout()
    OccupationNuit.objects.filter(site=ferme).update(fermees=1, disponibles=0)
    assert lire("places_assore", structure=espace_repos)["valeur"] == 4
    assert lire("places_assore", structure=espace_repos)["precedent"] == 3


def test_the_rate_is_one_of_sums_and_null_where_nothing_was_available(
    espace_repos: Structure,
) -> None:
    """Never a mean of rates, and never clamped."""
    site = SiteFactory(structure=espace_repos)
    for jour, disponibles, occupees in (("2023-01-01", 1, 2), ("2023-01-02", 5, 0)):
        OccupationNuit.objects.create(
            site=site, jour=jour, theoriques=disponibles, fermees=0, disponibles=disponibles,
            occupees=occupees, reservees=0, entrees=0, sorties=0, transferts_entrants=0,
            transferts_sortants=0, anomalies=0,
        )  # fmt: skip
    assert lire("taux_occupation", structure=espace_repos)["valeur"] == Decimal("0.3333")
    OccupationNuit.objects.filter(disponibles=1).update(disponibles=2)
    OccupationNuit.objects.filter(disponibles=5).update(disponibles=1)
    assert lire("taux_occupation", structure=espace_repos)["valeur"] == Decimal("0.6667")
    OccupationNuit.objects.filter(disponibles=2).update(disponibles=0)
    assert lire("taux_occupation", structure=espace_repos)["valeur"] == 2
    # 0.03125, half-up.
    OccupationNuit.objects.update(disponibles=32)
    assert lire("taux_occupation", structure=espace_repos)["valeur"] == Decimal("0.0313")
    OccupationNuit.objects.update(disponibles=0)
    assert lire("taux_occupation", structure=espace_repos)["valeur"] is None
    assert lire("nuitees", structure=espace_repos)["valeur"] == 2
    assert lire("nuitees", 2022, structure=espace_repos)["valeur"] == 0


def test_acts_are_told_by_their_category(espace_repos: Structure) -> None:
    for categorie, nombre in (("SOINS_INFIRMIERS", 1), ("ACCES_AUX_DROITS", 2), ("HYGIENE", 4)):
        for _ in range(nombre):
            acte(categorie)(espace_repos, datetime(2023, 5, 2, 9, tzinfo=UTC))
    assert lire("actes_infirmiers", structure=espace_repos)["valeur"] == 1
    assert lire("actes_acces_aux_droits", structure=espace_repos)["valeur"] == 2


def test_a_person_is_counted_once_whatever_the_contacts(espace_repos: Structure) -> None:
    midi = datetime(2023, 5, 2, 12, tzinfo=UTC)
    personne = femme()
    for _ in range(2):
        contact = ContactFactory(structure=espace_repos, personne=personne, saisi_le=midi)
        ActeFactory(contact=contact)
    place = PlaceFactory(site=SiteFactory(structure=espace_repos))
    for mois in (1, 2):
        SejourFactory(
            place=place, personne=personne, arrivee=date(2023, mois, 1), depart=date(2023, mois, 9)
        )
    for genre in ("H", "AUTRE", "NON_RENSEIGNE"):
        autre = PersonneFactory(genre=genre)
        ContactFactory(structure=espace_repos, personne=autre, saisi_le=midi)
    assert lire("file_active", structure=espace_repos)["valeur"] == 4
    assert lire("femmes", structure=espace_repos)["valeur"] == 1


@time_machine.travel(datetime(2023, 3, 10, 9, tzinfo=UTC), tick=False)
def test_whose_nights_are_over_is_in_the_file_active(espace_repos: Structure) -> None:
    def loger(arrivee: date, depart: date | None = None, nature: str = Nature.SEJOUR) -> None:
        SejourFactory(
            place=PlaceFactory(site=SiteFactory(structure=espace_repos)),
            arrivee=arrivee, depart=depart, nature=nature,
        )  # fmt: skip

    loger(date(2023, 3, 10))
    loger(date(2023, 3, 10), date(2023, 3, 20))
    loger(date(2023, 3, 8), date(2023, 3, 12), nature=Nature.RETENUE)
    loger(date(2022, 12, 1), date(2023, 1, 1))
    assert lire("file_active", structure=espace_repos)["valeur"] == 0
    loger(date(2023, 3, 9))
    loger(date(2023, 3, 9), date(2023, 3, 20))
    loger(date(2022, 12, 1))
    loger(date(2022, 12, 1), date(2023, 1, 2))
    assert lire("file_active", structure=espace_repos)["valeur"] == 4
    # Nobody had come yet by 10 March 2022.
    assert lire("file_active", structure=espace_repos)["precedent"] == 0


@pytest.mark.parametrize("arrivee", ["passage", "sejour"])
def test_thirty_days_of_the_wall_clock_by_the_day_for_a_stay(
    espace_repos: Structure, autre_structure: Structure, arrivee: str
) -> None:
    """Across the change to summer time: 30 days later at the same hour, an hour less of time."""
    emise_le = datetime(2023, 3, 10, 23, 30, tzinfo=PARIS)
    for decalage, valeur in ((0, 0), (1, 1)):
        personne = femme()
        OrientationFactory(
            personne=personne, structure_origine=espace_repos, structure=autre_structure,
            survenu_le=emise_le,
        )  # fmt: skip
        if arrivee == "passage":
            limite = datetime(2023, 4, 9, 23, 30, tzinfo=PARIS)
            PassageFactory(
                structure=autre_structure, personne=personne,
                survenu_le=limite - timedelta(seconds=decalage),
            )  # fmt: skip
        else:
            SejourFactory(
                place=PlaceFactory(site=SiteFactory(structure=autre_structure)),
                personne=personne, arrivee=date(2023, 4, 9) - timedelta(days=decalage),
            )  # fmt: skip
        rapprocher_marques()
        assert lire("orientations_abouties", structure=espace_repos)["valeur"] == valeur


@pytest.mark.parametrize(("secondes", "valeur"), [(-1, 0), (0, 1)])
def test_the_cohort_is_of_those_whose_thirty_days_are_over(
    espace_repos: Structure, secondes: int, valeur: int
) -> None:
    emise_le = datetime(2023, 5, 2, 9, tzinfo=UTC)
    with time_machine.travel(emise_le + timedelta(days=30, seconds=secondes), tick=False):
        venue(espace_repos, emise_le)
        rapprocher_marques()
        assert lire("orientations_abouties", structure=espace_repos)["valeur"] == valeur


def test_refusals_stay_in_the_count_and_the_cancelled_do_not(espace_repos: Structure) -> None:
    emise_le = datetime(2023, 5, 2, 9, tzinfo=UTC)
    for decision in ("", "REFUSEE_PERSONNE", "REFUSEE_STRUCTURE", "ANNULEE"):
        OrientationFactory(
            structure_origine=espace_repos, survenu_le=emise_le, decision=decision,
            decidee_le=emise_le if decision else None,
        )  # fmt: skip
    OrientationFactory(structure_origine=espace_repos, survenu_le=emise_le, personne=None)
    rapprocher_marques()
    assert lire("orientations", structure=espace_repos)["valeur"] == 4
    assert lire("orientations_abouties", structure=espace_repos)["valeur"] == 0


@pytest.mark.parametrize(
    ("avant", "apres", "ecart", "pourcent"),
    [
        (2, 3, 1, 50),
        (3, 2, -1, Decimal("-33.3333")),
        (3, 0, -3, -100),
        (0, 2, 2, None),
        (0, 0, 0, None),
    ],
)
def test_the_difference_is_with_the_year_before(
    espace_repos: Structure, avant: int, apres: int, ecart: int, pourcent: Any
) -> None:
    for annee, nombre in ((2021, 1), (2022, avant), (2023, apres)):
        for _ in range(nombre):
            PassageFactory(structure=espace_repos, survenu_le=datetime(annee, 5, 2, 9, tzinfo=UTC))
    ligne = lire("passages", structure=espace_repos)
    assert (ligne["ecart"], ligne["ecart_pct"]) == (ecart, pourcent)


@pytest.mark.parametrize("annee", [2024, 2025])
def test_a_whole_year_is_compared_with_a_whole_year(espace_repos: Structure, annee: int) -> None:
    """One of them has a day more."""
    for jour in (date(annee - 1, 1, 1), date(annee - 1, 12, 31), date(annee, 1, 1)):
        PassageFactory(
            structure=espace_repos,
            survenu_le=datetime(jour.year, jour.month, jour.day, 12, tzinfo=PARIS),
        )
    with time_machine.travel(datetime(2026, 3, 10, tzinfo=UTC), tick=False):
        ligne = lire("passages", annee, structure=espace_repos)
    assert (ligne["valeur"], ligne["precedent"]) == (1, 2)


@time_machine.travel(datetime(2024, 3, 10, 9, tzinfo=UTC), tick=False)
def test_the_29th_of_february_is_one_of_the_elapsed_days(espace_repos: Structure) -> None:
    """69 days of 2024 are over: up to 10 March 2023 included."""
    for jour in (date(2024, 3, 9), date(2023, 3, 10), date(2023, 3, 11)):
        PassageFactory(
            structure=espace_repos,
            survenu_le=datetime(jour.year, jour.month, jour.day, 12, tzinfo=PARIS),
        )
    ligne = lire("passages", 2024, structure=espace_repos)
    assert (ligne["valeur"], ligne["precedent"]) == (1, 1)


def test_what_a_scope_could_not_count_is_null_there_and_zero_elsewhere() -> None:
    sans, avec = StructureFactory(), StructureFactory()
    EquipeFactory(structure=avec)
    SiteFactory(structure=avec)
    PassageFactory(structure=avec)
    for code in (
        "passages", "nuitees", "maraudes_surface", "maraudes_sous_sol", "rencontres",
    ):  # fmt: skip
        ligne = lire(code, 2019, structure=sans)
        assert [ligne[c] for c in ("valeur", "precedent", "ecart", "ecart_pct")] == [None] * 4
        ligne = lire(code, 2019, structure=avec)
        assert [ligne[c] for c in ("valeur", "precedent", "ecart", "ecart_pct")] == [0, 0, 0, None]
