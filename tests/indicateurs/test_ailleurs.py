"""Rows that are counted elsewhere, or as something else, than they were: each counts once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine

from accueil.models import Passage
from contacts.models import Acte, Contact
from hebergement.models import Sejour
from hebergement.occupation import recalculer_tout
from indicateurs.publications import corrections, decoupe
from maraudes.models import Rencontre
from socle.enums import Genre
from socle.models import Structure
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    MaraudeFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)
from tests.indicateurs.test_noms_donnes import nommer
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
TRIMESTRE = "2023-T2"
SOINS, HYGIENE = "SOINS_INFIRMIERS", "HYGIENE"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def mettre(passages: Sequence[Passage], structure: Structure) -> None:
    Contact.objects.filter(pk__in=[p.contact_id for p in passages]).update(structure=structure)


@pytest.mark.parametrize("comment", ["structure", "mois", "de_personne", "de_personne_mois"])
def test_a_visit_that_was_elsewhere_is_counted_once(
    comment: str, horloge: Any, espace_repos: Structure
) -> None:
    """Eight women's visits, or twenty of nobody known, were of another structure or month; twenty
    came late where they are now."""
    autre = StructureFactory(organisme=espace_repos.organisme, type="CAARUD")
    for structure in (espace_repos, autre):
        for mois in (5, 6):
            passer(structure, [*des_gens(40), *des_gens(40, Genre.F), *[None] * 20], mois)
    inconnues = comment.startswith("de_personne")
    leurs = passer(espace_repos, [None] * 20 if inconnues else des_gens(8, Genre.F), 5)
    publier(horloge, TRIMESTRE)
    arrivent = des_gens(20, Genre.H if inconnues else Genre.F)
    if comment.endswith("mois"):
        deplacer(leurs, 6)
        passer(espace_repos, arrivent, 6)
    else:
        mettre(leurs, autre)
        passer(autre, arrivent, 5)
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, "passages") == Passage.objects.count()
    assert lu(revue, "passages").attente == 0


@pytest.fixture
def deux(espace_repos: Structure) -> tuple[Structure, Structure]:
    return espace_repos, StructureFactory(organisme=espace_repos.organisme, type="CAARUD")


def peupler(structures: Sequence[Structure]) -> list[tuple[list[Passage], ...]]:
    """In each, forty men's visits, forty women's, forty of nobody known."""
    return [
        tuple(
            passer(structure, gens, 5)
            for gens in (des_gens(40), des_gens(40, Genre.F), [None] * 40)
        )
        for structure in structures
    ]


@pytest.mark.parametrize("periode", [TRIMESTRE, "2023"])
@pytest.mark.parametrize("de_qui", ["hommes", "personne"])
def test_who_loses_a_visit_here_and_is_given_one_there_did_not_take_it_along(
    de_qui: str, periode: str, horloge: Any, deux: tuple[Structure, Structure]
) -> None:
    """Eight women's visits are of as many men, who did not come before; elsewhere eight, of men or
    of nobody, are those women's. Each visit is where it was, and counts once."""
    (_, femmes, _), (hommes, _, inconnues) = peupler(deux)
    publier(horloge, periode)
    gens = [passage.contact.personne for passage in femmes[:8]]
    nommer(femmes[:8], des_gens(8))
    nommer((hommes if de_qui == "hommes" else inconnues)[:8], gens)
    passer(deux[0], des_gens(20), 5)
    assert exacte(publier(horloge, periode), "passages") <= Passage.objects.count()


@pytest.mark.parametrize("periode", [TRIMESTRE, "2023"])
def test_visits_that_changed_their_names_are_where_they_were(
    periode: str, horloge: Any, deux: tuple[Structure, Structure]
) -> None:
    """Twelve of one structure and twelve of another have each the other's: nothing moves."""
    (_, femmes, _), (hommes, _, _) = peupler(deux)
    autres = passer(deux[0], des_gens(34, Genre.AUTRE), 5)

    def de_chacune() -> list[int]:
        revue = publier(horloge, periode)
        return [exacte(revue, niveau="STRUCTURE", territoire=s.code) for s in deux]

    avant = de_chacune()
    ici, la = [*femmes[:8], *autres[:4]], hommes[:12]
    gens = [[p.contact.personne for p in passages] for passages in (ici, la)]
    nommer(ici, gens[1])
    nommer(la, gens[0])
    assert de_chacune() == avant


def test_one_visit_of_nobody_that_is_gone_keeps_one_waiting(
    horloge: Any, deux: tuple[Structure, Structure]
) -> None:
    """Not all that came late of nobody elsewhere; nor, then, what comes after it."""
    _, (_, _, inconnues) = peupler(deux)
    publier(horloge, TRIMESTRE)
    effacer(inconnues[:1])
    for _ in range(3):
        passer(deux[0], [None] * 30, 5)
        passer(deux[0], des_gens(14), 5)
        revue = publier(horloge, TRIMESTRE)
        attendent = lu(revue, "passages", niveau="STRUCTURE", territoire=deux[0].code).attente
        assert attendent <= 1


def test_what_is_counted_from_the_same_encounters_goes_together(
    horloge: Any, espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of nobody come late here; ten who refused are gone there, and ten who were met elsewhere:
    matched figure by figure more would be met here than were approached, and all would wait."""
    ici, la, ailleurs = (
        StructureFactory(organisme=espace_repos.organisme, type="CAARUD") for _ in range(3)
    )
    le = datetime(2023, 5, 10, 20, tzinfo=UTC)
    maraudes = {
        structure: MaraudeFactory(
            equipe=EquipeFactory(structure=structure), en_cours=True, jour=le.date(),
            debut_le=le - timedelta(hours=1),
        )
        for structure in (ici, la, ailleurs)
    }  # fmt: skip

    def rencontrer(structure: Structure, gens: list[Any], issue: str) -> list[Any]:
        return [
            RencontreFactory(
                maraude=maraudes[structure], personne=personne, survenu_le=le, issue=issue
            ).contact_id
            for personne in gens
        ]

    absentes = [
        *rencontrer(ici, des_gens(13), "INDISPONIBLE"),
        *rencontrer(ailleurs, des_gens(23), "INDISPONIBLE"),
    ]
    for structure in (la, ailleurs):
        rencontrer(structure, des_gens(40), "ECHANGE")
    rencontrer(la, des_gens(30), "REFUS")
    parties = [
        *rencontrer(la, [None] * 10, "REFUS"), *rencontrer(ailleurs, [None] * 10, "ECHANGE"),
    ]  # fmt: skip
    publier(horloge, TRIMESTRE)
    Contact.objects.filter(pk__in=absentes).update(issue="ECHANGE")
    Rencontre.objects.filter(pk__in=parties).delete()
    Contact.objects.filter(pk__in=parties).delete()
    rencontrer(ici, [None] * 10, "ECHANGE")
    tout_attend = Mock()
    monkeypatch.setattr(corrections.Comparaison, "tout_attend", tout_attend)
    revue = publier(horloge, TRIMESTRE)
    tout_attend.assert_not_called()
    lieu = {"niveau": "STRUCTURE", "territoire": ici.code}
    assert 0 < exacte(revue, "rencontres", **lieu) <= exacte(revue, "approches", **lieu)


def test_what_is_alike_is_told_apart_in_one_way(
    horloge: Any, deux: tuple[Structure, Structure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever order the base tells what differs."""
    (hommes, femmes, inconnues), _ = peupler(deux)
    publier(horloge, TRIMESTRE)
    mettre([*hommes[:5], *femmes[:7], *inconnues[:9]], deux[1])
    nommer(femmes[8:20], des_gens(12))
    passer(deux[1], des_gens(6), 5)
    coupees = []

    def couper_dans_le_desordre(differences: Any, *autres: Any) -> Any:
        for graine in range(6):
            lignes = list(differences.items())
            Random(graine).shuffle(lignes)
            changements = decoupe.couper(dict(lignes), *autres)
            rangs = {id(c): rang for rang, c in enumerate(changements)}
            coupees.append([
                (dict(c.lignes), [rangs[id(exige)] for exige in c.exige]) for c in changements
            ])  # fmt: skip
        return changements

    monkeypatch.setattr(corrections, "couper", couper_dans_le_desordre)
    publier(horloge, TRIMESTRE)
    assert len(coupees[0]) > 20
    assert all(coupee == coupees[0] for coupee in coupees)


@pytest.mark.parametrize("disparus", [2, 30])
def test_what_is_gone_here_keeps_nobody_waiting_elsewhere(
    disparus: int, horloge: Any, espace_repos: Structure
) -> None:
    """All of one person's visits; thirteen came late to each of two other structures."""
    autres = StructureFactory.create_batch(2, organisme=espace_repos.organisme, type="CAARUD")
    for structure in (espace_repos, *autres):
        passer(structure, [*des_gens(40), *des_gens(40, Genre.F)], 5)
    faux = passer(espace_repos, des_gens(1) * disparus, 5)
    premiere = publier(horloge, TRIMESTRE)
    effacer(faux)
    for structure in autres:
        passer(structure, des_gens(13), 5)
    revue = publier(horloge, TRIMESTRE)
    assert exacte(revue, "passages") == exacte(premiere, "passages") + 26
    assert lu(revue, "passages").attente == -disparus


def test_a_visit_of_nobody_that_is_elsewhere_is_not_lost(
    horloge: Any, espace_repos: Structure
) -> None:
    """Where twenty men's visits, that never were, are taken out."""
    autre = StructureFactory(organisme=espace_repos.organisme, type="CAARUD")
    for structure in (espace_repos, autre):
        passer(structure, [*des_gens(40), *des_gens(40, Genre.F), *[None] * 20], 5)
    fausses, anonymes = passer(espace_repos, des_gens(20), 5), passer(espace_repos, [None] * 20, 5)
    publier(horloge, TRIMESTRE)
    mettre(anonymes, autre)
    effacer(fausses)
    assert exacte(publier(horloge, TRIMESTRE), "passages") == Passage.objects.count()


def test_an_act_of_another_kind_is_counted_once(horloge: Any, espace_repos: Structure) -> None:
    """Eight women's acts were of another kind; twenty women had one of it late."""

    def soigner(gens: Sequence[Any], categorie: str) -> list[Acte]:
        passages = passer(espace_repos, gens, 5)
        return [ActeFactory(contact=p.contact, categorie=categorie) for p in passages]

    for categorie in (SOINS, HYGIENE):
        soigner([*des_gens(40), *des_gens(40, Genre.F)], categorie)
    siens = soigner(des_gens(8, Genre.F), SOINS)
    publier(horloge, TRIMESTRE)
    Acte.objects.filter(pk__in=[a.pk for a in siens]).update(categorie=HYGIENE)
    soigner(des_gens(20, Genre.F), HYGIENE)
    assert exacte(publier(horloge, TRIMESTRE), "actes") == Acte.objects.count()


def test_a_night_at_another_kind_of_site_is_counted_once(
    horloge: Any, espace_repos: Structure
) -> None:
    autre = StructureFactory(organisme=espace_repos.organisme, type="CAARUD")
    places = {
        structure: PlaceFactory.create_batch(
            80, site=SiteFactory(structure=structure, dispositif=dispositif)
        )
        for structure, dispositif in ((espace_repos, "ASSORE"), (autre, "AUTRE"))
    }

    def loger(structure: Structure, gens: Sequence[Any]) -> list[Sejour]:
        nuits = {"arrivee": date(2023, 5, 1), "depart": date(2023, 5, 3)}
        return [
            SejourFactory(place=places[structure].pop(), personne=personne, **nuits)
            for personne in gens
        ]

    for structure in (espace_repos, autre):
        loger(structure, [*des_gens(20), *des_gens(20, Genre.F)])
    deplaces = loger(espace_repos, des_gens(8, Genre.F))
    recalculer_tout()
    publier(horloge, TRIMESTRE)
    for sejour in deplaces:
        Sejour.objects.filter(pk=sejour.pk).update(place=places[autre].pop())
    loger(autre, des_gens(20, Genre.F))
    recalculer_tout()
    assert exacte(publier(horloge, TRIMESTRE), "nuitees") == 2 * Sejour.objects.count()


@pytest.mark.parametrize("graine", range(6))
def test_what_waits_is_what_is_missing(graine: int, horloge: Any, espace_repos: Structure) -> None:
    """Whatever is corrected at once, and how often."""
    hasard = Random(graine)
    structures = [espace_repos, StructureFactory(organisme=espace_repos.organisme, type="CAARUD")]

    def arriver(combien: int, qui: Sequence[Any] | None = None) -> None:
        gens = qui or (
            [None] * combien if hasard.random() < 0.3
            else des_gens(combien, hasard.choice([Genre.H, Genre.F]))
        )  # fmt: skip
        for passage in passer(hasard.choice(structures), gens, hasard.choice([4, 5, 6])):
            if hasard.random() < 0.7:
                ActeFactory(contact=passage.contact, categorie=hasard.choice([SOINS, HYGIENE]))

    for _ in range(14):
        arriver(hasard.choice([8, 20, 40]))
    publier(horloge, TRIMESTRE)
    for _ in range(3):
        for _ in range(hasard.randint(2, 5)):
            pris = list(Passage.objects.order_by("pk"))
            hasard.shuffle(pris)
            pris = pris[: hasard.choice([1, 4, 8, 12, 25])]
            # Several at once, of the same rows.
            for quoi in hasard.sample(
                ["structure", "mois", "noms", "sorte"], hasard.choice([1, 2])
            ):
                if quoi == "structure":
                    mettre(pris, hasard.choice(structures))
                elif quoi == "mois":
                    deplacer(pris, hasard.choice([4, 5, 6]))
                elif quoi == "noms":
                    gens = des_gens(len(pris), hasard.choice([Genre.H, Genre.F]))
                    nommer(pris, hasard.choice([gens, [None] * len(pris)]))
                else:
                    actes = Acte.objects.filter(contact__in=[p.contact_id for p in pris])
                    actes.update(categorie=hasard.choice([SOINS, HYGIENE]))
        if hasard.random() < 0.8:
            arriver(hasard.choice([1, 11, 20]))
        revue = publier(horloge, TRIMESTRE)
        for figure, modele in (("passages", Passage), ("actes", Acte)):
            manquent = modele.objects.count() - exacte(revue, figure)
            assert lu(revue, figure).attente == manquent
