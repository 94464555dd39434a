"""Facts counted beforehand: what a visit costs with them, and what a live bilan gains."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from statistics import median

import django

django.setup()

from django.db import connection, transaction

from accueil.models import Passage
from bench import bilan
from bench.bilan import ANNEE
from bench.mesures import Mesure, annoncer, chronometrer, publier
from bench.passages import poster
from bench.web import Connexion, serveur
from contacts.models import Contact
from indicateurs import faits
from socle.models import Jeton, Structure, Utilisateur

TABLES = ("contacts_contact", "accueil_passage")
TOURS, FOIS = 40, 50


def marquer(oui: bool) -> None:
    """With the marks of a visit, or without."""
    with connection.cursor() as cursor:
        for table in TABLES:
            geste = "ENABLE" if oui else "DISABLE"
            cursor.execute(f"ALTER TABLE {table} {geste} TRIGGER fait_marque_insertion")


def ecrire(structure: Structure) -> None:
    """A visit and nothing around it: its two rows in one transaction."""
    with transaction.atomic():
        contact = Contact.objects.create(
            structure=structure, cadre="ACCUEIL", survenu_le=datetime.now(UTC)
        )
        Passage.objects.bulk_create([Passage(contact=contact)])


def cout_d_un_passage() -> None:
    annoncer("un passage avec et sans les marques des faits")
    structure = Structure.objects.get(code="espace-repos-chapelle")
    secret, _ = Jeton.emettre(Utilisateur.objects.get(identifiant="intervenante"))
    with serveur("config.wsgi") as port:
        client = Connexion(port, Authorization=f"Bearer {secret}")
        gestes = {
            "par l'API": partial(poster("/api/v1/passages/"), client),
            "les deux lignes seules": partial(ecrire, structure),
        }
        temps: dict[tuple[str, bool], list[float]] = {
            (g, m): [] for g in gestes for m in (False, True)
        }
        for tour in range(TOURS + 1):
            for marques in (False, True):
                marquer(marques)
                for nom, geste in gestes.items():
                    durees = [chronometrer(geste) for _ in range(FOIS)]
                    if tour:
                        temps[nom, marques].append(median(durees))
    for nom in gestes:
        avec, sans = (median(temps[nom, marques]) * 1e3 for marques in (True, False))
        publier(
            Mesure(
                f"un passage avec les marques des faits, {nom}", avec / sans, 1.3, "×",
                f"{avec:.2f} ms contre {sans:.2f} ms sans",
            )
        )  # fmt: skip


def bilan_en_direct() -> None:
    """Of the data that are there: against the same counts of the raw rows, in bare SQL."""
    nombre = Passage.objects.count()
    annoncer(f"bilan de {ANNEE} en direct, sur {nombre} passages")
    refaire = chronometrer(faits.refaire)
    notre, plancher = bilan.mesurer(5)
    publier(
        Mesure(
            f"bilan de {ANNEE} en direct, {nombre} passages : fois plus rapide que le SQL nu",
            plancher / notre, 20, "×",
            f"{notre * 1e3:.0f} ms contre {plancher * 1e3:.0f} ms de SQL nu sur les lignes, mêmes "
            f"chiffres ; tous les faits recomptés de rien en {refaire:.0f} s",
            au_moins=True,
        )
    )  # fmt: skip


if __name__ == "__main__":
    cout_d_un_passage()
