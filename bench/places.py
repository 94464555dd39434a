"""Free places now: the answer with a hundred thousand places, beside the demonstration alone."""

from __future__ import annotations

from time import perf_counter

import django

django.setup()

from django.db import connection

from bench.mesures import Mesure, annoncer, centile, publier
from bench.web import Connexion, serveur
from hebergement.models import Place
from socle.models import Jeton, Structure, Utilisateur

# As many places, of which one in thirteen is free, in sites of a hundred; one site in five has an
# allotment.
PLACES, LIBRES_SUR = 100_000, 13
OUVRIR = """
INSERT INTO hebergement_site (uuid, version, empreinte_creation, code, nom, structure_id,
    dispositif, arrondissement)
SELECT gen_random_uuid(), 1, '', 'essai-' || n, 'Essai ' || n, %(structure)s, 'ASSORE', ''
FROM generate_series(1, %(places)s / 100) AS n;
INSERT INTO hebergement_place (uuid, version, empreinte_creation, site_id, libelle, type,
    ouverte_le)
SELECT gen_random_uuid(), 1, '', s.uuid, n::text, 'HOTEL', '2020-01-01'
FROM hebergement_site s, generate_series(1, 100) AS n WHERE s.code LIKE 'essai-%%';
INSERT INTO hebergement_contingent (uuid, version, empreinte_creation, site_id, organisme_id,
    places, debut)
SELECT gen_random_uuid(), 1, '', s.uuid, %(organisme)s, 10, '2020-01-01'
FROM hebergement_site s WHERE s.code LIKE 'essai-%%0' OR s.code LIKE 'essai-%%5';
INSERT INTO hebergement_sejour (uuid, version, empreinte_creation, saisi_le, recu_le, place_id,
    personne_id, nature, arrivee, motif_sortie, destination, motif_forcage)
SELECT gen_random_uuid(), 1, '', now(), now(), p.uuid,
    (SELECT uuid FROM socle_personne LIMIT 1), 'RETENUE', '2020-01-02', '', '', ''
FROM hebergement_place p JOIN hebergement_site s ON s.uuid = p.site_id
WHERE s.code LIKE 'essai-%%' AND p.libelle::integer %% %(libres_sur)s <> 0;
"""


def places_libres(port: int) -> None:
    annoncer(f"places libres, sur celles de la démonstration puis {PLACES} de plus")
    secret, _ = Jeton.emettre(Utilisateur.objects.get(identifiant="coordinatrice"))

    def p95() -> float:
        # Of its own: the server leaves one that says nothing while the places are made.
        client = Connexion(port, Authorization=f"Bearer {secret}")
        durees = []
        for _ in range(60):
            debut = perf_counter()
            statut, _, _ = client.demander("GET", "/api/v1/places-libres/")
            durees.append((perf_counter() - debut) * 1e3)
            if statut != 200:
                raise SystemExit(f"places-libres/ a répondu {statut}.")
        return centile(durees, 0.95)

    combien, avant = Place.objects.count(), p95()
    structure = Structure.objects.get(code="espace-repos-chapelle")
    with connection.cursor() as cursor:
        cursor.execute(
            OUVRIR,
            {
                "structure": structure.pk,
                "organisme": structure.organisme_id,
                "places": PLACES,
                "libres_sur": LIBRES_SUR,
            },
        )
        cursor.execute("VACUUM ANALYZE")
    apres = p95()
    publier(
        Mesure(
            f"places libres, {PLACES} places contre {combien} : p95",
            apres / avant, 3, "×", f"{apres:.0f} ms contre {avant:.0f} ms",
        )
    )  # fmt: skip


def main() -> None:
    with serveur("config.wsgi") as port:
        places_libres(port)


if __name__ == "__main__":
    main()
