"""Pages: far into a list of the API, and the lists of the admin."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from time import perf_counter

import django

django.setup()

from django.db import connection

from accueil.models import Passage
from bench.mesures import Mesure, annoncer, centile, comparer, publier
from bench.web import Connexion, serveur
from contacts.models import Contact
from hebergement.models import Place
from socle.models import Jeton, Structure, Utilisateur

LIGNES, LOINTAINE = 100_000, 500
COMPLETER = """
INSERT INTO contacts_contact (uuid, version, empreinte_creation, saisi_le, recu_le, survenu_le,
    derive_signalee, genre_observe, tranche_age_observee, cadre, issue, structure_id)
SELECT gen_random_uuid(), 1, '', quand, quand, quand, false, 'H', 'NON_RENSEIGNE', 'ACCUEIL',
    'ECHANGE', %s
FROM generate_series(1, %s) AS n, LATERAL (SELECT now() - n * interval '11 minutes') AS t(quand);
INSERT INTO accueil_passage (contact_id)
SELECT uuid FROM contacts_contact c WHERE cadre = 'ACCUEIL'
  AND NOT EXISTS (SELECT 1 FROM accueil_passage p WHERE p.contact_id = c.uuid);
"""
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
# A list of the admin, a search in it, its second page and one ordering.
PAGES = ("", "?q=a", "?p=2", "?o=1")


def completer() -> None:
    """As many visits of one structure as the list must have."""
    structure = Structure.objects.get(code="espace-repos-chapelle")
    manquent = LIGNES - Passage.objects.filter(contact__structure=structure).count()
    with connection.cursor() as cursor:
        if manquent > 0:
            cursor.execute(COMPLETER, [structure.pk, manquent])
        cursor.execute("VACUUM ANALYZE")


def adresse(lien: str) -> str:
    morceaux = urllib.parse.urlsplit(lien)
    return f"{morceaux.path}?{morceaux.query}"


def page_lointaine(port: int) -> None:
    annoncer(f"liste des passages, pages 1 et {LOINTAINE} de {LIGNES} lignes")
    completer()
    secret, _ = Jeton.emettre(Utilisateur.objects.get(identifiant="coordinatrice"))
    client = Connexion(port, Authorization=f"Bearer {secret}")

    def lire(chemin: str) -> dict[str, object]:
        statut, contenu, _ = client.demander("GET", chemin)
        if statut != 200:
            raise SystemExit(f"{chemin} a répondu {statut}.")
        page: dict[str, object] = json.loads(contenu)
        return page

    premiere = chemin = "/api/v1/passages/?structure=espace-repos-chapelle"
    for _ in range(LOINTAINE - 1):
        chemin = adresse(str(lire(chemin)["suivant"]))
    loin, pres = comparer(lambda: lire(chemin), lambda: lire(premiere), 40)
    publier(
        Mesure(
            f"liste des passages, page {LOINTAINE} contre page 1",
            loin / pres, 1.3, "×",
            f"{loin * 1e3:.0f} ms contre {pres * 1e3:.0f} ms, {Contact.objects.count()} contacts",
        )
    )  # fmt: skip


def places_libres(port: int) -> None:
    annoncer(f"places libres, sur celles de la démonstration puis {PLACES} de plus")
    secret, _ = Jeton.emettre(Utilisateur.objects.get(identifiant="coordinatrice"))
    client = Connexion(port, Authorization=f"Bearer {secret}")

    def p95() -> float:
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


def listes_de_l_admin(port: int) -> None:
    annoncer("listes de l'administration")
    temoins = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    navigateur = urllib.request.build_opener(temoins)
    racine = f"http://127.0.0.1:{port}"

    def ouvrir(chemin: str, formulaire: dict[str, str] | None = None) -> str:
        corps = urllib.parse.urlencode(formulaire).encode() if formulaire else None
        requete = urllib.request.Request(racine + chemin, corps, {"Referer": racine + chemin})
        with navigateur.open(requete) as reponse:
            texte: str = reponse.read().decode()
        return texte

    page = ouvrir("/admin/login/")
    jeton = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if jeton is None:
        raise SystemExit("La page de connexion n'a pas de formulaire.")
    ouvrir(
        "/admin/login/",
        {
            "username": "coordinatrice",
            "password": "demo-maraude-2023",
            "csrfmiddlewaretoken": jeton[1],
        },
    )
    for nom, chemin in (
        ("passages", "/admin/accueil/passage/"),
        ("séjours", "/admin/hebergement/sejour/"),
    ):
        durees = []
        for _ in range(25):
            for suite in PAGES:
                debut = perf_counter()
                if "result_list" not in ouvrir(chemin + suite):
                    raise SystemExit(f"{chemin} n'est pas une liste.")
                durees.append((perf_counter() - debut) * 1e3)
        publier(
            Mesure(
                f"administration, liste des {nom} : p95",
                centile(durees, 0.95), 300, "ms",
                f"médiane {centile(durees, 0.5):.0f} ms, {len(durees)} pages",
            )
        )  # fmt: skip


def main() -> None:
    with serveur("config.wsgi") as port:
        # On the demonstration's own data, before the list is made longer.
        listes_de_l_admin(port)
        page_lointaine(port)
        places_libres(port)


if __name__ == "__main__":
    main()
