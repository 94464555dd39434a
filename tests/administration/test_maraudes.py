"""Rounds as a coordinator types them in the admin: planned, corrected, cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from commun.horloge import PARIS, aujourd_hui
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from socle.models import Equipe, Personne, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import erreurs, soumettre
from tests.factories import (
    EtapeFactory,
    MaraudeFactory,
    RencontreFactory,
    SecteurFactory,
)

pytestmark = pytest.mark.django_db


def test_a_round_is_planned_with_its_stops(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    gare, rosa = SecteurFactory(station=True), SecteurFactory(station=True)
    reponse = soumettre(
        console(coordinatrice), page(Maraude, "add"),
        **{
            "equipe": equipe.pk, "milieu": "SOUS_SOL", "statut": "PLANIFIEE",
            "etapes-TOTAL_FORMS": 2,
            "etapes-0-ordre": 1, "etapes-0-secteur": gare.pk, "etapes-0-statut": "PREVUE",
            "etapes-1-ordre": 2, "etapes-1-secteur": rosa.pk, "etapes-1-statut": "PREVUE",
        },
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    maraude = Maraude.objects.get()
    assert (maraude.auteur, maraude.jour) == (coordinatrice, aujourd_hui())
    assert [e.secteur for e in maraude.etapes.order_by("ordre")] == [gare, rosa]


def test_two_stops_trade_places(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe)
    premiere, seconde = (EtapeFactory(maraude=maraude, ordre=n) for n in (1, 2))
    version = Maraude.objects.get().version
    client = console(coordinatrice)
    adresse = page(Maraude, "change", maraude.pk)
    reponse = soumettre(client, adresse, **{"etapes-0-ordre": 2, "etapes-1-ordre": 1})
    assert reponse.status_code == 302, erreurs(reponse)
    assert list(Etape.objects.order_by("ordre")) == [seconde, premiere]
    assert Maraude.objects.get().version > version
    reponse = soumettre(client, adresse, **{"etapes-0-ordre": 7, "etapes-1-ordre": 7})
    assert "ordre" in erreurs(reponse)
    assert list(Etape.objects.order_by("ordre").values_list("ordre", flat=True)) == [1, 2]


def test_a_round_whose_state_contradicts_its_hours_is_refused(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe)
    reponse = soumettre(
        console(coordinatrice), page(Maraude, "change", maraude.pk), statut="CLOTUREE"
    )
    assert "Le statut de la maraude contredit ses heures." in erreurs(reponse)
    maraude.refresh_from_db()
    assert maraude.statut == "PLANIFIEE"


def test_an_encounter_takes_the_structure_and_the_day_of_its_round(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe, personne: Personne
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    reponse = soumettre(
        console(coordinatrice), page(Rencontre, "add"),
        maraude=maraude.pk, personne=personne.pk, issue="REFUS",
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    contact = Rencontre.objects.get().contact
    assert (contact.structure, contact.jour) == (equipe.structure, Maraude.objects.get().jour)
    assert (contact.cadre, contact.issue) == ("MARAUDE", "REFUS")


def test_an_observation_typed_in_a_round_is_signed(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    secteur = SecteurFactory(station=True)
    reponse = soumettre(
        console(coordinatrice), page(Maraude, "change", maraude.pk),
        **{
            "observations-TOTAL_FORMS": 1, "observations-0-secteur": secteur.pk,
            "observations-0-texte": "Quai calme.",
            "observations-0-survenu_le_0": "12/03/2023",
            "observations-0-survenu_le_1": "22:10:00",
        },
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    assert Observation.objects.get().auteur == coordinatrice


def test_rounds_are_cancelled_together_but_for_those_with_encounters(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    vide, remplie = (MaraudeFactory(equipe=equipe, en_cours=True) for _ in range(2))
    RencontreFactory(maraude=remplie)
    console(coordinatrice).post(
        page(Maraude, "changelist"),
        {"action": "annuler", "_selected_action": [vide.pk, remplie.pk]},
    )
    assert set(Maraude.objects.values_list("pk", "statut")) == {
        (vide.pk, "ANNULEE"), (remplie.pk, "EN_COURS")
    }  # fmt: skip


def test_a_stop_without_an_order_comes_last(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe)
    etape = EtapeFactory(maraude=maraude, ordre=4)
    suivantes = [SecteurFactory(station=True) for _ in range(2)]
    lignes = {
        f"etapes-{n}-{champ}": valeur
        for n, secteur in enumerate(suivantes, 1)
        for champ, valeur in (("secteur", secteur.pk), ("ordre", ""), ("statut", "PREVUE"))
    }
    reponse = soumettre(
        console(coordinatrice), page(Maraude, "change", maraude.pk),
        **{"etapes-TOTAL_FORMS": 3, **lignes},
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    assert list(maraude.etapes.order_by("ordre").values_list("ordre", "secteur")) == [
        (4, etape.secteur_id), (5, suivantes[0].pk), (6, suivantes[1].pk)
    ]  # fmt: skip


def test_a_round_changes_its_milieu_with_all_its_stops_or_not_at_all(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe)
    EtapeFactory(maraude=maraude)
    client, adresse = console(coordinatrice), page(Maraude, "change", maraude.pk)
    reponse = soumettre(client, adresse, milieu="SURFACE")
    assert "sont tous de son milieu" in erreurs(reponse)
    maraude.refresh_from_db()
    assert maraude.milieu == "SOUS_SOL"
    rue = SecteurFactory()
    reponse = soumettre(client, adresse, milieu="SURFACE", **{"etapes-0-secteur": rue.pk})
    assert reponse.status_code == 302, erreurs(reponse)
    maraude.refresh_from_db()
    assert maraude.milieu == "SURFACE"
    assert maraude.etapes.get().secteur == rue


def test_a_station_of_rounds_does_not_come_above_ground(
    console: Console, coordinatrice: Utilisateur
) -> None:
    secteur = EtapeFactory().secteur
    reponse = soumettre(
        console(coordinatrice), page(Secteur, "change", secteur.pk), milieu="SURFACE"
    )
    assert "sont tous de son milieu" in erreurs(reponse)
    secteur.refresh_from_db()
    assert secteur.milieu == "SOUS_SOL"


def test_a_stop_where_people_were_met_is_kept(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    etape = EtapeFactory(maraude=maraude, ordre=1)
    EtapeFactory(maraude=maraude, ordre=2)
    RencontreFactory(maraude=maraude, secteur=etape.secteur)
    client, adresse = console(coordinatrice), page(Maraude, "change", maraude.pk)
    gare = SecteurFactory(station=True)
    refus = "Une étape où des personnes ont été rencontrées ne peut être retirée."
    for saisie in ({"etapes-0-DELETE": "on"}, {"etapes-0-secteur": gare.pk}):
        assert refus in erreurs(soumettre(client, adresse, **saisie))
        assert Etape.objects.count() == 2
    for suppression, corps in (
        (page(Etape, "delete", etape.pk), {}),
        (
            page(Etape, "changelist"),
            {"action": "delete_selected", "_selected_action": [etape.pk]},
        ),
    ):
        suivie = client.post(suppression, {"post": "yes", **corps}, follow=True)
        assert refus in suivie.content.decode()
        assert Etape.objects.filter(pk=etape.pk).exists()
    assert soumettre(client, adresse, **{"etapes-1-DELETE": "on"}).status_code == 302
    assert Etape.objects.get() == etape


def test_a_refused_form_still_shows_who_was_met(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe, personne: Personne
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    rencontre = RencontreFactory(maraude=maraude, personne=personne)
    client, adresse = console(coordinatrice), page(Maraude, "change", maraude.pk)
    fiche = page(Rencontre, "change", rencontre.pk)
    assert fiche in client.get(adresse).content.decode()
    reponse = soumettre(client, adresse, jour_prevu="99/99/2026")
    assert "jour_prevu" in reponse.context["adminform"].form.errors
    texte = reponse.content.decode()
    assert fiche in texte
    assert personne.pseudonyme in texte
    assert "/None/" not in texte
    assert soumettre(client, adresse, transmission="Rien").status_code == 302


@pytest.mark.parametrize("statut", ["ANNULEE", "PLANIFIEE"])
def test_a_round_that_took_place_is_not_undone_by_its_state(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe, statut: str
) -> None:
    maraude = MaraudeFactory(equipe=equipe, en_cours=True)
    client, adresse = console(coordinatrice), page(Maraude, "change", maraude.pk)
    vide = {"debut_le_0": "", "debut_le_1": ""} if statut == "PLANIFIEE" else {}
    rencontre = RencontreFactory(maraude=maraude)
    reponse = soumettre(client, adresse, statut=statut, **vide)
    assert "ne peut être annulée, ni redevenir prévue" in str(
        reponse.context["adminform"].form.errors["statut"]
    )
    maraude.refresh_from_db()
    assert maraude.statut == "EN_COURS"
    # Started by mistake, with nobody met.
    Rencontre.objects.filter(pk=rencontre.pk).delete()
    assert soumettre(client, adresse, statut=statut, **vide).status_code == 302
    maraude.refresh_from_db()
    assert maraude.statut == statut


def test_a_round_closed_from_its_page_leaves_no_stop_to_come(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    debut = datetime(2023, 1, 3, 18, tzinfo=PARIS)
    maraude = MaraudeFactory(equipe=equipe, statut="EN_COURS", debut_le=debut)
    EtapeFactory(maraude=maraude)
    reponse = soumettre(
        console(coordinatrice), page(Maraude, "change", maraude.pk), statut="CLOTUREE",
        fin_le_0="03/01/2023", fin_le_1="22:00:00",
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    assert Etape.objects.get().statut == "NON_VISITEE"


def test_a_round_does_not_last_years(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    debut = datetime(2023, 1, 3, 18, tzinfo=PARIS)
    maraude = MaraudeFactory(
        equipe=equipe, statut="CLOTUREE", debut_le=debut, fin_le=debut + timedelta(hours=4)
    )
    client, adresse = console(coordinatrice), page(Maraude, "change", maraude.pk)
    for jour, permis in (("03/01/2021", False), ("27/12/2022", False), ("28/12/2022", True)):
        reponse = soumettre(client, adresse, debut_le_0=jour)
        assert (reponse.status_code == 302) == permis
        assert permis or "fin_le" in reponse.context["adminform"].form.errors


def test_a_stop_on_its_own_page_agrees_with_its_round(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    debut = datetime(2023, 1, 3, 18, tzinfo=PARIS)
    maraude = MaraudeFactory(
        equipe=equipe, statut="CLOTUREE", debut_le=debut, fin_le=debut + timedelta(hours=4)
    )
    etape = EtapeFactory(maraude=maraude, statut="VISITEE", ordre=1)
    RencontreFactory(maraude=maraude, secteur=etape.secteur)
    client = console(coordinatrice)
    soumettre(client, page(Etape, "change", etape.pk), statut="NON_VISITEE")
    autre = SecteurFactory(station=True)
    soumettre(
        client, page(Etape, "add"),
        maraude=maraude.pk, secteur=autre.pk, ordre=9, statut="PREVUE",
    )  # fmt: skip
    assert list(maraude.etapes.order_by("ordre").values_list("statut", flat=True)) == [
        "VISITEE", "NON_VISITEE"
    ]  # fmt: skip
