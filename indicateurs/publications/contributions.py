"""What each person adds to the figures of some months, as everything is known now.

One table of the transaction: of each month, figure, structure and value of each breakdown, what is
of a person, or of nobody known. Whoever publishes compares it with the book, and copies it there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import F, Q

from indicateurs.indicateur import Indicateur
from indicateurs.mesures import Mesure
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.publications.cellules import VENTILATIONS
from indicateurs.publications.figures import ECRITES
from indicateurs.sources import Axe, Source

TABLE = "contributions"
CLE = "mois, indicateur, structure, arrondissement, axes, personne"
CREER = f"""
DROP TABLE IF EXISTS pg_temp.{TABLE};
CREATE TEMPORARY TABLE {TABLE} (
    mois date, indicateur text, structure text, arrondissement text, axes jsonb, personne uuid,
    valeur bigint, anciennes bigint
) ON COMMIT DROP
"""
DE_LA_PERSONNE = "lues.personne, dites.valeur, coalesce(dites.anciennes, 0)"
DE_PERSONNE = "NULL, -dites.valeur, -coalesce(dites.anciennes, 0)"
# By name of a figure: what is counted of it.
Mesures = Mapping[str, Mesure]


def reunir(mois: Mapping[str, Periode], depuis: datetime | None, murs: Set[str]) -> None:
    """Count what is of each person now.

    Args:
        mois: by code.
        depuis: an instant; what had reached us by then is `anciennes`, all where there is none.
        murs: those of which what is known late is counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(CREER)
        for code, periode in mois.items():
            figures = [i for i in ECRITES if code in murs or not i.murit]
            for requete, parametres in _requetes(figures, periode, depuis):
                cursor.execute(requete, parametres)
        cursor.execute(f"ANALYZE {TABLE}")


def _requetes(
    figures: Collection[Indicateur], mois: Periode, depuis: datetime | None
) -> Iterator[tuple[str, Any]]:
    for source, mesures in _par_source((i.code, i.mesure) for i in figures if i.mesure):
        yield _requete(source, mesures, mois, depuis)
    for source, mesures in _par_source((i.code, i.de_chacun) for i in figures if i.de_chacun):
        # What is of a person is of nobody unknown; the rest of the figure is.
        requete, parametres = _requete(source, mesures, mois, depuis)
        yield requete, parametres
        yield requete.replace(DE_LA_PERSONNE, DE_PERSONNE), parametres


def _par_source(
    mesures: Iterable[tuple[str, Mesure]],
) -> Iterator[tuple[Source, dict[str, Mesure]]]:
    par_source: dict[Source, dict[str, Mesure]] = defaultdict(dict)
    for code, mesure in mesures:
        par_source[mesure.source][code] = mesure
    yield from par_source.items()


def _requete(
    source: Source, mesures: Mesures, mois: Periode, depuis: datetime | None
) -> tuple[str, Any]:
    """Insert what a source says of a month: in one statement, counted by all that it is told by."""
    axes = [axe for axe in VENTILATIONS if axe in _axes(mesures)]
    cles: dict[str, Any] = {
        f"c_{axe}": source.valeur(axe, mois.debut.year)
        for axe in (Axe.STRUCTURE, Axe.ARRONDISSEMENT, *axes)
    }
    if source.personne is not None:
        cles["c_personne"] = F(source.personne)
    comptes = {f"v_{code}": mesure.sur(mois, Portee()) for code, mesure in mesures.items()}
    date = depuis is not None and source.recu_le is not None
    if date:
        avant = Q(**{f"{source.recu_le}__lte": depuis})
        comptes |= {f"a_{code}": m.sur(mois, Portee(), avant) for code, m in mesures.items()}
    lignes = source.lignes().filter(source.pendant(mois)).order_by()
    requete, parametres = lignes.values(**cles).annotate(**comptes).query.sql_with_params()
    dites = ", ".join(
        f"('{code}', lues.v_{code}::bigint, lues.{'a' if date else 'v'}_{code}::bigint)"
        for code in mesures
    )
    dits = ", ".join(f"'{axe}', coalesce(lues.c_{axe}, '')" for axe in axes)
    personne = "lues.c_personne" if source.personne is not None else "NULL::uuid"
    return (
        f"INSERT INTO {TABLE} ({CLE}, valeur, anciennes)"
        f" SELECT %s, dites.indicateur, coalesce(lues.c_{Axe.STRUCTURE}, ''),"
        f" coalesce(lues.c_{Axe.ARRONDISSEMENT}, ''), jsonb_build_object({dits}),"
        f" {DE_LA_PERSONNE}"
        f" FROM (SELECT *, {personne} AS personne FROM ({requete}) AS lues) AS lues"
        f" CROSS JOIN LATERAL (VALUES {dites}) AS dites"
        " (indicateur, valeur, anciennes)"
        " WHERE dites.valeur <> 0",
        (mois.debut, *parametres),
    )


def _axes(mesures: Iterable[str]) -> set[Axe]:
    codes = set(mesures)
    return set(chain.from_iterable(i.axes for i in ECRITES if i.code in codes))
