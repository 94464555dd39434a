"""What nobody may type in the admin, and what is told beside the field that it is about."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from commun.horloge import aujourd_hui
from contacts.models import Acte
from hebergement.models import OccupationNuit, Place, Sejour, Site
from hebergement.occupation import recalculer_marques
from maraudes.models import Maraude, Secteur
from socle.enums import JourSemaine
from socle.models import AccordPartage, Horaire, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page, peupler
from tests.administration.formulaires import erreurs, remplir, soumettre
from tests.administration.test_acces import MATRICE
from tests.factories import (
    AccordPartageFactory,
    ContactFactory,
    FermetureFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db
INVISIBLE = "\u200b\u2060 "


def fautes(reponse: Any) -> dict[str, Any]:
    assert reponse.status_code == 200, reponse.status_code
    return dict(reponse.context["adminform"].form.errors)


def test_a_birth_to_come_is_refused(console: Console, coordinatrice: Utilisateur) -> None:
    client, cette_annee = console(coordinatrice), aujourd_hui().year
    for annee, permise in ((cette_annee + 1, False), (1899, False), (cette_annee, True)):
        reponse = soumettre(client, page(Personne, "add"), pseudonyme="Pie", annee_naissance=annee)
        assert (reponse.status_code == 302) == permise
        assert permise or list(fautes(reponse)) == ["annee_naissance"]
    assert Personne.objects.get().annee_naissance == cette_annee


@pytest.mark.parametrize(
    ("modele", "champ"), [(Personne, "pseudonyme"), (Site, "nom"), (Secteur, "nom")]
)
def test_text_that_shows_nothing_is_no_name(
    console: Console,
    coordinatrice: Utilisateur,
    administratrice: Utilisateur,
    modele: Any,
    champ: str,
) -> None:
    client = console(coordinatrice if modele is not Secteur else administratrice)
    reponse = soumettre(client, page(modele, "add"), **{champ: INVISIBLE})
    assert champ in fautes(reponse)
    assert not modele.objects.exists()


@pytest.mark.parametrize("identifiant", ["Coordinatrice", "coordinatrice\u200b", "a b", "a\u202eb"])
def test_an_account_does_not_pass_for_another(
    console: Console, administratrice: Utilisateur, coordinatrice: Utilisateur, identifiant: str
) -> None:
    avant = Utilisateur.objects.count()
    mot_de_passe = "un-mot-de-passe-assez-long"
    reponse = soumettre(
        console(administratrice), page(Utilisateur, "add"),
        identifiant=identifiant, password1=mot_de_passe, password2=mot_de_passe,
        role="COORDINATEUR",
    )  # fmt: skip
    assert fautes(reponse)
    assert Utilisateur.objects.count() == avant


def test_nobody_takes_away_their_own_rights(console: Console, administratrice: Utilisateur) -> None:
    client, adresse = console(administratrice), page(Utilisateur, "change", administratrice.pk)
    soumettre(client, adresse, role="COORDINATEUR", is_active=None, nom_affiche="Moi")
    administratrice.refresh_from_db()
    assert (administratrice.role, administratrice.is_active) == ("ADMINISTRATEUR", True)
    assert administratrice.nom_affiche == "Moi"
    suppression = client.post(page(Utilisateur, "delete", administratrice.pk), {"post": "yes"})
    assert suppression.status_code == 403
    autre = UtilisateurFactory(administrateur=True)
    soumettre(client, page(Utilisateur, "change", autre.pk), role="COORDINATEUR")
    autre.refresh_from_db()
    assert autre.role == "COORDINATEUR"


def test_a_search_takes_any_text(
    console: Console, coordinatrice: Utilisateur, administratrice: Utilisateur
) -> None:
    PersonneFactory(organisme=coordinatrice.organisme, pseudonyme="Pie")
    for compte, modele, champ in (
        (coordinatrice, "orientation", "personne"),
        (coordinatrice, "sejour", "place"),
        (administratrice, "utilisateur", "structures"),
    ):
        application = {"orientation": "coordination", "sejour": "hebergement"}.get(modele, "socle")
        for terme in ("\x00", "P\x00ie", "'\"%_\\", "\u202e", "a" * 5000):
            reponse = console(compte).get(
                reverse("admin:autocomplete"),
                {"app_label": application, "model_name": modele, "field_name": champ,
                 "term": terme},
            )  # fmt: skip
            assert reponse.status_code == 200, terme
            if champ == "personne" and "ie" in terme:
                assert "Pie" in reponse.json()["results"][0]["text"]


def test_an_address_names_nothing_that_may_not_be_chosen(
    console: Console,
    coordinatrice: Utilisateur,
    autre_structure: Structure,
    espace_repos: Structure,
    intervenante_ailleurs: Utilisateur,
) -> None:
    client = console(coordinatrice)
    ailleurs, ici = (
        ContactFactory(structure=autre_structure),
        ContactFactory(structure=espace_repos),
    )
    adresse = page(Acte, "add")
    for contact, montre in ((ailleurs, False), (ici, True)):
        texte = client.get(f"{adresse}?contact={contact.pk}").content.decode()
        assert (str(contact) in texte) == montre
    membres = f"{page(Maraude, 'add')}?membres={coordinatrice.pk},{intervenante_ailleurs.pk}"
    assert str(intervenante_ailleurs) not in client.get(membres).content.decode()


def test_a_person_goes_with_their_agreements(console: Console, coordinatrice: Utilisateur) -> None:
    accord = AccordPartageFactory(personne__organisme=coordinatrice.organisme)
    client, adresse = console(coordinatrice), page(Personne, "delete", accord.personne_id)
    assert "accords de partage" in client.get(adresse).content.decode().lower()
    assert client.post(adresse, {"post": "yes"}).status_code == 302
    assert not Personne.objects.exists()
    assert not AccordPartage.objects.exists()


def test_a_site_goes_with_its_nights_and_a_place_with_stays_stays(
    console: Console, coordinatrice: Utilisateur
) -> None:
    place = PlaceFactory()
    sejour = SejourFactory(place=place)
    recalculer_marques()
    client = console(coordinatrice)
    assert OccupationNuit.objects.filter(site=place.site).exists()
    for modele, cle in ((Place, place.pk), (Site, place.site_id)):
        client.post(page(modele, "delete", cle), {"post": "yes"})
        assert modele.objects.filter(pk=cle).exists()
    Sejour.objects.filter(pk=sejour.pk).delete()
    place.delete()
    assert client.post(page(Site, "delete", place.site_id), {"post": "yes"}).status_code == 302
    assert not Site.objects.exists()


def test_two_rows_that_say_the_same_are_told_in_the_words_of_the_page(
    console: Console, administratrice: Utilisateur, espace_repos: Structure
) -> None:
    lignes = {
        f"horaires-{n}-{champ}": valeur
        for n in (0, 1)
        for champ, valeur in (
            ("jour_semaine", JourSemaine.values[0]),
            ("ouvre_a", "08:00"),
            ("ferme_a", "12:00"),
        )
    }
    reponse = soumettre(
        console(administratrice), page(Structure, "change", espace_repos.pk),
        **{"horaires-TOTAL_FORMS": 2, **lignes},
    )  # fmt: skip
    assert "Deux lignes ont les mêmes valeurs : jour, ouvre à." in erreurs(reponse)
    assert "ouvre_a" not in erreurs(reponse).replace("horaires-", "")
    assert not Horaire.objects.exists()


def test_a_name_that_its_site_has_is_told_beside_the_name(
    console: Console, coordinatrice: Utilisateur
) -> None:
    place = PlaceFactory()
    reponse = soumettre(
        console(coordinatrice), page(Place, "add"),
        site=place.site_id, libelle=place.libelle, type="HOTEL", ouverte_le="01/01/2023",
    )  # fmt: skip
    assert list(fautes(reponse)) == ["libelle"]
    autre_site = SiteFactory()
    reponse = soumettre(
        console(coordinatrice), page(Site, "change", autre_site.pk), nom="", code=place.site.code
    )
    assert set(fautes(reponse)) == {"nom", "code"}


def test_a_page_takes_all_the_rows_that_it_may_hold(
    console: Console, coordinatrice: Utilisateur
) -> None:
    """Two hundred rows of six fields and more: refused whole, all that was typed would be lost."""
    vers, donnees = remplir(console(coordinatrice), page(Personne, "add"), pseudonyme="Pie")
    trop = {f"champ-{n}": "x" for n in range(2000)}
    assert console(coordinatrice).post(vers, donnees | trop).status_code == 302


def test_a_form_sent_after_the_session_has_ended_says_so(
    console: Console, coordinatrice: Utilisateur
) -> None:
    client = console(coordinatrice)
    vers, donnees = remplir(client, page(Personne, "add"), pseudonyme="Pie")
    Session.objects.all().delete()
    suivie = client.post(vers, donnees, follow=True)
    assert suivie.redirect_chain[0][0].startswith(reverse("admin:login"))
    assert "n&#x27;a pas été enregistré" in suivie.content.decode()
    assert not Personne.objects.exists()
    # Who merely opens a page, or goes on to another, reads nothing of the kind.
    Session.objects.all().delete()
    assert "enregistré" not in client.get(vers, follow=True).content.decode()


def test_a_completion_offers_what_the_form_would_take(
    console: Console,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    for application, modele, champ, permises in (
        ("contacts", "contact", "structure", {espace_repos}),
        ("coordination", "orientation", "structure_origine", {espace_repos}),
        ("coordination", "orientation", "structure", {espace_repos, autre_structure}),
    ):
        reponse = console(coordinatrice).get(
            reverse("admin:autocomplete"),
            {"app_label": application, "model_name": modele, "field_name": champ, "term": ""},
        )
        offertes = {choix["id"] for choix in reponse.json()["results"]}
        assert offertes == {str(structure.pk) for structure in permises}, (modele, champ)


def test_what_is_taken_is_told_beside_the_field(
    console: Console, coordinatrice: Utilisateur
) -> None:
    sejour, libre = SejourFactory(), PlaceFactory()
    fermee = FermetureFactory().place
    for place, personne, champ in (
        (sejour.place, PersonneFactory(), "place"),
        (libre, sejour.personne, "personne"),
        (fermee, PersonneFactory(), "place"),
    ):
        reponse = soumettre(
            console(coordinatrice), page(Sejour, "add"),
            place=place.pk, personne=personne.pk, arrivee="02/03/2023",
        )  # fmt: skip
        assert list(fautes(reponse)) == [champ]


@pytest.mark.parametrize("qui", ["coordinatrice", "administratrice"])
def test_each_field_of_each_form_takes_anything(
    console: Console, request: pytest.FixtureRequest, espace_repos: Structure, qui: str
) -> None:
    """Kept, or refused beside the field: a page of errors is neither."""
    peupler(espace_repos, 1)
    client, essayes = console(request.getfixturevalue(qui)), 0
    for modele, droits in MATRICE.items():
        permis = droits[qui == "administratrice"]
        adresses = [page(modele, "add")] if "a" in permis else []
        if "c" in permis:
            objet: Any = modele._default_manager.order_by("pk").first()
            adresses.append(page(modele, "change", objet.pk))
        for adresse in adresses:
            if client.get(adresse).status_code != 200:
                continue
            vers, montre = remplir(client, adresse)
            contexte: Any = client.get(adresse).context
            noms = {champ.html_name for champ in contexte["adminform"].form} | set(montre)
            gardes = {nom for nom in noms if nom.endswith("_FORMS")} | {"version_lue", "cle"}
            for valeur in ("203.0.113.7", "a\x00b", "9" * 40, "2023-05-01"):
                essayes += 1
                reponse = client.post(vers, montre | dict.fromkeys(noms - gardes, valeur))
                assert reponse.status_code in {200, 302, 403}, f"{adresse} {valeur}"
    assert essayes > 50
