"""The figures of 2022 and 2023, recounted in plain SQL and asked of the bilan."""

from __future__ import annotations

import pytest

from tests.demonstration.conftest import Demonstration

VENUES = """
    SELECT c.* FROM accueil_passage x
    JOIN contacts_contact c ON c.uuid = x.contact_id
    JOIN socle_structure s ON s.uuid = c.structure_id
    WHERE s.code = 'espace-repos-chapelle'
"""
ANNEES = {
    2022: {"passages": 31_241, "file_active": 2_565, "femmes": 250,
           "actes_infirmiers": 1_410, "actes_acces_aux_droits": 640},
    2023: {"passages": 36_741, "file_active": 3_565, "femmes": 380,
           "actes_infirmiers": 3_010, "actes_acces_aux_droits": 1_000},
}  # fmt: skip
ECARTS = {"passages": 5_500, "file_active": 1_000, "femmes": 130,
          "actes_infirmiers": 1_600, "actes_acces_aux_droits": 360}  # fmt: skip


@pytest.mark.parametrize("annee", ANNEES)
def test_visits_and_persons_of_the_year(demo: Demonstration, annee: int) -> None:
    (compte,) = demo.lignes(
        "SELECT count(*), count(DISTINCT v.personne_id), "
        "count(DISTINCT v.personne_id) FILTER (WHERE p.genre = 'F') "
        f"FROM ({VENUES}) v LEFT JOIN socle_personne p ON p.uuid = v.personne_id "
        f"WHERE extract(year FROM v.survenu_le AT TIME ZONE 'Europe/Paris') = {annee}"
    )

    attendus = ANNEES[annee]
    assert compte == (attendus["passages"], attendus["file_active"], attendus["femmes"])


@pytest.mark.parametrize("annee", ANNEES)
@pytest.mark.parametrize(
    ("categorie", "code"),
    [("SOINS_INFIRMIERS", "actes_infirmiers"), ("ACCES_AUX_DROITS", "actes_acces_aux_droits")],
)
def test_acts_of_the_year(demo: Demonstration, annee: int, categorie: str, code: str) -> None:
    assert (
        demo.un(
            f"SELECT count(*) FROM contacts_acte a JOIN ({VENUES}) v ON v.uuid = a.contact_id "
            f"WHERE a.categorie = '{categorie}' AND extract(year FROM a.jour) = {annee}"
        )
        == ANNEES[annee][code]
    )


@pytest.mark.parametrize("annee", ANNEES)
def test_the_bilan_tells_the_same(demo: Demonstration, annee: int) -> None:
    bilan = {i["code"]: i for i in demo.resultat["bilan"][str(annee)]}

    assert {code: bilan[code]["valeur"] for code in ANNEES[annee]} == ANNEES[annee]
    if annee == 2023:
        assert {code: bilan[code]["ecart"] for code in ECARTS} == ECARTS
        ensemble = {i["code"]: i["valeur"] for i in demo.resultat["ensemble"]}
        assert ensemble["places_assore"] == 610


def test_days_rise_from_85_to_150_in_the_autumn_of_2023(demo: Demonstration) -> None:
    mois = dict(
        demo.lignes(
            "SELECT extract(month FROM jour)::int, count(*)::float / count(DISTINCT jour) "
            f"FROM ({VENUES}) v WHERE extract(year FROM jour) = 2023 GROUP BY 1"
        )
    )

    assert all(82 <= mois[m] <= 89 for m in range(1, 9))
    assert mois[8] < mois[9] < mois[10] < mois[11]
    assert 145 <= mois[11] <= 155
    assert 145 <= mois[12] <= 155


def test_open_seven_days_a_week(demo: Demonstration) -> None:
    ouverts = (
        "SELECT count(DISTINCT jour) FROM {} WHERE jour >= '2022-01-01' AND jour < '2024-01-01'"
    )

    assert demo.un(ouverts.format(f"({VENUES}) v")) == 730
    assert (
        demo.un(
            ouverts.format(
                "(SELECT j.jour FROM accueil_jourouverture j JOIN socle_structure s "
                "ON s.uuid = j.structure_id WHERE j.ouverte AND s.code = 'espace-repos-chapelle') j"
            )
        )
        == 730
    )


def test_many_are_seen_once_and_a_few_very_often(demo: Demonstration) -> None:
    (ligne,) = demo.lignes(
        "SELECT avg((n = 1)::int)::float, max(n), sum(n) FILTER (WHERE rang <= 0.1)::float / sum(n)"
        "FROM (SELECT count(*) AS n, percent_rank() OVER (ORDER BY count(*) DESC) AS rang "
        f"FROM ({VENUES}) v WHERE extract(year FROM jour) = 2023 AND personne_id IS NOT NULL "
        "GROUP BY personne_id) x"
    )
    vus_une_fois, au_plus, part_des_plus_assidus = ligne

    assert 0.3 < vus_une_fois < 0.6
    assert 100 < au_plus < 366
    assert 0.4 < part_des_plus_assidus < 0.75


def test_nobody_is_twice_in_one_place_at_once(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM (SELECT c.survenu_le AS arrive_le, "
            "lag(coalesce(p.parti_le, 'infinity')) OVER "
            "(PARTITION BY c.personne_id, c.structure_id, c.jour ORDER BY c.survenu_le) AS parti "
            "FROM accueil_passage p JOIN contacts_contact c ON c.uuid = p.contact_id "
            "WHERE c.personne_id IS NOT NULL) x WHERE parti > arrive_le"
        )
        == 0
    )


def test_other_structures_have_visits_at_their_hours(demo: Demonstration) -> None:
    codes = dict(
        demo.lignes(
            "SELECT s.code, count(*) FROM accueil_passage p "
            "JOIN contacts_contact c ON c.uuid = p.contact_id "
            "JOIN socle_structure s ON s.uuid = c.structure_id GROUP BY 1"
        )
    )

    assert len(codes) >= 5
    assert all(nombre > 1_000 for nombre in codes.values())
    # The one whose hours are known keeps them: 13:30 to 20:30.
    assert demo.lignes(
        "SELECT min(c.survenu_le::time) >= '13:30', max(c.survenu_le::time) < '20:30', "
        "max(p.parti_le::time) <= '20:30' FROM accueil_passage p "
        "JOIN contacts_contact c ON c.uuid = p.contact_id "
        "JOIN socle_structure s ON s.uuid = c.structure_id WHERE s.code = 'hsa-gare-du-nord'"
    ) == [(True, True, True)]
    # A night centre's day goes on past midnight.
    assert (
        demo.un(
            "SELECT count(*) FROM contacts_contact c "
            "JOIN socle_structure s ON s.uuid = c.structure_id "
            "WHERE s.code = 'accueil-nuit-d' AND c.jour < c.survenu_le::date"
        )
        > 100
    )


def test_what_is_not_known_is_left_empty(demo: Demonstration) -> None:
    assert demo.lignes(
        "SELECT code FROM socle_structure WHERE capacite IS NOT NULL OR ouverte_le IS NOT NULL"
    ) == [("espace-repos-chapelle",)]
    assert demo.lignes(
        "SELECT DISTINCT s.code FROM socle_horaire h JOIN socle_structure s "
        "ON s.uuid = h.structure_id"
    ) == [("hsa-gare-du-nord",)]


def test_the_age_seen_agrees_with_the_year_of_birth(demo: Demonstration) -> None:
    bornes = {"DE_18_A_24": (18, 24), "DE_25_A_34": (25, 34), "DE_35_A_44": (35, 44),
              "DE_45_A_59": (45, 59), "DE_60_ET_PLUS": (60, 120)}  # fmt: skip

    ages = demo.lignes(
        "SELECT tranche_age_observee, min(age), max(age), count(*) FROM (SELECT "
        "c.tranche_age_observee, extract(year FROM c.jour) - p.annee_naissance AS age "
        "FROM contacts_contact c JOIN socle_personne p ON p.uuid = c.personne_id "
        "WHERE p.annee_naissance IS NOT NULL) x GROUP BY 1"
    )

    assert len(ages) == len(bornes)
    for tranche, plus_jeune, plus_vieux, _ in ages:
        assert bornes[tranche][0] <= plus_jeune <= plus_vieux <= bornes[tranche][1]
