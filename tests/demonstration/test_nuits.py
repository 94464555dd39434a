"""Hotels, places, stays and the nights computed from them, recounted in plain SQL."""

from __future__ import annotations

import pytest

from tests.demonstration.conftest import Demonstration

PAS = [("2019-01-01", 220), ("2021-01-01", 440), ("2022-01-01", 510), ("2023-07-01", 610)]


@pytest.mark.parametrize(("jour", "places"), PAS)
def test_capacity_steps_on_its_day(demo: Demonstration, jour: str, places: int) -> None:
    theoriques = (
        "SELECT coalesce(sum(theoriques), 0) FROM hebergement_occupationnuit "
        f"WHERE jour = date '{jour}'"
    )
    avant = dict(zip([j for j, _ in PAS], [0, *[p for _, p in PAS]], strict=False))[jour]

    assert demo.un(theoriques) == places
    assert demo.un(f"{theoriques} - 1") == avant


def test_61_hotels_one_partner_with_an_allotment_of_70(demo: Demonstration) -> None:
    parts = demo.lignes(
        "SELECT count(DISTINCT t.uuid), count(*), count(DISTINCT o.uuid) "
        "FROM hebergement_place p JOIN hebergement_site t ON t.uuid = p.site_id "
        "JOIN socle_structure s ON s.uuid = t.structure_id "
        "JOIN socle_organisme o ON o.uuid = s.organisme_id "
        "WHERE t.dispositif = 'ASSORE' GROUP BY o.uuid ORDER BY 2"
    )

    assert sum(hotels for hotels, *_ in parts) == 61
    assert parts[0] == (7, 70, 1)


def test_the_allotment_is_of_the_partner_and_filled_by_its_own(demo: Demonstration) -> None:
    (ligne,) = demo.lignes(
        "SELECT count(*), sum(c.places), count(DISTINCT c.organisme_id) "
        "FROM hebergement_contingent c WHERE c.fin IS NULL"
    )
    assert ligne == (7, 70, 1)
    siens, presents = demo.lignes(
        "SELECT count(*) FILTER (WHERE hebergement_organisme_du_sejour(s.uuid) = c.organisme_id), "
        "count(*) FROM hebergement_contingent c JOIN hebergement_place p ON p.site_id = c.site_id "
        "JOIN hebergement_sejour s ON s.place_id = p.uuid "
        "WHERE s.nature = 'SEJOUR' AND s.depart IS NULL"
    )[0]
    assert 0.8 * presents <= siens <= 70


def test_every_night_since_february_2021_lies_between_90_and_96_percent(
    demo: Demonstration,
) -> None:
    (ligne,) = demo.lignes(
        "SELECT count(*), min(taux), max(taux), min(jour), max(jour) FROM ("
        "SELECT jour, sum(occupees)::float / sum(disponibles) AS taux "
        "FROM hebergement_occupationnuit WHERE jour >= '2021-02-01' GROUP BY jour) x"
    )
    nombre, au_moins, au_plus, premiere, derniere = ligne

    assert nombre == (derniere - premiere).days + 1
    assert derniere == demo.un("SELECT :jour ::date - 1")
    assert au_moins >= 0.90
    assert au_plus <= 0.96


def test_no_night_without_stays_since_2021(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM generate_series(date '2021-01-01', :jour ::date, '1 day') AS j "
            "WHERE NOT EXISTS (SELECT 1 FROM hebergement_sejour "
            "WHERE arrivee <= j AND (depart IS NULL OR depart > j))"
        )
        == 0
    )


def test_nights_are_those_of_a_naive_count(demo: Demonstration) -> None:
    """Nights of stays, joined day by day, against what the sweep wrote."""
    ecarts = demo.un(
        "WITH comptees AS ("
        "  SELECT p.site_id, j::date AS jour, count(*) AS n FROM hebergement_sejour s"
        "  JOIN hebergement_place p ON p.uuid = s.place_id"
        "  CROSS JOIN LATERAL generate_series("
        "    s.arrivee, least(s.depart, :jour ::date) - 1, interval '1 day') AS j"
        "  WHERE s.nature = 'SEJOUR'"
        "  GROUP BY 1, 2)"
        "SELECT count(*) FROM hebergement_occupationnuit o"
        "  FULL JOIN comptees c USING (site_id, jour)"
        "  WHERE coalesce(o.occupees, -1) <> coalesce(c.n, 0)"
    )

    assert ecarts == 0
    assert demo.resultat["controle"]["ecarts"] == 0
    assert demo.resultat["controle"]["lignes"] == demo.un(
        "SELECT count(*) FROM hebergement_occupationnuit"
    )


def test_the_identity_holds_for_every_site_and_night(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM (SELECT occupees, entrees - sorties + transferts_entrants "
            "- transferts_sortants AS solde, "
            "lag(occupees, 1, 0) OVER (PARTITION BY site_id ORDER BY jour) AS veille "
            "FROM hebergement_occupationnuit) x WHERE occupees <> veille + solde"
        )
        == 0
    )
    assert (
        demo.un(
            "SELECT count(*) FROM hebergement_occupationnuit "
            "WHERE disponibles <> theoriques - fermees"
        )
        == 0
    )


def test_couples_share_a_double_room(demo: Demonstration) -> None:
    menages = demo.lignes(
        "SELECT count(*), count(DISTINCT p.uuid), count(DISTINCT p.chambre_id), "
        "count(DISTINCT s.personne_id), count(DISTINCT s.arrivee), "
        "count(DISTINCT coalesce(s.depart, 'infinity')), (SELECT count(*) FROM hebergement_place v "
        "WHERE v.chambre_id = min(p.chambre_id::text)::uuid), bool_or(s.depart IS NULL) "
        "FROM hebergement_menage m LEFT JOIN hebergement_sejour s ON s.menage_id = m.uuid "
        "LEFT JOIN hebergement_place p ON p.uuid = s.place_id GROUP BY m.uuid"
    )

    assert len(menages) > 100
    assert {menage[:7] for menage in menages} == {(2, 2, 1, 2, 1, 1, 2)}
    assert sum(la for *_, la in menages) >= 10


def test_closures_and_a_few_forced_anomalies(demo: Demonstration) -> None:
    assert demo.un("SELECT count(*) FROM hebergement_fermeture WHERE motif_forcage = ''") > 100
    assert 3 <= demo.un("SELECT count(*) FROM hebergement_fermeture WHERE motif_forcage <> ''") < 40
    assert demo.un("SELECT sum(fermees) FROM hebergement_occupationnuit") > 1_000
    assert (
        demo.un(
            "SELECT sum(anomalies) FROM hebergement_occupationnuit WHERE jour = :jour ::date - 1"
        )
        >= 1
    )


def test_moves_and_exits_are_told(demo: Demonstration) -> None:
    assert demo.un("SELECT count(*) FROM hebergement_sejour WHERE suite_de_id IS NOT NULL") > 300
    assert (
        demo.un(
            "SELECT count(*) FROM hebergement_sejour s WHERE depart IS NOT NULL AND "
            "nature = 'SEJOUR' AND (motif_sortie = '') <> EXISTS "
            "(SELECT 1 FROM hebergement_sejour n WHERE n.suite_de_id = s.uuid)"
        )
        == 0
    )
    assert demo.un("SELECT count(DISTINCT motif_sortie) FROM hebergement_sejour") >= 7


def test_nobody_lives_on_after_their_death(demo: Demonstration) -> None:
    morts = (
        "SELECT count(*) FROM hebergement_sejour d JOIN {} x ON x.personne_id = d.personne_id "
        "WHERE d.motif_sortie = 'DECES' AND x.{} > d.depart"
    )

    assert demo.un("SELECT count(*) FROM hebergement_sejour WHERE motif_sortie = 'DECES'") > 5
    assert demo.un(morts.format("contacts_contact", "jour")) == 0
    assert demo.un(morts.format("hebergement_sejour", "arrivee")) == 0
