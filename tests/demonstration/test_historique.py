"""The history as it would have been written day by day, in every history table."""

from __future__ import annotations

from datetime import date

from hebergement.preuve import CONNUES, fin_du_jour
from tests.demonstration.conftest import INSTANT, Demonstration

TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
    "AND table_name LIKE '%event' AND table_name LIKE '%\\_%event' ORDER BY 1"
)
EXTENSIONS = {"accueil_passageevent", "maraudes_rencontreevent"}


def tables(demo: Demonstration) -> list[str]:
    noms = [nom for (nom,) in demo.lignes(TABLES)]
    assert len(noms) >= 25
    return noms


def test_no_entry_carries_the_day_of_loading(demo: Demonstration) -> None:
    """The database's clock, which triggers wrote, is left only where the matching wrote last."""
    for table in tables(demo):
        parent = table.removesuffix("event")
        cle = "contact_id" if table in EXTENSIONS else "uuid"
        assert (
            demo.un(
                f'SELECT count(*) FROM "{table}" e LEFT JOIN "{parent}" p '
                f"ON p.{cle} = e.pgh_obj_id WHERE p.{cle} IS NULL"
            )
            == 0
        ), table
        assert (
            demo.un(
                f'SELECT count(*) FROM "{table}" WHERE pgh_created_at = '
                "(SELECT mode() WITHIN GROUP (ORDER BY modifie_le) FROM coordination_orientation)"
            )
            == 0
        ), table


def test_every_row_was_inserted_once_at_its_own_date(demo: Demonstration) -> None:
    for table in tables(demo):
        parent = table.removesuffix("event")
        cle, cree = "uuid", "p.cree_le"
        if table in EXTENSIONS:
            cle = "contact_id"
            cree = "(SELECT cree_le FROM contacts_contact c WHERE c.uuid = p.contact_id)"
        assert (
            demo.un(
                f'SELECT count(*) FROM "{parent}" p LEFT JOIN "{table}" e '
                f"ON e.pgh_obj_id = p.{cle} AND e.pgh_label = 'insert' "
                f"WHERE e.pgh_created_at IS DISTINCT FROM {cree}"
            )
            == 0
        ), table
        assert demo.un(f"SELECT count(*) FROM \"{table}\" WHERE pgh_label = 'insert'") == demo.un(
            f'SELECT count(*) FROM "{parent}"'
        ), table


def test_versions_follow_each_other_in_time(demo: Demonstration) -> None:
    for table in tables(demo):
        if table in EXTENSIONS:
            continue
        parent = table.removesuffix("event")
        assert (
            demo.un(
                "SELECT count(*) FROM (SELECT version, modifie_le, pgh_created_at, row_number() "
                "OVER (PARTITION BY pgh_obj_id ORDER BY pgh_created_at, pgh_id) AS rang "
                f'FROM "{table}") x WHERE version <> rang OR modifie_le <> pgh_created_at'
            )
            == 0
        ), table
        assert (
            demo.un(
                f'SELECT count(*) FROM "{parent}" p WHERE version <> '
                f'(SELECT count(*) FROM "{table}" e WHERE e.pgh_obj_id = p.uuid)'
            )
            == 0
        ), table


def test_the_last_entry_is_what_the_row_is_now(demo: Demonstration) -> None:
    for table in tables(demo):
        parent = table.removesuffix("event")
        cle = "contact_id" if table in EXTENSIONS else "uuid"
        # The clock of the matching is the database's, on the row itself.
        sauf = "'modifie_le'" if table == "coordination_orientationevent" else "''"
        assert (
            demo.un(
                "SELECT count(*) FROM (SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, "
                f'to_jsonb(e) - {sauf} AS e FROM "{table}" e '
                "ORDER BY pgh_obj_id, pgh_created_at DESC, pgh_id DESC) d "
                f'JOIN "{parent}" p ON p.{cle} = d.pgh_obj_id '
                "WHERE NOT to_jsonb(p) @> (SELECT jsonb_object_agg(key, value) "
                "FROM jsonb_each(d.e) WHERE key NOT LIKE 'pgh%')"
            )
            == 0
        ), table


def test_a_departure_was_not_known_on_arrival(demo: Demonstration) -> None:
    for table, colonne in (
        ("hebergement_sejourevent", "depart"),
        ("accueil_passageevent", "parti_le"),
        ("maraudes_maraudeevent", "debut_le"),
        ("coordination_orientationevent", "arrivee_contact_id"),
        ("socle_accordpartageevent", "retire_le"),
    ):
        etats = set(
            demo.lignes(
                f"SELECT DISTINCT pgh_label, {colonne} IS NULL FROM {table} e "
                # Until when a place is held is known when it is.
                "WHERE pgh_created_at < '2024-01-01' "
                "AND to_jsonb(e) ->> 'nature' IS DISTINCT FROM 'RETENUE'"
            )
        )
        assert ("insert", False) not in etats, table
        assert ("update", False) in etats, table


def test_the_nights_known_at_the_end_of_2022_were_those_of_2022(demo: Demonstration) -> None:
    """Stays as the history knew them on 31 December 2022 give the nights of that day."""
    assert demo.un(
        "SELECT count(*) FROM (SELECT DISTINCT ON (pgh_obj_id) nature, arrivee, depart "
        "FROM hebergement_sejourevent WHERE pgh_created_at < '2023-01-01' "
        "ORDER BY pgh_obj_id, pgh_created_at DESC, pgh_id DESC) s "
        "WHERE nature = 'SEJOUR' AND arrivee <= '2022-12-31' "
        "AND (depart IS NULL OR depart > '2022-12-31')"
    ) == demo.un("SELECT sum(occupees) FROM hebergement_occupationnuit WHERE jour = '2022-12-31'")


def connues(demo: Demonstration, connu_le: date) -> dict[tuple[date, object], tuple[int, int, int]]:
    """By night and site: `theoriques`, `occupees` and the digest, as known at the end of a day."""
    sites = [site for (site,) in demo.lignes("SELECT uuid FROM hebergement_site")]
    lignes = demo.connexion.execute(
        f"SELECT jour, site_id, theoriques, occupees, empreinte FROM ({CONNUES}) AS c",
        {
            "sites": sites, "du": date.min, "au": connu_le, "nuits": 100_000,
            "connu_le": connu_le, "maintenant": INSTANT, "instant": fin_du_jour(connu_le),
        },
    ).fetchall()  # fmt: skip
    return {(jour, site): tuple(reste) for jour, site, *reste in lignes}


def test_what_was_typed_in_late_was_not_known_before(demo: Demonstration) -> None:
    """Of the night of 30 June 2023 and before, the stays that were typed in since are missing."""
    alors = connues(demo, date(2023, 6, 30))
    maintenant = {
        (jour, site): tuple(reste)
        for jour, site, *reste in demo.lignes(
            "SELECT jour, site_id, theoriques, occupees, empreinte FROM hebergement_occupationnuit "
            "WHERE jour < '2023-06-30'"
        )
    }
    assert alors.keys() == maintenant.keys()
    autres = [nuit for nuit, chiffres in alors.items() if chiffres != maintenant[nuit]]
    assert 2 <= len(autres) < 100
    assert all(jour > date(2023, 6, 15) for jour, _ in autres)
    manquantes = sum(maintenant[nuit][1] - alors[nuit][1] for nuit in autres)
    assert manquantes >= 2
    assert manquantes == demo.un(
        "SELECT sum(least(depart, '2023-06-30') - arrivee) FROM hebergement_sejour "
        "WHERE arrivee < '2023-06-30' AND cree_le >= '2023-07-01'"
    )


def test_what_is_known_today_is_what_is_written(demo: Demonstration) -> None:
    jour = INSTANT.date()
    ecrites = demo.lignes(
        "SELECT jour, site_id, theoriques, occupees, empreinte FROM hebergement_occupationnuit"
    )
    assert connues(demo, jour) == {(j, site): tuple(reste) for j, site, *reste in ecrites}


def test_the_espace_de_repos_moved_in_june_2023(demo: Demonstration) -> None:
    assert demo.lignes(
        "SELECT to_char(pgh_created_at, 'YYYY-MM'), adresse FROM socle_structureevent "
        "WHERE code = 'espace-repos-chapelle' ORDER BY pgh_created_at"
    ) == [("2019-01", ""), ("2023-06", "boulevard Ney, 75018 Paris")]
