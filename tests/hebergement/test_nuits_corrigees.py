"""Nights of closed months that a late entry changes: applied, and told to coordinators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.test import Client

from hebergement import occupation
from hebergement.models import ControleOccupation, CorrectionNuit, OccupationNuit, Place, Sejour
from socle.models import Utilisateur
from tests.hebergement.monde import Monde

pytestmark = pytest.mark.django_db
LISTE = "/admin/hebergement/correctionnuit/"
# Past midnight in Paris on the 1st of April, and not yet in UTC.
PREMIERE, SECONDE = "2023-03-31T22:30:00+00:00", "2023-04-20T09:00:00+00:00"


@pytest.fixture
def monde() -> Iterator[Monde]:
    """Someone has a place from the 28th of March to the 2nd of April; computed on the 1st."""
    monde = Monde.creer()
    monde.place(1, "s", date(2023, 3, 1))
    monde.sejour(1, 1, "a", date(2023, 3, 28), date(2023, 4, 2))
    with time_machine.travel(PREMIERE, tick=False):
        occupation.recalculer_marques()
    with time_machine.travel(SECONDE, tick=False):
        occupation.recalculer_marques()
        yield monde


def corrigees() -> list[tuple[str, dict[str, Any]]]:
    lignes = CorrectionNuit.objects.order_by("jour", "id").values_list("jour", "changements")
    return [(f"{jour:%m-%d}", changements) for jour, changements in lignes]


def test_nothing_is_told_of_what_is_computed_for_the_first_time(monde: Monde) -> None:
    assert OccupationNuit.objects.count() == 31 + 19
    assert corrigees() == []


def test_what_moves_in_a_closed_month_is_told_by_the_figure(monde: Monde) -> None:
    Sejour.objects.update(arrivee="2023-03-30", depart="2023-04-04")
    with time_machine.travel("2023-04-20T10:00:00+00:00", tick=False):
        # The 2nd, the 3rd and the 4th of April move too: their month is not over.
        occupation.recalculer_marques()
    assert corrigees() == [
        ("03-28", {"occupees": [1, 0], "entrees": [1, 0]}),
        ("03-29", {"occupees": [1, 0]}),
        ("03-30", {"entrees": [0, 1]}),
    ]
    une = CorrectionNuit.objects.first()
    assert une is not None
    assert (une.calcule_avant_le, une.calcule_apres_le) == (
        datetime.fromisoformat(PREMIERE),
        datetime.fromisoformat("2023-04-20T10:00:00+00:00"),
    )
    nuit = OccupationNuit.objects.get(jour=une.jour)
    assert nuit.calcule_le == une.calcule_apres_le
    occupation.recalculer_marques()
    assert len(corrigees()) == 3


def test_a_month_is_over_in_paris(monde: Monde) -> None:
    Sejour.objects.update(arrivee="2023-03-29")
    with time_machine.travel("2023-03-31T21:59:00+00:00", tick=False):
        occupation.recalculer_marques()
    assert corrigees() == []
    Sejour.objects.update(arrivee="2023-03-28")
    with time_machine.travel("2023-03-31T22:01:00+00:00", tick=False):
        occupation.recalculer_marques()
    assert [jour for jour, _ in corrigees()] == ["03-28", "03-29"]


def test_another_stay_with_the_same_figures_moves_none(monde: Monde) -> None:
    avant = OccupationNuit.objects.get(jour="2023-03-29").empreinte
    monde.place(2, "t", date(2023, 3, 1))
    Place.objects.filter(pk=monde.places[2].pk).update(site=monde.sites["s"], fermee_le=None)
    occupation.recalculer_tout()
    CorrectionNuit.objects.all().delete()
    Sejour.objects.update(place=monde.places[2])
    occupation.recalculer_marques()
    assert OccupationNuit.objects.get(jour="2023-03-29").empreinte != avant
    assert corrigees() == []


def test_nights_that_are_no_longer_the_sites_are_told(monde: Monde) -> None:
    Sejour.objects.all()._raw_delete("default")
    Place.objects.update(ouverte_le="2023-04-10")
    occupation.recalculer_marques()
    dites = dict(corrigees())
    assert len(dites) == 31
    assert dites["03-05"] == {"theoriques": [1, None], "disponibles": [1, None]}
    assert dites["03-29"] == {
        "theoriques": [1, None], "disponibles": [1, None], "occupees": [1, None]
    }  # fmt: skip


def test_nights_that_a_site_did_not_have_are_told(monde: Monde) -> None:
    """They are more nights of a month that was over; not those that nobody had computed yet."""
    Place.objects.update(ouverte_le="2023-02-20")
    monde.place(2, "u", date(2023, 3, 30))
    with time_machine.travel("2023-04-25T10:00:00+00:00", tick=False):
        occupation.recalculer_marques()
    dites = corrigees()
    de_plus = {"theoriques": [None, 1], "disponibles": [None, 1]}
    assert dict(dites)["02-20"] == de_plus
    assert sum(jour in {"03-30", "03-31"} and quoi == de_plus for jour, quoi in dites) == 2
    assert {jour for jour, _ in dites} <= {f"02-{j}" for j in range(20, 29)} | {
        f"03-{j:02}" for j in range(1, 32)
    }


def test_computing_all_from_nothing_tells_only_what_was_marked(monde: Monde) -> None:
    occupation.recalculer_tout()
    assert corrigees() == []
    Sejour.objects.update(arrivee="2023-03-29")
    occupation.recalculer_tout()
    assert [jour for jour, _ in corrigees()] == ["03-28", "03-29"]
    occupation.recalculer_tout()
    assert len(corrigees()) == 2
    assert occupation.controler().ecarts == 0


def test_coordinators_are_led_to_them_and_say_that_they_have_looked(
    monde: Monde, coordinatrice: Utilisateur, client: Client
) -> None:
    client.force_login(coordinatrice)
    assert "mois clos corrigée" not in client.get("/admin/").content.decode()
    Sejour.objects.update(arrivee="2023-03-29")
    occupation.recalculer_marques()
    accueil = client.get("/admin/").content.decode()
    assert "2 nuits de mois clos corrigées depuis" in accueil
    adresse = f"{LISTE}?vue_le__isempty=1"
    assert adresse in accueil
    page = client.get(adresse).content.decode()
    assert "occupées : 1 → 0, entrées : 1 → 0" in page
    assert client.get(f"{LISTE}?jour__year=2023&jour__month=3").status_code == 200
    choisies = list(CorrectionNuit.objects.values_list("pk", flat=True))
    corps = {"action": "marquer_vues", "_selected_action": choisies[:1]}
    client.post(LISTE, corps)
    vue = CorrectionNuit.objects.get(pk=choisies[0])
    assert (vue.vue_par, vue.vue_le) == (coordinatrice, datetime.fromisoformat(SECONDE))
    assert "1 nuit de mois clos corrigée depuis" in client.get("/admin/").content.decode()
    # Who looked first stays named.
    autre = Utilisateur.objects.create(identifiant="autre", role="COORDINATEUR")
    client.force_login(autre)
    client.post(LISTE, corps | {"_selected_action": choisies})
    assert list(CorrectionNuit.objects.order_by("pk").values_list("vue_par", flat=True)) in (
        [coordinatrice.pk, autre.pk],
        [autre.pk, coordinatrice.pk],
    )
    assert "mois clos corrigée" not in client.get("/admin/").content.decode()
    fiche: Any = admin.site.get_model_admin(CorrectionNuit)
    assert client.post(f"{LISTE}{choisies[0]}/change/", {"jour": "2023-01-01"}).status_code == 403
    assert not fiche.has_add_permission(_demande(coordinatrice))


def _demande(compte: Utilisateur) -> Any:
    return type("Demande", (), {"user": compte})()


def test_a_difference_that_the_check_found_is_an_alert_of_the_first_page(
    monde: Monde, coordinatrice: Utilisateur, client: Client
) -> None:
    client.force_login(coordinatrice)
    occupation.controler()
    assert "Alerte" not in client.get("/admin/").content.decode()
    OccupationNuit.objects.filter(jour="2023-03-29").update(empreinte=1)
    with time_machine.travel("2023-04-20T10:00:00+00:00", tick=False):
        controle = occupation.controler()
    page = client.get("/admin/").content.decode()
    assert "Alerte : des nuits écrites ne sont pas celles que donne le recomptage." in page
    assert f"/admin/hebergement/controleoccupation/{controle.pk}/change/" in page
    assert ControleOccupation.objects.count() == 2
