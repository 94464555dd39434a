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
from hebergement.models import (
    Absence,
    Chambre,
    ConstatPresence,
    Contingent,
    DemandeHebergement,
    Fermeture,
    Menage,
    OccupationNuit,
    Place,
    Proposition,
    Sejour,
    Site,
)
from hebergement.occupation import recalculer_tout
from indicateurs import faits
from indicateurs.demonstration import (
    accueil,
    contingents,
    hebergement,
    historique,
    maraudes,
    presences,
    socle,
)
from indicateurs.demonstration.outils import PREMIER_PRESENT, Ligne, Monde, copier
from indicateurs.models import FaitDuJour, PresenceDuMois
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from maraudes.models import Ligne as LigneDeMetro
from socle.models import (
    AccesPersonne,
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
    Site, Chambre, Place, Contingent, Menage, Sejour, Fermeture, Absence, ConstatPresence,
    DemandeHebergement, Proposition, Orientation,
]  # fmt: skip


class HorlogeTropTot(Exception):
    """The clock shows a day that the years of the demonstration have not left behind."""


def charger(
    graine: int,
    instant: datetime,
    echelle: float = 1.0,
    suivre: Callable[[list[Etape_]], Any] = iter,
) -> None:
    """Load everything or nothing.

    `instant` is the present of the data; `echelle` scales volumes down, for tests. `suivre`
    wraps the list of steps, to show them go by.

    Raises:
        HorlogeTropTot: `instant` lies in the years that the demonstration tells, or before.
    """
    monde = Monde(graine, instant, echelle)
    if monde.aujourd_hui < PREMIER_PRESENT:
        raise HorlogeTropTot(f"Il faut une horloge d'après le {PREMIER_PRESENT:%d/%m/%Y}.")
    etapes: list[Etape_] = [
        ("structures, comptes et personnes", lambda: socle.generer(monde)),
        ("passages", lambda: accueil.generer(monde)),
        ("maraudes", lambda: maraudes.generer(monde)),
        ("séjours", lambda: hebergement.generer(monde)),
        ("contingent", lambda: contingents.generer(monde)),
        ("rondes", lambda: presences.generer(monde)),
        ("dossiers", lambda: _dater_les_dossiers(monde)),
    ]
    for modele in MODELES:
        nom = str(modele._meta.verbose_name_plural)
        etapes.append((nom, partial(_copier, monde, modele)))
    etapes += [
        ("rapprochement des orientations", rapprocher_marques),
        ("occupation des nuits", recalculer_tout),
        ("faits des indicateurs", faits.refaire),
        ("historique", lambda: historique.antidater(MODELES, instant)),
    ]
    with transaction.atomic():
        for _, faire in suivre(etapes):
            faire()
    # The other tables were counted when they were loaded; those below were computed.
    for modele in (OccupationNuit, AccesPersonne, Orientation, FaitDuJour, PresenceDuMois):
        _analyser(modele)


def _copier(monde: Monde, modele: type[models.Model]) -> None:
    lignes = monde.lignes.pop(modele, [])
    if lignes and "cree_le" in lignes[0]:
        # As they would have come: neighbours in time are neighbours in tables and indexes.
        lignes.sort(key=lambda ligne: ligne["cree_le"])
    copier(modele, lignes)
    # Foreign keys are checked here, not at the end: a long queue of checks that wait is walked
    # again by each statement of a row trigger, and 11 000 encounters took 14 s.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    # The triggers of the next tables look rows up in this one: let them know its size.
    _analyser(modele)


def _analyser(modele: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{modele._meta.db_table}"')


def _dater_les_dossiers(monde: Monde) -> None:
    """A person's file was opened at the first thing that is known of them; or never was."""
    premiers: dict[Any, datetime] = {}
    dates: list[Ligne] = [
        *monde.lignes[Contact], *monde.lignes[Sejour], *monde.lignes[Orientation],
        *monde.lignes[DemandeHebergement],
    ]  # fmt: skip
    for ligne in dates:
        personne = ligne["personne_id"]
        if personne is not None:
            premiers[personne] = min(premiers.get(personne, ligne["cree_le"]), ligne["cree_le"])
    monde.lignes[Personne] = [
        personne | {"saisi_le": le, "recu_le": le, "cree_le": le, "modifie_le": le}
        for personne in monde.lignes[Personne]
        if (le := premiers.get(personne["uuid"]))
    ]
