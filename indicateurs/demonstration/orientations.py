"""Orientations and what is decided of them, and the sharing agreements that rounds bring."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from commun.horloge import jour_paris
from coordination.enums import Decision
from coordination.models import Orientation
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, horodater
from indicateurs.demonstration.socle import ACCUEIL_DE_NUIT, CONTINGENT, ESPACE_REPOS
from socle.models import AccordPartage

DESTINATIONS = {
    ESPACE_REPOS: 58, "hsa-gare-du-nord": 8, "caarud-b": 6, "csapa-b": 5, "assore-a": 8,
    "assore-b": 8, CONTINGENT: 3, ACCUEIL_DE_NUIT: 2, "lhss-d": 2,
}  # fmt: skip
MOTIFS = {
    ESPACE_REPOS: ("Repos", "Soins", "Hygiène", "Accès aux droits", ""),
    "hsa-gare-du-nord": ("Consommation supervisée", ""),
    "caarud-b": ("Matériel", "Hygiène", ""),
    "csapa-b": ("Traitement", "Soins"),
    "lhss-d": ("Soins",),
}
DECISIONS = {"": 88, Decision.REFUSEE_PERSONNE: 6, Decision.REFUSEE_STRUCTURE: 4,
             Decision.ANNULEE: 2}  # fmt: skip
MOTIFS_DE_DECISION = {
    Decision.REFUSEE_PERSONNE: ("Ne souhaite pas y aller.", "Préfère rester avec ses proches.", ""),
    Decision.REFUSEE_STRUCTURE: ("Plus de place aujourd'hui.", "Ne relève pas de la structure."),
    Decision.ANNULEE: ("Saisie par erreur.", "La personne est déjà suivie ailleurs."),
}
PART_DES_ACCORDS_RETIRES = 0.04
EN_ATTENTE = 3


class Orientations:
    def __init__(self, monde: Monde) -> None:
        self.monde = monde
        self.structures = {s["uuid"]: s for s in monde.structures.values()}
        # Until when an agreement of a person with an organisme runs; None: it still does.
        self.accords: dict[tuple[object, object], date | None] = {}

    def accorder(self, hasard: Hasard, personne: Ligne, contact: Ligne) -> None:
        """Another organisme met this person: their agreement to be known there is recorded."""
        organisme = self.structures[contact["structure_id"]]["organisme_id"]
        cle = (personne["uuid"], organisme)
        jour = jour_paris(contact["survenu_le"])
        if personne["organisme_id"] == organisme:
            return
        if cle in self.accords:
            retrait = self.accords[cle]
            if retrait is None or jour < retrait:
                return
        retire_le: date | None = None
        if hasard.random() < PART_DES_ACCORDS_RETIRES:
            retire_le = jour + timedelta(days=hasard.randint(10, 300))
            if retire_le >= self.monde.aujourd_hui:
                retire_le = None
        self.accords[cle] = retire_le
        dates: Ligne = horodater(contact["survenu_le"], contact["recu_le"])
        if retire_le:
            heure = timedelta(days=(retire_le - jour).days)
            dates |= {"version": 2, "modifie_le": contact["recu_le"] + heure}
        self.monde.ajouter(
            AccordPartage, uuid=hasard.identifiant(contact["survenu_le"]),
            personne_id=personne["uuid"], organisme_id=organisme, donne_le=jour,
            retire_le=retire_le, auteur_id=contact["auteur_id"], **dates,
        )  # fmt: skip

    def orienter(self, hasard: Hasard, contact: Ligne, personne: Ligne | None) -> None:
        vers = hasard.un_sur(DESTINATIONS)
        instant, recu_le = contact["survenu_le"], contact["recu_le"]
        structure = self.monde.structures[vers]
        suites = self._decider(hasard, instant, personne, structure)
        if vers == ESPACE_REPOS and not suites["decision"] and self._attendrait(instant, personne):
            return
        if vers.startswith("assore") and personne and not suites["decision"]:
            self.monde.attendus.append(
                {"jour": jour_paris(instant), "personne": personne, "structure": vers}
            )
        suites["modifie_le"] = max(recu_le, suites.get("modifie_le", recu_le))
        self.monde.ajouter(
            Orientation, uuid=hasard.identifiant(instant), contact_id=contact["uuid"],
            personne_id=personne and personne["uuid"],
            structure_origine_id=contact["structure_id"], structure_id=structure["uuid"],
            accompagnement=hasard.random() < 0.2,
            motif=hasard.choice(MOTIFS.get(vers, ("Hébergement",))),
            auteur_id=contact["auteur_id"], **horodater(instant, recu_le) | suites,
        )  # fmt: skip

    def _decider(
        self, hasard: Hasard, instant: datetime, personne: Ligne | None, structure: Ligne
    ) -> dict[str, Any]:
        """Accepted, refused or cancelled, unless the person had arrived before, or nothing yet."""
        decision = hasard.un_sur(DECISIONS)
        acceptee = not decision and hasard.random() < 0.5
        decidee_le = instant + timedelta(minutes=hasard.randint(20, 18 * 60))
        suites: dict[str, Any] = {"acceptee_le": None, "decision": "", "decidee_le": None}
        arrivees = self.monde.arrivees_de(personne, structure)
        venue = any(instant <= a <= decidee_le for a in arrivees)
        if venue or decidee_le > self.monde.instant or not (decision or acceptee):
            return suites
        suites |= {"version": 2, "modifie_le": decidee_le}
        if acceptee:
            return suites | {"acceptee_le": decidee_le}
        return suites | {
            "decision": decision, "decidee_le": decidee_le,
            "motif_decision": hasard.choice(MOTIFS_DE_DECISION[decision]),
        }  # fmt: skip

    def _attendrait(self, instant: datetime, personne: Ligne | None) -> bool:
        """Whether it would still be open now: those that wait are chosen in `faire_attendre`."""
        if instant < self.monde.instant - timedelta(days=31):
            return False
        espace = self.monde.structures[ESPACE_REPOS]
        return not any(a >= instant for a in self.monde.arrivees_de(personne, espace))

    def faire_attendre(self, hasard: Hasard, connus: list[Ligne]) -> None:
        """People sent to the espace de repos a little while ago, who are expected there."""
        espace = self.monde.structures[ESPACE_REPOS]
        for minutes in (15, 50, 130)[:EN_ATTENTE]:
            instant = self.monde.instant - timedelta(minutes=minutes)
            personne = self._pas_venu_depuis(hasard, connus, instant, espace)
            self.monde.ajouter(
                Orientation, uuid=hasard.identifiant(instant), personne_id=personne["uuid"],
                structure_origine_id=self.monde.structures["caarud-a"]["uuid"],
                structure_id=espace["uuid"], motif="Repos", accompagnement=minutes == 15,
                auteur_id=self.monde.comptes["intervenante"]["uuid"], **horodater(instant),
            )  # fmt: skip

    def _pas_venu_depuis(
        self, hasard: Hasard, connus: list[Ligne], instant: datetime, structure: Ligne
    ) -> Ligne:
        while True:
            personne = hasard.choice(connus)
            if not any(a >= instant for a in self.monde.arrivees_de(personne, structure)):
                connus.remove(personne)
                return personne
