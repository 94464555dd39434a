"""The history as it would have been written day by day.

Triggers wrote it at the load: one entry a row, in its last state, dated today. Here each entry
takes the date of its event and the state of that date, and what changed since gets its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from accueil.models import Passage
from coordination.enums import StatutOrientation
from coordination.models import Orientation
from hebergement.models import DemandeHebergement, Proposition, Sejour, Site
from maraudes.enums import StatutEtape, StatutMaraude
from maraudes.models import Etape, Maraude, Rencontre
from socle.models import AccordPartage, Structure


@dataclass(frozen=True)
class Etat:
    """An earlier state of a row: which columns differed, since when (SQL), for which rows (SQL)."""

    autrement: dict[str, Any]
    depuis: str = "cree_le"
    version: int = 1
    pour: str = "TRUE"


NON_RAPPROCHEE = {
    "statut": StatutOrientation.EN_COURS, "arrivee_contact_id": None, "arrivee_sejour_id": None
}  # fmt: skip
# The states of a changed row, the first one and what followed, but not the last: the row itself
# holds that one, since `modifie_le`.
AVANT: dict[type[models.Model], list[Etat]] = {
    Structure: [Etat({"adresse": ""})],
    AccordPartage: [Etat({"retire_le": None})],
    Site: [Etat({"presences_depuis": None})],
    # Until when a place is held is known when it is.
    Sejour: [
        Etat({"depart": None, "motif_sortie": "", "destination": ""}, pour="nature = 'SEJOUR'")
    ],
    DemandeHebergement: [
        Etat({"issue": "", "close_le": None, "sejour_id": None, "motif_refus": ""})
    ],
    Proposition: [
        Etat({"issue": "", "finie_le": None, "acceptee_le": None, "attendue_le": None,
              "motif_refus": ""})
    ],
    Etape: [Etat({"statut": StatutEtape.PREVUE})],
    Maraude: [
        Etat({"statut": StatutMaraude.PLANIFIEE, "debut_le": None, "fin_le": None,
              "transmission": ""}),
        Etat({"statut": StatutMaraude.EN_COURS, "fin_le": None}, "debut_le", 2,
             "statut = 'CLOTUREE'"),
    ],
    Orientation: [
        Etat(NON_RAPPROCHEE | {"acceptee_le": None, "decision": "", "decidee_le": None,
                               "motif_decision": ""}),
        Etat(NON_RAPPROCHEE, "greatest(cree_le, coalesce(decidee_le, acceptee_le))", 2,
             "coalesce(decidee_le, acceptee_le) IS NOT NULL"),
    ],
}  # fmt: skip


def antidater(modeles: Iterable[type[models.Model]], instant: datetime) -> None:
    """Rewrite what this transaction wrote in the history tables of these models."""
    with connection.cursor() as cursor:
        for modele in modeles:
            if modele._meta.auto_created:
                continue
            if modele in (Passage, Rencontre):
                _antidater_une_extension(cursor, modele)
                continue
            if modele is Orientation:
                _antidater_les_rapprochements(cursor, instant)
            premier, *suivants = AVANT.get(modele, [Etat({})])
            _antidater_les_insertions(cursor, modele, premier)
            for etat in suivants:
                _ajouter(cursor, modele, etat)
            # The matching wrote the last state of an orientation itself.
            if premier.autrement and modele is not Orientation:
                _ajouter(cursor, modele, Etat({}, "modifie_le", pour="version > 1"))


def _antidater_les_insertions(cursor: Any, modele: type[models.Model], premier: Etat) -> None:
    poses = "".join(
        f', "{c}" = CASE WHEN {premier.pour} THEN %s ELSE "{c}" END' for c in premier.autrement
    )
    cursor.execute(
        f'UPDATE "{modele._meta.db_table}event" '
        f"SET pgh_created_at = cree_le, modifie_le = cree_le, version = 1{poses} "
        "WHERE pgh_created_at = now() AND pgh_label = 'insert'",
        list(premier.autrement.values()),
    )


def _ajouter(cursor: Any, modele: type[models.Model], etat: Etat) -> None:
    """Add to the history that rows became what `etat` says; without `autrement`, what they are."""
    valeurs = etat.autrement | {"version": etat.version} if etat.autrement else {}
    evenement: Any = modele.pgh_event_model  # type: ignore[attr-defined]
    champs = evenement._meta.concrete_fields
    colonnes = [c.column for c in champs if not c.column.startswith("pgh_")]
    noms = ", ".join(f'"{c}"' for c in colonnes)
    lues = ", ".join(
        "%s" if c in valeurs else etat.depuis if c == "modifie_le" else f'"{c}"' for c in colonnes
    )
    cursor.execute(
        f'INSERT INTO "{modele._meta.db_table}event" '
        f"(pgh_created_at, pgh_label, pgh_obj_id, {noms}) "
        f"SELECT {etat.depuis}, 'update', uuid, {lues} "
        f'FROM "{modele._meta.db_table}" WHERE {etat.pour}',
        [valeurs[c] for c in colonnes if c in valeurs],
    )


def _antidater_les_rapprochements(cursor: Any, instant: datetime) -> None:
    """What the matching changed: within a second of an arrival, a decision, or 30 days."""
    cursor.execute(
        "UPDATE coordination_orientationevent e SET pgh_created_at = d.le, modifie_le = d.le "
        "FROM ("
        "  SELECT o.uuid, least(%s, interval '1 s' + greatest(o.cree_le, coalesce(c.cree_le, "
        "    s.cree_le, o.decidee_le, coordination_limite(o.survenu_le)))) AS le "
        "  FROM coordination_orientation o "
        "  LEFT JOIN contacts_contact c ON c.uuid = o.arrivee_contact_id "
        "  LEFT JOIN hebergement_sejour s ON s.uuid = o.arrivee_sejour_id"
        ") d WHERE d.uuid = e.pgh_obj_id AND e.pgh_label = 'update' AND e.pgh_created_at = now()",
        [instant],
    )


def _antidater_une_extension(cursor: Any, modele: type[models.Model]) -> None:
    """A visit or an encounter was entered with its contact; a departure, when it happened."""
    table = modele._meta.db_table
    parti = ", parti_le = NULL" if modele is Passage else ""
    cursor.execute(
        f'UPDATE "{table}event" e SET pgh_created_at = c.cree_le{parti} FROM contacts_contact c '
        "WHERE c.uuid = e.contact_id AND e.pgh_created_at = now()"
    )
    if modele is Passage:
        cursor.execute(
            f'INSERT INTO "{table}event" '
            "(pgh_created_at, pgh_label, pgh_obj_id, contact_id, parti_le) "
            f"SELECT parti_le, 'update', contact_id, contact_id, parti_le FROM \"{table}\" "
            "WHERE parti_le IS NOT NULL"
        )
