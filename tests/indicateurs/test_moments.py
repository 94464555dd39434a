"""What the book was at one moment and at another: whoever subtracts the tables of one from those of
another learns nothing of a few, and what was signed can always be counted again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from contacts.models import Contact
from hebergement.models import Sejour
from hebergement.occupation import recalculer_tout
from indicateurs.models import OUVERTURE, Chiffre, Ecriture, Publication
from indicateurs.periodes import Pas, contenues, lire
from socle.enums import Genre
from socle.models import Personne, Structure
from tests.factories import (
    ActeFactory,
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    SejourFactory,
    SiteFactory,
)
from tests.indicateurs.test_publications import en_ordre
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


def dire(gens: Sequence[Personne], genre: str) -> None:
    """Complete their files."""
    for personne in gens:
        personne.genre = genre
        personne.save()


def montrees(periode: str, figure: str = "passages") -> list[int | None]:
    """What each revision of a period shows of the network."""
    chiffres = Chiffre.objects.filter(
        publication__periode=periode, indicateur=figure, niveau="RESEAU", axe=""
    ).order_by("publication__revision")
    return [None if c.valeur is None else int(c.valeur) for c in chiffres]


def soustractions(longue: str, parts: Sequence[str], figure: str = "passages") -> set[int]:
    """What is left of a period, by all revisions of it and of its parts that show something."""
    suites = [montrees(code, figure) for code in (longue, *parts)]
    return {
        tout - sum(reste)
        for tout, *reste in product(*suites)
        if tout is not None and None not in reste
    }


# --- A part that was replaced, beside what was signed since -------------------------------------


@pytest.mark.parametrize("premiers", [("2023-T2", "2023-04"), ("2023-04", "2023-T2")])
def test_a_month_that_was_replaced_tells_no_other(
    premiers: tuple[str, ...], horloge: Any, espace_repos: Structure
) -> None:
    """The quarter less April as it was, less May that was signed since, is the two of June."""
    for mois, combien in ((4, 60), (5, 60), (6, 2)):
        passer(espace_repos, des_gens(combien), mois)
    publier(horloge, *premiers)
    passer(espace_repos, des_gens(20), 4)
    assert exacte(publier(horloge, "2023-04")) == 80
    publier(horloge, MAI)
    for figure in ("passages", "file_active"):
        assert 2 not in soustractions("2023-T2", ["2023-04", MAI], figure)


@pytest.mark.parametrize("combien", [0, 20])
def test_nor_does_a_quarter(combien: int, horloge: Any, espace_repos: Structure) -> None:
    for mois, gens in ((2, 60), (5, 60), (8, 60), (11, 3)):
        passer(espace_repos, des_gens(gens), mois)
    publier(horloge, "2023", "2023-T1")
    passer(espace_repos, des_gens(combien), 2)
    publier(horloge, "2023-T1", "2023-T2", "2023-T3")
    assert 3 not in soustractions("2023", ["2023-T1", "2023-T2", "2023-T3"])


# --- What is left is of who was there then --------------------------------------------------------


@pytest.mark.parametrize(
    "comment", ["rien", "effaces", "deplaces", "anonymes", "rejoints", "revus"]
)
def test_who_is_left_is_who_was_there_then(
    comment: str, horloge: Any, espace_repos: Structure
) -> None:
    for mois in (4, 5, 7):
        passer(espace_repos, des_gens(60), mois)
    juin = passer(espace_repos, des_gens(2), 6)
    juillet = passer(espace_repos, des_gens(60), 7)
    publier(horloge, "2023-T2", "2023-04")
    if comment == "effaces":
        effacer(juin)
    elif comment == "deplaces":
        deplacer(juin, 7)
    elif comment == "anonymes":
        Contact.objects.filter(pk__in=[p.pk for p in juin]).update(personne=None)
    elif comment == "rejoints":
        deplacer(juillet[:12], 6)
    elif comment == "revus":
        passer(espace_repos, des_gens(12), 6)
        assert exacte(publier(horloge, "2023-T2")) == 134
    publier(horloge, MAI)
    assert 2 not in soustractions("2023-T2", ["2023-04", MAI])


@pytest.mark.parametrize("combien", [0, 12])
def test_nights_that_came_since_hide_nobody(
    combien: int, horloge: Any, espace_repos: Structure
) -> None:
    places = iter(PlaceFactory.create_batch(
        120, site=SiteFactory(structure=espace_repos), ouverte_le=date(2023, 1, 1)
    ))  # fmt: skip

    def loger(gens: int, mois: int, debut: int, fin: int) -> None:
        for personne in des_gens(gens):
            SejourFactory(
                place=next(places), personne=personne, arrivee=date(2023, mois, debut),
                depart=date(2023, mois, fin), motif_sortie="DEPART_VOLONTAIRE",
                destination="INCONNUE",
            )  # fmt: skip

    for mois, gens in ((4, 30), (5, 30), (6, 2)):
        loger(gens, mois, 3, 20)
    recalculer_tout()
    publier(horloge, "2023-T2", "2023-04")
    loger(combien, 6, 5, 7)
    recalculer_tout()
    publier(horloge, MAI)
    for figure, juin in (("nuitees", 34), ("jours_de_sejour", 34), ("sorties", 2), ("entrees", 2)):
        assert juin not in soustractions("2023-T2", ["2023-04", MAI], figure), figure


# --- Who is entered again, beside one whose rows moved -------------------------------------------


def test_who_moves_into_a_month_is_not_hidden_by_who_is_entered_again(
    horloge: Any, espace_repos: Structure
) -> None:
    gens, (une,) = des_gens(60), des_gens(1)
    avril = passer(espace_repos, [*[une] * 12, *des_gens(40)], 4)
    mai = passer(espace_repos, [*gens, une], 5)
    publier(horloge, "2023-04", MAI)
    effacer(mai[:12])
    passer(espace_repos, gens[:12], 5)
    deplacer(avril[:12], 5)
    revue = publier(horloge, MAI)
    assert (exacte(revue), lu(revue).attente) == (61, 12)


def test_nor_is_a_quantity_that_was_corrected(horloge: Any, espace_repos: Structure) -> None:
    gens = des_gens(60)
    remises = [
        RemiseMaterielFactory(contact=p.contact, quantite_distribuee=1, quantite_recuperee=0)
        for p in passer(espace_repos, gens, 5)
    ]
    publier(horloge, MAI)
    effacer([r.contact.passage for r in remises[:12]])
    for passage in passer(espace_repos, gens[:12], 5):
        RemiseMaterielFactory(contact=passage.contact, quantite_distribuee=1, quantite_recuperee=0)
    remises[30].quantite_distribuee = 13
    remises[30].save()
    revue = publier(horloge, MAI)
    assert (exacte(revue, "materiel_distribue"), lu(revue, "materiel_distribue").attente) == (
        60,
        12,
    )


# --- More nights than places ----------------------------------------------------------------------


def test_a_stay_that_is_shortened_in_a_full_site_keeps_no_month_from_being_published(
    horloge: Any, espace_repos: Structure
) -> None:
    site = SiteFactory(structure=espace_repos)
    sejours = [
        SejourFactory(
            place=PlaceFactory(site=site, ouverte_le=date(2023, 1, 1)), personne=personne,
            arrivee=date(2023, 3, 1), depart=None,
        )
        for personne in des_gens(14)
    ]  # fmt: skip
    recalculer_tout()
    publier(horloge, "2023-T2")
    Sejour.objects.filter(pk=sejours[0].pk).update(
        depart=date(2023, 4, 10), motif_sortie="DEPART_VOLONTAIRE"
    )
    SejourFactory(
        place=sejours[0].place, personne=sejours[0].personne, arrivee=date(2023, 4, 25), depart=None
    )
    recalculer_tout()
    publier(horloge, "2023-04", MAI, "2023-06")
    for mois in contenues("2023-T2", Pas.MOIS):
        table = Publication.objects.get(periode=mois)
        assert exacte(table, "nuitees") <= exacte(table, "nuits_disponibles")


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
def test_places_that_were_closed_wait_for_who_left_them(
    periode: str, horloge: Any, espace_repos: Structure
) -> None:
    """One of fourteen left for ten days, in which the place was closed: the nights of one wait, and
    so do those that were not to be had."""
    site = SiteFactory(structure=espace_repos)
    sejours = [
        SejourFactory(
            place=PlaceFactory(site=site, ouverte_le=date(2023, 5, 1)), personne=personne,
            arrivee=date(2023, 5, 1), depart=date(2023, 6, 1),
        )
        for personne in des_gens(14)
    ]  # fmt: skip
    recalculer_tout()
    avant = publier(horloge, periode)
    Sejour.objects.filter(pk=sejours[0].pk).update(depart=date(2023, 5, 20))
    FermetureFactory(place=sejours[0].place, debut=date(2023, 5, 21), fin=date(2023, 6, 1))
    recalculer_tout()
    revue = publier(horloge, periode)
    for figure, attente in (("nuitees", -12), ("nuits_disponibles", -11)):
        assert exacte(revue, figure) == exacte(avant, figure)
        assert lu(revue, figure).attente == attente


# --- The book -------------------------------------------------------------------------------------


def recompte(publication: Publication) -> dict[tuple[str, str], int]:
    """Visits and their persons, by structure, from the entries that there were then."""
    _, periode = lire(publication.periode)
    passages: dict[str, int] = defaultdict(int)
    presences: dict[tuple[str, Any], int] = defaultdict(int)
    for e in Ecriture.objects.filter(publication__signee_le__lte=publication.signee_le):
        if periode.debut <= e.mois < periode.fin and e.indicateur == "passages":
            passages[e.structure] += e.valeur
        if periode.debut <= e.mois < periode.fin and e.indicateur == "passages_personnes":
            presences[e.structure, e.personne] += e.valeur
    personnes: dict[str, int] = defaultdict(int)
    for (structure, _), combien in presences.items():
        personnes[structure] += combien > 0
    return {
        **{("passages", structure): combien for structure, combien in passages.items() if combien},
        **{("passages_personnes", s): combien for s, combien in personnes.items() if combien},
    }


def test_all_that_was_signed_can_be_counted_again(horloge: Any, espace_repos: Structure) -> None:
    gens = des_gens(40)
    avril, _, juin = (passer(espace_repos, gens, mois) for mois in (4, 5, 6))
    publier(horloge, "2023-04", "2023-T2")
    passer(espace_repos, des_gens(15, Genre.F), 4)
    deplacer(juin[:14], 5)
    effacer(avril[:2])
    publier(horloge, "2023-04", MAI, "2023-T2", "2023-06", "2023")
    passer(espace_repos, [None] * 4, 6)
    publier(horloge, "2023-T2", "2023-06")
    tables = list(Publication.objects.all())
    assert len(tables) == 9
    for table in tables:
        montrees = {
            (c.indicateur, c.territoire): int(c.exacte or 0)
            for c in table.chiffres.filter(
                indicateur__in=("passages", "passages_personnes"), niveau="STRUCTURE", axe=""
            )
            if c.exacte
        }
        assert montrees == recompte(table), table


def test_a_month_in_which_nobody_was_is_counted_all_the_same(
    horloge: Any, espace_repos: Structure
) -> None:
    """Who came late there came late: what was nothing is not written anew."""
    passer(espace_repos, des_gens(30), 4)
    publier(horloge, "2023-T2")
    ouverts = Ecriture.objects.filter(indicateur=OUVERTURE).values_list("mois__month", flat=True)
    assert sorted(ouverts) == [4, 5, 6]
    passer(espace_repos, des_gens(3), 6)
    revue = lu(publier(horloge, "2023-T2"))
    assert (revue.exacte, revue.attente) == (30, 3)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE indicateurs_ecriture SET valeur = valeur + 1",
        "DELETE FROM indicateurs_ecriture",
        "TRUNCATE indicateurs_ecriture",
        "INSERT INTO indicateurs_ecriture (publication_id, mois, indicateur, structure,"
        " arrondissement, axes, personne, valeur)"
        " SELECT uuid, debut, 'passages', 'x', '', '{}', NULL, 1 FROM indicateurs_publication",
    ],
)
def test_what_was_signed_is_not_written_again(
    sql: str, horloge: Any, espace_repos: Structure
) -> None:
    passer(espace_repos, des_gens(12), 5)
    publier(horloge, MAI)
    en_ordre()
    with (
        pytest.raises(IntegrityError, match="ne change plus"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_one_gender_a_year_until_eleven_changed(horloge: Any, espace_repos: Structure) -> None:
    gens = des_gens(40)
    passer(espace_repos, gens, 4)
    publier(horloge, "2023-04", "2023-T2")
    for personne in gens[:5]:
        personne.genre = Genre.F
        personne.save()
    passer(espace_repos, gens, 7)
    troisieme = publier(horloge, "2023-T3")
    assert exacte(troisieme, "file_active", axe="genre", code="H") == 40
    for personne in gens[5:12]:
        personne.genre = Genre.F
        personne.save()
    autre = PersonneFactory(organisme=espace_repos.organisme, genre=Genre.F)
    passer(espace_repos, [autre], 7)
    annee = publier(horloge, "2023-T3", "2023")
    assert exacte(annee, "file_active", axe="genre", code="F") == exacte(annee, "femmes") == 12
    assert exacte(annee, "file_active") == 40


def test_who_is_of_another_gender_since_is_counted_as_the_book_says(
    horloge: Any, espace_repos: Structure
) -> None:
    """One of fifteen who came again late: their visit is one more of the gender that they had."""
    gens = des_gens(40)
    passer(espace_repos, gens, 5)
    publier(horloge, "2023-T2")
    gens[0].genre = Genre.F
    gens[0].save()
    passer(espace_repos, gens[:15], 5)
    revue = publier(horloge, "2023-T2")
    assert (exacte(revue), lu(revue).attente) == (55, 0)
    assert exacte(revue, axe="genre", code="H") == 55


# --- Who changes twice in one revision --------------------------------------------------------


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
def test_who_is_of_another_gender_and_came_late_too(
    periode: str, horloge: Any, espace_repos: Structure
) -> None:
    """Fifteen of sixty: their files are completed, and each came once more."""
    gens = des_gens(60)
    passer(espace_repos, gens, 5)
    publier(horloge, periode)
    dire(gens[:15], Genre.F)
    passer(espace_repos, gens[:15], 5)
    revue = publier(horloge, periode)
    assert (exacte(revue), exacte(revue, "femmes")) == (75, 15)


def test_who_is_of_another_gender_and_was_there_once_less(
    horloge: Any, espace_repos: Structure
) -> None:
    gens = des_gens(60)
    passages = passer(espace_repos, [*gens, *gens], 5)
    publier(horloge, MAI)
    dire(gens[:15], Genre.F)
    effacer(passages[:15])
    revue = publier(horloge, MAI)
    assert (exacte(revue), exacte(revue, "femmes")) == (105, 15)


def test_three_other_acts_are_not_told_beside_twelve_of_nurses(
    horloge: Any, espace_repos: Structure
) -> None:
    """All acts, less those of nurses, are the others."""

    def agir(combien: int, categorie: str) -> None:
        for passage in passer(espace_repos, des_gens(combien), 5):
            ActeFactory(contact=passage.contact, categorie=categorie)

    agir(40, "SOINS_INFIRMIERS")
    agir(40, "HYGIENE")
    avant = publier(horloge, MAI)
    agir(12, "SOINS_INFIRMIERS")
    agir(3, "HYGIENE")
    apres = publier(horloge, MAI)
    actes, infirmiers = (exacte(apres, f) - exacte(avant, f) for f in ("actes", "actes_infirmiers"))
    assert actes - infirmiers == 0
