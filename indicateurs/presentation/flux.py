"""The flows of accommodation for who coordinates: plots and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Q, Sum
from django.utils.formats import date_format

from commun.horloge import PARIS, aujourd_hui
from hebergement.enums import MotifRefus, PrioriteDemande
from hebergement.models import DemandeHebergement, OccupationNuit, Site
from indicateurs.presentation.graphiques import EMPILES, JOURS, Trace, jours_de
from indicateurs.presentation.nombres import INSECABLE, accorder, decimal_lisible, nombre
from socle.enums import Cote

# From how many days of waiting on, and how a request is called that waits as long.
AGES = (
    (0, "Moins d'une semaine"),
    (7, "De 7 à 29 jours"),
    (30, "De 30 à 89 jours"),
    (90, "De 90 à 179 jours"),
    (180, "180 jours et plus"),
)
ENSEMBLE = "Ensemble du réseau"


@dataclass(frozen=True)
class Tableau:
    code: str
    titre: str
    colonnes: Sequence[str]
    lignes: Sequence[Sequence[str]]


def traces_des_flux(du: date, au: date, site: Site | None) -> list[Trace]:
    """Those of the nights `[du, au)` that are over, of a site or of all; who waits, of all."""
    fin = max(min(au, aujourd_hui()), du)
    sommes = ("occupees", "disponibles", "reservees", "entrees", "sorties", "transferts_entrants",
              "transferts_sortants")  # fmt: skip
    lignes = OccupationNuit.objects.entre(du, fin)
    if site is not None:
        lignes = lignes.filter(site=site)
    nuits = {
        ligne["jour"]: ligne
        for ligne in lignes.order_by().values("jour").annotate(**{s: Sum(s) for s in sommes})
    }
    return [
        _occupation(jours_de(du, fin), nuits),
        _mouvements(jours_de(du, fin), nuits, site),
        _attente(fin),
    ]


Nuits = dict[date, dict[str, Any]]


def _pourcentage(part: Decimal | float) -> str:
    return f"{decimal_lisible(float(part) * 100)}{INSECABLE}%"


def _occupation(jours: Sequence[date], nuits: Nuits) -> Trace:
    """Who was there each night, under what was available."""
    phrase = "Aucune nuit n'est encore comptée."
    disponibles = sum(n["disponibles"] for n in nuits.values())
    occupees = sum(n["occupees"] for n in nuits.values())
    if nuits:
        phrase = f"{accorder(occupees, 'nuitée')} sur {nombre(disponibles)} disponibles"
        phrase += f", soit {_pourcentage(occupees / disponibles)}." if disponibles else "."
        if len(nuits) < len(jours):
            phrase += f" {accorder(len(jours) - len(nuits), 'nuit')} sans aucun chiffre."
    # A night alone is a dot: there is no line from it to another.
    point = 3 if len(nuits) == 1 else 0
    series: list[tuple[str, list[Any], dict[str, Any]]] = [
        (nom, [nuits[j][champ] if j in nuits else None for j in jours],
         {"pointRadius": point, **reglages})
        for nom, champ, reglages in (
            ("Occupées", "occupees", {"borderWidth": 2.5}),
            ("Disponibles", "disponibles", {"borderWidth": 2, "stepped": True}),
            ("Retenues", "reservees", {"borderWidth": 1.5, "borderDash": [4, 3]}),
        )
    ]  # fmt: skip
    lus = [(jour, nuits[jour]) for jour in jours if jour in nuits]
    return Trace(
        "occupation", "Occupation et capacité, nuit par nuit", phrase, "line",
        [date_format(jour, "j N") for jour in jours], series,
        ["Nuit du", "Occupées", "Disponibles", "Taux", "Retenues"],
        [
            [
                date_format(jour, "j F Y"), nombre(n["occupees"]), nombre(n["disponibles"]),
                _pourcentage(n["occupees"] / n["disponibles"]) if n["disponibles"] else "",
                nombre(n["reservees"]),
            ]
            for jour, n in lus
        ],
        JOURS,
    )  # fmt: skip


def _mouvements(jours: Sequence[date], nuits: Nuits, site: Site | None) -> Trace:
    """Arrivals and departures of each week, of the Monday on which it begins."""
    champs = {"entrees": "Entrées", "sorties": "Sorties"}
    if site is not None:
        # Between sites: they are nobody's arrival in the network.
        champs |= {"transferts_entrants": "Venues d'un autre site",
                   "transferts_sortants": "Parties vers un autre site"}  # fmt: skip
    semaines: dict[date, Counter[str]] = {}
    for jour in jours:
        lundi = jour - timedelta(days=jour.weekday())
        compte = semaines.setdefault(lundi, Counter())
        compte.update({champ: nuits[jour][champ] for champ in champs} if jour in nuits else {})
    total = {champ: sum(s[champ] for s in semaines.values()) for champ in champs}
    solde = (
        total["entrees"] - total["sorties"]
        + total.get("transferts_entrants", 0) - total.get("transferts_sortants", 0)
    )  # fmt: skip
    phrase = f"{accorder(total['entrees'], 'entrée')}, {accorder(total['sorties'], 'sortie')}"
    if site is not None:
        phrase += (
            f", {accorder(total['transferts_entrants'], 'transfert')} depuis un autre site et "
            f"{nombre(total['transferts_sortants'])} vers un autre"
        )
    sens = "de plus" if solde > 0 else "de moins"
    phrase += f" : {accorder(abs(solde), 'personne')} {sens}." if solde else " : autant qu'avant."
    return Trace(
        "mouvements", "Entrées et sorties, par semaine", phrase, "bar",
        [date_format(lundi, "j N") for lundi in semaines],
        [
            (nom, [compte[champ] for compte in semaines.values()], {})
            for champ, nom in champs.items()
        ],
        ["Semaine du", *champs.values()],
        [
            [date_format(lundi, "j F Y"), *(nombre(compte[champ]) for champ in champs)]
            for lundi, compte in semaines.items()
        ],
    )  # fmt: skip


def _attente(fin: date) -> Trace:
    """Who waits on the morning of `fin`, by how long and by priority."""
    matin = datetime.combine(fin, time(0), PARIS)
    lignes = DemandeHebergement.objects.filter(
        Q(close_le=None) | Q(close_le__gte=matin), demandee_le__lt=fin
    ).values_list("demandee_le", "priorite")
    attentes = [((fin - jour).days, priorite) for jour, priorite in lignes.order_by()]
    comptes = Counter(
        (max(seuil for seuil, _ in AGES if seuil <= age), priorite) for age, priorite in attentes
    )
    phrase = f"Au matin du {date_format(fin, 'j F Y')}, personne n'attend."
    if attentes:
        ages = [age for age, _ in attentes]
        phrase = (
            f"Au matin du {date_format(fin, 'j F Y')}, {accorder(len(ages), 'demande')} en "
            f"attente dans tout le réseau, depuis {decimal_lisible(median(ages))} jours au "
            f"milieu de la liste, {nombre(max(ages))} pour la plus ancienne."
        )
    priorites = list(PrioriteDemande)[::-1]
    return Trace(
        "attente", "L'âge de la liste d'attente", phrase, "bar", [nom for _, nom in AGES],
        [(str(p.label), [comptes[seuil, p.value] for seuil, _ in AGES], {}) for p in priorites],
        ["Attente", *(str(p.label) for p in priorites), "Ensemble"],
        [
            [
                nom, *(nombre(comptes[seuil, p.value]) for p in priorites),
                nombre(sum(comptes[seuil, p.value] for p in priorites)),
            ]
            for seuil, nom in AGES
        ],
        {"indexAxis": "y", **EMPILES},
    )  # fmt: skip


def tableaux_des_flux(flux: dict[str, Any]) -> list[Tableau]:
    """What `hebergement.flux.calculer` counted, the whole first: an empty cell makes no sense, or
    nothing was there to be counted."""
    groupes = [(ENSEMBLE, flux["ensemble"]), *((g["libelle"], g) for g in flux["groupes"])]
    trouves = [
        Tableau(code, titre, ["", *colonnes], [[nom, *_cases(colonnes, g)] for nom, g in groupes])
        for code, titre, colonnes in TABLEAUX
    ]
    raisons = [(r["par"], r["motif_refus"]) for r in flux["ensemble"]["refus"]]
    refus = Tableau(
        "refus", "Refus de places et de demandes",
        ["", *(f"{Cote(par).label} : {MotifRefus(m).label.lower()}" for par, m in raisons)],
        [
            [nom, *(nombre(n) for n in _comptes(groupe["refus"], raisons))]
            for nom, groupe in groupes
        ],
    )  # fmt: skip
    return [*trouves, refus] if raisons else trouves


def _comptes(refus: list[dict[str, Any]], raisons: Iterable[tuple[str, str]]) -> list[int]:
    lus = {(r["par"], r["motif_refus"]): r["nombre"] for r in refus}
    return [lus.get(raison, 0) for raison in raisons]


TABLEAUX: list[tuple[str, str, dict[str, str]]] = [
    ("sejours", "Séjours", {
        "Entrées": "entrees",
        "Sorties": "sorties",
        "dont décès": "deces",
        "dont clôturées sans nouvelles": "clotures_automatiques",
        "Durée moyenne, en jours": "duree.moyenne",
        "Durée médiane": "duree.mediane",
        "Présents la dernière nuit": "presents.nombre",
        "Ancienneté moyenne": "presents.moyenne",
        "Ancienneté médiane": "presents.mediane",
    }),
    ("places", "Places et sorties", {
        "Ménages en chambre": "menages.nombre",
        "Chambres": "menages.chambres",
        "Ménages par chambre": "menages.taux",
        "Places disponibles": "rotation.places_disponibles",
        "Rotation": "rotation.taux",
        "Places redonnées": "vacance.nombre",
        "Vacance moyenne, en jours": "vacance.moyenne",
        "Vacance médiane": "vacance.mediane",
        "Sorties, hors décès": "fluidite.sorties",
        "vers un logement ou un soin": "fluidite.fluides",
        "vers une destination inconnue": "fluidite.inconnues",
        "Fluidité": "fluidite.taux",
    }),
    ("demandes", "Demandes et propositions", {
        "Délai d'entrée médian, en jours": "delai_entree.mediane",
        "Entrées sans demande": "delai_entree.sans_demande",
        "Encore en attente": "delai_entree.en_attente.nombre",
        "depuis, en médiane": "delai_entree.en_attente.age_median",
        "la plus ancienne": "delai_entree.en_attente.age_maximum",
        "Propositions confirmées": "propositions.confirmees",
        "Non présentées": "propositions.non_presentees",
        "Sans réponse à temps": "propositions.expirees",
        "Annulées": "propositions.annulees",
    }),
]  # fmt: skip


EN_CENTIEMES = {"rotation.taux", "menages.taux"}


def _cases(colonnes: dict[str, str], groupe: dict[str, Any]) -> Iterator[str]:
    for chemin in colonnes.values():
        valeur: Any = groupe
        for nom in chemin.split("."):
            valeur = None if valeur is None else valeur[nom]
        if valeur is None:
            yield ""
        elif chemin == "fluidite.taux":
            yield _pourcentage(valeur)
        elif isinstance(valeur, int):
            yield nombre(valeur)
        else:
            yield decimal_lisible(valeur) if chemin not in EN_CENTIEMES else _centiemes(valeur)


def _centiemes(valeur: Decimal) -> str:
    return f"{valeur:.2f}".replace(".", ",")
