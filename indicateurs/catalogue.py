"""Every figure, once.

Formulas: docs/definitions.md § 2 to 5.
"""

from __future__ import annotations

from django.db.models import Q

from contacts.enums import CategorieActe, Issue
from coordination.enums import StatutOrientation
from hebergement.enums import DestinationSortie, Dispositif, MotifSortie
from indicateurs.enums import IndicateurSaisi
from indicateurs.indicateur import Indicateur, Theme
from indicateurs.mesures import (
    ARRIVEE_A_TEMPS,
    cohorte,
    lignes,
    personnes,
    places_de_la_derniere_nuit,
    somme,
)  # fmt: skip
from indicateurs.perimetres import Portee
from indicateurs.sources import (
    ACTES,
    ARRIVEES,
    MARAUDES,
    MATERIEL,
    NUITS,
    ORIENTATIONS,
    OUVERTURES,
    PASSAGES,
    PRESENCES,
    RENCONTRES,
    SEJOURS,
    SORTIES,
    TERRITOIRE,
    Axe,
)  # fmt: skip
from maraudes.enums import Milieu, StatutMaraude
from socle.enums import Genre

PERSONNE = (Axe.GENRE, Axe.AGE)
FLUIDES = (
    DestinationSortie.LOGEMENT_SOCIAL, DestinationSortie.LOGEMENT_PRIVE,
    DestinationSortie.LOGEMENT_ADAPTE, DestinationSortie.HEBERGEMENT_INSERTION,
    DestinationSortie.LHSS, DestinationSortie.LAM, DestinationSortie.ACT,
    DestinationSortie.SOIN_RESIDENTIEL,
)  # fmt: skip


def _accueil(portee: Portee) -> bool:
    return portee.a_un_accueil


def _equipe(portee: Portee) -> bool:
    return portee.a_une_equipe


def _site(portee: Portee) -> bool:
    return portee.a_un_site


def _site_assore(portee: Portee) -> bool:
    return portee.a_un_site_assore


INDICATEURS: tuple[Indicateur, ...] = (
    # --- Passages et actes
    Indicateur(
        "passages", "Passages", Theme.ACCUEIL, "passages",
        "Arrivées dans une structure d'accueil ; plusieurs par jour sont possibles, avec ou sans "
        "personne identifiée.",
        lignes(PASSAGES), axes=TERRITOIRE + PERSONNE, concerne=_accueil,
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
        lignes(ACTES), axes=(*TERRITOIRE, Axe.CATEGORIE, *PERSONNE),
    ),
    Indicateur(
        "actes_personnes", "Personnes ayant eu un acte", Theme.ACCUEIL, "personnes",
        "Personnes distinctes pour qui au moins un acte a été fait dans la période.",
        personnes(ACTES), axes=(*TERRITOIRE, Axe.CATEGORIE), additif=False,
    ),
    Indicateur(
        "actes_infirmiers", "Actes infirmiers", Theme.ACCUEIL, "actes",
        "Actes de catégorie SOINS_INFIRMIERS.",
        lignes(ACTES, categorie=CategorieActe.SOINS_INFIRMIERS), axes=TERRITOIRE + PERSONNE,
    ),
    Indicateur(
        "actes_acces_aux_droits", "Actes d'accès aux droits", Theme.ACCUEIL, "actes",
        "Actes de catégorie ACCES_AUX_DROITS.",
        lignes(ACTES, categorie=CategorieActe.ACCES_AUX_DROITS), axes=TERRITOIRE + PERSONNE,
    ),
    Indicateur(
        "actes_pour_100_passages", "Actes pour 100 passages", Theme.ACCUEIL,
        "actes pour 100 passages", "Actes ÷ passages × 100.",
        rapport=("actes", "passages", 100), axes=TERRITOIRE, additif=False, concerne=_accueil,
    ),
    Indicateur(
        "materiel_distribue", "Matériel distribué", Theme.ACCUEIL, "unités",
        "Quantités de matériel remises, tous types ensemble ou par type.",
        somme(MATERIEL, "quantite_distribuee"), axes=(*TERRITOIRE, Axe.MATERIEL, *PERSONNE),
    ),
    Indicateur(
        "materiel_recupere", "Matériel récupéré", Theme.ACCUEIL, "unités",
        "Quantités de matériel récupérées, tous types ensemble ou par type.",
        somme(MATERIEL, "quantite_recuperee"), axes=(*TERRITOIRE, Axe.MATERIEL, *PERSONNE),
    ),
    # --- Maraudes
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
        lignes(RENCONTRES, contact__issue=Issue.ECHANGE),
        axes=(*TERRITOIRE, Axe.MILIEU, *PERSONNE), concerne=_equipe,
    ),
    Indicateur(
        "rencontres_non_identifiees", "Rencontres sans personne identifiée", Theme.MARAUDES,
        "rencontres", "Rencontres d'issue ECHANGE dont la personne n'est pas identifiée.",
        lignes(RENCONTRES, contact__issue=Issue.ECHANGE, contact__personne__isnull=True),
        axes=(*TERRITOIRE, Axe.MILIEU), concerne=_equipe,
    ),
    Indicateur(
        "approches", "Approches", Theme.MARAUDES, "approches",
        "Toutes les rencontres, quelle que soit leur issue.",
        lignes(RENCONTRES), axes=(*TERRITOIRE, Axe.MILIEU), concerne=_equipe,
    ),
    Indicateur(
        "refus", "Refus", Theme.MARAUDES, "refus", "Rencontres d'issue REFUS.",
        lignes(RENCONTRES, contact__issue=Issue.REFUS), axes=(*TERRITOIRE, Axe.MILIEU),
        concerne=_equipe,
    ),
    Indicateur(
        "taux_refus", "Taux de refus", Theme.MARAUDES, "taux", "Refus ÷ approches.",
        rapport=("refus", "approches", 1), axes=(*TERRITOIRE, Axe.MILIEU), additif=False,
        concerne=_equipe,
    ),
    # --- Hébergement
    Indicateur(
        "places", "Places", Theme.HEBERGEMENT, "places",
        "Places théoriques de la dernière nuit de la période.",
        places_de_la_derniere_nuit(), axes=(*TERRITOIRE, Axe.DISPOSITIF), additif=False,
        concerne=_site,
    ),
    Indicateur(
        "places_assore", "Places Assore", Theme.HEBERGEMENT, "places",
        "Places théoriques de la dernière nuit de la période, sur les sites du dispositif ASSORE.",
        places_de_la_derniere_nuit(site__dispositif=Dispositif.ASSORE), axes=TERRITOIRE,
        additif=False, concerne=_site_assore,
    ),
    Indicateur(
        "nuitees", "Nuitées", Theme.HEBERGEMENT, "nuitées",
        "Somme des places occupées, nuit après nuit.",
        somme(NUITS, "occupees"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        contributeurs=personnes(SEJOURS),
    ),
    Indicateur(
        "nuits_disponibles", "Nuits disponibles", Theme.HEBERGEMENT, "nuits",
        "Somme des places disponibles, nuit après nuit.",
        somme(NUITS, "disponibles"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
    ),
    Indicateur(
        "taux_occupation", "Taux d'occupation", Theme.HEBERGEMENT, "taux",
        "Nuitées ÷ nuits disponibles ; jamais une moyenne de taux.",
        rapport=("nuitees", "nuits_disponibles", 1), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        additif=False, concerne=_site,
    ),
    Indicateur(
        "entrees", "Entrées", Theme.HEBERGEMENT, "entrées",
        "Séjours commencés dans la période, transferts exclus.",
        somme(NUITS, "entrees"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        contributeurs=personnes(ARRIVEES),
    ),
    Indicateur(
        "anomalies", "Anomalies d'occupation", Theme.HEBERGEMENT, "nuits",
        "Nuits de places occupées malgré une fermeture.",
        somme(NUITS, "anomalies"), axes=(*TERRITOIRE, Axe.DISPOSITIF), concerne=_site,
        publie=False,
    ),
    Indicateur(
        "sorties", "Sorties", Theme.HEBERGEMENT, "sorties",
        "Séjours finis dans la période, des transferts enchaînés comptant pour un seul séjour.",
        lignes(SORTIES),
        axes=(*TERRITOIRE, Axe.DISPOSITIF, Axe.MOTIF, Axe.DESTINATION, *PERSONNE),
        concerne=_site,
    ),
    Indicateur(
        "jours_de_sejour", "Jours des séjours finis", Theme.HEBERGEMENT, "jours",
        "Somme de départ − arrivée, sur les séjours finis dans la période.",
        somme(SORTIES, "jours"), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        concerne=_site,
    ),
    Indicateur(
        "duree_moyenne", "Durée moyenne de séjour", Theme.HEBERGEMENT, "jours",
        "Jours des séjours finis ÷ sorties.",
        rapport=("jours_de_sejour", "sorties", 1), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        additif=False, concerne=_site,
    ),
    Indicateur(
        "sorties_fluides", "Sorties vers un logement, une insertion ou un soin",
        Theme.HEBERGEMENT, "sorties",
        f"Sorties vers {', '.join(FLUIDES)}.",
        lignes(SORTIES, destination__in=FLUIDES), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        concerne=_site,
    ),
    Indicateur(
        "sorties_hors_deces", "Sorties hors décès", Theme.HEBERGEMENT, "sorties",
        "Sorties dont le motif n'est pas un décès ; les destinations inconnues y restent.",
        lignes(SORTIES, ~Q(motif_sortie=MotifSortie.DECES)), axes=(*TERRITOIRE, Axe.DISPOSITIF),
        concerne=_site,
    ),
    Indicateur(
        "fluidite", "Fluidité", Theme.HEBERGEMENT, "taux",
        "Sorties vers un logement, une insertion ou un soin ÷ sorties hors décès.",
        rapport=("sorties_fluides", "sorties_hors_deces", 1),
        axes=(*TERRITOIRE, Axe.DISPOSITIF), additif=False, concerne=_site,
    ),
    # --- Personnes et parcours
    Indicateur(
        "file_active", "File active", Theme.PARCOURS, "personnes",
        "Personnes distinctes ayant eu au moins un contact dans la période : rencontre d'issue "
        "ECHANGE, passage, acte ou nuit de séjour. Ne s'additionne pas.",
        personnes(PRESENCES), axes=TERRITOIRE + PERSONNE, additif=False,
    ),
    Indicateur(
        "femmes", "Femmes de la file active", Theme.PARCOURS, "personnes",
        "Personnes de la file active de genre F.",
        personnes(PRESENCES, personne__genre=Genre.F), axes=(*TERRITOIRE, Axe.AGE),
        additif=False,
    ),
    Indicateur(
        "genre_connu", "Personnes de genre connu", Theme.PARCOURS, "personnes",
        "Personnes de la file active dont le genre est renseigné.",
        personnes(PRESENCES, ~Q(personne__genre=Genre.NON_RENSEIGNE)),
        axes=TERRITOIRE, additif=False,
    ),
    Indicateur(
        "part_femmes", "Part des femmes", Theme.PARCOURS, "taux",
        "Femmes de la file active ÷ personnes de genre connu.",
        rapport=("femmes", "genre_connu", 1), axes=TERRITOIRE, additif=False,
    ),
    Indicateur(
        "orientations", "Orientations émises", Theme.PARCOURS, "orientations",
        "Orientations émises dans la période, les annulées exclues.",
        lignes(ORIENTATIONS, ~Q(statut=StatutOrientation.ANNULEE)),
        axes=(*TERRITOIRE, Axe.ORIENTEE_VERS, *PERSONNE),
    ),
    Indicateur(
        "orientations_annulees", "Orientations annulées", Theme.PARCOURS, "orientations",
        "Orientations émises dans la période, puis annulées.",
        lignes(ORIENTATIONS, statut=StatutOrientation.ANNULEE),
        axes=(*TERRITOIRE, Axe.ORIENTEE_VERS),
    ),
    Indicateur(
        "orientations_echues", "Orientations dont les 30 jours sont passés", Theme.PARCOURS,
        "orientations",
        "Orientations émises dans la période, qui nomment une personne et dont les 30 jours sont "
        "passés ; les refus y restent, les annulées non.",
        cohorte(), axes=(*TERRITOIRE, Axe.ORIENTEE_VERS),
    ),
    Indicateur(
        "orientations_abouties", "Orientations abouties", Theme.PARCOURS, "orientations",
        "Parmi les orientations dont les 30 jours sont passés : arrivée dans la structure de "
        "destination dans ces 30 jours.",
        cohorte(ARRIVEE_A_TEMPS), axes=(*TERRITOIRE, Axe.ORIENTEE_VERS),
    ),
    Indicateur(
        "taux_orientations_abouties", "Taux d'orientations abouties", Theme.PARCOURS, "taux",
        "Orientations abouties ÷ orientations dont les 30 jours sont passés.",
        rapport=("orientations_abouties", "orientations_echues", 1),
        axes=(*TERRITOIRE, Axe.ORIENTEE_VERS), additif=False,
    ),
)  # fmt: skip

# What only others know: a yearly total of the network, typed in with its source.
SAISIS: tuple[Indicateur, ...] = (
    Indicateur(
        IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES.value,
        IndicateurSaisi.INJONCTIONS_THERAPEUTIQUES.label,
        Theme.PARCOURS, "mesures",
        "Total annuel connu hors du service, saisi avec sa source ; jamais compté à partir d'une "
        "personne, ni ventilé.",
        additif=False,
    ),
)  # fmt: skip

PAR_CODE = {indicateur.code: indicateur for indicateur in INDICATEURS}
TOUS_PAR_CODE = PAR_CODE | {indicateur.code: indicateur for indicateur in SAISIS}
