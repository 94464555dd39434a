"""Generate every part, load it in one transaction, and let the service compute the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, models, transaction

from accueil.models import JourOuverture, Passage
from contacts.models import Acte, Contact, RemiseMateriel
from coordination.models import Orientation
from coordination.services import rapprocher_marques
from hebergement.models import Chambre, Fermeture, Place, Sejour, Site
from hebergement.occupation import recalculer_tout
from indicateurs.demonstration import accueil, hebergement, maraudes, socle
from indicateurs.demonstration.outils import Ligne, Monde, a_paris, copier
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from maraudes.models import Ligne as LigneDeMetro
from socle.models import (
    AccordPartage,
    Equipe,
    Horaire,
    Organisme,
    Personne,
    Structure,
    Utilisateur,
)

Etape_ = tuple[str, Callable[[], Any]]

# In this order: what a row refers to is there before it.
MODELES: list[type[models.Model]] = [
    Organisme, Structure, Horaire, Equipe, Utilisateur, Utilisateur.structures.through,
    Personne, AccordPartage, Contact, Passage, JourOuverture,
    LigneDeMetro, Secteur, Secteur.lignes.through, Maraude, Maraude.membres.through, Etape,
    Rencontre, Observation, Acte, RemiseMateriel,
    Site, Chambre, Place, Sejour, Fermeture, Orientation,
]  # fmt: skip


def charger(
    graine: int,
    instant: datetime,
    echelle: float = 1.0,
    suivre: Callable[[list[Etape_]], Any] = iter,
) -> None:
    """Load everything or nothing.

    `instant` is the present of the data; `echelle` scales volumes down, for tests. `suivre`
    wraps the list of steps, to show them go by.
    """
    monde = Monde(graine, instant, echelle)
    etapes: list[Etape_] = [
        ("structures, comptes et personnes", lambda: socle.generer(monde)),
        ("passages", lambda: accueil.generer(monde)),
        ("maraudes", lambda: maraudes.generer(monde)),
        ("séjours", lambda: hebergement.generer(monde)),
        ("dossiers", lambda: _dater_les_dossiers(monde)),
    ]
    for modele in MODELES:
        nom = str(modele._meta.verbose_name_plural)
        etapes.append((nom, partial(_copier, monde, modele)))
    etapes += [
        ("rapprochement des orientations", rapprocher_marques),
        ("occupation des nuits", recalculer_tout),
        ("historique", _antidater_l_historique),
    ]
    with transaction.atomic():
        for _, faire in suivre(etapes):
            faire()
    _analyser()


def _copier(monde: Monde, modele: type[models.Model]) -> None:
    copier(modele, monde.lignes.pop(modele, []))
    # Foreign keys are checked here, not at the end: a long queue of checks that wait is walked
    # again by each statement of a row trigger, and 11 000 encounters took 14 s.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    # The triggers of the next tables look rows up in this one: let them know its size.
    _analyser(f'"{modele._meta.db_table}"')


def _analyser(table: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


def _dater_les_dossiers(monde: Monde) -> None:
    """A person's file was opened at the first thing that is known of them."""
    premiers: dict[Any, datetime] = {}
    dates: list[Ligne] = [
        *monde.lignes[Contact], *monde.lignes[Sejour], *monde.lignes[Orientation]
    ]  # fmt: skip
    for ligne in dates:
        personne = ligne["personne_id"]
        if personne is not None:
            premiers[personne] = min(premiers.get(personne, ligne["cree_le"]), ligne["cree_le"])
    ouverture = a_paris(socle.DEBUT, 9)
    for personne in monde.lignes[Personne]:
        instant = premiers.get(personne["uuid"], ouverture)
        personne |= {
            "saisi_le": instant, "recu_le": instant, "cree_le": instant, "modifie_le": instant
        }  # fmt: skip


def _antidater_l_historique() -> None:
    """Each entry of the history takes the date of its event, not the day of loading."""
    with connection.cursor() as cursor:
        for modele in MODELES:
            if modele._meta.auto_created:
                continue
            table = f"{modele._meta.db_table}event"
            if modele in (Passage, Rencontre):
                cursor.execute(
                    f'UPDATE "{table}" e SET pgh_created_at = c.cree_le FROM contacts_contact c '
                    "WHERE c.uuid = e.contact_id AND e.pgh_created_at = now()"
                )
            else:
                cursor.execute(
                    f'UPDATE "{table}" SET pgh_created_at = cree_le '
                    "WHERE pgh_created_at = now() AND pgh_label = 'insert'"
                )
        # What became of an orientation was known when the person arrived, or 30 days later.
        cursor.execute(
            "UPDATE coordination_orientationevent e SET pgh_created_at = least(now(), coalesce("
            "c.survenu_le, s.arrivee + time '15:00', e.decidee_le, "
            "coordination_limite(e.survenu_le))) "
            "FROM coordination_orientation o "
            "LEFT JOIN contacts_contact c ON c.uuid = o.arrivee_contact_id "
            "LEFT JOIN hebergement_sejour s ON s.uuid = o.arrivee_sejour_id "
            "WHERE o.uuid = e.pgh_obj_id AND e.pgh_label = 'update' AND e.pgh_created_at = now()"
        )
