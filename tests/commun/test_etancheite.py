"""What an answer hides can't be had by asking otherwise: filters, pages, references, refusals.

Two worlds that differ only in what somebody may not see answer them alike, to the last byte, to
every question that a list takes.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import django_filters
import pytest
from rest_framework.serializers import BaseSerializer
from rest_framework.test import APIClient

from commun.api.fields import Reference, References
from commun.api.filters import Booleen, Jour
from commun.api.filters import Reference as FiltreReference
from commun.api.serializers import ChampsReserves
from commun.horloge import PARIS
from contacts.models import Acte, Contact
from hebergement.api.serializers import PlaceLibreSerializer
from hebergement.models import OccupationNuit
from maraudes.models import Maraude, Observation
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    ContactFactory,
    FermetureFactory,
    OrientationFactory,
    PersonneFactory,
    SejourFactory,
    UtilisateurFactory,
    identifiant,
)
from tests.routes import CORRECTIONS, CREATIONS, adresse_de, creation, creer
from tests.tables import compter
from tests.test_acces import LISTES, PAR_ROUTE

pytestmark = pytest.mark.django_db

VUES = {
    nom: PAR_ROUTE[nom].callback.cls
    for nom, methode in LISTES
    if methode == "get" and nom.endswith("-list")
}
DE_COORDINATION = {"occupation-list", "chiffre-saisi-list"}
SORTES = tuple(nom for nom in CREATIONS if nom != "accord-partage")
AUTREFOIS = datetime(2023, 5, 2, 9, tzinfo=PARIS)
ZEROS = dict.fromkeys(
    (
        "theoriques", "fermees", "disponibles", "occupees", "reservees", "entrees", "sorties",
        "transferts_entrants", "transferts_sortants", "anomalies",
    ),
    0,
)  # fmt: skip


@pytest.fixture
def ailleurs(espace_repos: Structure, autre_structure: Structure) -> dict[str, Any]:
    """What another organisme keeps, a record of each kind; of its person, somebody here knows."""
    organisme = autre_structure.organisme
    fiches = {sorte: creer(sorte, organisme) for sorte in (*CREATIONS, "equipe")}
    fiches["contact"] = ContactFactory(structure=autre_structure)
    fiches["compte"] = UtilisateurFactory(organisme=organisme)
    fiches["connue"] = PersonneFactory(pseudonyme="Hirondelle", organisme=organisme)
    OrientationFactory(
        personne=fiches["connue"], structure_origine=autre_structure, structure=espace_repos
    )
    # Of somebody who was named: what is seen of a stranger is told to the whole network.
    Contact.objects.filter(pk=fiches["rencontre"].pk).update(personne=fiches["connue"])
    for sorte in SORTES:
        creer(sorte, espace_repos.organisme)
    contact = ContactFactory(structure=espace_repos)
    fiches["soin"] = ActeFactory(contact=contact, infirmier=True)
    fiches["sans soin"] = ActeFactory(contact=contact)
    return fiches


def changer_ce_qui_est_cache(
    fiches: dict[str, Any], autre_structure: Structure, utilisateur: Utilisateur
) -> None:
    """The other world: each value that the account may not read is another one."""
    coordination = utilisateur.role == "COORDINATEUR"
    connues = Personne.objects.filter(organisme=autre_structure.organisme)
    connues.update(genre="AUTRE", annee_naissance=1961, saisi_le=AUTREFOIS, recu_le=AUTREFOIS)
    Contact.objects.filter(structure=autre_structure, personne__isnull=False).update(
        genre_observe="F", tranche_age_observee="MINEUR"
    )
    Acte.objects.filter(pk=fiches["soin"].pk).update(note_soin="")
    Acte.objects.filter(pk=fiches["sans soin"].pk).update(note_soin="Plaie au pied")
    if coordination:
        # Of a visit, of what is done and handed out elsewhere, nothing is told to coordination.
        for sorte in ("passage", "acte", "materiel"):
            creer(sorte, autre_structure.organisme)
        Acte.objects.filter(contact__structure=autre_structure).update(
            categorie="SOINS_INFIRMIERS", survenu_le=AUTREFOIS
        )
        return
    for sorte in CREATIONS:
        fiche = creer(sorte, autre_structure.organisme)
        if sorte == "place":  # told to all while it is free
            FermetureFactory(place=fiche, debut=date(2022, 1, 1), fin=None)
        if sorte == "fermeture":
            SejourFactory(place=fiche.place, arrivee=date(2024, 1, 1))
    Maraude.objects.filter(equipe__structure=autre_structure).update(transmission="Portail")
    Observation.objects.filter(maraude__equipe__structure=autre_structure).update(
        survenu_le=AUTREFOIS
    )


def valeurs(nom: str, filtre: Any, fiches: dict[str, Any]) -> Iterator[str]:
    """What may be asked of a filter, what is hidden included."""
    if isinstance(filtre, FiltreReference):
        modele = VUES[nom].queryset.model
        for morceau in str(filtre.field_name).split("__"):
            modele = modele._meta.get_field(morceau).related_model
        for fiche in fiches.values():
            if isinstance(fiche, modele):
                yield str(fiche.pk)
                if filtre.par_code:
                    yield str(fiche.code)
        yield "espace-repos-chapelle" if filtre.par_code else identifiant()
    elif isinstance(filtre, Jour):
        yield from ("2023-05-02", "2023-05-03", "2022-01-01")
    elif isinstance(filtre, Booleen):
        yield from ("true", "false")
    elif isinstance(filtre, django_filters.ChoiceFilter):
        yield from (str(valeur) for valeur, _ in filtre.extra["choices"])
    elif isinstance(filtre, django_filters.NumberFilter):
        yield from ("2023", "2024")
    else:
        yield from ("Hirondelle", "AUTRE", "1961", "autre", "Plaie", "F", "hotel", "e")


def questions(nom: str, fiches: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {}
    for filtre, champ in VUES[nom].filterset_class.base_filters.items():
        for valeur in dict.fromkeys(valeurs(nom, champ, fiches)):
            yield {filtre: valeur}


def reponses(
    client: APIClient, posees: dict[str, list[dict[str, Any]]]
) -> dict[tuple[str, str], Any]:
    lues: dict[tuple[str, str], Any] = {}
    for nom in posees:
        for question in posees[nom]:
            reponse = client.get(adresse_de(nom), question)
            lues[nom, json.dumps(question)] = (reponse.status_code, reponse.content)
        # And page by page: an order, or a cursor, tells of what it sorts by.
        adresse: str | None = f"{adresse_de(nom)}?taille=3"
        while adresse is not None:
            page = client.get(adresse).json()
            lues[nom, adresse] = page
            adresse = page["suivant"]
    return lues


@pytest.mark.parametrize("qui", ["intervenante", "coordinatrice"])
def test_two_worlds_that_differ_in_what_is_hidden_answer_alike(
    api: Api,
    request: pytest.FixtureRequest,
    autre_structure: Structure,
    ailleurs: dict[str, Any],
    qui: str,
) -> None:
    compte: Utilisateur = request.getfixturevalue(qui)
    client = api(compte)
    noms = [n for n in VUES if n not in DE_COORDINATION or qui == "coordinatrice"]
    posees = {nom: list(questions(nom, ailleurs)) for nom in noms}
    avant = reponses(client, posees)
    changer_ce_qui_est_cache(ailleurs, autre_structure, compte)
    apres = reponses(client, posees)
    assert [cle for cle in avant if avant[cle] != apres.get(cle)] == []
    assert set(avant) == set(apres)
    # There was something to be read: the questions were not all refused.
    assert sum(statut[0] == 200 for cle, statut in avant.items() if "{" in cle[1]) > 50


@pytest.mark.parametrize("nom", VUES)
def test_an_unknown_question_is_refused(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    """None of those that other services take, nor the fields of what is hidden."""
    client = api(coordinatrice)
    connus = set(VUES[nom].filterset_class.base_filters)
    for question in {
        "ordering", "tri", "o", "sort", "search", "recherche", "limit", "offset", "page",
        "fields", "expand", "genre", "annee_naissance", "organisme", "note_soin",
        "personne__genre", "contact__personne__genre", "genre_observe", "auteur",
    } - connus:  # fmt: skip
        reponse = client.get(adresse_de(nom), {question: "1"})
        assert reponse.status_code == 400, question
        assert [e["champ"] for e in reponse.json()["erreurs"]] == [question]


@pytest.mark.parametrize("nom", VUES)
def test_a_cursor_holds_only_what_its_row_shows(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    sorte = nom.removesuffix("-list")
    for rang in range(2):
        if sorte == "occupation":
            site = creer("site", espace_repos.organisme)
            OccupationNuit.objects.create(site=site, jour=AUTREFOIS.date(), **ZEROS)
        elif sorte == "place-libre":
            creer("place", espace_repos.organisme)
        elif sorte == "structure":
            Structure.objects.exclude(pk=espace_repos.pk).delete()
            Structure.objects.create(
                code=f"s{rang}", nom="S", type="CSAPA", organisme=espace_repos.organisme
            )
        else:
            creer(sorte, espace_repos.organisme)
    page = api(coordinatrice).get(adresse_de(nom), {"taille": 1}).json()
    (ligne,) = page["resultats"]
    ecrit = page["suivant"].partition("curseur=")[2].partition("&")[0].replace("%3D", "=")
    contenu, _ = json.loads(b64decode(ecrit))
    if sorte == "occupation":  # a night has no name: the last value is the number of its row
        contenu.pop()
    for valeur in contenu:
        montrees = [str(v) for v in ligne.values()]
        instants = [_instant(v) for v in montrees if _instant(v)]
        assert valeur in montrees or _instant(valeur) in instants, (nom, valeur)


def _instant(texte: str) -> datetime | None:
    try:
        return datetime.fromisoformat(texte)
    except ValueError:
        return None


# --- References ---------------------------------------------------------------------------------

# What a reference of a body leads to -> a record of it that a team of another organisme keeps.
CACHEES = {
    "Personne": "personne",
    "Contact": "contact",
    "Maraude": "maraude",
    "Equipe": "equipe",
    "Site": "site",
    "Chambre": "chambre",
    "Place": "place",
    "Sejour": "sejour",
    "Utilisateur": "compte",
}
# The directory: shown to every team, so a reference to it hides nothing.
ANNUAIRE = {"Structure", "Organisme", "Secteur"}


def references(nom: str) -> dict[str, str]:
    """The references that a creation takes, and the model that each leads to."""
    champs = PAR_ROUTE[f"{nom}-list"].callback.cls.serializer_class().fields
    trouvees = {}
    for cle, champ in champs.items():
        lien = champ.child_relation if isinstance(champ, References) else champ
        if isinstance(lien, Reference) and not champ.read_only:
            trouvees[cle] = lien.queryset.model.__name__
    return trouvees


CHAMPS = [(nom, champ, modele) for nom in CREATIONS for champ, modele in references(nom).items()]


def _lignee(classe: type[Any]) -> Iterator[type[Any]]:
    for fille in classe.__subclasses__():
        yield fille
        yield from _lignee(fille)


def test_what_is_hidden_from_readers_is_not_written_by_them() -> None:
    reservees = {c for c in _lignee(BaseSerializer) if getattr(c, "RESERVES", ())}
    assert len(reservees) > 2
    assert all(issubclass(classe, ChampsReserves) for classe in reservees)
    assert all(classe.REFUS_DE_RESERVE for classe in reservees)


def test_every_reference_is_hidden_or_of_the_directory() -> None:
    assert {modele for _, _, modele in CHAMPS} == set(CACHEES) | ANNUAIRE


def sans(texte: bytes, *cles: Any) -> str:
    """An answer without what was sent to it."""
    lu = texte.decode()
    for cle in cles:
        lu = lu.replace(str(cle), "…")
    return lu


@pytest.mark.parametrize("qui", ["intervenante", "coordinatrice"])
def test_a_reference_to_what_is_hidden_is_one_to_nothing(
    api: Api,
    request: pytest.FixtureRequest,
    espace_repos: Structure,
    ailleurs: dict[str, Any],
    qui: str,
) -> None:
    """In a creation and in a correction: the same words, whether it exists or not."""
    compte: Utilisateur = request.getfixturevalue(qui)
    client, essayees = api(compte), 0
    for nom, champ, modele in CHAMPS:
        if modele in ANNUAIRE:
            continue
        cachee = ailleurs[CACHEES[modele]]
        if type(cachee).objects.visibles_par(compte).filter(pk=cachee.pk).exists():
            continue  # coordination knows places and rounds of the whole network
        essayees += 1
        corps = creation(nom, espace_repos).corps
        liste = isinstance(corps.get(champ), list)
        fiche = creer(nom, espace_repos.organisme) if nom in CORRECTIONS else None
        avant = compter()
        entendues = []
        for cle in (cachee.pk, identifiant()):
            valeur = [str(cle)] if liste else str(cle)
            demandes = [client.post(adresse_de(f"{nom}-list"), {**corps, champ: valeur})]
            if nom == "rencontre":
                lot = {"rencontres": [{**corps, champ: valeur}]}
                demandes.append(client.post(adresse_de("rencontre-lot"), lot))
            if fiche is not None:
                demandes.append(
                    client.patch(
                        adresse_de(f"{nom}-detail", fiche.pk), {champ: valeur},
                        headers={"If-Match": "*"},
                    )
                )  # fmt: skip
            assert all(400 <= r.status_code < 404 for r in demandes), (nom, champ)
            entendues.append([(r.status_code, sans(r.content, cle)) for r in demandes])
        assert entendues[0] == entendues[1], (nom, champ)
        assert compter() == avant
    assert essayees >= (8 if qui == "intervenante" else 4)


def test_a_verb_on_what_is_hidden_is_one_on_nothing(
    api: Api, intervenante: Utilisateur, ailleurs: dict[str, Any]
) -> None:
    client, essayes = api(intervenante), 0
    for nom, motif in PAR_ROUTE.items():
        sorte, _, verbe = nom.rpartition("-")
        if sorte not in ailleurs or verbe == "list":
            continue
        essayes += 1
        for methode in (
            set(motif.callback.actions) - {"head"}
            if hasattr(motif.callback, "actions")
            else {"get"}
        ):
            entendues = {
                (r.status_code, sans(r.content, cle))
                for cle in (ailleurs[sorte].pk, identifiant())
                for r in [
                    getattr(client, methode)(adresse_de(nom, cle), {}, headers={"If-Match": "*"})
                ]
            }
            assert len(entendues) == 1, (nom, methode)
    assert essayes > 20


def test_free_places_are_asked_for_by_what_they_show(
    api: Api, intervenante: Utilisateur, autre_structure: Structure
) -> None:
    """The room of a place of another organisme is not told: nor is it a filter."""
    besoins = {"reservee_femmes", "plain_pied", "animaux_admis", "a_deux"}
    filtres = set(VUES["place-libre-list"].filterset_class.base_filters)
    assert filtres == {"site", "type"} | besoins
    assert filtres <= set(PlaceLibreSerializer().get_fields())
