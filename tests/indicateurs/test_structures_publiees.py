"""A structure whose figures were published stays where it is: they were added up by it."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from commun.api.errors import Conflit
from indicateurs.contraintes import MESSAGES
from indicateurs.models import Publication
from indicateurs.publications import preparation
from indicateurs.publications.contributions import reunir
from indicateurs.publications.preparation import preparer, signer
from socle.models import Organisme, Structure, Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.formulaires import remplir
from tests.factories import PassageFactory

REFUS = MESSAGES["structure_publiee"][0]


AILLEURS = ({"type": "HSA"}, {"arrondissement": "75010"}, {"code": "autre"})


@pytest.mark.django_db
def test_it_is_neither_moved_nor_deleted(
    espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    ici = Structure.objects.filter(pk=espace_repos.pk)
    signer(preparer("2023-05"), coordinatrice)
    for ailleurs in AILLEURS:
        with pytest.raises(IntegrityError, match="chiffres publiés"), transaction.atomic():
            ici.update(**ailleurs)
    with pytest.raises(IntegrityError, match="chiffres publiés"), transaction.atomic():
        ici.delete()
    ici.update(nom="Un autre nom", capacite=12)


@pytest.mark.django_db
def test_what_was_only_prepared_is_thrown_away(espace_repos: Structure) -> None:
    ici = Structure.objects.filter(pk=espace_repos.pk)
    for ailleurs in AILLEURS:
        preparer("2023-05")
        ici.update(**ailleurs)
        assert not Publication.objects.exists()
    preparer("2023-05")
    ici.delete()
    assert not ici.exists()
    assert not Publication.objects.exists()


@pytest.mark.django_db
def test_nor_is_its_organisme_called_otherwise(
    espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """What is only prepared is thrown away; once it is signed, its code stays."""
    PassageFactory(structure=espace_repos, survenu_le=datetime(2023, 5, 10, 12, tzinfo=UTC))
    son_organisme = Organisme.objects.filter(pk=espace_repos.organisme_id)
    preparer("2023-05")
    son_organisme.update(code="autrement")
    assert not Publication.objects.exists()
    signer(preparer("2023-05"), coordinatrice)
    with pytest.raises(IntegrityError, match="chiffres publiés"), transaction.atomic():
        son_organisme.update(code="encore")
    son_organisme.update(nom="Un autre nom")


@pytest.mark.django_db
def test_the_admin_says_why_the_code_of_an_organisme_stays(
    console: Console,  # noqa: F811
    administratrice: Utilisateur,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
) -> None:
    PassageFactory(structure=espace_repos, survenu_le=datetime(2023, 5, 10, 12, tzinfo=UTC))
    signer(preparer("2023-05"), coordinatrice)
    navigateur = console(administratrice)
    adresse = page(Organisme, "change", espace_repos.organisme_id)
    reponse = navigateur.post(*remplir(navigateur, adresse, code="autrement"), follow=True)
    assert MESSAGES["organisme_publie"][0] in reponse.content.decode().replace("&#x27;", "'")


@pytest.mark.django_db
def test_the_admin_says_what_to_do(
    console: Console,  # noqa: F811
    administratrice: Utilisateur,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
) -> None:
    signer(preparer("2023-05"), coordinatrice)
    reponse = console(administratrice).post(
        f"/admin/socle/structure/{espace_repos.pk}/delete/", {"post": "yes"}, follow=True
    )
    assert REFUS in reponse.content.decode().replace("&#x27;", "'")
    assert Structure.objects.filter(pk=espace_repos.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_one_that_moves_while_it_is_counted_is_counted_again(
    espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ailleurs() -> None:
        Structure.objects.filter(pk=espace_repos.pk).update(arrondissement="75010")
        connection.close()

    def compter(*ou: Any) -> Any:
        trouves = reunir(*ou)
        fil = Thread(target=ailleurs)
        fil.start()
        fil.join()
        return trouves

    with monkeypatch.context() as pendant:
        pendant.setattr(preparation, "reunir", compter)
        with pytest.raises(Conflit, match="vient de changer"):
            preparer("2023-05")
    assert not Publication.objects.exists()
    assert preparer("2023-05").chiffres.filter(territoire=espace_repos.code).exists()
