"""Two files of one person become one, and two again: to the last row, for every reader."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from commun.api.errors import Conflit
from commun.horloge import maintenant
from contacts.models import Contact
from coordination import fusions
from coordination.services import rapprocher_marques
from coordination.verrous import lignes_tenues
from hebergement.enums import StatutDemande
from hebergement.models import DemandeHebergement, Place, Sejour
from hebergement.services import attribuer, clore, transferer
from socle.models import AccesPersonne, Fusion, Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    AccordPartageFactory,
    ActeFactory,
    DemandeHebergementFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gardee(organisme: Any) -> Personne:
    return PersonneFactory(pseudonyme="Moineau", genre="F", annee_naissance=1984,
                           organisme=organisme)  # fmt: skip


@pytest.fixture
def alias(organisme: Any) -> Personne:
    return PersonneFactory(pseudonyme="Moinot", genre="F", organisme=organisme)


def lu(personne: Personne) -> Personne:
    return Personne.objects.get(pk=personne.pk)


def fusionner(gardee: Personne, alias: Personne, auteur: Utilisateur | None = None) -> Fusion:
    return fusions.fusionner(gardee=lu(gardee), alias=lu(alias), auteur=auteur)


def test_every_reference_to_a_person_is_moved_or_said_not_to_be() -> None:
    """A new one can't be forgotten: it is in SUITES, with its trigger, or in SANS_SUITE."""
    deplacees = {f"{s.modele._meta.label}.{s.champ}" for s in fusions.SUITES}
    trouvees = {
        f"{modele._meta.label}.{champ.name}"
        for modele in apps.get_models()
        for champ in modele._meta.fields
        if champ.related_model is Personne
        and modele._meta.managed
        and not hasattr(modele, "pgh_tracked_model")
    }
    assert trouvees == deplacees | set(fusions.SANS_SUITE)
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'alias_suivi_insertion'"
        )
        suivies = {nom for (nom,) in curseur.fetchall()}
    assert suivies == {s.table for s in fusions.SUITES if s.champ == "personne"}
    tenues = {lignes.model for lignes in lignes_tenues(())}
    # Of contacts, the whole table is held; the places keep others from writing stays in them.
    assert tenues | {Contact} == {s.modele for s in fusions.SUITES} | {Place}


def test_what_hangs_on_the_alias_is_the_kept_file_s(
    gardee: Personne, alias: Personne, espace_repos: Structure, soignante: Utilisateur
) -> None:
    passage = PassageFactory(structure=espace_repos, personne=alias)
    acte = ActeFactory(contact=passage.contact, infirmier=True)
    sejour = SejourFactory(personne=alias)
    orientation = OrientationFactory(personne=alias)
    accord = AccordPartageFactory(personne=alias)
    fusion = fusionner(gardee, alias, soignante)
    for ligne in (passage.contact, sejour, orientation, accord):
        ligne.refresh_from_db()
        assert ligne.personne_id == gardee.pk
    acte.refresh_from_db()
    assert acte.contact.personne_id == gardee.pk
    assert acte.note_soin
    assert lu(alias).alias_de_id == gardee.pk
    assert not AccesPersonne.objects.filter(personne=alias).exists()
    fusions.annuler(fusion=fusion, auteur=soignante)
    for ligne in (passage.contact, sejour, orientation, accord):
        ligne.refresh_from_db()
        assert ligne.personne_id == alias.pk
    assert lu(alias).alias_de_id is None
    assert not AccesPersonne.objects.filter(personne=gardee).exists()
    assert AccesPersonne.objects.filter(personne=alias, motif="PASSAGE").exists()


def test_overlapping_stays_are_refused_with_what_is_in_the_way(
    api: Api, coordinatrice: Utilisateur, gardee: Personne, alias: Personne
) -> None:
    un = SejourFactory(personne=gardee, arrivee=date(2023, 1, 1), depart=date(2023, 2, 1))
    autre = SejourFactory(personne=alias, arrivee=date(2023, 1, 31))
    SejourFactory(personne=gardee, arrivee=date(2022, 1, 1), depart=date(2022, 2, 1))
    reponse = api(coordinatrice).post(
        "/api/v1/fusions/",
        {"uuid": identifiant(), "gardee": str(gardee.pk), "alias": str(alias.pk)},
    )
    assert reponse.status_code == 409
    assert reponse.json()["detail"].startswith("Ces deux dossiers ont des séjours")
    assert [o["sejour"] for o in reponse.json()["obstacles"]] == [str(un.pk), str(autre.pk)]
    assert not Fusion.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Sejour.objects.filter(personne=alias).update(personne=gardee)


@pytest.mark.parametrize("qui", ["gardee", "alias"])
@pytest.mark.parametrize("quoi", ["demande", "sejour"])
def test_who_died_in_one_file_and_is_awaited_in_the_other_is_seen_to_first(
    gardee: Personne, alias: Personne, qui: str, quoi: str
) -> None:
    """Nobody waits for the dead; and what a merge closed, its undoing would not bring back."""
    decedee, attendue = (gardee, alias) if qui == "gardee" else (alias, gardee)
    depart = maintenant().date() - timedelta(days=9)
    SejourFactory(
        personne=decedee, arrivee=depart - timedelta(days=9), depart=depart, motif_sortie="DECES",
        destination="SANS_OBJET",
    )  # fmt: skip
    demande = DemandeHebergementFactory(personne=attendue)
    sejour = SejourFactory(personne=attendue, arrivee=maintenant().date() + timedelta(days=9))
    if quoi == "demande":
        sejour.delete()
    else:
        clore(demande=demande, issue=StatutDemande.ANNULEE)
    with pytest.raises(Conflit) as refus:
        fusionner(gardee, alias)
    assert refus.value.get_codes() == "decedee_et_attendue"
    if quoi == "demande":
        clore(demande=demande, issue=StatutDemande.ANNULEE)
    else:
        sejour.delete()
    fusionner(gardee, alias)
    # What comes afterwards, under the other name, waits for nothing.
    assert DemandeHebergementFactory(personne=alias).pk
    assert not DemandeHebergement.objects.ouvertes().exists()


@pytest.mark.parametrize("qui", ["gardee", "alias"])
def test_who_died_in_one_file_has_no_place_after_that_in_the_other(
    gardee: Personne, alias: Personne, qui: str
) -> None:
    decedee, logee = (gardee, alias) if qui == "gardee" else (alias, gardee)
    SejourFactory(
        personne=decedee, arrivee=date(2023, 4, 1), depart=date(2023, 5, 1), motif_sortie="DECES",
        destination="SANS_OBJET",
    )  # fmt: skip
    sejour = SejourFactory(personne=logee, arrivee=date(2023, 5, 1), depart=date(2023, 5, 2))
    with pytest.raises(Conflit) as refus:
        fusionner(gardee, alias)
    assert refus.value.get_codes() == "apres_un_deces"
    Sejour.objects.filter(pk=sejour.pk).update(depart=date(2023, 5, 1))
    fusionner(gardee, alias)


@pytest.mark.parametrize("quand", ["avant", "apres"])
def test_what_a_death_closed_while_they_were_one_waits_again(
    gardee: Personne, alias: Personne, quand: str
) -> None:
    """It is the other's, who has not died."""
    jour = maintenant().date()

    def mourir() -> None:
        attribuer(
            place=PlaceFactory(), personne=lu(gardee), arrivee=jour - timedelta(days=9),
            depart=jour - timedelta(days=2), motif_sortie="DECES", destination="SANS_OBJET",
            auteur=None,
        )  # fmt: skip

    if quand == "avant":
        mourir()
        fusion = fusionner(gardee, alias)
        demande = DemandeHebergementFactory(personne=alias, type_place="LHSS")
    else:
        demande = DemandeHebergementFactory(personne=alias, type_place="LHSS")
        fusion = fusionner(gardee, alias)
        mourir()
    sienne = DemandeHebergementFactory(personne=gardee)
    assert not DemandeHebergement.objects.ouvertes().exists()
    fusions.annuler(fusion=fusion, auteur=None)
    (ouverte,) = DemandeHebergement.objects.ouvertes()
    assert (ouverte.pk, ouverte.personne_id, ouverte.precisions) == (demande.pk, alias.pk, "")
    sienne.refresh_from_db()
    assert sienne.issue == StatutDemande.ANNULEE


def test_a_merge_through_the_api_its_replay_and_its_undoing(
    api: Api, intervenante: Utilisateur, gardee: Personne, alias: Personne
) -> None:
    client = api(intervenante)
    corps = {"uuid": identifiant(), "gardee": str(gardee.pk), "alias": str(alias.pk)}
    premiere = client.post("/api/v1/fusions/", corps)
    assert premiere.status_code == 201, premiere.json()
    assert client.post("/api/v1/fusions/", corps).status_code == 200
    assert client.get(f"/api/v1/personnes/{alias.pk}/").json()["uuid"] == str(gardee.pk)
    trouves = client.get(f"/api/v1/personnes/?q={alias.code}").json()["resultats"]
    assert [p["uuid"] for p in trouves] == [str(gardee.pk)]
    annulee = client.post(f"/api/v1/fusions/{corps['uuid']}/annuler/")
    assert annulee.status_code == 200
    assert annulee.json()["annulee_le"]
    assert client.post(f"/api/v1/fusions/{corps['uuid']}/annuler/").json() == annulee.json()
    assert client.get(f"/api/v1/personnes/{alias.pk}/").json()["uuid"] == str(alias.pk)


def test_a_write_that_names_the_alias_lands_on_the_kept_file_and_goes_back(
    api: Api, intervenante: Utilisateur, gardee: Personne, alias: Personne,
    espace_repos: Structure,
) -> None:  # fmt: skip
    fusion = fusionner(gardee, alias, intervenante)
    client = api(intervenante)

    def passage(personne: Personne) -> Any:
        corps = {"uuid": identifiant(), "structure": espace_repos.code,
                 "personne": str(personne.pk), "saisi_le": "2026-10-12T10:00:00+02:00"}  # fmt: skip
        reponse = client.post("/api/v1/passages/", corps)
        assert reponse.status_code == 201, reponse.json()
        # What is answered is what is kept, the first time and every other.
        assert reponse.json() == client.post("/api/v1/passages/", corps).json()
        return reponse.json()

    du_papier, de_la_gardee = passage(alias), passage(gardee)
    assert du_papier["personne"] == de_la_gardee["personne"] == str(gardee.pk)
    fusions.annuler(fusion=fusion, auteur=intervenante)
    lus = [client.get(f"/api/v1/passages/{p['uuid']}/").json()["personne"]
           for p in (du_papier, de_la_gardee)]  # fmt: skip
    assert lus == [str(alias.pk), str(gardee.pk)]


def test_merges_in_a_row_are_undone_in_their_turn(
    gardee: Personne, alias: Personne, intervenante: Utilisateur, espace_repos: Structure
) -> None:
    derniere = PersonneFactory(organisme=gardee.organisme)
    venue = PassageFactory(structure=espace_repos, personne=alias).contact
    premiere = fusionner(gardee, alias, intervenante)
    seconde = fusionner(derniere, gardee, intervenante)
    assert lu(alias).alias_de_id == derniere.pk
    tardive = PassageFactory(structure=espace_repos, personne=lu(alias)).contact
    assert tardive.personne_id == derniere.pk
    with pytest.raises(fusions.Conflit, match="annulez d'abord"):
        fusions.annuler(fusion=premiere, auteur=intervenante)
    fusions.annuler(fusion=seconde, auteur=intervenante)
    for contact in (venue, tardive):
        contact.refresh_from_db()
        assert contact.personne_id == gardee.pk
    fusions.annuler(fusion=premiere, auteur=intervenante)
    for contact in (venue, tardive):
        contact.refresh_from_db()
        assert contact.personne_id == alias.pk


def test_the_database_refuses_an_alias_of_an_alias_and_one_with_rows(
    gardee: Personne, alias: Personne, espace_repos: Structure
) -> None:
    PassageFactory(structure=espace_repos, personne=alias)
    with pytest.raises(IntegrityError, match="Rien ne reste"), transaction.atomic():
        Personne.objects.filter(pk=alias.pk).update(alias_de=gardee)
    with pytest.raises(IntegrityError, match="personne_alias_d_une_autre"), transaction.atomic():
        Personne.objects.filter(pk=gardee.pk).update(alias_de=gardee)
    troisieme = PersonneFactory()
    Personne.objects.filter(pk=gardee.pk).update(alias_de=troisieme)
    quatrieme = PersonneFactory()
    with pytest.raises(IntegrityError, match="Un alias mène"), transaction.atomic():
        Personne.objects.filter(pk=quatrieme.pk).update(alias_de=gardee)
    with pytest.raises(IntegrityError, match="Un alias mène"), transaction.atomic():
        Personne.objects.filter(pk=troisieme.pk).update(alias_de=quatrieme)


def de_qui(*lignes: Any) -> list[Any]:
    for ligne in lignes:
        ligne.refresh_from_db()
    return [ligne.personne_id for ligne in lignes]


def test_what_was_written_meanwhile_stays_or_follows_what_it_continues(
    gardee: Personne, alias: Personne, espace_repos: Structure, intervenante: Utilisateur
) -> None:
    site = SiteFactory(structure=espace_repos)
    venue = PassageFactory(structure=espace_repos, personne=alias).contact
    corrigee = PassageFactory(structure=espace_repos, personne=alias).contact
    de_la_gardee = PassageFactory(structure=espace_repos, personne=gardee).contact
    sejour = SejourFactory(personne=alias, place=PlaceFactory(site=site), arrivee=date(2023, 1, 1))
    fusion = fusionner(gardee, alias, intervenante)
    suite = transferer(
        sejour=sejour, place=PlaceFactory(site=site), jour=date(2023, 2, 1), auteur=intervenante
    )
    encore = transferer(
        sejour=suite, place=PlaceFactory(site=site), jour=date(2023, 3, 1), auteur=intervenante
    )
    ancien = SejourFactory(
        personne=gardee, place=PlaceFactory(site=site),
        arrivee=date(2022, 1, 1), depart=date(2022, 2, 1),
    )  # fmt: skip
    pendant_sa_venue = OrientationFactory(
        personne=gardee, contact=venue, structure_origine=espace_repos
    )
    # It names the alias, and was made during a contact that is the kept file's.
    ailleurs = OrientationFactory(
        personne=alias, contact=de_la_gardee, structure_origine=espace_repos
    )
    nouvelle = PassageFactory(structure=espace_repos, personne=gardee).contact
    troisieme = PersonneFactory()
    corrigee.personne = troisieme
    corrigee.save()
    fusions.annuler(fusion=fusion, auteur=intervenante)
    assert set(de_qui(venue, sejour, suite, encore, pendant_sa_venue)) == {alias.pk}
    assert set(de_qui(de_la_gardee, nouvelle, ancien, ailleurs)) == {gardee.pk}
    assert de_qui(corrigee) == [troisieme.pk]


def test_a_correction_after_the_merge_is_the_last_word(
    api: Api, coordinatrice: Utilisateur, gardee: Personne, alias: Personne,
    espace_repos: Structure,
) -> None:  # fmt: skip
    client = api(coordinatrice)
    autre = PersonneFactory(organisme=gardee.organisme)
    nommee, repetee = (PassageFactory(structure=espace_repos, personne=alias) for _ in range(2))
    premiere = fusionner(gardee, alias, coordinatrice)
    seconde = fusionner(gardee, autre, coordinatrice)

    def corriger(passage: Any, personne: Personne) -> None:
        reponse = client.patch(
            f"/api/v1/passages/{passage.pk}/", {"personne": str(personne.pk)},
            headers={"If-Match": "*"},
        )  # fmt: skip
        assert (reponse.status_code, reponse.json()["personne"]) == (200, str(gardee.pk))

    corriger(nommee, autre)
    # What a whole form sends back as it came.
    corriger(repetee, gardee)
    fusions.annuler(fusion=premiere, auteur=coordinatrice)
    assert de_qui(nommee.contact, repetee.contact) == [gardee.pk, alias.pk]
    fusions.annuler(fusion=seconde, auteur=coordinatrice)
    assert de_qui(nommee.contact, repetee.contact) == [autre.pk, alias.pk]


def test_orientations_and_arrivals_of_two_files_meet_and_part(
    gardee: Personne, alias: Personne, espace_repos: Structure, intervenante: Utilisateur
) -> None:
    orientation = OrientationFactory(
        personne=gardee, structure=espace_repos, survenu_le=maintenant() - timedelta(days=2)
    )
    venue = PassageFactory(structure=espace_repos, personne=alias).contact

    def issue() -> tuple[str, Any]:
        rapprocher_marques()
        orientation.refresh_from_db()
        return orientation.statut, orientation.arrivee_contact_id

    assert issue() == ("EN_COURS", None)
    fusion = fusionner(gardee, alias, intervenante)
    assert issue() == ("ABOUTIE", venue.pk)
    fusions.annuler(fusion=fusion, auteur=intervenante)
    assert issue() == ("EN_COURS", None)


def test_filters_by_person_follow_the_alias(
    api: Api, intervenante: Utilisateur, gardee: Personne, alias: Personne,
    espace_repos: Structure,
) -> None:  # fmt: skip
    venue = PassageFactory(structure=espace_repos, personne=alias)
    PassageFactory(structure=espace_repos, personne=PersonneFactory())
    fusionner(gardee, alias, intervenante)
    for personne in (gardee, alias):
        lus = api(intervenante).get(f"/api/v1/passages/?personne={personne.pk}").json()
        assert [p["uuid"] for p in lus["resultats"]] == [str(venue.pk)]
    assert (
        api(intervenante).get(f"/api/v1/passages/?personne={identifiant()}").json()["resultats"]
        == []
    )
