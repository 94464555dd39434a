"""From a late stay that is committed to the figures that tell it, with a worker that runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from statistics import median
from time import perf_counter
from uuid import uuid4

import django

django.setup()

from django.db.models import Q

from bench.mesures import Mesure, annoncer, centile, publier
from bench.web import RACINE, Connexion, serveur
from commun.horloge import aujourd_hui
from hebergement.models import Fermeture, MarqueNuits, Place, Sejour
from socle.models import Jeton, Personne, Utilisateur

FOIS, AU_PLUS = 40, 30
# Of five nights, and typed so many weeks late.
NUITS, RETARDS = 5, range(3, 13)


@contextmanager
def ouvrier() -> Iterator[None]:
    """A worker as the demonstration runs it, and no beat: nothing but the signal wakes it."""
    processus = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1",
         "--loglevel", "ERROR"],
        cwd=RACINE, env=os.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        processus.terminate()
        processus.wait(timeout=60)


def donner(client: Connexion, place: Place, personne: Personne, arrivee: date) -> None:
    statut, contenu, _ = client.demander(
        "POST", "/api/v1/sejours/",
        {
            "uuid": str(uuid4()), "place": str(place.pk), "personne": str(personne.pk),
            "arrivee": f"{arrivee}", "depart": f"{arrivee + timedelta(days=NUITS)}",
        },
    )  # fmt: skip
    if statut != 201:
        raise SystemExit(f"sejours/ a répondu {statut} : {contenu.decode()}")


def occupees(client: Connexion, site: str, arrivee: date) -> list[tuple[str, int]]:
    """Of each night of the stay, at its site."""
    adresse = f"/api/v1/occupation/?site={site}&du={arrivee}&au={arrivee + timedelta(days=NUITS)}"
    statut, contenu, _ = client.demander("GET", adresse)
    if statut != 200:
        raise SystemExit(f"occupation/ a répondu {statut} : {contenu.decode()}")
    return sorted((n["jour"], n["occupees"]) for n in json.loads(contenu)["resultats"])


def libres(arrivee: date) -> list[Place]:
    """The places that nobody had, and that were open, all the nights of such a stay."""
    fin = arrivee + timedelta(days=NUITS)
    prises = Sejour.objects.filter(Q(depart=None) | Q(depart__gte=arrivee), arrivee__lte=fin)
    fermees = Fermeture.objects.filter(Q(fin=None) | Q(fin__gt=arrivee), debut__lt=fin)
    ouvertes = Place.objects.filter(
        Q(fermee_le=None) | Q(fermee_le__gte=fin), ouverte_le__lte=arrivee
    )
    sans_personne = ouvertes.exclude(pk__in=prises.values("place"))
    return list(sans_personne.exclude(pk__in=fermees.values("place")).select_related("site"))


def main() -> None:
    annoncer(f"{FOIS} séjours saisis des semaines après, jusqu'à ce que leurs nuits le disent")
    semaines = [aujourd_hui() - timedelta(weeks=n) for n in RETARDS]
    lits = [(place, jour) for jour in semaines for place in libres(jour)[: FOIS // len(semaines)]]
    gens = Personne.objects.filter(sejours=None, alias_de=None)[:FOIS]
    compte = Utilisateur.objects.get(identifiant="coordinatrice")
    secret, _ = Jeton.emettre(compte)
    durees = []
    with serveur("config.wsgi") as port, ouvrier():
        client = Connexion(port, Authorization=f"Bearer {secret}")
        for (place, arrivee), personne in zip(lits, gens, strict=False):
            avant = occupees(client, place.site.code, arrivee)
            attendu = [(jour, combien + 1) for jour, combien in avant]
            donner(client, place, personne, arrivee)
            commise = perf_counter()
            while occupees(client, place.site.code, arrivee) != attendu:
                if perf_counter() - commise > AU_PLUS:
                    raise SystemExit(f"Rien en {AU_PLUS} s : le worker tourne-t-il ?")
            durees.append((perf_counter() - commise) * 1e3)
    if len(durees) < FOIS:
        raise SystemExit(f"{len(durees)} places ou personnes seulement.")
    if MarqueNuits.objects.exists():
        raise SystemExit("Des nuits attendent encore leur calcul.")
    publier(
        Mesure(
            "un séjour saisi en retard, visible dans les chiffres",
            median(durees[1:]), 1000, "ms",
            f"médiane de {len(durees) - 1}, lue par l'API, du moment où la saisie est répondue ; "
            f"p95 {centile(durees[1:], 0.95):.0f} ms",
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
