"""Suspected duplicates: with the reasons that their reader may know, and with no others."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from string import ascii_lowercase
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination import fusions
from coordination.models import Doublon
from socle.doublons import PROXIMITE
from socle.models import Organisme, Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    AccordPartageFactory,
    PassageFactory,
    PersonneFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/personnes/doublons/"


def paires(api: Api, compte: Utilisateur, **filtres: Any) -> list[tuple[set[str], list[str]]]:
    resultats = api(compte).get(URL, filtres).json()["resultats"]
    return [
        ({p["premiere"]["pseudonyme"], p["seconde"]["pseudonyme"]}, p["raisons"]) for p in resultats
    ]


def dossier(pseudonyme: str, organisme: Organisme, annee: int | None = 1980, genre: str = "F"):  # type: ignore[no-untyped-def]
    return PersonneFactory(
        pseudonyme=pseudonyme, organisme=organisme, annee_naissance=annee, genre=genre
    )


@pytest.mark.parametrize(
    ("pseudonyme", "annee", "genre", "raisons"),
    [
        ("Hélène", 1980, "F", ["PSEUDONYME_IDENTIQUE", "MEME_ANNEE", "MEME_GENRE"]),
        ("HELENE", 1981, "F", ["PSEUDONYME_IDENTIQUE", "ANNEE_PROCHE", "MEME_GENRE"]),
        # All the trigrams of one, and another name.
        ("Hélène Hélène", 1980, "F", ["PSEUDONYME_PROCHE", "MEME_ANNEE", "MEME_GENRE"]),
        ("Hélènne", 1980, "NON_RENSEIGNE", ["PSEUDONYME_PROCHE", "MEME_ANNEE"]),
        ("Hélène", 1985, "F", None),
        ("Hélène", 1980, "H", None),
        ("Hélène", None, "F", None),
        ("Robert", 1980, "F", None),
    ],
)
def test_reasons(
    api: Api, intervenante: Utilisateur, organisme: Organisme, pseudonyme: str,
    annee: int | None, genre: str, raisons: list[str] | None,
) -> None:  # fmt: skip
    dossier("Hélène", organisme)
    dossier(pseudonyme, organisme, annee, genre)
    attendues = [] if raisons is None else [({"Hélène", pseudonyme}, raisons)]
    assert paires(api, intervenante) == attendues


def test_no_close_pair_is_missed(organisme: Organisme) -> None:
    """Pairs are found by a few rare trigrams: here each is compared with each."""
    tirage = Random(7)
    for n in range(400):
        mots = ("".join(tirage.choices("abé", k=tirage.randint(1, 4))) for _ in range(n % 3 + 1))
        dossier(" ".join(mots), organisme)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT une.uuid, autre.uuid, similarity(c.cle, d.cle)
            FROM socle_personne une JOIN socle_personne autre ON une.uuid < autre.uuid,
                LATERAL (SELECT socle_cle_de_pseudonyme(une.pseudonyme) AS cle) AS c,
                LATERAL (SELECT socle_cle_de_pseudonyme(autre.pseudonyme) AS cle) AS d
            WHERE similarity(c.cle, d.cle) >= %s
            """,
            [PROXIMITE],
        )
        attendues = set(cursor.fetchall())
    trouvees = list(Doublon.objects.values_list("premiere", "seconde", "proximite"))
    assert set(trouvees) == attendues
    assert len(trouvees) == len(attendues) > 1_000
    assert any(proximite == PROXIMITE for *_, proximite in trouvees)


def etapes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for suite in plan.get("Plans", []):
        yield from etapes(suite)


def lues(etape: dict[str, Any]) -> float:
    """Rows that a step of a plan looked at, all its loops together."""
    lignes = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    return float(sum(etape.get(cle, 0) for cle in lignes) * etape["Actual Loops"])


def expliquer(cursor: Any, requete: str, parametres: Any = ()) -> dict[str, Any]:
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {requete}", parametres)
    plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def de_la_page(compte: Utilisateur) -> tuple[str, Any]:
    lignes = Doublon.objects.visibles_par(compte).order_by("-score", "-pk")
    return lignes[:51].query.sql_with_params()


def test_pairs_are_found_in_a_table_that_the_planner_believes_empty(
    coordinatrice: Utilisateur, organisme: Organisme
) -> None:
    """So it is when one is emptied, vacuumed and filled again: row by row, a billion pairs would
    be asked what a thousand are."""
    for n in range(500):
        for _ in range(2):
            dossier(f"{ascii_lowercase[n % 26]}{ascii_lowercase[n // 26]}{n:x}", organisme)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = 1000 "
            "WHERE relname IN ('socle_personne', 'contacts_contact', 'socle_accordpartage')"
        )
        page = expliquer(cursor, *de_la_page(coordinatrice))
        assert page["Actual Rows"] == 51
        assert max(map(lues, etapes(page))) < 100_000
        trouvees = Doublon.objects.visibles_par(coordinatrice).de_dossiers(
            Personne.objects.filter(pseudonyme__icontains="a")
        )
        recherche = expliquer(cursor, *trouvees.values("pk").query.sql_with_params())
        assert recherche["Actual Rows"] >= 20
        assert max(map(lues, etapes(recherche))) < 100_000
        # What the function does is not in the plan of who calls it.
        cursor.execute(
            "SELECT prosrc, proconfig FROM pg_proc WHERE proname = 'coordination_paires'"
        )
        corps, reglages = cursor.fetchone()
        for reglage in reglages:
            cursor.execute("SELECT set_config(%s, %s, true)", reglage.split("="))
        paires = expliquer(cursor, corps)
    assert paires["Actual Rows"] >= 500
    assert max(map(lues, etapes(paires))) < 100_000


def venir(structure: Structure, *jours: int) -> None:
    """A contact of each file so many days ago, and five more for each file before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_contact (uuid, version, empreinte_creation, saisi_le, recu_le,
                survenu_le, derive_signalee, genre_observe, tranche_age_observee, cadre, issue,
                structure_id, personne_id)
            SELECT gen_random_uuid(), 1, '', quand, quand, quand, false, 'H', 'NON_RENSEIGNE',
                'ACCUEIL', 'ECHANGE', %s, p.uuid
            FROM (SELECT uuid, row_number() OVER (ORDER BY uuid) AS rang FROM socle_personne) AS p,
                unnest(%s::int[]) AS jour,
                LATERAL (SELECT now() - (jour + 5 * rang) * interval '1 day') AS t(quand)
            """,
            [structure.pk, list(jours)],
        )


def test_what_a_page_reads_does_not_grow_with_the_pairs(
    coordinatrice: Utilisateur, intervenante: Utilisateur, organisme: Organisme,
    espace_repos: Structure,
) -> None:  # fmt: skip
    """Where two were together was asked of each pair: twenty blocks each, for every page."""
    Personne.objects.bulk_create(
        Personne(pseudonyme="Hélène", organisme=organisme, genre="F", annee_naissance=1980)
        for _ in range(150)
    )
    venir(espace_repos, 0, 1, 2)
    paires = 150 * 149 // 2
    for qui in (coordinatrice, intervenante):
        with connection.cursor() as cursor:
            page = expliquer(cursor, *de_la_page(qui))
        assert max(etape["Actual Rows"] for etape in etapes(page)) == paires
        assert page["Shared Hit Blocks"] + page["Shared Read Blocks"] < paires / 2
        # Nor is anything else asked of each pair.
        assert max(etape["Actual Loops"] for etape in etapes(page)) == 1


@pytest.mark.parametrize("jours", [1, 80])
def test_few_days_or_many(
    api: Api, intervenante: Utilisateur, organisme: Organisme, espace_repos: Structure, jours: int
) -> None:
    for annee in (1980, None):
        dossier("Hélène", organisme, annee)
    venir(espace_repos, *range(0, 5 * jours, 5))
    # The one comes where the other was, but for a day.
    attendues = [["PSEUDONYME_IDENTIQUE", "MEME_GENRE", "MEMES_LIEUX"]] if jours > 1 else []
    assert [raisons for _, raisons in paires(api, intervenante)] == attendues


def test_same_days_and_same_places(
    api: Api, intervenante: Utilisateur, organisme: Organisme, espace_repos: Structure,
    autre_structure: Structure,
) -> None:  # fmt: skip
    une, autre = dossier("Hélène", organisme), dossier("Hélène", organisme, None)
    # What another organisme recorded is not told here.
    for personne in (une, autre):
        PassageFactory(structure=autre_structure, personne=personne)
    assert paires(api, intervenante) == []
    for personne in (une, autre):
        PassageFactory(structure=espace_repos, personne=personne)
    ((_, raisons),) = paires(api, intervenante)
    assert raisons == ["PSEUDONYME_IDENTIQUE", "MEME_GENRE", "MEMES_LIEUX"]


def test_each_lists_the_pairs_that_it_may_merge(
    api: Api, intervenante: Utilisateur, intervenante_ailleurs: Utilisateur, organisme: Organisme,
    autre_organisme: Organisme, espace_repos: Structure,
) -> None:  # fmt: skip
    dossier("Hélène", organisme)
    connue = dossier("Hélène", autre_organisme)
    PassageFactory(structure=espace_repos, personne=connue)
    assert paires(api, intervenante) == []
    assert paires(api, intervenante_ailleurs) == []
    dossier("Hélène", organisme)
    assert len(paires(api, intervenante)) == 1
    assert paires(api, intervenante_ailleurs) == []


def test_coordination_learns_nothing_of_a_file_that_it_may_not_read(
    api: Api, coordinatrice: Utilisateur, organisme: Organisme, autre_organisme: Organisme
) -> None:
    """Whatever the hidden year and gender, the answer is the same: it can't be felt out."""
    propre = dossier("Hélène", organisme)
    autre = dossier("Hélène", autre_organisme)
    vues = []
    for annee, genre in ((1980, "F"), (1950, "H"), (None, "NON_RENSEIGNE")):
        Personne.objects.filter(pk=autre.pk).update(annee_naissance=annee, genre=genre)
        reponse = api(coordinatrice).get(URL).json()
        vues.append(reponse)
        assert [p["raisons"] for p in reponse["resultats"]] == [["PSEUDONYME_IDENTIQUE"]]
    assert vues[0] == vues[1] == vues[2]
    Personne.objects.filter(pk=autre.pk).update(annee_naissance=1980, genre="F")
    AccordPartageFactory(personne=autre, organisme=organisme)
    assert paires(api, coordinatrice)[0][1][1:] == ["MEME_ANNEE", "MEME_GENRE"]
    assert len(paires(api, coordinatrice, personne=str(propre.pk))) == 1
    assert paires(api, coordinatrice, personne=identifiant()) == []


def test_said_to_be_two_people(api: Api, intervenante: Utilisateur, organisme: Organisme) -> None:
    une, autre = dossier("Hélène", organisme), dossier("Hélène", organisme)
    assert Doublon.objects.probables().count() == 1
    corps = {"uuid": identifiant(), "premiere": str(autre.pk), "seconde": str(une.pk)}
    assert api(intervenante).post("/api/v1/distinctions/", corps).status_code == 201
    assert paires(api, intervenante) == []
    assert Doublon.objects.probables().count() == 0
    fusion = {"uuid": identifiant(), "gardee": str(une.pk), "alias": str(autre.pk)}
    refus = api(intervenante).post("/api/v1/fusions/", fusion)
    assert refus.status_code == 409
    assert "deux personnes" in refus.json()["detail"]
    # And it holds for the file to which one of them is merged.
    troisieme = dossier("Hélène", organisme)
    assert len(paires(api, intervenante)) == 2
    fusions.fusionner(gardee=troisieme, alias=autre, auteur=intervenante)
    assert paires(api, intervenante) == []


def test_pages_and_number_of_queries(
    api: Api, intervenante: Utilisateur, organisme: Organisme
) -> None:
    client = api(intervenante)
    nombres = []
    for _ in range(2):
        for _ in range(3):
            dossier("Hélène", organisme)
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            vues = client.get(URL).json()["resultats"]
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1]
    assert len(vues) == 15
    lues, adresse = [], f"{URL}?taille=4"
    while adresse:
        page = client.get(adresse).json()
        lues += page["resultats"]
        adresse = page["suivant"]
    assert lues == vues


def test_a_new_file_is_told_which_it_looks_like(
    api: Api, intervenante: Utilisateur, organisme: Organisme, autre_organisme: Organisme,
    espace_repos: Structure,
) -> None:  # fmt: skip
    """201 all the same, and the same answer to a replay; nothing of a file that is hidden."""
    proche = dossier("Hélène", organisme)
    dossier("Hélène", autre_organisme)
    connue = dossier("Helene", autre_organisme, 1950, "H")
    PassageFactory(structure=espace_repos, personne=connue)
    corps = {"uuid": identifiant(), "pseudonyme": "Hélène", "genre": "F", "annee_naissance": 1980}
    client = api(intervenante)
    premiere = client.post("/api/v1/personnes/", corps)
    assert premiere.status_code == 201
    assert premiere.json()["ressemblances"] == [
        {"uuid": str(proche.pk), "code": proche.code, "pseudonyme": "Hélène",
         "raisons": ["PSEUDONYME_IDENTIQUE", "MEME_ANNEE", "MEME_GENRE"]},
        {"uuid": str(connue.pk), "code": connue.code, "pseudonyme": "Helene",
         "raisons": ["PSEUDONYME_IDENTIQUE"]},
    ]  # fmt: skip
    rejeu = client.post("/api/v1/personnes/", corps)
    assert (rejeu.status_code, rejeu.json()) == (200, premiere.json())
    assert "ressemblances" not in client.get(f"/api/v1/personnes/{corps['uuid']}/").json()


def test_a_replay_of_the_opening_of_an_alias_leads_to_the_kept_file(
    api: Api, intervenante: Utilisateur, organisme: Organisme
) -> None:
    gardee = dossier("Hélène", organisme)
    client = api(intervenante)
    corps = {"uuid": identifiant(), "pseudonyme": "Hélène"}
    assert client.post("/api/v1/personnes/", corps).status_code == 201
    alias = Personne.objects.get(pk=corps["uuid"])
    fusions.fusionner(gardee=gardee, alias=alias, auteur=intervenante)
    rejeu = client.post("/api/v1/personnes/", corps)
    assert (rejeu.status_code, rejeu.json()["uuid"]) == (200, str(gardee.pk))
