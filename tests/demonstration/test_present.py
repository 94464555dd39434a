"""The day of loading: alive in every app, and nothing that has not happened yet."""

from __future__ import annotations

from tests.demonstration.conftest import Demonstration

VERS_L_ESPACE = (
    "FROM coordination_orientation o JOIN socle_structure s ON s.uuid = o.structure_id "
    "WHERE s.code = 'espace-repos-chapelle' AND o.statut = 'EN_COURS' "
)
# When the matching last wrote, by the clock of the database, which nothing moves.
HORLOGE_DE_LA_BASE = ("coordination_orientation", "modifie_le")
# What may be told of days to come: a place reopens, is held for who is to come, a round is planned.
PREVUS = {
    ("hebergement_proposition", "attendue_le"),
    ("hebergement_proposition", "expire_le"),
    ("hebergement_propositionevent", "attendue_le"),
    ("hebergement_propositionevent", "expire_le"),
    ("hebergement_sejour", "depart"),
    ("hebergement_sejourevent", "depart"),
    ("hebergement_fermeture", "fin"),
    ("hebergement_fermetureevent", "fin"),
    ("hebergement_absence", "garde_jusqu_au"),
    ("hebergement_absenceevent", "garde_jusqu_au"),
    ("maraudes_maraude", "jour"),
    ("maraudes_maraude", "jour_prevu"),
    ("maraudes_maraudeevent", "jour_prevu"),
}


def test_rounds_are_planned_today_and_tomorrow_and_one_is_under_way(demo: Demonstration) -> None:
    statuts = set(
        demo.lignes(
            "SELECT jour - :jour ::date, statut FROM maraudes_maraude "
            "WHERE jour BETWEEN :jour AND :jour ::date + 1"
        )
    )

    assert {(0, "PLANIFIEE"), (0, "EN_COURS"), (1, "PLANIFIEE")} <= statuts
    assert (
        demo.un(
            "SELECT count(*) FROM maraudes_rencontre r JOIN maraudes_maraude m "
            "ON m.uuid = r.maraude_id WHERE m.statut = 'EN_COURS'"
        )
        > 0
    )


def test_two_or_three_people_are_expected_at_the_espace_de_repos(demo: Demonstration) -> None:
    assert 2 <= demo.un(f"SELECT count(*) {VERS_L_ESPACE}") <= 3
    assert (
        demo.un(f"SELECT count(*) {VERS_L_ESPACE} AND o.survenu_le < :instant - '1d'::interval ")
        == 0
    )


def test_people_are_there_now_within_the_capacity(demo: Demonstration) -> None:
    (ligne,) = demo.lignes(
        "SELECT count(*), min(s.capacite) FROM accueil_passage p "
        "JOIN contacts_contact c ON c.uuid = p.contact_id "
        "JOIN socle_structure s ON s.uuid = c.structure_id "
        "WHERE s.code = 'espace-repos-chapelle' AND c.jour = :jour AND p.parti_le IS NULL"
    )
    presents, capacite = ligne

    assert 4 <= presents <= capacite
    assert (
        demo.un(
            "SELECT count(*) FROM accueil_passage p JOIN contacts_contact c "
            "ON c.uuid = p.contact_id WHERE p.parti_le IS NULL AND c.jour < :jour "
        )
        == 0
    )


def test_every_app_has_eight_weeks_up_to_now(demo: Demonstration) -> None:
    semaines = {
        "passages": "SELECT c.survenu_le FROM accueil_passage JOIN contacts_contact c "
        "ON c.uuid = contact_id",
        "rencontres": "SELECT c.survenu_le FROM maraudes_rencontre JOIN contacts_contact c "
        "ON c.uuid = contact_id",
        "observations": "SELECT survenu_le FROM maraudes_observation",
        "actes": "SELECT survenu_le FROM contacts_acte",
        "materiel": "SELECT survenu_le FROM contacts_remisemateriel",
        "orientations": "SELECT survenu_le FROM coordination_orientation",
        "accords": "SELECT saisi_le AS survenu_le FROM socle_accordpartage",
        "arrivees": "SELECT cree_le AS survenu_le FROM hebergement_sejour",
        "fermetures": "SELECT cree_le AS survenu_le FROM hebergement_fermeture",
    }
    for nom, requete in semaines.items():
        nombre = demo.un(
            "SELECT count(DISTINCT (extract(epoch FROM :instant - survenu_le) / 604800)::int / 2) "
            f"FROM ({requete}) x WHERE survenu_le > :instant - interval '55 days'"
        )
        assert nombre >= 4, nom
    assert demo.un("SELECT count(*) FROM hebergement_sejour WHERE arrivee = :jour ") > 0


def test_nothing_is_dated_after_the_load_but_what_is_planned(demo: Demonstration) -> None:
    colonnes = demo.lignes(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type IN ('timestamp with time zone', 'date') "
        # Written by a migration, whenever that is.
        "AND table_name NOT LIKE 'django%' AND table_name NOT LIKE '%poidsattente%' "
        "AND table_name NOT IN (SELECT table_name FROM information_schema.views)"
    )
    futures = {
        (table, colonne)
        for table, colonne in colonnes
        if (table, colonne) != HORLOGE_DE_LA_BASE
        and demo.un(f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE "{colonne}" > :instant )')
    }

    assert len(colonnes) > 100
    assert futures == PREVUS
    assert (
        demo.un(
            "SELECT count(*) FROM maraudes_maraude WHERE jour > :jour AND statut <> 'PLANIFIEE'"
        )
        == 0
    )


def test_nothing_is_left_to_compute(demo: Demonstration) -> None:
    for table in ("hebergement_marquenuits", "coordination_marquepaire"):
        assert demo.un(f"SELECT count(*) FROM {table}") == 0


def test_no_constraint_and_no_trigger_is_switched_off(demo: Demonstration) -> None:
    assert demo.un("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'") == 0
    assert demo.un("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == 0
    assert demo.un("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") > 100


def test_a_file_opens_with_the_first_thing_known_of_the_person(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM socle_personne p WHERE p.cree_le IS DISTINCT FROM least("
            "(SELECT min(cree_le) FROM contacts_contact WHERE personne_id = p.uuid), "
            "(SELECT min(cree_le) FROM hebergement_sejour WHERE personne_id = p.uuid), "
            "(SELECT min(cree_le) FROM hebergement_demandehebergement WHERE personne_id = p.uuid), "
            "(SELECT min(cree_le) FROM coordination_orientation WHERE personne_id = p.uuid))"
        )
        == 0
    )


def test_the_command_says_little_where_there_is_no_terminal(demo: Demonstration) -> None:
    debut, fin = demo.resultat["sortie"].splitlines()

    assert debut == "Chargement des données de démonstration…"
    assert fin.startswith("Données de démonstration chargées en ")
    assert demo.resultat["erreurs"] == ""


def test_some_wait_for_a_place_and_one_is_held_for_a_few(demo: Demonstration) -> None:
    attendent = demo.un("SELECT count(*) FROM hebergement_demandehebergement WHERE issue = ''")
    proposees = demo.un("SELECT count(*) FROM hebergement_proposition WHERE issue = ''")
    attendues = demo.un(
        "SELECT count(*) FROM hebergement_proposition WHERE issue = '' AND attendue_le > :jour "
    )

    assert attendent > proposees > attendues > 0
    # A stay that is held for nobody would keep its place for ever.
    assert (
        demo.un(
            "SELECT count(*) FROM hebergement_sejour s WHERE nature = 'RETENUE' "
            "AND depart > :jour AND NOT EXISTS "
            "(SELECT 1 FROM hebergement_proposition p WHERE p.retenue_id = s.uuid)"
        )
        == 0
    )


def test_each_stay_was_asked_for(demo: Demonstration) -> None:
    assert (
        demo.un(
            "SELECT count(*) FROM hebergement_sejour s LEFT JOIN hebergement_demandehebergement d "
            "ON d.sejour_id = s.uuid AND d.demandee_le <= s.arrivee AND d.issue = 'ABOUTIE' "
            "AND d.personne_id = s.personne_id "
            "WHERE nature = 'SEJOUR' AND (suite_de_id IS NULL) <> (d.uuid IS NOT NULL)"
        )
        == 0
    )
    issues = demo.lignes("SELECT DISTINCT issue FROM hebergement_proposition")
    assert len(issues) == 6  # in force, taken, refused by either side, without answer, not come


def test_a_few_are_away_and_a_few_are_not_seen_any_more(demo: Demonstration) -> None:
    """Since when each was last seen, of those whose place is not kept for them."""
    derniers = demo.lignes(
        "SELECT s.uuid, :jour ::date - greatest(s.arrivee, t.presences_depuis, max(c.jour)) "
        "FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id "
        "JOIN hebergement_site t ON t.uuid = p.site_id "
        "LEFT JOIN hebergement_constatpresence c ON c.sejour_id = s.uuid AND c.present "
        "WHERE s.depart IS NULL "
        "AND s.uuid NOT IN (SELECT sejour_id FROM hebergement_absence WHERE fin IS NULL) "
        "GROUP BY s.uuid, t.uuid"
    )
    jours = [ligne[1] for ligne in derniers]
    assert max(jours) < 30
    assert 3 <= sum(3 <= j < 7 for j in jours) <= 12
    assert 3 <= sum(j >= 7 for j in jours) <= 12
    gardees = demo.lignes(
        "SELECT garde_jusqu_au >= :jour , count(*) FROM hebergement_absence WHERE fin IS NULL "
        "GROUP BY 1"
    )
    assert dict(gardees) == {True: 5, False: 1}
    assert demo.un("SELECT count(*) FROM hebergement_sejour WHERE cloture_automatique") == 0
