"""Rounds."""

from __future__ import annotations

from django.db.models import F

from contacts.enums import Issue
from indicateurs.indicateur import Indicateur, Theme
from indicateurs.mesures import (
    jours_depuis_la_visite,
    lignes,
    lignes_une_a_une,
    somme,
)  # fmt: skip
from indicateurs.perimetres import Portee
from indicateurs.sources import (
    DE_LA_PERSONNE,
    MARAUDES,
    RENCONTRES,
    SEMAINES,
    TERRITOIRE,
    VISITES,
    Axe,
)  # fmt: skip
from maraudes.enums import Milieu, StatutMaraude


def _equipe(portee: Portee) -> bool:
    return portee.a_une_equipe


def _reseau(portee: Portee) -> bool:
    return portee.reseau


DES_MARAUDES: tuple[Indicateur, ...] = (
    Indicateur(
        "maraudes", "Maraudes", Theme.MARAUDES, "maraudes",
        "Maraudes clôturées, du jour où elles ont démarré.",
        lignes(MARAUDES, statut=StatutMaraude.CLOTUREE), axes=(*TERRITOIRE, Axe.MILIEU),
        concerne=_equipe,
    ),
    Indicateur(
        "maraudes_surface", "Maraudes de surface", Theme.MARAUDES, "maraudes",
        "Maraudes clôturées en SURFACE.",
        lignes(MARAUDES, statut=StatutMaraude.CLOTUREE, milieu=Milieu.SURFACE), axes=TERRITOIRE,
        concerne=_equipe,
    ),
    Indicateur(
        "maraudes_sous_sol", "Maraudes en sous-sol", Theme.MARAUDES, "maraudes",
        "Maraudes clôturées en SOUS_SOL.",
        lignes(MARAUDES, statut=StatutMaraude.CLOTUREE, milieu=Milieu.SOUS_SOL), axes=TERRITOIRE,
        concerne=_equipe,
    ),
    Indicateur(
        "maraudes_prevues", "Maraudes prévues", Theme.MARAUDES, "maraudes",
        "Maraudes de la période, quel que soit leur statut, annulées comprises.",
        lignes(MARAUDES), axes=(*TERRITOIRE, Axe.MILIEU), concerne=_equipe,
    ),
    Indicateur(
        "realisation", "Réalisation des maraudes", Theme.MARAUDES, "taux",
        "Maraudes clôturées ÷ maraudes prévues.",
        rapport=("maraudes", "maraudes_prevues", 1), axes=(*TERRITOIRE, Axe.MILIEU),
        additif=False, concerne=_equipe,
    ),
    Indicateur(
        "rencontres", "Rencontres", Theme.MARAUDES, "rencontres",
        "Rencontres d'issue ECHANGE.",
        lignes(RENCONTRES, issue=Issue.ECHANGE),
        axes=(*TERRITOIRE, Axe.MILIEU, *DE_LA_PERSONNE), concerne=_equipe,
    ),
    Indicateur(
        "rencontres_non_identifiees", "Rencontres sans personne identifiée", Theme.MARAUDES,
        "rencontres", "Rencontres d'issue ECHANGE dont la personne n'est pas identifiée.",
        lignes_une_a_une(RENCONTRES, issue=Issue.ECHANGE, contact__personne__isnull=True),
        axes=(*TERRITOIRE, Axe.MILIEU), concerne=_equipe,
    ),
    Indicateur(
        "approches", "Approches", Theme.MARAUDES, "approches",
        "Toutes les rencontres, quelle que soit leur issue.",
        lignes(RENCONTRES), axes=(*TERRITOIRE, Axe.MILIEU), concerne=_equipe,
    ),
    Indicateur(
        "refus", "Refus", Theme.MARAUDES, "refus", "Rencontres d'issue REFUS.",
        lignes(RENCONTRES, issue=Issue.REFUS), axes=(*TERRITOIRE, Axe.MILIEU),
        concerne=_equipe,
    ),
    Indicateur(
        "taux_refus", "Taux de refus", Theme.MARAUDES, "taux", "Refus ÷ approches.",
        rapport=("refus", "approches", 1), axes=(*TERRITOIRE, Axe.MILIEU), additif=False,
        concerne=_equipe,
    ),
    Indicateur(
        "visites", "Visites de secteurs et de stations", Theme.MARAUDES, "visites",
        "Étapes visitées des maraudes, les annulées exclues.",
        lignes(VISITES), axes=(*TERRITOIRE, Axe.MILIEU), concerne=_equipe, publie=False,
    ),
    Indicateur(
        "semaines_visees", "Semaines à couvrir", Theme.MARAUDES, "semaines",
        "Semaines finies dans la période, secteur par secteur, des secteurs actifs qui ont une "
        "fréquence visée, à partir de leur première visite.",
        lignes(SEMAINES), axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), concerne=_reseau, publie=False,
    ),
    Indicateur(
        "semaines_couvertes", "Semaines couvertes", Theme.MARAUDES, "semaines",
        "Semaines à couvrir où les visites ont atteint la fréquence visée.",
        lignes(SEMAINES, visites__gte=F("cible")), axes=(Axe.ARRONDISSEMENT, Axe.MILIEU),
        concerne=_reseau, publie=False,
    ),
    Indicateur(
        "couverture", "Couverture", Theme.MARAUDES, "taux",
        "Semaines couvertes ÷ semaines à couvrir.",
        rapport=("semaines_couvertes", "semaines_visees", 1),
        axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), additif=False, concerne=_reseau, publie=False,
    ),
    Indicateur(
        "visites_des_semaines", "Visites des semaines à couvrir", Theme.MARAUDES, "visites",
        "Visites faites pendant les semaines à couvrir, quelle que soit l'équipe.",
        somme(SEMAINES, "visites"), axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), concerne=_reseau,
        publie=False,
    ),
    Indicateur(
        "visites_visees", "Visites visées", Theme.MARAUDES, "visites",
        "Fréquence visée d'aujourd'hui de chaque secteur, en visites par semaine, sommée sur les "
        "semaines à couvrir.",
        somme(SEMAINES, "cible"), axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), concerne=_reseau,
        publie=False,
    ),
    Indicateur(
        "part_des_visites_visees", "Part des visites visées", Theme.MARAUDES, "taux",
        "Visites des semaines à couvrir ÷ visites visées ; au-delà de 1 là où l'on va plus "
        "souvent que visé, ce qui peut compenser ailleurs : la couverture, elle, ne compense pas.",
        rapport=("visites_des_semaines", "visites_visees", 1),
        axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), additif=False, concerne=_reseau, publie=False,
    ),
    Indicateur(
        "visites_par_semaine", "Visites par semaine à couvrir", Theme.MARAUDES,
        "visites par semaine",
        "Visites des semaines à couvrir ÷ semaines à couvrir : ce qu'un secteur en reçoit par "
        "semaine, en moyenne.",
        rapport=("visites_des_semaines", "semaines_visees", 1),
        axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), additif=False, concerne=_reseau, publie=False,
    ),
    Indicateur(
        "jours_depuis_visite", "Jours depuis la dernière visite", Theme.MARAUDES, "jours",
        "Médiane, sur les secteurs actifs aujourd'hui, des jours entre la dernière visite et le "
        "dernier jour de la période, les maraudes annulées exclues. Un secteur jamais visité "
        "jusque-là n'y est pas.",
        jours_depuis_la_visite(), axes=(Axe.ARRONDISSEMENT, Axe.MILIEU), additif=False,
        concerne=_reseau, publie=False, rien=None,
    ),
)  # fmt: skip
