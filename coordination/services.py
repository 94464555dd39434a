"""Writes that cross domains: what became of an orientation."""

from __future__ import annotations

from django.db import connection, transaction

from commun.horloge import aujourd_hui, maintenant

# One matching at a time: two that overlap could write an older outcome over a newer one.
VERROU = 7_203_020

RAPPROCHER = """
WITH prises AS (
    DELETE FROM coordination_marquepaire RETURNING personne_id, structure_id
),
-- Most arrivals answer no orientation; thousands of such pairs made a plan that took 8 s.
paires AS (
    SELECT DISTINCT personne_id, structure_id FROM prises
    WHERE EXISTS (
        SELECT 1 FROM coordination_orientation o
        WHERE o.personne_id = prises.personne_id AND o.structure_id = prises.structure_id
    )
),
appariees AS (
    SELECT a.* FROM (SELECT array_agg(personne_id) AS p, array_agg(structure_id) AS s FROM paires) g
    CROSS JOIN LATERAL coordination_apparier(g.p, g.s, %(aujourd_hui)s) AS a
),
issues AS (
    SELECT o.uuid, a.contact, a.sejour,
        CASE
            WHEN o.decision = 'ANNULEE' THEN o.decision
            WHEN a.orientation IS NOT NULL THEN 'ABOUTIE'
            WHEN o.decision <> '' THEN o.decision
            WHEN coordination_limite(o.survenu_le) <= %(maintenant)s THEN 'NON_ABOUTIE'
            ELSE 'EN_COURS'
        END AS statut
    FROM coordination_orientation o
    LEFT JOIN paires p ON p.personne_id = o.personne_id AND p.structure_id = o.structure_id
    LEFT JOIN appariees a ON a.orientation = o.uuid
    WHERE p.personne_id IS NOT NULL OR o.personne_id IS NULL
)
UPDATE coordination_orientation o
SET statut = i.statut, arrivee_contact_id = i.contact, arrivee_sejour_id = i.sejour
FROM issues i
WHERE i.uuid = o.uuid
  AND (o.statut, o.arrivee_contact_id, o.arrivee_sejour_id)
      IS DISTINCT FROM (i.statut, i.contact, i.sejour)
"""

ATTENDUES = """
SELECT EXISTS (
    SELECT 1 FROM coordination_marquepaire m
    JOIN coordination_orientation o USING (personne_id, structure_id)
)
"""

MARQUER_ECHUES = """
INSERT INTO coordination_marquepaire (personne_id, structure_id, cree_le)
SELECT DISTINCT personne_id, structure_id, now() FROM coordination_orientation
WHERE statut = 'EN_COURS' AND personne_id IS NOT NULL
  AND coordination_limite(survenu_le) <= %(maintenant)s
UNION
-- A stay entered ahead of its day: the person arrives today, or did on a night without this task.
SELECT DISTINCT o.personne_id, o.structure_id, now()
FROM coordination_orientation o
JOIN hebergement_sejour s ON s.personne_id = o.personne_id AND s.nature = 'SEJOUR'
JOIN hebergement_place p ON p.uuid = s.place_id
JOIN hebergement_site t ON t.uuid = p.site_id AND t.structure_id = o.structure_id
WHERE o.statut IN ('EN_COURS', 'NON_ABOUTIE')
  AND s.arrivee BETWEEN %(aujourd_hui)s::date - 30 AND %(aujourd_hui)s
"""


def rapprocher_marques() -> int:
    """Match orientations with arrivals for every pair that is marked (docs/definitions.md § 5).

    For a pair of a person and a structure the outcome is a function of the rows alone, so neither
    the order in which they reached the server nor a repetition changes it. Orientations without
    a person are never matched; only their decision and their age set their state.

    Returns:
        The number of orientations whose state or arrival changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])
        cursor.execute(RAPPROCHER, {"maintenant": maintenant(), "aujourd_hui": aujourd_hui()})
        return cursor.rowcount


def rapprocher_arrivees() -> int:
    """As `rapprocher_marques`, where a marked pair has an orientation; most arrivals answer none.

    The marks of the other pairs are left to the sweeper.
    """
    with connection.cursor() as cursor:
        cursor.execute(ATTENDUES)
        attendues = cursor.fetchone()[0]
    return rapprocher_marques() if attendues else 0


def echoir_orientations() -> int:
    """Close the orientations whose 30 days are over, and resolve those whose stay begins today;
    a late arrival still resolves them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MARQUER_ECHUES, {"maintenant": maintenant(), "aujourd_hui": aujourd_hui()})
        return rapprocher_marques()
