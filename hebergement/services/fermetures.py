"""Closing many places of a site at once: nobody is left where they were, or nothing is written.

The plan is told before, and computed again under the locks: what is written is what was shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Case, DateField, Q, QuerySet, UUIDField, Value, When
from django.db.models.functions import Cast
from django.db.models.signals import post_save

from commun.api.errors import Conflit
from commun.api.viewsets import calculer_empreinte
from commun.horloge import aujourd_hui, jour_paris, maintenant
from hebergement.attente import BESOINS
from hebergement.contingents import DemandeDuSejour, OrganismeDuSejour, restent
from hebergement.enums import Besoin, StatutProposition
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
from hebergement.obstacles import obstacles_aux_fermetures
from hebergement.relogement import Accueil, Issue, Partant, reloger
from hebergement.services.retenues import expirer_sur, liberer
from hebergement.services.verrous import Refusee, essai, refus_de, verrouiller
from socle.models import Utilisateur

IL_FAUT_UN_PLAN = (
    "Des personnes sont là, ou y sont attendues : confirmez le plan de relogement, par son "
    "empreinte."
)
A_CHANGE = "La situation a changé depuis ce plan : voici celui d'aujourd'hui. Rien n'a été écrit."
SANS_PLACE = "Il n'y a pas de place pour tout le monde : rien n'a été écrit."
RIEN_A_FERMER = "Aucune place ouverte à ces dates."


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


# --- The plan -------------------------------------------------------------------------------------


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


# --- Applying it ----------------------------------------------------------------------------------


def cle_de_fermeture(uuid: UUID, place: UUID) -> UUID:
    """The key of the closure of a place that a request makes: the same request, the same row."""
    return uuid5(uuid, str(place))


@transaction.atomic
def fermer_des_places(
    *,
    uuid: UUID,
    portee: Portee,
    motif: str,
    empreinte: str = "",
    auteur: Utilisateur | None,
    **saisie: Any,
) -> list[Fermeture]:
    """Close places, move who is there, withdraw what is held there: all of it or nothing.

    Args:
        uuid: of the request; the closures' keys are made of it.
        empreinte: of the plan that was shown; not needed where nobody is concerned.

    Raises:
        Conflit: no place is open then; the plan was not confirmed, or changed; somebody has no
            place to go to. It carries the plan.
        Refus: a stay or a hold that is over lies under the closure.
    """
    prevu = planifier(portee)
    _verrouiller(prevu)
    plan = planifier(portee)
    if not plan.places:
        raise Conflit(RIEN_A_FERMER)
    if not plan.vide:
        _exiger(plan, empreinte, tenu=prevu.empreinte)
    fermetures = [
        Fermeture(
            uuid=cle_de_fermeture(uuid, place.pk),
            place=place,
            debut=portee.debut,
            fin=portee.fin,
            motif=motif,
            auteur=auteur,
            **saisie,
        )
        for place in plan.places
    ]
    try:
        with essai():
            _retirer(plan)
            _deplacer(plan, auteur, saisie)
            Fermeture.objects.bulk_create(fermetures)
    except Refusee as refusee:
        obstacles = obstacles_aux_fermetures(
            [p.pk for p in plan.places], portee.debut, portee.fin, auteur
        )
        raise refus_de(refusee, obstacles) from refusee
    # As for rows that are written one by one: who computes nights, and who matches, is told.
    for lignes in ([r.sejour for r in plan.relogements], fermetures):
        for ligne in lignes[:1]:
            post_save.send(sender=type(ligne), instance=ligne, created=False)
    return fermetures


def _verrouiller(plan: Plan) -> None:
    """Persons, places, stays, propositions, in the order of the house; what is overdue on these
    places ends."""
    places = {p.pk for p in plan.places} | {r.vers.pk for r in plan.relogements if r.vers}
    verrouiller(
        personnes=[r.sejour.personne_id for r in plan.relogements]
        + [p.demande.personne_id for p in plan.propositions],
        places=places,
        sejours=[r.sejour.pk for r in plan.relogements],
    )
    list(
        DemandeHebergement.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[p.demande_id for p in plan.propositions])
        .order_by("pk")
    )
    expirer_sur(*places)


def _exiger(plan: Plan, empreinte: str, *, tenu: str) -> None:
    """The plan that was shown is the one of now, its rows are those that are locked, and it has a
    place for everybody."""
    dit: dict[str, Any] = {"plan": plan.decrire()}
    sans_place = [decrire(r) for r in plan.sans_place]
    if sans_place:
        raise Conflit(SANS_PLACE, code="sans_place", sans_place=sans_place, **dit)
    if not empreinte:
        raise Conflit(IL_FAUT_UN_PLAN, code="plan_a_confirmer", **dit)
    if not plan.empreinte == empreinte == tenu:
        raise Conflit(A_CHANGE, code="plan_perime", **dit)


def _retirer(plan: Plan) -> None:
    """Propositions on places that close are withdrawn; no night of theirs is held any more."""
    jour = min(aujourd_hui(), plan.portee.debut)
    Proposition.objects.filter(pk__in=[p.pk for p in plan.propositions]).update(
        issue=StatutProposition.ANNULEE, finie_le=maintenant(), retenue=None
    )
    liberer({p.retenue_id: jour for p in plan.propositions if p.retenue_id})


def _deplacer(plan: Plan, auteur: Utilisateur | None, saisie: dict[str, Any]) -> None:
    """Who has slept there goes on elsewhere, by a transfer; a stay that would only begin under the
    closure begins elsewhere: no night was spent here."""
    a_venir = [r for r in plan.relogements if r.sejour.arrivee >= r.jour]
    if a_venir:
        Sejour.objects.filter(pk__in=[r.sejour.pk for r in a_venir]).update(
            place=Case(*(When(pk=r.sejour.pk, then=Value(r.vers.pk)) for r in a_venir),
                       output_field=UUIDField())
        )  # fmt: skip
    partis = [r for r in plan.relogements if r.sejour.arrivee < r.jour]
    if not partis:
        return
    avant = {r.sejour.pk: r for r in partis}
    # Moves that were planned further on take up the end of the new stay instead.
    plus_loin = dict(Sejour.objects.filter(suite_de__in=avant).values_list("suite_de", "pk"))
    Sejour.objects.filter(pk__in=plus_loin.values()).update(suite_de=None)
    Sejour.objects.filter(pk__in=avant).update(
        depart=plan.portee.debut, motif_sortie="", destination=""
    )
    suites = [
        Sejour(
            place=r.vers,
            personne_id=r.sejour.personne_id,
            arrivee=r.jour,
            depart=r.sejour.depart,
            suite_de=r.sejour,
            menage_id=r.sejour.menage_id,
            motif_sortie=r.sejour.motif_sortie,
            destination=r.sejour.destination,
            auteur=auteur,
            **{nom: saisie[nom] for nom in ("recu_le", "saisi_le") if nom in saisie},
        )
        for r in partis
    ]
    Sejour.objects.bulk_create(suites)
    if plus_loin:
        nouvelles = {s.suite_de_id: s.pk for s in suites}
        Sejour.objects.filter(pk__in=plus_loin.values()).update(
            suite_de=Case(
                *(When(pk=loin, then=Value(nouvelles[de])) for de, loin in plus_loin.items()),
                output_field=UUIDField(),
            )
        )
