"""Flow figures of accommodation: docs/definitions.md § 2, counted from the rows of a period.

Each measure is one statement, whatever there is to count: the rows that it is of, then their groups
and the whole at once. Never a mean of means: a median is that of all rows of its group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import TextChoices

from commun.horloge import aujourd_hui, maintenant
from commun.nombres import arrondir
from hebergement.enums import ORIGINES_DITES, ORIGINES_TUES, OrigineDemande, TypePlace
from hebergement.mesures import CONTINGENTS, FLUIDES, MESURES, REFUS

FORMULE = "flux-5"
UN_JOUR = timedelta(days=1)
# A court measure is counted of a whole year that is over, and never beside fewer of each of the
# origins that are not told: else a day, or that there is no other, would tell of whom it is. Nor to
# whoever entered the others, who would subtract theirs: without those of one author, or of one
# organisme, there are as many. As requests were told first, and had reached us some weeks after: a
# count that moves when one is corrected, or comes late, would tell that one's origin.
ASSEZ, RECUES_EN = 11, timedelta(days=31)
DE_JUSTICE = """
WITH dites AS (
    SELECT origine = 'JUSTICE' AS de_justice, auteur_id::text AS auteur, s.organisme_id::text AS de
    FROM hebergement_demandehebergementevent e JOIN socle_structure s ON s.uuid = e.structure_id
    WHERE pgh_label = 'insert' AND origine = ANY(%(tues)s)
      AND demandee_le >= %(du)s AND demandee_le < %(au)s
      AND (e.recu_le AT TIME ZONE 'Europe/Paris')::date < %(recues_avant)s
),
de_qui AS (
    SELECT count(*) FILTER (WHERE de_justice) AS justice,
        count(*) FILTER (WHERE NOT de_justice) AS autres
    FROM dites CROSS JOIN LATERAL (VALUES ('a', auteur), ('o', de)) AS qui (sorte, qui)
    WHERE qui IS NOT NULL GROUP BY sorte, qui
)
SELECT count(*) FILTER (WHERE de_justice) AS justice,
    least(count(*) FILTER (WHERE de_justice) - (SELECT coalesce(max(justice), 0) FROM de_qui),
        count(*) FILTER (WHERE NOT de_justice) - (SELECT coalesce(max(autres), 0) FROM de_qui)
    ) AS sans_les_leurs
FROM dites
"""
Valeurs = dict[str, Any]


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
    # What is never told of a person is one group: of a day, it would tell it.
    Axe.ORIGINE: """
        SELECT CASE WHEN origine = ANY(%(tues)s) THEN 'AUTRE' ELSE origine END AS cle,
            '' AS libelle
        FROM hebergement_demandehebergement WHERE uuid = b.demande_id
    """,
}
LIBELLES: dict[Axe, dict[str, str]] = {
    Axe.TYPE: dict(TypePlace.choices),
    Axe.ORIGINE: {
        **dict(ORIGINES_DITES),
        OrigineDemande.AUTRE.value: "Autre origine, ou mesure de justice",
    },
}
# What makes no sense by an axis is null there: nobody waits for a site, and no place or room in
# particular is open for an origin or an allotment, of which only how many places it has is known.
SANS_OBJET = {
    Axe.SITE: {"attente"},
    Axe.TYPE: set(),
    Axe.CONTINGENT: {"vacances", "attente", "chambres"},
    Axe.ORIGINE: {"capacite", "vacances", "chambres"},
}


def calculer(du: date, au: date, par: Axe) -> dict[str, Any]:
    """The flows of the days `[du, au)`, of the whole network and by group; what is only planned
    has not happened.

    Present, waiting and available are told up to yesterday's night where the period goes beyond.

    Args:
        du: today at the latest.

    Returns:
        `ensemble`, and `groupes` sorted by label, each as `_presenter` gives it; `justice`, how
        many requests of the period a court made, where that may be told.
    """
    jour = aujourd_hui()
    fin = min(au, jour)
    parametres = {
        "du": du,
        "au": min(au, jour + UN_JOUR),
        "fin": fin,
        "derniere": fin - UN_JOUR,
        "maintenant": maintenant(),
        "fluides": [str(d) for d in FLUIDES],
        "tues": sorted(ORIGINES_TUES),
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
    for ligne in _lire(CONTINGENTS, parametres) if par == Axe.CONTINGENT else ():
        cle = ligne.pop("cle")
        libelles[cle] = ligne.pop("libelle")
        lus[cle] |= ligne
    refus: defaultdict[str | None, list[Valeurs]] = defaultdict(list)
    for ligne in _lire(f"WITH {REFUS.format(groupe=groupe)}", parametres):
        cle, libelle, ensemble = ligne.pop("cle"), ligne.pop("libelle"), ligne.pop("ensemble")
        if ensemble:
            refus[None].append(ligne)
        elif cle is not None:
            refus[cle].append(ligne)
            # A group may have nothing else.
            lus[cle] |= {}
            libelles[cle] = LIBELLES.get(par, {}).get(cle) or libelle
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
        "justice": _de_justice(parametres, au + RECUES_EN)
        if _est_une_annee(du, au) and au + RECUES_EN <= jour
        else None,
        "ensemble": presentes[None],
        "groupes": [
            {"cle": cle, "libelle": libelles[cle], **presentes[cle]}
            for cle in sorted(libelles, key=lambda c: (libelles[c], c))
        ],
    }


def _est_une_annee(du: date, au: date) -> bool:
    return (du.month, du.day) == (1, 1) and au == du.replace(year=du.year + 1)


def _de_justice(parametres: dict[str, Any], recues_avant: date) -> int | None:
    (lus,) = _lire(DE_JUSTICE, {**parametres, "recues_avant": recues_avant})
    return int(lus["justice"]) if lus["sans_les_leurs"] >= ASSEZ else None


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
        "menages": None
        if "chambres" in sans_objet
        else {
            "nombre": lu["menages"],
            "chambres": lu["chambres"],
            "taux": _arrondir(Decimal(lu["menages"]) / lu["chambres"] if lu["chambres"] else None),
        },
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
            "sans_demande": lu["entrees"] - lu["delais"],
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
