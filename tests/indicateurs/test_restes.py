"""A longer period and some of its parts: what nobody published of it is no subtraction either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
import time_machine

from accueil.models import Passage
from contacts.enums import CategorieActe
from contacts.models import Contact
from coordination.services import rapprocher_marques
from hebergement.enums import DestinationSortie, MotifSortie
from hebergement.occupation import recalculer_tout
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre
from indicateurs.publications.cellules import Cle
from indicateurs.publications.comptage import denombrer, mois_de
from indicateurs.publications.livre import Livre
from indicateurs.publications.masquage import _de_proche_en_proche
from indicateurs.publications.restes import RESTE, Restes, restes
from indicateurs.secret import Borne, Somme
from socle.models import Structure
from tests.factories import (
    ActeFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.partenaires import trop_etroites
from tests.indicateurs.partenaires_restes import Soustracteurs
from tests.indicateurs.saisons import Saisons
from tests.indicateurs.test_nuits_publiees import loger
from tests.indicateurs.test_revisions_voisines import deplacer, des_gens, effacer, lu, passer
from tests.indicateurs.test_voisines import publier

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def montrees(figures: Sequence[str], periodes: Sequence[str]) -> list[int | None]:
    """What partners read of the network."""
    ici = {"niveau": Niveau.RESEAU, "axe": ""}
    return [
        Chiffre.objects.get(publication__periode=periode, indicateur=figure, **ici).valeur
        for periode in periodes
        for figure in figures
    ]


ORDRES = [("2023-T2", "2023-04", "2023-05"), ("2023-04", "2023-05", "2023-T2")]


@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize("ordre", ORDRES)
def test_the_other_acts_of_a_month_that_nobody_published_are_not_told(
    horloge: Any, espace_repos: Structure, ordre: Sequence[str]
) -> None:
    """Of June's 24 acts, all but four are nurses': many are behind each figure, few between."""
    for mois, soins, autres in ((4, 25, 15), (5, 25, 15), (6, 20, 4)):
        for n in range(soins + autres):
            passage = PassageFactory(
                structure=espace_repos,
                personne=PersonneFactory(organisme=espace_repos.organisme),
                survenu_le=datetime(2023, mois, 9, 12, tzinfo=UTC),
            )
            categorie = CategorieActe.SOINS_INFIRMIERS if n < soins else CategorieActe.HYGIENE
            ActeFactory(contact=passage.contact, categorie=categorie)
    publier(horloge, *ordre)
    assert None in montrees(["actes", "actes_infirmiers"], ordre)


@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize("ordre", ORDRES)
def test_the_deaths_of_a_month_that_nobody_published_are_not_told(
    horloge: Any, ordre: Sequence[str]
) -> None:
    """Two: of the quarter and of the other months, enough died to be told."""
    site = SiteFactory()
    for mois, sorties, deces in ((4, 40, 12), (5, 40, 12), (6, 20, 2)):
        for n in range(sorties):
            SejourFactory(
                place=PlaceFactory(site=site), personne=PersonneFactory(),
                arrivee=date(2023, mois, 3), depart=date(2023, mois, 20),
                motif_sortie=MotifSortie.DECES if n < deces else MotifSortie.DEPART_VOLONTAIRE,
                destination=DestinationSortie.INCONNUE,
            )  # fmt: skip
    recalculer_tout()
    publier(horloge, *ordre)
    assert None in montrees(["sorties", "sorties_hors_deces"], ordre)


@pytest.mark.usefixtures("coordinatrice")
def test_who_is_left_bounds_the_visits_of_a_month_that_was_published(
    horloge: Any, espace_repos: Structure
) -> None:
    """January's visits are masked, of nine persons here; but March's are of fourteen at least, and
    so are as many: then January has sixteen at most, and the network no more beside the others."""
    autres = [StructureFactory(type="CAARUD", arrondissement=lieu) for lieu in ("75018", "75019")]
    for mois, ici, personnes in ((1, 15, 9), (2, 30, 30), (3, 15, 15)):
        for structure, visites, combien in (
            (espace_repos, ici, personnes), (autres[0], 40, 32), (autres[1], 40, 36),
        ):  # fmt: skip
            gens = PersonneFactory.create_batch(combien, organisme=structure.organisme, genre="H")
            for n in range(visites):
                PassageFactory(
                    structure=structure, personne=gens[n % combien],
                    survenu_le=datetime(2023, mois, 9, 12, tzinfo=UTC),
                )  # fmt: skip
    publier(horloge, "2023-T1", "2023-02", "2023-01")
    assert not trop_etroites(Soustracteurs())
    publier(horloge, "2023-03")
    assert not trop_etroites(Soustracteurs())


@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize("combien", [0, 12])
def test_who_became_known_in_a_month_is_not_taken_for_who_is_left(
    combien: int, horloge: Any, espace_repos: Structure
) -> None:
    """Fourteen visits of two persons in May: whoever is known of April since is not of May."""
    passer(espace_repos, des_gens(20), 4)
    anonymes = passer(espace_repos, [None] * 12, 4)
    passer(espace_repos, des_gens(2) * 7, 5)
    publier(horloge, "2023-04")
    for passage, personne in zip(anonymes[:combien], des_gens(12), strict=False):
        Contact.objects.filter(pk=passage.contact_id).update(personne=personne)
    assert lu(publier(horloge, "2023-T2")).valeur is None


@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize("combien", [0, 12])
def test_nor_who_came_late_to_a_month(combien: int, horloge: Any, espace_repos: Structure) -> None:
    """Thirty nights of two persons in May."""
    site = SiteFactory(structure=espace_repos)
    places = PlaceFactory.create_batch(40, site=site, ouverte_le=date(2023, 1, 1))
    loger(places, 20, date(2023, 4, 1), date(2023, 4, 29))
    loger(places[20:], 2, date(2023, 5, 5), date(2023, 5, 20))
    recalculer_tout()
    publier(horloge, "2023-04")
    loger(places[25:], combien, date(2023, 4, 3), date(2023, 4, 5))
    assert lu(publier(horloge, "2023-T2"), "nuitees").valeur is None


@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize("geste", [effacer, partial(deplacer, mois=7)])
def test_nor_is_who_was_taken_back_for_nobody(
    geste: Callable[[Sequence[Passage]], None], horloge: Any, espace_repos: Structure
) -> None:
    """Of June, two visits: of the quarter that was signed, and of no month any more."""
    for mois in (4, 5):
        passer(espace_repos, des_gens(60), mois)
    juin = passer(espace_repos, des_gens(2), 6)
    avant = publier(horloge, "2023-T2", "2023-04")
    geste(juin)
    apres = publier(horloge, "2023-05")
    assert (lu(avant).valeur, lu(apres).valeur) == (60, None)


@pytest.mark.usefixtures("coordinatrice")
def test_who_is_left_on_both_sides_of_a_month_is_counted_once(
    horloge: Any, espace_repos: Structure
) -> None:
    """Of April and June, which nobody published: twelve visits of the same six persons."""
    six = des_gens(6)
    for mois in (4, 6):
        passer(espace_repos, six, mois)
    passer(espace_repos, des_gens(30), 5)
    publier(horloge, "2023-05")
    trimestre = publier(horloge, "2023-T2")
    assert lu(trimestre).valeur is None
    assert not trop_etroites(Soustracteurs())


@pytest.mark.usefixtures("coordinatrice")
def test_where_nobody_is_left_the_other_months_have_all_of_a_quarter(horloge: Any) -> None:
    """Here nobody came in April, which the visits tell: so who came in the quarter came in May."""
    ici, la = StructureFactory.create_batch(2)
    passer(la, des_gens(4), 5)
    for mois in (4, 5, 6):
        passer(ici, des_gens(15), mois)
    publier(horloge, "2023-T2", "2023-06", "2023-05")
    livre = Livre.de("2023-T2")
    tables = {
        code: denombrer(code, livre.entrees(mois_de(code), livre.dernier))
        for code in ("2023-T2", "2023-05", "2023-06")
    }
    finis = restes("2023-T2", livre, livre.dernier, tables).finis
    personnes = Cle("2023-T2", "passages_personnes", "STRUCTURE", la.code)
    visites = personnes._replace(indicateur="passages")
    mois = ("2023-05", "2023-06")
    assert Borne((personnes,), tuple(personnes._replace(periode=m) for m in mois)) in finis
    assert Somme(visites, tuple(visites._replace(periode=m) for m in mois)) in finis


def test_what_is_left_of_some_is_at_most_what_is_left_of_all() -> None:
    """Thirty left alive, of whom twelve for a home: the others are of no month, and at least none.
    So what the longer period and the other month tell of the first bounds the second."""
    alors, la = Cle("2023-T1", "sorties_fluides", "RESEAU"), {"periode": "2023-01"}
    tous = alors._replace(indicateur="sorties_hors_deces")
    laisses = {cle: cle._replace(periode=f"2023-T1{RESTE}") for cle in (alors, tous)}
    autres = laisses[tous]._replace(indicateur="sorties_sans_suite")
    trouves = Restes(
        temps={laisse: Somme(cle, (cle._replace(**la), laisse)) for cle, laisse in laisses.items()}
    )
    dit = trouves.sans_reste(Somme(laisses[tous], (laisses[alors], autres)))
    assert isinstance(dit, Borne)
    assert set(dit.petites) == {alors, tous._replace(**la)}
    assert set(dit.grandes) == {tous, alors._replace(**la)}


def test_what_is_bound_to_figures_is_taken_out_the_nearest_first() -> None:
    liees = [frozenset("ab"), frozenset("bc"), frozenset("de")]
    assert list(_de_proche_en_proche(frozenset("a"), liees)) == [
        frozenset("a"), frozenset("ab"), frozenset("abc")
    ]  # fmt: skip


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("coordinatrice")
@pytest.mark.parametrize(
    ("graine", "periodes"),
    [
        (5, ("2023-T1", "2023-01", "2023-02")),
        # July and September are left, on both sides of August.
        (1, ("2023", "2023-T3", "2023-08")),
        # Where orientations, and encounters, of nobody known are left of a year.
        (2, ("2023", "2023-T3")),
        (10, ("2023", "2023-T3")),
    ],
)
def test_nothing_that_is_left_is_pinned(horloge: Any, graine: int, periodes: Sequence[str]) -> None:
    Saisons(graine)
    rapprocher_marques()
    publier(horloge, *periodes)
    soustracteurs = Soustracteurs()
    laisses = [nom for nom, large in soustracteurs.larges.items() if large and est_laisse(nom)]
    assert len(laisses) > 30
    assert not trop_etroites(soustracteurs)


def est_laisse(nom: Any) -> bool:
    return nom[0] == "laisse" or (nom[0] == "reste" and nom[1][0] == "laisse")
