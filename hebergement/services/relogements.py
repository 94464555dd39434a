"""What closing many places would do: who goes where, what is withdrawn; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import DateField, Q, QuerySet, Value
from django.db.models.functions import Cast

from commun.api.viewsets import calculer_empreinte
from commun.horloge import aujourd_hui, jour_paris
from hebergement.attente import BESOINS
from hebergement.contingents import DemandeDuSejour, OrganismeDuSejour, restent
from hebergement.enums import Besoin
from hebergement.models import (
    Contingent,
    DemandeHebergement,
    Fermeture,
    Place,
    Proposition,
    Sejour,
    Site,
)
from hebergement.models.places import DemiJournees
from hebergement.relogement import Accueil, Issue, Partant, reloger


@dataclass(frozen=True)
class Portee:
    """What closes, and when: nights `[debut, fin)`. Nothing named: the whole site.

    Args:
        etage, chambres, places: those of a floor, of rooms, and places themselves.
    """

    site: Site
    debut: date
    fin: date | None = None
    etage: str = ""
    chambres: Sequence[Any] = ()
    places: Sequence[Any] = ()

    @property
    def demi_journees(self) -> DemiJournees:
        return DemiJournees(*(Cast(Value(jour), DateField()) for jour in (self.debut, self.fin)))

    def a_fermer(self) -> QuerySet[Place]:
        """Its places that are open on one of these nights."""
        lignes = Place.objects.filter(site=self.site, ouverture__overlap=self.demi_journees)
        nommees = Q()
        if self.etage:
            nommees |= Q(chambre__etage=self.etage)
        if self.chambres:
            nommees |= Q(chambre__in=[c.pk for c in self.chambres])
        if self.places:
            nommees |= Q(pk__in=[p.pk for p in self.places])
        return lignes.filter(nommees).select_related("chambre").order_by("pk")


@dataclass(frozen=True)
class Relogement:
    """Somebody whose place closes, from which night, and what was found for them."""

    sejour: Any
    jour: date
    issue: Issue
    vers: Any = None


@dataclass(frozen=True)
class Plan:
    """What closing would do."""

    portee: Portee
    places: list[Any]
    relogements: list[Relogement]
    propositions: list[Any] = field(default_factory=list)

    @property
    def vide(self) -> bool:
        """Nobody is there, nobody is awaited."""
        return not self.relogements and not self.propositions

    @property
    def sans_place(self) -> list[Relogement]:
        return [r for r in self.relogements if r.vers is None]

    @property
    def empreinte(self) -> str:
        """The digest of all that would be written."""
        return calculer_empreinte(
            str(self.portee.site.pk),
            [
                str(self.portee.debut),
                str(self.portee.fin),
                [str(p.pk) for p in self.places],
                [[str(r.sejour.pk), str(r.sejour.arrivee), str(r.sejour.depart),
                  str(r.issue.place)] for r in self.relogements],
                [str(p.pk) for p in self.propositions],
            ],
        )  # fmt: skip

    def decrire(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "empreinte": self.empreinte,
            "places": [str(p.pk) for p in self.places],
            "relogements": [decrire(r) for r in self.relogements],
            "propositions": [
                {
                    "proposition": str(p.pk),
                    "demande": str(p.demande_id),
                    "place": str(p.place_id),
                    "expire_le": p.expire_le.isoformat(),
                }
                for p in self.propositions
            ],
        }


def decrire(relogement: Relogement) -> dict[str, Any]:
    """One line of a plan: who, from where, to where, and what is missing there."""
    sejour, vers, issue = relogement.sejour, relogement.vers, relogement.issue
    return {
        "sejour": str(sejour.pk),
        "personne": str(sejour.personne_id),
        "jour": relogement.jour.isoformat(),
        "depuis": str(sejour.place_id),
        "place": str(vers.pk) if vers else None,
        "site": str(vers.site_id) if vers else None,
        "alertes": [b.value for b in issue.alertes],
        "raison": issue.raison.value if issue.raison else None,
    }


def planifier(portee: Portee) -> Plan:
    """What closing these places would do; writes nothing, in a constant number of queries."""
    places = list(portee.a_fermer())
    sejours = _a_reloger(portee, places)
    propositions = list(
        Proposition.objects.en_cours()
        .filter(place__in=places)
        .select_related("demande", "place__site")
        .order_by("pk")
    )
    if portee.fin is not None and portee.fin <= aujourd_hui():
        propositions = []  # of nights that are over
    if not sejours:
        return Plan(portee, places, [], propositions)
    partants = _partants(portee, sejours)
    accueils, ou = _accueils(portee, places, sejours, {p.type for p in partants})
    return Plan(
        portee,
        places,
        [
            Relogement(sejour, partant.debut, issue, ou.get(issue.place))
            for sejour, partant, issue in zip(
                sejours, partants, reloger(partants, accueils), strict=True
            )
        ],
        propositions,
    )


def _a_reloger(portee: Portee, places: Sequence[Place]) -> list[Any]:
    """The stays that would lie under the closure and are not over; holds are not stays."""
    return list(
        Sejour.objects.sejours()
        .filter(
            Q(depart=None) | Q(depart__gt=aujourd_hui()),
            place__in=places,
            demi_journees__overlap=portee.demi_journees,
        )
        .annotate(demande_id=DemandeDuSejour("pk"), organisme_id=OrganismeDuSejour("pk"))
        .select_related("place__chambre", "personne")
        .order_by("pk")
    )


def _partants(portee: Portee, sejours: Sequence[Any]) -> list[Partant]:
    demandes = DemandeHebergement.objects.in_bulk([s.demande_id for s in sejours if s.demande_id])
    ensemble: defaultdict[tuple[Any, Any], int] = defaultdict(int)
    for s in sejours:
        if s.menage_id and s.place.chambre_id:
            ensemble[s.menage_id, s.place.chambre_id] += 1
    partants = []
    for s in sejours:
        demande = demandes.get(s.demande_id)
        besoins = {b for b in BESOINS if demande and getattr(demande, b.lower())}
        if s.place.reservee_femmes:
            # Whoever lives in such a place needs one, asked for or not.
            besoins.add(Besoin.RESERVEE_FEMMES)
        groupe = (s.menage_id, s.place.chambre_id)
        partants.append(
            Partant(
                cle=s.pk,
                debut=max(s.arrivee, portee.debut),
                fin=s.depart,
                type=s.place.type,
                besoins=frozenset(besoins),
                a_reservee=Besoin.RESERVEE_FEMMES in besoins,
                organisme=s.organisme_id,
                ensemble=groupe if ensemble.get(groupe, 0) > 1 else None,
            )
        )
    return partants


def _accueils(
    portee: Portee, places: Sequence[Place], sejours: Sequence[Any], types: set[str]
) -> tuple[list[Accueil], dict[UUID, Place]]:
    """The places where somebody could go from the first night of the closure on."""
    debut = portee.debut
    sans_fin = Sejour.objects.filter(arrivee__lte=debut, depart=None)
    fermees = Fermeture.objects.filter(debut__lte=debut, fin=None)
    candidates = list(
        Place.objects.filter(Q(fermee_le=None) | Q(fermee_le__gt=debut), type__in=types)
        .exclude(pk__in=[p.pk for p in places])
        .exclude(pk__in=sans_fin.values("place"))
        .exclude(pk__in=fermees.values("place"))
        .select_related("site__structure")
        .order_by("pk")
    )
    prises = _prises(debut)
    libres = {
        p.pk: trous(
            max(debut, p.ouverte_le), p.fermee_le, prises.get(p.pk, ())
        )
        for p in candidates
    }  # fmt: skip
    gardees = _gardees(debut, [p for p in candidates if _libre_le(debut, libres[p.pk])], sejours)
    chez = portee.site.structure.organisme_id
    ici = portee.site.arrondissement
    return [
        Accueil(
            cle=p.pk,
            type=p.type,
            libre=libres[p.pk],
            offre=frozenset(b for b, offre in BESOINS.items() if getattr(p, offre)),
            chambre=p.chambre_id,
            garde_pour=gardees.get(p.pk),
            proche=p.site.structure.organisme_id == chez
            or (ici != "" and p.site.arrondissement == ici),
        )
        for p in candidates
        if libres[p.pk]
    ], {p.pk: p for p in candidates}


def _prises(debut: date) -> dict[UUID, list[tuple[date, date | None]]]:
    """Of each place, the nights from `debut` on that are taken, held or closed. A hold whose
    deadline is over holds nothing from that day on; a stay of one day parts two that touch it."""
    finies = {
        retenue: jour_paris(expire_le)
        for retenue, expire_le in Proposition.objects.perimees().values_list("retenue", "expire_le")
    }
    prises: defaultdict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    sejours = Sejour.objects.filter(Q(depart=None) | Q(depart__gt=debut) | Q(arrivee__gt=debut))
    for place, cle, arrivee, depart in sejours.values_list("place", "pk", "arrivee", "depart"):
        prises[place].append((arrivee, finies.get(cle, depart)))
    fermetures = Fermeture.objects.filter(Q(fin=None) | Q(fin__gt=debut))
    for place, du, au in fermetures.values_list("place", "debut", "fin"):
        prises[place].append((du, au))
    return prises


def trous(
    du: date, au: date | None, prises: Iterable[tuple[date, date | None]]
) -> tuple[tuple[date, date | None], ...]:
    """What is left of the nights `[du, au)`, in their order."""
    libres: list[tuple[date, date | None]] = []
    for debut, fin in sorted(prises, key=lambda p: p[0]):
        if fin is not None and fin < du:
            continue
        if debut > du:
            libres.append((du, debut if au is None else min(debut, au)))
        if fin is None:
            break
        du = max(du, fin)
        if au is not None and du >= au:
            break
    else:
        if au is None or du < au:
            libres.append((du, au))
    return tuple((d, f) for d, f in libres if f is None or d < f)


def _libre_le(jour: date, libres: Iterable[tuple[date, date | None]]) -> bool:
    return any(du <= jour and (au is None or jour < au) for du, au in libres)


def _gardees(jour: date, libres: Sequence[Place], sejours: Sequence[Any]) -> dict[UUID, UUID]:
    """Of the free places of each site, those that allotments still have to fill, the last first;
    of whose allotment."""
    par_site: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for place in libres:
        par_site[place.site_id].append(place.pk)
    gardees = {}
    contingents = Contingent.objects.en_vigueur(jour).filter(site__in=par_site)
    for site, organisme, reste in (
        contingents.annotate(reste=restent(jour))
        .order_by("site", "organisme")
        .values_list("site", "organisme", "reste")
    ):
        for _ in range(min(reste, len(par_site[site]))):
            gardees[par_site[site].pop()] = organisme
    return gardees
