"""Rounds above and below ground: planned, in progress or closed, by the clock of loading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contacts.enums import Cadre, CategorieActe, Issue
from contacts.models import Acte, Contact
from indicateurs.demonstration import secteurs
from indicateurs.demonstration.accueil import AGES, remettre
from indicateurs.demonstration.orientations import Orientations
from indicateurs.demonstration.outils import (
    Hasard,
    Ligne,
    Monde,
    a_paris,
    horodater,
    tranche_d_age,
)
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from maraudes.models import Etape, Maraude, Observation, Rencontre
from socle.enums import Genre
from socle.models import Equipe

JOURS_DU_METRO = {0, 1, 3, 4}
# A fifth round underground is planned now and then, and cancelled: four a week are made.
JOUR_ANNULE = 2
ISSUES = {Issue.ECHANGE: 75, Issue.REFUS: 18, Issue.INDISPONIBLE: 7}
ETATS = {StatutEtape.VISITEE: 88, StatutEtape.NON_VISITEE: 8, StatutEtape.INACCESSIBLE: 4}
TEXTES = [
    "Secteur calme, peu de monde.", "Groupe nombreux, ambiance tendue.",
    "Plusieurs personnes très fatiguées, eau distribuée.",
    "Demandes d'hébergement nombreuses ce soir.",
]  # fmt: skip
TEXTES_DU_LIEU = {
    Milieu.SURFACE: ["Matériel usagé ramassé.", "Tentes déplacées depuis la dernière tournée."],
    Milieu.SOUS_SOL: ["Matériel usagé ramassé sur le quai.", "Accès fermé par des travaux."],
}
PREVUES_SUR = 7  # days ahead


@dataclass
class Tour:
    """One round while it is told: its hours, its visited stops in their order."""

    maraude: Ligne
    equipe: Ligne
    jour: date
    debut: datetime
    fin: datetime
    recu_le: datetime | None
    visitees: list[Ligne]

    def etape_a(self, instant: datetime) -> Ligne:
        rang = (instant - self.debut) / max(self.fin - self.debut, timedelta(seconds=1))
        return self.visitees[min(int(rang * len(self.visitees)), len(self.visitees) - 1)]


def generer(monde: Monde) -> None:
    Tournees(monde).generer()


class Tournees:
    def __init__(self, monde: Monde) -> None:
        self.monde = monde
        self.equipes = {e["nom"]: e for e in monde.lignes[Equipe]}
        self.secteurs = secteurs.generer(monde)
        self.orientations = Orientations(monde)

    def generer(self) -> None:
        for partie, dates in self.monde.parties().items():
            hasard = Hasard(self.monde.graine, f"maraudes/{partie}")
            self.connus = self.monde.visiteurs[partie]
            for jour in dates:
                if jour == self.monde.aujourd_hui:
                    continue
                lettre = "a" if jour.toordinal() % 2 else "b"
                self._faire(hasard, jour, Milieu.SURFACE, lettre)
                if jour.weekday() in JOURS_DU_METRO:
                    self._faire(hasard, jour, Milieu.SOUS_SOL, lettre)
                elif jour.weekday() == JOUR_ANNULE and jour.day <= 7:
                    self._maraude(hasard, jour, Milieu.SOUS_SOL, lettre, StatutMaraude.ANNULEE)
        hasard = Hasard(self.monde.graine, "maraudes/prevues")
        self._aujourd_hui(hasard)
        self._prevoir(hasard)
        self.orientations.faire_attendre(hasard, list(self.connus))

    def _aujourd_hui(self, hasard: Hasard) -> None:
        """By the clock: in the day a round at the surface is under way, at night one underground.

        Whatever the hour, the second team still has one to start.
        """
        jour, instant = self.monde.aujourd_hui, self.monde.instant
        il_y_a_peu = instant - timedelta(minutes=hasard.randint(50, 80))
        if instant < a_paris(jour, 9, 30):
            self._maraude(hasard, jour, Milieu.SURFACE, "a")
        elif instant < a_paris(jour, 20, 30):
            debut = max(a_paris(jour, 9), il_y_a_peu)
            self._faire(hasard, jour, Milieu.SURFACE, "a", debut, en_cours=True)
        else:
            self._faire(hasard, jour, Milieu.SURFACE, "a", a_paris(jour, 15))
        if instant < a_paris(jour, 20, 30):
            self._maraude(hasard, jour, Milieu.SOUS_SOL, "a")
        else:
            debut = max(a_paris(jour, 20), il_y_a_peu)
            self._faire(hasard, jour, Milieu.SOUS_SOL, "a", debut, en_cours=True)
        self._maraude(hasard, jour, Milieu.SOUS_SOL, "b")

    def _prevoir(self, hasard: Hasard) -> None:
        for n in range(1, PREVUES_SUR + 1):
            jour = self.monde.aujourd_hui + timedelta(days=n)
            lettre = "a" if jour.toordinal() % 2 else "b"
            self._maraude(hasard, jour, Milieu.SURFACE, lettre)
            if n == 1 or jour.weekday() in JOURS_DU_METRO:
                self._maraude(hasard, jour, Milieu.SOUS_SOL, lettre)

    def _faire(
        self,
        hasard: Hasard,
        jour: date,
        milieu: Milieu,
        lettre: str,
        debut: datetime | None = None,
        *,
        en_cours: bool = False,
    ) -> None:
        """A round that started, and what happened in it; past midnight it may still be going."""
        surface = milieu == Milieu.SURFACE
        minutes = hasard.randint(14 * 60, 16 * 60) if surface else hasard.randint(1230, 1350)
        debut = debut or a_paris(jour, minutes // 60, minutes % 60)
        fin = debut + timedelta(minutes=hasard.randint(150, 210))
        en_cours = en_cours or fin > self.monde.instant
        statut = StatutMaraude.EN_COURS if en_cours else StatutMaraude.CLOTUREE
        fin = min(fin, self.monde.instant)
        tour = self._maraude(hasard, jour, milieu, lettre, statut, debut, fin)
        duree = (fin - debut).total_seconds()
        instants = sorted(
            debut + timedelta(seconds=int(hasard.random() * duree))
            for _ in range(max(1, round(hasard.randint(3, 10) * min(1, self.monde.echelle * 4))))
        )
        for instant in instants:
            self._rencontre(hasard, tour, instant)
        if en_cours or hasard.random() < 0.6:
            instant = debut + timedelta(seconds=int(hasard.random() * duree))
            self.monde.ajouter(
                Observation, uuid=hasard.identifiant(instant), maraude_id=tour.maraude["uuid"],
                secteur_id=tour.etape_a(instant)["uuid"], personnes_vues=hasard.randint(2, 40),
                texte=hasard.choice(TEXTES + TEXTES_DU_LIEU[milieu]),
                auteur_id=tour.maraude["auteur_id"] and self._membre(),
                **horodater(instant, tour.recu_le),
            )  # fmt: skip

    def _membre(self) -> object:
        return self.monde.comptes["intervenante"]["uuid"]

    def _maraude(
        self,
        hasard: Hasard,
        jour: date,
        milieu: Milieu,
        lettre: str,
        statut: StatutMaraude = StatutMaraude.PLANIFIEE,
        debut: datetime | None = None,
        fin: datetime | None = None,
    ) -> Tour:
        """A round and its stops, planned two days before; its last change is when it is told."""
        surface = milieu == Milieu.SURFACE
        equipe = self.equipes[f"Maraude {'de surface' if surface else 'du métro'} {lettre.upper()}"]
        annonce = min(a_paris(jour - timedelta(days=2), 10), self.monde.instant)
        close = statut == StatutMaraude.CLOTUREE
        suite: Ligne = {"modifie_le": annonce}
        if statut == StatutMaraude.ANNULEE:
            suite = {"version": 2, "modifie_le": a_paris(jour, 12)}
        elif debut:
            suite = {"version": 3 if close else 2, "modifie_le": fin if close else debut}
        maraude = self.monde.ajouter(
            Maraude, uuid=hasard.identifiant(annonce), equipe_id=equipe["uuid"], milieu=milieu,
            statut=statut, jour_prevu=jour, debut_le=debut, fin_le=fin if close else None,
            transmission="Annulée : équipe incomplète." if statut == StatutMaraude.ANNULEE else "",
            auteur_id=self.monde.comptes["coordinatrice"]["uuid"] if lettre == "a" else None,
            saisi_le=annonce, recu_le=annonce, cree_le=annonce, **suite,
        )  # fmt: skip
        if lettre == "a":
            self.monde.ajouter(
                Maraude.membres.through, maraude_id=maraude["uuid"], utilisateur_id=self._membre()
            )
        arrets = self._arrets(hasard, surface)
        faits = 0 if not debut else len(arrets) if close else 2
        visitees = []
        for ordre, secteur in enumerate(arrets, 1):
            etat = StatutEtape.VISITEE if ordre == 1 else hasard.un_sur(ETATS)
            dates: Ligne = {"cree_le": annonce, "modifie_le": annonce}
            if ordre > faits or debut is None or fin is None:
                etat = StatutEtape.PREVUE
            else:
                passe = debut + (fin - debut) * (ordre / (faits + 1))
                dates |= {"version": 2, "modifie_le": passe}
                if etat == StatutEtape.VISITEE:
                    visitees.append(secteur)
            self.monde.ajouter(
                Etape, uuid=hasard.identifiant(annonce), maraude_id=maraude["uuid"],
                secteur_id=secteur["uuid"], ordre=ordre, statut=etat, **dates,
            )  # fmt: skip
        # Underground there is no network: all of it reaches the server when the team is back up.
        debut, fin = debut or annonce, fin or annonce
        return Tour(maraude, equipe, jour, debut, fin, None if surface else fin, visitees)

    def _arrets(self, hasard: Hasard, surface: bool) -> list[Ligne]:
        if surface:
            return hasard.sample(self.secteurs["surface"], 5)
        # Two stops in five on line 12, and as many of the encounters.
        arrets = hasard.sample(self.secteurs["12"], 2) + hasard.sample(self.secteurs["metro"], 3)
        hasard.shuffle(arrets)
        return arrets

    def _rencontre(self, hasard: Hasard, tour: Tour, instant: datetime) -> None:
        issue = hasard.un_sur(ISSUES)
        personne = self._qui(hasard, tour.jour) if issue == Issue.ECHANGE else None
        uuid = hasard.identifiant(instant)
        contact = self.monde.ajouter(
            Contact, uuid=uuid, personne_id=personne and personne["uuid"],
            genre_observe=personne["genre"] if personne
            else hasard.un_sur({Genre.H: 80, Genre.F: 14, Genre.NON_RENSEIGNE: 6}),
            tranche_age_observee=tranche_d_age(personne["_naissance"], tour.jour) if personne
            else hasard.un_sur(AGES),
            structure_id=tour.equipe["structure_id"], cadre=Cadre.MARAUDE, issue=issue,
            jour=tour.jour, auteur_id=tour.maraude["auteur_id"] and self._membre(),
            **horodater(instant, tour.recu_le),
        )  # fmt: skip
        self.monde.ajouter(
            Rencontre, contact_id=uuid, maraude_id=tour.maraude["uuid"],
            secteur_id=tour.etape_a(instant)["uuid"],
        )  # fmt: skip
        if issue != Issue.ECHANGE:
            return
        if personne:
            self.orientations.accorder(hasard, personne, contact)
        if hasard.random() < 0.45:
            remettre(self.monde, hasard, contact)
        if hasard.random() < 0.25:
            categories = (CategorieActe.RDR, CategorieActe.ACCUEIL, CategorieActe.SOINS_INFIRMIERS)
            self.monde.ajouter(
                Acte, uuid=hasard.identifiant(instant), contact_id=uuid,
                categorie=hasard.choice(categories), auteur_id=contact["auteur_id"],
                **horodater(instant, tour.recu_le),
            )  # fmt: skip
        if hasard.random() < (0.2 if personne else 0.05):
            self.orientations.orienter(hasard, contact, personne)

    def _qui(self, hasard: Hasard, jour: date) -> Ligne | None:
        """Often someone who comes to the espace de repos these days, often a stranger."""
        tirage = hasard.random()
        if tirage > 0.65:
            return None
        if tirage > 0.42:
            personne: Ligne = hasard.choice(self.monde.inconnus_de_l_accueil)
            return personne
        autour = self.monde.venus_le.get(jour + timedelta(days=hasard.randint(0, 6)))
        personne = hasard.choice(autour or self.connus)
        return personne
