"""Flow figures of accommodation: docs/definitions.md § 2, counted from the rows of a period.

Each measure is one statement, whatever there is to count: the rows that it is of, then their groups
and the whole at once. Never a mean of means: a median is that of all rows of its group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import TextChoices

from commun.horloge import aujourd_hui
from commun.nombres import arrondir
from hebergement.enums import DestinationSortie, OrigineDemande, TypePlace

FORMULE = "flux-1"
Valeurs = dict[str, Any]

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


class Axe(TextChoices):
    """By what flows are shown."""

    SITE = "site", "Site"
    TYPE = "type", "Type de place"
    CONTINGENT = "contingent", "Contingent"
    ORIGINE = "origine", "Origine de la demande"


# From a row `b(place_id, demande_id, personne_id, jour)` of a measure to its group, if it has one.
GROUPES = {
    Axe.SITE: """
        SELECT t.code AS cle, t.nom AS libelle FROM hebergement_place p
        JOIN hebergement_site t ON t.uuid = p.site_id WHERE p.uuid = b.place_id
    """,
    Axe.TYPE: """
        SELECT coalesce(
            (SELECT type FROM hebergement_place WHERE uuid = b.place_id),
            (SELECT type_place FROM hebergement_demandehebergement WHERE uuid = b.demande_id)
        ) AS cle, '' AS libelle
    """,
    # Of the organisme that asked, else of the file's.
    Axe.CONTINGENT: """
        SELECT c.uuid::text AS cle, o.nom || ' · ' || t.nom AS libelle FROM hebergement_place p
        JOIN hebergement_site t ON t.uuid = p.site_id
        JOIN hebergement_contingent c ON c.site_id = t.uuid
        JOIN socle_organisme o ON o.uuid = c.organisme_id
        WHERE p.uuid = b.place_id AND c.debut <= b.jour AND (c.fin IS NULL OR c.fin > b.jour)
          AND c.organisme_id = coalesce(
              (SELECT s.organisme_id FROM hebergement_demandehebergement d
               JOIN socle_structure s ON s.uuid = d.structure_id WHERE d.uuid = b.demande_id),
              (SELECT organisme_id FROM socle_personne WHERE uuid = b.personne_id)
          )
    """,
    Axe.ORIGINE: """
        SELECT origine AS cle, '' AS libelle FROM hebergement_demandehebergement
        WHERE uuid = b.demande_id
    """,
}
LIBELLES: dict[Axe, dict[str, str]] = {
    Axe.TYPE: dict(TypePlace.choices),
    Axe.ORIGINE: dict(OrigineDemande.choices),
}
# What makes no sense by an axis is null there: nobody waits for a site, and no place in particular
# is open for an origin or an allotment.
SANS_OBJET = {
    Axe.SITE: {"attente"},
    Axe.TYPE: set(),
    Axe.CONTINGENT: {"capacite", "vacances", "attente"},
    Axe.ORIGINE: {"capacite", "vacances"},
}

# Stays that `condition` keeps, each with the first of its chain and what was asked for before it.
SEJOURS = """
RECURSIVE chaine AS (
    SELECT s.uuid AS dernier, s.uuid, s.suite_de_id, s.arrivee
    FROM hebergement_sejour s WHERE s.nature = 'SEJOUR' AND {condition}
    UNION ALL
    SELECT c.dernier, a.uuid, a.suite_de_id, a.arrivee
    FROM chaine c JOIN hebergement_sejour a ON a.uuid = c.suite_de_id
),
sejours AS (
    SELECT s.*, r.arrivee AS debut, d.uuid AS demande_id, d.demandee_le
    FROM chaine r JOIN hebergement_sejour s ON s.uuid = r.dernier
    LEFT JOIN LATERAL (
        SELECT uuid, demandee_le FROM hebergement_demandehebergement d
        WHERE d.sejour_id = r.uuid AND d.demandee_le <= r.arrivee
        ORDER BY demandee_le, uuid LIMIT 1
    ) AS d ON TRUE
    WHERE r.suite_de_id IS NULL
)
"""
FINIS = """
    s.depart >= %(du)s AND s.depart < %(au)s
    AND NOT EXISTS (SELECT 1 FROM hebergement_sejour n WHERE n.suite_de_id = s.uuid)
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
        + ", base AS (SELECT *, arrivee AS jour, arrivee - demandee_le AS delai FROM sejours)",
        """
        count(*) AS entrees, count(*) FILTER (WHERE demande_id IS NULL) AS sans_demande,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY delai) AS delai_median
        """,
    ),
    "presents": (
        SEJOURS.format(
            condition="s.arrivee <= %(derniere)s AND (s.depart IS NULL OR s.depart > %(derniere)s)"
        )
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
            SELECT NULL::uuid AS place_id, uuid AS demande_id, personne_id,
                %(fin)s::date AS jour, %(fin)s::date - demandee_le AS age
            FROM hebergement_demandehebergement
            WHERE demandee_le < %(fin)s AND (
                close_le IS NULL
                OR close_le >= (%(fin)s::date)::timestamp AT TIME ZONE 'Europe/Paris'
            )
        )""",
        """
        count(*) AS en_attente, max(age) AS age_maximum,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY age) AS age_median
        """,
    ),
    "propositions": (
        """
        base AS (
            SELECT p.place_id, p.demande_id, d.personne_id,
                (p.finie_le AT TIME ZONE 'Europe/Paris')::date AS jour, p.issue
            FROM hebergement_proposition p
            JOIN hebergement_demandehebergement d ON d.uuid = p.demande_id
            WHERE p.issue <> '' AND (p.finie_le AT TIME ZONE 'Europe/Paris')::date >= %(du)s
              AND (p.finie_le AT TIME ZONE 'Europe/Paris')::date < %(au)s
        )""",
        """
        count(*) AS propositions, count(*) FILTER (WHERE issue = 'CONFIRMEE') AS confirmees,
        count(*) FILTER (WHERE issue = 'NON_PRESENTEE') AS non_presentees,
        count(*) FILTER (WHERE issue = 'EXPIREE') AS expirees,
        count(*) FILTER (WHERE issue = 'ANNULEE') AS annulees
        """,
    ),
}
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
SELECT g.cle, grouping(g.cle) = 1 AS ensemble, replace(b.issue, 'REFUSEE_', '') AS par,
    b.motif_refus, count(*) AS nombre
FROM base b {groupe}
WHERE b.jour >= %(du)s AND b.jour < %(au)s
GROUP BY GROUPING SETS ((g.cle, b.issue, b.motif_refus), (b.issue, b.motif_refus))
ORDER BY nombre DESC, par, b.motif_refus
"""


def calculer(du: date, au: date, par: Axe) -> dict[str, Any]:
    """The flows of the days `[du, au)`, of the whole network and by group.

    Present, waiting and available are told up to yesterday's night where the period goes beyond.

    Returns:
        `ensemble`, and `groupes` sorted by label; each as `_presenter` gives it.
    """
    fin = min(au, aujourd_hui())
    parametres = {
        "du": du,
        "au": au,
        "fin": max(fin, du),
        "derniere": date.fromordinal(fin.toordinal() - 1),
        "fluides": [str(d) for d in FLUIDES],
    }
    groupe = f"LEFT JOIN LATERAL ({GROUPES[par]}) AS g ON TRUE"
    lus: defaultdict[str | None, Valeurs] = defaultdict(dict)
    libelles: dict[str, str] = {}
    for nom, (base, comptes) in MESURES.items():
        requete = f"""
            WITH {base}
            SELECT g.cle, max(g.libelle) AS libelle, grouping(g.cle) = 1 AS ensemble, {comptes}
            FROM base b {groupe} GROUP BY GROUPING SETS ((g.cle), ())
        """
        for ligne in _lire(requete, parametres):
            cle, libelle, ensemble = ligne.pop("cle"), ligne.pop("libelle"), ligne.pop("ensemble")
            if ensemble:
                lus[None] |= ligne
            elif cle is not None and nom not in SANS_OBJET[par]:
                lus[cle] |= ligne
                libelles[cle] = LIBELLES.get(par, {}).get(cle) or libelle
    refus: defaultdict[str | None, list[Valeurs]] = defaultdict(list)
    for ligne in _lire(f"WITH {REFUS.format(groupe=groupe)}", parametres):
        cle, ensemble = ligne.pop("cle"), ligne.pop("ensemble")
        if ensemble or cle is not None:
            refus[None if ensemble else cle].append(ligne)
    nuits = max((fin - du).days, 0)
    presentes = {
        cle: _presenter(valeurs, refus[cle], nuits, SANS_OBJET[par] if cle else set())
        for cle, valeurs in lus.items()
    }
    return {
        "du": du,
        "au": au,
        "par": par,
        "formule": FORMULE,
        "ensemble": presentes[None],
        "groupes": [
            {"cle": cle, "libelle": libelles[cle], **presentes[cle]}
            for cle in sorted(libelles, key=lambda c: (libelles[c], c))
        ],
    }


def _lire(requete: str, parametres: dict[str, Any]) -> Iterator[Valeurs]:
    with connection.cursor() as cursor:
        cursor.execute(requete, parametres)
        noms = [colonne.name for colonne in cursor.description]
        for ligne in cursor.fetchall():
            yield dict(zip(noms, ligne, strict=True))


def _presenter(
    valeurs: Valeurs, refus: list[Valeurs], nuits: int, sans_objet: Collection[str]
) -> dict[str, Any]:
    """One group, or the whole: what makes no sense there, or that nothing was counted of, is null.

    Args:
        nuits: how many nights of the period are over.
    """
    lu: defaultdict[str, Any] = defaultdict(int, valeurs)
    sorties, vivants = lu["sorties"], lu["sorties"] - lu["deces"]
    places = lu["nuits_disponibles"] / Decimal(nuits) if nuits else Decimal(0)

    def moyenne_et_mediane(nom: str, feminin: str = "") -> dict[str, Any]:
        return {
            "moyenne": _arrondir(valeurs.get(f"{nom}_moyenne")),
            "mediane": _arrondir(valeurs.get(f"{nom}_median{feminin}")),
        }

    return {
        "entrees": lu["entrees"],
        "sorties": sorties,
        "deces": lu["deces"],
        "clotures_automatiques": lu["clotures_automatiques"],
        "duree": moyenne_et_mediane("duree", "e"),
        "presents": {"nombre": lu["presents"], **moyenne_et_mediane("anciennete", "e")},
        "rotation": None
        if "capacite" in sans_objet
        else {
            "places_disponibles": _arrondir(places),
            "taux": _arrondir(sorties / places if places else None),
        },
        "vacance": None
        if "vacances" in sans_objet
        else {"nombre": lu["vacances"], **moyenne_et_mediane("vacance", "e")},
        "fluidite": {
            "sorties": vivants,
            "fluides": lu["fluides"],
            "inconnues": lu["inconnues"],
            "taux": _arrondir(lu["fluides"] / Decimal(vivants) if vivants else None),
        },
        "delai_entree": {
            "mediane": _arrondir(valeurs.get("delai_median")),
            "sans_demande": lu["sans_demande"],
            "en_attente": None
            if "attente" in sans_objet
            else {
                "nombre": lu["en_attente"],
                "age_median": _arrondir(valeurs.get("age_median")),
                "age_maximum": valeurs.get("age_maximum"),
            },
        },
        "propositions": {
            nom: lu[nom] for nom in ("confirmees", "non_presentees", "expirees", "annulees")
        },
        "refus": refus,
    }


def _arrondir(valeur: Any) -> Decimal | None:
    return None if valeur is None else arrondir(Decimal(valeur))
