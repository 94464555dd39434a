"""All that a database holds, read from PostgreSQL's own catalogue: to compare two of them."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

# Those of extensions come with them.
PROPRE = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {} AND d.deptype = 'e')"
DU_SCHEMA = "'public'::regnamespace"
CATALOGUE = {
    "relations": f"""
        SELECT relname, relkind::text, relpersistence::text FROM pg_class c
        WHERE relnamespace = {DU_SCHEMA} AND {PROPRE.format("c.oid")}""",
    "colonnes": f"""
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attgenerated::text, a.attidentity::text, a.attcollation::regcollation::text,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = {DU_SCHEMA} AND a.attnum > 0 AND NOT a.attisdropped""",
    "contraintes": f"""
        SELECT conrelid::regclass::text, conname, contype::text, condeferrable, condeferred,
               convalidated, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = {DU_SCHEMA}""",
    "index": f"""
        SELECT indexrelid::regclass::text, indisvalid, pg_get_indexdef(indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = {DU_SCHEMA}""",
    "déclencheurs": f"""
        SELECT tgname, tgenabled::text, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = {DU_SCHEMA} AND NOT tgisinternal""",
    "fonctions": f"""
        SELECT proname, pg_get_functiondef(p.oid) FROM pg_proc p
        WHERE pronamespace = {DU_SCHEMA} AND {PROPRE.format("p.oid")}""",
    "extensions": "SELECT extname, extversion, extnamespace::regnamespace::text FROM pg_extension",
    "séquences": """
        SELECT sequencename, data_type::text, start_value, increment_by, cycle, last_value
        FROM pg_sequences WHERE schemaname = 'public'""",
    "schéma": f"SELECT nspname, nspacl::text FROM pg_namespace WHERE oid = {DU_SCHEMA}",
}
TABLES = f"SELECT relname FROM pg_class WHERE relnamespace = {DU_SCHEMA} AND relkind = 'r'"
LIGNES = """
SELECT count(*), md5(string_agg(ligne, '' ORDER BY ligne))
FROM (SELECT md5(t::text) AS ligne FROM {} t) AS toutes
"""


# The same text type, named at another place once the expression has been written and read again.
CONVERSIONS = re.compile(r"::(character varying|text)(\[\])?|[() ]")


def _normaliser(ligne: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(CONVERSIONS.sub("", v) if isinstance(v, str) else v for v in ligne)


def tables(connexion: psycopg.Connection[Any]) -> list[str]:
    return sorted(nom for (nom,) in connexion.execute(TABLES))


def photographier(connexion: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Every object and, for each table, how many rows and the digest of all of them."""
    photo = {
        objets: sorted(map(_normaliser, connexion.execute(requete)), key=repr)
        for objets, requete in CATALOGUE.items()
    }
    for table in tables(connexion):
        requete = sql.SQL(LIGNES).format(sql.Identifier(table))
        photo[f"lignes de {table}"] = connexion.execute(requete).fetchall()
    return photo
