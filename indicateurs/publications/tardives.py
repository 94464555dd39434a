"""How much of what changed came late, told beside what was corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from indicateurs.models import Publication
from indicateurs.publications.admission import Ligne, Registre
from indicateurs.publications.cellules import Cle, Decompte, cle_de
from indicateurs.publications.comptage import Entrees, mois_de
from indicateurs.publications.contributions import CLE, TABLE
from indicateurs.publications.corrections import Comparaison, ligne_de
from indicateurs.publications.figures import est_de_personnes
from indicateurs.publications.livre import Livre, jour_de

VENUES = f"""
SELECT {CLE}, recentes, tardives FROM {TABLE}
WHERE mois = ANY (%(mois)s) AND (recentes > 0 OR tardives > 0)
"""
# What was written since the months were counted is not late any more.
ATTENDENT = f"""
SELECT {CLE}, least(sum(valeur), sum(tardives) - greatest(sum(ecrites), 0))::bigint AS attendent
FROM (
    SELECT {CLE}, valeur, tardives, 0 AS ecrites FROM {TABLE} WHERE mois = ANY (%(mois)s)
    UNION ALL
    SELECT {CLE}, -valeur, 0, CASE WHEN (mois, publication_id) IN (
        SELECT * FROM unnest(%(ouverts)s::date[], %(ouvreuses)s::uuid[])
    ) THEN 0 ELSE valeur END
    FROM {{livre}} AS livre
) AS toutes
GROUP BY {CLE} HAVING least(sum(valeur), sum(tardives) - greatest(sum(ecrites), 0)) > 0
"""
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
    entrees = livre.entrees(mois, rang)
    if precedente is None:
        entrees = entrees.avec(comparaison.publication)
        return _par_cellule(comparaison, entrees, _attendent(livre, entrees))
    recentes, tardives = _venues(entrees)
    anciens = {cle_de(code, c): c for c in precedente.chiffres.filter(exacte__isnull=False)}
    avant = _montres_avant(livre, precedente)
    tardives_de: dict[Cle, int] = defaultdict(int)
    # Of a cell that had no line then, nothing was told.
    for lignes, dites in ((recentes, True), (tardives, False)):
        siennes = _par_cellule(comparaison, entrees, lignes)
        tardives_de |= {cle: n for cle, n in siennes.items() if (cle in anciens) is dites}
    for cle, chiffre in anciens.items():
        if not chiffre.attente > 0 < chiffre.tardives:
            continue
        # What was late is shown first: the rest waited.
        exacte = int(chiffre.exacte or 0)
        montrees = max(0, exacte - avant.get(cle, 0)) if avant is not None else 0
        attendaient = min(chiffre.attente, max(0, chiffre.tardives - montrees))
        maintenant = comptes[cle].exacte if cle in comptes else 0
        reste = maintenant - exacte - tardives_de[cle]
        tardives_de[cle] += max(0, min(attendaient, reste))
    return dict(tardives_de)


def _montres_avant(livre: Livre, publication: Publication) -> dict[Cle, int] | None:
    """The cells of the signed revision before one, where there is one."""
    siennes = [p for p in livre.publications if p.periode == publication.periode]
    rang = siennes.index(publication)
    if not rang:
        return None
    lignes = siennes[rang - 1].chiffres.filter(exacte__isnull=False)
    return {cle_de(publication.periode, c): int(c.exacte or 0) for c in lignes}


def _attendent(livre: Livre, entrees: Entrees) -> dict[Ligne, int]:
    """What came of each entry since its month was counted, and waits."""
    ouvreuses = {jour: livre.publications[rang].pk for jour, rang in livre.ouvertures.items()}
    parametres = {"ouverts": list(ouvreuses), "ouvreuses": list(ouvreuses.values())}
    with connection.cursor() as cursor:
        cursor.execute(ATTENDENT.format(livre=entrees.requete), entrees.parametres | parametres)
        return {ligne_de(cle): combien for *cle, combien in cursor.fetchall()}


def _venues(entrees: Entrees) -> tuple[dict[Ligne, int], dict[Ligne, int]]:
    """What has come of each entry since the revision before, and since its month was counted."""
    with connection.cursor() as cursor:
        cursor.execute(VENUES, entrees.parametres)
        lues = [(ligne_de(cle), depuis, en_tout) for *cle, depuis, en_tout in cursor.fetchall()]
    return (
        {ligne: depuis for ligne, depuis, _ in lues if depuis > 0},
        {ligne: en_tout for ligne, _, en_tout in lues if en_tout > 0},
    )


def _par_cellule(
    comparaison: Comparaison, entrees: Entrees, lignes: Mapping[Ligne, int]
) -> dict[Cle, int]:
    """What lines are of each cell of the period: of persons, how many, but those who were in it.

    Args:
        entrees: what had been written already.
    """
    if not lignes:
        return {}
    registre = comparaison.registre([])
    periode = comparaison.publication.periode
    combien: dict[Cle, int] = defaultdict(int)
    for ligne, n in lignes.items():
        for cle in _cellules(registre, ligne, periode):
            combien[cle] += n
    connus = _connus(comparaison, entrees, lignes)
    de_qui, deja = (_personnes(registre, qui, periode) for qui in (lignes, connus))
    return {
        cle: len(de_qui[cle] - deja[cle]) if est_de_personnes(cle.indicateur) else n
        for cle, n in combien.items()
    }


def _connus(
    comparaison: Comparaison, entrees: Entrees, lignes: Iterable[Ligne]
) -> dict[Ligne, int]:
    """Of those who came late, where they had been counted already."""
    siennes = [ligne for ligne in lignes if ligne.personne and est_de_personnes(ligne.indicateur)]
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
