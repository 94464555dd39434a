"""The rounds of the hotels over the last weeks: who was seen, who is away, whom nobody sees."""

from __future__ import annotations

from datetime import date, timedelta

from hebergement.enums import MotifAbsence
from hebergement.models import Absence, ConstatPresence, Sejour
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris, jours

JOURS_DE_RONDES = 42
HEURE_DES_RONDES = 20
PART_DES_VUS = 0.93
# Days since somebody was last seen: of those in alert, then of those to decide on.
SANS_SIGNE = (3, 4, 4, 5, 6, 6, 8, 9, 12, 19)
# Motive, days since they left, for how many their place is kept; one is late.
ABSENCES = (
    (MotifAbsence.HOPITAL, 12, 30), (MotifAbsence.HOPITAL, 5, 30), (MotifAbsence.HOPITAL, 33, 30),
    (MotifAbsence.DETENTION, 20, 60), (MotifAbsence.CONGE, 4, 10), (MotifAbsence.CONGE, 2, 7),
)  # fmt: skip


def depuis(monde: Monde) -> date:
    """When the hotels began their rounds."""
    return monde.aujourd_hui - timedelta(days=JOURS_DE_RONDES)


def generer(monde: Monde) -> None:
    hasard = Hasard(monde.graine, "presences")
    derniere = monde.aujourd_hui
    if a_paris(derniere, HEURE_DES_RONDES + 1) > monde.instant:
        derniere -= timedelta(days=1)
    en_cours = [s for s in monde.lignes[Sejour] if s["depart"] is None]
    anciens = [s for s in en_cours if s["arrivee"] < depuis(monde)]
    hasard.shuffle(anciens)
    # A few of each, on a small scale too.
    part = max(1, len(anciens) // 10)
    perdus = dict(zip((s["uuid"] for s in anciens), SANS_SIGNE[:part], strict=False))
    absents = {
        s["uuid"]: _absenter(monde, hasard, s, absence)
        for s, absence in zip(anciens[len(perdus) :], ABSENCES[:part], strict=False)
    }
    for sejour in en_cours:
        fin = derniere
        if sejour["uuid"] in perdus:
            fin = monde.aujourd_hui - timedelta(days=perdus[sejour["uuid"]])
        parti = absents.get(sejour["uuid"], monde.aujourd_hui + timedelta(days=1))
        for jour in jours(max(sejour["arrivee"], depuis(monde)), derniere + timedelta(days=1)):
            # Somebody who was overlooked one evening is seen the next: two in a row tell nothing.
            vu = jour <= fin and jour < parti
            if vu and jour < fin - timedelta(days=1):
                vu = hasard.random() < PART_DES_VUS
            _constater(monde, hasard, sejour, jour, vu)


def _absenter(
    monde: Monde, hasard: Hasard, sejour: Ligne, absence: tuple[MotifAbsence, int, int]
) -> date:
    motif, il_y_a, gardee = absence
    debut = monde.aujourd_hui - timedelta(days=il_y_a)
    instant = a_paris(debut, 11)
    monde.ajouter(
        Absence, uuid=hasard.identifiant(instant), sejour_id=sejour["uuid"], motif=motif,
        debut=debut, fin=None, garde_jusqu_au=debut + timedelta(days=gardee),
        saisi_le=instant, recu_le=instant, cree_le=instant, modifie_le=instant,
    )  # fmt: skip
    return debut


def _constater(monde: Monde, hasard: Hasard, sejour: Ligne, jour: date, vu: bool) -> None:
    instant = a_paris(jour, HEURE_DES_RONDES, hasard.randrange(60))
    monde.ajouter(
        ConstatPresence, uuid=hasard.identifiant(instant), sejour_id=sejour["uuid"], jour=jour,
        present=vu, saisi_le=instant, recu_le=instant, cree_le=instant, modifie_le=instant,
    )  # fmt: skip
