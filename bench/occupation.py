"""The nights of every site from nothing, and after the correction of a stay."""

from __future__ import annotations

import resource
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import django

django.setup()

from django.db import connection

from bench.mesures import Mesure, annoncer, chronometrer, publier
from commun.horloge import aujourd_hui
from hebergement.models import OccupationNuit, Sejour
from hebergement.occupation import recalculer_marques, recalculer_tout
from socle.models import Organisme, Structure

ANNEES = 10
# Of one place in ten years: forty stays of two to three months, a gap after each, and a closure.
SEJOURS = 40
TABLES = (
    "hebergement_sejour, hebergement_fermeture, hebergement_place, hebergement_site, "
    "hebergement_occupationnuit, hebergement_marquenuits, socle_personne"
)
PEUPLER = """
CREATE TEMP TABLE lieux ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS place, gen_random_uuid() AS personne, (n - 1) / %(par_site)s AS site
FROM generate_series(1, %(places)s) AS n;
CREATE TEMP TABLE sites ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS uuid FROM generate_series(0, (%(places)s - 1) / %(par_site)s) AS n;

INSERT INTO socle_personne (uuid, version, empreinte_creation, saisi_le, recu_le, code, pseudonyme,
    genre, organisme_id)
SELECT personne, 1, '', now(), now(), n, '', 'NON_RENSEIGNE', %(organisme)s FROM lieux;

INSERT INTO hebergement_site (uuid, version, code, nom, dispositif, arrondissement, structure_id,
    empreinte_creation)
SELECT uuid, 1, 'site-' || n, 'Site ' || n, 'ASSORE', '', %(structure)s, '' FROM sites;

INSERT INTO hebergement_place (uuid, version, libelle, type, ouverte_le, site_id,
    empreinte_creation)
SELECT l.place, 1, l.n, 'HOTEL', %(debut)s, s.uuid, ''
FROM lieux l JOIN sites s ON s.n = l.site;

INSERT INTO hebergement_sejour (uuid, version, empreinte_creation, saisi_le, recu_le, nature,
    arrivee, depart, motif_sortie, destination, motif_forcage, personne_id, place_id)
SELECT gen_random_uuid(), 1, '', now(), now(), 'SEJOUR',
    %(debut)s::date + k * 90 + l.n %% 7, %(debut)s::date + k * 90 + 60 + (l.n * k) %% 25,
    '', '', '', l.personne, l.place
FROM lieux l CROSS JOIN generate_series(0, %(sejours)s - 1) AS k;

INSERT INTO hebergement_fermeture (uuid, version, empreinte_creation, saisi_le, recu_le, debut, fin,
    motif, motif_forcage, place_id)
SELECT gen_random_uuid(), 1, '', now(), now(), %(debut)s::date + 900 + n %% 700,
    %(debut)s::date + 910 + n %% 700, 'Travaux', '', place
FROM lieux;
"""

# The same columns, by one statement that knows of no mark, no range and no earlier night.
PLANCHER = """
WITH fermees AS (
    SELECT p.uuid AS place, p.site_id,
        range_agg(daterange(f.debut, f.fin)) * multirange(daterange(p.ouverte_le, p.fermee_le))
            AS jours
    FROM hebergement_fermeture f JOIN hebergement_place p ON p.uuid = f.place_id GROUP BY p.uuid
),
fermables AS (
    SELECT f.site_id, f.jours, coalesce(
        range_agg(daterange(s.arrivee, s.depart)) FILTER (WHERE s.nature = 'SEJOUR'),
        '{}'::datemultirange
    ) AS pris
    FROM fermees f LEFT JOIN hebergement_sejour s ON s.place_id = f.place
    GROUP BY f.place, f.site_id, f.jours
),
evenements AS (
    SELECT site_id, ouverte_le AS jour, 1 AS theoriques, 0 AS fermees, 0 AS occupees,
        0 AS reservees, 0 AS anomalies, 0 AS entrees, 0 AS sorties, 0 AS venus, 0 AS partis
    FROM hebergement_place
    UNION ALL
    SELECT site_id, fermee_le, -1, 0, 0, 0, 0, 0, 0, 0, 0 FROM hebergement_place
    WHERE fermee_le IS NOT NULL
    UNION ALL
    SELECT p.site_id, s.arrivee, 0, 0, (s.nature = 'SEJOUR')::int, (s.nature = 'RETENUE')::int, 0,
        (s.nature = 'SEJOUR' AND s.suite_de_id IS NULL)::int, 0,
        coalesce((s.nature = 'SEJOUR' AND pa.site_id <> p.site_id)::int, 0), 0
    FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour avant ON avant.uuid = s.suite_de_id
    LEFT JOIN hebergement_place pa ON pa.uuid = avant.place_id
    UNION ALL
    SELECT p.site_id, s.depart, 0, 0, -(s.nature = 'SEJOUR')::int, -(s.nature = 'RETENUE')::int, 0,
        0, (s.nature = 'SEJOUR' AND suite.uuid IS NULL)::int,
        0, coalesce((s.nature = 'SEJOUR' AND ps.site_id <> p.site_id)::int, 0)
    FROM hebergement_sejour s JOIN hebergement_place p ON p.uuid = s.place_id
    LEFT JOIN hebergement_sejour suite ON suite.suite_de_id = s.uuid
    LEFT JOIN hebergement_place ps ON ps.uuid = suite.place_id
    WHERE s.depart IS NOT NULL
    UNION ALL
    SELECT site_id, bord, 0, signe, 0, 0, 0, 0, 0, 0, 0
    FROM fermables, unnest(jours - pris) AS r,
        LATERAL (VALUES (lower(r), 1), (upper(r), -1)) AS b(bord, signe)
    WHERE bord IS NOT NULL
    UNION ALL
    SELECT site_id, bord, 0, 0, 0, 0, signe, 0, 0, 0, 0
    FROM fermables, unnest(jours * pris) AS r,
        LATERAL (VALUES (lower(r), 1), (upper(r), -1)) AS b(bord, signe)
    WHERE bord IS NOT NULL
    UNION ALL
    SELECT site_id, j::date, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT site_id, min(ouverte_le) AS debut FROM hebergement_place GROUP BY site_id) AS o,
        generate_series(debut, %(fin)s::date - 1, interval '1 day') AS j
),
par_jour AS (
    SELECT site_id, jour, sum(theoriques) AS theoriques, sum(fermees) AS fermees,
        sum(occupees) AS occupees, sum(reservees) AS reservees, sum(anomalies) AS anomalies,
        sum(entrees) AS entrees, sum(sorties) AS sorties, sum(venus) AS venus, sum(partis) AS partis
    FROM evenements WHERE jour < %(fin)s GROUP BY site_id, jour
),
cumul AS (
    SELECT site_id, jour, sum(theoriques) OVER c AS theoriques, sum(fermees) OVER c AS fermees,
        sum(occupees) OVER c AS occupees, sum(reservees) OVER c AS reservees,
        sum(anomalies) OVER c AS anomalies, entrees, sorties, venus, partis
    FROM par_jour WINDOW c AS (PARTITION BY site_id ORDER BY jour ROWS UNBOUNDED PRECEDING)
)
INSERT INTO hebergement_occupationnuit (site_id, jour, theoriques, fermees, disponibles, occupees,
    reservees, entrees, sorties, transferts_entrants, transferts_sortants, anomalies)
SELECT site_id, jour, theoriques, fermees, theoriques - fermees, occupees, reservees, entrees,
    sorties, venus, partis, anomalies
FROM cumul
"""
SOMMES = """
SELECT count(*), sum(theoriques), sum(fermees), sum(occupees), sum(entrees), sum(sorties),
    sum(anomalies), sum(hashtextextended(site_id::text || jour || occupees || fermees, 0)::numeric)
FROM hebergement_occupationnuit
"""


def executer(requete: str, **valeurs: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(requete, valeurs or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def vider() -> None:
    executer("TRUNCATE hebergement_occupationnuit, hebergement_marquenuits")


def peupler(places: int, par_site: int) -> None:
    """Ten years of stays and closures, past the triggers: loading is not what is measured."""
    executer(f"TRUNCATE {TABLES} CASCADE")
    structure = Structure.objects.first() or Structure.objects.create(
        code="bench",
        nom="Bench",
        type="AUTRE",
        organisme=Organisme.objects.create(code="bench", nom="Bench"),
    )
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica")
        cursor.execute(
            PEUPLER,
            {
                "places": places,
                "par_site": par_site,
                "sejours": SEJOURS,
                "structure": structure.pk,
                "organisme": structure.organisme_id,
                "debut": aujourd_hui() - timedelta(days=365 * ANNEES),
            },
        )
        cursor.execute("COMMIT")
    executer("ANALYZE")


def notre() -> None:
    recalculer_tout()


def plancher() -> None:
    executer(PLANCHER, fin=aujourd_hui())


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
    a, b = (sorted(temps[nom])[2] for nom in ("notre", "plancher"))
    publier(
        Mesure(
            "occupation depuis rien, 610 places × 10 ans",
            a / b, 1.2, "×",
            f"{OccupationNuit.objects.count()} nuits en {a:.2f} s, contre {b:.2f} s en une requête",
        )
    )  # fmt: skip


class Memoire:
    """The private memory of the database's process for this connection, at its highest, in MB.

    Watched from the outside; None where the server runs elsewhere.
    """

    def __init__(self) -> None:
        self.fichier = Path(f"/proc/{executer('SELECT pg_backend_pid()')[0][0]}/status")
        self.plus_haute = 0
        self.fini = Event()

    def lire(self) -> int:
        try:
            lignes = self.fichier.read_text().splitlines()
        except OSError:
            return 0
        return next((int(x.split()[1]) for x in lignes if x.startswith("RssAnon")), 0)

    def veiller(self) -> None:
        while not self.fini.wait(0.1):
            self.plus_haute = max(self.plus_haute, self.lire())

    def __enter__(self) -> Memoire:
        self.fil = Thread(target=self.veiller, daemon=True)
        self.fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fini.set()
        self.fil.join()


def a_l_echelle() -> None:
    """Time per million of stays and rows written, and memory, at 1 000, 10 000, 100 000 places."""
    # Their indexes would take longer to fill than everything else, and no calculation reads them.
    executer(
        "ALTER TABLE hebergement_sejour DROP CONSTRAINT sejour_une_personne_par_place, "
        "DROP CONSTRAINT sejour_une_place_par_personne"
    )
    par_million, details = [], []
    for places in (1_000, 10_000, 100_000):
        annoncer(f"occupation depuis rien, {places} places × 10 ans")
        peupler(places, 100)
        vider()
        with Memoire() as memoire:
            duree = chronometrer(notre)
        volume = OccupationNuit.objects.count() + places * SEJOURS
        par_million.append(duree / volume * 1e6)
        python = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        details.append(
            f"{places} places : {par_million[-1]:.1f} s par million, Python {python:.0f} Mo, "
            f"PostgreSQL {memoire.plus_haute / 1024:.0f} Mo"
        )
    publier(
        Mesure(
            "la même, de 1 000 à 100 000 places : temps par million",
            max(par_million) / min(par_million), 1.5, "×", " ; ".join(details),
        )
    )  # fmt: skip


def nuits_de(sejour: Sejour) -> set[date]:
    assert sejour.depart is not None
    return {
        sejour.arrivee + timedelta(days=n) for n in range((sejour.depart - sejour.arrivee).days)
    }


def une_correction() -> None:
    annoncer("correction d'un séjour")
    peupler(610, 10)
    vider()
    notre()
    hasard, parts, fin = Random(7), [], aujourd_hui()
    for sejour in hasard.sample(list(Sejour.objects.filter(depart__lt=fin).order_by("pk")), 50):
        assert sejour.depart is not None
        avant = nuits_de(sejour)
        sejour.depart -= timedelta(days=hasard.randrange(1, 40))
        sejour.save(update_fields=["depart"])
        parts.append(recalculer_marques() / len(avant | nuits_de(sejour)))
    publier(
        Mesure(
            "correction d'un séjour : nuits recalculées ÷ nuits touchées",
            max(parts), 1.2, "×",
            f"la pire de {len(parts)} ; {sum(parts) / len(parts):.2f} en moyenne",
        )
    )  # fmt: skip


def main() -> None:
    contre_une_requete()
    une_correction()
    a_l_echelle()


if __name__ == "__main__":
    main()
