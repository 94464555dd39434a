"""Hotels, places with dated openings, closures, and stays that follow one another until today.

The stays are played day by day from one stream: a later day of loading only prolongs the story.
"""

from __future__ import annotations

import heapq
from datetime import date, timedelta

from hebergement.enums import DestinationSortie, MotifSortie
from hebergement.models import Chambre, Fermeture, Place, Sejour, Site
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris, repartir

# opening of places, how many, in how many hotels
TRANCHES = [
    (date(2019, 1, 1), 220, 22),
    (date(2021, 1, 1), 220, 22),
    (date(2022, 1, 1), 70, 7),
    (date(2023, 7, 1), 100, 10),
]
DEBUT_DES_SEJOURS = date(2021, 1, 1)
SORTIES = {
    (MotifSortie.ORIENTATION, DestinationSortie.HEBERGEMENT_INSERTION): 16,
    (MotifSortie.ORIENTATION, DestinationSortie.LOGEMENT_ADAPTE): 9,
    (MotifSortie.ORIENTATION, DestinationSortie.LOGEMENT_SOCIAL): 5,
    (MotifSortie.ORIENTATION, DestinationSortie.SOIN_RESIDENTIEL): 10,
    (MotifSortie.ORIENTATION, DestinationSortie.LHSS): 3,
    (MotifSortie.DEPART_VOLONTAIRE, DestinationSortie.CHEZ_UN_TIERS): 10,
    (MotifSortie.DEPART_VOLONTAIRE, DestinationSortie.INCONNUE): 12,
    (MotifSortie.EXCLUSION, DestinationSortie.RUE_OU_SQUAT): 11,
    (MotifSortie.FIN_DE_CONTRAT, DestinationSortie.HOTEL_115): 6,
    (MotifSortie.PERDU_DE_VUE, DestinationSortie.INCONNUE): 13,
    (MotifSortie.AUTRE, DestinationSortie.DETENTION): 3,
    (MotifSortie.DECES, DestinationSortie.SANS_OBJET): 2,
}
FIN, ARRIVEE, RETOUR = 0, 1, 2


def generer(monde: Monde) -> None:
    places = _lieux(monde)
    Sejours(monde, places).jouer()


def _lieux(monde: Monde) -> list[Ligne]:
    hasard = Hasard(monde.graine, "hotels")
    structures = [monde.structures[f"assore-{lettre}"]["uuid"] for lettre in "abc"]
    places: list[Ligne] = []
    rang = 0
    for ouverte_le, nombre, hotels in TRANCHES:
        instant = a_paris(ouverte_le, 9)
        tailles = repartir(
            monde.a_l_echelle(nombre), [hasard.uniform(0.6, 1.4) for _ in range(hotels)]
        )
        for taille in tailles:
            rang += 1
            dates = {"cree_le": instant, "modifie_le": instant}
            site = monde.ajouter(
                Site, uuid=hasard.identifiant(instant), code=f"hotel-{rang:02}",
                nom=f"Hôtel {rang:02}", structure_id=structures[rang % 3],
                arrondissement=hasard.choice(("75010", "75018", "75019", "75020")), **dates,
            )  # fmt: skip
            numero = 0
            while taille:
                numero += 1
                lits = min(taille, hasard.choice((1, 1, 1, 2, 2, 3)))
                taille -= lits
                chambre = monde.ajouter(
                    Chambre, uuid=hasard.identifiant(instant), site_id=site["uuid"],
                    libelle=f"Chambre {numero}", **dates,
                )  # fmt: skip
                places += [
                    monde.ajouter(
                        Place,
                        uuid=hasard.identifiant(instant),
                        site_id=site["uuid"],
                        chambre_id=chambre["uuid"],
                        libelle=f"{numero}{lettre}",
                        ouverte_le=ouverte_le,
                        **dates,
                    )
                    for lettre in "abc"[:lits]
                ]
    return places


class Sejours:
    """One day after the other: who leaves, who moves, who arrives, which place is closed."""

    def __init__(self, monde: Monde, places: list[Ligne]) -> None:
        self.monde, self.places = monde, places
        self.hasard = Hasard(monde.graine, "sejours")
        visiteurs = {p["uuid"]: p for a in ("2022", "2023") for p in monde.visiteurs[a]}
        self.candidats = [list(visiteurs.values()), list(monde.inconnus_de_l_accueil)]
        for liste in self.candidats:
            self.hasard.shuffle(liste)
        # (day, what, place or candidate list, turn): a place that was taken has turned meanwhile.
        self.agenda: list[tuple[date, int, int, int]] = []
        self.tours = [0] * len(places)
        self.libres: dict[int, None] = {}
        self.en_cours: dict[int, Ligne] = {}
        self.origine: dict[int, int] = {}

    def jouer(self) -> None:
        for n, place in enumerate(self.places):
            self._attendre(n, max(place["ouverte_le"], DEBUT_DES_SEJOURS), neuf=True)
        while self.agenda and self.agenda[0][0] <= self.monde.aujourd_hui:
            jour, quoi, n, tour = heapq.heappop(self.agenda)
            if tour != self.tours[n]:
                continue
            if quoi == FIN:
                self._finir(n, jour)
            elif n not in self.en_cours:
                self._arriver(n, jour)
        self._forcer_deux_fermetures()

    def _attendre(self, n: int, jour: date, *, neuf: bool = False) -> None:
        """The place waits for its next arrival, often the same day, now and then closed."""
        tirage = self.hasard.random()
        attente = 0
        ferme = False
        if neuf:
            attente = 0 if tirage < 0.93 else self.hasard.randint(1, 15)
        elif tirage < 0.38:
            pass
        elif tirage < 0.95:
            attente = 1 + int(self.hasard.expovariate(1 / 16))
        else:
            attente, ferme = self.hasard.randint(5, 25), True
            self._fermer(n, jour, jour + timedelta(days=attente))
        # Someone may be moved there meanwhile, unless it is closed or not open yet.
        if not ferme and not neuf:
            self.libres[n] = None
        self.tours[n] += 1
        heapq.heappush(self.agenda, (jour + timedelta(days=attente), ARRIVEE, n, self.tours[n]))

    def _fermer(self, n: int, debut: date, fin: date, forcage: str = "") -> None:
        instant = a_paris(debut, 10)
        motifs = ("Travaux", "Désinsectisation", "Dégât des eaux", "Remise en état")
        self.monde.ajouter(
            Fermeture, uuid=self.hasard.identifiant(instant), place_id=self.places[n]["uuid"],
            debut=debut, fin=fin, motif=self.hasard.choice(motifs), motif_forcage=forcage,
            saisi_le=instant, recu_le=instant, cree_le=instant, modifie_le=instant,
        )  # fmt: skip

    def _arriver(self, n: int, jour: date) -> None:
        origine = 0 if self.hasard.random() < 0.6 else 1
        if not self.candidats[origine]:
            origine = 1 - origine
        if not self.candidats[origine]:
            self._attendre(n, jour + timedelta(days=1))
            return
        liste = self.candidats[origine]
        rang = self.hasard.randrange(len(liste))
        liste[rang], liste[-1] = liste[-1], liste[rang]
        self.origine[n] = origine
        self._occuper(n, jour, liste.pop())

    def _occuper(self, n: int, jour: date, personne: Ligne, suite_de: object = None) -> None:
        self.libres.pop(n, None)
        duree = 3 + int(min(self.hasard.expovariate(1 / 115), 900))
        instant = a_paris(jour, 15)
        self.en_cours[n] = self.monde.ajouter(
            Sejour, uuid=self.hasard.identifiant(instant), place_id=self.places[n]["uuid"],
            personne_id=personne["uuid"], arrivee=jour, depart=None, suite_de_id=suite_de,
            motif_sortie="", destination="", saisi_le=instant, recu_le=instant,
            cree_le=instant, modifie_le=instant,
        )  # fmt: skip
        self.en_cours[n]["_personne"] = personne
        self.tours[n] += 1
        heapq.heappush(self.agenda, (jour + timedelta(days=duree), FIN, n, self.tours[n]))

    def _finir(self, n: int, jour: date) -> None:
        sejour = self.en_cours.pop(n)
        personne = sejour.pop("_personne")
        sejour["depart"] = jour
        sejour["modifie_le"] = a_paris(jour, 11)
        origine = self.origine.pop(n)
        if self.libres and self.hasard.random() < 0.12:
            vers = self.hasard.choice(list(self.libres))
            self.origine[vers] = origine
            self._occuper(vers, jour, personne, sejour["uuid"])
        else:
            sejour["motif_sortie"], sejour["destination"] = self.hasard.un_sur(SORTIES)
            if sejour["motif_sortie"] != MotifSortie.DECES:
                # Back among the candidates: in at the earliest the same day, which is allowed.
                self.candidats[origine].append(personne)
        self._attendre(n, jour)

    def _forcer_deux_fermetures(self) -> None:
        """Two places that had to be closed with someone in them: anomalies to be looked at."""
        for n in list(self.en_cours)[:2]:
            debut = max(self.en_cours[n]["arrivee"], self.monde.aujourd_hui - timedelta(days=6))
            self._fermer(
                n, debut, debut + timedelta(days=10), "Relogement impossible avant la fin du mois"
            )
        for sejour in self.en_cours.values():
            sejour.pop("_personne", None)
