"""From the street to a room: how many came how far, after how long, and how many were lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from commun.horloge import aujourd_hui
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode

JOURS = (7, 30, 90)
# Of those whose days are over, how many were still there on that night.
PRESENCES = ", ".join(
    f"count(*) FILTER (WHERE l.arrivee_le + {jours} < %(jour)s) AS echues_{jours}, "
    f"count(*) FILTER (WHERE l.arrivee_le + {jours} < %(jour)s "
    f"AND (d.le IS NULL OR d.le > l.arrivee_le + {jours})) AS presentes_{jours}"
    for jours in JOURS
)
# docs/definitions.md § 5. Days are days in Paris; a chain of transfers is one stay. Who is met in
# two periods is followed from each.
REQUETE = f"""
WITH RECURSIVE periodes AS (
    SELECT * FROM unnest(%(debuts)s::date[], %(fins)s::date[])
        WITH ORDINALITY AS p (debut, fin, rang)
), rencontrees AS (
    SELECT p.rang, c.personne_id AS personne, min(c.survenu_le) AS vue_le
    FROM periodes p
    JOIN contacts_contact c ON c.jour >= p.debut AND c.jour < p.fin
    JOIN socle_structure t ON t.uuid = c.structure_id
    WHERE c.cadre = 'MARAUDE' AND c.issue = 'ECHANGE' AND c.personne_id IS NOT NULL
      AND (%(structure)s::uuid IS NULL OR t.uuid = %(structure)s)
      AND (%(type)s::text IS NULL OR t.type = %(type)s)
    GROUP BY p.rang, c.personne_id
), orientations AS (
    SELECT r.rang, r.personne, o.survenu_le AS orientee_le, o.statut, s.uuid AS sejour,
        coalesce((c.survenu_le AT TIME ZONE 'Europe/Paris')::date, s.arrivee) AS arrivee_le
    FROM rencontrees r
    JOIN coordination_orientation o
        ON o.personne_id = r.personne AND o.survenu_le >= r.vue_le AND o.statut <> 'ANNULEE'
    LEFT JOIN contacts_contact c ON c.uuid = o.arrivee_contact_id
    LEFT JOIN hebergement_sejour s ON s.uuid = o.arrivee_sejour_id
), personnes AS (
    SELECT r.rang, r.personne, (r.vue_le AT TIME ZONE 'Europe/Paris')::date AS vue_le,
        (min(o.orientee_le) AT TIME ZONE 'Europe/Paris')::date AS orientee_le,
        coalesce(bool_or(o.statut = 'EN_COURS'), false) AS attend
    FROM rencontrees r LEFT JOIN orientations o USING (rang, personne)
    GROUP BY r.rang, r.personne, r.vue_le
), arrivees AS (
    SELECT DISTINCT ON (rang, personne) rang, personne,
        arrivee_le - (orientee_le AT TIME ZONE 'Europe/Paris')::date AS delai
    FROM orientations WHERE arrivee_le IS NOT NULL
    ORDER BY rang, personne, arrivee_le, orientee_le
), logees AS (
    SELECT DISTINCT ON (rang, personne) rang, personne, sejour, arrivee_le
    FROM orientations WHERE sejour IS NOT NULL ORDER BY rang, personne, arrivee_le, sejour
), suites AS (
    SELECT DISTINCT sejour AS premier, sejour FROM logees
    UNION ALL
    SELECT u.premier, s.uuid FROM suites u JOIN hebergement_sejour s ON s.suite_de_id = u.sejour
), departs AS (
    -- Whoever has not left the last of the chain is still there.
    SELECT u.premier, CASE WHEN bool_or(s.depart IS NULL) THEN NULL ELSE max(s.depart) END AS le
    FROM suites u JOIN hebergement_sejour s ON s.uuid = u.sejour GROUP BY u.premier
)
SELECT count(p.personne) AS rencontrees, count(p.orientee_le) AS orientees,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY p.orientee_le - p.vue_le) AS avant_orientation,
    count(a.personne) AS arrivees,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY a.delai) AS avant_arrivee,
    count(*) FILTER (WHERE p.attend AND a.personne IS NULL) AS attendent,
    count(l.personne) AS hebergees, {PRESENCES}
FROM periodes
LEFT JOIN personnes p USING (rang)
LEFT JOIN arrivees a USING (rang, personne)
LEFT JOIN logees l USING (rang, personne)
LEFT JOIN departs d ON d.premier = l.sejour
GROUP BY rang ORDER BY rang
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


# Its steps in their order, by name: `rencontrees`, `orientees`, `arrivees`, `hebergees`, and
# `presentes_7`, `_30` and `_90`.
Chaine = dict[str, Etape]


@dataclass(frozen=True)
class Lecture:
    """Which number of which step a figure is."""

    etape: str
    quoi: Literal["nombre", "delai", "perdues"]

    def de(self, chaine: Chaine) -> Any:
        return getattr(chaine[self.etape], self.quoi)


def chaines(periodes: Sequence[Periode], portee: Portee) -> list[Chaine]:
    """Of each period, the persons met in it by rounds of the scope, step after step: in one
    statement, whatever the number of periods.

    A step may come after the period. Somebody who was oriented several times arrived if they
    arrived once, and is counted where they came first; a room is the first one.
    """
    valeurs: dict[str, Any] = {
        "debuts": [periode.debut for periode in periodes],
        "fins": [periode.fin for periode in periodes],
        "jour": aujourd_hui(),
        "structure": portee.structure.pk if portee.structure else None,
        "type": portee.type_structure,
    }
    with connection.cursor() as curseur:
        curseur.execute(REQUETE, valeurs)
        assert curseur.description
        noms = [colonne.name for colonne in curseur.description]
        return [_chaine(dict(zip(noms, ligne, strict=True))) for ligne in curseur.fetchall()]


def _chaine(lu: dict[str, Any]) -> Chaine:
    vues, orientees, arrivees, hebergees = (
        lu[nom] for nom in ("rencontrees", "orientees", "arrivees", "hebergees")
    )
    return {
        "rencontrees": Etape("Rencontrées en maraude", vues, vues),
        "orientees": Etape("Orientées", orientees, vues, lu["avant_orientation"]),
        "arrivees": Etape("Arrivées", arrivees, orientees, lu["avant_arrivee"], lu["attendent"]),
        "hebergees": Etape("Hébergées", hebergees, arrivees),
        **{
            f"presentes_{jours}": Etape(
                f"Encore là après {jours} jours", lu[f"presentes_{jours}"], hebergees,
                en_attente=hebergees - lu[f"echues_{jours}"],
            )
            for jours in JOURS
        },
    }  # fmt: skip
