"""Bad values in every field of every creation, correction and verb.

Always 4xx, a problem detail in French that names the field and the rule, and nothing written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from commun.horloge import aujourd_hui
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import ChambreFactory, PlaceFactory, identifiant
from tests.routes import CORRECTIONS, CREATIONS, adresse_de, creation, creer
from tests.tables import compter

pytestmark = pytest.mark.django_db
ABSENT = "00000000-0000-7000-8000-000000000001"
TEXTE_LONG = "x" * 5_000
NULLE_PART: list[Any] = [12, True, [], {}, {"a": [{"b": None}]}, 10**30, -1e300, "\x00"]
SORTES: dict[str, list[Any]] = {
    "identifiant": [*NULLE_PART, "abc", None, "", TEXTE_LONG],
    "reference": [*NULLE_PART, "nulle-part", ABSENT, TEXTE_LONG, "é\x00"],
    "texte": [*NULLE_PART, None, "a\x00b"],
    "code": [*NULLE_PART, None, "", "un deux", "é", TEXTE_LONG],
    "enum": [*NULLE_PART, "INCONNU", "inconnu", None, TEXTE_LONG],
    "jour": [*NULLE_PART, "hier", "2023-02-30", "0001-01-01", "9999-12-31", "2023-01-01T00:00:00Z"],
    "instant": [
        *NULLE_PART, "hier", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00",
        "2099-01-01T00:00:00Z", "2023-01-01T25:00:00Z", "0001-01-01", "0001-01-01T00:00:00",
        "9999-12-31T23:59:59",
    ],
    "entier": ["3", 1.5, True, [], {}, -1, 10**30, 1e300, "\x00", 10**4_000],
    "annee": ["1984", 1984.5, True, [], {}, -1, 1899, 2099, 10**30],
    "booleen": ["oui", "true", 1, 0, None, [], {}, 10**30],
    "etapes": [
        "x", 12, {}, None, [12], [None], [[]], [{}], [{"secteur": ABSENT}], [{"secteur": {"a": 1}}],
        [{"secteur": "\x00"}], [{"inconnue": 1}],
    ],
    "membres": ["x", 12, {}, None, [12], [None], [[]], ["abc"], [ABSENT]],
}  # fmt: skip
CHAMPS = {
    "uuid": "identifiant",
    "code": "code",
    **dict.fromkeys(
        (
            "personne", "organisme", "equipe", "maraude", "secteur", "structure",
            "structure_origine", "contact", "site", "chambre", "place", "gardee", "alias",
            "premiere", "seconde", "sejour",
        ),
        "reference",
    ),
    **dict.fromkeys(
        ("pseudonyme", "texte", "motif", "nom", "libelle", "arrondissement",
         "transmission", "motif_forcage", "source", "precisions", "a_la_place", "etage",
         "empreinte"),
        "texte",
    ),
    **dict.fromkeys(
        ("genre", "genre_observe", "tranche_age_observee", "issue", "categorie", "materiel",
         "milieu", "type", "dispositif", "motif_sortie", "destination", "par", "indicateur",
         "origine", "motif_refus"),
        "enum",
    ),
    **dict.fromkeys(
        ("jour_prevu", "ouverte_le", "fermee_le", "debut", "fin", "arrivee", "depart", "jour",
         "retire_le", "donne_le", "source_le", "demandee_le", "attendue_le",
         "garde_jusqu_au"),
        "jour",
    ),
    **dict.fromkeys(
        ("saisi_le", "survenu_le", "parti_le", "debut_le", "fin_le", "decidee_le"), "instant"
    ),
    **dict.fromkeys(
        ("quantite_distribuee", "quantite_recuperee", "personnes_vues", "valeur", "places"),
        "entier",
    ),
    **dict.fromkeys(("annee_naissance", "annee"), "annee"),
    **dict.fromkeys(("accompagnement", "animal", "present"), "booleen"),
    "etapes": "etapes",
    "membres": "membres",
    "chambres": "membres",
}  # fmt: skip
# Where null has a meaning.
NULS = {
    "annee_naissance", "personnes_vues", "fermee_le", "fin", "depart", "parti_le", "secteur",
    "chambre",
}  # fmt: skip
REFUS = {"par": "PERSONNE", "motif_refus": "ANIMAL", "precisions": "x", "a_la_place": "y"}
VERBES: dict[str, tuple[str, dict[str, Any]]] = {
    "site-fermer": (
        "site",
        {
            "uuid": identifiant(),
            "debut": "2023-06-01",
            "fin": "2023-07-01",
            "motif": "Travaux",
            "empreinte": "",
        },
    ),
    "site-planifier": ("site", {"debut": "2023-06-01", "fin": "2023-07-01"}),
    "maraude-demarrer": ("maraude", {"debut_le": "2026-10-12T22:30:00+02:00"}),
    "maraude-cloturer": ("maraude", {"fin_le": "2026-10-13T02:00:00+02:00"}),
    "accord-partage-retirer": ("accord-partage", {"retire_le": "2023-06-01"}),
    "sejour-cloturer": (
        "sejour",
        {"depart": "2023-06-01", "motif_sortie": "AUTRE", "destination": "INCONNUE"},
    ),
    "sejour-transferer": ("sejour", {"jour": "2023-06-01"}),
    "orientation-refuser": (
        "orientation",
        {"par": "PERSONNE", "motif": "Non", "decidee_le": "2026-10-12T22:30:00+02:00"},
    ),
    "orientation-annuler": ("orientation", {"motif": "Erreur"}),
    "demande-hebergement-annuler": ("demande-hebergement", {"precisions": "Deux fois"}),
    "demande-hebergement-refuser": ("demande-hebergement", REFUS),
    "proposition-refuser": ("proposition", REFUS),
    "proposition-accepter": ("proposition", {"attendue_le": f"{aujourd_hui()}"}),
    "proposition-confirmer": (
        "proposition",
        {"uuid": identifiant(), "arrivee": f"{aujourd_hui()}"},
    ),
}
ANGLAIS = re.compile(
    r"\b(the|this|that|is|are|not|must|may|should|valid|field|required|expected|invalid|with|"
    r"ensure|object|does|exist|enter|value|null|blank|string|number|got|unable|parse|cannot|"
    r"already|has|have|wrong|unknown|too|characters|greater|than|list|dictionary|but|of|to|an)\b",
    re.IGNORECASE,
)


def en_francais(probleme: dict[str, Any]) -> bool:
    """No English word in what is said; what was sent is quoted, so it does not count."""
    textes = [probleme["title"], probleme["detail"]]
    textes += [erreur["message"] for erreur in probleme.get("erreurs", [])]
    return not any(ANGLAIS.search(re.sub("«[^»]*»|“[^”]*”", "", texte)) for texte in textes)


def reprocher(reponse: Any, champ: str) -> str | None:
    """What is wrong with a refusal of this field; None when it is right."""
    if reponse.status_code != 400:
        return f"{reponse.status_code} {reponse.content[:200]!r}"
    if reponse["Content-Type"] != "application/problem+json":
        return str(reponse["Content-Type"])
    probleme = reponse.json()
    champs = {erreur["champ"] for erreur in probleme["erreurs"]}
    if not any(f"{nomme}.".startswith(f"{champ}.") for nomme in champs):
        return f"champs : {champs}"
    if champ not in probleme["detail"]:
        return f"detail : {probleme['detail']}"
    return None if en_francais(probleme) else f"anglais : {reponse.content.decode()}"


def essayer(
    envoyer: Callable[[dict[str, Any]], Any], corps: dict[str, Any], prefixe: str = ""
) -> None:
    """Send the body with each of its fields replaced in turn by each bad value of its kind."""
    reproches, lignes = [], compter()
    for champ in corps:
        for valeur in SORTES[CHAMPS[champ]]:
            # What is accepted by mistake is undone, so that it hides no other mistake.
            with transaction.atomic():
                reponse = envoyer({**corps, champ: valeur})
                if reponse.status_code < 400:
                    transaction.set_rollback(True)
            if (reproche := reprocher(reponse, prefixe + champ)) is not None:
                reproches.append(f"{champ} = {str(valeur)[:60]!r} : {reproche}")
    assert not reproches, "\n".join(reproches)
    assert compter() == lignes


@pytest.fixture
def client(api: Api, coordinatrice: Utilisateur) -> APIClient:
    client = api(coordinatrice)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("nom", CREATIONS)
def test_creations(client: APIClient, espace_repos: Structure, nom: str) -> None:
    essayer(partial(client.post, adresse_de(f"{nom}-list")), creation(nom, espace_repos).corps)


@pytest.mark.parametrize("nom", CORRECTIONS)
def test_corrections(client: APIClient, espace_repos: Structure, nom: str) -> None:
    fiche = creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-detail", fiche.pk)
    etag = client.get(adresse)["ETag"]
    corps = creation(nom, espace_repos).corps
    fixes = {"uuid", "saisi_le"}
    fixes |= {"passage": {"structure"}, "sejour": {"place", "personne"}}.get(nom, set())
    fixes |= {"maraude"} if nom == "rencontre" else set()
    fixes |= {"sejour", "motif"} if nom == "absence" else set()
    fixes |= {"personne", "structure"} if nom == "demande-hebergement" else set()
    corps = {champ: valeur for champ, valeur in corps.items() if champ not in fixes}
    if nom in {"passage", "rencontre", "observation", "acte", "materiel", "orientation"}:
        corps["survenu_le"] = "2026-10-12T23:10:00+02:00"
    essayer(partial(client.patch, adresse, headers={"If-Match": etag}), corps)
    assert client.get(adresse)["ETag"] == etag


@pytest.mark.parametrize("verbe", VERBES)
def test_verbs(client: APIClient, espace_repos: Structure, verbe: str) -> None:
    nom, corps = VERBES[verbe]
    fiche = creer(nom, espace_repos.organisme)
    if nom == "site":
        chambre = ChambreFactory(site=fiche, etage="2")
        corps = {"etage": "2", "chambres": [str(chambre.pk)], **corps}
    if verbe == "sejour-transferer":
        corps = {"uuid": identifiant(), "place": str(PlaceFactory().pk), **corps}
    essayer(partial(client.post, adresse_de(verbe, fiche.pk)), corps)


def test_batch(client: APIClient, espace_repos: Structure) -> None:
    bonne = creation("rencontre", espace_repos).corps

    def envoyer(mauvaise: dict[str, Any]) -> Any:
        lot = [{**bonne, "uuid": identifiant()}, mauvaise]
        return client.post(adresse_de("rencontre-lot"), {"rencontres": lot})

    essayer(envoyer, bonne, "rencontres.1.")
    for lot in (12, None, "x", {}, [], [12], [None], [[]], [bonne] * 101):
        reponse = client.post(adresse_de("rencontre-lot"), {"rencontres": lot})
        assert reprocher(reponse, "rencontres") is None, reponse.content


def test_round(client: APIClient, espace_repos: Structure) -> None:
    sejour = creer("sejour", espace_repos.organisme)
    adresse = adresse_de("site-constats", sejour.place.site_id)
    bon = {"uuid": identifiant(), "sejour": str(sejour.pk), "present": True}
    ronde = {"jour": "2023-05-01", "saisi_le": "2023-05-01T22:00:00+02:00"}

    def envoyer(mauvais: dict[str, Any]) -> Any:
        return client.post(adresse, {**ronde, "constats": [mauvais]})

    essayer(envoyer, bon, "constats.0.")
    essayer(lambda dit: client.post(adresse, {**dit, "constats": [bon]}), ronde)
    for lot in (12, None, "x", {}, [], [12], [None], [[]], [bon] * 501):
        reponse = client.post(adresse, {**ronde, "constats": lot})
        assert reprocher(reponse, "constats") is None, reponse.content


@pytest.mark.parametrize("nom", CREATIONS)
def test_missing_and_unknown_keys(client: APIClient, espace_repos: Structure, nom: str) -> None:
    """Each key that is missing is either optional or named; a key that means nothing is refused."""
    corps, adresse = creation(nom, espace_repos).corps, adresse_de(f"{nom}-list")
    lignes = compter()
    vide = client.post(adresse, {})
    assert vide.status_code == 400
    assert {e["champ"] for e in vide.json()["erreurs"]} <= set(corps)
    assert en_francais(vide.json())
    for cle in ("inattendu", "", "version", "auteur", "empreinte_creation", "é\x00", "a.b"):
        refusee = client.post(adresse, {**corps, cle: {"a": [1, {"b": None}]}})
        assert refusee.status_code == 400, (cle, refusee.content)
        assert [e["champ"] for e in refusee.json()["erreurs"]] == [cle]
        assert en_francais(refusee.json())
    assert compter() == lignes


@pytest.mark.parametrize("nom", CORRECTIONS)
def test_what_is_only_read_is_refused_whatever_is_sent(
    client: APIClient, espace_repos: Structure, nom: str
) -> None:
    fiche = creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-detail", fiche.pk)
    lue = client.get(adresse).json()
    for cle in lue:
        for valeur in ("0001-01-01", "9999-12-31T23:59:59-14:00", "", "x" * 300, -1, [], {}):
            reponse = client.patch(adresse, {cle: valeur}, headers={"If-Match": "*"})
            assert reponse.status_code < 500, (cle, valeur, reponse.content)
