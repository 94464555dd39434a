"""Who asked for a place before each stay, what was proposed to them, and who waits today.

Made once the stays are known, from a stream of its own: what is drawn here changes nothing there.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from commun.horloge import jour_paris
from hebergement.enums import (
    MotifRefus,
    Nature,
    OrigineDemande,
    PrioriteDemande,
    StatutDemande,
    StatutProposition,
)
from hebergement.models import DemandeHebergement, Fermeture, Proposition, Sejour
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris
from indicateurs.demonstration.socle import CONTINGENT
from socle.enums import Genre

UN_JOUR = timedelta(days=1)
POUR_REPONDRE = timedelta(hours=48)
ORIGINES = {
    OrigineDemande.RENCONTRE: 34, OrigineDemande.PASSAGE: 38, OrigineDemande.HOPITAL: 11,
    OrigineDemande.SIAO: 12, OrigineDemande.JUSTICE: 2, OrigineDemande.AUTRE: 3,
}  # fmt: skip
PRIORITES = {
    PrioriteDemande.NORMALE: 78, PrioriteDemande.HAUTE: 16, PrioriteDemande.URGENTE: 6
}  # fmt: skip
MOTIFS_DE_PRIORITE = {
    PrioriteDemande.NORMALE: ("",),
    PrioriteDemande.HAUTE: ("Sort de l'hôpital", "Traitement à commencer", "Grossesse"),
    PrioriteDemande.URGENTE: ("Violences", "État de santé très dégradé"),
}
# What became of a proposition before the one that was taken.
ECHECS = {
    StatutProposition.REFUSEE_PERSONNE: 45, StatutProposition.REFUSEE_STRUCTURE: 15,
    StatutProposition.EXPIREE: 22, StatutProposition.NON_PRESENTEE: 18,
}  # fmt: skip
REFUS = {
    StatutProposition.REFUSEE_PERSONNE: {
        MotifRefus.ELOIGNEMENT: 30, MotifRefus.COLLECTIVITE: 22, MotifRefus.SEPARATION: 12,
        MotifRefus.ANIMAL: 8, MotifRefus.AUTRE_SOLUTION: 14, MotifRefus.NON_RENSEIGNE: 14,
    },
    StatutProposition.REFUSEE_STRUCTURE: {
        MotifRefus.HORS_CRITERES: 40, MotifRefus.SECURITE: 25, MotifRefus.ACCESSIBILITE: 20,
        MotifRefus.AUTRE: 15,
    },
}  # fmt: skip
PART_DES_ECHECS = 0.14
FINS = {
    StatutDemande.ANNULEE: 40, StatutDemande.REFUSEE_PERSONNE: 40,
    StatutDemande.REFUSEE_STRUCTURE: 20,
}  # fmt: skip
# Of those who wait today, how many are proposed a place, and of these how many are expected.
EN_ATTENTE, PROPOSEES, ATTENDUES = 38, 5, 2
SANS_SUITE = 60  # in the last year


def generer(monde: Monde, places: list[Ligne], sans_place: list[Ligne]) -> None:
    """Args:
    sans_place: people who have no place today."""
    demandes = Demandes(monde, places)
    demandes.de_ceux_qui_sont_venus()
    demandes.sans_suite(sans_place)
    demandes.en_attente(sans_place)


class Demandes:
    def __init__(self, monde: Monde, places: list[Ligne]) -> None:
        self.monde = monde
        self.hasard = Hasard(monde.graine, "demandes")
        self.places = [p for p in places if not p["_chambre_de_couple"]]
        # Who comes to the partner's hotels was asked for by its structure.
        self.du_contingent = {p["uuid"] for p in places if p["_structure"] == CONTINGENT}
        self.structures: dict[Any, list[UUID]] = defaultdict(list)
        for structure in monde.structures.values():
            self.structures[structure["organisme_id"]].append(structure["uuid"])
        self.prises: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
        for sejour in monde.lignes[Sejour]:
            self._prendre(sejour["place_id"], sejour["arrivee"], sejour["depart"])
        for fermeture in monde.lignes[Fermeture]:
            self._prendre(fermeture["place_id"], fermeture["debut"], fermeture["fin"])

    def _prendre(self, place: UUID, du: date, au: date | None) -> None:
        self.prises[place].append((du, au or date.max))

    def _libre(self, du: date, au: date) -> UUID | None:
        """A place that nobody has from one day to the other; few are so."""
        for place in self.hasard.sample(self.places, len(self.places)):
            if place["ouverte_le"] <= du and all(
                fin < du or debut > au for debut, fin in self.prises[place["uuid"]]
            ):
                return cast("UUID", place["uuid"])
        return None

    def de_ceux_qui_sont_venus(self) -> None:
        for sejour in [s for s in self.monde.lignes[Sejour] if not s["suite_de_id"]]:
            jours_d_attente = min(int(self.hasard.expovariate(1 / 9)), 29)
            le, venue = sejour["arrivee"] - timedelta(days=jours_d_attente), sejour["cree_le"]
            demande = self._demander(sejour["_personne"], le, venue, sejour["menage_id"])
            if sejour["place_id"] in self.du_contingent:
                demande["structure_id"] = self.monde.structures[CONTINGENT]["uuid"]
            if jours_d_attente > 4 and self.hasard.random() < PART_DES_ECHECS:
                self._echouer(demande, le + UN_JOUR)
            self._clore(demande, StatutDemande.ABOUTIE, venue)
            demande["sejour_id"] = sejour["uuid"]
            matin = min(a_paris(sejour["arrivee"], 11, 30), venue)
            self._proposer(
                demande, sejour["place_id"], matin, acceptee_le=matin, finie_le=venue,
                attendue_le=sejour["arrivee"], issue=StatutProposition.CONFIRMEE,
            )  # fmt: skip

    def sans_suite(self, personnes: list[Ligne]) -> None:
        """Requests of the last year that led to no place."""
        for _ in range(self.monde.a_l_echelle(SANS_SUITE)):
            jour = self.monde.aujourd_hui - timedelta(days=self.hasard.randint(20, 365))
            demande = self._demander(self.hasard.choice(personnes), jour)
            self._echouer(demande, jour + UN_JOUR)
            issue = self.hasard.un_sur(FINS)
            fin = a_paris(jour + timedelta(days=self.hasard.randint(3, 15)), 16)
            self._clore(demande, issue, fin)
            if issue in REFUS:
                demande["motif_refus"] = self.hasard.un_sur(REFUS[issue])

    def en_attente(self, personnes: list[Ligne]) -> None:
        """Who waits today; some are proposed a place since, and a few are expected."""
        jour, instant = self.monde.aujourd_hui, self.monde.instant
        attendent = self.hasard.sample(
            personnes, min(len(personnes), self.monde.a_l_echelle(EN_ATTENTE))
        )
        for rang, personne in enumerate(attendent):
            depuis = 1 + min(int(self.hasard.expovariate(1 / 15)), 80)
            demande = self._demander(personne, jour - timedelta(days=depuis))
            if rang >= PROPOSEES:
                continue
            le = instant - timedelta(hours=1 + 3 * rang)
            expire_le, attendue_le = le + POUR_REPONDRE, None
            if rang < ATTENDUES:
                attendue_le = jour + UN_JOUR
                expire_le = a_paris(attendue_le, 12) + timedelta(hours=24)
            depart = jour_paris(expire_le) + UN_JOUR
            place = self._libre(jour_paris(le), depart)
            if place is not None:
                self._proposer(
                    demande, place, le, expire_le=expire_le, attendue_le=attendue_le,
                    acceptee_le=attendue_le and le,
                    retenue_id=self._retenir(demande, place, le, depart)["uuid"],
                )  # fmt: skip

    def _demander(
        self, personne: Ligne, jour: date, avant: datetime | None = None, menage: Any = None
    ) -> Ligne:
        instant = min(a_paris(jour, 11), avant or self.monde.instant)
        priorite = self.hasard.un_sur(PRIORITES)
        return self.monde.ajouter(
            DemandeHebergement, uuid=self.hasard.identifiant(instant),
            personne_id=personne["uuid"], demandee_le=jour, menage_id=menage,
            structure_id=self.hasard.choice(self.structures[personne["organisme_id"]]),
            origine=self.hasard.un_sur(ORIGINES), couple=menage is not None,
            reservee_femmes=personne["genre"] == Genre.F and self.hasard.random() < 0.3,
            plain_pied=self.hasard.random() < 0.05, animal=self.hasard.random() < 0.07,
            priorite=priorite, motif_priorite=self.hasard.choice(MOTIFS_DE_PRIORITE[priorite]),
            saisi_le=instant, recu_le=instant, cree_le=instant, modifie_le=instant,
        )  # fmt: skip

    def _clore(self, demande: Ligne, issue: StatutDemande, fin: datetime) -> None:
        demande |= {"issue": issue, "close_le": fin, "version": 2, "modifie_le": fin}

    def _proposer(self, demande: Ligne, place: UUID, le: datetime, **champs: Any) -> Ligne:
        fin = champs.get("finie_le") or champs.get("acceptee_le")
        return self.monde.ajouter(
            Proposition, uuid=self.hasard.identifiant(le), demande_id=demande["uuid"],
            place_id=place, saisi_le=le, recu_le=le, cree_le=le, modifie_le=fin or le,
            version=2 if fin else 1, **{"expire_le": le + POUR_REPONDRE} | champs,
        )  # fmt: skip

    def _echouer(self, demande: Ligne, jour: date) -> None:
        """A place was proposed that day, and it led to nothing."""
        issue = self.hasard.un_sur(ECHECS)
        le = a_paris(jour, 10)
        perdue = {}
        fin = le + timedelta(hours=5)
        if issue in REFUS:
            perdue["motif_refus"] = self.hasard.un_sur(REFUS[issue])
            # The place is free again the same day: no night was kept.
            place = self._libre(jour, jour)
        else:
            fin = le + POUR_REPONDRE
            place = self._libre(jour, jour_paris(fin))
        if issue == StatutProposition.NON_PRESENTEE:
            perdue |= {"acceptee_le": le, "attendue_le": jour + UN_JOUR}
        if place is None:
            return
        if issue not in REFUS:
            self._retenir(demande, place, le, jour_paris(fin))
        self._proposer(demande, place, le, issue=issue, finie_le=fin, **perdue)

    def _retenir(self, demande: Ligne, place: UUID, le: datetime, depart: date) -> Ligne:
        self._prendre(place, jour_paris(le), depart)
        return self.monde.ajouter(
            Sejour, uuid=self.hasard.identifiant(le), place_id=place, nature=Nature.RETENUE,
            personne_id=demande["personne_id"], arrivee=jour_paris(le), depart=depart,
            suite_de_id=None, menage_id=None, motif_sortie="", destination="",
            saisi_le=le, recu_le=le, cree_le=le, modifie_le=le,
        )  # fmt: skip
