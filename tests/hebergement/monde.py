"""Small worlds of places, closures and stays, and the naive recount that judges the sweep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hebergement.enums import Nature
from hebergement.models import Fermeture, OccupationNuit, Place, Sejour, Site
from socle.enums import TypeStructure
from socle.models import Organisme, Personne, Structure

COMPTES = (
    "theoriques", "fermees", "disponibles", "occupees", "entrees", "sorties",
    "transferts_entrants", "transferts_sortants", "anomalies", "reservees",
)  # fmt: skip


@dataclass
class Monde:
    """Sites by name, places and stays by number, as the worked cases name them."""

    structure: Structure
    organisme: Organisme
    sites: dict[str, Site] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    sejours: dict[int, Sejour] = field(default_factory=dict)
    fermetures: list[Fermeture] = field(default_factory=list)
    personnes: dict[str, Personne] = field(default_factory=dict)

    @classmethod
    def creer(cls) -> Monde:
        organisme = Organisme.objects.create(code="monde", nom="Monde")
        structure = Structure.objects.create(
            code="monde", nom="Monde", type=TypeStructure.CHRS, organisme=organisme
        )
        return cls(structure, organisme)

    def site(self, nom: str) -> Site:
        if nom not in self.sites:
            self.sites[nom] = Site.objects.create(code=nom, nom=nom, structure=self.structure)
        return self.sites[nom]

    def place(
        self, numero: int, site: str, ouverte_le: date, fermee_le: date | None = None
    ) -> Place:
        self.places[numero] = Place.objects.create(
            site=self.site(site), libelle=str(numero), ouverte_le=ouverte_le, fermee_le=fermee_le
        )
        return self.places[numero]

    def fermer(self, place: int, debut: date, fin: date | None) -> Fermeture:
        fermeture = Fermeture.objects.create(
            place=self.places[place], debut=debut, fin=fin, motif="Travaux", motif_forcage="Essai"
        )
        self.fermetures.append(fermeture)
        return fermeture

    def personne(self, nom: str) -> Personne:
        if nom not in self.personnes:
            self.personnes[nom] = Personne.objects.create(pseudonyme=nom, organisme=self.organisme)
        return self.personnes[nom]

    def sejour(
        self,
        numero: int,
        place: int,
        personne: str,
        arrivee: date,
        depart: date | None,
        suite_de: int | None = None,
    ) -> Sejour:
        self.sejours[numero] = Sejour.objects.create(
            place=self.places[place],
            personne=self.personne(personne),
            arrivee=arrivee,
            depart=depart,
            suite_de=self.sejours[suite_de] if suite_de else None,
            motif_forcage="Essai",
        )
        return self.sejours[numero]


def recompter(jusqu_au: date) -> dict[tuple[str, date], dict[str, int]]:
    """Every night up to `jusqu_au` excluded, place by place and day by day, in plain Python."""
    attendu: dict[tuple[str, date], dict[str, int]] = {}
    lignes = list(Sejour.objects.select_related("place"))
    sejours = [s for s in lignes if s.nature == Nature.SEJOUR]
    retenues = [s for s in lignes if s.nature == Nature.RETENUE]
    par_uuid = {s.uuid: s for s in lignes}
    suites = {s.suite_de_id: s for s in lignes if s.suite_de_id}
    fermetures = list(Fermeture.objects.all())
    for site in Site.objects.all():
        places = list(Place.objects.filter(site=site))
        if not places:
            continue
        jour = min(p.ouverte_le for p in places)
        while jour < jusqu_au:
            compte: Counter[str] = Counter()
            for place in places:
                ouverte = place.ouverte_le <= jour and (
                    place.fermee_le is None or jour < place.fermee_le
                )
                if not ouverte:
                    continue
                occupee, retenue = (
                    any(
                        s.place_id == place.uuid
                        and s.arrivee <= jour
                        and (s.depart is None or jour < s.depart)
                        for s in prises
                    )
                    for prises in (sejours, retenues)
                )
                fermee = any(
                    f.place_id == place.uuid and f.debut <= jour and (f.fin is None or jour < f.fin)
                    for f in fermetures
                )
                compte["theoriques"] += 1
                compte["occupees"] += occupee
                compte["reservees"] += retenue
                compte["fermees"] += fermee and not occupee
                compte["anomalies"] += fermee and occupee
            for s in sejours:
                if s.place.site_id != site.uuid:
                    continue
                if s.arrivee == jour:
                    avant = par_uuid[s.suite_de_id] if s.suite_de_id else None
                    compte["entrees"] += avant is None
                    compte["transferts_entrants"] += (
                        avant is not None and avant.place.site_id != site.uuid
                    )
                if s.depart == jour:
                    suite = suites.get(s.uuid)
                    compte["sorties"] += suite is None
                    compte["transferts_sortants"] += (
                        suite is not None and suite.place.site_id != site.uuid
                    )
            compte["disponibles"] = compte["theoriques"] - compte["fermees"]
            attendu[site.code, jour] = {nom: int(compte[nom]) for nom in COMPTES}
            jour += timedelta(days=1)
    return attendu


def faits(nuits: Iterable[tuple[str, date]]) -> dict[tuple[str, date], frozenset[Any]]:
    """What each of these nights is made of, fact by fact, in plain Python."""
    sejours = {s.uuid: s for s in Sejour.objects.select_related("place__site")}
    suites = {s.suite_de_id: s for s in sejours.values() if s.suite_de_id}
    fermetures = list(Fermeture.objects.all())
    places = list(Place.objects.select_related("site"))
    trouves: dict[tuple[str, date], frozenset[Any]] = {}
    for site, jour in nuits:
        du_jour: set[Any] = set()
        for place in (p for p in places if p.site.code == site):
            if place.ouverte_le > jour or (place.fermee_le and place.fermee_le <= jour):
                continue
            du_jour.add(("ouverte", place.uuid))
            prises = {
                (s.nature, s.uuid, place.uuid)
                for s in sejours.values()
                if s.place_id == place.uuid
                and s.arrivee <= jour
                and (s.depart is None or jour < s.depart)
            }
            du_jour |= prises
            if any(
                f.place_id == place.uuid and f.debut <= jour and (f.fin is None or jour < f.fin)
                for f in fermetures
            ):
                occupee = any(nature == Nature.SEJOUR for nature, *_ in prises)
                du_jour.add(("anomalie" if occupee else "fermee", place.uuid))
        for s in sejours.values():
            if s.place.site.code != site or s.nature != Nature.SEJOUR:
                continue
            avant, suite = sejours.get(s.suite_de_id), suites.get(s.uuid)
            for quand, autre, mots in (
                (s.arrivee, avant, ("entree", "venue")), (s.depart, suite, ("sortie", "partie"))
            ):  # fmt: skip
                if quand == jour and (autre is None or autre.place.site_id != s.place.site_id):
                    du_jour.add((mots[autre is not None], s.uuid, s.place_id))
        trouves[site, jour] = frozenset(du_jour)
    return trouves


def nuits_ecrites() -> dict[tuple[str, date], dict[str, int]]:
    """The rows as the service wrote them."""
    lignes: Any = OccupationNuit.objects.values("site__code", "jour", *COMPTES)
    return {
        (ligne["site__code"], ligne["jour"]): {nom: ligne[nom] for nom in COMPTES}
        for ligne in lignes
    }
