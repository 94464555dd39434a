"""Who may open, add, change and delete what in the admin, and what nobody may read there."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import RequestFactory
from django.urls import reverse

from accueil.models import JourOuverture, Passage
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Doublon, MarquePaire, Orientation
from hebergement.models import (
    Absence,
    Chambre,
    ConstatPresence,
    Contingent,
    ControleOccupation,
    CorrectionNuit,
    DemandeHebergement,
    Fermeture,
    MarqueNuits,
    Menage,
    OccupationNuit,
    Place,
    PoidsAttente,
    Proposition,
    Sejour,
    Site,
)
from indicateurs.models import Chiffre, ChiffreSaisi, Consultation, Partenaire, Publication
from maraudes.models import Etape, Ligne, Maraude, Observation, Rencontre, Secteur
from socle.models import (
    AccesPersonne,
    AccordPartage,
    Distinction,
    Equipe,
    Fusion,
    Horaire,
    Jeton,
    LienPersonne,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)
from synchro.models import Appareil, CleScellement, Operation, Variante
from tests.administration.conftest import Console, page
from tests.administration.formulaires import soumettre
from tests.conftest import Api
from tests.factories import (
    AccordPartageFactory,
    ActeFactory,
    ContactFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    RencontreFactory,
    SejourFactory,
    UtilisateurFactory,
)

pytestmark = pytest.mark.django_db

TOUT, LIRE, RIEN = "vacs", "v", ""
# Model: what coordination may do, then what administration may (view, add, change, suppress).
MATRICE: dict[Any, tuple[str, str]] = {
    Organisme: (LIRE, TOUT),
    Structure: (LIRE, TOUT),
    Horaire: (LIRE, TOUT),
    Equipe: ("vac", TOUT),
    Utilisateur: (LIRE, TOUT),
    Jeton: (LIRE, LIRE),
    Personne: (TOUT, RIEN),
    AccordPartage: ("vac", RIEN),
    AccesPersonne: (LIRE, RIEN),
    Contact: ("vcs", RIEN),
    Acte: (TOUT, RIEN),
    RemiseMateriel: (TOUT, RIEN),
    Ligne: (TOUT, TOUT),
    Secteur: (TOUT, TOUT),
    Maraude: (TOUT, RIEN),
    Etape: (TOUT, RIEN),
    Rencontre: (TOUT, RIEN),
    Observation: (TOUT, RIEN),
    Site: (TOUT, TOUT),
    Chambre: (TOUT, TOUT),
    Place: (TOUT, TOUT),
    Fermeture: (TOUT, RIEN),
    Contingent: (TOUT, RIEN),
    Menage: (TOUT, RIEN),
    Sejour: (TOUT, RIEN),
    Absence: (TOUT, RIEN),
    ConstatPresence: (LIRE, RIEN),
    DemandeHebergement: (TOUT, RIEN),
    Proposition: (LIRE, RIEN),
    PoidsAttente: ("vac", RIEN),
    OccupationNuit: (LIRE, RIEN),
    CorrectionNuit: (LIRE, RIEN),
    MarqueNuits: (LIRE, RIEN),
    ControleOccupation: (LIRE, RIEN),
    Passage: (TOUT, RIEN),
    JourOuverture: (TOUT, RIEN),
    Orientation: (TOUT, RIEN),
    MarquePaire: (LIRE, RIEN),
    Publication: ("va", RIEN),
    Chiffre: (LIRE, RIEN),
    ChiffreSaisi: ("va", RIEN),
    Partenaire: (RIEN, "vac"),
    Consultation: (RIEN, LIRE),
    Appareil: ("vac", RIEN),
    Operation: (LIRE, RIEN),
    Variante: (LIRE, RIEN),
    CleScellement: (RIEN, LIRE),
    Doublon: (LIRE, RIEN),
    Fusion: (LIRE, RIEN),
    Distinction: ("vs", RIEN),
    LienPersonne: (LIRE, RIEN),
    AccessAttempt: (RIEN, "vs"),
}


def droits(modele: Any, compte: Utilisateur) -> str:
    fiche: Any = admin.site.get_model_admin(modele)
    demande = RequestFactory().get("/")
    demande.user = compte
    tests = {"v": fiche.has_view_permission, "a": fiche.has_add_permission,
             "c": fiche.has_change_permission, "s": fiche.has_delete_permission}  # fmt: skip
    return "".join(lettre for lettre, permis in tests.items() if permis(demande))


def test_every_page_has_a_row() -> None:
    assert set(admin.site._registry) == set(MATRICE)


@pytest.mark.parametrize("modele", MATRICE, ids=lambda m: m.__name__)
def test_roles(modele: Any, coordinatrice: Utilisateur, administratrice: Utilisateur) -> None:
    assert droits(modele, coordinatrice) == MATRICE[modele][0]
    assert droits(modele, administratrice) == MATRICE[modele][1]


@pytest.mark.parametrize("qui", ["intervenante", "soignante", "ars"])
@pytest.mark.parametrize("modele", MATRICE, ids=lambda m: m.__name__)
def test_other_roles_find_no_door(
    console: Console, request: pytest.FixtureRequest, modele: Any, qui: str
) -> None:
    compte: Utilisateur = request.getfixturevalue(qui)
    assert droits(modele, compte) == ""
    reponse = console(compte).get(page(modele, "changelist"))
    assert reponse.status_code == 302
    assert reponse["Location"].startswith(reverse("admin:login"))


def test_being_a_superuser_opens_nothing(console: Console, coordinatrice: Utilisateur) -> None:
    Utilisateur.objects.filter(pk=coordinatrice.pk).update(is_superuser=True)
    coordinatrice.refresh_from_db()
    assert droits(Utilisateur, coordinatrice) == LIRE
    assert console(coordinatrice).get(page(Utilisateur, "add")).status_code == 403


def test_a_disabled_account_opens_nothing(console: Console, coordinatrice: Utilisateur) -> None:
    client = console(coordinatrice)
    Utilisateur.objects.filter(pk=coordinatrice.pk).update(is_active=False)
    assert client.get(page(Maraude, "changelist")).status_code == 302


def test_of_the_person_of_another_organisme_only_code_and_pseudonym_are_shown(
    console: Console, coordinatrice: Utilisateur, personne_ailleurs: Personne
) -> None:
    Personne.objects.filter(pk=personne_ailleurs.pk).update(genre="AUTRE", annee_naissance=1961)
    client = console(coordinatrice)
    for vue in ("change", "history"):
        texte = client.get(page(Personne, vue, personne_ailleurs.pk)).content.decode()
        assert personne_ailleurs.code in texte
        assert "Hirondelle" in texte
        assert "1961" not in texte, vue
        assert ">Autre<" not in texte, vue
        assert "Autre association" not in texte, vue
    liste = client.get(page(Personne, "changelist")).content.decode()
    assert "Hirondelle" in liste
    assert "1961" not in liste
    refus = client.post(
        page(Personne, "change", personne_ailleurs.pk), {"pseudonyme": "X", "genre": "F"}
    )
    assert refus.status_code == 403
    personne_ailleurs.refresh_from_db()
    assert personne_ailleurs.pseudonyme == "Hirondelle"


def test_an_agreement_opens_the_file_and_its_end_closes_it(
    console: Console, coordinatrice: Utilisateur, personne_ailleurs: Personne
) -> None:
    Personne.objects.filter(pk=personne_ailleurs.pk).update(annee_naissance=1961)
    accord = AccordPartageFactory(personne=personne_ailleurs, organisme=coordinatrice.organisme)
    client = console(coordinatrice)
    adresse = page(Personne, "change", personne_ailleurs.pk)
    assert "1961" in client.get(adresse).content.decode()
    accord.retire_le = accord.donne_le
    accord.save()
    assert "1961" not in client.get(adresse).content.decode()


@pytest.mark.parametrize(
    ("modele", "requete"),
    [
        (Personne, "genre__exact=AUTRE"),
        (Personne, "annee_naissance__gte=1960"),
        (Personne, "organisme__code=autre"),
        (Acte, "note_soin__contains=VIH"),
        (Sejour, "personne__genre=F"),
        (Utilisateur, "password__startswith=pbkdf2"),
    ],
)
def test_a_filter_that_no_page_declares_tells_nothing(
    console: Console,
    coordinatrice: Utilisateur,
    personne_ailleurs: Personne,
    modele: Any,
    requete: str,
) -> None:
    """Counting the answers would tell what may not be read."""
    reponse = console(coordinatrice).get(f"{page(modele, 'changelist')}?{requete}")
    assert reponse.status_code in {302, 400}


def test_the_gender_filter_looks_at_whole_files_only(
    console: Console, coordinatrice: Utilisateur, personne: Personne, personne_ailleurs: Personne
) -> None:
    Personne.objects.filter(pk=personne_ailleurs.pk).update(genre="F")
    texte = console(coordinatrice).get(page(Personne, "changelist") + "?genre=F").content.decode()
    assert personne.pseudonyme in texte
    assert "Hirondelle" not in texte


def test_contacts_of_another_organisme_do_not_exist(
    console: Console, coordinatrice: Utilisateur, autre_structure: Structure
) -> None:
    contact = ContactFactory(structure=autre_structure)
    passage = PassageFactory(structure=autre_structure)
    acte = ActeFactory(contact=contact)
    client = console(coordinatrice)
    for objet in (contact, passage, acte):
        for vue in ("change", "history", "delete"):
            reponse = client.post(page(type(objet), vue, objet.pk), {"post": "yes"})
            assert reponse.status_code in {302, 405}
            assert type(objet).objects.filter(pk=objet.pk).exists()
        liste = client.get(page(type(objet), "changelist"))
        assert objet not in liste.context["cl"].result_list


def test_notes_of_care_are_on_no_page(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    passage = PassageFactory(structure=espace_repos)
    acte = ActeFactory(contact=passage.contact, infirmier=True, note_soin="Plaie au pied gauche")
    acte.note_soin = "Plaie au pied droit"
    acte.save()
    client = console(coordinatrice)
    pages = [page(Acte, vue, acte.pk) for vue in ("change", "history", "delete")]
    pages += [page(Passage, vue, passage.pk) for vue in ("change", "history", "delete")]
    pages += [page(Contact, vue, passage.pk) for vue in ("change", "history")]
    pages += [page(Acte, "changelist")]
    for adresse in pages:
        reponse = client.get(adresse)
        assert reponse.status_code == 200
        texte = reponse.content.decode()
        assert "Plaie au pied" not in texte, adresse
    cherches = client.get(page(Acte, "changelist") + "?q=Plaie").context["cl"].result_list
    assert not list(cherches)


def completer(client: Any, modele: Any, source: Any, champ: str, terme: str = "") -> Any:
    return client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": source._meta.app_label,
            "model_name": source._meta.model_name,
            "field_name": champ,
            "term": terme,
        },
    )


def test_completions_offer_what_the_page_of_the_model_would_show(
    console: Console,
    coordinatrice: Utilisateur,
    administratrice: Utilisateur,
    intervenante: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    propre = ContactFactory(structure=espace_repos)
    ContactFactory(structure=autre_structure)
    reponse = completer(console(coordinatrice), Contact, Acte, "contact")
    assert [r["id"] for r in reponse.json()["results"]] == [str(propre.pk)]
    assert completer(console(administratrice), Contact, Acte, "contact").status_code == 403
    assert completer(console(intervenante), Contact, Acte, "contact").status_code == 302


def test_what_may_not_be_chosen_anew_is_kept_by_a_correction(
    console: Console, coordinatrice: Utilisateur, autre_structure: Structure
) -> None:
    """A member of another organisme, whom coordination does not see, stays in the round."""
    maraude = MaraudeFactory(equipe__structure=autre_structure)
    membre = UtilisateurFactory(organisme=autre_structure.organisme)
    maraude.membres.add(membre)
    client = console(coordinatrice)
    adresse = page(Maraude, "change", maraude.pk)
    formulaire = client.get(adresse).context["adminform"].form
    assert [getattr(m, "pk", m) for m in formulaire["membres"].value()] == [membre.pk]
    donnees = {
        "equipe": maraude.equipe_id, "milieu": maraude.milieu, "statut": maraude.statut,
        "jour_prevu": maraude.jour_prevu, "membres": [membre.pk], "transmission": "Vu avec B.",
        "etapes-TOTAL_FORMS": 0, "etapes-INITIAL_FORMS": 0,
        "observations-TOTAL_FORMS": 0, "observations-INITIAL_FORMS": 0,
        "rencontres-TOTAL_FORMS": 0, "rencontres-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert client.post(adresse, donnees).status_code == 302
    maraude.refresh_from_db()
    assert maraude.transmission == "Vu avec B."
    assert list(maraude.membres.all()) == [membre]


def test_administration_sees_no_person_on_the_page_of_a_place(
    console: Console, administratrice: Utilisateur
) -> None:
    sejour = SejourFactory(personne__pseudonyme="Rossignol")
    texte = console(administratrice).get(page(Place, "change", sejour.place_id)).content.decode()
    assert "Rossignol" not in texte


def test_an_orientation_from_elsewhere_keeps_its_contact(
    console: Console,
    coordinatrice: Utilisateur,
    autre_structure: Structure,
    espace_repos: Structure,
) -> None:
    contact = ContactFactory(structure=autre_structure)
    orientation = OrientationFactory(
        contact=contact, structure_origine=autre_structure, structure=espace_repos
    )
    client = console(coordinatrice)
    adresse = page(Orientation, "change", orientation.pk)
    formulaire: Any = client.get(adresse).context["adminform"].form
    valeur = {nom: formulaire[nom].value() for nom in formulaire.fields}
    quand = orientation.survenu_le
    donnees = {
        "personne": orientation.personne_id, "contact": valeur["contact"],
        "structure_origine": valeur["structure_origine"], "structure": valeur["structure"],
        "survenu_le_0": quand.strftime("%d/%m/%Y"), "survenu_le_1": quand.strftime("%H:%M:%S"),
        "motif": "Repos", "decision": "",
    }  # fmt: skip
    reponse = client.post(adresse, donnees)
    assert reponse.status_code == 302, reponse.context["adminform"].form.errors
    orientation.refresh_from_db()
    assert orientation.motif == "Repos"
    assert orientation.contact_id == contact.pk


def test_what_was_observed_of_another_organisme_s_person_is_not_told(
    console: Console,
    api: Api,
    coordinatrice: Utilisateur,
    autre_equipe: Equipe,
    personne_ailleurs: Personne,
) -> None:
    rencontre = RencontreFactory(
        maraude__equipe=autre_equipe, personne=personne_ailleurs, genre_observe="F"
    )
    client = console(coordinatrice)
    pages = [page(Rencontre, vue, rencontre.pk) for vue in ("change", "history")]
    pages += [page(Rencontre, "changelist"), page(Maraude, "change", rencontre.maraude_id)]
    for adresse in pages:
        texte = client.get(adresse).content.decode()
        assert "Hirondelle" in texte, adresse
        assert "Femme" not in texte, adresse
    ajout = {"actes-TOTAL_FORMS": 1, "actes-INITIAL_FORMS": 0, "actes-0-categorie": "RDR"}
    assert client.post(pages[0], ajout).status_code == 403
    assert not Acte.objects.exists()
    lue = api(coordinatrice).get(f"/api/v1/rencontres/{rencontre.pk}/").json()
    assert lue["personne"] == str(personne_ailleurs.pk)
    assert lue["genre_observe"] is None
    assert lue["tranche_age_observee"] is None


@pytest.mark.parametrize(
    ("modele", "requete"),
    [
        (Sejour, "place=abc"), (Sejour, "personne=abc"), (Acte, "contact=abc"),
        (Maraude, "membres=1,abc"), (Passage, "structure=abc"), (Orientation, "personne=abc"),
    ],
)  # fmt: skip
def test_a_reference_typed_in_the_address_is_left_out(
    console: Console, coordinatrice: Utilisateur, modele: Any, requete: str
) -> None:
    assert console(coordinatrice).get(f"{page(modele, 'add')}?{requete}").status_code == 200


def test_what_is_no_key_is_refused_beside_the_form(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = console(coordinatrice)
    for mauvaise in ("abc", "a\x00b"):
        for modele, champ in ((Sejour, "place"), (Passage, "structure"), (Maraude, "equipe")):
            reponse = soumettre(client, page(modele, "add"), **{champ: mauvaise})
            assert reponse.status_code == 200
            assert champ in reponse.context["adminform"].form.errors
        liste = client.post(
            page(Maraude, "changelist"), {"action": "annuler", "_selected_action": [mauvaise]}
        )
        assert liste.status_code in {200, 302}
    for adresse in (
        page(Structure, "changelist") + "?type__exact=%00",
        page(Contact, "changelist") + "?jour__year=99999999999999999999",
    ):
        assert client.get(adresse).status_code == 302


def test_what_is_no_key_does_not_empty_an_optional_reference(
    console: Console, coordinatrice: Utilisateur
) -> None:
    sejour = SejourFactory(menage=Menage.objects.create(libelle="Couple"))
    maraude = MaraudeFactory()
    maraude.membres.add(coordinatrice)
    client = console(coordinatrice)
    for objet, champ in ((sejour, "menage"), (maraude, "membres")):
        reponse = soumettre(client, page(type(objet), "change", objet.pk), **{champ: "abc"})
        assert champ in reponse.context["adminform"].form.errors
    sejour.refresh_from_db()
    assert sejour.menage is not None
    assert maraude.membres.get() == coordinatrice


def test_the_framework_s_shortcut_to_a_record_leads_nowhere(
    console: Console, administratrice: Utilisateur
) -> None:
    client = console(administratrice)
    types = ContentType.objects.values_list("pk", flat=True)
    assert types
    for type_de_contenu in (*types, 10**9):
        for objet in ("abc", "1", administratrice.pk):
            assert client.get(f"/admin/r/{type_de_contenu}/{objet}/").status_code == 404
