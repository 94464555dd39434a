"""Every list of the API and every page of the admin: as many queries at 1, 10 and 1,000 rows.

What is on a page is bounded by its size; what hangs on a row, what fills a choice or a filter,
and what is counted must be too.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from socle.models import Personne, Structure, Utilisateur
from tests.administration.conftest import Console, console, page  # noqa: F401  (a fixture)
from tests.administration.test_pages import REQUETES_PERMISES, adresses, compter
from tests.conftest import Api
from tests.routes import adresse_de
from tests.test_acces import COLONNES, LISTES
from tests.volume import multiplier

pytestmark = pytest.mark.django_db
LETTRES = str.maketrans("0123456789", "ghijklmnop")
LUES = [nom for nom, methode in LISTES if methode == "get" and nom.endswith("-list")]


def pages_de(compte: Utilisateur, *sortes: str) -> dict[str, str]:
    """Every page that this account may open, or those of some kinds, by model and kind."""
    demande = RequestFactory().get("/")
    demande.user = compte
    return {
        f"{modele.__name__} {vue}": adresse
        for modele, fiche in admin.site._registry.items()
        if fiche.has_view_permission(demande)
        for vue, adresse in adresses(modele, compte).items()
        if not sortes or vue in sortes
    }


def mesurer(clients: dict[str, tuple[Client, dict[str, str]]]) -> dict[tuple[str, str], list[str]]:
    return {
        (qui, nom): compter(client, adresse)
        for qui, (client, pages) in clients.items()
        for nom, adresse in pages.items()
    }


def test_no_list_and_no_page_asks_more_as_rows_come(
    console: Console,  # noqa: F811
    api: Api,
    coordinatrice: Utilisateur,
    administratrice: Utilisateur,
    intervenante: Utilisateur,
    espace_repos: Structure,
) -> None:
    multiplier(espace_repos, 1)
    listes = {nom: adresse_de(nom) for nom in LUES}
    # Whole, and not page by page.
    entieres = {"passage-presents": "passages", "publications": "publications"}
    listes |= {nom: adresse_de(nom) for nom in entieres}
    listes["passage-presents"] += f"?structure={espace_repos.code}"
    intervenantes = list(COLONNES).index("intervenante")
    terrain = {
        nom: adresse for nom, adresse in listes.items() if LISTES[nom, "get"][intervenantes] == 200
    }
    tableau = {"tableau de bord, liste": "/admin/", "recherche": "/admin/search/?s=a"}
    chiffres = {
        "bilan": "/admin/bilan/?annee=2023&chiffres=travail",
        "traces": "/admin/traces/?annee=2023",
        **{
            f"choix : {modele}.{champ}": f"/admin/autocomplete/?app_label={app}&model_name={modele}"
            f"&field_name={champ}"
            for app, modele, champ in (
                ("hebergement", "sejour", "place"), ("hebergement", "sejour", "personne"),
                ("coordination", "orientation", "structure"), ("maraudes", "maraude", "equipe"),
            )
        },
    }  # fmt: skip
    clients: dict[str, tuple[Any, dict[str, str]]] = {
        "coordinatrice": (console(coordinatrice), pages_de(coordinatrice) | tableau | chiffres),
        "administratrice": (console(administratrice), pages_de(administratrice) | tableau),
        "API, coordinatrice": (api(coordinatrice), listes),
        "API, intervenante": (api(intervenante), terrain),
    }
    for qui in ("coordinatrice", "administratrice"):  # what a process asks only once
        compter(clients[qui][0], page(Utilisateur, "changelist"))
    avant = mesurer(clients)
    assert len(avant) > 150
    # A deletion asks each table that refers to the row; the bilan, each source of its years.
    lourdes = {cle: len(r) for cle, r in avant.items() if len(r) > REQUETES_PERMISES}
    assert lourdes.pop(("coordinatrice", "bilan")) <= 40
    assert all(cle[1].endswith("suppression") and n <= 34 for cle, n in lourdes.items()), lourdes
    for nombre in (10, 1_000):
        multiplier(espace_repos, nombre)
        for cle, requetes in mesurer(clients).items():
            if cle[1].endswith("historique"):
                # A query for each model that it names: of many rows it may name one more.
                requetes = requetes[1:]
            de_plus = Counter(requetes) - Counter(avant[cle])
            assert len(requetes) <= len(avant[cle]), f"{nombre} {cle} : {de_plus}"
    # Rows were there to be shown, and only a page of them was.
    for client, pages in (clients["API, coordinatrice"], clients["API, intervenante"]):
        for nom, adresse in pages.items():
            lignes = client.get(adresse).json()[entieres.get(nom, "resultats")]
            assert len(lignes) == 50 or (nom in entieres and len(lignes) >= 1_000), nom


def test_duplicates_take_no_more_queries_as_they_come(
    api: Api, coordinatrice: Utilisateur, intervenante: Utilisateur
) -> None:
    adresse = adresse_de("personne-doublons")
    for qui in (coordinatrice, intervenante):
        client, lus = api(qui), []
        for nombre in (1, 10, 1_000):
            paires = nombre - Personne.objects.count() // 2
            Personne.objects.bulk_create(
                Personne(pseudonyme=pseudonyme, organisme=qui.organisme, annee_naissance=1980)
                for pseudonyme in (uuid4().hex.translate(LETTRES) for _ in range(paires))
                for _ in range(2)
            )
            lus.append(len(compter(client, adresse)))
        assert len(set(lus)) == 1, lus
        assert len(client.get(adresse).json()["resultats"]) == 50
        Personne.objects.all().delete()
