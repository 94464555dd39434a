"""What a coordinator types in the admin: written whole, or refused with its reason."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection

from accueil.models import Passage
from commun.horloge import aujourd_hui, hier
from contacts.models import Acte, Contact
from coordination.models import Orientation
from hebergement.models import Fermeture, MarqueNuits, Place, Sejour
from socle.models import Jeton, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import confirmer, donner, erreurs, remplir, soumettre
from tests.factories import (
    FermetureFactory,
    JetonFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
)

pytestmark = pytest.mark.django_db


def test_a_visit_is_added_with_its_contact_and_an_act(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, personne: Personne
) -> None:
    reponse = soumettre(
        console(coordinatrice), page(Passage, "add"),
        **{
            "structure": espace_repos.pk, "personne": personne.pk, "genre_observe": "F",
            "survenu_le_0": "12/03/2023", "survenu_le_1": "14:05:00",
            "actes-TOTAL_FORMS": 1, "actes-0-categorie": "SOINS_INFIRMIERS",
            "actes-0-survenu_le_0": "12/03/2023", "actes-0-survenu_le_1": "14:10:00",
        },
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    contact = Passage.objects.get().contact
    assert (contact.personne, contact.genre_observe) == (personne, "F")
    assert (contact.cadre, contact.jour) == ("ACCUEIL", date(2023, 3, 12))
    assert contact.auteur == coordinatrice
    acte = Acte.objects.get()
    assert (acte.contact, acte.auteur, acte.jour) == (contact, coordinatrice, date(2023, 3, 12))


def test_a_visit_is_corrected_and_its_history_says_by_whom(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, personne: Personne
) -> None:
    passage = PassageFactory(structure=espace_repos)
    client = console(coordinatrice)
    adresse = page(Passage, "change", passage.pk)
    reponse = soumettre(client, adresse, personne=personne.pk)
    assert reponse.status_code == 302, erreurs(reponse)
    assert Contact.objects.get(pk=passage.pk).personne == personne
    texte = client.get(page(Passage, "history", passage.pk)).content.decode()
    assert str(coordinatrice) in texte
    assert "Correction" in texte
    assert personne.pseudonyme in texte


def test_a_departure_before_the_arrival_is_refused_with_its_reason(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    reponse = soumettre(
        console(coordinatrice), page(Passage, "change", passage.pk),
        parti_le_0="01/01/2022", parti_le_1="10:00:00",
    )  # fmt: skip
    assert "Le départ ne peut précéder l" in erreurs(reponse)
    passage.refresh_from_db()
    assert passage.parti_le is None


def test_a_form_opened_before_somebody_else_s_correction_is_refused(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, personne: Personne
) -> None:
    passage = PassageFactory(structure=espace_repos)
    client = console(coordinatrice)
    vers, donnees = remplir(client, page(Passage, "change", passage.pk), genre_observe="H")
    Contact.objects.filter(pk=passage.pk).update(personne=personne)
    reponse = client.post(vers, donnees)
    assert "Quelqu&#x27;un a modifié cette fiche" in erreurs(reponse)
    contact = Contact.objects.get(pk=passage.pk)
    assert (contact.personne, contact.genre_observe) == (personne, "NON_RENSEIGNE")
    # Sent again from the refused page, it is refused again: the correction was not read.
    assert str(reponse.context["version_lue"]) == str(donnees["version_lue"])


def test_a_place_is_given(console: Console, coordinatrice: Utilisateur, personne: Personne) -> None:
    place = PlaceFactory()
    MarqueNuits.objects.all().delete()
    reponse = donner(
        console(coordinatrice), page(Sejour, "add"),
        place=place.pk, personne=personne.pk, arrivee="01/03/2023",
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)
    sejour = Sejour.objects.get()
    assert (sejour.place, sejour.arrivee, sejour.auteur) == (
        place, date(2023, 3, 1), coordinatrice
    )  # fmt: skip
    assert MarqueNuits.objects.filter(site=place.site, du=date(2023, 3, 1)).exists()
    assert LogEntry.objects.filter(object_id=str(sejour.pk)).exists()


def test_a_taken_place_and_a_lodged_person_are_refused_with_the_reason(
    console: Console, coordinatrice: Utilisateur, personne: Personne
) -> None:
    autre = SejourFactory()
    client = console(coordinatrice)
    reponse = soumettre(
        client, page(Sejour, "add"),
        place=autre.place_id, personne=personne.pk, arrivee="01/03/2023",
    )  # fmt: skip
    assert "Cette place est déjà prise à ces dates." in erreurs(reponse)
    reponse = soumettre(
        client, page(Sejour, "add"),
        place=PlaceFactory().pk, personne=autre.personne_id, arrivee="01/03/2023",
    )  # fmt: skip
    assert "Cette personne a déjà une place à ces dates." in erreurs(reponse)
    assert Sejour.objects.count() == 1


def test_a_closed_place_is_refused_unless_it_is_forced_with_a_reason(
    console: Console, coordinatrice: Utilisateur, personne: Personne
) -> None:
    place = FermetureFactory().place
    client = console(coordinatrice)
    champs = {"place": place.pk, "personne": personne.pk, "arrivee": "02/03/2023"}
    assert "La place est fermée à ces dates." in erreurs(
        soumettre(client, page(Sejour, "add"), **champs)
    )
    forcee = donner(client, page(Sejour, "add"), **champs, motif_forcage="Grand froid")
    assert forcee.status_code == 302, erreurs(forcee)
    assert Sejour.objects.get().motif_forcage == "Grand froid"


def test_an_occupied_place_is_not_closed(console: Console, coordinatrice: Utilisateur) -> None:
    sejour = SejourFactory()
    reponse = soumettre(
        console(coordinatrice), page(Fermeture, "add"),
        place=sejour.place_id, debut="01/03/2023", motif="Travaux",
    )  # fmt: skip
    assert "La place est occupée à ces dates." in erreurs(reponse)
    assert not Fermeture.objects.exists()


def test_an_opening_is_not_shortened_under_a_stay(
    console: Console, coordinatrice: Utilisateur
) -> None:
    sejour = SejourFactory()
    reponse = soumettre(
        console(coordinatrice), page(Place, "change", sejour.place_id), fermee_le="01/06/2023"
    )
    assert "Un séjour tient dans les dates d&#x27;ouverture de sa place." in erreurs(reponse)
    assert Place.objects.get(pk=sejour.place_id).fermee_le is None


def test_the_end_of_a_moved_stay_moves_on_both_sides(
    console: Console, coordinatrice: Utilisateur
) -> None:
    avant = SejourFactory(arrivee=date(2023, 1, 10), depart=date(2023, 2, 1))
    suite = SejourFactory(personne=avant.personne, arrivee=date(2023, 2, 1), suite_de=avant)
    reponse = soumettre(
        console(coordinatrice), page(Sejour, "change", avant.pk), depart="10/02/2023"
    )
    assert reponse.status_code == 302, erreurs(reponse)
    avant.refresh_from_db()
    suite.refresh_from_db()
    assert avant.depart == suite.arrivee == date(2023, 2, 10)


def test_somebody_is_moved_to_a_free_place_from_the_page_of_the_stay(
    console: Console, coordinatrice: Utilisateur
) -> None:
    sejour, libre = SejourFactory(), PlaceFactory()
    occupee = SejourFactory().place
    client = console(coordinatrice)
    adresse = page(Sejour, "change", sejour.pk).replace("/change/", "/transferer/")
    choix = client.get(adresse).context["form"].fields["place"].queryset
    assert libre in choix
    assert occupee not in choix
    fermee = FermetureFactory(debut=hier(), fin=None).place
    texte = client.get(adresse).content.decode()
    assert f"Transférer {sejour.personne}, de {sejour.place}" in texte
    assert f"{fermee} (fermée : il faut un motif)" in texte
    assert f"{libre} (fermée" not in texte
    assert f'type="date" name="jour" value="{aujourd_hui()}"' in texte
    veille = sejour.arrivee - timedelta(days=1)
    refus = client.post(adresse, {"place": libre.pk, "jour": veille.isoformat()})
    assert "Le jour du transfert est hors du séjour." in refus.content.decode()
    assert Sejour.objects.count() == 2
    dit = {"place": libre.pk, "jour": "2023-04-01"}
    reponse = confirmer(client, client.post(adresse, dit), **dit)
    assert reponse.status_code == 302
    suite = Sejour.objects.get(suite_de=sejour)
    sejour.refresh_from_db()
    assert (suite.place, suite.arrivee, sejour.depart) == (
        libre, date(2023, 4, 1), date(2023, 4, 1)
    )  # fmt: skip


def test_a_person_s_file_belongs_to_the_organisme_of_who_opens_it(
    console: Console, coordinatrice: Utilisateur
) -> None:
    reponse = soumettre(console(coordinatrice), page(Personne, "add"), pseudonyme="Merle")
    assert reponse.status_code == 302, erreurs(reponse)
    personne = Personne.objects.get()
    assert personne.organisme == coordinatrice.organisme
    assert personne.code


def test_an_orientation_is_decided(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure, personne: Personne
) -> None:
    orientation = OrientationFactory(
        personne=personne, structure_origine=espace_repos, structure=espace_repos
    )
    client = console(coordinatrice)
    adresse = page(Orientation, "change", orientation.pk)
    sans_date = soumettre(client, adresse, decision="ANNULEE")
    assert "Une décision est datée." in erreurs(sans_date)
    jour = aujourd_hui().strftime("%d/%m/%Y")
    reponse = soumettre(
        client, adresse, decision="ANNULEE", decidee_le_0=jour, decidee_le_1="00:00:00"
    )
    assert reponse.status_code == 302, erreurs(reponse)
    orientation.refresh_from_db()
    assert orientation.decision == "ANNULEE"


def test_the_sessions_of_a_lost_tablet_are_revoked(
    console: Console, coordinatrice: Utilisateur, intervenante: Utilisateur
) -> None:
    jeton, ailleurs = JetonFactory(utilisateur=intervenante), JetonFactory()
    console(coordinatrice).post(
        page(Jeton, "changelist"),
        {"action": "revoquer", "_selected_action": [jeton.pk, ailleurs.pk]},
    )
    jeton.refresh_from_db()
    ailleurs.refresh_from_db()
    assert jeton.revoque_le is not None
    assert ailleurs.revoque_le is None


def test_administration_makes_an_account_that_can_log_in(
    console: Console, administratrice: Utilisateur, espace_repos: Structure
) -> None:
    client = console(administratrice)
    champs = {
        "identifiant": "nouvelle", "role": "SOIGNANT", "organisme": espace_repos.organisme_id,
        "structures": [espace_repos.pk], "password1": "un-long-mot-de-passe-7",
        "password2": "un-long-mot-de-passe-7",
    }  # fmt: skip
    sans_organisme = soumettre(client, page(Utilisateur, "add"), **{**champs, "organisme": ""})
    assert "appartient à un organisme" in erreurs(sans_organisme)
    reponse = soumettre(client, page(Utilisateur, "add"), **champs)
    assert reponse.status_code == 302, erreurs(reponse)
    compte = Utilisateur.objects.get(identifiant="nouvelle")
    assert compte.check_password("un-long-mot-de-passe-7")
    assert list(compte.structures.all()) == [espace_repos]
    assert not compte.is_staff


def test_a_person_of_another_organisme_can_be_lodged(
    console: Console, coordinatrice: Utilisateur
) -> None:
    """Places are given over the whole network: code and pseudonym are enough."""
    reponse = donner(
        console(coordinatrice), page(Sejour, "add"),
        place=PlaceFactory().pk, personne=PersonneFactory().pk, arrivee="01/03/2023",
    )  # fmt: skip
    assert reponse.status_code == 302, erreurs(reponse)


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_tried_again_from_the_start(
    console: Console, coordinatrice: Utilisateur, personne: Personne
) -> None:
    """A sequence does not go back with its transaction: the first attempt alone meets the error
    by which PostgreSQL ends a deadlock."""
    place = PlaceFactory()
    client = console(coordinatrice)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE SEQUENCE essai_impasse;"
            "CREATE FUNCTION essai_impasse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('essai_impasse') = 1 THEN RAISE EXCEPTION USING ERRCODE = '40P01'; END IF; "
            "RETURN NEW; END $$;"
            "CREATE TRIGGER essai_impasse BEFORE INSERT ON hebergement_sejour "
            "FOR EACH ROW EXECUTE FUNCTION essai_impasse();"
        )
    try:
        reponse = donner(
            client, page(Sejour, "add"),
            place=place.pk, personne=personne.pk, arrivee="01/03/2023",
        )  # fmt: skip
        assert reponse.status_code == 302
        assert Sejour.objects.count() == 1
        assert LogEntry.objects.count() == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "DROP TRIGGER essai_impasse ON hebergement_sejour;"
                "DROP FUNCTION essai_impasse(); DROP SEQUENCE essai_impasse;"
            )
