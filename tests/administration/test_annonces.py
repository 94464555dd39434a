"""Giving a place, moving somebody, taking back a proposition: shown first, done once it is read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from hebergement import services
from hebergement.enums import Nature, StatutProposition
from hebergement.models import Absence, DemandeHebergement, Menage, Place, Proposition, Sejour
from socle.models import Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import caches, confirmer, erreurs, remplir, soumettre
from tests.factories import (
    AbsenceFactory,
    ConstatPresenceFactory,
    DemandeHebergementFactory,
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
)

pytestmark = pytest.mark.django_db
JOUR = date(2023, 5, 1)
RELISEZ = "Voici ce qui sera fait : relisez, puis confirmez."


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2023, 5, 1, 8, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def client(console: Console, coordinatrice: Utilisateur) -> Client:
    return console(coordinatrice)


def ecrit() -> tuple[Any, ...]:
    """All that these verbs could touch."""
    modeles = (Sejour, Absence, DemandeHebergement, Proposition, LogEntry)
    return tuple(list(m.objects.order_by("pk").values()) for m in modeles)  # type: ignore[attr-defined]


def texte(reponse: Any) -> str:
    """What a page says, once it is shown instead of done."""
    assert reponse.status_code == 200, reponse.status_code
    return unescape(reponse.content.decode())


def proposee(place: Place, **demande: Any) -> Proposition:
    return services.proposer(
        demande=DemandeHebergementFactory(demandee_le=date(2023, 4, 20), **demande),
        place=place,
        auteur=None,
    )


def test_giving_a_place_says_what_it_answers_and_what_is_free_again(client: Client) -> None:
    ici, ailleurs = PlaceFactory(), PlaceFactory()
    proposition = proposee(ailleurs)
    personne = proposition.demande.personne
    avant = ecrit()
    dit = {"place": ici.pk, "personne": personne.pk, "arrivee": "01/05/2023"}
    montre = soumettre(client, page(Sejour, "add"), **dit)
    plan = texte(montre)
    assert ecrit() == avant
    for ligne in (
        RELISEZ,
        f"{personne} a {ici}, dès la nuit du 01/05/2023.",
        "La demande du 20/04/2023",
        "est close : cette place y répond.",
        f"La proposition de {ailleurs}, tenue jusqu'au",
        f"{ailleurs} est libre dès la nuit du 01/05/2023.",
    ):
        assert ligne in plan
    reponse = confirmer(client, montre)
    assert reponse.status_code == 302
    sejour = Sejour.objects.get(nature=Nature.SEJOUR)
    assert (sejour.place, sejour.personne, sejour.arrivee) == (ici, personne, JOUR)
    proposition.refresh_from_db()
    assert proposition.issue == StatutProposition.ANNULEE
    assert DemandeHebergement.objects.get().sejour == sejour
    # Sent once more, it is the same stay.
    encore = confirmer(client, montre)
    assert (encore.status_code, encore["Location"]) == (302, page(Sejour, "change", sejour.pk))
    assert Sejour.objects.count() == 1


def test_the_place_that_was_held_is_the_one_that_is_given(client: Client) -> None:
    place = PlaceFactory()
    personne = proposee(place).demande.personne
    plan = texte(
        soumettre(
            client, page(Sejour, "add"),
            place=place.pk, personne=personne.pk, arrivee="10/05/2023", depart="01/06/2023",
        )
    )  # fmt: skip
    assert f"{personne} a {place}, dès la nuit du 10/05/2023, jusqu'au départ du 01/06" in plan
    assert "Le séjour est prévu : il" in plan
    assert f"La proposition de {place}, tenue jusqu'au" in plan
    assert "aboutit : la retenue devient séjour" in plan
    assert "n'y est plus attendu" not in plan


def test_a_departure_says_all_that_ends_with_it(client: Client) -> None:
    """A planned move and what it answered, a place that was held, an absence; and what speaks
    against it."""
    sejour = SejourFactory(arrivee=date(2023, 3, 1))
    prevue, vers, tenue = PlaceFactory(type="CHU"), page(Sejour, "parti", sejour.pk), PlaceFactory()
    DemandeHebergementFactory(
        personne=sejour.personne, type_place="CHU", demandee_le=date(2023, 4, 2)
    )
    services.transferer(sejour=sejour, place=prevue, jour=date(2023, 5, 6), auteur=None)
    proposee(tenue, personne=sejour.personne, type_place="HOTEL")
    absence = AbsenceFactory(sejour=sejour, debut=date(2023, 4, 20))
    services.constater(jour=date(2023, 4, 28), constats=[{"sejour": sejour, "present": False}])
    ConstatPresenceFactory(sejour=sejour, jour=date(2023, 4, 27), present=True)
    dit = {"depart": "2023-04-25", "motif_sortie": "DECES", "destination": "SANS_OBJET"}
    avant = ecrit()
    montre = client.post(vers, dit)
    plan = texte(montre)
    assert ecrit() == avant
    for ligne in (
        RELISEZ,
        f"{sejour.personne} n'a plus {sejour.place} à partir de la nuit du 25/04/2023.",
        "Attention : une présence a été constatée ici le 27/04/2023.",
        f"{sejour.place} est libre dès la nuit du 01/05/2023.",
        f"Une absence est en cours ({absence}) : elle finit le même jour.",
        f"Le transfert prévu le 06/05/2023 vers {prevue} n'a pas lieu.",
        "La demande du 02/04/2023 (CHU) est annulée.",
        f"La proposition de {tenue}, tenue jusqu'au",
        "prend fin : personne n'y est plus attendu.",
        f"{tenue} est libre dès la nuit du 01/05/2023.",
    ):
        assert ligne in plan, ligne
    assert confirmer(client, montre, **dit).status_code == 302
    assert list(Sejour.objects.values_list("depart", flat=True)) == [date(2023, 4, 25)]
    assert not DemandeHebergement.objects.ouvertes().exists()
    # A departure of another motive leaves what is waited for.
    autre = SejourFactory(arrivee=date(2023, 3, 1))
    proposee(PlaceFactory(), personne=autre.personne)
    dit["motif_sortie"], dit["destination"] = "DEPART_VOLONTAIRE", "RUE"
    plan = texte(client.post(page(Sejour, "parti", autre.pk), dit))
    assert "La demande" not in plan


def test_a_proposition_says_for_how_long_and_what_it_passes_over(client: Client) -> None:
    place = PlaceFactory(type="CHU")
    devant = DemandeHebergementFactory(type_place="HOTEL", demandee_le=date(2023, 1, 1))
    demande = DemandeHebergementFactory(
        type_place="HOTEL", demandee_le=date(2023, 4, 20), plain_pied=True
    )
    vers = page(DemandeHebergement, "proposer", demande.pk)
    avant = ecrit()
    montre = client.post(vers, {"place": place.pk})
    plan = texte(montre)
    assert ecrit() == avant
    for ligne in (
        RELISEZ,
        f"{place} est retenue pour {demande.personne} dès maintenant, pendant 48 heures :",
        "La dernière nuit retenue est celle du 03/05/2023.",
        "Cette demande est au rang 2 : d'autres attendent avant elle.",
        "Il est demandé une place Hôtel ; celle-ci est une place CHU.",
        "Attention : ",
    ):
        assert ligne in plan, ligne
    assert confirmer(client, montre, place=place.pk).status_code == 302
    proposition = Proposition.objects.get()
    assert (proposition.demande, proposition.place) == (demande, place)
    assert not devant.propositions.exists()


def test_an_arrival_where_somebody_comes_later_has_an_end(client: Client) -> None:
    place = PlaceFactory()
    SejourFactory(place=place, arrivee=date(2023, 5, 20))
    proposition = proposee(place)
    vers = page(Proposition, "confirmer", proposition.pk)
    assert 'value="2023-05-20"' in texte(client.get(vers))
    assert client.post(vers, {"arrivee": "2023-05-01", "depart": ""}).status_code == 200
    assert client.post(vers, {"arrivee": "2023-05-01", "depart": "2023-05-20"}).status_code == 302
    proposition.refresh_from_db()
    assert proposition.issue == StatutProposition.CONFIRMEE


@pytest.mark.parametrize("decedee", [False, True])
def test_a_stay_that_goes_says_what_waits_again(client: Client, decedee: bool) -> None:
    demande = DemandeHebergementFactory(demandee_le=date(2023, 4, 20))
    sejour = services.attribuer(
        place=PlaceFactory(type=demande.type_place), personne=demande.personne,
        arrivee=date(2023, 4, 25), depart=date(2023, 4, 28), auteur=None,
    )  # fmt: skip
    if decedee:
        SejourFactory(
            personne=demande.personne, arrivee=date(2023, 4, 29), depart=JOUR,
            motif_sortie="DECES", destination="SANS_OBJET",
        )  # fmt: skip
    plan = texte(client.get(page(Sejour, "delete", sejour.pk)))
    suite = "sera annulée : la personne est décédée." if decedee else "attendra de nouveau"
    assert f"La demande du 20/04/2023 ({demande.get_type_place_display()})" in plan
    assert suite in plan
    client.post(page(Sejour, "delete", sejour.pk), {"post": "yes"})
    demande.refresh_from_db()
    assert demande.issue == ("ANNULEE" if decedee else "")


def test_a_death_and_a_stay_that_go_together_leave_somebody_who_waits(client: Client) -> None:
    """Both were errors: whatever the order in which a selection is deleted."""
    demande = DemandeHebergementFactory(demandee_le=date(2023, 4, 20))
    premier = services.attribuer(
        place=PlaceFactory(type=demande.type_place), personne=demande.personne,
        arrivee=date(2023, 4, 25), depart=date(2023, 4, 28), auteur=None,
    )  # fmt: skip
    deces = SejourFactory(
        personne=demande.personne, arrivee=date(2023, 4, 29), depart=JOUR,
        motif_sortie="DECES", destination="SANS_OBJET",
    )  # fmt: skip
    choix = {
        "action": "delete_selected", "_selected_action": [str(premier.pk), str(deces.pk)],
    }  # fmt: skip
    liste = reverse("admin:hebergement_sejour_changelist")
    assert "attendra de nouveau" in texte(client.post(liste, choix))
    client.post(liste, {**choix, "post": "yes"})
    assert not Sejour.objects.exists()
    demande.refresh_from_db()
    assert demande.issue == ""


def test_a_death_says_that_a_stay_to_come_is_not_made(client: Client) -> None:
    sejour = SejourFactory(arrivee=date(2023, 3, 1), depart=date(2023, 5, 20))
    DemandeHebergementFactory(
        personne=sejour.personne, type_place="CHU", demandee_le=date(2023, 4, 2)
    )
    prevu = services.attribuer(
        place=PlaceFactory(type="CHU"), personne=sejour.personne, arrivee=date(2023, 5, 20),
        auteur=None,
    )  # fmt: skip
    services.transferer(
        sejour=prevu, place=PlaceFactory(type="LHSS"), jour=date(2023, 5, 29), auteur=None
    )
    dit = {"depart": "2023-04-25", "motif_sortie": "DECES", "destination": "SANS_OBJET"}
    montre = client.post(page(Sejour, "parti", sejour.pk), dit)
    assert "Le séjour prévu le 29/05/2023" in texte(montre)
    assert f"Le séjour prévu le 20/05/2023 à {prevu.place} n'a pas lieu." in texte(montre)
    assert "La demande du 02/04/2023 (CHU) est annulée." in texte(montre)
    confirmer(client, montre, **dit)
    assert list(Sejour.objects.values_list("pk", flat=True)) == [sejour.pk]


def test_what_changed_since_it_was_read_is_read_again(client: Client) -> None:
    place, personne = PlaceFactory(), PersonneFactory()
    vers, donnees = remplir(
        client, page(Sejour, "add"), place=place.pk, personne=personne.pk, arrivee="01/05/2023"
    )
    lu = caches(client.post(vers, donnees))["lu"]
    # Another form than the one that was read.
    autre = client.post(vers, {**donnees, "arrivee": "30/04/2023", "lu": lu})
    assert "dès la nuit du 30/04/2023" in texte(autre)
    # Also where what is told of it is the same.
    menage = Menage.objects.create(libelle="M et N")
    assert RELISEZ in texte(client.post(vers, {**donnees, "menage": menage.pk, "lu": lu}))
    assert not Sejour.objects.exists()
    # Other consequences.
    DemandeHebergementFactory(personne=personne, demandee_le=date(2023, 4, 20))
    plus = client.post(vers, {**donnees, "lu": lu})
    assert "La demande du 20/04/2023" in texte(plus)
    assert not Sejour.objects.exists()
    assert confirmer(client, plus).status_code == 302
    assert DemandeHebergement.objects.get().sejour == Sejour.objects.get()


def test_a_place_that_was_taken_since_is_not_given(client: Client) -> None:
    place = PlaceFactory()
    dit = {"place": place.pk, "personne": PersonneFactory().pk, "arrivee": "01/05/2023"}
    montre = soumettre(client, page(Sejour, "add"), **dit)
    SejourFactory(place=place, arrivee=JOUR)
    avant = ecrit()
    assert "Cette place est déjà prise à ces dates." in erreurs(
        client.post(page(Sejour, "add"), caches(montre))
    )
    assert ecrit() == avant


def test_a_transfer_says_who_goes_where_and_what_is_free(client: Client) -> None:
    sejour, vers = SejourFactory(arrivee=date(2023, 4, 1), depart=date(2023, 7, 1)), PlaceFactory()
    absence = AbsenceFactory(sejour=sejour, debut=date(2023, 4, 28))
    adresse = page(Sejour, "transferer", sejour.pk)
    assert "Rien n'est fait avant que tout soit montré" in texte(client.get(adresse))
    avant = ecrit()
    dit = {"place": vers.pk, "jour": "2023-05-01"}
    montre = client.post(adresse, dit)
    plan = texte(montre)
    assert ecrit() == avant
    for ligne in (
        RELISEZ,
        f"{sejour.personne} va de {sejour.place} à {vers}, dès la nuit du 01/05/2023.",
        "Son départ reste au 01/07/2023.",
        f"{sejour.place} est libre dès la nuit du 01/05/2023.",
        f"L'absence ({absence}) continue à {vers}.",
    ):
        assert ligne in plan
    assert "prévu" not in plan.split(RELISEZ)[1].split("<label")[0]
    assert confirmer(client, montre, **dit).status_code == 302
    assert Sejour.objects.get(suite_de=sejour).place == vers


def test_a_transfer_says_what_the_verb_does_of_requests(client: Client) -> None:
    """Told where it is done, and there only."""
    sejour = SejourFactory(arrivee=date(2023, 4, 1))
    vers, ailleurs = PlaceFactory(), PlaceFactory()
    proposition = proposee(ailleurs, personne=sejour.personne)
    adresse = page(Sejour, "transferer", sejour.pk)
    dit = {"place": vers.pk, "jour": "2023-05-01"}
    montre = client.post(adresse, dit)
    plan = texte(montre)
    assert confirmer(client, montre, **dit).status_code == 302
    proposition.refresh_from_db()
    proposition.demande.refresh_from_db()
    assert ("cette place y répond" in plan) == bool(proposition.demande.issue)
    assert ("reste ouverte" in plan) == (not proposition.demande.issue)
    assert ("n'y est plus attendu" in plan) == bool(proposition.issue)
    assert ("reste en cours" in plan) == (not proposition.issue)


def test_a_transfer_told_ahead_or_late_and_one_that_is_forced(client: Client) -> None:
    sejour = SejourFactory(arrivee=date(2023, 4, 1))
    fermee = FermetureFactory(debut=date(2023, 4, 1), fin=None).place
    adresse = page(Sejour, "transferer", sejour.pk)
    dit = {"place": fermee.pk, "jour": "2023-05-10", "motif_forcage": "Grand froid"}
    plan = texte(client.post(adresse, dit))
    assert "Le transfert est prévu : il" in plan
    assert "avec pour motif « Grand froid »" in plan
    assert f"{sejour.place} est libre dès la nuit du 10/05/2023." in plan
    plan = texte(client.post(adresse, {"place": PlaceFactory().pk, "jour": "2023-04-20"}))
    assert "Le transfert est saisi après coup" in plan
    assert Sejour.objects.count() == 1


def test_a_transfer_to_a_place_that_was_taken_since_is_refused(client: Client) -> None:
    sejour, vers = SejourFactory(arrivee=date(2023, 4, 1)), PlaceFactory()
    dit = {"place": vers.pk, "jour": "2023-05-01"}
    montre = client.post(page(Sejour, "transferer", sejour.pk), dit)
    SejourFactory(place=vers, arrivee=JOUR - timedelta(days=1))
    avant = ecrit()
    refus = texte(confirmer(client, montre, **dit))
    assert "Cette place est déjà prise à ces dates." in refus
    assert RELISEZ not in refus
    assert ecrit() == avant


def test_taking_a_proposition_back_says_what_is_free_and_what_stays(client: Client) -> None:
    proposition = proposee(PlaceFactory())
    adresse = page(Proposition, "annuler", proposition.pk)
    assert "Rien n'est fait avant que tout soit montré" in texte(client.get(adresse))
    avant = ecrit()
    montre = client.post(adresse)
    plan = texte(montre)
    assert ecrit() == avant
    for ligne in (
        RELISEZ,
        f"{proposition.place} n'est plus proposée à {proposition.demande.personne} : elle était",
        f"{proposition.place} est libre dès la nuit du 01/05/2023.",
        "La demande du 20/04/2023 garde son ancienneté et son rang.",
    ):
        assert ligne in plan
    assert confirmer(client, montre).status_code == 302
    proposition.refresh_from_db()
    assert proposition.issue == StatutProposition.ANNULEE


def test_a_proposition_that_ended_since_is_not_taken_back(client: Client) -> None:
    proposition = proposee(PlaceFactory())
    adresse = page(Proposition, "annuler", proposition.pk)
    montre = client.post(adresse)
    services.refuser(
        proposition=proposition, issue=StatutProposition.REFUSEE_PERSONNE, motif_refus="ANIMAL"
    )
    avant = ecrit()
    assert "Cette proposition est finie." in texte(client.post(adresse, caches(montre)))
    assert ecrit() == avant
