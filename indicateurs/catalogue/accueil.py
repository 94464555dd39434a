"""Visits, acts and material."""

from __future__ import annotations

from contacts.enums import CategorieActe
from indicateurs.indicateur import Indicateur, Theme
from indicateurs.mesures import (
    lignes,
    personnes,
    somme,
)  # fmt: skip
from indicateurs.perimetres import Portee
from indicateurs.sources import (
    ACTES,
    DE_LA_PERSONNE,
    MATERIEL,
    OUVERTURES,
    PASSAGES,
    TERRITOIRE,
    Axe,
)  # fmt: skip


def _accueil(portee: Portee) -> bool:
    return portee.a_un_accueil


DE_L_ACCUEIL: tuple[Indicateur, ...] = (
    Indicateur(
        "passages", "Passages", Theme.ACCUEIL, "passages",
        "Arrivées dans une structure d'accueil ; plusieurs par jour sont possibles, avec ou sans "
        "personne identifiée.",
        lignes(PASSAGES), axes=TERRITOIRE + DE_LA_PERSONNE, concerne=_accueil,
    ),
    Indicateur(
        "passages_personnes", "Personnes passées", Theme.ACCUEIL, "personnes",
        "Personnes distinctes ayant au moins un passage dans la période.",
        personnes(PASSAGES), axes=TERRITOIRE, additif=False, concerne=_accueil,
    ),
    Indicateur(
        "jours_ouverts", "Jours d'ouverture", Theme.ACCUEIL, "jours",
        "Jours où une structure d'accueil a réellement ouvert, comptés par structure.",
        lignes(OUVERTURES), axes=TERRITOIRE, concerne=_accueil,
    ),
    Indicateur(
        "passages_par_jour", "Passages par jour ouvert", Theme.ACCUEIL, "passages par jour",
        "Passages ÷ jours d'ouverture.",
        rapport=("passages", "jours_ouverts", 1), axes=TERRITOIRE, additif=False,
        concerne=_accueil,
    ),
    Indicateur(
        "actes", "Actes", Theme.ACCUEIL, "actes",
        "Actes faits pendant un contact, toutes catégories ensemble.",
        lignes(ACTES), axes=(*TERRITOIRE, Axe.CATEGORIE, *DE_LA_PERSONNE),
    ),
    Indicateur(
        "actes_personnes", "Personnes ayant eu un acte", Theme.ACCUEIL, "personnes",
        "Personnes distinctes pour qui au moins un acte a été fait dans la période.",
        personnes(ACTES), axes=(*TERRITOIRE, Axe.CATEGORIE), additif=False,
    ),
    Indicateur(
        "actes_infirmiers", "Actes infirmiers", Theme.ACCUEIL, "actes",
        "Actes de catégorie SOINS_INFIRMIERS.",
        lignes(ACTES, categorie=CategorieActe.SOINS_INFIRMIERS), axes=TERRITOIRE + DE_LA_PERSONNE,
    ),
    Indicateur(
        "actes_acces_aux_droits", "Actes d'accès aux droits", Theme.ACCUEIL, "actes",
        "Actes de catégorie ACCES_AUX_DROITS.",
        lignes(ACTES, categorie=CategorieActe.ACCES_AUX_DROITS), axes=TERRITOIRE + DE_LA_PERSONNE,
    ),
    Indicateur(
        "actes_pour_100_passages", "Actes pour 100 passages", Theme.ACCUEIL,
        "actes pour 100 passages",
        "Actes ÷ passages × 100. Par catégorie : actes de la catégorie ÷ tous les passages × 100.",
        rapport=("actes", "passages", 100), axes=(*TERRITOIRE, Axe.CATEGORIE), additif=False,
        concerne=_accueil,
    ),
    Indicateur(
        "materiel_distribue", "Matériel distribué", Theme.ACCUEIL, "unités",
        "Quantités de matériel remises, tous types ensemble ou par type.",
        somme(MATERIEL, "quantite_distribuee"), axes=(*TERRITOIRE, Axe.MATERIEL, *DE_LA_PERSONNE),
    ),
    Indicateur(
        "materiel_recupere", "Matériel récupéré", Theme.ACCUEIL, "unités",
        "Quantités de matériel récupérées, tous types ensemble ou par type.",
        somme(MATERIEL, "quantite_recuperee"), axes=(*TERRITOIRE, Axe.MATERIEL, *DE_LA_PERSONNE),
    ),
)  # fmt: skip
