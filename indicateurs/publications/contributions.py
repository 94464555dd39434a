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
    valeur bigint, tardives bigint, recentes bigint
) ON COMMIT DROP
"""
DE_LA_PERSONNE = (
    "lues.personne, dites.valeur, coalesce(dites.tardives, 0), coalesce(dites.recentes, 0)"
)
# By name of a figure: what is counted of it.
Mesures = Mapping[str, Mesure]
Instants = Mapping[str, datetime | None]


def reunir(
    mois: Mapping[str, Periode],
    comptes_le: Mapping[str, datetime],
    dits_le: Mapping[str, datetime],
    murs: Set[str],
) -> None:
    """Count what is of each person now.

    Args:
        mois: by code.
        comptes_le: when some of these were counted first; what came since is `tardives`.
        dits_le: when these were told last; what came since is `recentes`.
        murs: those of which what is known late is counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(CREER)
        for code, periode in mois.items():
            figures = [i for i in ECRITES if code in murs or not i.murit]
            instants = {"tardives": comptes_le.get(code), "recentes": dits_le.get(code)}
            for requete, parametres in _requetes(figures, periode, instants):
                cursor.execute(requete, parametres)
        cursor.execute(f"ANALYZE {TABLE}")


def _requetes(
    figures: Collection[Indicateur], mois: Periode, instants: Instants
) -> Iterator[tuple[str, Any]]:
    for source, mesures in _par_source((i.code, i.mesure) for i in figures if i.mesure):
        yield _requete(source, mesures, mois, instants)
    for source, mesures in _par_source((i.code, i.de_chacun) for i in figures if i.de_chacun):
        # What is of a person is of nobody unknown; the rest of the figure is.
        requete, parametres = _requete(source, mesures, mois, instants)
        yield requete, parametres
        yield requete.replace(DE_LA_PERSONNE, "NULL, -dites.valeur, 0, 0"), parametres


def _par_source(
    mesures: Iterable[tuple[str, Mesure]],
) -> Iterator[tuple[Source, dict[str, Mesure]]]:
    par_source: dict[Source, dict[str, Mesure]] = defaultdict(dict)
    for code, mesure in mesures:
        par_source[mesure.source][code] = mesure
    yield from par_source.items()


def _requete(
    source: Source, mesures: Mesures, mois: Periode, instants: Instants
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
    for quoi, instant in instants.items():
        if instant is not None and source.recu_le is not None:
            apres = Q(**{f"{source.recu_le}__gt": instant})
            comptes |= {f"{quoi}_{c}": m.sur(mois, Portee(), apres) for c, m in mesures.items()}
    lignes = source.lignes().filter(source.pendant(mois)).order_by()
    requete, parametres = lignes.values(**cles).annotate(**comptes).query.sql_with_params()
    colonnes = [[f"v_{code}", *(f"{quoi}_{code}" for quoi in instants)] for code in mesures]
    dites = ", ".join(
        f"('{code}', "
        + ", ".join(f"{f'lues.{nom}' if nom in comptes else 0}::bigint" for nom in noms)
        + ")"
        for code, noms in zip(mesures, colonnes, strict=True)
    )
    dits = ", ".join(f"'{axe}', coalesce(lues.c_{axe}, '')" for axe in axes)
    personne = "lues.c_personne" if source.personne is not None else "NULL::uuid"
    return (
        f"INSERT INTO {TABLE} ({CLE}, valeur, tardives, recentes)"
        f" SELECT %s, dites.indicateur, coalesce(lues.c_{Axe.STRUCTURE}, ''),"
        f" coalesce(lues.c_{Axe.ARRONDISSEMENT}, ''), jsonb_build_object({dits}),"
        f" {DE_LA_PERSONNE}"
        f" FROM (SELECT *, {personne} AS personne FROM ({requete}) AS lues) AS lues"
        f" CROSS JOIN LATERAL (VALUES {dites}) AS dites"
        " (indicateur, valeur, tardives, recentes)"
        " WHERE dites.valeur <> 0",
        (mois.debut, *parametres),
    )


def _axes(mesures: Iterable[str]) -> set[Axe]:
    codes = set(mesures)
    return set(chain.from_iterable(i.axes for i in ECRITES if i.code in codes))
