"""Rounds, encounters and orientations of the demonstration, recounted in plain SQL."""

from __future__ import annotations

from tests.demonstration.conftest import Demonstration

LIGNES = (
    "ARRAY(SELECT g.code FROM maraudes_secteur_lignes l JOIN maraudes_ligne g "
    "ON g.uuid = l.ligne_id WHERE l.secteur_id = {}.secteur_id)"
)


def test_a_round_at_the_surface_every_day(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM ("
            "SELECT generate_series(date '2022-01-01', date '2023-12-31', '1 day')::date AS jour "
            "UNION SELECT generate_series(:jour ::date - 56, :jour ::date, '1 day')::date) j "
            "WHERE (SELECT count(*) FROM maraudes_maraude m WHERE m.jour = j.jour "
            "AND m.milieu = 'SURFACE' AND m.statut = 'CLOTUREE') <> 1"
        )
        == 0
    )


def test_four_rounds_underground_every_week(demo: Demonstration) -> None:
    semaines = demo.lignes(
        "SELECT date_trunc('week', jour), count(*) FROM maraudes_maraude "
        "WHERE milieu = 'SOUS_SOL' AND statut = 'CLOTUREE' "
        "AND jour >= '2022-01-03' AND jour < '2024-01-01' GROUP BY 1"
    )

    assert len(semaines) == 104
    assert {nombre for _, nombre in semaines} == {4}
    assert demo.un("SELECT count(*) FROM maraudes_maraude WHERE statut = 'ANNULEE'") > 10


def test_about_35_stations_are_visited_in_a_year(demo: Demonstration) -> None:
    for annee in (2022, 2023):
        nombre = demo.un(
            "SELECT count(DISTINCT e.secteur_id) FROM maraudes_etape e "
            "JOIN maraudes_maraude m ON m.uuid = e.maraude_id WHERE e.statut = 'VISITEE' "
            f"AND m.milieu = 'SOUS_SOL' AND extract(year FROM m.jour) = {annee}"
        )
        assert 33 <= nombre <= 37


def test_two_reports_in_five_are_of_line_12_and_none_of_9_or_13(demo: Demonstration) -> None:
    for table in ("maraudes_rencontre", "maraudes_observation"):
        (ligne,) = demo.lignes(
            f"SELECT count(*), avg(('12' = ANY ({LIGNES.format('r')}))::int)::float "
            f"FROM {table} r JOIN maraudes_maraude m ON m.uuid = r.maraude_id "
            "WHERE m.milieu = 'SOUS_SOL'"
        )
        assert ligne[0] > 200
        assert 0.36 <= ligne[1] <= 0.44
    assert demo.un("SELECT count(*) FROM maraudes_ligne WHERE code ~ '^(9|13)$'") == 0
    assert demo.un("SELECT count(*) FROM maraudes_ligne WHERE code IN ('4', '12')") == 2


def test_what_happens_in_a_round_happens_at_its_visited_stops_and_hours(
    demo: Demonstration,
) -> None:
    for table, quand in (
        ("maraudes_rencontre r JOIN contacts_contact c ON c.uuid = r.contact_id", "c.survenu_le"),
        ("maraudes_observation r", "r.survenu_le"),
    ):
        assert (
            demo.un(
                f"SELECT count(*) FROM {table} JOIN maraudes_maraude m ON m.uuid = r.maraude_id "
                f"WHERE {quand} < m.debut_le OR {quand} > coalesce(m.fin_le, :instant ) "
                "OR NOT EXISTS (SELECT 1 FROM maraudes_etape e WHERE e.maraude_id = m.uuid "
                "AND e.secteur_id = r.secteur_id AND e.statut = 'VISITEE')"
            )
            == 0
        )
    assert (
        demo.un(
            "SELECT count(*) FROM maraudes_rencontre r "
            "JOIN contacts_contact c ON c.uuid = r.contact_id "
            "JOIN maraudes_maraude m ON m.uuid = r.maraude_id "
            "WHERE c.jour = m.jour AND c.survenu_le::date > m.jour"
        )
        > 50
    )


def test_encounters_of_every_kind(demo: Demonstration) -> None:
    (ligne,) = demo.lignes(
        "SELECT count(*), avg((c.issue = 'REFUS')::int)::float, "
        "avg((c.personne_id IS NULL)::int) FILTER (WHERE c.issue = 'ECHANGE')::float, "
        "count(*) FILTER (WHERE c.issue <> 'ECHANGE' AND c.personne_id IS NOT NULL) "
        "FROM maraudes_rencontre r JOIN contacts_contact c ON c.uuid = r.contact_id"
    )

    assert ligne[0] > 5_000
    assert 0.1 < ligne[1] < 0.3
    assert 0.2 < ligne[2] < 0.5
    assert ligne[3] == 0


def test_orientations_end_in_every_way(demo: Demonstration) -> None:
    issues = dict(
        demo.lignes(
            "SELECT statut, count(*) FROM coordination_orientation "
            "WHERE survenu_le < '2024-01-01' GROUP BY 1"
        )
    )

    assert set(issues) == {
        "ABOUTIE", "NON_ABOUTIE", "REFUSEE_PERSONNE", "REFUSEE_STRUCTURE", "ANNULEE"
    }  # fmt: skip
    assert 0.3 < issues["ABOUTIE"] / sum(issues.values()) < 0.7
    assert all(nombre >= 10 for nombre in issues.values())
    # Some people who were sent to a hotel sleep there.
    arrives = demo.un(
        "SELECT count(*) FROM coordination_orientation WHERE arrivee_sejour_id IS NOT NULL"
    )
    assert arrives > 50


def test_nothing_is_decided_once_the_person_has_arrived(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM coordination_orientation o "
            "JOIN contacts_contact c ON c.uuid = o.arrivee_contact_id "
            "WHERE c.survenu_le <= coalesce(o.decidee_le, o.acceptee_le) OR o.decision <> ''"
        )
        == 0
    )


def test_another_organisme_meets_a_person_with_their_agreement(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM maraudes_rencontre r "
            "JOIN contacts_contact c ON c.uuid = r.contact_id "
            "JOIN socle_structure s ON s.uuid = c.structure_id "
            "JOIN socle_personne p ON p.uuid = c.personne_id "
            "WHERE p.organisme_id <> s.organisme_id AND NOT EXISTS ("
            "SELECT 1 FROM socle_accordpartage a WHERE a.personne_id = p.uuid "
            "AND a.organisme_id = s.organisme_id AND a.donne_le <= c.survenu_le::date "
            "AND (a.retire_le IS NULL OR a.retire_le > c.survenu_le::date))"
        )
        == 0
    )
    assert demo.un("SELECT count(*) FROM socle_accordpartage WHERE retire_le IS NULL") > 500
    assert demo.un("SELECT count(*) FROM socle_accordpartage WHERE retire_le IS NOT NULL") > 10
