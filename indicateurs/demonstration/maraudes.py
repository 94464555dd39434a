"""Sectors and stations, rounds above and below ground, encounters, observations, orientations."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.text import slugify

from contacts.enums import Cadre, CategorieActe, Issue
from contacts.models import Acte, Contact
from coordination.enums import Decision
from coordination.models import Orientation
from indicateurs.demonstration.accueil import AGES, remettre
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris, horodater
from indicateurs.demonstration.socle import DEBUT, ESPACE_REPOS
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from maraudes.models import Etape, Maraude, Observation, Rencontre, Secteur
from maraudes.models import Ligne as LigneDeMetro
from socle.enums import Genre
from socle.models import AccordPartage, Equipe

SURFACE = [
    "Porte de la Chapelle", "Boulevard Ney", "Porte d'Aubervilliers", "Square Forceval",
    "Porte de la Villette", "Rosa Parks", "Stalingrad", "Jardins d'Éole", "Canal de l'Ourcq",
    "Canal Saint-Denis", "Gare du Nord", "La Chapelle",
]  # fmt: skip
STATIONS = {
    "Marcadet-Poissonniers": "4 12", "Château Rouge": "4", "Simplon": "4", "Gare du Nord": "4 5",
    "Marx Dormoy": "12", "Jules Joffrin": "12", "Lamarck-Caulaincourt": "12",
    "Porte de la Chapelle": "12", "La Chapelle": "2", "Stalingrad": "2 5 7", "Jaurès": "2 5 7bis",
    "Porte de la Villette": "7", "Corentin Cariou": "7", "Crimée": "7", "Riquet": "7",
    "Barbès-Rochechouart": "2 4", "Porte de Clignancourt": "4", "Front Populaire": "12",
    "Aimé Césaire": "12", "Mairie d'Aubervilliers": "12", "Abbesses": "12", "Pigalle": "2 12",
    "Anvers": "2", "Blanche": "2", "Colonel Fabien": "2", "Belleville": "2 11",
    "Louis Blanc": "7 7bis", "Château-Landon": "7", "Gare de l'Est": "4 5 7", "Laumière": "5",
    "Ourcq": "5", "Porte de Pantin": "5", "Hoche": "5", "Bolivar": "7bis", "Barbara": "4",
}  # fmt: skip
JOURS_DU_METRO = {0, 1, 3, 4}
ISSUES = {Issue.ECHANGE: 75, Issue.REFUS: 18, Issue.INDISPONIBLE: 7}
DESTINATIONS = {ESPACE_REPOS: 60, "caarud-b": 10, "hsa-gare-du-nord": 15, "csapa-b": 8,
                "assore-a": 7}  # fmt: skip
TEXTES = [
    "Secteur calme, peu de monde.", "Groupe nombreux, ambiance tendue.",
    "Plusieurs personnes très fatiguées, eau distribuée.", "Accès fermé par des travaux.",
    "Matériel usagé ramassé sur le quai.", "Demandes d'hébergement nombreuses ce soir.",
]  # fmt: skip


def generer(monde: Monde) -> None:
    Tournees(monde).generer()


def _code(nom: str) -> str:
    return slugify(nom.replace("'", "-"))


class Tournees:
    def __init__(self, monde: Monde) -> None:
        self.monde = monde
        self.equipes = {e["nom"]: e for e in monde.lignes[Equipe]}
        self.structures = {s["uuid"]: s for s in monde.structures.values()}
        self.accords: set[tuple[object, object]] = set()
        self.secteurs = self._secteurs()

    def _secteurs(self) -> dict[str, list[Ligne]]:
        hasard = Hasard(self.monde.graine, "secteurs")
        instant = a_paris(DEBUT, 9)
        dates = {"cree_le": instant, "modifie_le": instant}
        codes = sorted({c for lignes in STATIONS.values() for c in lignes.split()})
        lignes = {
            c: self.monde.ajouter(
                LigneDeMetro, uuid=hasard.identifiant(instant), code=c.replace("bis", " bis"),
                **dates,
            )
            for c in codes
        }  # fmt: skip
        groupes: dict[str, list[Ligne]] = {"surface": [], "12": [], "metro": []}
        for nom in SURFACE:
            groupes["surface"].append(
                self.monde.ajouter(
                    Secteur, uuid=hasard.identifiant(instant), code=f"surface-{_code(nom)}",
                    nom=nom, milieu=Milieu.SURFACE, frequence_cible=hasard.choice((2, 3, 5)),
                    **dates,
                )
            )  # fmt: skip
        for nom, desservie in STATIONS.items():
            station = self.monde.ajouter(
                Secteur, uuid=hasard.identifiant(instant), code=f"metro-{_code(nom)}", nom=nom,
                milieu=Milieu.SOUS_SOL, frequence_cible=1, **dates,
            )  # fmt: skip
            for code in desservie.split():
                self.monde.ajouter(
                    Secteur.lignes.through, secteur_id=station["uuid"],
                    ligne_id=lignes[code]["uuid"],
                )  # fmt: skip
            groupes["12" if "12" in desservie.split() else "metro"].append(station)
        return groupes

    def generer(self) -> None:
        aujourd_hui = self.monde.aujourd_hui
        for partie, dates in self.monde.parties().items():
            hasard = Hasard(self.monde.graine, f"maraudes/{partie}")
            connus = self.monde.visiteurs[partie]
            for jour in dates:
                if jour == aujourd_hui:
                    continue
                lettre = "a" if jour.toordinal() % 2 else "b"
                self._maraude(hasard, jour, Milieu.SURFACE, lettre, connus)
                if jour.weekday() in JOURS_DU_METRO:
                    self._maraude(hasard, jour, Milieu.SOUS_SOL, lettre, connus)
        hasard = Hasard(self.monde.graine, "maraudes/prevues")
        connus = self.monde.visiteurs["recent"]
        statut = StatutMaraude.EN_COURS
        self._maraude(hasard, aujourd_hui, Milieu.SURFACE, "a", connus, statut)
        for jour in (aujourd_hui, aujourd_hui + timedelta(days=1)):
            for milieu in Milieu:
                if (jour, milieu) != (aujourd_hui, Milieu.SURFACE):
                    self._maraude(hasard, jour, milieu, "a", connus, StatutMaraude.PLANIFIEE)
        self._orientations_en_attente(hasard, connus)

    def _maraude(
        self,
        hasard: Hasard,
        jour: date,
        milieu: Milieu,
        lettre: str,
        connus: list[Ligne],
        statut: StatutMaraude = StatutMaraude.CLOTUREE,
    ) -> None:
        surface = milieu == Milieu.SURFACE
        lieu = "de surface" if surface else "du métro"
        equipe = self.equipes[f"Maraude {lieu} {lettre.upper()}"]
        minutes = hasard.randint(14 * 60, 16 * 60) if surface else hasard.randint(1230, 1350)
        debut = a_paris(jour, minutes // 60, minutes % 60)
        fin = debut + timedelta(minutes=hasard.randint(150, 210))
        if statut == StatutMaraude.EN_COURS:
            # Started an hour ago, or just after midnight when that would be yesterday.
            debut = max(a_paris(jour, 0), self.monde.instant - timedelta(hours=1))
            fin = self.monde.instant
        elif statut == StatutMaraude.CLOTUREE:
            fin = min(fin, self.monde.instant)
            debut = min(debut, fin - timedelta(minutes=60))
        annonce = min(debut, a_paris(jour - timedelta(days=2), 10))
        maraude = self.monde.ajouter(
            Maraude, uuid=hasard.identifiant(annonce), equipe_id=equipe["uuid"], milieu=milieu,
            statut=statut, jour_prevu=jour,
            debut_le=None if statut == StatutMaraude.PLANIFIEE else debut,
            fin_le=fin if statut == StatutMaraude.CLOTUREE else None,
            auteur_id=self.monde.comptes["coordinatrice"]["uuid"] if lettre == "a" else None,
            saisi_le=annonce, recu_le=annonce, cree_le=annonce, modifie_le=annonce,
        )  # fmt: skip
        if lettre == "a":
            self.monde.ajouter(
                Maraude.membres.through, maraude_id=maraude["uuid"],
                utilisateur_id=self.monde.comptes["intervenante"]["uuid"],
            )  # fmt: skip
        visitees = []
        for ordre, secteur in enumerate(self._etapes(hasard, surface), 1):
            passe = {StatutEtape.VISITEE: 88, StatutEtape.NON_VISITEE: 8,
                     StatutEtape.INACCESSIBLE: 4}  # fmt: skip
            etat = hasard.un_sur(passe)
            if ordre == 1:
                etat = StatutEtape.VISITEE
            faites = {StatutMaraude.PLANIFIEE: 0, StatutMaraude.EN_COURS: 2}.get(statut, 99)
            if ordre > faites:
                etat = StatutEtape.PREVUE
            elif etat == StatutEtape.VISITEE:
                visitees.append(secteur)
            self.monde.ajouter(
                Etape, uuid=hasard.identifiant(annonce), maraude_id=maraude["uuid"],
                secteur_id=secteur["uuid"], ordre=ordre, statut=etat,
                cree_le=annonce, modifie_le=annonce,
            )  # fmt: skip
        if statut == StatutMaraude.PLANIFIEE:
            return
        duree = (fin - debut).total_seconds()
        for _ in range(hasard.randint(4, 14)):
            instant = debut + timedelta(seconds=int(hasard.random() * duree))
            self._rencontre(hasard, maraude, equipe, jour, instant, visitees, connus)
        if hasard.random() < 0.6:
            instant = debut + timedelta(seconds=int(hasard.random() * duree))
            self.monde.ajouter(
                Observation, uuid=hasard.identifiant(instant), maraude_id=maraude["uuid"],
                secteur_id=hasard.choice(visitees)["uuid"], texte=hasard.choice(TEXTES),
                personnes_vues=hasard.randint(2, 40), **horodater(instant),
            )  # fmt: skip

    def _etapes(self, hasard: Hasard, surface: bool) -> list[Ligne]:
        if surface:
            return hasard.sample(self.secteurs["surface"], 5)
        # Two stops in five on line 12, and as many of the encounters.
        etapes = hasard.sample(self.secteurs["12"], 2) + hasard.sample(self.secteurs["metro"], 3)
        hasard.shuffle(etapes)
        return etapes

    def _rencontre(
        self,
        hasard: Hasard,
        maraude: Ligne,
        equipe: Ligne,
        jour: date,
        instant: datetime,
        visitees: list[Ligne],
        connus: list[Ligne],
    ) -> None:
        issue = hasard.un_sur(ISSUES)
        personne: Ligne | None = None
        if issue == Issue.ECHANGE and hasard.random() < 0.6:
            liste = connus if hasard.random() < 0.6 else self.monde.inconnus_de_l_accueil
            personne = hasard.choice(liste)
            self._accorder(hasard, personne, equipe, instant)
        uuid = hasard.identifiant(instant)
        contact = self.monde.ajouter(
            Contact, uuid=uuid, personne_id=personne and personne["uuid"],
            genre_observe=personne["genre"] if personne
            else hasard.un_sur({Genre.H: 80, Genre.F: 14, Genre.NON_RENSEIGNE: 6}),
            tranche_age_observee=hasard.un_sur(AGES), structure_id=equipe["structure_id"],
            cadre=Cadre.MARAUDE, issue=issue, jour=jour, auteur_id=maraude["auteur_id"],
            **horodater(instant),
        )  # fmt: skip
        self.monde.ajouter(
            Rencontre, contact_id=uuid, maraude_id=maraude["uuid"],
            secteur_id=hasard.choice(visitees)["uuid"],
        )  # fmt: skip
        if issue != Issue.ECHANGE:
            return
        if hasard.random() < 0.45:
            remettre(self.monde, hasard, contact)
        if hasard.random() < 0.25:
            categories = (CategorieActe.RDR, CategorieActe.ACCUEIL, CategorieActe.SOINS_INFIRMIERS)
            self.monde.ajouter(
                Acte, uuid=hasard.identifiant(instant), contact_id=uuid,
                categorie=hasard.choice(categories), auteur_id=contact["auteur_id"],
                **horodater(instant),
            )  # fmt: skip
        if hasard.random() < 0.18:
            self._orienter(hasard, contact, personne, hasard.un_sur(DESTINATIONS))

    def _accorder(self, hasard: Hasard, personne: Ligne, equipe: Ligne, instant: datetime) -> None:
        """Another organisme met this person: their agreement to be known there is recorded."""
        organisme = self.structures[equipe["structure_id"]]["organisme_id"]
        cle = (personne["uuid"], organisme)
        if personne["organisme_id"] == organisme or cle in self.accords:
            return
        self.accords.add(cle)
        self.monde.ajouter(
            AccordPartage, uuid=hasard.identifiant(instant), personne_id=personne["uuid"],
            organisme_id=organisme, donne_le=instant.date(), saisi_le=instant, recu_le=instant,
            cree_le=instant, modifie_le=instant,
        )  # fmt: skip

    def _orienter(self, hasard: Hasard, contact: Ligne, personne: Ligne | None, vers: str) -> None:
        instant = contact["survenu_le"]
        decision = hasard.un_sur(
            {"": 88, Decision.REFUSEE_PERSONNE: 6, Decision.REFUSEE_STRUCTURE: 4,
             Decision.ANNULEE: 2}
        )  # fmt: skip
        decidee_le = min(instant + timedelta(hours=hasard.randint(1, 60)), self.monde.instant)
        acceptee = not decision and hasard.random() < 0.5
        self.monde.ajouter(
            Orientation, uuid=hasard.identifiant(instant), contact_id=contact["uuid"],
            personne_id=personne and personne["uuid"],
            structure_origine_id=contact["structure_id"],
            structure_id=self.monde.structures[vers]["uuid"],
            accompagnement=hasard.random() < 0.2,
            motif=hasard.choice(("Repos", "Soins", "Accès aux droits", "Hébergement", "")),
            acceptee_le=decidee_le if acceptee else None, decision=decision,
            decidee_le=decidee_le if decision else None, auteur_id=contact["auteur_id"],
            **horodater(instant),
        )  # fmt: skip

    def _orientations_en_attente(self, hasard: Hasard, connus: list[Ligne]) -> None:
        """Two people sent to the espace de repos just now, who are expected there."""
        instant = self.monde.instant
        for personne in hasard.sample(connus, 2):
            self.monde.ajouter(
                Orientation, uuid=hasard.identifiant(instant), personne_id=personne["uuid"],
                structure_origine_id=self.monde.structures["caarud-a"]["uuid"],
                structure_id=self.monde.structures[ESPACE_REPOS]["uuid"], motif="Repos",
                auteur_id=self.monde.comptes["intervenante"]["uuid"], **horodater(instant),
            )  # fmt: skip
