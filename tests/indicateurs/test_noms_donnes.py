"""Contacts that are given a name, or lose it, once they were published: each is counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accueil.models import Passage
from contacts.models import Acte, Contact
from coordination.fusions import fusionner
from indicateurs.models import Ecriture, Publication
from indicateurs.publications.decoupe import echanges
from socle.enums import Genre
from socle.models import Structure, Utilisateur
from tests.factories import (
    ActeFactory,
)
from tests.indicateurs.test_revisions_voisines import (
    des_gens,
    exacte,
    lu,
    passer,
)
from tests.indicateurs.test_voisines import publier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("coordinatrice")]
MAI, TRIMESTRE = "2023-05", "2023-T2"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def nommer(passages: Sequence[Passage], gens: Sequence[Any]) -> None:
    for passage, personne in zip(passages, gens, strict=True):
        Contact.objects.filter(pk=passage.contact_id).update(personne=personne)


def sans_personne(publication: Publication) -> int:
    return exacte(publication, axe="genre", code="SANS_PERSONNE")


@pytest.mark.parametrize("sens", ["nommes", "denommes"])
@pytest.mark.parametrize("hommes", [0, 2, 12])
@pytest.mark.parametrize("tard", [0, 20])
def test_a_visit_is_of_somebody_or_of_nobody(
    sens: str, hommes: int, tard: int, horloge: Any, espace_repos: Structure
) -> None:
    """Of three women and some men, beside others who came late."""
    connus = passer(espace_repos, [*des_gens(40), *des_gens(40, Genre.F)], 5)
    anonymes = passer(espace_repos, [None] * 40, 5)
    for mois in (4, 6):
        passer(espace_repos, des_gens(30), mois)
    premiere = publier(horloge, TRIMESTRE)
    if sens == "nommes":
        gens = [*des_gens(hommes), *des_gens(3, Genre.F)]
        nommer(anonymes[: len(gens)], gens)
    else:
        siens = [*connus[:hommes], *connus[40:43]]
        nommer(siens, [None] * len(siens))
    passer(espace_repos, des_gens(tard), 5)
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, "passages") == Passage.objects.count()
    # Three women wait, on both sides.
    assert exacte(revue, axe="genre", code="F") == exacte(premiere, axe="genre", code="F")
    changes = abs(sans_personne(revue) - sans_personne(premiere))
    assert changes in {0, hommes}
    assert not 0 < changes < 11


def test_names_that_are_given_beside_others_that_are_lost(
    horloge: Any, espace_repos: Structure
) -> None:
    """Of nobody known there are eleven less; and eight women and eight others wait."""
    connus = [
        passer(espace_repos, des_gens(40, genre), 5) for genre in (Genre.H, Genre.F, Genre.AUTRE)
    ]
    anonymes = passer(espace_repos, [None] * 60, 5)
    premiere = publier(horloge, TRIMESTRE)
    nommer(anonymes[:27], des_gens(27))
    for siens in connus[1:]:
        nommer(siens[:8], [None] * 8)
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, "passages") == Passage.objects.count()
    assert sans_personne(premiere) - sans_personne(revue) == 11
    assert exacte(revue, axe="genre", code="H") == 40 + 11


def test_visits_that_were_somebody_else_s_are_counted_once(
    horloge: Any, espace_repos: Structure
) -> None:
    """Fifteen visits of three women were of as many men."""
    femmes = passer(espace_repos, [f for f in des_gens(3, Genre.F) for _ in range(5)], 5)
    passer(espace_repos, [*des_gens(40), *des_gens(40, Genre.F)], 5)
    publier(horloge, TRIMESTRE)
    nommer(femmes, des_gens(15))
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, "passages") == Passage.objects.count()


@pytest.mark.parametrize("ajoutee", [False, True])
def test_what_is_of_nobody_keeps_few_others_waiting(
    ajoutee: bool, horloge: Any, espace_repos: Structure
) -> None:
    """Two acts of nobody known are changed, one of each kind, beside fifty that came late."""
    connus = passer(espace_repos, des_gens(60), 5)
    anonymes = passer(espace_repos, [None] * 40, 5)
    soins, hygiene = "SOINS_INFIRMIERS", "HYGIENE"
    for passages, categorie in ((connus, soins), (connus, hygiene),
                                (anonymes[:20], soins), (anonymes[20:], hygiene)):  # fmt: skip
        for passage in passages:
            ActeFactory(contact=passage.contact, categorie=categorie)
    publier(horloge, TRIMESTRE)
    for passage in passer(espace_repos, des_gens(50), 5):
        ActeFactory(contact=passage.contact, categorie=soins)
    Acte.objects.get(contact=anonymes[0].contact).delete()
    if ajoutee:
        ActeFactory(contact=anonymes[1].contact, categorie=hygiene)
    else:
        Acte.objects.get(contact=anonymes[39].contact).delete()
    revue = publier(horloge, TRIMESTRE)
    assert abs(exacte(revue, "actes") - Acte.objects.count()) <= 2
    assert lu(revue, "actes").attente == Acte.objects.count() - exacte(revue, "actes")


def test_one_small_change_keeps_no_chain_waiting(horloge: Any, espace_repos: Structure) -> None:
    """A woman loses one visit of two, thirty men two of three, and sixty come late, twice each."""
    de_la_femme, _ = passer(espace_repos, des_gens(1, Genre.F) * 2, 5)
    passer(espace_repos, des_gens(40, Genre.F), 5)
    hommes = des_gens(40)
    perdus = [p for _ in range(2) for p in passer(espace_repos, hommes, 5)[:30]]
    passer(espace_repos, hommes, 5)
    premiere = publier(horloge, TRIMESTRE)
    passer(espace_repos, des_gens(60) * 2, 5)
    Passage.objects.filter(pk__in=[p.pk for p in (de_la_femme, *perdus)]).delete()
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, axe="genre", code="F") == exacte(premiere, axe="genre", code="F")
    # The woman's, and one of those who came late, who may have taken it.
    assert exacte(revue, "file_active") == exacte(premiere, "file_active") + 59
    assert exacte(revue, "passages") == Passage.objects.count() - 1
    assert lu(revue, "passages").attente == 1


def groupes(ecarts: Sequence[int], rares: Sequence[int] = ()) -> list[set[int]]:
    """Who is bound to whom, one after the other."""
    ensemble = [{i} for i in range(len(ecarts))]
    donnees: Counter[int] = Counter()
    for un, autre, combien in echanges(dict(enumerate(ecarts)), set(rares)):
        assert combien > 0
        assert ecarts[un] * ecarts[autre] < 0
        donnees.update({un: combien, autre: combien})
        uni = ensemble[un] | ensemble[autre]
        for i in uni:
            ensemble[i] = uni
    # As many as there may be, and of nobody more than they have.
    assert all(donnees[i] <= abs(ecart) for i, ecart in enumerate(ecarts))
    gagnees, perdues = (sum(n for n in cote if n > 0) for cote in (ecarts, [-n for n in ecarts]))
    assert donnees.total() == 2 * min(gagnees, perdues)
    return [e for i, e in enumerate(ensemble) if min(e) == i]


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), max_size=12))
def test_every_row_that_may_have_changed_hands_is_bound(ecarts: list[tuple[int, bool]]) -> None:
    """Of each group as of all: on the side that has fewer, none is left without another."""
    combien = [n for n, _ in ecarts]
    sens = 1 if sum(combien) >= 0 else -1
    for groupe in groupes(combien, [i for i, (_, rare) in enumerate(ecarts) if rare]):
        assert sum(combien[i] for i in groupe) * sens >= 0


@pytest.mark.parametrize(
    ("ecarts", "rares", "attendus"),
    [
        ([-1, *[-2] * 3, *[2] * 6], [0], [2, 2, 2, 2, 1, 1]),
        ([-1, *[-2] * 3, *[2] * 3, 1], [0], [2, 2, 2, 2]),
        ([-3, 1, 1, 1, 5], [], [2, 1, 1, 1]),
        ([-5, 1, 2, 2, 3], [], [3, 1, 1]),
        ([*[-3] * 3, *[2] * 6], [], [3, 3, 3]),
        # One who lost a row by herself takes none from who changed theirs.
        ([-1, -4, -3, 3, 4], [0], [2, 2, 1]),
        ([-1, -4, -3, 2, 5], [0], [4, 1]),
        # Those who wait whatever happens take from each other.
        ([1, -5, 4, -4], [0, 3], [2, 2]),
        ([*[1] * 6, -1, -1], [4, 5, 6, 7], [2, 2, 1, 1, 1, 1]),
    ],
)
def test_groups_are_small(
    ecarts: Sequence[int], rares: Sequence[int], attendus: Sequence[int]
) -> None:
    assert sorted(map(len, groupes(ecarts, rares)), reverse=True) == attendus


def test_one_lost_visit_keeps_none_waiting_that_changed_hands(
    horloge: Any, espace_repos: Structure
) -> None:
    """Visits of forty men are put to forty others, in other lots; a woman loses one."""
    donnent, recoivent = des_gens(40), des_gens(40)
    passages = passer(espace_repos, [g for rang, g in enumerate(donnent) for _ in range(
        1 + rang % 4)], 5)  # fmt: skip
    de_la_femme, *_ = passer(espace_repos, des_gens(40, Genre.F), 5)
    premiere = publier(horloge, TRIMESTRE)
    nommer(passages, [recoivent[rang * 40 // len(passages)] for rang in range(len(passages))])
    de_la_femme.delete()
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, "passages") == exacte(premiere, "passages")
    assert exacte(revue, axe="genre", code="F") == 40
    assert lu(revue, "passages").attente == -1
    gens = set(Contact.objects.values_list("personne", flat=True))
    assert {g.pk for g in recoivent} < gens
    ecrits = set(Ecriture.objects.filter(publication=revue).values_list("personne", flat=True))
    assert ecrits >= {g.pk for g in (*donnent, *recoivent)}


def test_a_merge_gives_and_takes_no_name(
    horloge: Any, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """Beside thirteen women who each lose the name of a visit."""
    femmes = passer(espace_repos, des_gens(40, Genre.F), 5)
    gardee, alias = *des_gens(1), *des_gens(1, Genre.F)
    passer(espace_repos, [gardee, alias] * 5, 5)
    passer(espace_repos, [None] * 40, 5)
    premiere = publier(horloge, TRIMESTRE)
    nommer(femmes[:13], [None] * 13)
    fusionner(gardee=gardee, alias=alias, auteur=coordinatrice)
    revue = publier(horloge, TRIMESTRE)
    assert sans_personne(revue) == sans_personne(premiere) + 13
    assert exacte(revue, "passages") == Passage.objects.count()
