"""A merge meets a write that holds what the merge needs, and needs what the merge holds: both are
done, and neither is given up by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from commun.horloge import PARIS
from contacts.models import Contact
from coordination import fusions
from coordination.models import Doublon, Orientation
from coordination.verrous import prendre
from hebergement.services.verrous import verrouiller
from socle.models import Equipe, Fusion, Organisme, Personne, Structure, Utilisateur
from tests.concurrence import Fil, attendre_bloques, courir
from tests.conftest import Api
from tests.factories import (
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PersonneFactory,
    RencontreFactory,
    SejourFactory,
    identifiant,
)
from tests.routes import creation

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/api/v1"


@pytest.fixture
def client(
    api: Api, coordinatrice: Utilisateur, caplog: pytest.LogCaptureFixture
) -> Iterator[APIClient]:
    yield api(coordinatrice)
    dits = [dit.getMessage() for dit in caplog.get_records("call")]
    assert "transaction_reprise" not in dits


@pytest.fixture
def deux(organisme: Organisme) -> list[Personne]:
    """Two files, in the order of their keys, in which they were always locked."""
    return sorted(PersonneFactory.create_batch(2, organisme=organisme), key=lambda p: p.pk)


def fusionner(client: APIClient, gardee: Personne, alias: Personne) -> Callable[[], int]:
    corps = {"uuid": identifiant(), "gardee": str(gardee.pk), "alias": str(alias.pk)}
    return lambda: client.post(f"{V1}/fusions/", corps).status_code


def donner(client: APIClient, chemin: str, personne: Personne) -> Callable[[], int]:
    """The correction that gives a record to somebody."""
    corps = {"personne": str(personne.pk)}
    return lambda: client.patch(f"{V1}/{chemin}/", corps, headers={"If-Match": "*"}).status_code


def test_a_batch_that_names_them_the_other_way_round(
    client: APIClient, deux: list[Personne], equipe: Equipe, espace_repos: Structure
) -> None:
    basse, haute = deux
    une = {**creation("rencontre", espace_repos).corps}
    corps = {
        "rencontres": [
            {**une, "uuid": identifiant(), "personne": str(personne.pk)}
            for personne in (haute, basse)
        ]
    }
    issues = courir(
        [
            fusionner(client, haute, basse),
            lambda: client.post(f"{V1}/rencontres/lot/", corps).status_code,
        ],
        "socle_personne", basse.pk,
    )  # fmt: skip
    assert issues == [201, 201]
    assert haute.contacts.count() == 2


@pytest.mark.parametrize("nom", ["passages", "rencontres", "orientations"])
def test_a_record_that_is_given_to_the_other_file(
    client: APIClient, deux: list[Personne], equipe: Equipe, espace_repos: Structure, nom: str
) -> None:
    gardee, alias = deux
    ligne: Any = {
        "passages": lambda: PassageFactory(structure=espace_repos, personne=alias),
        "rencontres": lambda: RencontreFactory(
            maraude=MaraudeFactory(equipe=equipe, en_cours=True), personne=alias
        ),
        "orientations": lambda: OrientationFactory(
            personne=alias, structure_origine=espace_repos, structure=espace_repos
        ),
    }[nom]()
    issues = courir(
        [fusionner(client, gardee, alias), donner(client, f"{nom}/{ligne.pk}", gardee)],
        "socle_personne", gardee.pk,
    )  # fmt: skip
    assert issues == [201, 200]
    assert (Contact if nom != "orientations" else Orientation).objects.get().personne == gardee


def test_a_contact_that_is_told_to_be_of_whom_was_sent_on_from_it(
    client: APIClient, deux: list[Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    passage = PassageFactory(structure=espace_repos, personne=None)
    OrientationFactory(
        contact=passage.contact, personne=alias,
        structure_origine=espace_repos, structure=espace_repos,
    )  # fmt: skip
    with transaction.atomic():
        prendre(gardee.pk, alias.pk)
        fil = Fil(donner(client, f"passages/{passage.pk}", alias))
        attendre_bloques(1)
        fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    assert fil.resultat() == 200
    assert Contact.objects.get().personne == Orientation.objects.get().personne == gardee


def test_a_visit_that_names_the_alias_during_the_undoing(
    client: APIClient, deux: list[Personne], espace_repos: Structure
) -> None:
    gardee, alias = deux
    fusion = fusions.fusionner(gardee=gardee, alias=alias, auteur=None)
    corps = {**creation("passage", espace_repos).corps, "personne": str(alias.pk)}
    issues = courir(
        [
            lambda: client.post(f"{V1}/fusions/{fusion.pk}/annuler/").status_code,
            lambda: client.post(f"{V1}/passages/", corps).status_code,
        ],
        "socle_personne", gardee.pk,
    )  # fmt: skip
    assert issues == [200, 201]
    assert Contact.objects.get().personne_id in {gardee.pk, alias.pk}


def test_the_hour_at_which_a_day_begins_changes(
    client: APIClient, deux: list[Personne], espace_repos: Structure
) -> None:
    """The days that it rewrites mark their persons, when it is done."""
    gardee, alias = deux
    nuit = datetime(2023, 6, 11, 2, tzinfo=PARIS)
    PassageFactory(structure=espace_repos, personne=alias, survenu_le=nuit)
    with transaction.atomic():
        Structure.objects.filter(pk=espace_repos.pk).update(heure_bascule=time(6))
        fil = Fil(fusionner(client, gardee, alias))
        attendre_bloques(1)
    assert fil.resultat() == 201
    assert Contact.objects.get().jour == date(2023, 6, 10)


def test_a_stay_that_is_given_over_one_of_the_alias(
    client: APIClient, deux: list[Personne]
) -> None:
    """Each would find the row of the other, and wait for it."""
    gardee, alias = deux
    autre, sejour = PersonneFactory(), SejourFactory(personne=alias, depart=None)
    with transaction.atomic(), connection.cursor() as cursor:
        verrouiller(personnes=[autre.pk], places=[sejour.place_id])
        cursor.execute("SET CONSTRAINTS sejour_une_personne_par_place DEFERRED")
        SejourFactory(personne=autre, place=sejour.place, depart=None)
        fil = Fil(fusionner(client, gardee, alias))
        attendre_bloques(1)
        with pytest.raises(IntegrityError, match="sejour_une_personne_par_place"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    assert fil.resultat() == 201
    sejour.refresh_from_db()
    assert sejour.personne == gardee


def agir_en_page(compte: Utilisateur, modele: Any, action: str) -> Callable[[], list[str]]:
    """What the admin says to that action on all the rows of a list."""
    console = Client()
    console.force_login(compte, backend="django.contrib.auth.backends.ModelBackend")
    corps = {"action": action, ACTION_CHECKBOX_NAME: [ligne.pk for ligne in modele.objects.all()]}
    adresse = reverse(f"admin:{modele._meta.app_label}_{modele._meta.model_name}_changelist")
    return lambda: [
        str(dit) for dit in console.post(adresse, corps, follow=True).context["messages"]
    ]


def test_pairs_merged_and_undone_from_one_page(
    client: APIClient, coordinatrice: Utilisateur, organisme: Organisme, espace_repos: Structure
) -> None:
    """Who names a file of the first pair has a row of the second, for which the page waits."""
    paires = [
        [PersonneFactory(organisme=organisme, pseudonyme=nom, annee_naissance=annee)
         for annee in annees]
        for nom, annees in (("Hélène", (1980, 1980)), ("Bertrand", (1950, 1951)))
    ]  # fmt: skip
    contact = PassageFactory(structure=espace_repos, personne=paires[1][0]).contact
    # The likeliest pair first; the latest merge first.
    for modele, action, nommee in (
        (Doublon, "garder_le_premier", paires[0][0]),
        (Fusion, "annuler", paires[1][0]),
    ):
        appel = agir_en_page(coordinatrice, modele, action)
        with transaction.atomic():
            Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
            fil = Fil(appel)
            attendre_bloques(1)
            Contact.objects.filter(pk=contact.pk).update(personne=nommee)
        (dit,) = fil.resultat()
        assert dit.startswith("2 fusion(s)")
    assert Contact.objects.get().personne == paires[1][0]


MENAGE_LENT = """
ALTER TABLE contacts_contact SET (
    autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
    autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0
)
"""
MENAGE_EN_COURS = """
SELECT EXISTS (
    SELECT FROM pg_stat_progress_vacuum WHERE relid = 'contacts_contact'::regclass
        AND datname = current_database()
), clock_timestamp()
"""


ORDINAIRE = """
ALTER TABLE contacts_contact RESET (
    autovacuum_vacuum_cost_delay, autovacuum_vacuum_cost_limit,
    autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor
)
"""


@pytest.fixture
def menage(espace_repos: Structure) -> Iterator[None]:
    """The server's own vacuum of the visits, as long as where there are millions."""
    passage = PassageFactory(structure=espace_repos)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO contacts_contact SELECT (jsonb_populate_record(c, jsonb_build_object("
            "'uuid', gen_random_uuid()))).* FROM contacts_contact c, generate_series(1, 8000)"
        )
        cursor.execute("UPDATE contacts_contact SET version = version")
        cursor.execute("DELETE FROM contacts_contact WHERE uuid <> %s", [passage.pk])
        cursor.execute("RESET session_replication_role")
        try:
            cursor.execute(MENAGE_LENT)
            cursor.execute("ALTER SYSTEM SET autovacuum = on")
            cursor.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
            cursor.execute("SELECT pg_reload_conf(), pg_stat_force_next_flush()")
            _attendre_le_menage(cursor)
            yield
        finally:
            cursor.execute("ALTER SYSTEM RESET autovacuum")
            cursor.execute("ALTER SYSTEM RESET autovacuum_naptime")
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute(ORDINAIRE)


def _attendre_le_menage(cursor: Any) -> None:
    cursor.execute("SELECT clock_timestamp() + interval '120 seconds'")
    (limite,) = cursor.fetchone()
    while True:
        cursor.execute(MENAGE_EN_COURS)
        en_cours, maintenant = cursor.fetchone()
        if en_cours:
            return
        assert maintenant < limite


@pytest.mark.usefixtures("menage")
def test_a_merge_does_not_wait_for_the_vacuum_of_the_visits(
    client: APIClient, deux: list[Personne]
) -> None:
    """PostgreSQL stops it for who waits long enough; the merge would be given up after 20 s."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '10s', false)")
        assert fusionner(client, *deux)() == 201
        cursor.execute("RESET statement_timeout")
