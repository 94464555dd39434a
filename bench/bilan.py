"""The bilan of a year on the demonstration's data, against the same counts in bare SQL.

The floor reads what the bilan reads: facts that were counted beforehand, where there are. What the
rows themselves would take is told beside it.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import django

django.setup()

from django.db import connection

from bench.mesures import Mesure, annoncer, comparer, publier
from commun.horloge import aujourd_hui, maintenant
from hebergement.occupation import recalculer_tout
from indicateurs.bilan import calculer_bilan

ANNEE = 2023
PERSONNES = """
    SELECT personne_id FROM contacts_contact
    WHERE issue = 'ECHANGE' AND jour >= %(du)s AND jour < %(au)s
    UNION
    SELECT c.personne_id FROM contacts_acte a JOIN contacts_contact c ON c.uuid = a.contact_id
    WHERE a.jour >= %(du)s AND a.jour < %(au)s
    UNION
    SELECT personne_id FROM hebergement_sejour
    WHERE nature = 'SEJOUR' AND arrivee < least(%(au)s, %(aujourd_hui)s)
      AND (depart IS NULL OR (depart > %(du)s AND depart > arrivee))
"""
NUITS = "FROM hebergement_occupationnuit n WHERE n.jour >= %(du)s AND n.jour < %(au)s"
CONTACTS = """
    JOIN contacts_contact c ON c.uuid = x.contact_id WHERE c.jour >= %(du)s AND c.jour < %(au)s
"""
ORIENTATIONS = """
    FROM coordination_orientation o LEFT JOIN contacts_contact c ON c.uuid = o.contact_id
    LEFT JOIN contacts_contact venue ON venue.uuid = o.arrivee_contact_id
    LEFT JOIN hebergement_sejour loge ON loge.uuid = o.arrivee_sejour_id
    WHERE CASE WHEN c.cadre = 'MARAUDE' THEN c.jour
               ELSE (o.survenu_le AT TIME ZONE 'Europe/Paris')::date END
          BETWEEN %(du)s AND %(au)s::date - 1
"""
ACTES = """
    SELECT count(*) FROM contacts_acte
    WHERE categorie = '{}' AND jour >= %(du)s AND jour < %(au)s
"""
MARAUDES = """
    SELECT count(*) FROM maraudes_maraude
    WHERE statut = 'CLOTUREE' AND milieu = '{}' AND jour >= %(du)s AND jour < %(au)s
"""
COMPTES = {
    "passages": f"SELECT count(*) FROM accueil_passage x {CONTACTS}",
    "file_active": f"SELECT count(personne_id) FROM ({PERSONNES}) AS p",
    "femmes": f"""
        SELECT count(*) FROM ({PERSONNES}) AS p JOIN socle_personne s ON s.uuid = p.personne_id
        WHERE s.genre = 'F'
    """,
    "actes_infirmiers": ACTES.format("SOINS_INFIRMIERS"),
    "actes_acces_aux_droits": ACTES.format("ACCES_AUX_DROITS"),
    "places_assore": f"""
        SELECT theoriques FROM (
            SELECT n.jour, sum(n.theoriques) AS theoriques
            FROM hebergement_occupationnuit n JOIN hebergement_site s ON s.uuid = n.site_id
            WHERE s.dispositif = 'ASSORE' AND n.jour = (
                SELECT max(jour) {NUITS} AND n.site_id IN (
                    SELECT uuid FROM hebergement_site WHERE dispositif = 'ASSORE'
                )
            )
            GROUP BY n.jour
        ) AS derniere
    """,
    "taux_occupation": f"SELECT sum(occupees)::numeric / nullif(sum(disponibles), 0) {NUITS}",
    "nuitees": f"SELECT coalesce(sum(occupees), 0) {NUITS}",
    "maraudes_surface": MARAUDES.format("SURFACE"),
    "maraudes_sous_sol": MARAUDES.format("SOUS_SOL"),
    "rencontres": f"SELECT count(*) FROM maraudes_rencontre x {CONTACTS} AND c.issue = 'ECHANGE'",
    "materiel_distribue": f"""
        SELECT coalesce(sum(x.quantite_distribuee), 0) FROM contacts_remisemateriel x {CONTACTS}
    """,
    "orientations": f"SELECT count(*) {ORIENTATIONS} AND o.statut <> 'ANNULEE'",
    "orientations_abouties": f"""
        SELECT count(*) {ORIENTATIONS} AND o.personne_id IS NOT NULL
          AND coordination_limite(o.survenu_le) <= %(maintenant)s
          AND (venue.survenu_le < coordination_limite(o.survenu_le)
               OR loge.arrivee < (o.survenu_le AT TIME ZONE 'Europe/Paris')::date + 30)
    """,
}

FAITS = """
    SELECT coalesce(sum({}), 0) FROM indicateurs_fait
    WHERE objet = '{}' AND jour >= %(du)s AND jour < %(au)s
"""
# Of whole months: every day of them counts.
CONNUES = """
    FROM indicateurs_presenceparmois p
    {} WHERE debut < least(%(au)s, %(aujourd_hui)s) AND (fin IS NULL OR fin > %(du)s)
"""
COMPTES_DES_FAITS = COMPTES | {
    "passages": FAITS.format("nombre", "PASSAGE"),
    "file_active": f"SELECT count(DISTINCT personne_id) {CONNUES.format('')}",
    "femmes": f"""
        SELECT count(DISTINCT personne_id)
        {CONNUES.format("JOIN socle_personne s ON s.uuid = personne_id")} AND s.genre = 'F'
    """,
    "actes_infirmiers": FAITS.format("nombre", "ACTE") + " AND detail = 'SOINS_INFIRMIERS'",
    "actes_acces_aux_droits": FAITS.format("nombre", "ACTE") + " AND detail = 'ACCES_AUX_DROITS'",
    "rencontres": FAITS.format("nombre", "RENCONTRE") + " AND detail = 'ECHANGE'",
    "materiel_distribue": FAITS.format("quantite_distribuee", "MATERIEL"),
}


def compter(comptes: dict[str, str] = COMPTES) -> dict[str, tuple[Any, Any]]:
    """Each count, of the year and of the one before."""
    communs = {"aujourd_hui": aujourd_hui(), "maintenant": maintenant()}
    resultats = {}
    with connection.cursor() as cursor:
        for code, requete in comptes.items():
            valeurs = []
            for annee in (ANNEE, ANNEE - 1):
                periode = {"du": date(annee, 1, 1), "au": date(annee + 1, 1, 1)}
                cursor.execute(requete, periode | communs)
                (valeur,) = cursor.fetchone() or (None,)
                if code == "taux_occupation" and valeur is not None:
                    valeur = Decimal(valeur).quantize(Decimal("0.0001"), ROUND_HALF_UP)
                valeurs.append(valeur)
            resultats[code] = (valeurs[0], valeurs[1])
    return resultats


def mesurer(fois: int, comptes: dict[str, str] = COMPTES) -> tuple[float, float]:
    """Seconds of the bilan and of its bare counts, in turns; they must say the same."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    notres = {
        ligne["code"]: (ligne["valeur"], ligne["precedent"])
        for ligne in calculer_bilan(ANNEE)["indicateurs"]
    }
    if notres != (nus := compter(comptes)):
        raise SystemExit(f"Le bilan et le SQL nu ne comptent pas pareil : {notres} {nus}")
    return comparer(lambda: calculer_bilan(ANNEE), lambda: compter(comptes), fois)


def main() -> None:
    annoncer(f"bilan de {ANNEE} sur les données de démonstration")
    recalculer_tout()
    _, des_lignes = mesurer(5)
    notre, plancher = mesurer(15, COMPTES_DES_FAITS)
    publier(
        Mesure(
            f"bilan de {ANNEE}, données de démonstration",
            notre / plancher, 1.3, "×",
            f"{notre * 1e3:.0f} ms contre {plancher * 1e3:.0f} ms de SQL nu sur les mêmes faits ; "
            f"{des_lignes * 1e3:.0f} ms sur les lignes ; mêmes chiffres",
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
