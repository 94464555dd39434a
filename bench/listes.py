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


if __name__ == "__main__":
    main()
