"""Instants as a desk writes them: to the second, and on the night that has an hour twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accueil.models import Passage
from contacts.models import Acte, Contact
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import erreurs, soumettre
from tests.factories import ActeFactory, PassageFactory

pytestmark = pytest.mark.django_db
# 02:30 in Paris, twice, on 29 October 2023; the fraction is what a tablet sends.
PREMIERE = datetime(2023, 10, 29, 0, 30, 15, 250_000, tzinfo=UTC)
SECONDE = PREMIERE.replace(hour=1)


@pytest.mark.parametrize("instant", [PREMIERE, SECONDE])
def test_a_correction_of_something_else_leaves_the_instant(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, instant: datetime
) -> None:
    passage = PassageFactory(structure=espace_repos, survenu_le=instant)
    acte = ActeFactory(contact=passage.contact, survenu_le=instant, categorie="RDR")
    Passage.objects.update(parti_le=instant)
    reponse = soumettre(
        console(coordinatrice), page(Passage, "change", passage.pk),
        genre_observe="F", **{"actes-0-categorie": "HYGIENE"},
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    contact = Contact.objects.get()
    assert (contact.genre_observe, contact.survenu_le) == ("F", instant)
    assert Passage.objects.get().parti_le == instant
    assert Acte.objects.get(pk=acte.pk).survenu_le == instant
    assert Acte.objects.get().categorie == "HYGIENE"


def test_of_the_hour_that_comes_twice_the_first_is_written(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos, survenu_le=datetime(2023, 10, 1, tzinfo=UTC))
    client, adresse = console(coordinatrice), page(Passage, "change", passage.pk)
    saisie = {"survenu_le_0": "29/10/2023", "survenu_le_1": "02:30:15"}
    assert soumettre(client, adresse, **saisie).status_code == 302
    assert Contact.objects.get().survenu_le == PREMIERE.replace(microsecond=0)


def test_an_hour_that_the_night_leaves_out_is_refused(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos, survenu_le=datetime(2023, 3, 1, tzinfo=UTC))
    saisie = {"survenu_le_0": "26/03/2023", "survenu_le_1": "02:30:00"}
    reponse = soumettre(console(coordinatrice), page(Passage, "change", passage.pk), **saisie)
    assert "survenu_le" in reponse.context["adminform"].form.errors
    assert Contact.objects.get().survenu_le == datetime(2023, 3, 1, tzinfo=UTC)
