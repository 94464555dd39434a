"""One late visit beside what changes who is behind the others, and no visit: it waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from contacts.models import Contact
from coordination.fusions import annuler, fusionner
from indicateurs.enums import Niveau
from indicateurs.models import Publication
from socle.models import Structure, Utilisateur
from tests.factories import ActeFactory, PassageFactory
from tests.indicateurs.test_revisions_voisines import des_gens, lu, passer
from tests.indicateurs.test_voisines import publier

pytestmark = pytest.mark.django_db
MAI = "2023-05"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


class Accueil:
    """Eighty persons who came once in May, and fifteen visits of nobody known."""

    def __init__(self, structure: Structure, qui: Utilisateur) -> None:
        self.structure, self.qui = structure, qui
        self.gens = des_gens(80)
        self.visites = passer(structure, self.gens, 5)
        self.anonymes = passer(structure, [None] * 15, 5)
        self.fusions: list[Any] = []

    def rien(self) -> None:
        pass

    def reunir(self) -> None:
        self.fusions = [
            fusionner(gardee=self.gens[2 * n], alias=self.gens[2 * n + 1], auteur=self.qui)
            for n in range(12)
        ]

    def separer(self) -> None:
        for fusion in self.fusions:
            annuler(fusion=fusion, auteur=self.qui)

    def reconnaitre(self) -> None:
        for visite, personne in zip(self.anonymes[:11], des_gens(11), strict=True):
            Contact.objects.filter(pk=visite.contact_id).update(personne=personne)

    def oublier(self) -> None:
        for visite in self.visites[:12]:
            Contact.objects.filter(pk=visite.contact_id).update(personne=None)

    def en_attribuer(self) -> None:
        """Twelve visits of as many persons were of another one."""
        for visite in self.visites[:12]:
            Contact.objects.filter(pk=visite.contact_id).update(personne=self.gens[-1])

    def venir(self, combien: int) -> None:
        """Of one person."""
        (personne,) = des_gens(1)
        passer(self.structure, [personne] * combien, 5)

    def retirer(self, combien: int) -> None:
        """Of that many."""
        for visite in self.visites[40 : 40 + combien]:
            visite.delete()


@pytest.fixture
def accueil(espace_repos: Structure, coordinatrice: Utilisateur) -> Accueil:
    return Accueil(espace_repos, coordinatrice)


def passages(publication: Publication, structure: Structure) -> list[tuple[int, int]]:
    """What is shown of the network and of the structure, and how much of each waits."""
    chiffres = [
        lu(publication, "passages", niveau=niveau, territoire=territoire)
        for niveau, territoire in ((Niveau.RESEAU, ""), (Niveau.STRUCTURE, structure.code))
    ]
    return [(int(chiffre.valeur or 0), chiffre.attente) for chiffre in chiffres]


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
@pytest.mark.parametrize("combien", [1, 12, -1])
@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        (Accueil.rien, Accueil.rien), (Accueil.rien, Accueil.reunir),
        (Accueil.reunir, Accueil.separer), (Accueil.rien, Accueil.reconnaitre),
        (Accueil.rien, Accueil.oublier), (Accueil.rien, Accueil.en_attribuer),
    ],
)  # fmt: skip
def test_who_is_who_proves_no_visit(
    avant: Callable[[Accueil], None],
    apres: Callable[[Accueil], None],
    combien: int,
    periode: str,
    horloge: Any,
    accueil: Accueil,
) -> None:
    avant(accueil)
    publier(horloge, periode)
    horloge.shift(timedelta(hours=1))
    apres(accueil)
    accueil.venir(combien) if combien > 0 else accueil.retirer(-combien)
    revision = publier(horloge, periode)
    assert passages(revision, accueil.structure) == [(95, combien)] * 2


@pytest.mark.parametrize("periode", [MAI, "2023-T2"])
def test_visits_of_twelve_that_were_taken_back_are_shown(
    periode: str, horloge: Any, accueil: Accueil
) -> None:
    publier(horloge, periode)
    accueil.retirer(12)
    revision = publier(horloge, periode)
    assert passages(revision, accueil.structure) == [(83, 0)] * 2


@pytest.mark.parametrize("reunis", [True, False])
def test_the_last_month_is_not_put_right_for_who_was_merged(
    reunis: bool, horloge: Any, accueil: Accueil
) -> None:
    """Twelve visits of June are taken back: of one person beside twelve merged files, or of twelve.
    What the quarter and the others leave of it would tell the one."""
    passer(accueil.structure, accueil.gens, 4)
    (une,) = des_gens(1)
    juin = passer(accueil.structure, [*[une] * 12, *des_gens(80)], 6)
    publier(horloge, "2023-T2", "2023-04", MAI)
    if reunis:
        accueil.reunir()
    for visite in juin[:12] if reunis else juin[-12:]:
        visite.delete()
    dernier = publier(horloge, "2023-06")
    assert passages(dernier, accueil.structure)[0][0] == 92 - 12 * (not reunis)


def test_an_act_of_the_next_month_is_of_who_the_contact_is(horloge: Any, accueil: Accueil) -> None:
    """Contacts of the evening of 31 May, and what was done for them after midnight."""
    for personne in accueil.gens:
        visite = PassageFactory(
            structure=accueil.structure, personne=personne,
            survenu_le=datetime(2023, 5, 31, 21, 30, tzinfo=UTC),
        )  # fmt: skip
        ActeFactory(contact=visite.contact, survenu_le=datetime(2023, 5, 31, 22, 30, tzinfo=UTC))
    accueil.reunir()
    avant = lu(publier(horloge, "2023-06"), "actes").valeur
    accueil.separer()
    ActeFactory(contact=passer(accueil.structure, des_gens(1), 6)[0].contact)
    revision = lu(publier(horloge, "2023-06"), "actes")
    assert (revision.valeur, revision.attente) == (avant, 1)
