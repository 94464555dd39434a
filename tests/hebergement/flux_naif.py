"""Flow figures counted again, row by row in plain Python, and random worlds to count them in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from hebergement.enums import (
    DestinationSortie,
    MotifRefus,
    MotifSortie,
    OrigineDemande,
    StatutDemande,
    StatutProposition,
    TypePlace,
)
from hebergement.models import (
    DemandeHebergement,
    Fermeture,
    Menage,
    Place,
    Proposition,
    Sejour,
)
from socle.models import Structure
from tests.factories import (
    ChambreFactory,
    DemandeHebergementFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
)

PARIS = ZoneInfo("Europe/Paris")
VERS_MIEUX = {
    "LOGEMENT_SOCIAL", "LOGEMENT_PRIVE", "LOGEMENT_ADAPTE", "HEBERGEMENT_INSERTION", "LHSS", "LAM",
    "ACT", "SOIN_RESIDENTIEL",
}  # fmt: skip
UN_JOUR = timedelta(days=1)


def peupler(hasard: Random, structure: Structure, debut: date, fin: date) -> None:
    """Stays, transfers and closures day by day, with requests and propositions beside them."""
    # Of each site, two places are in one room, and one is in none.
    places = [
        PlaceFactory(
            site=site,
            chambre=chambre,
            type=hasard.choice([TypePlace.HOTEL, TypePlace.SAS]),
            ouverte_le=debut + timedelta(days=hasard.randrange(20)),
        )
        for site in SiteFactory.create_batch(3, structure=structure)
        for chambre in (*[ChambreFactory(site=site)] * 2, None)
    ]
    menages = [None, *(Menage.objects.create(libelle=f"Ménage {n}") for n in range(3))]
    prises: dict[Any, Sejour] = {}
    reouvertes: dict[Any, date] = {}
    for jour in (debut + UN_JOUR * n for n in range((fin - debut).days)):
        libres = [
            p for p in places
            if p.ouverte_le <= jour and p.pk not in prises and reouvertes.get(p.pk, jour) <= jour
        ]  # fmt: skip
        for place in [p for p in places if p.pk in prises and hasard.random() < 0.06]:
            sejour = prises.pop(place.pk)
            sejour.depart = jour
            vers = hasard.choice(libres) if libres and hasard.random() < 0.4 else None
            if vers is None or sejour.arrivee == jour:
                partir(hasard, sejour)
            else:
                sejour.save()
                libres.remove(vers)
                prises[vers.pk] = suite = SejourFactory(
                    place=vers, personne=sejour.personne, arrivee=jour, suite_de=sejour,
                    motif_forcage="Essai", menage=sejour.menage,
                )  # fmt: skip
                if hasard.random() < 0.3:
                    demander(hasard, structure, jour, suite)
        for place in libres:
            sort = hasard.random()
            if sort < 0.05:
                reouvertes[place.pk] = jour + UN_JOUR * hasard.randint(1, 9)
                fermer(place, jour, reouvertes[place.pk])
            elif sort < 0.15:
                sejour = SejourFactory(
                    place=place, arrivee=jour, motif_forcage="Essai", menage=hasard.choice(menages)
                )
                for chance in (0.7, 0.1):
                    if hasard.random() < chance:
                        demander(hasard, structure, jour, sejour)
                if hasard.random() < 0.1:
                    sejour.depart = jour
                    partir(hasard, sejour)
                else:
                    prises[place.pk] = sejour
        if prises and hasard.random() < 0.03:
            fermer(prises[hasard.choice(list(prises))].place, jour, jour + UN_JOUR * 4)
        if hasard.random() < 0.2:
            demande = demander(hasard, structure, jour, None)
            proposer(hasard, demande, hasard.choice(places), jour)
    prevoir(places, fin)


def prevoir(places: Collection[Place], fin: date) -> None:
    """Some who are there are to leave, and others to come once they have."""
    for sejour in Sejour.objects.filter(place__in=places, depart=None).order_by("pk")[:3]:
        sejour.depart = fin + UN_JOUR * 10
        sejour.save()
        SejourFactory(place=sejour.place, arrivee=fin + UN_JOUR * 20, motif_forcage="Essai")


def fermer(place: Place, debut: date, fin: date) -> None:
    Fermeture.objects.create(
        place=place, debut=debut, fin=fin, motif="Travaux", motif_forcage="Essai"
    )


def partir(hasard: Random, sejour: Sejour) -> None:
    sejour.motif_sortie = hasard.choice([*MotifSortie, ""])
    sejour.destination = hasard.choice([*DestinationSortie, ""])
    if sejour.motif_sortie == MotifSortie.DECES:
        sejour.destination = DestinationSortie.SANS_OBJET
    sejour.save()


def demander(
    hasard: Random, structure: Structure, jour: date, sejour: Sejour | None
) -> DemandeHebergement:
    le = jour - UN_JOUR * hasard.choice([-1 if sejour else 0, 0, 1, 5, 20])
    fin: dict[str, Any] = {}
    if sejour is not None:
        # Told ahead, or afterwards.
        dit = minuit(jour + UN_JOUR * hasard.choice([-9, 0, 0, 9]))
        fin = {"issue": StatutDemande.ABOUTIE, "sejour": sejour, "close_le": dit}
    elif hasard.random() < 0.5:
        issue = hasard.choice([StatutDemande.ANNULEE, StatutDemande.REFUSEE_PERSONNE])
        motif = hasard.choice(list(MotifRefus)) if issue == StatutDemande.REFUSEE_PERSONNE else ""
        le_fin = minuit(jour) + timedelta(hours=hasard.randrange(72))
        fin = {"issue": issue, "motif_refus": motif, "close_le": le_fin}
    return DemandeHebergementFactory(
        structure=structure,
        personne=sejour.personne if sejour else PersonneFactory(),
        demandee_le=le,
        origine=hasard.choice(list(OrigineDemande)),
        type_place=hasard.choice([TypePlace.HOTEL, TypePlace.SAS]),
        **fin,
    )


def proposer(hasard: Random, demande: DemandeHebergement, place: Place, jour: date) -> None:
    issue = hasard.choice([s for s in StatutProposition if s not in {"EN_ATTENTE", "ACCEPTEE"}])
    Proposition.objects.create(
        demande=demande, place=place, issue=issue, expire_le=minuit(jour),
        finie_le=minuit(jour) + timedelta(hours=hasard.randrange(48)),
        motif_refus=hasard.choice(list(MotifRefus)) if issue.startswith("REFUSEE") else "",
    )  # fmt: skip


def minuit(jour: date) -> datetime:
    return datetime.combine(jour, time(), PARIS).astimezone(UTC)


def a_paris(instant: datetime) -> date:
    return instant.astimezone(PARIS).date()


# --- Counting -------------------------------------------------------------------------------------

Cle = Callable[[Place | None, DemandeHebergement | None], str | None]


def par_site(place: Place | None, demande: DemandeHebergement | None) -> str | None:
    return place.site.code if place else None


def par_type(place: Place | None, demande: DemandeHebergement | None) -> str | None:
    return place.type if place else demande.type_place if demande else None


def par_origine(place: Place | None, demande: DemandeHebergement | None) -> str | None:
    if demande is None:
        return None
    return "AUTRE" if demande.origine == "JUSTICE" else demande.origine


CLES: dict[str, Cle] = {"site": par_site, "type": par_type, "origine": par_origine}


def rond(valeur: Fraction) -> Decimal:
    """Half-up to four decimals; nothing here is below zero."""
    return Decimal(floor(valeur * 10_000 + Fraction(1, 2))) / 10_000


def milieu(valeurs: Collection[int]) -> Decimal | None:
    return rond(Fraction(median(valeurs))) if valeurs else None


def moyenne(valeurs: Collection[int]) -> Decimal | None:
    return rond(Fraction(sum(valeurs), len(valeurs))) if valeurs else None


class Recompte:
    """All rows, read once; `groupe` counts those of one key (None: all of them)."""

    def __init__(self, du: date, au: date, aujourd_hui: date) -> None:
        self.du, self.fin = du, min(au, aujourd_hui)
        # What is planned has not happened.
        self.au = min(au, aujourd_hui + UN_JOUR)
        self.sejours = list(Sejour.objects.filter(nature="SEJOUR").select_related("place__site"))
        self.suivis = {s.suite_de_id for s in self.sejours}
        self.par_cle = {s.pk: s for s in self.sejours}
        self.demandes = list(DemandeHebergement.objects.all())
        self.propositions = list(Proposition.objects.select_related("place__site", "demande"))
        self.fermetures = list(Fermeture.objects.all())
        self.places = list(Place.objects.select_related("site"))

    def racine(self, sejour: Sejour) -> Sejour:
        while sejour.suite_de_id:
            sejour = self.par_cle[sejour.suite_de_id]
        return sejour

    def demande(self, sejour: Sejour) -> DemandeHebergement | None:
        """What it answered, or whatever it was moved from."""
        siennes = [d for d in self.demandes if d.sejour_id == sejour.pk]
        if siennes:
            return min(siennes, key=lambda d: (d.demandee_le, d.pk))
        return self.demande(self.par_cle[sejour.suite_de_id]) if sejour.suite_de_id else None

    def jusqu_au(self, demande: DemandeHebergement) -> date | None:
        """Until when somebody waited."""
        if demande.sejour_id:
            return self.par_cle[demande.sejour_id].arrivee
        return a_paris(demande.close_le) if demande.close_le else None

    def jours(self, du: date, au: date) -> list[date]:
        return [du + UN_JOUR * n for n in range((au - du).days)]

    def fermee(self, place: Place, jour: date) -> bool:
        return any(
            f.place_id == place.pk and f.debut <= jour and (f.fin is None or jour < f.fin)
            for f in self.fermetures
        )

    def occupee(self, place: Place, jour: date) -> bool:
        return any(
            s.place_id == place.pk and s.arrivee <= jour and (s.depart is None or jour < s.depart)
            for s in self.sejours
        )

    def disponible(self, place: Place, jour: date) -> bool:
        ouverte = place.ouverte_le <= jour and (place.fermee_le is None or jour < place.fermee_le)
        return ouverte and (not self.fermee(place, jour) or self.occupee(place, jour))

    def groupe(self, cle: Cle, code: str | None) -> dict[str, Any]:
        def dedans(place: Place | None, demande: DemandeHebergement | None) -> bool:
            return code is None or cle(place, demande) == code

        def siens(sejours: list[Sejour]) -> list[Sejour]:
            return [s for s in sejours if dedans(s.place, self.demande(s))]

        sortis = siens([
            s for s in self.sejours
            if s.depart and self.du <= s.depart < self.au and s.pk not in self.suivis
        ])  # fmt: skip
        entres = siens([
            s for s in self.sejours if not s.suite_de_id and self.du <= s.arrivee < self.au
        ])  # fmt: skip
        nuit = self.fin - UN_JOUR
        la = siens([
            s for s in self.sejours if s.arrivee <= nuit and (s.depart is None or s.depart > nuit)
        ])  # fmt: skip
        durees = [(s.depart - self.racine(s).arrivee).days for s in sortis if s.depart]
        delais = [
            (s.arrivee - d.demandee_le).days for s in entres
            if (d := self.demande(s)) and d.demandee_le <= s.arrivee
        ]  # fmt: skip
        vivants = [s for s in sortis if s.motif_sortie != "DECES"]
        anciens = [(nuit - self.racine(s).arrivee).days for s in la]
        issues = Counter(
            p.issue for p in self.propositions
            if p.finie_le and self.du <= a_paris(p.finie_le) < self.au
            and dedans(p.place, p.demande)
        )  # fmt: skip
        nuits = [
            (p, j) for p in self.places for j in self.jours(self.du, self.fin)
            if dedans(p, None) and self.disponible(p, j)
        ]  # fmt: skip
        places = Fraction(len(nuits), max(1, (self.fin - self.du).days))
        ages = [
            (self.fin - d.demandee_le).days for d in self.demandes
            if dedans(None, d) and d.demandee_le < self.fin
            and (self.jusqu_au(d) or date.max) >= self.fin
        ]  # fmt: skip
        en_chambre = {s.menage_id or s.pk for s in la if s.place.chambre_id}
        chambres = {
            p.chambre_id for p in self.places
            if p.chambre_id and dedans(p, None) and self.disponible(p, nuit)
        }  # fmt: skip
        fluides = sum(s.destination in VERS_MIEUX for s in vivants)
        return {
            "entrees": len(entres),
            "sorties": len(sortis),
            "deces": len(sortis) - len(vivants),
            "duree": {"moyenne": moyenne(durees), "mediane": milieu(durees)},
            "presents": {
                "nombre": len(la), "moyenne": moyenne(anciens), "mediane": milieu(anciens)
            },
            "menages": {
                "nombre": len(en_chambre),
                "chambres": len(chambres),
                "taux": rond(Fraction(len(en_chambre), len(chambres))) if chambres else None,
            },
            "rotation": {
                "places_disponibles": rond(places),
                "taux": rond(len(sortis) / places) if places else None,
            },
            "vacance": self.vacance(dedans),
            "fluidite": {
                "sorties": len(vivants),
                "fluides": fluides,
                "inconnues": sum(s.destination in {"", "INCONNUE"} for s in vivants),
                "taux": rond(Fraction(fluides, len(vivants))) if vivants else None,
            },
            "delai_entree": {
                "mediane": milieu(delais),
                "sans_demande": len(entres) - len(delais),
                "en_attente": {
                    "nombre": len(ages),
                    "age_median": milieu(ages),
                    "age_maximum": max(ages, default=None),
                },
            },
            "propositions": {
                "confirmees": issues["CONFIRMEE"], "non_presentees": issues["NON_PRESENTEE"],
                "expirees": issues["EXPIREE"], "annulees": issues["ANNULEE"],
            },
            "refus": self.refus(dedans),
        }  # fmt: skip

    def vacance(self, dedans: Callable[..., bool]) -> dict[str, Any]:
        vides = []
        for place in (p for p in self.places if dedans(p, None)):
            siens = sorted(
                (s for s in self.sejours if s.place_id == place.pk),
                key=lambda s: (s.arrivee, s.depart or date.max),
            )
            for avant, apres in pairwise(siens):
                if avant.depart and self.du <= apres.arrivee < self.au:
                    vides.append(
                        sum(
                            not self.fermee(place, j)
                            for j in self.jours(avant.depart, apres.arrivee)
                        )
                    )
        return {"nombre": len(vides), "moyenne": moyenne(vides), "mediane": milieu(vides)}

    def refus(self, dedans: Callable[..., bool]) -> set[tuple[str, str, int]]:
        dits: Counter[tuple[str, str]] = Counter()
        for proposition in self.propositions:
            fin = proposition.finie_le
            la = fin and self.du <= a_paris(fin) < self.au
            if la and "REFUSEE" in proposition.issue:
                siens = dedans(proposition.place, proposition.demande)
                dits[proposition.issue[8:], proposition.motif_refus] += siens
        for demande in self.demandes:
            fin = demande.close_le
            la = fin and self.du <= a_paris(fin) < self.au
            if la and "REFUSEE" in demande.issue:
                dits[demande.issue[8:], demande.motif_refus] += dedans(None, demande)
        return {(par, motif, nombre) for (par, motif), nombre in dits.items() if nombre}
