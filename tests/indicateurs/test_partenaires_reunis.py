"""Whoever holds all that was signed, of every period and revision, pins nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accueil.models import Passage
from contacts.enums import CategorieActe, Issue
from indicateurs.demonstration import charger
from indicateurs.models import Publication
from indicateurs.publications.preparation import preparer, signer
from socle.enums import Genre
from socle.models import Structure, Utilisateur
from tests.factories import (
    ActeFactory,
    EquipeFactory,
    MaraudeFactory,
    OrganismeFactory,
    PassageFactory,
    PersonneFactory,
    RencontreFactory,
    StructureFactory,
)
from tests.indicateurs.partenaires import Partenaires, trop_etroites

pytestmark = pytest.mark.django_db
LIEUX = [("ESPACE_REPOS", "75018"), ("CAARUD", "75018"), ("CAARUD", "75019"), ("HSA", "75010")]
ACTES = [CategorieActe.SOINS_INFIRMIERS] * 6 + [CategorieActe.ACCES_AUX_DROITS] + [
    CategorieActe.HYGIENE
]  # fmt: skip
GENRES = [Genre.H] * 12 + [Genre.F] * 3 + [Genre.NON_RENSEIGNE] * 2 + [Genre.AUTRE]


@pytest.fixture
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


class Public:
    """Who comes, at random: many once, some often, a few whom nobody knows."""

    def __init__(self, graine: int) -> None:
        self.hasard = random.Random(graine)
        self.organismes = OrganismeFactory.create_batch(2)
        self.structures: list[Structure] = [
            StructureFactory(
                organisme=self.organismes[n % 2], type=sorte, arrondissement=lieu, code=f"c-{n}"
            )
            for n, (sorte, lieu) in enumerate(LIEUX)
        ]
        debut = datetime(2023, 2, 10, 20, tzinfo=UTC)
        self.maraude = MaraudeFactory(
            equipe=EquipeFactory(structure=self.structures[1]), statut="CLOTUREE",
            jour_prevu=debut.date(), debut_le=debut, fin_le=debut + timedelta(hours=4),
        )  # fmt: skip
        self.personnes: list[Any] = []
        self.passages: list[Passage] = []

    def venir(self, combien: int, poids: list[int]) -> None:
        hasard = self.hasard
        for _ in range(combien):
            if self.personnes and hasard.random() < 0.4:
                personne = hasard.choice(self.personnes)
            elif hasard.random() < 0.06:
                personne = None
            else:
                personne = PersonneFactory(
                    organisme=self.organismes[0], genre=hasard.choice(GENRES),
                    annee_naissance=hasard.choice([None, 1970, 1990]),
                )  # fmt: skip
                self.personnes.append(personne)
            (structure,) = hasard.choices(self.structures, poids)
            mois, jour = hasard.choice([1, 2, 2, 3]), hasard.randrange(1, 28)
            le = datetime(2023, mois, jour, 12, tzinfo=UTC)
            passage: Passage = PassageFactory(structure=structure, personne=personne, survenu_le=le)
            self.passages.append(passage)
            if hasard.random() < 0.6:
                ActeFactory(contact=passage.contact, categorie=hasard.choice(ACTES))

    def rencontrer(self, combien: int) -> None:
        for n in range(combien):
            issue = self.hasard.choice([Issue.ECHANGE] * 9 + [Issue.REFUS, Issue.INDISPONIBLE])
            RencontreFactory(
                maraude=self.maraude, personne=self.hasard.choice([None, *self.personnes]),
                issue=issue, survenu_le=self.maraude.debut_le + timedelta(minutes=n),
            )  # fmt: skip


@pytest.mark.timeout(400)
@pytest.mark.parametrize("graine", [1])
def test_no_cell_is_pinned_by_all_tables_and_their_revisions(
    graine: int, horloge: Any, coordinatrice: Utilisateur
) -> None:
    public = Public(graine)
    public.venir(170, [12, 6, 3, 2])
    public.rencontrer(60)
    for periode in ("2023-02", "2023-T1"):
        signer(preparer(periode), coordinatrice)
    for combien, poids, periodes in (
        (25, [12, 0, 0, 1], ("2023-02",)), (170, [1, 1, 1, 1], ("2023-02", "2023-T1")),
    ):  # fmt: skip
        horloge.shift(timedelta(days=1))
        public.venir(combien, poids)
        for periode in periodes:
            signer(preparer(periode), coordinatrice)
    signer(preparer("2023"), coordinatrice)
    assert Publication.objects.signees().count() == 6
    partenaires = Partenaires()
    assert partenaires.ont_bouge > 5
    assert sum(map(bool, partenaires.larges.values())) > 100
    assert not trop_etroites(partenaires)


@pytest.mark.timeout(300)
def test_no_cell_of_a_demonstration_is_pinned(horloge: Any) -> None:
    """Deaths, encounters, nights and orientations too, of a network like the real one."""
    horloge.move_to(datetime(2026, 11, 24, 20, tzinfo=UTC))
    charger(7, datetime(2026, 11, 24, 20, tzinfo=UTC), 0.3)
    coordinatrice = Utilisateur.objects.get(identifiant="coordinatrice")
    for periode in ("2023-02", "2023-T1", "2023"):
        signer(preparer(periode), coordinatrice)
    partenaires = Partenaires()
    restes = [nom for nom, large in partenaires.larges.items() if large and nom[0] == "reste"]
    assert len(restes) > 100
    assert not trop_etroites(partenaires)
