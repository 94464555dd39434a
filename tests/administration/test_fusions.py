"""Coordination merges from the list of duplicates, says that two are two, and undoes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.fusions import fusionner
from coordination.models import Doublon
from socle.models import Distinction, Fusion, Organisme, Personne, Utilisateur
from tests.administration.conftest import Console, page
from tests.factories import PersonneFactory, SejourFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def deux(organisme: Organisme) -> tuple[Personne, Personne]:
    une, autre = sorted(
        PersonneFactory.create_batch(
            2, organisme=organisme, pseudonyme="Hélène", genre="F", annee_naissance=1979
        ),
        key=lambda personne: personne.pk,
    )
    return une, autre


def agir(client: Any, modele: Any, action: str, *lignes: Any) -> list[str]:
    reponse = client.post(
        page(modele, "changelist"),
        {"action": action, ACTION_CHECKBOX_NAME: [ligne.pk for ligne in lignes]},
        follow=True,
    )
    assert reponse.status_code == 200
    return [str(message) for message in reponse.context["messages"]]


def test_two_files_side_by_side_merged_and_two_again(
    console: Console, coordinatrice: Utilisateur, deux: tuple[Personne, Personne]
) -> None:
    une, autre = deux
    client = console(coordinatrice)
    texte = client.get(page(Doublon, "changelist")).content.decode()
    for dit in (une.code, autre.code, "né·e en 1979", "Même année de naissance", "85 sur 100"):
        assert dit in texte
    paire = Doublon.objects.get()
    assert agir(client, Doublon, "garder_le_second", paire) == ["1 fusion(s) faite(s)."]
    une.refresh_from_db()
    assert une.alias_de_id == autre.pk
    # The code of the alias is that of the kept file.
    trouvees = client.get(page(Personne, "changelist"), {"q": une.code}).context["cl"].result_list
    assert [p.pk for p in trouvees] == [autre.pk]
    fusion = Fusion.objects.get()
    assert fusion.auteur == coordinatrice
    assert agir(client, Fusion, "annuler", fusion) == ["1 fusion(s) annulée(s)."]
    une.refresh_from_db()
    assert une.alias_de_id is None
    assert agir(client, Doublon, "garder_le_premier", paire) == ["1 fusion(s) faite(s)."]
    autre.refresh_from_db()
    assert autre.alias_de_id == une.pk


def test_undone_from_its_own_page(
    console: Console, coordinatrice: Utilisateur, deux: tuple[Personne, Personne],
    organisme: Organisme,
) -> None:  # fmt: skip
    une, autre = deux
    fusion = fusionner(gardee=autre, alias=une, auteur=coordinatrice)
    suivante = fusionner(
        gardee=PersonneFactory(organisme=organisme), alias=autre, auteur=coordinatrice
    )
    client = console(coordinatrice)
    fiche = page(Fusion, "change", fusion.pk)
    annuler, d_abord = (page(Fusion, "defaire", f.pk) for f in (fusion, suivante))
    assert annuler in client.get(fiche).content.decode()
    assert client.get(annuler).status_code == 200
    assert "annulez d" in client.post(annuler).content.decode()
    fusion.refresh_from_db()
    assert fusion.annulee_le is None  # neither looked at nor refused
    for adresse in (d_abord, annuler):
        assert client.post(adresse).status_code == 302
    fusion.refresh_from_db()
    assert (fusion.annulee_le is None, fusion.annulee_par) == (False, coordinatrice)
    une.refresh_from_db()
    assert une.alias_de_id is None
    assert annuler not in client.get(fiche).content.decode()


def test_a_merge_that_began_before_the_one_that_it_led_on_is_undone_before_it(
    console: Console, coordinatrice: Utilisateur, deux: tuple[Personne, Personne],
    organisme: Organisme,
) -> None:  # fmt: skip
    une, autre = deux
    premiere = fusionner(gardee=autre, alias=une, auteur=coordinatrice)
    derniere = PersonneFactory(organisme=organisme)
    seconde = fusionner(gardee=derniere, alias=autre, auteur=coordinatrice)
    # It waited for its turn: its transaction is the older one.
    Fusion.objects.filter(pk=seconde.pk).update(cree_le=premiere.cree_le - timedelta(seconds=1))
    messages = agir(console(coordinatrice), Fusion, "annuler", premiere, seconde)
    assert messages == ["2 fusion(s) annulée(s)."]


def test_two_people(
    console: Console, coordinatrice: Utilisateur, deux: tuple[Personne, Personne]
) -> None:
    client = console(coordinatrice)
    agir(client, Doublon, "deux_personnes", Doublon.objects.get())
    assert Distinction.objects.count() == 1
    assert not Doublon.objects.exists()
    client.post(page(Distinction, "delete", Distinction.objects.get().pk), {"post": "yes"})
    assert Doublon.objects.exists()


def test_what_cannot_be_merged_says_why_and_keeps_no_other(
    console: Console, coordinatrice: Utilisateur, deux: tuple[Personne, Personne],
    organisme: Organisme,
) -> None:  # fmt: skip
    for personne in deux:
        SejourFactory(personne=personne)
    PersonneFactory.create_batch(2, organisme=organisme, pseudonyme="Merle", annee_naissance=1960)
    messages = agir(console(coordinatrice), Doublon, "garder_le_premier", *Doublon.objects.all())
    assert len(messages) == 2
    assert any("ont des séjours aux mêmes dates" in message for message in messages)
    assert Fusion.objects.count() == 1


def test_of_another_organisme_s_file_the_list_tells_code_and_pseudonym(
    console: Console, coordinatrice_ailleurs: Utilisateur, deux: tuple[Personne, Personne]
) -> None:
    texte = console(coordinatrice_ailleurs).get(page(Doublon, "changelist")).content.decode()
    assert deux[0].code in texte
    assert "1979" not in texte
    assert "Même année" not in texte


def test_the_list_asks_the_same_at_one_and_at_many(
    console: Console, coordinatrice: Utilisateur, organisme: Organisme
) -> None:
    client, nombres = console(coordinatrice), []
    for _ in range(2):
        PersonneFactory.create_batch(
            4, organisme=organisme, pseudonyme="Hélène", annee_naissance=1980
        )
        with CaptureQueriesContext(connection) as requetes:
            client.get(page(Doublon, "changelist"))
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] < 25


def test_the_list_is_found_and_counted_at_once(
    console: Console, coordinatrice: Utilisateur, organisme: Organisme
) -> None:
    client, adresse = console(coordinatrice), page(Doublon, "changelist")
    vues = []
    # 6 pairs, and 66: one page, and two.
    for nouveaux, numero, attendues in ((4, 1, 6), (8, 1, 50), (0, 2, 16)):
        PersonneFactory.create_batch(
            nouveaux, organisme=organisme, pseudonyme="Hélène", annee_naissance=1980
        )
        with CaptureQueriesContext(connection) as requetes:
            reponse = client.get(adresse, {"p": numero})
        assert sum("coordination_doublon" in r["sql"] for r in requetes) == 1
        liste = reponse.context["cl"]
        assert len(liste.result_list) == attendues
        assert liste.result_count == (66 if liste.multi_page else 6)
        vues += [paire.pk for paire in liste.result_list][: 50 if liste.multi_page else 0]
    assert len(set(vues)) == 66
    # As many as fit on one page are shown on any; no other page is one.
    cherche = {"q": Personne.objects.all()[0].code}
    assert len(client.get(adresse, cherche | {"p": 2}).context["cl"].result_list) == 11
    for ailleurs in ("3", "0", "-1", "9" * 30):
        assert client.get(adresse, {"p": ailleurs}).url == f"{adresse}?e=1"
    assert len(client.get(adresse, {"p": "x"}).context["cl"].result_list) == 50
    assert len(client.get(adresse, {"all": ""}).context["cl"].result_list) == 66
