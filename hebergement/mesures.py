"""Of what rows each flow figure is, and what is counted of them: docs/definitions.md § 2.

The rows `base` of a measure are `b(place_id, demande_id, personne_id, jour)`, and what it counts.
"""

from __future__ import annotations

from hebergement.enums import DestinationSortie

# Where somebody is said to have found more than a shelter.
FLUIDES = (
    DestinationSortie.LOGEMENT_SOCIAL,
    DestinationSortie.LOGEMENT_PRIVE,
    DestinationSortie.LOGEMENT_ADAPTE,
    DestinationSortie.HEBERGEMENT_INSERTION,
    DestinationSortie.LHSS,
    DestinationSortie.LAM,
    DestinationSortie.ACT,
    DestinationSortie.SOIN_RESIDENTIEL,
)

# Stays that `condition` keeps, each with the first of its chain and the request that it is counted
# of, as an allotment counts it: after a move that answers one, that one. A request gives a delay if
# it was made before the arrival.
SEJOURS = """
RECURSIVE chaine AS (
    SELECT s.uuid AS dernier, s.uuid, s.suite_de_id, s.arrivee
    FROM hebergement_sejour s WHERE s.nature = 'SEJOUR' AND {condition}
    UNION ALL
    SELECT c.dernier, a.uuid, a.suite_de_id, a.arrivee
    FROM chaine c JOIN hebergement_sejour a ON a.uuid = c.suite_de_id
),
sejours AS (
    SELECT s.*, r.arrivee AS debut, d.uuid AS demande_id,
        CASE WHEN d.demandee_le <= s.arrivee THEN s.arrivee - d.demandee_le END AS delai
    FROM chaine r JOIN hebergement_sejour s ON s.uuid = r.dernier
    LEFT JOIN hebergement_demandehebergement d ON d.uuid = hebergement_demande_du_sejour(s.uuid)
    WHERE r.suite_de_id IS NULL
)
"""
FINIS = """
    s.depart >= %(du)s AND s.depart < %(au)s
    AND NOT EXISTS (SELECT 1 FROM hebergement_sejour n WHERE n.suite_de_id = s.uuid)
"""
LA = "s.arrivee <= %(derniere)s AND (s.depart IS NULL OR s.depart > %(derniere)s)"
DANS_UNE_CHAMBRE = """
    SELECT 1 FROM hebergement_place p WHERE p.uuid = s.place_id AND p.chambre_id IS NOT NULL
"""
# Each measure: its rows `base`, and what is counted of them.
MESURES = {
    "sorties": (
        SEJOURS.format(condition=FINIS)
        + """, base AS (
            SELECT *, depart AS jour, depart - debut AS duree, motif_sortie = 'DECES' AS deces
            FROM sejours
        )""",
        """
        count(*) AS sorties, count(*) FILTER (WHERE deces) AS deces,
        count(*) FILTER (WHERE cloture_automatique) AS clotures_automatiques,
        avg(duree) AS duree_moyenne,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY duree) AS duree_mediane,
        count(*) FILTER (WHERE NOT deces AND destination = ANY(%(fluides)s)) AS fluides,
        count(*) FILTER (WHERE NOT deces AND destination IN ('', 'INCONNUE')) AS inconnues
        """,
    ),
    "entrees": (
        SEJOURS.format(
            condition="s.suite_de_id IS NULL AND s.arrivee >= %(du)s AND s.arrivee < %(au)s"
        )
        + ", base AS (SELECT *, arrivee AS jour FROM sejours)",
        """
        count(*) AS entrees, count(delai) AS delais,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY delai) AS delai_median
        """,
    ),
    "presents": (
        SEJOURS.format(condition=LA)
        + """, base AS (
            SELECT *, %(derniere)s::date AS jour, %(derniere)s::date - debut AS anciennete
            FROM sejours
        )""",
        """
        count(*) AS presents, avg(anciennete) AS anciennete_moyenne,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY anciennete) AS anciennete_mediane
        """,
    ),
    "capacite": (
        """
        fermees AS (
            SELECT place_id, range_agg(daterange(debut, fin)) AS jours
            FROM hebergement_fermeture GROUP BY place_id
        ), base AS (
            SELECT p.uuid AS place_id, NULL::uuid AS demande_id, NULL::uuid AS personne_id,
                NULL::date AS jour, (
                    SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(
                        datemultirange(daterange(p.ouverte_le, p.fermee_le))
                        * datemultirange(daterange(%(du)s, %(fin)s))
                        - (coalesce(f.jours, '{}') - coalesce(o.jours, '{}'))
                    ) AS r
                ) AS nuits
            FROM hebergement_place p LEFT JOIN fermees f ON f.place_id = p.uuid
            -- Who is there in spite of a closure keeps the place available.
            LEFT JOIN LATERAL (
                SELECT range_agg(daterange(s.arrivee, s.depart)) AS jours
                FROM hebergement_sejour s
                WHERE f.place_id = s.place_id AND s.nature = 'SEJOUR'
            ) AS o ON TRUE
        )""",
        "coalesce(sum(nuits), 0) AS nuits_disponibles",
    ),
    # Households ÷ rooms, and never persons ÷ rooms: who has no household is one alone.
    "menages": (
        SEJOURS.format(condition=f"{LA} AND EXISTS ({DANS_UNE_CHAMBRE})")
        + """, base AS (
            SELECT *, %(derniere)s::date AS jour, coalesce(menage_id, uuid) AS menage FROM sejours
        )""",
        "count(DISTINCT menage) AS menages",
    ),
    "chambres": (
        """
        base AS (
            SELECT p.uuid AS place_id, NULL::uuid AS demande_id, NULL::uuid AS personne_id,
                %(derniere)s::date AS jour, p.chambre_id
            FROM hebergement_place p
            WHERE p.ouverte_le <= %(derniere)s
              AND (p.fermee_le IS NULL OR p.fermee_le > %(derniere)s)
              AND (
                  NOT EXISTS (
                      SELECT 1 FROM hebergement_fermeture f WHERE f.place_id = p.uuid
                      AND f.debut <= %(derniere)s AND (f.fin IS NULL OR f.fin > %(derniere)s)
                  ) OR EXISTS (
                      SELECT 1 FROM hebergement_sejour s WHERE s.place_id = p.uuid
                      AND s.nature = 'SEJOUR' AND """
        + LA
        + """
                  )
              )
        )""",
        "count(DISTINCT chambre_id) AS chambres",
    ),
    "vacances": (
        """
        base AS (
            SELECT s.place_id, NULL::uuid AS demande_id, s.personne_id, s.arrivee AS jour, (
                SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(
                    datemultirange(daterange(avant.depart, s.arrivee)) - coalesce((
                        SELECT range_agg(daterange(debut, fin)) FROM hebergement_fermeture f
                        WHERE f.place_id = s.place_id
                    ), '{}')
                ) AS r
            ) AS vacance
            FROM hebergement_sejour s CROSS JOIN LATERAL (
                SELECT max(a.depart) AS depart FROM hebergement_sejour a
                WHERE a.place_id = s.place_id AND a.nature = 'SEJOUR' AND a.uuid <> s.uuid
                  AND upper(a.demi_journees) <= lower(s.demi_journees)
            ) AS avant
            WHERE s.nature = 'SEJOUR' AND s.arrivee >= %(du)s AND s.arrivee < %(au)s
              AND avant.depart IS NOT NULL
        )""",
        """
        count(*) AS vacances, avg(vacance) AS vacance_moyenne,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY vacance) AS vacance_mediane
        """,
    ),
    "attente": (
        """
        base AS (
            SELECT NULL::uuid AS place_id, d.uuid AS demande_id, d.personne_id,
                %(fin)s::date AS jour, %(fin)s::date - demandee_le AS age
            FROM hebergement_demandehebergement d
            LEFT JOIN hebergement_sejour s ON s.uuid = d.sejour_id
            -- Who is given a place waits until they have it, whenever that was told.
            WHERE demandee_le < %(fin)s AND coalesce(
                s.arrivee >= %(fin)s,
                (close_le AT TIME ZONE 'Europe/Paris')::date >= %(fin)s,
                TRUE
            )
        )""",
        """
        count(*) AS en_attente, max(age) AS age_maximum,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY age) AS age_median
        """,
    ),
    # What is overdue is over, tidied up or not.
    "propositions": (
        """
        finies AS (
            SELECT place_id, demande_id, finie_le AS fin, issue
            FROM hebergement_proposition WHERE issue <> ''
            UNION ALL
            SELECT place_id, demande_id, expire_le,
                CASE WHEN acceptee_le IS NULL THEN 'EXPIREE' ELSE 'NON_PRESENTEE' END
            FROM hebergement_proposition WHERE issue = '' AND expire_le <= %(maintenant)s
        ), base AS (
            SELECT p.place_id, p.demande_id, d.personne_id,
                (p.fin AT TIME ZONE 'Europe/Paris')::date AS jour, p.issue
            FROM finies p JOIN hebergement_demandehebergement d ON d.uuid = p.demande_id
            WHERE (p.fin AT TIME ZONE 'Europe/Paris')::date >= %(du)s
              AND (p.fin AT TIME ZONE 'Europe/Paris')::date < %(au)s
        )""",
        """
        count(*) AS propositions, count(*) FILTER (WHERE issue = 'CONFIRMEE') AS confirmees,
        count(*) FILTER (WHERE issue = 'NON_PRESENTEE') AS non_presentees,
        count(*) FILTER (WHERE issue = 'EXPIREE') AS expirees,
        count(*) FILTER (WHERE issue = 'ANNULEE') AS annulees
        """,
    ),
}
# Of an allotment, its places: the nights of the period that it is for.
CONTINGENTS = """
SELECT c.uuid::text AS cle, o.nom || ' · ' || t.nom AS libelle,
    c.places * (least(coalesce(c.fin, %(fin)s), %(fin)s) - greatest(c.debut, %(du)s))
        AS nuits_disponibles
FROM hebergement_contingent c
JOIN hebergement_site t ON t.uuid = c.site_id
JOIN socle_organisme o ON o.uuid = c.organisme_id
WHERE c.debut < %(fin)s AND (c.fin IS NULL OR c.fin > %(du)s)
"""
# By either side, of a place that was proposed or of a request.
REFUS = """
base AS (
    SELECT p.place_id, p.demande_id, d.personne_id,
        (p.finie_le AT TIME ZONE 'Europe/Paris')::date AS jour, p.issue, p.motif_refus
    FROM hebergement_proposition p
    JOIN hebergement_demandehebergement d ON d.uuid = p.demande_id
    WHERE p.issue IN ('REFUSEE_PERSONNE', 'REFUSEE_STRUCTURE')
    UNION ALL
    SELECT NULL, uuid, personne_id, (close_le AT TIME ZONE 'Europe/Paris')::date, issue, motif_refus
    FROM hebergement_demandehebergement WHERE issue IN ('REFUSEE_PERSONNE', 'REFUSEE_STRUCTURE')
)
SELECT g.cle, max(g.libelle) AS libelle, grouping(g.cle) = 1 AS ensemble,
    replace(b.issue, 'REFUSEE_', '') AS par, b.motif_refus, count(*) AS nombre
FROM base b {groupe}
WHERE b.jour >= %(du)s AND b.jour < %(au)s
GROUP BY GROUPING SETS ((g.cle, b.issue, b.motif_refus), (b.issue, b.motif_refus))
ORDER BY nombre DESC, par, b.motif_refus
"""
