"""Loaded at any hour of any day: the told years are the same, the present is alive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from indicateurs.bilan import calculer_bilan
from indicateurs.demonstration import charger

PARIS = ZoneInfo("Europe/Paris")
ECHELLE = 0.03
INSTANTS = {
    "un mardi après-midi": datetime(2026, 11, 24, 15, 30, tzinfo=PARIS),
    "une nuit à 00:30": datetime(2027, 3, 2, 0, 30, tzinfo=PARIS),
    "un 29 février": datetime(2028, 2, 29, 21, 40, tzinfo=PARIS),
    "à 02:30, l'heure qui revient": datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS),
}
# The rows of the years that are told, whatever became of them since: an orientation may still be
# resolved years later, which changes no figure.
RACONTEES = """
SELECT 'contacts', to_jsonb(t)::text FROM contacts_contact t WHERE jour < '2024-01-01'
UNION ALL SELECT 'passages', to_jsonb(t)::text FROM accueil_passage t
    JOIN contacts_contact c ON c.uuid = t.contact_id WHERE c.jour < '2024-01-01'
UNION ALL SELECT 'ouvertures', to_jsonb(t)::text FROM accueil_jourouverture t
    WHERE jour < '2024-01-01'
UNION ALL SELECT 'actes', to_jsonb(t)::text FROM contacts_acte t WHERE jour < '2024-01-01'
UNION ALL SELECT 'materiel', to_jsonb(t)::text FROM contacts_remisemateriel t
    WHERE survenu_le < '2024-01-01'
UNION ALL SELECT 'personnes', to_jsonb(t)::text FROM socle_personne t WHERE cree_le < '2024-01-01'
UNION ALL SELECT 'maraudes', to_jsonb(t)::text FROM maraudes_maraude t WHERE jour < '2024-01-01'
UNION ALL SELECT 'etapes', to_jsonb(t)::text FROM maraudes_etape t WHERE cree_le < '2023-12-30'
UNION ALL SELECT 'rencontres', to_jsonb(t)::text FROM maraudes_rencontre t
    JOIN contacts_contact c ON c.uuid = t.contact_id WHERE c.jour < '2024-01-01'
UNION ALL SELECT 'observations', to_jsonb(t)::text FROM maraudes_observation t
    WHERE survenu_le < '2024-01-01'
UNION ALL SELECT 'orientations', (to_jsonb(t) - array[
        'statut', 'arrivee_contact_id', 'arrivee_sejour_id', 'version', 'modifie_le'])::text
    FROM coordination_orientation t WHERE survenu_le < '2024-01-01'
UNION ALL SELECT 'accords', to_jsonb(t)::text FROM socle_accordpartage t
    WHERE donne_le < '2024-01-01'
UNION ALL SELECT 'sejours', to_jsonb(t)::text FROM hebergement_sejour t WHERE depart < '2024-01-01'
UNION ALL SELECT 'en cours', uuid || ' ' || place_id || ' ' || personne_id || ' ' || arrivee
    FROM hebergement_sejour t
    WHERE arrivee < '2024-01-01' AND (depart IS NULL OR depart >= '2024-01-01')
UNION ALL SELECT 'fermetures', to_jsonb(t)::text FROM hebergement_fermeture t
    WHERE debut < '2024-01-01'
UNION ALL SELECT 'nuits', (to_jsonb(t) - array['id', 'calcule_le'])::text
    FROM hebergement_occupationnuit t
    WHERE jour < '2024-01-01'
"""


# When the matching last wrote, by the clock of the database, which nothing moves.
HORLOGE_DE_LA_BASE = ("coordination_orientation", "modifie_le")


@dataclass
class Chargement:
    """What was seen in the data loaded at one instant."""

    racontees: list[tuple[Any, ...]]
    bilans: list[list[dict[str, Any]]]
    statuts: set[tuple[Any, ...]]
    presents: int
    attendus: int
    futures: list[tuple[Any, ...]]
    derniere_nuit: date


def lignes(requete: str, *parametres: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Europe/Paris'")
        cursor.execute(requete, parametres or None)
        return list(cursor.fetchall())


def regarder(instant: datetime) -> Chargement:
    jour = instant.date()
    colonnes = lignes(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' "
        "AND table_name NOT LIKE 'django%%' AND table_name NOT LIKE '%%poidsattente%%'"
    )
    return Chargement(
        racontees=sorted(lignes(RACONTEES)),
        bilans=[calculer_bilan(annee)["indicateurs"] for annee in (2022, 2023)],
        statuts=set(
            lignes("SELECT jour - %s::date, statut FROM maraudes_maraude WHERE jour >= %s",
                   jour, jour)
        ),
        presents=lignes(
            "SELECT count(*) FROM accueil_passage p JOIN contacts_contact c "
            "ON c.uuid = p.contact_id JOIN socle_structure s ON s.uuid = c.structure_id "
            "WHERE s.type = 'ESPACE_REPOS' AND c.jour = %s AND p.parti_le IS NULL",
            jour,
        )[0][0],
        attendus=lignes(
            "SELECT count(*) FROM coordination_orientation o JOIN socle_structure s "
            "ON s.uuid = o.structure_id WHERE s.type = 'ESPACE_REPOS' AND o.statut = 'EN_COURS'"
        )[0][0],
        futures=[
            (table, colonne) for table, colonne in colonnes
            if (table, colonne) != HORLOGE_DE_LA_BASE
            and lignes(f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE "{colonne}" > %s)', instant)
            == [(True,)]
        ],
        derniere_nuit=lignes("SELECT max(jour) FROM hebergement_occupationnuit")[0][0],
    )  # fmt: skip


@pytest.fixture(scope="module")
def chargements(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> dict[str, Chargement]:
    """The demonstration at a small scale, loaded at each instant, looked at and undone."""
    vus = {}
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        for nom, instant in INSTANTS.items():
            with time_machine.travel(instant, tick=False), transaction.atomic():
                charger(7, instant, ECHELLE)
                vus[nom] = regarder(instant)
                transaction.set_rollback(True)
    return vus


def test_the_told_years_do_not_depend_on_the_day_of_loading(
    chargements: dict[str, Chargement],
) -> None:
    premier, *autres = chargements.values()

    assert len(premier.racontees) > 10_000
    # At this scale few places are left, and none may have been closed.
    noms = set(re.findall(r"SELECT '([^']+)'", RACONTEES))
    assert noms - {nom for nom, _ in premier.racontees} <= {"fermetures"}
    for autre in autres:
        assert autre.racontees == premier.racontees
        assert autre.bilans == premier.bilans


@pytest.mark.parametrize("nom", INSTANTS)
def test_the_present_is_alive_at_any_hour(nom: str, chargements: dict[str, Chargement]) -> None:
    instant, vu = INSTANTS[nom], chargements[nom]

    assert {(0, "PLANIFIEE"), (1, "PLANIFIEE")} <= vu.statuts
    assert ((0, "EN_COURS") in vu.statuts) == (instant.time() >= time(9, 30))
    assert vu.presents >= 4
    assert 2 <= vu.attendus <= 3
    # Until when a place is held.
    assert {colonne for _, colonne in vu.futures} <= {"expire_le"}
    assert (instant.date() - vu.derniere_nuit).days == 1
