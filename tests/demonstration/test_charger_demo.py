"""The demonstration data: the same for a seed, refused elsewhere, right to the unit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from commun.horloge import maintenant
from hebergement.models import ControleOccupation
from hebergement.occupation import controler
from indicateurs.demonstration.chargement import MODELES, charger
from socle.models import Structure, Utilisateur

INSTANT = datetime(2026, 3, 10, 15, tzinfo=UTC)


class Defaire(Exception):
    """Leaves a transaction without keeping anything of it."""


def empreinte(graine: int, echelle: float, instant: datetime = INSTANT) -> dict[str, str]:
    """The digest of every table after a load that is then undone."""
    resultat = {}
    try:
        with transaction.atomic():
            charger(graine, instant, echelle)
            with connection.cursor() as cursor:
                for modele in MODELES:
                    sauf = "'password', 'id'" if modele is Utilisateur else "'id', 'modifie_le'"
                    cursor.execute(
                        f"SELECT coalesce(string_agg(l, '|' ORDER BY l), '') FROM ("
                        f"SELECT (to_jsonb(t) - array[{sauf}])::text AS l "
                        f'FROM "{modele._meta.db_table}" t) x'
                    )
                    texte = cursor.fetchone()[0]
                    resultat[modele.__name__] = hashlib.sha256(texte.encode()).hexdigest()
            raise Defaire
    except Defaire:
        return resultat


@pytest.mark.django_db
def test_une_graine_donne_toujours_les_memes_lignes() -> None:
    premiere = empreinte(7, 0.02)

    assert empreinte(7, 0.02) == premiere
    assert empreinte(8, 0.02) != premiere


@pytest.mark.django_db
def test_refuse_hors_demonstration(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.DEMO", False)
    monkeypatch.setattr("django.conf.settings.ESSAIS", False)

    with pytest.raises(CommandError, match="DEMO"):
        call_command("charger_demo", verbosity=0)
    assert not Structure.objects.exists()


@pytest.mark.django_db
def test_ne_recharge_pas_ce_qui_est_la(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSAIS", "1")
    call_command("charger_demo", "--echelle", "0.02", verbosity=0)
    nombre = Structure.objects.count()

    call_command("charger_demo", "--si-vide", verbosity=0)
    with pytest.raises(CommandError):
        call_command("charger_demo", verbosity=0)

    assert Structure.objects.count() == nombre


def _un(requete: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(requete)
        ligne: tuple[object, ...] = cursor.fetchone()
    return ligne


@pytest.fixture(scope="module")
def donnees(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The full data, loaded once and undone at the end."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        atomique = transaction.atomic()
        atomique.__enter__()
        try:
            charger(7, maintenant())
            yield
        finally:
            transaction.set_rollback(True)
            atomique.__exit__(None, None, None)


def test_les_chiffres_recomptes_en_sql(donnees: None) -> None:
    for annee, attendus in (
        (2022, (31_241, 2_565, 250)),
        (2023, (36_741, 3_565, 380)),
    ):
        assert (
            _un(
                "SELECT count(*), count(DISTINCT c.personne_id), "
                "count(DISTINCT c.personne_id) FILTER (WHERE p.genre = 'F') "
                "FROM accueil_passage x JOIN contacts_contact c ON c.uuid = x.contact_id "
                "JOIN socle_structure s ON s.uuid = c.structure_id "
                "LEFT JOIN socle_personne p ON p.uuid = c.personne_id "
                f"WHERE s.code = 'espace-repos-chapelle' AND extract(year FROM c.jour) = {annee}"
            )
            == attendus
        )
    for annee, categorie, nombre in (
        (2022, "SOINS_INFIRMIERS", 1_410),
        (2023, "SOINS_INFIRMIERS", 3_010),
        (2022, "ACCES_AUX_DROITS", 640),
        (2023, "ACCES_AUX_DROITS", 1_000),
    ):
        assert _un(
            "SELECT count(*) FROM contacts_acte a JOIN contacts_contact c ON c.uuid = a.contact_id "
            "JOIN socle_structure s ON s.uuid = c.structure_id "
            f"WHERE s.code = 'espace-repos-chapelle' AND a.categorie = '{categorie}' "
            f"AND extract(year FROM a.jour) = {annee}"
        ) == (nombre,)
    for nuit, places in (
        ("2019-12-31", 220),
        ("2021-12-31", 440),
        ("2022-12-31", 510),
        ("2023-12-31", 610),
    ):
        assert _un(
            f"SELECT sum(theoriques) FROM hebergement_occupationnuit WHERE jour = '{nuit}'"
        ) == (places,)
    for annee in range(2021, maintenant().year + 1):
        (taux,) = _un(
            "SELECT sum(occupees)::float / sum(disponibles) FROM hebergement_occupationnuit "
            f"WHERE extract(year FROM jour) = {annee}"
        )
        assert isinstance(taux, float)
        assert 0.90 <= taux <= 0.96
    controle: ControleOccupation = controler()
    assert controle.ecarts == 0
