"""Revisions of periods that are in one another: what one shows less what another does, before and
after, tells of nobody either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from accueil.models import Passage
from commun.historique import evenements_de
from commun.horloge import maintenant
from contacts.models import Contact
from hebergement.enums import DestinationSortie, MotifSortie
from hebergement.occupation import recalculer_tout
from indicateurs.models import Chiffre, Publication
from indicateurs.publications.changements import changements
from socle.enums import Genre
from socle.models import Organisme, Personne, Structure
from tests.factories import (
    ActeFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.test_voisines import publier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("coordinatrice")]


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def des_gens(combien: int, genre: str = Genre.H, annee: int = 1970) -> list[Personne]:
    organisme = Organisme.objects.earliest("cree_le")
    gens: list[Personne] = PersonneFactory.create_batch(
        combien, organisme=organisme, genre=genre, annee_naissance=annee
    )
    return gens


def passer(ou: Structure, gens: Sequence[Personne | None], mois: int) -> list[Passage]:
    le = datetime(2023, mois, 10, 8, tzinfo=UTC)
    return [PassageFactory(structure=ou, personne=personne, survenu_le=le) for personne in gens]


def lu(publication: Publication, figure: str = "passages", **ou: str) -> Chiffre:
    ici = {"niveau": "RESEAU", "territoire": "", "axe": "", "code": "", **ou}
    chiffre: Chiffre = publication.chiffres.get(indicateur=figure, **ici)
    return chiffre


def exacte(publication: Publication, figure: str = "passages", **ou: str) -> int:
    return int(lu(publication, figure, **ou).exacte or 0)


@pytest.mark.parametrize(
    ("parts", "longue", "revue", "tard"),
    [
        (["2023-04", "2023-05"], "2023-T2", "2023-04", 6),
        (["2023-04"], "2023", "2023-04", 8),
    ],
)
def test_what_came_late_to_a_part_that_nobody_signed_is_no_subtraction(
    horloge: Any, espace_repos: Structure, parts: list[str], longue: str, revue: str, tard: int
) -> None:
    """Twenty came late to the part that is revised, and five to another."""
    for mois in (4, 5, 6, 8):
        passer(espace_repos, des_gens(60), mois)
    publier(horloge, *parts, longue)
    premieres = {p.periode: exacte(p) for p in Publication.objects.all()}
    passer(espace_repos, des_gens(20), 4)
    passer(espace_repos, des_gens(5), tard)
    revisees = {periode: exacte(publier(horloge, periode)) for periode in (revue, longue)}
    assert {p: revisees[p] - premieres[p] for p in revisees} == {revue: 20, longue: 20}


def test_one_who_came_late_to_a_month_that_nobody_signed_waits(
    horloge: Any, organisme: Organisme
) -> None:
    """Beside twelve of another structure, who are shown."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    for mois in (4, 5, 6):
        passer(ici, des_gens(60), mois)
        passer(la, des_gens(60), mois)
    publier(horloge, "2023-04", "2023-05", "2023-T2")
    passer(ici, des_gens(1), 6)
    passer(la, des_gens(12), 6)
    revu = publier(horloge, "2023-T2")
    assert exacte(revu, niveau="STRUCTURE", territoire=ici.code) == 180
    assert (exacte(revu), lu(revu).attente) == (372, 1)


def test_the_last_month_is_what_the_others_were_when_the_quarter_was_signed(
    horloge: Any, espace_repos: Structure
) -> None:
    for mois in (4, 5, 6):
        passer(espace_repos, des_gens(60), mois)
    publier(horloge, "2023-T2", "2023-04", "2023-05")
    passer(espace_repos, des_gens(20), 4)
    assert exacte(publier(horloge, "2023-04")) == 80
    assert exacte(publier(horloge, "2023-06")) == 60
    assert exacte(publier(horloge, "2023-T2")) == 200
    # One who came late is not proved by what the other month was revised by.
    passer(espace_repos, des_gens(1), 6)
    assert exacte(publier(horloge, "2023-06")) == 60


def test_what_a_year_showed_before_its_parts_were_signed_is_not_taken_back(
    horloge: Any, espace_repos: Structure
) -> None:
    for mois in (4, 5, 6, 8):
        passer(espace_repos, des_gens(60), mois)
    publier(horloge, "2023")
    passer(espace_repos, des_gens(30), 8)
    assert exacte(publier(horloge, "2023")) == 270
    assert exacte(publier(horloge, "2023-T2", "2023")) == 270
    passer(espace_repos, des_gens(20), 5)
    revu = publier(horloge, "2023-T2", "2023")
    assert exacte(revu) == exacte(revu, axe="genre", code="H") == 290


def test_persons_who_were_shown_prove_nothing(horloge: Any, espace_repos: Structure) -> None:
    """Ten visits of May are of nobody known for a while; one more is of somebody then."""
    gens = des_gens(31)
    passer(espace_repos, gens[:20], 4)
    mai = passer(espace_repos, [*gens[:30], None], 5)
    publier(horloge, "2023-04", "2023-05")
    Contact.objects.filter(pk__in=[p.pk for p in mai[20:30]]).update(personne=None)
    premiere = publier(horloge, "2023-T2")
    for passage, personne in zip(mai[20:], gens[20:], strict=True):
        Contact.objects.filter(pk=passage.pk).update(personne=personne)
    seconde = publier(horloge, "2023-T2")
    for code in ("passages_personnes", "file_active"):
        assert exacte(premiere, code) == exacte(seconde, code) == 30, code


def effacer(passages: Sequence[Passage]) -> None:
    Contact.objects.filter(pk__in=[passage.contact_id for passage in passages]).delete()
    # History has the clock of the database, which does not travel.
    for modele in (Contact, Passage):
        suppressions = evenements_de(modele).filter(pgh_label="delete")
        suppressions.filter(pgh_created_at__gt=maintenant()).update(pgh_created_at=maintenant())


def deplacer(passages: Sequence[Passage], mois: int) -> None:
    contacts = Contact.objects.filter(pk__in=[passage.contact_id for passage in passages])
    contacts.update(survenu_le=datetime(2023, mois, 10, 8, tzinfo=UTC))


def test_one_who_came_late_beside_what_was_moved_is_not_told(
    horloge: Any, espace_repos: Structure
) -> None:
    """Twenty visits of April are put in May, where one came late: the months less their quarter
    would tell the one."""
    avril, _, _ = (passer(espace_repos, des_gens(60), mois) for mois in (4, 5, 6))
    publier(horloge, "2023-04", "2023-05", "2023-06", "2023-T2")
    deplacer(avril[:20], 5)
    passer(espace_repos, des_gens(1), 5)
    assert [exacte(publier(horloge, mois)) for mois in ("2023-04", "2023-05")] == [40, 80]
    assert exacte(publier(horloge, "2023-T2")) == 180
    # Twelve more, and all thirteen are shown.
    passer(espace_repos, des_gens(12), 5)
    assert exacte(publier(horloge, "2023-05")) == 93
    revu = publier(horloge, "2023-T2")
    assert exacte(revu) == exacte(revu, axe="genre", code="H") == 193


def test_nor_beside_what_waits_in_a_quarter(horloge: Any, espace_repos: Structure) -> None:
    """The same from a month to another quarter, while the first has not moved."""
    avril = passer(espace_repos, des_gens(60), 4)
    passer(espace_repos, des_gens(60), 8)
    publier(horloge, "2023-04", "2023-T2", "2023-T3", "2023")
    deplacer(avril[:20], 8)
    passer(espace_repos, des_gens(1), 8)
    suite = ("2023-04", "2023-T3", "2023-T2", "2023")
    assert [exacte(publier(horloge, code)) for code in suite] == [40, 80, 40, 120]


def test_what_eleven_left_since_need_not_be_made_up_for(
    horloge: Any, espace_repos: Structure
) -> None:
    """Twenty visits of April were taken back before it was signed, and after its quarter was."""
    avril, _, _ = (passer(espace_repos, des_gens(60), mois) for mois in (4, 5, 6))
    publier(horloge, "2023-T2")
    effacer(avril[:20])
    juin = publier(horloge, "2023-04", "2023-05", "2023-06")
    assert exacte(juin) == exacte(juin, "file_active") == 60
    passer(espace_repos, des_gens(100), 4)
    revu = publier(horloge, "2023-04", "2023-T2")
    assert exacte(revu) == exacte(revu, "file_active") == 260


def test_what_few_left_since_keeps_no_quarter_as_it_was(
    horloge: Any, espace_repos: Structure
) -> None:
    """Five: they wait in April, until enough came there."""
    avril, _, _ = (passer(espace_repos, des_gens(60), mois) for mois in (4, 5, 6))
    publier(horloge, "2023-T2")
    for passage in avril[:5]:
        passage.delete()
    assert lu(publier(horloge, "2023-04")).attente == -5
    assert exacte(publier(horloge, "2023-05", "2023-06")) == 60
    passer(espace_repos, des_gens(100), 4)
    revu = publier(horloge, "2023-04", "2023-T2")
    assert exacte(revu) == exacte(revu, axe="genre", code="H") == 275
    assert lu(revu).attente == 0


@pytest.mark.parametrize(
    ("signees", "ensuite"),
    [
        (["2023-T2", "2023-05", "2023-06"], ["2023-05", "2023-04"]),
        (["2023-T2", "2023-05"], ["2023-04", "2023-05", "2023-06"]),
    ],
)
def test_the_last_month_does_not_make_up_for_what_went_to_another(
    horloge: Any, espace_repos: Structure, signees: list[str], ensuite: list[str]
) -> None:
    """Twenty visits of April are put in May once its quarter is signed."""
    avril, _, _ = (passer(espace_repos, des_gens(60), mois) for mois in (4, 5, 6))
    publier(horloge, *signees)
    deplacer(avril[:20], 5)
    publier(horloge, *ensuite)
    derniere = {
        mois: exacte(Publication.objects.filter(periode=mois).latest("revision"))
        for mois in ("2023-04", "2023-05", "2023-06")
    }
    assert list(derniere.values()) == [40, 80, 60]


def test_persons_of_a_whole_do_not_tell_who_waits_in_a_part(
    horloge: Any, organisme: Organisme
) -> None:
    """Twenty-five are new in one structure; three in another, with which it shares many."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    communs = des_gens(40)
    passer(ici, [*communs, *des_gens(30)], 5)
    passer(la, [*communs, *des_gens(30)], 5)
    premiere = publier(horloge, "2023-05", "2023-T2")
    passer(ici, des_gens(25), 5)
    passer(la, des_gens(3), 5)
    mois, trimestre = publier(horloge, "2023-05"), publier(horloge, "2023-T2")
    for figure in ("passages", "file_active", "passages_personnes", "genre_connu"):
        changes = {exacte(p, figure) - exacte(premiere, figure) for p in (mois, trimestre)}
        assert changes == {25}, figure


def test_nor_who_waits_in_a_month(horloge: Any, organisme: Organisme) -> None:
    """Of a quarter in which the same come every month; in May, twenty come to another structure."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    gens, autres = des_gens(60), des_gens(60)
    for mois in (4, 5, 6):
        passer(ici, gens, mois)
        passer(la, autres, mois)
    premiere = publier(horloge, "2023-04", "2023-05", "2023-06", "2023-T2")
    passer(ici, des_gens(20), 4)
    passer(la, des_gens(20), 5)
    passer(ici, des_gens(3), 5)
    revu = publier(horloge, "2023-04", "2023-05", "2023-T2")
    for figure in ("passages", "file_active", "passages_personnes"):
        for ou, combien in (({}, 40), ({"niveau": "STRUCTURE", "territoire": ici.code}, 20)):
            assert exacte(revu, figure, **ou) - exacte(premiere, figure, **ou) == combien, figure


def test_who_waits_in_one_structure_keeps_no_other_out_of_the_year(
    horloge: Any, organisme: Organisme
) -> None:
    """The quarter has them by gender, and not by structure: its women may be the three."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    communs = [*des_gens(120), *des_gens(30, Genre.F)]
    for ou in (ici, la):
        passer(ou, communs, 5)
    premiere = publier(horloge, "2023-05", "2023-T2", "2023")
    passer(ici, [*des_gens(13), *des_gens(12, Genre.F)], 5)
    passer(la, des_gens(3, Genre.F), 5)
    revu = publier(horloge, "2023-05", "2023-T2", "2023")
    for ou in ({}, {"niveau": "STRUCTURE", "territoire": ici.code}):
        assert exacte(revu, **ou) - exacte(premiere, **ou) == 25


NOMS = (
    "Hirondelle", "Martinet", "Cigogne", "Pélican", "Rossignol", "Mésange", "Alouette", "Faucon",
    "Épervier", "Corbeau", "Perdrix", "Grèbe", "Vautour",
)  # fmt: skip


@pytest.mark.parametrize("ailleurs", [False, True])
def test_the_bounds_do_not_tell_who_waits(
    horloge: Any, organisme: Organisme, ailleurs: bool
) -> None:
    """Twelve pairs of probable duplicates, then a thirteenth with twelve others."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    paires = [
        PersonneFactory.create_batch(
            2, organisme=organisme, pseudonyme=nom, genre=Genre.H, annee_naissance=1950 + 3 * n
        )
        for n, nom in enumerate(NOMS)
    ]
    passer(ici, [personne for paire in paires for personne in paire][:-1], 5)
    passer(la, des_gens(40, Genre.F), 5)
    premiere = lu(publier(horloge, "2023-05"), "file_active")
    passer(ici, des_gens(12, Genre.F), 5)
    passer(la if ailleurs else ici, paires[-1][1:], 5)
    seconde = lu(publier(horloge, "2023-05"), "file_active")
    assert premiere.valeur
    assert premiere.borne_basse
    assert seconde.valeur
    assert seconde.borne_basse
    assert premiere.valeur < seconde.valeur
    assert premiere.valeur - premiere.borne_basse == seconde.valeur - seconde.borne_basse == 12


def test_a_month_waits_where_each_value_of_its_quarter_s_breakdowns_does(
    horloge: Any, espace_repos: Structure
) -> None:
    """April's twenty are five of each gender and age: the quarter could not follow."""
    groupes = [des_gens(30, genre, annee) for genre in "HF" for annee in (1970, 1999)]
    for mois in (4, 5, 6):
        for gens in groupes:
            passer(espace_repos, gens, mois)
    publier(horloge, "2023-04", "2023-05", "2023-06", "2023-T2")
    for gens in groupes:
        passer(espace_repos, gens[:5], 4)
    revu = lu(publier(horloge, "2023-04"))
    assert (revu.exacte, revu.attente) == (120, 20)
    revu = lu(publier(horloge, "2023-T2"))
    assert (revu.exacte, revu.attente) == (360, 20)


def test_nights_that_wait_keep_nothing_from_being_prepared(
    horloge: Any, organisme: Organisme
) -> None:
    """Two small shelters enter their stays late: seven persons each, where nobody was."""
    ici, la = (
        StructureFactory(organisme=organisme, type=genre) for genre in ("CAARUD", "ESPACE_REPOS")
    )
    gens, jeunes = des_gens(40), des_gens(13, annee=1999)
    for passage in passer(ici, gens, 4):
        ActeFactory(contact=passage.contact)
    passer(la, gens[:20], 4)
    passer(ici, jeunes, 4)
    for personne in gens[20:]:
        le = datetime(2023, 5, 10, 8, tzinfo=UTC)
        RencontreFactory(maraude__equipe__structure=la, personne=personne, survenu_le=le)
    publier(horloge, "2023-T2")
    for _ in range(2):
        site = SiteFactory(structure=StructureFactory(organisme=organisme, type="HSA"))
        for personne in des_gens(7, annee=1999):
            SejourFactory(
                place=PlaceFactory(site=site, ouverte_le=date(2023, 5, 1)), personne=personne,
                arrivee=date(2023, 5, 3), depart=date(2023, 5, 20),
                motif_sortie=MotifSortie.DEPART_VOLONTAIRE,
                destination=DestinationSortie.INCONNUE,
            )  # fmt: skip
    recalculer_tout()
    revu = publier(horloge, "2023-T2")
    # Each shelter's wait, and so do all of them.
    assert not revu.chiffres.filter(indicateur="nuitees", exacte__gt=0).exists()
    assert revu.revision == 2


def test_nobody_gives_way_to_what_waits(horloge: Any, organisme: Organisme) -> None:
    """Only women came late, six of whom wait in each of two months: the men are as many."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    for mois in (4, 5, 6):
        for ou, combien, genre in ((ici, 30, "H"), (la, 60, "H"), (ici, 15, "F"), (la, 15, "F")):
            passer(ou, des_gens(combien, genre), mois)
    publier(horloge, "2023-04", "2023-05", "2023-06", "2023-T2")
    for mois in (4, 5):
        passer(la, des_gens(30, Genre.F), mois)
        passer(ici, des_gens(6, Genre.F), mois)
    revu = publier(horloge, "2023-04", "2023-05", "2023-T2")
    hommes, femmes = (lu(revu, axe="genre", code=genre) for genre in "HF")
    assert [int(c.exacte or 0) for c in (lu(revu), hommes, femmes)] == [420, 270, 150]
    assert [c.attente for c in (lu(revu), hommes, femmes)] == [12, 0, 12]
    assert not [ligne for ligne in changements(revu)["changes"] if ligne["ecart"] < 0]


def test_what_went_down_by_a_part_goes_on_when_the_rest_is_proved(
    horloge: Any, organisme: Organisme
) -> None:
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    gens = des_gens(80)
    partis = passer(ici, gens[:40], 5)
    passer(la, gens[40:], 5)
    publier(horloge, "2023-05")
    for passage in partis[:14]:
        passage.delete()
    for _ in range(2):
        passer(la, gens[40:46], 5)

    def vus(publication: Publication) -> list[int]:
        des_deux = [{"niveau": "STRUCTURE", "territoire": ou.code} for ou in (ici, la)]
        return [exacte(publication, **ou) for ou in ({}, *des_deux)]

    # Twelve rows of six persons wait there.
    assert vus(publier(horloge, "2023-05")) == [66, 26, 40]
    passer(la, gens[50:70], 5)
    assert vus(publier(horloge, "2023-05")) == [98, 26, 72]


def test_what_was_late_and_waits_is_late_once(horloge: Any, organisme: Organisme) -> None:
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    for ou, combien in ((ici, 60), (la, 30)):
        passer(ou, des_gens(combien), 5)
    publier(horloge, "2023-05")
    passer(ici, des_gens(20), 5)
    passer(la, des_gens(3), 5)
    publier(horloge, "2023-05")
    passer(la, des_gens(1), 5)
    page = changements(publier(horloge, "2023-05"))
    passages = [ligne for ligne in page["autres"] if ligne["libelle"] == "Passages"]
    assert len(passages) > 3
    dits = {(li["attendait"], li["tardives"], li["corrigees"], li["attend"]) for li in passages}
    assert dits == {(3, 1, 0, 4)}
