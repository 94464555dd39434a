"""People and their pathways."""

from __future__ import annotations

from django.db.models import Q

from coordination.enums import StatutOrientation
from indicateurs.indicateur import Indicateur, Theme
from indicateurs.mesures import (
    ARRIVEE_A_TEMPS,
    cohorte,
    lignes,
    nouvelles,
    personnes,
)  # fmt: skip
from indicateurs.sources import (
    DE_LA_PERSONNE,
    ORIENTATIONS,
    PRESENCES,
    TERRITOIRE,
    Axe,
)  # fmt: skip
from socle.enums import Genre

# The 30 days of an orientation, and the night of the round in which it was made.
_MURIT = 31

DES_PARCOURS: tuple[Indicateur, ...] = (
    Indicateur(
        "file_active", "File active", Theme.PARCOURS, "personnes",
        "Personnes distinctes ayant eu au moins un contact dans la période : rencontre d'issue "
        "ECHANGE, passage, acte ou nuit de séjour. Ne s'additionne pas.",
        personnes(PRESENCES), axes=TERRITOIRE + DE_LA_PERSONNE, additif=False,
    ),
    # Apart from the file active, whose every breakdown is published.
    Indicateur(
        "file_active_par_cadre", "File active par cadre", Theme.PARCOURS, "personnes",
        "Personnes distinctes de la file active ayant eu au moins un contact dans ce cadre : "
        "accueil, maraude ou hébergement. Qui a été vu dans deux cadres compte dans chacun.",
        personnes(PRESENCES), axes=(Axe.CADRE,), additif=False, publie=False,
    ),
    Indicateur(
        "nouvelles_personnes", "Nouvelles personnes", Theme.PARCOURS, "personnes",
        "Personnes de la file active sans contact, là où l'on compte, dans les 24 mois avant leur "
        "premier contact de la période.",
        nouvelles(), axes=(*DE_LA_PERSONNE, Axe.CADRE), additif=False, publie=False,
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
        axes=(*TERRITOIRE, Axe.ORIENTEE_VERS, *DE_LA_PERSONNE),
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
        cohorte(), axes=(*TERRITOIRE, Axe.ORIENTEE_VERS), murit=_MURIT,
    ),
    Indicateur(
        "orientations_abouties", "Orientations abouties", Theme.PARCOURS, "orientations",
        "Parmi les orientations dont les 30 jours sont passés : arrivée dans la structure de "
        "destination dans ces 30 jours.",
        cohorte(ARRIVEE_A_TEMPS), axes=(*TERRITOIRE, Axe.ORIENTEE_VERS), murit=_MURIT,
    ),
    Indicateur(
        "taux_orientations_abouties", "Taux d'orientations abouties", Theme.PARCOURS, "taux",
        "Orientations abouties ÷ orientations dont les 30 jours sont passés.",
        rapport=("orientations_abouties", "orientations_echues", 1),
        axes=(*TERRITOIRE, Axe.ORIENTEE_VERS), additif=False,
    ),
)  # fmt: skip
