"""What came late and what was corrected, where both meet: told apart line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import time_machine

from accueil.models import Passage
from contacts.models import Contact
from coordination.fusions import fusionner
from indicateurs.models import Publication
from indicateurs.publications.changements import changements
from socle.enums import TypeStructure
from socle.models import Personne, Structure, Utilisateur
from tests.factories import PassageFactory, PersonneFactory, StructureFactory
from tests.indicateurs.test_changements import MIDI, RESEAU, passer, publier_et_attendre
from tests.indicateurs.test_revisions_voisines import deplacer

pytestmark = pytest.mark.django_db
AOUT = datetime(2023, 8, 1, 12, tzinfo=UTC)
Publier = Callable[[str], Publication]
Triplets = list[tuple[int, int, int]]


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def publier(coordinatrice: Utilisateur, horloge: Any) -> Publier:
    return partial(publier_et_attendre, coordinatrice, horloge)


@pytest.fixture
def ici(espace_repos: Structure) -> Structure:
    passer(espace_repos, 60)
    return espace_repos


@pytest.fixture
def autre(espace_repos: Structure) -> Structure:
    """Of another kind; nobody came there."""
    return StructureFactory(organisme=espace_repos.organisme, type="CSAPA")


def dites(
    publication: Publication, libelle: str = "Passages", lieu: str = RESEAU
) -> tuple[Triplets, Triplets]:
    """What changes of a figure, and what waits: how much, of which late, of which corrected."""
    page = changements(publication)
    changes, attentes = (
        [
            (ligne["ecart"], ligne["tardives"], ligne["corrigees"])
            for ligne in page[quoi]
            if (ligne["libelle"], ligne["lieu"]) == (libelle, lieu)
        ]
        for quoi in ("changes", "attentes")
    )
    return changes, attentes


def d_inconnus(structure: Structure, combien: int, le: datetime = MIDI) -> list[Any]:
    return [
        PassageFactory(structure=structure, personne=None, survenu_le=le) for _ in range(combien)
    ]


def d_aout(structure: Structure, combien: int) -> list[Any]:
    """Visits of persons that will be put to May."""
    passages = passer(structure, combien)
    deplacer(passages, 8)
    return passages


def oter(passages: Sequence[Any]) -> None:
    contacts = [passage.contact_id for passage in passages]
    Passage.objects.filter(contact__in=contacts).delete()
    Contact.objects.filter(pk__in=contacts).delete()


@pytest.mark.parametrize("ote", [35, 20])
def test_late_ones_beside_as_many_that_are_gone(
    ote: int, ici: Structure, autre: Structure, publier: Publier
) -> None:
    venues = [*Passage.objects.all()]
    passer(autre, 60)
    publier("2023-05")
    oter(venues[:ote])
    passer(ici, 20)
    passer(autre, 2)
    changes = [(20 - ote, 20, -ote)] if ote != 20 else []
    assert dites(publier("2023-05")) == (changes, [(2, 2, 0)])


def test_what_the_month_corrected_hides_nothing_from_its_first_quarter(
    ici: Structure, publier: Publier
) -> None:
    """Whose visits were put to May come once more, late."""
    en_aout = d_aout(ici, 15)
    publier("2023-05")
    deplacer(en_aout, 5)
    assert dites(publier("2023-05")) == ([(15, 0, 15)], [])
    for passage in en_aout:
        PassageFactory(structure=ici, personne=passage.contact.personne, survenu_le=MIDI)
    assert dites(publier("2023-T2")) == ([], [(15, 15, 0)])


def test_nor_of_nobody_known(ici: Structure, publier: Publier) -> None:
    en_aout = d_inconnus(ici, 15, AOUT)
    d_inconnus(ici, 30)
    publier("2023-05")
    deplacer(en_aout, 5)
    passer(ici, 15)
    assert dites(publier("2023-05")) == ([(30, 15, 15)], [])
    d_inconnus(ici, 4)
    assert dites(publier("2023-T2")) == ([], [(4, 4, 0)])


@pytest.mark.parametrize("longue", ["", "2023-T2"])
@pytest.mark.parametrize("libelle", ["Passages", "File active"])
def test_what_was_shown_as_late_is_late_nowhere_else(
    longue: str, libelle: str, ici: Structure, autre: Structure, publier: Publier
) -> None:
    """Put afterwards to a kind of structure of which nothing had been published."""
    codes = [code for code in ("2023-05", longue) if code]
    for code in codes:
        publier(code)
    tardives = passer(ici, 20)
    for code in codes:
        assert dites(publier(code)) == ([(20, 20, 0)], [])
    contacts = [passage.contact_id for passage in tardives]
    Contact.objects.filter(pk__in=contacts).update(structure=autre)
    for code in codes:
        revue = publier(code)
        assert dites(revue, libelle, "Type de structure CSAPA") == ([(20, 0, 20)], [])


@pytest.mark.parametrize("libelle", ["Personnes passées", "File active"])
def test_who_waited_and_comes_again_is_late_once(
    libelle: str, ici: Structure, publier: Publier
) -> None:
    inconnus = d_inconnus(ici, 20)
    publier("2023-05")
    trois = passer(ici, 3)
    assert dites(publier("2023-05"), libelle) == ([], [(3, 3, 0)])
    for passage in trois:
        PassageFactory(structure=ici, personne=passage.contact.personne, survenu_le=MIDI)
    passer(ici, 12)
    for passage in inconnus[:11]:
        personne = PersonneFactory(organisme=ici.organisme)
        Contact.objects.filter(pk=passage.contact_id).update(personne=personne)
    assert dites(publier("2023-05"), libelle) == ([(26, 15, 11)], [])


@pytest.mark.parametrize("tard", [20, 0])
def test_what_waits_in_one_structure_is_no_reason_for_what_moves_in_another(
    tard: int, ici: Structure, autre: Structure, publier: Publier
) -> None:
    passer(autre, 60)
    en_aout = d_aout(ici, 15)
    publier("2023-05")
    deplacer(en_aout, 5)
    passer(ici, tard)
    passer(autre, 5)
    assert dites(publier("2023-05")) == ([(tard + 15, tard, 15)], [(5, 5, 0)])
    passer(autre, 11)
    assert dites(publier("2023-05")) == ([(16, 16, 0)], [])


def test_what_waited_and_is_gone_lends_nothing(ici: Structure, publier: Publier) -> None:
    en_aout = d_aout(ici, 20)
    publier("2023-05")
    cinq = passer(ici, 5)
    assert dites(publier("2023-05")) == ([], [(5, 5, 0)])
    oter(cinq)
    deplacer(en_aout, 5)
    assert dites(publier("2023-05")) == ([(20, 0, 20)], [])


@pytest.mark.parametrize("attendaient", [5, 0])
def test_what_is_gone_elsewhere_and_waits_takes_nothing_from_what_is_late(
    attendaient: int, ici: Structure, autre: Structure, publier: Publier
) -> None:
    venues = [*Passage.objects.all()]
    passer(autre, 60)
    publier("2023-05")
    if attendaient:
        passer(autre, attendaient)
        assert dites(publier("2023-05")) == ([], [(5, 5, 0)])
    oter(venues[:5])
    passer(autre, 25 - attendaient)
    assert dites(publier("2023-05")) == ([(25, 25, 0)], [(-5, 0, -5)])


def test_a_quarter_says_what_waited_in_it_though_its_month_wrote_it(
    ici: Structure, publier: Publier
) -> None:
    """Three waited in its first revision; the month writes them with twelve others."""
    publier("2023-05")
    passer(ici, 3)
    assert dites(publier("2023-T2")) == ([], [(3, 3, 0)])
    passer(ici, 12)
    publier("2023-05")
    assert dites(publier("2023-T2")) == ([(15, 15, 0)], [])
    passer(ici, 20)
    publier("2023-05")
    assert dites(publier("2023-T2"), "File active") == ([(20, 20, 0)], [])


def test_those_of_nobody_that_were_there_are_not_late(ici: Structure, publier: Publier) -> None:
    d_inconnus(ici, 30)
    publier("2023-05")
    d_inconnus(ici, 4)
    assert dites(publier("2023-T2")) == ([], [(4, 4, 0)])


def genre(passages: Sequence[Any], code: str) -> None:
    gens = [passage.contact.personne_id for passage in passages]
    Personne.objects.filter(pk__in=gens).update(genre=code)


@pytest.mark.parametrize("encore", [False, True])
def test_what_moves_no_total_is_no_reason_for_what_waits(
    encore: bool, ici: Structure, publier: Publier
) -> None:
    """Fifteen files are corrected, and five late visits wait: of the same persons, or of others."""
    venues = passer(ici, 15)
    genre([*Passage.objects.all()], "H")
    publier("2023-05")
    genre(venues, "F")
    if encore:
        for passage in venues[:5]:
            PassageFactory(structure=ici, personne=passage.contact.personne, survenu_le=MIDI)
    else:
        genre(passer(ici, 5), "F")
    assert dites(publier("2023-05")) == ([], [(5, 5, 0)])


def test_nor_is_what_moves_between_two_structures(ici: Structure, publier: Publier) -> None:
    voisine = StructureFactory(organisme=ici.organisme, type=ici.type)
    passer(voisine, 60)
    venues = [*Passage.objects.filter(contact__structure=ici)[:15]]
    publier("2023-05")
    Contact.objects.filter(pk__in=[p.contact_id for p in venues]).update(structure=voisine)
    passer(voisine, 5)
    revue = publier("2023-05")
    for lieu in (RESEAU, f"Type de structure {TypeStructure(ici.type).label}"):
        assert dites(revue, lieu=lieu) == ([], [(5, 5, 0)])


@pytest.mark.parametrize(("otes", "venus"), [(30, 20), (15, 40)])
def test_those_of_nobody_that_are_gone_do_not_hide_those_that_wait(
    otes: int, venus: int, ici: Structure, publier: Publier
) -> None:
    inconnus = d_inconnus(ici, 40)
    publier("2023-05")
    oter(inconnus[:otes])
    d_inconnus(ici, venus)
    assert dites(publier("2023-05")) == ([], [(venus - otes, venus, -otes)])


def test_nor_do_those_of_the_same_persons(ici: Structure, publier: Publier) -> None:
    venues = [*Passage.objects.all()[:20]]
    gens = [passage.contact.personne for passage in venues]
    publier("2023-05")
    oter(venues)
    for personne in gens:
        PassageFactory(structure=ici, personne=personne, survenu_le=MIDI)
    passer(ici, 15)
    assert dites(publier("2023-05")) == ([(15, 35, -20)], [])


@pytest.mark.parametrize("quoi", ["genre", "structure", "nom"])
def test_what_changes_while_it_waits_came_late_all_the_same(
    quoi: str, ici: Structure, publier: Publier
) -> None:
    voisine = StructureFactory(organisme=ici.organisme, type=ici.type)
    passer(voisine, 60)
    d_inconnus(ici, 20)
    genre([*Passage.objects.exclude(contact__personne=None)], "H")
    publier("2023-05")
    cinq = d_inconnus(ici, 5) if quoi == "nom" else passer(ici, 5)
    assert dites(publier("2023-05")) == ([], [(5, 5, 0)])
    contacts = Contact.objects.filter(pk__in=[p.contact_id for p in cinq])
    if quoi == "genre":
        genre(cinq, "F")
    elif quoi == "structure":
        contacts.update(structure=voisine)
    else:
        for contact in contacts:
            contacts.filter(pk=contact.pk).update(personne=PersonneFactory(organisme=ici.organisme))
    passer(voisine if quoi == "structure" else ici, 12)
    assert dites(publier("2023-05")) == ([(17, 17, 0)], [])


def test_who_waited_under_another_file_came_late_all_the_same(
    ici: Structure, publier: Publier, coordinatrice: Utilisateur
) -> None:
    venues = passer(ici, 30)
    genre(venues, "H")
    publier("2023-05")
    cinq = passer(ici, 5)
    genre(cinq, "F")
    assert dites(publier("2023-05")) == ([], [(5, 5, 0)])
    for venue, passage in zip(venues, cinq, strict=False):
        fusionner(
            gardee=venue.contact.personne, alias=passage.contact.personne, auteur=coordinatrice
        )
    assert dites(publier("2023-05")) == ([], [(5, 5, 0)])


def test_what_waits_in_a_quarter_may_change_its_month(ici: Structure, publier: Publier) -> None:
    publier("2023-T2")
    cinq = passer(ici, 5)
    assert dites(publier("2023-T2")) == ([], [(5, 5, 0)])
    deplacer(cinq, 6)
    passer(ici, 12)
    assert dites(publier("2023-T2")) == ([(12, 12, 0)], [(5, 5, 0)])
