"""Visits: the espace de repos to the unit, and other structures with visits of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp

from accueil.models import JourOuverture, Passage
from contacts.enums import Cadre, CategorieActe, Issue, MaterielRdR
from contacts.models import Acte, Contact, RemiseMateriel
from indicateurs.demonstration.outils import (
    Hasard,
    Ligne,
    Monde,
    a_paris,
    horodater,
    repartir,
    tranche_d_age,
)
from indicateurs.demonstration.socle import ACCUEIL_DE_NUIT, ESPACE_REPOS
from socle.enums import Genre, TrancheAge

PASSAGES = {"2022": 31_241, "2023": 36_741}
ACTES = {
    "2022": {CategorieActe.SOINS_INFIRMIERS: 1_410, CategorieActe.ACCES_AUX_DROITS: 640},
    "2023": {CategorieActe.SOINS_INFIRMIERS: 3_010, CategorieActe.ACCES_AUX_DROITS: 1_000},
    "recent": {CategorieActe.SOINS_INFIRMIERS: 640, CategorieActe.ACCES_AUX_DROITS: 220},
}
AUTRES_ACTES = {
    CategorieActe.ACCUEIL: 5,
    CategorieActe.RDR: 4,
    CategorieActe.HYGIENE: 5,
    CategorieActe.ORIENTATION_MEDICALE: 2,
    CategorieActe.DEPISTAGE_VACCINATION: 1,
    CategorieActe.LOGEMENT: 2,
    CategorieActe.SOUTIEN_PSYCHOLOGIQUE: 2,
}
NOTES = ("Pansement refait, à revoir dans deux jours.", "Plaie propre.", "Orienté vers un médecin.")
DUREE_DES_NOTES = timedelta(weeks=8)
RECUPERABLES = {MaterielRdR.SERINGUE, MaterielRdR.PIPE, MaterielRdR.STERIBOX}
PART_ANONYME = 0.05
PART_VUE_UNE_FOIS = 0.4
PRESENTS_AU_MOINS = 4
AGES = {a: p for a, p in zip(TrancheAge, (0, 8, 25, 34, 26, 5, 2), strict=True) if p}


@dataclass(frozen=True)
class Rythme:
    """How the days of a structure go: minutes after midnight, and minutes that people stay."""

    ouvre: int
    ferme: int
    duree: int
    par_jour: float = 0
    ferme_le_week_end: bool = False
    ferme_les_jours_feries: bool = False


# Only the hours of the HSA are known, and said in its `Horaire`; the others are a rhythm.
RYTHMES = {
    ESPACE_REPOS: Rythme(8 * 60, 23 * 60 + 30, 150),
    "caarud-a": Rythme(9 * 60, 19 * 60, 40, 5, ferme_les_jours_feries=True),
    "caarud-b": Rythme(9 * 60, 19 * 60, 40, 8, ferme_les_jours_feries=True),
    "csapa-b": Rythme(
        9 * 60, 18 * 60, 45, 4, ferme_le_week_end=True, ferme_les_jours_feries=True
    ),
    "hsa-gare-du-nord": Rythme(13 * 60 + 30, 20 * 60 + 30, 50, 12),
    ACCUEIL_DE_NUIT: Rythme(20 * 60, 29 * 60, 300, 6),
}  # fmt: skip
JOURS_FERIES = {(1, 1), (5, 1), (12, 25)}


def _frequentation(jour: date) -> float:
    """Visits a day expected: about 85, and from the autumn of 2023 on about 150."""
    if jour.year < 2023:
        attendus = 82 + jour.month / 2
    elif jour.year == 2023:
        attendus = 85 + 65 / (1 + exp((277 - jour.timetuple().tm_yday) / 9))
    else:
        attendus = 150
    return attendus * (0.94 if jour.weekday() >= 5 else 1.024)


def _a_la_minute(jour: date, minute: float) -> datetime:
    """On the wall clock, also on the days that have 23 or 25 hours and past midnight."""
    heures, reste = divmod(minute, 60)
    jours, heure = divmod(int(heures), 24)
    return a_paris(jour + timedelta(days=jours), heure) + timedelta(seconds=int(reste * 60))


def generer(monde: Monde) -> None:
    for partie, dates in monde.parties().items():
        hasard = Hasard(monde.graine, f"accueil/{partie}")
        poids = [_frequentation(j) * hasard.uniform(0.93, 1.07) for j in dates]
        total = PASSAGES.get(partie, round(sum(poids)))
        visites = Visites(monde, hasard, ESPACE_REPOS)
        visites.remplir(dates, repartir(monde.a_l_echelle(total), poids), monde.visiteurs[partie])
        if partie == "recent":
            visites.assurer_une_presence(monde.visiteurs[partie])
        identifies = [c for c in visites.contacts if c["personne_id"]]
        for categorie, nombre in ACTES[partie].items():
            # Nobody is helped with their rights without being known a little.
            parmi = identifies if categorie == CategorieActe.ACCES_AUX_DROITS else visites.contacts
            for contact in hasard.choices(parmi, k=monde.a_l_echelle(nombre)):
                visites.acter(contact, categorie)
        for code, rythme in RYTHMES.items():
            if code == ESPACE_REPOS:
                continue
            hasard = Hasard(monde.graine, f"accueil/{code}/{partie}")
            moyenne = rythme.par_jour * min(1, monde.echelle * 2)
            nombres = [round(hasard.uniform(0.6, 1.4) * moyenne) for _ in dates]
            connus = hasard.sample(
                monde.inconnus_de_l_accueil, len(monde.inconnus_de_l_accueil) // 4
            ) + hasard.sample(monde.visiteurs[partie], len(monde.visiteurs[partie]) // 12)
            Visites(monde, hasard, code).remplir(dates, nombres, connus)


def _habitudes(hasard: Hasard, connus: list[Ligne], passages: int) -> list[Ligne | None]:
    """Who came, as many times as they came: everyone once, a few very often, some anonymous."""
    anonymes = round(passages * PART_ANONYME)
    vus = connus[: max(1, passages - anonymes)]
    poids = [
        0.0
        if hasard.random() < PART_VUE_UNE_FOIS
        else min(hasard.lognormvariate(0, 1.4), 30.0)
        for _ in vus
    ]  # fmt: skip
    restants = max(0, passages - anonymes - len(vus))
    venues: list[Ligne | None] = [*vus]
    if restants:
        for personne, fois in zip(vus, repartir(restants, [p + 1e-9 for p in poids]), strict=True):
            venues += [personne] * fois
    venues += [None] * (passages - len(venues))
    hasard.shuffle(venues)
    return venues


class Visites:
    """The visits of one structure over some days; what has not happened yet is left out."""

    def __init__(self, monde: Monde, hasard: Hasard, code: str) -> None:
        self.monde, self.hasard, self.rythme = monde, hasard, RYTHMES[code]
        self.structure = monde.structures[code]["uuid"]
        self.est_l_espace_repos = code == ESPACE_REPOS
        comptes = monde.comptes if self.est_l_espace_repos else {}
        self.auteur = comptes.get("intervenante", {}).get("uuid")
        self.soignante = comptes.get("soignante", {}).get("uuid")
        self.contacts: list[Ligne] = []
        self.dernier_passage: dict[object, Ligne] = {}

    def remplir(self, dates: list[date], par_jour: list[int], connus: list[Ligne]) -> None:
        venues = iter(_habitudes(self.hasard, connus, sum(par_jour)))
        for jour, nombre in zip(dates, par_jour, strict=True):
            arrivees = sorted(self._arrivee(jour) for _ in range(nombre))
            arrivants = [next(venues) for _ in range(nombre)]
            if not self._ouvrir(jour):
                continue
            self.dernier_passage.clear()
            for arrive_le, personne in zip(arrivees, arrivants, strict=True):
                if arrive_le <= self.monde.instant:
                    self._passage(jour, arrive_le, personne)

    def _ouvrir(self, jour: date) -> bool:
        """Say that the structure is open that day, or closed on a day when one expects it open."""
        if self.rythme.ferme_le_week_end and jour.weekday() >= 5:
            return False
        ferie = self.rythme.ferme_les_jours_feries and (jour.month, jour.day) in JOURS_FERIES
        matin = min(a_paris(jour, 8), self.monde.instant)
        self.monde.ajouter(
            JourOuverture, uuid=self.hasard.identifiant(matin), structure_id=self.structure,
            jour=jour, ouverte=not ferie, motif="Jour férié" if ferie else "",
            cree_le=matin, modifie_le=matin,
        )  # fmt: skip
        return not ferie

    def _arrivee(self, jour: date) -> datetime:
        """More people around midday than at the ends; nobody in the last half hour."""
        minutes = self.rythme.ferme - 30 - self.rythme.ouvre
        return _a_la_minute(jour, self.rythme.ouvre + self.hasard.betavariate(1.4, 1.7) * minutes)

    def _passage(self, jour: date, arrive_le: datetime, personne: Ligne | None) -> Ligne:
        monde, hasard = self.monde, self.hasard
        uuid = hasard.identifiant(arrive_le)
        contact = monde.ajouter(
            Contact, uuid=uuid, personne_id=personne and personne["uuid"],
            genre_observe=personne["genre"] if personne
            else hasard.choice((Genre.H, Genre.H, Genre.F)),
            tranche_age_observee=tranche_d_age(personne["_naissance"], jour) if personne
            else hasard.un_sur(AGES),
            structure_id=self.structure, cadre=Cadre.ACCUEIL, issue=Issue.ECHANGE,
            auteur_id=self.auteur, **horodater(arrive_le),
        )  # fmt: skip
        ferme_le = _a_la_minute(jour, self.rythme.ferme)
        minutes = 10 + hasard.expovariate(1 / (self.rythme.duree - 10))
        parti_le: datetime | None = min(
            arrive_le + timedelta(seconds=int(60 * minutes)), max(ferme_le, arrive_le)
        )
        if parti_le and parti_le > monde.instant:
            parti_le = None
        passage = monde.ajouter(Passage, contact_id=uuid, parti_le=parti_le, _arrive_le=arrive_le)
        if personne:
            self._noter_l_arrivee(jour, personne, passage)
        self.contacts.append(contact)
        if hasard.random() < 0.12:
            self.acter(contact, hasard.un_sur(AUTRES_ACTES))
        if hasard.random() < 0.06:
            remettre(monde, hasard, contact)
        return passage

    def _noter_l_arrivee(self, jour: date, personne: Ligne, passage: Ligne) -> None:
        arrive_le = passage["_arrive_le"]
        self.monde.arrivees[personne["uuid"], self.structure].append(arrive_le)
        if self.est_l_espace_repos:
            self.monde.venus_le[jour].append(personne)
        avant = self.dernier_passage.get(personne["uuid"])
        # Who comes again had left: nobody is there twice.
        if avant and (avant["parti_le"] is None or avant["parti_le"] > arrive_le):
            avant["parti_le"] = arrive_le - (arrive_le - avant["_arrive_le"]) / 4
        self.dernier_passage[personne["uuid"]] = passage

    def assurer_une_presence(self, connus: list[Ligne]) -> None:
        """At whatever hour the data are loaded, someone is resting there now."""
        jour, instant = self.monde.aujourd_hui, self.monde.instant
        presents = sum(p["parti_le"] is None for p in self.dernier_passage.values())
        debut = max(a_paris(jour, 0), instant - timedelta(minutes=50))
        absents = [p for p in connus if p["uuid"] not in self.dernier_passage]
        manquants = max(0, PRESENTS_AU_MOINS - presents)
        for personne in self.hasard.sample(absents, min(manquants, len(absents))):
            passage = self._passage(
                jour, debut + (instant - debut) * self.hasard.random(), personne
            )
            passage["parti_le"] = None

    def acter(self, contact: Ligne, categorie: str) -> None:
        instant = contact["survenu_le"] + timedelta(minutes=self.hasard.randint(1, 9))
        if instant > self.monde.instant:
            instant = contact["survenu_le"]
        soin = categorie == CategorieActe.SOINS_INFIRMIERS
        note = (
            soin and instant > self.monde.instant - DUREE_DES_NOTES and self.hasard.random() < 0.1
        )
        self.monde.ajouter(
            Acte, uuid=self.hasard.identifiant(instant), contact_id=contact["uuid"],
            categorie=categorie, note_soin=self.hasard.choice(NOTES) if note else "",
            auteur_id=self.soignante if soin else contact["auteur_id"], **horodater(instant),
        )  # fmt: skip


def remettre(monde: Monde, hasard: Hasard, contact: Ligne) -> None:
    """One kind of material handed out during a contact; of what can come back, a part does."""
    instant, recu_le = contact["survenu_le"], contact["recu_le"]
    materiel = hasard.choice(list(MaterielRdR))
    donne = hasard.choice((1, 1, 2, 2, 3, 5))
    recupere = hasard.randint(0, 2 * donne)
    monde.ajouter(
        RemiseMateriel, uuid=hasard.identifiant(instant), contact_id=contact["uuid"],
        materiel=materiel, quantite_distribuee=donne,
        quantite_recuperee=recupere if materiel in RECUPERABLES else 0,
        auteur_id=contact["auteur_id"], **horodater(instant, recu_le),
    )  # fmt: skip
