"""From the street to a room: how many came how far, after how long, and how many were lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from commun.horloge import aujourd_hui
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode

JOURS = (7, 30, 90)
# Of those whose days are over, how many were still there on that night.
PRESENCES = ", ".join(
    f"count(*) FILTER (WHERE arrivee_le + {jours} < %(jour)s) AS echues_{jours}, "
    f"count(*) FILTER (WHERE arrivee_le + {jours} < %(jour)s "
    f"AND (le IS NULL OR le > arrivee_le + {jours})) AS presentes_{jours}"
    for jours in JOURS
)
# docs/definitions.md § 5. Days are days in Paris; a chain of transfers is one stay.
REQUETE = f"""
WITH RECURSIVE rencontrees AS (
    SELECT c.personne_id AS personne, min(c.survenu_le) AS vue_le
    FROM contacts_contact c JOIN socle_structure t ON t.uuid = c.structure_id
    WHERE c.cadre = 'MARAUDE' AND c.issue = 'ECHANGE' AND c.personne_id IS NOT NULL
      AND c.jour >= %(debut)s AND c.jour < %(fin)s
      AND (%(structure)s::uuid IS NULL OR t.uuid = %(structure)s)
      AND (%(type)s::text IS NULL OR t.type = %(type)s)
    GROUP BY c.personne_id
), orientations AS (
    SELECT r.personne, r.vue_le, o.survenu_le AS orientee_le, o.statut, s.uuid AS sejour,
        coalesce((c.survenu_le AT TIME ZONE 'Europe/Paris')::date, s.arrivee) AS arrivee_le
    FROM rencontrees r
    JOIN coordination_orientation o
        ON o.personne_id = r.personne AND o.survenu_le >= r.vue_le AND o.statut <> 'ANNULEE'
    LEFT JOIN contacts_contact c ON c.uuid = o.arrivee_contact_id
    LEFT JOIN hebergement_sejour s ON s.uuid = o.arrivee_sejour_id
), personnes AS (
    SELECT r.personne, (r.vue_le AT TIME ZONE 'Europe/Paris')::date AS vue_le,
        (min(o.orientee_le) AT TIME ZONE 'Europe/Paris')::date AS orientee_le,
        coalesce(bool_or(o.statut = 'EN_COURS'), false) AS attend
    FROM rencontrees r LEFT JOIN orientations o ON o.personne = r.personne
    GROUP BY r.personne, r.vue_le
), arrivees AS (
    SELECT DISTINCT ON (personne) personne, arrivee_le,
        arrivee_le - (orientee_le AT TIME ZONE 'Europe/Paris')::date AS delai
    FROM orientations WHERE arrivee_le IS NOT NULL
    ORDER BY personne, arrivee_le, orientee_le
), logees AS (
    SELECT DISTINCT ON (personne) personne, sejour, arrivee_le
    FROM orientations WHERE sejour IS NOT NULL ORDER BY personne, arrivee_le, sejour
), suites AS (
    SELECT personne, sejour FROM logees
    UNION ALL
    SELECT u.personne, s.uuid FROM suites u JOIN hebergement_sejour s ON s.suite_de_id = u.sejour
), departs AS (
    -- Whoever has not left the last of the chain is still there.
    SELECT u.personne, CASE WHEN bool_or(s.depart IS NULL) THEN NULL ELSE max(s.depart) END AS le
    FROM suites u JOIN hebergement_sejour s ON s.uuid = u.sejour GROUP BY u.personne
)
SELECT * FROM (
    SELECT count(*) AS rencontrees, count(orientee_le) AS orientees,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY orientee_le - vue_le)
            FILTER (WHERE orientee_le IS NOT NULL) AS avant_orientation,
        count(*) FILTER (WHERE attend AND a.personne IS NULL) AS attendent
    FROM personnes LEFT JOIN arrivees a USING (personne)
) AS au_depart, (
    SELECT count(*) AS arrivees,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY delai) AS avant_arrivee
    FROM arrivees
) AS venues, (
    SELECT count(*) AS logees, {PRESENCES}
    FROM logees JOIN departs USING (personne)
) AS en_chambre
"""


@dataclass(frozen=True)
class Etape:
    """A step of the chain.

    Args:
        nombre, parmi: how many reached it, of how many who could have.
        delai: the median of days since the step before; None where nobody reached it.
        en_attente: of the others, those who may still reach it.
    """

    libelle: str
    nombre: int
    parmi: int
    delai: float | None = None
    en_attente: int = 0

    @property
    def perdues(self) -> int:
        return self.parmi - self.nombre - self.en_attente


def chaine(periode: Periode, portee: Portee) -> Sequence[Etape]:
    """The persons met by rounds of the scope in the period, step after step.

    A step may come after the period. Somebody who was oriented several times arrived if they
    arrived once, and is counted where they came first; a room is the first one.
    """
    valeurs = {
        "debut": periode.debut, "fin": periode.fin, "jour": aujourd_hui(),
        "structure": portee.structure.pk if portee.structure else None,
        "type": portee.type_structure,
    }  # fmt: skip
    with connection.cursor() as curseur:
        curseur.execute(REQUETE, valeurs)
        assert curseur.description
        noms = [colonne.name for colonne in curseur.description]
        lu: dict[str, Any] = dict(zip(noms, curseur.fetchone() or (), strict=True))
    return (
        Etape("Rencontrées en maraude", lu["rencontrees"], lu["rencontrees"]),
        Etape("Orientées", lu["orientees"], lu["rencontrees"], lu["avant_orientation"]),
        Etape("Arrivées", lu["arrivees"], lu["orientees"], lu["avant_arrivee"], lu["attendent"]),
        Etape("Hébergées", lu["logees"], lu["arrivees"]),
        *(
            Etape(
                f"Encore là après {jours} jours", lu[f"presentes_{jours}"], lu["logees"],
                en_attente=lu["logees"] - lu[f"echues_{jours}"],
            )
            for jours in JOURS
        ),
    )  # fmt: skip
