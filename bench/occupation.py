"""The nights of every site from nothing, and after the correction of a stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

import django

django.setup()

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from bench.mesures import Mesure, annoncer, chronometrer, comparer, publier
from bench.nuits import PLANCHER, executer, peupler, vider
from commun.horloge import aujourd_hui
from hebergement.models import OccupationNuit, Place, Sejour, Site
from hebergement.occupation import CHIFFRES, COLONNES, FORMULE, recalculer_marques, recalculer_tout
from hebergement.services import Refus, corriger
from socle.enums import Role
from socle.models import Utilisateur

SOMMES = f"""
SELECT count(*), {", ".join(f"sum({nom})" for nom in CHIFFRES)},
    sum(hashtextextended(ROW({COLONNES})::text, 0)::numeric)
FROM hebergement_occupationnuit
"""


def notre() -> None:
    recalculer_tout()


def plancher() -> None:
    executer(PLANCHER, fin=aujourd_hui(), formule=FORMULE)


def contre_une_requete() -> None:
    annoncer("occupation depuis rien, 10 ans × 61 sites × 610 places")
    peupler(610, 10)
    temps: dict[str, list[float]] = {"notre": [], "plancher": []}
    sommes = set()
    for _ in range(5):
        for nom, appel in (("plancher", plancher), ("notre", notre)):
            vider()
            temps[nom].append(chronometrer(appel))
            sommes.add(executer(SOMMES)[0])
    if len(sommes) != 1:
        raise SystemExit("Le plancher et le service n'écrivent pas les mêmes nuits.")
    if 0 in sommes.pop():
        raise SystemExit("Une colonne est vide partout : rien ne dit qu'elle est bien comptée.")
    a, b = (sorted(temps[nom])[2] for nom in ("notre", "plancher"))
    publier(
        Mesure(
            "occupation depuis rien, 610 places × 10 ans",
            a / b, 1.3, "×",
            f"empreinte comprise : {OccupationNuit.objects.count()} nuits en {a:.2f} s, contre "
            f"{b:.2f} s en une requête",
        )
    )  # fmt: skip


Nuits = set[tuple[UUID, date]]
Correction = Callable[[Sejour, Random], None]


def nuits_de(sejour: Sejour) -> Nuits:
    """The nights of its site that a stay is counted in: its exit is counted on the last day."""
    assert sejour.depart is not None
    duree = (sejour.depart - sejour.arrivee).days
    return {(sejour.place.site_id, sejour.arrivee + timedelta(days=n)) for n in range(duree + 1)}


def nuits_de_la_chaine(sejour: Sejour) -> dict[UUID, Nuits]:
    """Of a stay, and of those before and after it: a correction may move their ends too."""
    lignes = Sejour.objects.select_related("place")
    voisins = Q(pk=sejour.pk) | Q(suite=sejour.pk) | Q(suite_de=sejour.pk)
    return {s.pk: nuits_de(s) for s in lignes.filter(voisins)}


def allonger(sejour: Sejour, hasard: Random) -> None:
    assert sejour.depart is not None
    depart = sejour.depart + timedelta(days=hasard.randint(1, 5))
    corriger(sejour=sejour, auteur=None, depart=depart)


def raccourcir(sejour: Sejour, hasard: Random) -> None:
    assert sejour.depart is not None
    duree = (sejour.depart - sejour.arrivee).days
    depart = sejour.depart - timedelta(days=hasard.randint(min(1, duree), duree))
    corriger(sejour=sejour, auteur=None, depart=depart)


def reduire_a_un_jour(sejour: Sejour, _hasard: Random) -> None:
    corriger(sejour=sejour, auteur=None, depart=sejour.arrivee)


def deplacer_l_arrivee(sejour: Sejour, hasard: Random) -> None:
    arrivee = sejour.arrivee + timedelta(days=hasard.randint(-5, 5))
    corriger(sejour=sejour, auteur=None, arrivee=arrivee)


def tout_deplacer(sejour: Sejour, hasard: Random) -> None:
    assert sejour.depart is not None
    ecart = timedelta(days=hasard.randint(-5, 5))
    corriger(
        sejour=sejour, auteur=None, arrivee=sejour.arrivee + ecart, depart=sejour.depart + ecart
    )


def changer_de_site(sejour: Sejour, hasard: Random) -> None:
    ailleurs = Place.objects.exclude(site=sejour.place.site_id).order_by("pk")
    sejour.place = ailleurs[hasard.randrange(ailleurs.count())]
    sejour.save(update_fields=["place"])


CORRECTIONS = (
    allonger, raccourcir, reduire_a_un_jour, deplacer_l_arrivee, tout_deplacer, changer_de_site,
)  # fmt: skip
SORTES = (
    Q(depart__gt=F("arrivee") + 3, suite=None, suite_de=None),
    Q(depart__gt=F("arrivee"), depart__lte=F("arrivee") + 3),
    Q(depart=F("arrivee")),
    Q(suite__isnull=False),
    Q(suite_de__isnull=False),
)
FOIS, ESSAIS = 5, 40


def corriger_et_mesurer(sejour: Sejour, faire: Correction, hasard: Random) -> list[float]:
    """Nights computed again ÷ nights touched; nothing where it was refused, or changed nothing."""
    avant = nuits_de_la_chaine(sejour)
    try:
        with transaction.atomic():
            faire(sejour, hasard)
    except (Refus, IntegrityError):
        return []  # the place is taken, or closed
    apres = nuits_de_la_chaine(sejour)
    touchees = {n for cle in avant if avant[cle] != apres[cle] for n in avant[cle] | apres[cle]}
    return [recalculer_marques() / len(touchees)] if touchees else []


def une_correction() -> None:
    annoncer("correction d'un séjour")
    peupler(610, 10)
    vider()
    notre()
    hasard, parts, sortes = Random(7), [], 0
    for condition in SORTES:
        sejours = list(Sejour.objects.filter(condition, nature="SEJOUR").order_by("pk"))
        for faire in CORRECTIONS:
            mesurees: list[float] = []
            for sejour in hasard.sample(sejours, ESSAIS):
                if len(mesurees) < FOIS:
                    mesurees += corriger_et_mesurer(sejour, faire, hasard)
            parts += mesurees
            sortes += bool(mesurees)
    publier(
        Mesure(
            "correction d'un séjour : nuits recalculées ÷ nuits de ses deux intervalles",
            max(parts), 1.2, "×",
            f"la pire de {len(parts)} corrections de {sortes} sortes (séjours longs, courts, du "
            "jour même, transférés ; allongés, raccourcis, déplacés, changés de site) ; "
            f"{sum(parts) / len(parts):.3f} en moyenne ; compte l'union de l'ancien et du nouvel "
            "intervalle sur leurs sites, jour du départ compris puisque la sortie y est comptée",
        )
    )  # fmt: skip


# What a page of the list tells, of a year of one site, read plainly.
LECTURE = f"""
SELECT id, {COLONNES}, calcule_le, taux FROM hebergement_occupationnuit
WHERE site_id = %(site)s AND jour >= %(du)s AND jour < %(au)s ORDER BY jour
"""


def une_lecture() -> None:
    """What is asked of the database, and what the whole answer takes beside it."""
    annoncer("lecture d'une année d'un site, 10 ans × 61 sites écrits")
    peupler(610, 10)
    vider()
    notre()
    executer("ANALYZE")
    site = Site.objects.order_by("code").first()
    assert site is not None
    client, au = APIClient(), aujourd_hui() - timedelta(days=365)
    client.force_authenticate(
        Utilisateur.objects.get_or_create(identifiant="bench", role=Role.COORDINATEUR)[0]
    )

    def lire(jours: int, **filtres: str) -> tuple[int, list[str]]:
        """Rows of an answer, and the statements that it took."""
        bornes = {"site": site.code, "du": au - timedelta(days=jours), "au": au, "taille": 500}
        with CaptureQueriesContext(connection) as requetes:
            reponse = client.get("/api/v1/occupation/", {**bornes, **filtres})
        return len(reponse.json()["resultats"]), [r["sql"] for r in requetes]

    (_, semaine), (nuits, annee) = lire(7), lire(365)
    if len(annee) != len(semaine) or nuits != 365:
        raise SystemExit(f"{len(annee)} requêtes pour une année, {len(semaine)} pour une semaine.")
    (nue,) = [requete for requete in annee if 'FROM "hebergement_occupationnuit"' in requete]
    valeurs = {"site": site.pk, "du": au - timedelta(days=365), "au": au}
    a, b = comparer(lambda: executer(nue), lambda: executer(LECTURE, **valeurs), 200)
    reponse = chronometrer(lambda: lire(365))
    publier(
        Mesure(
            "occupation d'une année d'un site, 10 ans écrits",
            a / b, 1.5, "×",
            f"{a * 1e3:.2f} ms contre {b * 1e3:.2f} ms en une requête nue ; {len(annee)} requêtes, "
            f"autant que pour une semaine ; la réponse entière en {reponse * 1e3:.0f} ms",
        )
    )  # fmt: skip


def main() -> None:
    contre_une_requete()
    une_correction()
    une_lecture()


if __name__ == "__main__":
    main()
