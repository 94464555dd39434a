"""Facts: sums by structure and day, and days by structure, month and person.

They follow the rows by marks: whoever writes says in the same transaction which days of which
structures are no longer as they were counted. `indicateurs_fait` and `indicateurs_presenceparmois`
count what is marked from its rows, so that figures are right at every moment, marked or not; the
counts here only make them quick again.
"""

from __future__ import annotations

from django.db import connection, transaction

# One at a time: an older count would be written over a newer one.
VERROU = 7_203_024

FAITS = """
    count(*) AS nombre, sum(quantite_distribuee) AS quantite_distribuee,
    sum(quantite_recuperee) AS quantite_recuperee
"""
CLE_DU_FAIT = "structure_id, jour, objet, detail"
CLE_DE_PRESENCE = "structure_id, mois, personne_id, cadre"
MOIS = "date_trunc('month', jour)::date AS mois"
BITS = "bit_or(1 << extract(day FROM jour)::integer - 1) AS jours"

# Marks are taken in the very statement that counts: what was written before is seen, and what is
# written meanwhile has a mark of its own that stays. A contact is on the day that it has here; who
# is moving it marks where it was and where it goes.
MARQUES = """
prises AS (DELETE FROM indicateurs_jourmarque RETURNING structure_id, jour),
contacts_pris AS (DELETE FROM indicateurs_contactmarque RETURNING contact_id),
marques AS MATERIALIZED (
    TABLE prises
    UNION
    SELECT c.structure_id, c.jour
    FROM contacts_pris p JOIN contacts_contact c ON c.uuid = p.contact_id
)
"""
ACTUALISER = f"""
WITH {MARQUES},
comptes AS MATERIALIZED (
    SELECT m.structure_id, m.jour, f.*
    FROM marques m CROSS JOIN LATERAL (
        SELECT objet, detail, {FAITS} FROM indicateurs_faitbrut b
        WHERE b.structure_id = m.structure_id AND b.jour = m.jour GROUP BY objet, detail
    ) AS f
),
oublies AS (
    DELETE FROM indicateurs_faitdujour
    WHERE (structure_id, jour) IN (TABLE marques)
      AND ({CLE_DU_FAIT}) NOT IN (SELECT {CLE_DU_FAIT} FROM comptes)
),
ecrits AS (
    INSERT INTO indicateurs_faitdujour AS f (
        {CLE_DU_FAIT}, nombre, quantite_distribuee, quantite_recuperee
    )
    SELECT {CLE_DU_FAIT}, nombre, quantite_distribuee, quantite_recuperee FROM comptes
    ON CONFLICT ({CLE_DU_FAIT}) DO UPDATE SET
        nombre = excluded.nombre, quantite_distribuee = excluded.quantite_distribuee,
        quantite_recuperee = excluded.quantite_recuperee
),
masques AS (SELECT structure_id, {MOIS}, {BITS} FROM marques GROUP BY structure_id, mois),
vues AS (
    SELECT m.structure_id, {MOIS}, personne_id, cadre, {BITS}
    FROM marques m CROSS JOIN LATERAL (
        SELECT DISTINCT personne_id, cadre FROM indicateurs_presencebrute b
        WHERE b.structure_id = m.structure_id AND b.jour = m.jour
    ) AS b
    GROUP BY m.structure_id, mois, personne_id, cadre
),
presences AS MATERIALIZED (
    SELECT {CLE_DE_PRESENCE}, bit_or(jours) AS jours
    FROM (
        TABLE vues
        UNION ALL
        SELECT p.structure_id, p.mois, p.personne_id, p.cadre, p.jours & ~m.jours
        FROM indicateurs_presencedumois p JOIN masques m USING (structure_id, mois)
    ) AS toutes
    GROUP BY {CLE_DE_PRESENCE}
),
oubliees AS (
    DELETE FROM indicateurs_presencedumois
    WHERE ({CLE_DE_PRESENCE}) IN (SELECT {CLE_DE_PRESENCE} FROM presences WHERE jours = 0)
),
ecrites AS (
    INSERT INTO indicateurs_presencedumois AS p ({CLE_DE_PRESENCE}, jours)
    SELECT {CLE_DE_PRESENCE}, jours FROM presences WHERE jours <> 0
    ON CONFLICT ({CLE_DE_PRESENCE}) DO UPDATE SET jours = excluded.jours
    WHERE p.jours <> excluded.jours
)
SELECT count(*) FROM marques
"""

OUBLIER = """
DELETE FROM indicateurs_faitdujour;
DELETE FROM indicateurs_presencedumois;
"""
FAITS_DE_RIEN = f"SELECT {CLE_DU_FAIT}, {FAITS} FROM indicateurs_faitbrut GROUP BY {CLE_DU_FAIT}"
PRESENCES_DE_RIEN = f"""
SELECT structure_id, {MOIS}, personne_id, cadre, {BITS}
FROM indicateurs_presencebrute GROUP BY {CLE_DE_PRESENCE}
"""
REFAIRE = f"""
WITH prises AS (DELETE FROM indicateurs_jourmarque),
contacts_pris AS (DELETE FROM indicateurs_contactmarque),
faits AS (
    INSERT INTO indicateurs_faitdujour (
        {CLE_DU_FAIT}, nombre, quantite_distribuee, quantite_recuperee
    )
    {FAITS_DE_RIEN}
)
INSERT INTO indicateurs_presencedumois ({CLE_DE_PRESENCE}, jours)
{PRESENCES_DE_RIEN}
"""
DIFFERENCES = f"""
faits AS MATERIALIZED ({FAITS_DE_RIEN}),
presences AS MATERIALIZED ({PRESENCES_DE_RIEN}),
tenus AS (
    SELECT {CLE_DU_FAIT}, nombre, quantite_distribuee, quantite_recuperee FROM indicateurs_fait
),
tenues AS (
    SELECT structure_id, debut AS mois, personne_id, cadre, bit_or(jours) AS jours
    FROM indicateurs_presenceparmois WHERE jours IS NOT NULL GROUP BY {CLE_DE_PRESENCE}
),
differences AS MATERIALIZED (
    SELECT structure_id, jour, jour AS dernier FROM (TABLE faits EXCEPT TABLE tenus) AS a
    UNION
    SELECT structure_id, jour, jour FROM (TABLE tenus EXCEPT TABLE faits) AS b
    UNION
    SELECT structure_id, mois, (mois + interval '1 month')::date - 1
    FROM (
        (TABLE presences EXCEPT TABLE tenues) UNION ALL (TABLE tenues EXCEPT TABLE presences)
    ) AS c
)
"""
COMBIEN = "SELECT count(DISTINCT (structure_id, jour)) FROM differences"
ECARTS = f"WITH {DIFFERENCES} {COMBIEN}"
# A presence may have days that its month has not: it is forgotten whole, and its month counted.
MARQUER_LES_ECARTS = f"""
WITH {DIFFERENCES},
marques AS (
    INSERT INTO indicateurs_jourmarque (structure_id, jour)
    SELECT DISTINCT structure_id, j::date
    FROM differences, generate_series(jour, dernier, interval '1 day') AS j
),
oubliees AS (
    DELETE FROM indicateurs_presencedumois
    WHERE (structure_id, mois) IN (SELECT structure_id, jour FROM differences WHERE jour < dernier)
)
{COMBIEN}
"""


def actualiser() -> int:
    """Count the days that are marked, of each structure. Repeating it changes nothing.

    Returns:
        The number of days counted, each of a structure.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute(ACTUALISER)
        return int(cursor.fetchone()[0])


def refaire() -> None:
    """Forget every fact and count the whole history from nothing; same rows, same facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute(OUBLIER)
        cursor.execute(REFAIRE)


def ecarts() -> int:
    """On how many days or months of a structure facts differ from a recount of every row."""
    with connection.cursor() as cursor:
        cursor.execute(ECARTS)
        return int(cursor.fetchone()[0])


def corriger_les_ecarts() -> int:
    """Count again the days on which facts differ from a recount of every row, and these alone.

    Returns:
        On how many days or months of a structure they did, see `ecarts`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute(MARQUER_LES_ECARTS)
        trouves = int(cursor.fetchone()[0])
        actualiser()
    return trouves
