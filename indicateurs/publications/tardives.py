"""How much of what changed came late, told beside what was corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from indicateurs.models import Publication
from indicateurs.publications.admission import Ligne, Registre
from indicateurs.publications.cellules import Cle, Decompte, cle_de
from indicateurs.publications.comptage import mois_de
from indicateurs.publications.contributions import CLE, TABLE
from indicateurs.publications.corrections import Comparaison, ligne_de
from indicateurs.publications.figures import est_de_personnes
from indicateurs.publications.livre import Livre, jour_de

VENUES = f"SELECT {CLE}, tardives FROM {TABLE} WHERE mois = ANY (%(mois)s) AND tardives > 0"
CONNUS = f"""
SELECT {CLE}, sum(valeur)::bigint FROM {{livre}} AS livre
WHERE personne = ANY (%(personnes)s) AND indicateur = ANY (%(figures)s)
GROUP BY {CLE} HAVING sum(valeur) > 0
"""


def compter_les_tardives(
    comparaison: Comparaison, precedente: Publication | None, comptes: Mapping[Cle, Decompte]
) -> dict[Cle, int]:
    """How much of what changed of each cell since the revision before came late: what has reached
    us since, whichever revision of a shorter period wrote it; and what had come late then, and
    waited, as far as it makes the difference.

    Args:
        precedente: the last signed revision of the period. Where there is none, what came since the
            months were counted, and waits, is late.
        comptes: the cells, as they are known now.
    """
    livre, code = comparaison.livre, comparaison.publication.periode
    rang = livre.publications.index(precedente) if precedente else livre.dernier
    ouverts = livre.ouverts(rang)
    mois = [m for m in mois_de(code) if jour_de(m) in ouverts]
    if not mois:
        return {}
    if precedente is None:
        differences, tardives = comparaison.differences(livre.entrees(mois, rang))
        attendent = {ligne: min(n, tardives[ligne]) for ligne, n in differences.items()}
        lignes = {ligne: n for ligne, n in attendent.items() if n > 0}
        return _par_cellule(comparaison, lignes, _connus(comparaison, mois, rang, lignes))
    lignes = _venues(mois)
    connus = _connus(comparaison, mois, rang, lignes)
    avant = _montres_avant(livre, precedente)
    tardives_de = defaultdict(int, _par_cellule(comparaison, lignes, connus))
    for chiffre in precedente.chiffres.filter(attente__gt=0, tardives__gt=0):
        cle = cle_de(code, chiffre)
        # What was late is shown first: the rest waited.
        exacte = int(chiffre.exacte or 0)
        montrees = max(0, exacte - avant.get(cle, exacte))
        attendaient = min(chiffre.attente, max(0, chiffre.tardives - montrees))
        maintenant = comptes[cle].exacte if cle in comptes else 0
        reste = maintenant - exacte - tardives_de[cle]
        tardives_de[cle] += max(0, min(attendaient, reste))
    return dict(tardives_de)


def _montres_avant(livre: Livre, publication: Publication) -> dict[Cle, int]:
    """The cells of the signed revision before one."""
    siennes = [p for p in livre.publications if p.periode == publication.periode]
    rang = siennes.index(publication)
    lignes = siennes[rang - 1].chiffres.filter(exacte__isnull=False) if rang else ()
    return {cle_de(publication.periode, c): int(c.exacte or 0) for c in lignes}


def _venues(mois: Iterable[str]) -> dict[Ligne, int]:
    """What has come of each entry since the revision before."""
    with connection.cursor() as cursor:
        cursor.execute(VENUES, {"mois": [jour_de(code) for code in mois]})
        return {ligne_de(cle): combien for *cle, combien in cursor.fetchall()}


def _connus(
    comparaison: Comparaison, mois: Iterable[str], rang: int, lignes: Iterable[Ligne]
) -> dict[Ligne, int]:
    """Of those who came late, where they had been counted already."""
    siennes = [ligne for ligne in lignes if ligne.personne and est_de_personnes(ligne.indicateur)]
    entrees = comparaison.livre.entrees(mois, rang)
    with connection.cursor() as cursor:
        cursor.execute(
            CONNUS.format(livre=entrees.requete),
            entrees.parametres
            | {
                # Under whatever file they were counted.
                "personnes": comparaison.leurs_fichiers(ligne.personne for ligne in siennes),
                "figures": list({ligne.indicateur for ligne in siennes}),
            },
        )
        return {ligne_de(cle): combien for *cle, combien in cursor.fetchall()}


def _par_cellule(
    comparaison: Comparaison, lignes: Mapping[Ligne, int], connus: Mapping[Ligne, int]
) -> dict[Cle, int]:
    """What entries are of each cell of the period: of persons, how many, but those who were in it.

    Args:
        connus: where persons had been counted already.
    """
    if not lignes:
        return {}
    registre = comparaison.registre([])
    periode = comparaison.publication.periode
    combien: dict[Cle, int] = defaultdict(int)
    for ligne, n in lignes.items():
        for cle in _cellules(registre, ligne, periode):
            combien[cle] += n
    de_qui, deja = (_personnes(registre, qui, periode) for qui in (lignes, connus))
    return {
        cle: len(de_qui[cle] - deja[cle]) if est_de_personnes(cle.indicateur) else n
        for cle, n in combien.items()
    }


def _personnes(
    registre: Registre, lignes: Iterable[Ligne], periode: str
) -> dict[Cle, set[UUID | None]]:
    de_qui: dict[Cle, set[UUID | None]] = defaultdict(set)
    for ligne in lignes:
        for cle in _cellules(registre, ligne, periode):
            de_qui[cle].add(registre.personne(ligne))
    for personnes in de_qui.values():
        personnes.discard(None)
    return de_qui


def _cellules(registre: Registre, ligne: Ligne, periode: str) -> Iterable[Cle]:
    for ou, figures in registre.places(ligne):
        for figure in figures if ou.periode == periode else ():
            yield ou.cle(figure)
