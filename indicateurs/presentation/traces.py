"""The plots of a year for who coordinates, each with the table of what it shows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils.formats import date_format

from accueil.models import Passage
from commun.horloge import aujourd_hui
from contacts.enums import CategorieActe
from indicateurs.calcul import compter
from indicateurs.catalogue import PAR_CODE
from indicateurs.chaine import chaines
from indicateurs.models import Semaine
from indicateurs.perimetres import Portee
from indicateurs.periodes import Periode
from indicateurs.presentation.graphiques import EMPILES, JOURS, Trace, jours_de
from indicateurs.presentation.nombres import decimal_lisible, nombre
from indicateurs.sources import Axe
from maraudes.enums import Milieu, StatutEtape, StatutMaraude
from maraudes.models import Maraude, Secteur

FENETRE = 28
# The share of its weeks in which a sector met its target: from which on it is called what.
COUVERTURES = ((0.8, "tenue", "bonne"), (0.5, "en partie", "moyenne"), (0.0, "manquée", "faible"))
SANS_CIBLE = ("sans cible", "")


def traces(annee: int, portee: Portee) -> list[Trace]:
    """Those that make sense for the scope, in the same number of queries whatever there is."""
    periode = Periode.annee(annee)
    dessines = []
    if portee.a_un_accueil:
        dessines.append(_passages(periode, portee))
    if portee.a_une_equipe:
        dessines.append(_maraudes(periode, portee))
    dessines.append(_actes(periode, portee))
    if portee.a_une_equipe:
        dessines.append(_chaine(periode, portee))
    return dessines


def _passages(periode: Periode, portee: Portee) -> Trace:
    """Of each day, and the mean of the 28 that end with it."""
    avant = periode.debut - timedelta(days=FENETRE - 1)
    comptes = dict(
        Passage.objects.filter(
            portee.sur("contact__structure"),
            contact__jour__gte=avant,
            contact__jour__lt=periode.fin,
        )
        .order_by()
        .values_list("contact__jour")
        .annotate(n=Count("pk"))
    )
    valeurs = [comptes.get(jour, 0) for jour in jours_de(avant, periode.fin)]
    du_jour = valeurs[FENETRE - 1 :]
    moyennes = [
        round(sum(valeurs[rang : rang + FENETRE]) / FENETRE, 1) for rang in range(len(du_jour))
    ]
    jours = jours_de(periode.debut, periode.fin)
    phrase = "Aucun passage."
    if any(du_jour):
        plus = max(range(len(jours)), key=lambda rang: du_jour[rang])
        phrase = (
            f"{decimal_lisible(sum(du_jour) / len(jours))} passages par jour en moyenne ; "
            f"{nombre(du_jour[plus])} le {date_format(jours[plus], 'j F')}, le jour le plus chargé."
        )
    return Trace(
        "passages", "Passages par jour, et leur moyenne sur 28 jours", phrase, "line",
        [date_format(jour, "j N") for jour in jours],
        [
            ("Moyenne sur 28 jours", moyennes, {"borderWidth": 2.5, "pointRadius": 0}),
            ("Passages du jour", du_jour, {"borderWidth": 0, "pointRadius": 1.5}),
        ],
        ["Jour", "Passages", "Moyenne sur 28 jours"],
        [
            [date_format(jour, "j F"), nombre(n), decimal_lisible(moyenne)]
            for jour, n, moyenne in zip(jours, du_jour, moyennes, strict=True)
        ],
        JOURS,
    )  # fmt: skip


def _maraudes(periode: Periode, portee: Portee) -> Trace:
    """Closed rounds of each week, of the Monday on which it begins."""
    lignes = (
        Maraude.objects.filter(
            portee.sur("equipe__structure"),
            statut=StatutMaraude.CLOTUREE,
            jour__gte=periode.debut,
            jour__lt=periode.fin,
        )
        .order_by()
        .values_list(TruncWeek("jour"), "milieu")
        .annotate(n=Count("pk"))
    )
    comptes = {(lundi, milieu): n for lundi, milieu, n in lignes}
    premier = periode.debut - timedelta(days=periode.debut.weekday())
    lundis = jours_de(premier, periode.fin)[::7]
    par_milieu = {
        milieu: [comptes.get((lundi, milieu), 0) for lundi in lundis] for milieu in Milieu
    }
    total = {milieu: sum(valeurs) for milieu, valeurs in par_milieu.items()}
    # A week that the year cuts counts for its days.
    semaines = max((periode.fin - periode.debut).days, 1) / 7
    phrase = " ; ".join(
        f"{milieu.label.lower()} : {nombre(total[milieu])}, "
        f"{decimal_lisible(total[milieu] / semaines)} par semaine"
        for milieu in Milieu
    )
    return Trace(
        "maraudes", "Maraudes clôturées par semaine et par milieu",
        f"{phrase[:1].upper()}{phrase[1:]}.", "bar",
        [date_format(lundi, "j N") for lundi in lundis],
        [(str(milieu.label), par_milieu[milieu], {}) for milieu in Milieu],
        ["Semaine du", *(str(milieu.label) for milieu in Milieu)],
        [
            [date_format(lundi, "j F Y"), *(nombre(par_milieu[m][rang]) for m in Milieu)]
            for rang, lundi in enumerate(lundis)
        ],
        EMPILES,
    )  # fmt: skip


def _actes(periode: Periode, portee: Portee) -> Trace:
    actes, venues = PAR_CODE["actes"], PAR_CODE["actes_personnes"]
    lus = compter([actes, venues], [periode], portee, Axe.CATEGORIE)
    rangees = sorted(
        (
            (str(c.label), lus.get(("actes", c.value, 0), 0), lus.get((venues.code, c.value, 0), 0))
            for c in CategorieActe
        ),
        key=lambda rangee: (-(rangee[1] or 0), rangee[0]),
    )
    total = sum(int(n or 0) for _, n, _ in rangees)
    premiere, combien, _ = rangees[0]
    return Trace(
        "actes", "Actes par catégorie",
        f"{nombre(total)} actes, dont {nombre(int(combien or 0))} de la catégorie "
        f"« {premiere} », la plus fréquente." if total else "Aucun acte.",
        "bar", [nom for nom, _, _ in rangees],
        [("Actes", [int(n or 0) for _, n, _ in rangees], {})],
        ["Catégorie", "Actes", "Personnes distinctes"],
        [[nom, nombre(int(n or 0)), nombre(int(p or 0))] for nom, n, p in rangees],
        {"indexAxis": "y"},
    )  # fmt: skip


def _chaine(periode: Periode, portee: Portee) -> Trace:
    (chaine,) = chaines([periode], portee)
    etapes = list(chaine.values())
    return Trace(
        "chaine", "De la rue à la chambre",
        f"Sur {nombre(chaine['rencontrees'].nombre)} personnes rencontrées en maraude et connues, "
        f"{nombre(chaine['orientees'].nombre)} ont été orientées et "
        f"{nombre(chaine['arrivees'].nombre)} sont arrivées, "
        f"dont {nombre(chaine['hebergees'].nombre)} dans une chambre.",
        "bar", [etape.libelle for etape in etapes],
        [
            ("Personnes", [etape.nombre for etape in etapes], {}),
            ("Perdues à cette étape", [etape.perdues for etape in etapes], {}),
            ("Encore en attente", [etape.en_attente for etape in etapes], {}),
        ],
        ["Étape", "Personnes", "Sur", "Perdues", "En attente", "Délai médian, en jours"],
        [
            [
                etape.libelle, nombre(etape.nombre), nombre(etape.parmi), nombre(etape.perdues),
                nombre(etape.en_attente),
                "" if etape.delai is None else decimal_lisible(etape.delai),
            ]
            for etape in etapes
        ],
        {"indexAxis": "y", **EMPILES},
    )  # fmt: skip


def dernier_jour(annee: int) -> date:
    """Today, or the last day of a year that is over."""
    return min(date(annee, 12, 31), aujourd_hui())


def couverture(annee: int) -> list[dict[str, Any]]:
    """Each active sector as it stood on the last day of the year: its last visit, its weeks, and
    how well its target was met."""
    periode, jour = Periode.annee(annee), dernier_jour(annee)
    dedans = Q(jour__gte=periode.debut, jour__lt=periode.fin)
    semaines = {
        ligne["secteur"]: ligne
        for ligne in Semaine.objects.filter(dedans)
        .order_by()
        .values("secteur")
        .annotate(n=Count("pk"), tenues=Count("pk", filter=Q(visites__gte=F("cible"))))
    }
    lignes = []
    for secteur in _secteurs(periode, jour):
        compte = semaines.get(secteur.pk)
        part = compte["tenues"] / compte["n"] if compte else None
        mot, classe = SANS_CIBLE
        if part is not None:
            mot, classe = next((m, c) for seuil, m, c in COUVERTURES if part >= seuil)
        duree = max((periode.fin - periode.debut).days / 7, 1 / 7)
        lignes.append(
            {
                "secteur": secteur,
                "derniere": secteur.derniere,
                "jours": (jour - secteur.derniere).days if secteur.derniere else None,
                "par_semaine": decimal_lisible(secteur.faites / duree),
                "cible": secteur.frequence_cible,
                "part": None if part is None else f"{decimal_lisible(part * 100)} %",
                "mot": mot,
                "classe": classe,
            }
        )
    return lignes


def _secteurs(periode: Periode, jour: date) -> QuerySet[Any]:
    faites = Q(etapes__statut=StatutEtape.VISITEE) & ~Q(
        etapes__maraude__statut=StatutMaraude.ANNULEE
    )
    dedans = Q(etapes__maraude__jour__gte=periode.debut, etapes__maraude__jour__lt=periode.fin)
    return (
        Secteur.objects.filter(actif=True)
        .annotate(
            derniere=Max(
                "etapes__maraude__jour", filter=faites & Q(etapes__maraude__jour__lte=jour)
            ),
            faites=Count("etapes", filter=faites & dedans),
        )
        .order_by("milieu", "nom")
    )
