"""A longer period adds up what its parts showed: what came between two signatures is no figure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accueil.models import Passage
from commun.api.errors import Conflit
from contacts.models import Contact
from coordination.models import Orientation
from hebergement.enums import MotifSortie
from hebergement.models import Sejour
from hebergement.occupation import recalculer_tout as recalculer
from indicateurs.catalogue import PAR_CODE
from indicateurs.enums import Niveau, StatutPublication
from indicateurs.models import Chiffre, Publication
from indicateurs.periodes import Pas, contenues
from indicateurs.publications import preparation
from indicateurs.publications.preparation import preparer, signer
from socle.enums import Genre
from socle.models import Structure, Utilisateur
from tests.concurrence import Fil, attendre_bloques
from tests.factories import (
    FermetureFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.partenaires import Partenaires, trop_etroites
from tests.indicateurs.test_partenaires_reunis import Public

pytestmark = pytest.mark.django_db
MOIS = contenues("2023-T2", Pas.MOIS)


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def passer(ou: Structure, mois: int, combien: int, genre: str = Genre.H) -> list[Passage]:
    personnes = PersonneFactory.create_batch(combien, organisme=ou.organisme, genre=genre)
    le = datetime(2023, mois, 9, 12, tzinfo=UTC)
    return [PassageFactory(structure=ou, personne=p, survenu_le=le) for p in personnes]


def publier(horloge: Any, *periodes: str) -> Publication:
    """Each is prepared and signed a minute after the one before."""
    par = Utilisateur.objects.get(role="COORDINATEUR")
    for periode in periodes:
        horloge.shift(timedelta(minutes=1))
        publication = preparer(periode)
        horloge.shift(timedelta(minutes=1))
        signer(publication, par)
    horloge.shift(timedelta(minutes=1))
    return publication


def exactes(publication: Publication, code: str, axe: str = "", **ou: Any) -> dict[str, int]:
    """By value of a breakdown, what is kept of a figure; of the network unless told."""
    ici = {"niveau": Niveau.RESEAU, "territoire": "", **ou}
    chiffres = publication.chiffres.filter(indicateur=code, axe=axe, **ici)
    return {chiffre.code: int(chiffre.exacte) for chiffre in chiffres}


@pytest.mark.usefixtures("coordinatrice")
def test_three_who_came_late_are_not_the_quarter_less_its_months(
    horloge: Any, espace_repos: Structure
) -> None:
    for mois in (4, 5, 6):
        passer(espace_repos, mois, 20)
        passer(espace_repos, mois, 20, Genre.F)
    publier(horloge, *MOIS)
    passer(espace_repos, 5, 3, Genre.F)
    trimestre = publier(horloge, "2023-T2")
    assert exactes(trimestre, "passages") == {"": 120}
    assert exactes(trimestre, "passages", "genre") == {"H": 60, "F": 60}
    assert exactes(trimestre, "file_active") == {"": 120}
    assert exactes(trimestre, "file_active", "genre") == {"H": 60, "F": 60}
    # Thirteen late comers are shown: by the month, and then by what it is a part of.
    passer(espace_repos, 5, 10, Genre.F)
    mai = publier(horloge, "2023-05")
    assert exactes(mai, "passages") == {"": 53}
    assert exactes(trimestre, "passages") == {"": 120}
    revu = publier(horloge, "2023-T2")
    assert exactes(revu, "passages") == {"": 133}
    assert exactes(revu, "passages", "genre") == {"H": 60, "F": 73}
    assert exactes(revu, "file_active") == {"": 133}
    # And three more wait again, in the year too.
    passer(espace_repos, 6, 3)
    annee = publier(horloge, "2023")
    assert exactes(annee, "passages") == {"": 133}
    assert exactes(annee, "passages", "genre") == {"H": 60, "F": 73}


@pytest.mark.usefixtures("coordinatrice")
def test_a_visit_that_was_taken_back_waits(horloge: Any, espace_repos: Structure) -> None:
    for mois in (4, 5, 6):
        passer(espace_repos, mois, 30)
        passer(espace_repos, mois, 20, Genre.F)
    publier(horloge, *MOIS)
    Passage.objects.filter(contact__personne__genre=Genre.F)[0].delete()
    trimestre = publier(horloge, "2023-T2")
    assert exactes(trimestre, "passages") == {"": 150}
    assert exactes(trimestre, "passages", "genre") == {"H": 90, "F": 60}
    assert exactes(trimestre, "file_active") == {"": 150}
    annee = publier(horloge, "2023")
    assert exactes(annee, "passages", "genre") == {"H": 90, "F": 60}
    ici = {"niveau": Niveau.STRUCTURE, "territoire": espace_repos.code}
    assert exactes(annee, "passages", **ici) == {"": 150}
    assert exactes(annee, "passages", "genre", **ici) == {"H": 90, "F": 60}


@pytest.mark.usefixtures("coordinatrice")
def test_the_only_visit_of_a_structure_that_was_taken_back_is_still_told(
    horloge: Any, espace_repos: Structure
) -> None:
    """The book knows it still."""
    autre = StructureFactory(type="HSA", organisme=espace_repos.organisme, code="autre")
    for mois in (4, 5, 6):
        passer(espace_repos, mois, 20)
    (seule,) = passer(autre, 5, 1, Genre.F)
    publier(horloge, *MOIS)
    seule.delete()
    publier(horloge, "2023-T2")
    annee = publier(horloge, "2023")
    ici = {"niveau": Niveau.STRUCTURE, "territoire": "autre"}
    assert exactes(annee, "passages") == {"": 61}
    assert exactes(annee, "passages", **ici) == {"": 1}
    assert exactes(annee, "passages", "genre", **ici) == {"F": 1}
    assert annee.chiffres.get(indicateur="passages", axe="", **ici).secret


@pytest.mark.usefixtures("coordinatrice")
def test_months_after_their_quarter_are_of_the_rows_that_it_was_of(
    horloge: Any, espace_repos: Structure
) -> None:
    for mois in (4, 5, 6):
        passer(espace_repos, mois, 40)
    publier(horloge, "2023-T2", "2023-04", "2023-05")
    passer(espace_repos, 6, 3)
    assert exactes(publier(horloge, "2023-06"), "passages") == {"": 40}
    # Nor does a row that was taken back show in the last part that is published.
    publier(horloge, "2023-T1", "2023-T3", "2023", "2023-10", "2023-11")
    assert Publication.objects.filter(periode="2023-T4").count() == 0
    Passage.objects.filter(contact__jour__month=6).first().delete()  # type: ignore[union-attr]
    assert exactes(publier(horloge, "2023-T4"), "passages") == {"": 0}


@pytest.mark.usefixtures("coordinatrice")
def test_a_visit_that_was_moved_waits_in_the_last_part(
    horloge: Any, espace_repos: Structure
) -> None:
    """To another month, after their quarter and the first one: no month is refused for ever."""
    passages = passer(espace_repos, 4, 40)
    publier(horloge, "2023-T2", "2023-04")
    Contact.objects.filter(passage=passages[0]).update(
        survenu_le=datetime(2023, 5, 9, 12, tzinfo=UTC)
    )
    assert exactes(publier(horloge, "2023-05"), "passages") == {"": 0}
    assert exactes(publier(horloge, "2023-06"), "passages") == {"": 0}


def enlever(passages: list[Passage]) -> None:
    passages[0].delete()


def reunir(passages: list[Passage]) -> None:
    une, autre = (passage.contact.personne for passage in passages[:2])
    Contact.objects.filter(personne=autre).update(personne=une)


def identifier(passages: list[Passage]) -> None:
    for passage in Passage.objects.filter(contact__personne=None)[:3]:
        femme = PersonneFactory(organisme=passage.contact.structure.organisme, genre=Genre.F)
        Contact.objects.filter(pk=passage.pk).update(personne=femme)


@pytest.mark.parametrize("corriger", [enlever, reunir, identifier])
@pytest.mark.usefixtures("coordinatrice")
def test_persons_of_one_month_are_those_of_its_quarter(
    corriger: Any, horloge: Any, espace_repos: Structure
) -> None:
    """A shelter that opened in one month only: nobody else could make the difference."""
    autre = StructureFactory(type="HSA", organisme=espace_repos.organisme, code="autre")
    passages = [*passer(autre, 5, 40), *passer(autre, 5, 40, Genre.F)]
    for _ in range(20):
        PassageFactory(
            structure=autre, personne=None, survenu_le=datetime(2023, 5, 9, 13, tzinfo=UTC)
        )
    for mois in (4, 5, 6):
        passer(espace_repos, mois, 30)
    publier(horloge, *MOIS)
    corriger(passages)
    trimestre = publier(horloge, "2023-T2")
    annee = publier(horloge, "2023")
    for publication in (trimestre, annee):
        for ou in (
            {"niveau": Niveau.STRUCTURE, "territoire": "autre"},
            {"niveau": Niveau.TYPE, "territoire": "HSA"},
        ):
            for code, combien in (
                ("file_active", 80), ("passages_personnes", 80), ("femmes", 40), ("passages", 100)
            ):  # fmt: skip
                assert exactes(publication, code, **ou) == {"": combien}, (publication, code, ou)


@pytest.mark.usefixtures("coordinatrice")
def test_where_a_structure_moved_it_is_not_counted_as_before(
    horloge: Any, espace_repos: Structure
) -> None:
    """Fourteen whom the network knew come to another structure: the network's figure stays."""
    autre = StructureFactory(type="HSA", organisme=espace_repos.organisme, code="autre")
    passages = passer(espace_repos, 5, 60)
    passer(autre, 5, 30)
    publier(horloge, *MOIS)
    for passage in passages[:14]:
        PassageFactory(
            structure=autre, personne=passage.contact.personne,
            survenu_le=datetime(2023, 5, 20, 12, tzinfo=UTC),
        )  # fmt: skip
    ici = {"niveau": Niveau.STRUCTURE, "territoire": "autre"}
    for publication in (publier(horloge, "2023-05"), publier(horloge, "2023-T2")):
        assert exactes(publication, "passages_personnes", **ici) == {"": 44}
        assert exactes(publication, "passages", **ici) == {"": 44}


@pytest.mark.usefixtures("coordinatrice")
def test_who_waits_in_a_revision_of_the_month_waits_in_its_quarter(
    horloge: Any, espace_repos: Structure
) -> None:
    """That another figure, or nothing, moved in it makes nobody known."""
    for mois in (4, 5, 6):
        passer(espace_repos, mois, 40)
        passer(espace_repos, mois, 40, Genre.F)
    publier(horloge, *MOIS)
    passer(espace_repos, 5, 3, Genre.F)
    publier(horloge, "2023-05")
    trimestre = publier(horloge, "2023-T2")
    for code in ("passages", "file_active"):
        assert exactes(trimestre, code) == {"": 240}
        assert exactes(trimestre, code, "genre") == {"H": 120, "F": 120}


@pytest.mark.usefixtures("coordinatrice")
def test_a_departure_that_came_late_keeps_no_quarter_from_being_published(horloge: Any) -> None:
    """The site was full, and its place is closed since: nights, and those there are, both wait."""
    site = SiteFactory()
    sejours = [
        SejourFactory(
            place=PlaceFactory(site=site), personne=PersonneFactory(),
            arrivee=date(2023, 3, 1), depart=None,
        )
        for _ in range(14)
    ]  # fmt: skip
    recalculer()
    publier(horloge, *MOIS)
    Sejour.objects.filter(pk=sejours[0].pk).update(
        depart=date(2023, 5, 10), motif_sortie=MotifSortie.DEPART_VOLONTAIRE
    )
    FermetureFactory(place=sejours[0].place, debut=date(2023, 5, 10), fin=date(2023, 7, 1))
    recalculer()
    trimestre = publier(horloge, "2023-T2")
    assert exactes(trimestre, "nuitees") == exactes(trimestre, "nuits_disponibles") == {"": 14 * 91}
    publier(horloge, "2023")


@pytest.mark.usefixtures("coordinatrice")
def test_a_breakdown_in_which_nobody_is_any_more_is_what_it_was(
    horloge: Any, espace_repos: Structure
) -> None:
    OrientationFactory.create_batch(
        20, structure_origine=espace_repos, survenu_le=datetime(2023, 5, 9, 12, tzinfo=UTC)
    )
    publier(horloge, *MOIS)
    genres = Counter(o.personne.genre for o in Orientation.objects.all() if o.personne)
    Orientation.objects.all().delete()
    trimestre = publier(horloge, "2023-T2")
    assert exactes(trimestre, "orientations") == {"": 20}
    assert exactes(trimestre, "orientations", "genre") == genres


def additifs(publication: Publication) -> dict[tuple[str, ...], int]:
    """Of figures that add up and that persons are behind, all totals, masked ones too."""
    codes = [i.code for i in PAR_CODE.values() if i.additif and i.de_personnes]
    chiffres = publication.chiffres.filter(axe="", indicateur__in=codes, exacte__gt=0)
    return {(c.indicateur, c.niveau, c.territoire): int(c.exacte or 0) for c in chiffres}


def somme(periodes: list[str]) -> dict[tuple[str, ...], int]:
    """Of what is published of these now."""
    toutes: dict[tuple[str, ...], int] = {}
    for periode in periodes:
        for cle, combien in additifs(
            Publication.objects.filter(periode=periode).latest("revision")
        ).items():
            toutes[cle] = toutes.get(cle, 0) + combien
    return toutes


@pytest.mark.timeout(400)
@pytest.mark.parametrize("graine", [2])
@pytest.mark.usefixtures("coordinatrice")
def test_whatever_comes_between_them_longer_periods_are_the_sums_of_the_shorter(
    horloge: Any,
    graine: int,
) -> None:
    public = Public(graine)
    public.venir(170, [12, 6, 3, 2])
    public.rencontrer(60)
    mois = contenues("2023-T1", Pas.MOIS)
    for periode in mois:
        publier(horloge, periode)
        public.venir(5, [3, 1, 1, 1])
        public.hasard.choice(public.passages).delete()
    trimestre = publier(horloge, "2023-T1")
    assert len(additifs(trimestre)) > 30
    assert additifs(trimestre) == somme(mois)
    public.venir(150, [1, 1, 1, 1])
    revu = publier(horloge, "2023-02", "2023-T1")
    # What did not move is the sum of what the months were.
    for cle, combien in additifs(revu).items():
        assert combien in (somme(mois)[cle], additifs(trimestre).get(cle, 0)), cle
    assert additifs(publier(horloge, "2023")) == somme(["2023-T1"])
    assert sum(c.attente != 0 for c in Chiffre.objects.all()) > 10
    partenaires = Partenaires()
    assert sum(map(bool, partenaires.larges.values())) > 100
    assert not trop_etroites(partenaires)


# --- What is signed rests on all that was signed ------------------------------------------------


def test_what_ignores_another_that_was_signed_since_is_prepared_again(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    passer(espace_repos, 5, 12)
    trimestre, mois, ailleurs = preparer("2023-T2"), preparer("2023-05"), preparer("2022-05")
    horloge.shift(timedelta(minutes=1))
    signer(mois, coordinatrice)
    with pytest.raises(Conflit, match="préparez celle-ci de nouveau"):
        signer(trimestre, coordinatrice)
    refus = pytest.raises(IntegrityError, match="signée depuis")
    with refus, transaction.atomic():
        Publication.objects.filter(pk=trimestre.pk).update(
            statut=StatutPublication.SIGNEE, signee_le=trimestre.connu_le,
            signee_par=coordinatrice,
        )  # fmt: skip
    signer(ailleurs, coordinatrice)
    horloge.shift(timedelta(minutes=1))
    signer(preparer("2023-T2"), coordinatrice)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_signed_at_once_the_second_sees_the_first(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """By SQL too: the second waits, and sees the first."""
    passer(espace_repos, 5, 12)
    une, autre = preparer("2023-T2"), preparer("2023-05")
    horloge.shift(timedelta(minutes=1))

    def signer_par_sql(publication: Publication) -> int:
        return Publication.objects.filter(pk=publication.pk).update(
            statut=StatutPublication.SIGNEE, signee_par=coordinatrice,
            signee_le=publication.connu_le + timedelta(seconds=1),
        )  # fmt: skip

    with transaction.atomic():
        signer_par_sql(une)
        seconde = Fil(lambda: signer_par_sql(autre))
        attendre_bloques(1)
    with pytest.raises(IntegrityError, match="signée depuis"):
        seconde.resultat()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_signed_while_another_is_prepared(
    espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    publication = preparer("2023-05")
    with preparation._une_a_la_fois(), pytest.raises(Conflit, match="en préparation"):
        Fil(lambda: signer(publication, coordinatrice)).resultat()


@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize(
    "ordre", [("2023-T2", "2023-04", "2023-05"), ("2023-04", "2023-05", "2023-T2")]
)
def test_a_month_that_nobody_published_is_no_subtraction(
    horloge: Any, espace_repos: Structure, ordre: tuple[str, ...]
) -> None:
    """Of June only four came, once each: the quarter's visits less two months' are theirs."""
    for mois, combien in ((4, 40), (5, 30), (6, 4)):
        passer(espace_repos, mois, combien)
    publier(horloge, *ordre)
    for ou in ({}, {"niveau": Niveau.STRUCTURE, "territoire": espace_repos.code}):
        trimestre, avril, mai = (
            [montree(code, figure, **ou) for figure in ("passages", "passages_personnes")]
            for code in ("2023-T2", "2023-04", "2023-05")
        )
        # At least as many visits as persons: what is hidden of the months is no less than these.
        plus = None not in (trimestre[0], avril[1], mai[1])
        assert not plus or trimestre[0] - avril[1] - mai[1] > 10
        assert None in (trimestre[0], avril[0], mai[0])
    # And June can be published.
    publication = publier(horloge, "2023-06")
    assert publication.chiffres.get(indicateur="passages", niveau="RESEAU", axe="").secret


@pytest.mark.usefixtures("coordinatrice")
def test_a_quarter_that_nobody_published_is_no_subtraction(
    horloge: Any, espace_repos: Structure
) -> None:
    """Of the last quarter two women, who are told by no breakdown of the others."""
    for mois in (2, 5, 8, 11):
        passer(espace_repos, mois, 30)
        passer(espace_repos, mois, 2 if mois == 11 else 30, Genre.F)
    publier(horloge, "2023", "2023-T1", "2023-T2", "2023-T3")
    codes = ("2023", "2023-T1", "2023-T2", "2023-T3")
    assert None in [montree(code, "passages", axe="genre", code=Genre.F) for code in codes]
    publier(horloge, "2023-T4")


@pytest.mark.usefixtures("coordinatrice")
def test_what_is_left_to_the_last_month_is_of_as_many_persons(
    horloge: Any, espace_repos: Structure
) -> None:
    """Four of June's twelve were dated April once: it shows eight, who are few."""
    for mois, combien in ((4, 40), (5, 30)):
        passer(espace_repos, mois, combien)
    venues = passer(espace_repos, 6, 12)
    egares = Contact.objects.filter(passage__in=venues[:4])
    egares.update(survenu_le=datetime(2023, 4, 9, 12, tzinfo=UTC))
    publier(horloge, "2023-T2", "2023-04", "2023-05")
    egares.update(survenu_le=datetime(2023, 6, 9, 12, tzinfo=UTC))
    publication = publier(horloge, "2023-06")
    passages = publication.chiffres.get(indicateur="passages", niveau="RESEAU", axe="")
    assert (passages.exacte, passages.personnes, passages.secret) == (8, 8, True)


def montree(periode: str, figure: str, **ou: Any) -> int | None:
    """What partners read of a cell; of the network unless told."""
    ici = {"niveau": Niveau.RESEAU, "territoire": "", "axe": "", "code": "", **ou}
    chiffre = Chiffre.objects.get(
        publication__periode=periode, indicateur=figure, publication__statut="SIGNEE", **ici
    )
    return None if chiffre.valeur is None else int(chiffre.valeur)
