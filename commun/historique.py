"""History of records: written by triggers, so that bulk and raw writes are seen; told in French."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

import pghistory
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import Model, QuerySet
from django.utils.formats import localize
from django.utils.timezone import localtime

M = TypeVar("M", bound=type[Model])

LIBELLES = {"insert": "Création", "update": "Correction", "delete": "Suppression"}
# What the machinery writes of itself tells a reader nothing.
TECHNIQUES = frozenset({"uuid", "version", "cree_le", "modifie_le", "id"})


def suivre(*sauf: str, lu_par: str | None = None) -> Callable[[M], M]:
    """Keep every insertion, change and deletion of a model, `sauf` these fields.

    `lu_par` is a reference by which the history is read too, besides the record's own.

    The trackers are made here and not in `PGHISTORY_DEFAULT_TRACKERS`: those are deep-copied,
    and a copied operation is not recognised by a statement-level trigger.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(sauf) or None,
        meta={"indexes": [models.Index(lu_par, name="%(class)s_lu_par")]} if lu_par else None,
    )


def evenements_de(modele: type[Model]) -> QuerySet[Any]:
    """The history of every record of a model, oldest first.

    Raises:
        LookupError: the model's history is not kept.
    """
    suivi = apps.get_model(modele._meta.app_label, f"{modele.__name__}Event")
    return cast("Any", suivi).objects.select_related("pgh_context").order_by("pgh_id")


def deja_la(modele: type[Model], cle: Any) -> tuple[tuple[Any, str] | None, bool]:
    """The author and the request's digest of the record of this key; and whether one was deleted.

    Asked before every creation: one question, written plainly.
    """
    suivi, ici = evenements_de(modele).model._meta, modele._meta
    requete = f"""
        SELECT p.{ici.pk.column}, p.auteur_id, p.empreinte_creation, EXISTS (
            SELECT 1 FROM {suivi.db_table} s WHERE s.pgh_obj_id = cle AND s.pgh_label = 'delete'
        )
        FROM (SELECT %s AS cle) AS demande LEFT JOIN {ici.db_table} p ON p.{ici.pk.column} = cle
    """
    with connection.cursor() as cursor:
        cursor.execute(requete, [cle])
        pk, auteur, empreinte, supprime = cursor.fetchone()
    return (None if pk is None else (auteur, empreinte)), supprime


def supprimes(modele: type[Model], cles: Iterable[Any]) -> dict[Any, Any]:
    """Those of these keys whose record was there once, and was deleted since; who had made it."""
    suppressions = evenements_de(modele).filter(pgh_label="delete", pgh_obj__in=list(cles))
    return dict(suppressions.order_by().values_list("pgh_obj", "auteur"))


@dataclass
class Entree:
    """One entry of a told history; `changements` are (field, before, after), as read by people."""

    quand: datetime
    qui: str
    ou: str
    quoi: str
    objet: str
    changements: list[tuple[str, str, str]] = field(default_factory=list)


def _origine(contexte: dict[str, Any]) -> str:
    adresse = str(contexte.get("url", ""))
    if not adresse:
        return ""
    if adresse.startswith("/admin/"):
        return "Administration"
    return "Application" if adresse.startswith("/api/") else adresse


class _Noms:
    """The names of the records that a history refers to, one query a model."""

    def __init__(self) -> None:
        self.cles: defaultdict[type[Model], set[Any]] = defaultdict(set)
        self.noms: dict[tuple[type[Model], Any], str] = {}

    def demander(self, modele: type[Model], cle: Any) -> None:
        if cle is not None:
            self.cles[modele].add(cle)

    def chercher(self) -> None:
        for modele, cles in self.cles.items():
            lignes = cast("Any", modele)._default_manager.filter(pk__in=cles)
            liees = [
                f.name
                for f in modele._meta.concrete_fields
                if isinstance(f, models.ForeignKey) and f.name in {"site", "place", "equipe"}
            ]
            for ligne in lignes.select_related(*liees) if liees else lignes:
                self.noms[modele, ligne.pk] = str(ligne)

    def nom(self, modele: type[Model], cle: Any) -> str:
        return self.noms.get((modele, cle), "un enregistrement supprimé")


def _texte(champ: Any, valeur: Any, noms: _Noms) -> str:
    if valeur is None or valeur == "":
        return "—"
    if champ.remote_field is not None:
        return noms.nom(champ.related_model, valeur)
    if champ.choices:
        return str(dict(champ.flatchoices).get(valeur, valeur))
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, datetime):
        valeur = localtime(valeur)
    return str(localize(valeur))


def raconter(historiques: Iterable[QuerySet[Any]], caches: Collection[str] = ()) -> list[Entree]:
    """What happened to some records, newest first; the fields `caches` are left out.

    A constant number of queries for a number of models, whatever the number of entries.
    """
    evenements = [e for historique in historiques for e in historique]
    comptes, noms = _Noms(), _Noms()
    utilisateurs = cast("type[Model]", get_user_model())
    suivis: list[tuple[Any, dict[str, Any], list[tuple[Any, Any, Any]]]] = []
    precedents: dict[tuple[type[Model], Any], Any] = {}
    for evenement in evenements:
        modele = evenement.pgh_tracked_model
        contexte = evenement.pgh_context.metadata if evenement.pgh_context else {}
        comptes.demander(utilisateurs, contexte.get("user"))
        avant = precedents.get((modele, evenement.pgh_obj_id))
        precedents[modele, evenement.pgh_obj_id] = evenement
        ecarts = []
        for champ in modele._meta.concrete_fields:
            if champ.name in TECHNIQUES or champ.name in caches or champ.primary_key:
                continue
            if not hasattr(evenement, champ.attname):
                continue
            ancienne = getattr(avant, champ.attname) if avant is not None else None
            nouvelle = getattr(evenement, champ.attname)
            if ancienne == nouvelle or (avant is None and nouvelle in ("", None)):
                continue
            if champ.remote_field is not None:
                noms.demander(champ.related_model, ancienne)
                noms.demander(champ.related_model, nouvelle)
            ecarts.append((champ, ancienne, nouvelle))
        suivis.append((evenement, contexte, ecarts))
    comptes.chercher()
    noms.chercher()
    entrees = [
        Entree(
            quand=evenement.pgh_created_at,
            qui=_auteur(comptes, utilisateurs, contexte.get("user")),
            ou=_origine(contexte),
            quoi=LIBELLES.get(evenement.pgh_label, evenement.pgh_label),
            objet=str(evenement.pgh_tracked_model._meta.verbose_name),
            changements=[
                (str(champ.verbose_name), _texte(champ, a, noms), _texte(champ, n, noms))
                for champ, a, n in ecarts
            ],
        )
        for evenement, contexte, ecarts in suivis
        # A change of hidden or technical fields alone would be an empty line.
        if ecarts or evenement.pgh_label != "update"
    ]
    return sorted(entrees, key=lambda e: e.quand, reverse=True)


def _auteur(comptes: _Noms, modele: type[Model], cle: Any) -> str:
    if cle is None:
        return "le service"
    return {str(pk): nom for (_, pk), nom in comptes.noms.items()}.get(str(cle), "compte supprimé")
