"""What a page does not show can't be had by its filters, its selections or its history."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import models

from commun.admin.droits import RECHERCHES, est_un_filtre
from contacts.models import Acte, Contact, RemiseMateriel
from hebergement.models import Place, Sejour
from maraudes.models import Maraude, Observation, Rencontre, Secteur
from socle.models import Equipe, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import erreurs, soumettre
from tests.administration.test_suppression import supprimer_la_selection
from tests.factories import (
    ActeFactory,
    MaraudeFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
    SejourFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rencontre_ailleurs(autre_equipe: Equipe) -> Rencontre:
    """Somebody met by another organisme, with an act and some material."""
    rencontre: Rencontre = RencontreFactory(
        maraude__equipe=autre_equipe,
        personne=PersonneFactory(
            organisme=autre_equipe.structure.organisme, annee_naissance=1976, genre="F"
        ),
    )
    ActeFactory(contact=rencontre.contact, categorie="INFIRMIER", note_soin="Pansement refait")
    RemiseMaterielFactory(contact=rencontre.contact, materiel="NALOXONE")
    return rencontre


@pytest.mark.parametrize("qui", ["coordinatrice", "administratrice"])
@pytest.mark.parametrize(
    ("modele", "parametre", "valeur"),
    [
        (Structure, "organisme__personnes__annee_naissance", "1976"),
        (Structure, "organisme__personnes__genre", "F"),
        (Structure, "organisme__structures__contacts__actes__note_soin__startswith", "Pansement"),
        (Structure, "organisme__utilisateurs__password__startswith", "p"),
        (Structure, "organisme__nom__startswith", "A"),
        (Utilisateur, "organisme__utilisateurs__password__startswith", "p"),
        (Secteur, "lignes__secteurs__rencontres__contact__genre_observe", "F"),
        (Maraude, "equipe__structure__contacts__genre_observe", "H"),
    ],
)
def test_a_filter_goes_no_step_further(
    console: Console, request: pytest.FixtureRequest, rencontre_ailleurs: Rencontre,
    qui: str, modele: Any, parametre: str, valeur: str,
) -> None:  # fmt: skip
    client = console(request.getfixturevalue(qui))
    reponse = client.get(page(modele, "changelist"), {parametre: valeur})
    assert reponse.status_code in {302, 400, 403}, reponse.status_code
    assert "result_list" not in (reponse.context or {})


def test_no_lookup_that_filters_permit_is_a_relation() -> None:
    """Else the names that are permitted after a field could lead to another model."""
    for modele in admin.site._registry:
        relations = {champ.name for champ in modele._meta.get_fields() if champ.is_relation}
        assert not RECHERCHES & relations, modele
    assert est_un_filtre("contact__structure__uuid__exact", ["contact__structure"])
    assert est_un_filtre("jour__year", ["jour"])
    assert not est_un_filtre("jour__regex", ["jour"])


def test_the_filters_that_a_list_offers_still_work(
    console: Console, coordinatrice: Utilisateur, rencontre_ailleurs: Rencontre
) -> None:
    """Each choice that is offered leads to a list, and not back."""
    client, suivis = console(coordinatrice), 0
    for modele in (Maraude, Rencontre, Secteur, Contact, Personne):
        liste: Any = client.get(page(modele, "changelist")).context["cl"]
        for specification in liste.filter_specs:
            for choix in specification.choices(liste):
                adresse = choix.get("query_string")
                if isinstance(adresse, str) and adresse.startswith("?"):
                    suivis += 1
                    assert client.get(page(modele, "changelist") + adresse).status_code == 200
    assert suivis > 10


def test_a_selection_of_another_organisme_s_encounters_is_kept(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe, rencontre_ailleurs: Rencontre
) -> None:
    client, la_sienne = console(coordinatrice), RencontreFactory(maraude__equipe=equipe)
    for selection in ([rencontre_ailleurs], [la_sienne, rencontre_ailleurs]):
        assert supprimer_la_selection(client, selection).status_code == 403
    assert Rencontre.objects.count() == Contact.objects.count() == 2
    assert Acte.objects.count() == RemiseMateriel.objects.count() == 1
    assert supprimer_la_selection(client, [la_sienne]).status_code == 200
    assert Rencontre.objects.get() == rencontre_ailleurs


def test_the_history_of_an_encounter_tells_no_more_than_its_page(
    console: Console, coordinatrice: Utilisateur, rencontre_ailleurs: Rencontre
) -> None:
    lu = console(coordinatrice).get(page(Rencontre, "history", rencontre_ailleurs.pk))
    texte = lu.content.decode()
    assert lu.status_code == 200
    for cache in ("Naloxone", "infirmier", "Pansement", "Femme"):
        assert cache.lower() not in texte.lower(), cache


def test_an_encounter_is_recorded_in_one_s_own_rounds(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe, autre_equipe: Equipe
) -> None:
    client = console(coordinatrice)
    ailleurs = MaraudeFactory(equipe=autre_equipe, en_cours=True)
    annulee = MaraudeFactory(equipe=equipe, annulee=True)
    refusee = soumettre(client, page(Rencontre, "add"), maraude=ailleurs.pk)
    assert "maraude" in refusee.context["adminform"].form.errors
    refusee = soumettre(client, page(Rencontre, "add"), maraude=annulee.pk)
    assert "Cette maraude est annulée." in erreurs(refusee)
    refusee = soumettre(client, page(Observation, "add"), maraude=annulee.pk, texte="Calme.")
    assert "Cette maraude est annulée." in erreurs(refusee)
    lignes = {"observations-TOTAL_FORMS": 1, "observations-0-texte": "Calme.",
              "observations-0-survenu_le_0": "12/03/2023",
              "observations-0-survenu_le_1": "22:10:00"}  # fmt: skip
    refusee = soumettre(client, page(Maraude, "change", annulee.pk), **lignes)
    assert "Cette maraude est annulée." in erreurs(refusee)
    assert not Contact.objects.exists()
    assert not Observation.objects.exists()


def test_an_encounter_typed_at_a_stop_visits_it(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    maraude, secteur = MaraudeFactory(equipe=equipe, en_cours=True), SecteurFactory(station=True)
    etape = maraude.etapes.create(secteur=secteur, ordre=1)
    reponse = soumettre(
        console(coordinatrice), page(Rencontre, "add"), maraude=maraude.pk, secteur=secteur.pk
    )
    assert reponse.status_code == 302, erreurs(reponse)
    etape.refresh_from_db()
    assert etape.statut == "VISITEE"


def dates_et_heures(modele: Any) -> list[str]:
    champs = [*modele._meta.fields]
    if modele._meta.pk.remote_field is not None:  # it extends a contact
        champs += Contact._meta.fields
    return [c.name for c in champs if isinstance(c, models.DateField) and c.editable]


@pytest.mark.parametrize("valeur", ["abc", "9999-12-31", "0001-01-01", "2023-05-04 10:00", ""])
def test_a_date_typed_in_the_address_is_read_or_left_out(
    console: Console, coordinatrice: Utilisateur, valeur: str
) -> None:
    client, essayes = console(coordinatrice), 0
    for modele in admin.site._registry:
        if client.get(page(modele, "add")).status_code != 200:
            continue
        for champ in dates_et_heures(modele):
            essayes += 1
            reponse = client.get(page(modele, "add"), {champ: valeur})
            assert reponse.status_code == 200, f"{modele} {champ}"
    assert essayes > 10


def test_a_page_takes_no_more_than_a_person_sends(
    console: Console, coordinatrice: Utilisateur, equipe: Equipe
) -> None:
    """A pasted page is searched by its beginning; announced rows are not all made."""
    client = console(coordinatrice)
    maraude = MaraudeFactory(equipe=equipe)
    nom = equipe.nom + " " * 100
    for suite in ("", "mot " * 3_000):
        liste: Any = client.get(page(Maraude, "changelist"), {"q": nom + suite}).context["cl"]
        assert list(liste.result_list) == [maraude]
    for annonce in (2_000, 10**9):
        reponse = soumettre(
            client, page(Maraude, "change", maraude.pk),
            **{f"{lignes}-TOTAL_FORMS": annonce for lignes in ("etapes", "rencontres")},
        )  # fmt: skip
        lignes_lues = [
            len(lignes.formset.forms) for lignes in reponse.context["inline_admin_formsets"]
        ]
        assert max(lignes_lues) <= 200


def test_of_what_is_only_read_no_row_is_made_but_what_there_is(
    console: Console, coordinatrice: Utilisateur
) -> None:
    client, place = console(coordinatrice), PlaceFactory()
    SejourFactory(place=place)
    for adresse, presentes in (
        (page(Place, "add"), 0), (page(Place, "change", place.pk), 1)
    ):  # fmt: skip
        for compte in ("TOTAL_FORMS", "INITIAL_FORMS"):
            reponse = soumettre(client, adresse, libelle="", **{f"sejours-{compte}": 50})
            sejours = next(
                lignes.formset for lignes in reponse.context["inline_admin_formsets"]
                if lignes.formset.model is Sejour
            )  # fmt: skip
            assert len(sejours.forms) == presentes


def test_hours_are_those_of_paris_where_they_are_only_read(
    console: Console, coordinatrice: Utilisateur, autre_equipe: Equipe
) -> None:
    rencontre = RencontreFactory(
        maraude__equipe=autre_equipe, survenu_le="2023-07-04T20:30:00+00:00"
    )
    client = console(coordinatrice)
    for adresse in (
        page(Maraude, "change", rencontre.maraude_id), page(Rencontre, "change", rencontre.pk)
    ):  # fmt: skip
        texte = client.get(adresse).content.decode()
        assert "04/07/2023 22:30" in texte
        assert "2023-07-04 20:30" not in texte
