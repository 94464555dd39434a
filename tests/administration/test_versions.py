"""Two people on one page: neither undoes the other unseen, and one form adds one record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client

from accueil.models import Passage
from commun.horloge import maintenant
from contacts.models import Acte, Contact, RemiseMateriel
from hebergement.models import Fermeture, Sejour
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from socle.enums import JourSemaine
from socle.models import AccordPartage, Horaire, Personne, Structure, Utilisateur
from tests.administration.conftest import Console, page
from tests.administration.formulaires import caches, erreurs, remplir, soumettre
from tests.concurrence import Fil, attendre_bloques
from tests.factories import (
    AccordPartageFactory,
    ActeFactory,
    EquipeFactory,
    EtapeFactory,
    FermetureFactory,
    LigneFactory,
    MaraudeFactory,
    ObservationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    RemiseMaterielFactory,
    RencontreFactory,
    SecteurFactory,
    SejourFactory,
    UtilisateurFactory,
)

REFUS = "Quelqu&#x27;un a modifié cette fiche"
# The object of a page, what another tab does of it, and what must still stand afterwards.
Scene = tuple[Any, Callable[[], Any], Callable[[], Any]]


def un_accord(structure: Structure) -> Scene:
    accord = AccordPartageFactory(personne__organisme=structure.organisme)
    return (
        accord.personne,
        lambda: AccordPartage.objects.update(retire_le=maintenant()),
        lambda: AccordPartage.objects.get().retire_le is not None,
    )


def un_horaire(structure: Structure) -> Scene:
    Horaire.objects.create(
        structure=structure, jour_semaine=JourSemaine.values[0], ouvre_a="08:00", ferme_a="12:00"
    )
    return (
        structure,
        lambda: Horaire.objects.update(ferme_a="18:00"),
        lambda: Horaire.objects.get().ferme_a.hour == 18,
    )


def une_remise(structure: Structure) -> Scene:
    passage = PassageFactory(structure=structure)
    RemiseMaterielFactory(contact=passage.contact, quantite_distribuee=3)
    return (
        passage,
        lambda: RemiseMateriel.objects.update(quantite_distribuee=30),
        lambda: RemiseMateriel.objects.get().quantite_distribuee == 30,
    )


def un_acte_supprime(structure: Structure) -> Scene:
    rencontre = RencontreFactory(maraude__equipe__structure=structure)
    ActeFactory(contact=rencontre.contact)
    return rencontre, Acte.objects.all().delete, lambda: not Acte.objects.exists()


def une_observation(structure: Structure) -> Scene:
    maraude = MaraudeFactory(equipe__structure=structure, en_cours=True)
    ObservationFactory(maraude=maraude, texte="Quai calme")
    return (
        maraude,
        lambda: Observation.objects.update(texte="Quai fermé"),
        lambda: Observation.objects.get().texte == "Quai fermé",
    )


def une_etape(structure: Structure) -> Scene:
    etape = EtapeFactory(maraude__equipe__structure=structure)
    return (
        etape.maraude,
        lambda: Etape.objects.update(statut="VISITEE"),
        lambda: Etape.objects.get().statut == "VISITEE",
    )


def des_membres(structure: Structure) -> Scene:
    maraude = MaraudeFactory(equipe__structure=structure)
    compte = UtilisateurFactory(organisme=structure.organisme)
    return maraude, lambda: maraude.membres.add(compte), lambda: maraude.membres.exists()


def des_lignes(structure: Structure) -> Scene:
    secteur = SecteurFactory(station=True)
    secteur.lignes.add(LigneFactory())
    return secteur, secteur.lignes.clear, lambda: not secteur.lignes.exists()


def des_structures(structure: Structure) -> Scene:
    compte = UtilisateurFactory(organisme=structure.organisme)
    return (
        compte,
        lambda: compte.structures.add(structure),
        lambda: compte.structures.exists(),
    )


def un_secteur(structure: Structure) -> Scene:
    rencontre = RencontreFactory(maraude__equipe__structure=structure)
    secteur = SecteurFactory(station=True)
    return (
        rencontre,
        lambda: Rencontre.objects.update(secteur=secteur),
        lambda: Rencontre.objects.get().secteur == secteur,
    )


def un_depart(structure: Structure) -> Scene:
    passage = PassageFactory(structure=structure, survenu_le=maintenant() - timedelta(hours=2))
    parti = passage.contact.survenu_le.replace(microsecond=0) + timedelta(hours=1)
    return (
        passage,
        lambda: Passage.objects.update(parti_le=parti),
        lambda: Passage.objects.get().parti_le == parti,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "scene",
    [
        un_accord, un_horaire, une_remise, un_acte_supprime, une_observation, une_etape,
        des_membres, des_lignes, des_structures, un_secteur, un_depart,
    ],
)  # fmt: skip
def test_a_stale_form_undoes_nothing(
    console: Console,
    coordinatrice: Utilisateur,
    administratrice: Utilisateur,
    espace_repos: Structure,
    scene: Callable[[Structure], Scene],
) -> None:
    objet, changer, tient = scene(espace_repos)
    administre = isinstance(objet, Structure | Utilisateur | Secteur)
    client = console(administratrice if administre else coordinatrice)
    adresse = page(type(objet), "change", objet.pk)
    vers, donnees = remplir(client, adresse)
    changer()
    assert tient()
    assert REFUS in erreurs(client.post(vers, donnees))
    assert tient()
    # Read again, the same page is taken.
    reponse = soumettre(client, adresse)
    assert reponse.status_code == 302, erreurs(reponse)
    assert tient()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scene", [un_accord, un_horaire, une_remise, une_observation, une_etape])
def test_a_form_waits_for_who_writes_one_of_its_rows(
    console: Console,
    coordinatrice: Utilisateur,
    administratrice: Utilisateur,
    espace_repos: Structure,
    scene: Callable[[Structure], Scene],
) -> None:
    """A row is written whole: a consent that is being withdrawn would be given back."""
    objet, changer, tient = scene(espace_repos)
    client = console(administratrice if isinstance(objet, Structure) else coordinatrice)
    vers, donnees = remplir(client, page(type(objet), "change", objet.pk))
    with transaction.atomic():
        changer()
        fil = Fil(lambda: client.post(vers, donnees))
        attendre_bloques(1)
    assert REFUS in erreurs(fil.resultat())
    assert tient()


@pytest.mark.django_db
def test_what_changes_while_the_page_is_made_makes_it_stale(
    console: Console,
    coordinatrice: Utilisateur,
    espace_repos: Structure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The version is read before the rows: at worst too old, never too young."""
    maraude = MaraudeFactory(equipe__structure=espace_repos)
    EtapeFactory(maraude=maraude)
    fiche: Any = admin.site.get_model_admin(Maraude)
    creer = fiche._create_formsets

    def pendant(request: Any, obj: Any, change: bool) -> Any:
        if request.method == "GET":
            Maraude.objects.update(transmission="Vue à Stalingrad")
            Etape.objects.update(statut="INACCESSIBLE")
        return creer(request, obj, change=change)

    monkeypatch.setattr(fiche, "_create_formsets", pendant)
    client, adresse = console(coordinatrice), page(Maraude, "change", maraude.pk)
    assert REFUS in erreurs(soumettre(client, adresse))
    assert Maraude.objects.get().transmission == "Vue à Stalingrad"
    assert Etape.objects.get().statut == "INACCESSIBLE"


@pytest.mark.django_db
def test_what_came_since_does_not_make_a_form_stale(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    """An act recorded at the centre while the page of its visit is open."""
    passage = PassageFactory(structure=espace_repos)
    ActeFactory(contact=passage.contact)
    client = console(coordinatrice)
    vers, donnees = remplir(client, page(Passage, "change", passage.pk), genre_observe="F")
    ActeFactory(contact=passage.contact)
    reponse = client.post(vers, donnees)
    assert reponse.status_code == 302, erreurs(reponse)
    assert (Contact.objects.get().genre_observe, Acte.objects.count()) == ("F", 2)


@pytest.mark.django_db
def test_a_form_sent_twice_adds_once(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = console(coordinatrice)
    maraude = MaraudeFactory(equipe=EquipeFactory(structure=espace_repos), en_cours=True)
    ajouts: dict[Any, dict[str, Any]] = {
        Passage: {"structure": espace_repos.pk},
        Rencontre: {"maraude": maraude.pk},
        Personne: {"pseudonyme": "Mésange"},
        Sejour: {"place": PlaceFactory().pk, "personne": PersonneFactory().pk,
                 "arrivee": "01/03/2023"},
    }  # fmt: skip
    for modele, champs in ajouts.items():
        avant = modele.objects.count()
        vers, donnees = remplir(client, page(modele, "add"), **champs)
        cle, reponse = donnees["cle"], client.post(vers, donnees)
        if modele is Sejour:  # what it does is shown before
            assert modele.objects.count() == avant
            donnees = caches(reponse)
            reponse = client.post(vers, donnees)
        assert reponse.status_code == 302
        fait = modele.objects.get(pk=cle)
        encore = client.post(vers, donnees, follow=True)
        assert encore.redirect_chain[0][0] == page(modele, "change", fait.pk)
        assert "a déjà été enregistré" in encore.content.decode()
        # Another form is another record.
        assert cle != remplir(client, page(modele, "add"))[1]["cle"]
        assert modele.objects.count() == avant + 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_adds_once(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    vers, donnees = remplir(console(coordinatrice), page(Personne, "add"), pseudonyme="Mésange")

    def envoyer() -> Any:
        return console(coordinatrice).post(vers, donnees)

    with transaction.atomic():
        premiere = envoyer()
        seconde = Fil(envoyer)
        attendre_bloques(1)
    assert premiere.status_code == 302
    fait = Personne.objects.get(pseudonyme="Mésange")
    assert seconde.resultat().url == page(Personne, "change", fait.pk)


@pytest.mark.django_db(transaction=True)
def test_two_forms_sent_at_the_same_moment(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    """Whoever comes second waits, and is told; nothing of the first is undone."""
    objets: list[tuple[Any, str, str]] = [
        (PassageFactory(structure=espace_repos), "genre_observe", "F"),
        (RencontreFactory(maraude__equipe__structure=espace_repos), "genre_observe", "F"),
        (SejourFactory(), "arrivee", "01/02/2023"),
        (FermetureFactory(), "motif", "Punaises de lit"),
        (MaraudeFactory(equipe__structure=espace_repos), "transmission", "Rien à signaler"),
    ]
    for objet, champ, valeur in objets:
        adresse = page(type(objet), "change", objet.pk)
        client: Client = console(coordinatrice)
        vers, premiere = remplir(client, adresse, **{champ: valeur})
        _, seconde = remplir(client, adresse)
        with transaction.atomic():
            reponse = client.post(vers, premiere)
            assert reponse.status_code == 302, erreurs(reponse)
            fil = Fil(lambda vers=vers, donnees=seconde: console(coordinatrice).post(vers, donnees))  # type: ignore[misc]
            attendre_bloques(1)
        assert REFUS in erreurs(fil.resultat()), objet
        assert remplir(client, adresse)[1][champ] in (valeur, [valeur])


@pytest.mark.django_db
def test_a_closure_moves_to_another_place(console: Console, coordinatrice: Utilisateur) -> None:
    fermeture, place = FermetureFactory(), PlaceFactory()
    adresse = page(Fermeture, "change", fermeture.pk)
    reponse = soumettre(console(coordinatrice), adresse, place=place.pk)
    assert reponse.status_code == 302, erreurs(reponse)
    assert Fermeture.objects.get().place == place


@pytest.mark.django_db
def test_a_round_reads_the_same_versions_as_its_form(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    """One version for the round, one for each of its rows, one for its members."""
    maraude = MaraudeFactory(equipe__structure=espace_repos)
    etapes = [EtapeFactory(maraude=maraude, ordre=n) for n in range(1, 4)]
    observation = ObservationFactory(maraude=maraude)
    _, donnees = remplir(console(coordinatrice), page(Maraude, "change", maraude.pk))
    lues = [etat.partition(":")[0] for etat in donnees["version_lue"].split()]
    cles = [str(ligne.pk) for ligne in (maraude, *etapes, observation)]
    assert sorted(lues) == sorted([*cles, "membres"])


@pytest.mark.django_db
def test_a_popup_sent_twice_gives_its_choice_twice(
    console: Console, coordinatrice: Utilisateur
) -> None:
    client = console(coordinatrice)
    vers, donnees = remplir(client, page(Personne, "add"), pseudonyme="Mésange", _popup="1")
    for _ in range(2):
        reponse = client.post(vers, donnees)
        assert reponse.template_name[-1].endswith("popup_response.html")
        assert str(donnees["cle"]) in reponse.content.decode()
    assert Personne.objects.count() == 1


@pytest.mark.django_db
def test_a_key_that_is_taken_by_a_record_of_others_tells_nothing_of_it(
    console: Console, coordinatrice: Utilisateur, autre_structure: Structure
) -> None:
    ailleurs = PassageFactory(structure=autre_structure)
    mienne = Structure.objects.create(
        code="halte", nom="Halte", organisme=coordinatrice.organisme, type=autre_structure.type
    )
    vers, donnees = remplir(console(coordinatrice), page(Passage, "add"), structure=mienne.pk)
    reponse = console(coordinatrice).post(vers, {**donnees, "cle": ailleurs.pk})
    assert "Cet enregistrement en contredit un autre" in erreurs(reponse)
    assert Passage.objects.get() == ailleurs
