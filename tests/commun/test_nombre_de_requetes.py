"""Every list costs as many queries for N rows as for one, whatever hangs on each row."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hebergement.models import OccupationNuit
from socle.enums import JourSemaine
from socle.models import Horaire, Organisme, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    EtapeFactory,
    LigneFactory,
    SecteurFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
    UtilisateurFactory,
    identifiant,
)
from tests.routes import adresse_de, creation, creer
from tests.test_acces import LISTES

pytestmark = pytest.mark.django_db
N = 6


def remplir(nom: str, organisme: Organisme) -> None:
    """One more row of this list, with something of everything that it shows of others."""
    if nom == "structure":
        fiche = StructureFactory()
        for jour in (JourSemaine.LUNDI, JourSemaine.MARDI):
            Horaire.objects.create(
                structure=fiche, jour_semaine=jour, ouvre_a="9:0", ferme_a="18:0"
            )
    elif nom == "secteur":
        SecteurFactory(station=True).lignes.set([LigneFactory(), LigneFactory()])
    elif nom == "maraude":
        maraude = creer(nom, organisme)
        maraude.membres.set(UtilisateurFactory.create_batch(2, organisme=organisme))
        for ordre in (1, 2):
            EtapeFactory(maraude=maraude, ordre=ordre)
    elif nom == "acte":
        ActeFactory(contact=creer("passage", organisme).contact, infirmier=True)
    elif nom == "rencontre":
        rencontre = creer(nom, organisme)
        rencontre.secteur = SecteurFactory(station=True)
        rencontre.save()
    elif nom == "sejour":
        sejour = creer(nom, organisme)
        type(sejour).objects.filter(pk=sejour.pk).update(depart=date(2023, 2, 1))
        SejourFactory(
            place=creer("place", organisme),
            personne=sejour.personne,
            arrivee=date(2023, 2, 1),
            suite_de=sejour,
        )
    elif nom == "place-libre":
        creer("place", organisme)
    elif nom == "occupation":
        zeros = dict.fromkeys(
            (
                "theoriques", "fermees", "disponibles", "occupees", "reservees", "entrees",
                "sorties", "transferts_entrants", "transferts_sortants", "anomalies",
            ),
            0,
        )  # fmt: skip
        site = SiteFactory(structure=Structure.objects.filter(organisme=organisme).first())
        OccupationNuit.objects.create(site=site, jour=date(2023, 1, 1), **zeros)
    else:
        creer(nom, organisme)


def compter_requetes(client: Any, adresse: str, cle: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as requetes:
        reponse = client.get(adresse)
    assert reponse.status_code == 200, reponse.json()
    return len(requetes), len(reponse.json()[cle])


LUES = sorted(n.removesuffix("-list") for n, m in LISTES if n.endswith("-list") and m == "get")


@pytest.mark.parametrize("nom", LUES)
def test_lists(
    api: Api, soignante: Utilisateur, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    actrice = coordinatrice if nom in {"occupation", "chiffre-saisi"} else soignante
    client, adresse = api(actrice), adresse_de(f"{nom}-list")
    organisme = espace_repos.organisme
    if nom != "structure":
        remplir(nom, organisme)
    une = compter_requetes(client, adresse, "resultats")
    for _ in range(N):
        remplir(nom, organisme)
    plusieurs = compter_requetes(client, adresse, "resultats")
    assert une[1] >= 1
    assert plusieurs[1] >= une[1] + N
    assert plusieurs[0] == une[0]
    assert une[0] <= 5


def test_who_is_here(api: Api, soignante: Utilisateur, espace_repos: Structure) -> None:
    client = api(soignante)
    adresse = f"{adresse_de('passage-presents')}?structure={espace_repos.code}"
    creer("passage", espace_repos.organisme)
    une = compter_requetes(client, adresse, "passages")
    for _ in range(N):
        creer("passage", espace_repos.organisme)
    assert compter_requetes(client, adresse, "passages") == (une[0], une[1] + N)


@pytest.mark.parametrize("rejeu", [False, True], ids=["nouveau", "rejeu"])
def test_a_batch(api: Api, soignante: Utilisateur, espace_repos: Structure, rejeu: bool) -> None:
    client = api(soignante)

    def envoyer(nombre: int) -> int:
        # All of one round, as a tablet sends them; each elsewhere and of somebody else.
        maraude = creer("maraude", espace_repos.organisme)
        lignes = []
        for _ in range(nombre):
            etape = EtapeFactory(maraude=maraude)
            corps = creation("rencontre", espace_repos).corps
            lignes.append({**corps, "maraude": str(maraude.pk), "secteur": etape.secteur.code})
        lot = {"rencontres": lignes}
        if rejeu:
            assert client.post(adresse_de("rencontre-lot"), lot).status_code == 201
        with CaptureQueriesContext(connection) as requetes:
            reponse = client.post(adresse_de("rencontre-lot"), lot)
        assert reponse.status_code == (200 if rejeu else 201), reponse.json()
        assert len(reponse.json()["rencontres"]) == nombre
        return len(requetes)

    assert envoyer(1) == envoyer(N) == envoyer(40)


def test_a_summary(api: Api, soignante: Utilisateur, espace_repos: Structure) -> None:
    client, maraude = api(soignante), creer("maraude", espace_repos.organisme)
    adresse = adresse_de("maraude-resume", maraude.pk)

    def compter(nombre: int) -> int:
        for _ in range(nombre):
            etape = EtapeFactory(maraude=maraude)
            corps = creation("rencontre", espace_repos).corps
            corps |= {"maraude": str(maraude.pk), "secteur": etape.secteur.code}
            assert client.post(adresse_de("rencontre-list"), corps).status_code == 201
            materiel = {"uuid": identifiant(), "contact": corps["uuid"], "materiel": "PIPE"}
            materiel |= {"quantite_distribuee": 1, "saisi_le": corps["saisi_le"]}
            assert client.post(adresse_de("materiel-list"), materiel).status_code == 201
        with CaptureQueriesContext(connection) as requetes:
            assert client.get(adresse).json()["rencontres"]["total"] >= nombre
        return len(requetes)

    assert compter(1) == compter(N)
