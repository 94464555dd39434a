"""The admin of a running demonstration: a visit less in the admin is a visit less in the bilan."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request
from typing import Any

from tests.config.demonstration import Client, Demonstration

ESPACE = "espace-repos-chapelle"


class Navigateur:
    """A browser without a screen: it keeps cookies and sends forms with their token."""

    def __init__(self, adresse: str, identifiant: str, mot_de_passe: str) -> None:
        self.adresse = adresse
        self.cookies = http.cookiejar.CookieJar()
        self.ouvreur = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.envoyer("admin/login/", username=identifiant, password=mot_de_passe)

    def lire(self, chemin: str) -> str:
        texte: str = self.ouvreur.open(self.adresse + chemin, timeout=30).read().decode()
        return texte

    def envoyer(self, chemin: str, **champs: Any) -> str:
        """Send the form of a page; the address that it leads to."""
        jeton = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.lire(chemin))
        assert jeton, f"{chemin} n'a pas de formulaire"
        corps = urllib.parse.urlencode({**champs, "csrfmiddlewaretoken": jeton[1]}).encode()
        requete = urllib.request.Request(
            self.adresse + chemin, data=corps, headers={"Referer": self.adresse + chemin}
        )
        return str(self.ouvreur.open(requete, timeout=30).geturl())


def passages(coordinatrice: Client) -> int:
    bilan = coordinatrice.get(f"indicateurs/bilan/?annee=2023&structure={ESPACE}")
    (ligne,) = (i for i in bilan["indicateurs"] if i["code"] == "passages")
    return int(ligne["valeur"])


def test_one_visit_deleted_in_the_admin_is_one_less_in_the_bilan(
    demonstration: Demonstration,
) -> None:
    """One is added first, so that what others read of this demonstration stays as it was."""
    coordinatrice = demonstration.client("coordinatrice")
    console = Navigateur(demonstration.adresse, "coordinatrice", "demo-maraude-2023")
    avant = passages(coordinatrice)
    structure = coordinatrice.get(f"structures/{ESPACE}/")["uuid"]
    lignes = {f"{nom}-{compte}_FORMS": 0 for nom in ("actes", "remises")
              for compte in ("TOTAL", "INITIAL")}  # fmt: skip
    vers = console.envoyer(
        "admin/accueil/passage/add/", structure=structure, genre_observe="F",
        tranche_age_observee="NON_RENSEIGNE", survenu_le_0="02/05/2023", survenu_le_1="10:07:03",
        _save="Enregistrer", **lignes,
    )  # fmt: skip
    assert vers.endswith("/admin/accueil/passage/"), vers
    assert passages(coordinatrice) == avant + 1
    (ajoute,) = (
        p for p in coordinatrice.get(f"passages/?structure={ESPACE}&jour=2023-05-02&taille=500")[
            "resultats"
        ]
        if p["survenu_le"].startswith("2023-05-02T10:07:03")
    )  # fmt: skip
    console.envoyer(f"admin/accueil/passage/{ajoute['uuid']}/delete/", post="yes")
    assert passages(coordinatrice) == avant
