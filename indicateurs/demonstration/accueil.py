"""Visits: the espace de repos to the unit, and other structures with visits of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

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
)
from indicateurs.demonstration.socle import ESPACE_REPOS
from socle.enums import Genre, TrancheAge

PASSAGES = {"2022": 31_241, "2023": 36_741, "recent": 6_500}
ACTES = {
    "2022": {CategorieActe.SOINS_INFIRMIERS: 1_410, CategorieActe.ACCES_AUX_DROITS: 640},
    "2023": {CategorieActe.SOINS_INFIRMIERS: 3_010, CategorieActe.ACCES_AUX_DROITS: 1_000},
    "recent": {CategorieActe.SOINS_INFIRMIERS: 480, CategorieActe.ACCES_AUX_DROITS: 170},
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
PART_ANONYME = 0.05
PART_VUE_UNE_FOIS = 0.4
PAR_JOUR_AILLEURS = {"caarud-a": 5, "caarud-b": 8, "csapa-b": 3, "hsa-gare-du-nord": 12}
AGES = {a: p for a, p in zip(TrancheAge, (0, 8, 25, 34, 26, 5, 2), strict=True) if p}


def _frequentation(partie: str, jour: date) -> float:
    """Visits a day expected: flat in 2022; in 2023 from about 85 to 150 in November."""
    if partie == "2022":
        return 82 + jour.month / 2
    if partie == "recent" or jour.month == 11:
        return 150
    if jour.month == 12:
        return 112
    rang: float = jour.timetuple().tm_yday / 304
    return 82 + 66 * rang**4.0


def generer(monde: Monde) -> None:
    for partie, dates in monde.parties().items():
        hasard = Hasard(monde.graine, f"accueil/{partie}")
        poids = [_frequentation(partie, j) * hasard.uniform(0.93, 1.07) for j in dates]
        par_jour = repartir(monde.a_l_echelle(PASSAGES[partie]), poids)
        contacts = _structure(monde, hasard, ESPACE_REPOS, dates, par_jour,
                              monde.visiteurs[partie])  # fmt: skip
        for categorie, nombre in ACTES[partie].items():
            for contact in hasard.choices(contacts, k=monde.a_l_echelle(nombre)):
                _acte(monde, hasard, contact, categorie)
        for code, moyenne in PAR_JOUR_AILLEURS.items():
            hasard = Hasard(monde.graine, f"accueil/{code}/{partie}")
            nombres = [
                round(hasard.uniform(0.6, 1.4) * moyenne * min(1, monde.echelle * 2)) for _ in dates
            ]
            connus = hasard.sample(
                monde.inconnus_de_l_accueil, len(monde.inconnus_de_l_accueil) // 4
            ) + hasard.sample(monde.visiteurs[partie], len(monde.visiteurs[partie]) // 12)
            _structure(monde, hasard, code, dates, nombres, connus)


def _habitudes(hasard: Hasard, connus: list[Ligne], passages: int) -> list[Ligne | None]:
    """Who came, as many times as they came: everyone once, a few very often, some anonymous."""
    anonymes = round(passages * PART_ANONYME)
    vus = connus[: max(1, passages - anonymes)]
    poids = [
        0.0 if hasard.random() < PART_VUE_UNE_FOIS else hasard.lognormvariate(0, 1.1) for _ in vus
    ]
    restants = max(0, passages - anonymes - len(vus))
    venues: list[Ligne | None] = [*vus]
    if restants:
        for personne, fois in zip(vus, repartir(restants, [p + 1e-9 for p in poids]), strict=True):
            venues += [personne] * fois
    venues += [None] * (passages - len(venues))
    hasard.shuffle(venues)
    return venues


def _structure(
    monde: Monde,
    hasard: Hasard,
    code: str,
    dates: list[date],
    par_jour: list[int],
    connus: list[Ligne],
) -> list[Ligne]:
    structure = monde.structures[code]["uuid"]
    auteur = monde.comptes["intervenante"]["uuid"] if code == ESPACE_REPOS else None
    ouverture, fermeture = (13 * 60 + 30, 20 * 60) if code.startswith("hsa") else (9 * 60, 20 * 60)
    venues = iter(_habitudes(hasard, connus, sum(par_jour)))
    contacts = []
    for jour, nombre in zip(dates, par_jour, strict=True):
        matin = a_paris(jour, 8)
        monde.ajouter(
            JourOuverture, uuid=hasard.identifiant(matin), structure_id=structure, jour=jour,
            cree_le=matin, modifie_le=matin,
        )  # fmt: skip
        arriver = _arrivees(monde, hasard, jour, ouverture, fermeture)
        for _ in range(nombre):
            contact = _passage(monde, hasard, structure, auteur, arriver(), next(venues))
            contacts.append(contact)
    return contacts


def _arrivees(
    monde: Monde, hasard: Hasard, jour: date, ouverture: int, fermeture: int
) -> Callable[[], datetime]:
    """Draws instants of arrival of a day; today's are already past, even when it is early."""
    debut = a_paris(jour, 0) + timedelta(minutes=ouverture)
    fin = a_paris(jour, 0) + timedelta(minutes=fermeture)
    if jour == monde.aujourd_hui:
        minuit = a_paris(jour, 0)
        fin = min(fin, monde.instant)
        debut = max(minuit, min(debut, fin - timedelta(hours=3)))
    duree = (fin - debut).total_seconds()
    return lambda: debut + timedelta(seconds=int(hasard.random() * duree))


def _passage(
    monde: Monde,
    hasard: Hasard,
    structure: object,
    auteur: object,
    arrive_le: datetime,
    personne: Ligne | None,
) -> Ligne:
    uuid = hasard.identifiant(arrive_le)
    contact = monde.ajouter(
        Contact, uuid=uuid, personne_id=personne and personne["uuid"],
        genre_observe=personne["genre"] if personne else hasard.choice((Genre.H, Genre.H, Genre.F)),
        tranche_age_observee=hasard.un_sur(AGES), structure_id=structure, cadre=Cadre.ACCUEIL,
        issue=Issue.ECHANGE, auteur_id=auteur, **horodater(arrive_le),
    )  # fmt: skip
    minutes = min(180, int(10 + hasard.expovariate(1 / 70)))
    parti_le: datetime | None = arrive_le + timedelta(minutes=minutes)
    if parti_le and parti_le > monde.instant:
        parti_le = None
    monde.ajouter(Passage, contact_id=uuid, parti_le=parti_le)
    if hasard.random() < 0.12:
        _acte(monde, hasard, contact, hasard.un_sur(AUTRES_ACTES))
    if hasard.random() < 0.06:
        remettre(monde, hasard, contact)
    return contact


def _acte(monde: Monde, hasard: Hasard, contact: Ligne, categorie: str) -> None:
    instant = contact["survenu_le"] + timedelta(minutes=hasard.randint(1, 9))
    if instant > monde.instant:
        instant = contact["survenu_le"]
    monde.ajouter(
        Acte, uuid=hasard.identifiant(instant), contact_id=contact["uuid"], categorie=categorie,
        auteur_id=contact["auteur_id"], **horodater(instant),
    )  # fmt: skip


def remettre(monde: Monde, hasard: Hasard, contact: Ligne) -> None:
    """One kind of material handed out during a contact, a part of it recovered."""
    instant = contact["survenu_le"]
    donne = hasard.choice((1, 1, 2, 2, 3, 5))
    monde.ajouter(
        RemiseMateriel, uuid=hasard.identifiant(instant), contact_id=contact["uuid"],
        materiel=hasard.choice(list(MaterielRdR)), quantite_distribuee=donne,
        quantite_recuperee=hasard.randint(0, donne), auteur_id=contact["auteur_id"],
        **horodater(instant),
    )  # fmt: skip
