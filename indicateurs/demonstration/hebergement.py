"""Closures, and stays that follow one another without a break until today.

The days are played one after the other from one stream: a later day of loading only prolongs the
story. Each night between 90 and 96 % of the places that are not closed have someone in them.
"""

from __future__ import annotations

import heapq
from datetime import date, datetime, timedelta
from math import ceil, pi, sin

from hebergement.enums import DestinationSortie, MotifSortie
from hebergement.models import Fermeture, Menage, Sejour
from indicateurs.demonstration import demandes, hotels
from indicateurs.demonstration.outils import Hasard, Ligne, Monde, a_paris, jours
from socle.enums import Genre

DEBUT_DES_SEJOURS = date(2021, 1, 1)
# The first places fill up within January 2021.
ARRIVEES_PAR_JOUR_AU_DEBUT, FIN_DU_DEBUT = 20, date(2021, 1, 29)
PLANCHER, SOMMET = 0.91, 0.955
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
}
PART_DES_DECES, PART_DES_TRANSFERTS, PART_DES_FERMETURES = 0.08, 0.12, 0.05
FERMETURES_FORCEES_PAR_JOUR = 1 / 200
# Some arrivals of a year were typed in days later: what was known meanwhile was something else.
DES_TARDIVES = range(date(2023, 1, 1).toordinal(), date(2023, 12, 20).toordinal())
PART_DES_TARDIVES, RETARD = 1 / 20, 9
MOTIFS = ("Travaux", "Désinsectisation", "Dégât des eaux", "Remise en état")
FORCAGE = "Relogement impossible avant la fin du mois"

Groupe = tuple[int, ...]  # the places that people who are together hold: one, or a couple's two


def generer(monde: Monde) -> None:
    sejours = Sejours(monde, hotels.generer(monde))
    sejours.jouer()
    demandes.generer(monde, sejours.places, sejours.sans_place())


class Sejours:
    """One day after the other: who leaves, who moves, what is closed, who arrives."""

    def __init__(self, monde: Monde, places: list[Ligne]) -> None:
        self.monde, self.places = monde, places
        self.hasard = Hasard(monde.graine, "sejours")
        self.fermetures = Hasard(monde.graine, "fermetures")
        self.retards = Hasard(monde.graine, "retards")
        tous = {p["uuid"]: p for a in ("2022", "2023") for p in monde.visiteurs[a]}
        tous |= {p["uuid"]: p for p in (*monde.inconnus_de_l_accueil, *monde.discrets)}
        # People who may be given a place, women apart: couples are mostly of both.
        self.candidats: dict[bool, list[Ligne]] = {True: [], False: []}
        for personne in tous.values():
            self.candidats[personne["genre"] == Genre.F].append(personne)
        for liste in self.candidats.values():
            self.hasard.shuffle(liste)
        self.discrets = {p["uuid"] for p in monde.discrets}
        self.loges: set[object] = set()
        self.en_cours: dict[int, Ligne] = {}
        self.libres: dict[Groupe, None] = {}
        self.fermees: dict[int, date] = {}  # up to when
        self.forcees: dict[int, date] = {}
        self.departs: list[tuple[date, int, Groupe]] = []
        self.retours: list[tuple[date, int, Ligne]] = []
        self.ouvertes = 0
        self.rang = 0

    def jouer(self) -> None:
        ouvertures = sorted(self._groupes(), key=lambda g: self.places[g[0]]["ouverte_le"])
        fin = self.monde.aujourd_hui + timedelta(days=1)
        for jour in jours(DEBUT_DES_SEJOURS, fin):
            while ouvertures and self.places[ouvertures[0][0]]["ouverte_le"] <= jour:
                groupe = ouvertures.pop(0)
                self.libres[groupe] = None
                self.ouvertes += len(groupe)
            self._rouvrir(jour)
            while self.retours and self.retours[0][0] <= jour:
                personne = heapq.heappop(self.retours)[2]
                self.candidats[personne["genre"] == Genre.F].append(personne)
            self._departs(jour)
            if self._heure(jour, 14) <= self.monde.instant:
                self._fermer_des_places(jour)
            self._arrivees(jour)
        self._forcer_deux_fermetures()

    def sans_place(self) -> list[Ligne]:
        """Who was never given a place, or left theirs a while ago."""
        tous = [p for liste in self.candidats.values() for p in liste]
        return [p for p in tous if p["uuid"] not in self.loges]

    def _groupes(self) -> list[Groupe]:
        groupes: list[Groupe] = []
        for n, place in enumerate(self.places):
            avant = self.places[n - 1] if n else {}
            if place["_chambre_de_couple"] and avant.get("chambre_id") == place["chambre_id"]:
                groupes[-1] = (n - 1, n)
            else:
                groupes.append((n,))
        return groupes

    def _heure(self, jour: date, heure: int, minutes: int = 0) -> datetime:
        return a_paris(jour, heure) + timedelta(minutes=minutes)

    # Departures and moves

    def _departs(self, jour: date) -> None:
        """In the morning people leave; at noon others move to a place that is free by then."""
        transferes: list[Groupe] = []
        while self.departs and self.departs[0][0] <= jour:
            groupe = heapq.heappop(self.departs)[2]
            if len(groupe) == 1 and self.hasard.random() < PART_DES_TRANSFERTS:
                transferes.append(groupe)
                continue
            instant = self._heure(jour, 9, self.hasard.randrange(170))
            if instant <= self.monde.instant:
                self._partir(groupe, jour, instant)
        for groupe in transferes:
            self._transferer(groupe, jour)

    def _partir(self, groupe: Groupe, jour: date, instant: datetime) -> None:
        motif, destination = self.hasard.un_sur(SORTIES)
        for n in groupe:
            personne = self._clore(n, jour, instant)
            sejour = self.dernier
            sejour["motif_sortie"], sejour["destination"] = motif, destination
            # Only people whom nobody meets elsewhere: no visit comes after a death.
            seul = len(groupe) == 1 and personne["uuid"] in self.discrets
            if seul and self.hasard.random() < PART_DES_DECES:
                sejour["motif_sortie"] = MotifSortie.DECES
                sejour["destination"] = DestinationSortie.SANS_OBJET
                continue
            self.loges.discard(personne["uuid"])
            self.rang += 1
            retour = jour + timedelta(days=self.hasard.randint(30, 400))
            heapq.heappush(self.retours, (retour, self.rang, personne))
        self._liberer(groupe, jour)

    def _clore(self, n: int, jour: date, instant: datetime) -> Ligne:
        self.dernier = self.en_cours.pop(n)
        self.dernier |= {"depart": jour, "version": 2, "modifie_le": instant}
        personne: Ligne = self.dernier["_personne"]
        return personne

    def _liberer(self, groupe: Groupe, jour: date) -> None:
        """A place is free again, unless a closure that was forced on it still runs."""
        reouverture = max((self.forcees.pop(n, jour) for n in groupe), default=jour)
        if reouverture > jour:
            for n in groupe:
                self.fermees[n] = reouverture
        else:
            self.libres[groupe] = None

    def _transferer(self, groupe: Groupe, jour: date) -> None:
        instant = self._heure(jour, 12, self.hasard.randrange(110))
        site = self.places[groupe[0]]["site_id"]
        ailleurs = [g for g in self.libres if len(g) == 1 and self.places[g[0]]["site_id"] != site]
        if instant > self.monde.instant:
            return
        if not ailleurs:
            self._partir(groupe, jour, instant)
            return
        personne = self._clore(groupe[0], jour, instant)
        suite_de = self.dernier["uuid"]
        vers = self.hasard.choice(ailleurs)
        self._occuper(vers, jour, instant, (personne,), suite_de)
        self._liberer(groupe, jour)

    # Closures

    def _rouvrir(self, jour: date) -> None:
        for n in [n for n, fin in self.fermees.items() if fin <= jour]:
            del self.fermees[n]
            self.libres[(n,)] = None

    def _fermer_des_places(self, jour: date) -> None:
        """Free places are closed for works, as long as enough others are left."""
        libres = [g[0] for g in self.libres if len(g) == 1]
        if libres and self.fermetures.random() < PART_DES_FERMETURES * self.ouvertes / 120:
            disponibles = self.ouvertes - len(self.fermees) - 1
            if len(self.en_cours) <= disponibles * (SOMMET - 0.01):
                n = self.fermetures.choice(libres)
                del self.libres[(n,)]
                self.fermees[n] = jour + timedelta(days=self.fermetures.randint(5, 25))
                self._fermer(n, jour, self.fermees[n])
        if self.fermetures.random() < FERMETURES_FORCEES_PAR_JOUR * min(1, self.monde.echelle):
            seuls = [n for n in self.en_cours if not self.places[n]["_chambre_de_couple"]]
            if seuls:
                n = self.fermetures.choice(seuls)
                self._fermer_de_force(n, jour, self.fermetures.randint(4, 12))

    def _fermer_de_force(self, n: int, jour: date, duree: int) -> None:
        """A place had to be closed with someone in it: an anomaly to be looked at."""
        self.forcees[n] = jour + timedelta(days=duree)
        self._fermer(n, jour, self.forcees[n], FORCAGE)

    def _fermer(self, n: int, debut: date, fin: date, forcage: str = "") -> None:
        instant = min(self._heure(debut, 14), self.monde.instant)
        self.monde.ajouter(
            Fermeture, uuid=self.fermetures.identifiant(instant), place_id=self.places[n]["uuid"],
            debut=debut, fin=fin, motif=self.fermetures.choice(MOTIFS), motif_forcage=forcage,
            saisi_le=instant, recu_le=instant, cree_le=instant, modifie_le=instant,
        )  # fmt: skip

    def _forcer_deux_fermetures(self) -> None:
        """Two of them are there to be seen on the day of loading."""
        seuls = [n for n in self.en_cours if not self.places[n]["_chambre_de_couple"]]
        for n in [n for n in seuls if n not in self.forcees][:2]:
            arrivee = self.en_cours[n]["cree_le"]
            debut = max(self.en_cours[n]["arrivee"], self.monde.aujourd_hui - timedelta(days=6))
            if self._heure(debut, 14) >= arrivee:
                self._fermer_de_force(n, debut, 10)

    # Arrivals

    def _arrivees(self, jour: date) -> None:
        """People arrive up to a share of the places that changes slowly; fewer at weekends."""
        disponibles = self.ouvertes - len(self.fermees)
        vise = (
            0.934
            + 0.012 * sin(2 * pi * jour.toordinal() / 290)
            + self.hasard.uniform(-0.006, 0.006)
        )
        cible = int(vise * disponibles)
        plancher = ceil(PLANCHER * disponibles)
        if jour.weekday() >= 5 or cible - len(self.en_cours) > disponibles * 0.06:
            cible = plancher
        if jour < FIN_DU_DEBUT:
            cible = min(cible, len(self.en_cours) + ARRIVEES_PAR_JOUR_AU_DEBUT)
        self._recevoir_les_attendus(jour)
        while len(self.en_cours) < cible and self.libres:
            instant = self._heure(jour, 14, self.hasard.randint(1, 239))
            groupe = self.hasard.choice(list(self.libres))
            personnes = self._choisir(len(groupe))
            if instant > self.monde.instant or not personnes:
                return
            self._occuper(groupe, jour, instant, personnes)

    def _recevoir_les_attendus(self, jour: date) -> None:
        """Who was sent to an Assore structure gets one of its places when one is free."""
        for attendu in self.monde.attendus:
            age = (jour - attendu["jour"]).days
            personne = attendu["personne"]
            if not 1 < age < 25 or personne["uuid"] in self.loges or self.hasard.random() > 0.2:
                continue
            instant = self._heure(jour, 14, self.hasard.randint(1, 239))
            libres = [
                g for g in self.libres
                if len(g) == 1 and self.places[g[0]]["_structure"] == attendu["structure"]
            ]  # fmt: skip
            disponibles = self.ouvertes - len(self.fermees)
            if (
                libres
                and instant <= self.monde.instant
                and len(self.en_cours) < SOMMET * disponibles - 1
            ):
                self._occuper(self.hasard.choice(libres), jour, instant, (personne,))

    def _choisir(self, nombre: int) -> tuple[Ligne, ...]:
        """One person, or a couple, of whom nobody has a place."""
        femmes = (True, self.hasard.random() < 0.1)
        genres = femmes if nombre == 2 else (self.hasard.random() < 0.13,)
        choisis: list[Ligne] = []
        for genre in genres:
            for liste in (self.candidats[genre], self.candidats[not genre]):
                while liste and len(choisis) < nombre:
                    rang = self.hasard.randrange(len(liste))
                    liste[rang], liste[-1] = liste[-1], liste[rang]
                    personne = liste.pop()
                    if personne["uuid"] not in self.loges and personne not in choisis:
                        choisis.append(personne)
                        break
                else:
                    continue
                break
        return tuple(choisis) if len(choisis) == nombre else ()

    def _occuper(
        self,
        groupe: Groupe,
        jour: date,
        instant: datetime,
        personnes: tuple[Ligne, ...],
        suite_de: object = None,
    ) -> None:
        del self.libres[groupe]
        menage = None
        if len(groupe) == 2:
            menage = self.monde.ajouter(
                Menage, uuid=self.hasard.identifiant(instant), cree_le=instant, modifie_le=instant,
                libelle=" et ".join(p["pseudonyme"] for p in personnes),
            )  # fmt: skip
        for n, personne in zip(groupe, personnes, strict=True):
            self.loges.add(personne["uuid"])
            self.en_cours[n] = self.monde.ajouter(
                Sejour, uuid=self.hasard.identifiant(instant), place_id=self.places[n]["uuid"],
                personne_id=personne["uuid"], arrivee=jour, depart=None, suite_de_id=suite_de,
                menage_id=menage and menage["uuid"], motif_sortie="", destination="",
                saisi_le=instant, recu_le=instant, cree_le=instant, modifie_le=instant,
                _personne=personne,
            )  # fmt: skip
        duree = 3 + int(min(self.hasard.expovariate(1 / 115), 900))
        self.rang += 1
        heapq.heappush(self.departs, (jour + timedelta(days=duree), self.rang, groupe))
        # Before they leave, or move: what follows a stay is typed in after it.
        if suite_de is None and duree > RETARD and jour.toordinal() in DES_TARDIVES:
            self._saisir_plus_tard(groupe, instant)

    def _saisir_plus_tard(self, groupe: Groupe, instant: datetime) -> None:
        if self.retards.random() < PART_DES_TARDIVES:
            saisi = instant + timedelta(days=self.retards.randint(1, RETARD))
            for n in groupe:
                self.en_cours[n] |= dict.fromkeys(
                    ("saisi_le", "recu_le", "cree_le", "modifie_le"), saisi
                )
