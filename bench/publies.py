"""What partners pull, on the demonstration's visits and on five million of them."""

from __future__ import annotations

import json
from time import perf_counter

import django

django.setup()

from django.db import connection

from accueil.models import Passage
from bench.faits import bilan_en_direct
from bench.mesures import Mesure, annoncer, centile, publier
from bench.web import Connexion, serveur
from indicateurs.catalogue import PAR_CODE
from indicateurs.models import Partenaire
from socle.models import Jeton

PASSAGES = 5_000_000
RACINE = "/api/v1/indicateurs/"
DEMANDES = (
    "bilan/?annee=2023",
    "bilan/?annee=2023&structure=espace-repos-chapelle",
    "series/?indicateur=passages&par=annee",
    "series/?indicateur=file_active&par=annee&ventilation=structure",
    "series/?indicateur=actes&par=annee&ventilation=categorie",
)
FOIS = 60
# The visits of the demonstration again and again, with what was done during them, of ten times as
# many persons. Neither history nor marks are written of them.
MULTIPLIER = """
SET session_replication_role = replica;
CREATE TEMP TABLE doubles AS
SELECT p.uuid AS de, n, gen_random_uuid() AS vers FROM socle_personne p, generate_series(1, 9) n;
INSERT INTO socle_personne (uuid, version, empreinte_creation, saisi_le, recu_le, code, pseudonyme,
    genre, annee_naissance, organisme_id)
SELECT vers, 1, '', saisi_le, recu_le, n || code, pseudonyme, genre, annee_naissance, organisme_id
FROM doubles JOIN socle_personne ON uuid = de;
CREATE TEMP TABLE copies AS
SELECT p.contact_id AS ancien, gen_random_uuid() AS nouveau, n %% 10 AS n
FROM accueil_passage p, generate_series(1, %s) n;
INSERT INTO contacts_contact (uuid, version, empreinte_creation, saisi_le, recu_le, survenu_le,
    derive_signalee, genre_observe, tranche_age_observee, cadre, issue, structure_id, personne_id,
    jour)
SELECT nouveau, 1, '', saisi_le, recu_le, survenu_le, false, genre_observe, tranche_age_observee,
    cadre, issue, structure_id, coalesce(vers, personne_id), jour
FROM copies JOIN contacts_contact c ON c.uuid = ancien
LEFT JOIN doubles d ON d.de = personne_id AND d.n = copies.n;
INSERT INTO accueil_passage (contact_id) SELECT nouveau FROM copies;
INSERT INTO contacts_acte (uuid, version, empreinte_creation, saisi_le, recu_le, survenu_le,
    derive_signalee, categorie, note_soin, contact_id, jour)
SELECT gen_random_uuid(), 1, '', saisi_le, recu_le, survenu_le, false, categorie, '', nouveau, jour
FROM copies JOIN contacts_acte a ON a.contact_id = ancien;
INSERT INTO contacts_remisemateriel (uuid, version, empreinte_creation, saisi_le, recu_le,
    survenu_le, derive_signalee, materiel, quantite_distribuee, quantite_recuperee, contact_id)
SELECT gen_random_uuid(), 1, '', saisi_le, recu_le, survenu_le, false, materiel,
    quantite_distribuee, quantite_recuperee, nouveau
FROM copies JOIN contacts_remisemateriel m ON m.contact_id = ancien;
DROP TABLE copies, doubles;
RESET session_replication_role;
"""


def multiplier() -> None:
    fois = -(-(PASSAGES - Passage.objects.count()) // Passage.objects.count())
    with connection.cursor() as cursor:
        cursor.execute(MULTIPLIER, [fois])


def ranger() -> None:
    """As a database is some time after many rows came: nothing is tidied up meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


class Lecteur:
    """The health agency, by its token."""

    def __init__(self, port: int) -> None:
        partenaire = Partenaire.objects.select_related("utilisateur").get(
            utilisateur__identifiant="ars"
        )
        Partenaire.objects.filter(pk=partenaire.pk).update(par_minute=6000)
        secret, _ = Jeton.emettre(partenaire.utilisateur)
        self.client = Connexion(port, Authorization=f"Bearer {secret}")

    def lire(self, chemin: str) -> bytes:
        statut, contenu, _ = self.client.demander("GET", RACINE + chemin)
        if statut != 200:
            raise SystemExit(f"{chemin} a répondu {statut} : {contenu.decode()}")
        return contenu

    def p95(self) -> float:
        """Milliseconds; each answer in its turn."""
        self.client.connexion.close()  # the server has forgotten a connection that was idle
        durees = []
        for rang in range(FOIS):
            for chemin in DEMANDES:
                debut = perf_counter()
                self.lire(chemin)
                if rang:  # what is loaded once
                    durees.append((perf_counter() - debut) * 1e3)
        return centile(durees, 0.95)

    def annee_entiere(self) -> int:
        """The bytes of a year of every figure of the network, breakdowns included."""
        total = len(self.lire("bilan/?annee=2023"))
        catalogue = json.loads(self.lire(""))["indicateurs"]
        for definition in catalogue:
            if not definition["saisi"] and PAR_CODE[definition["code"]].publie:
                serie = f"series/?indicateur={definition['code']}&par=annee&annee=2023"
                total += len(self.lire(serie))
        return total


def main() -> None:
    annoncer("chiffres publiés, sur les données de la démonstration")
    avant = Passage.objects.count()
    ranger()
    with serveur("config.wsgi") as port:
        lecteur = Lecteur(port)
        peu = lecteur.p95()
        octets = lecteur.annee_entiere()
        annoncer(f"chiffres publiés, sur {PASSAGES} passages")
        multiplier()
        ranger()
        beaucoup = lecteur.p95()
    bilan_en_direct()
    publier(
        Mesure("chiffres publiés : p95", peu, 20, "ms", f"{avant} passages, {FOIS * 5} demandes")
    )
    publier(
        Mesure(
            f"chiffres publiés, {PASSAGES} passages : p95", beaucoup, 20, "ms",
            f"{Passage.objects.count()} passages",
        )
    )  # fmt: skip
    publier(
        Mesure(
            f"chiffres publiés : p95 à {PASSAGES} passages ÷ à {avant}", beaucoup / peu, 1.5, "×",
            f"{beaucoup:.1f} ms contre {peu:.1f} ms",
        )
    )  # fmt: skip
    publier(
        Mesure(
            "chiffres publiés : une année de chaque indicateur du réseau", octets / 1000, 50, "ko",
            "le bilan, et la série annuelle de chacun",
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
