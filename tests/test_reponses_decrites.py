"""What the API answers is what docs/openapi.yaml says: no value of another type, no key untold."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from commun.horloge import aujourd_hui
from hebergement.flux import Axe
from hebergement.models import OccupationNuit
from hebergement.services import clore_les_perdus_de_vue
from indicateurs.publications.preparation import preparer, signer
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    MOT_DE_PASSE,
    OrientationFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    identifiant,
)
from tests.routes import CORRECTIONS, CREATIONS, adresse_de, creation, creer

pytestmark = pytest.mark.django_db
DESCRIPTION = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"
FICHES = [*CORRECTIONS, "proposition", "structure", "equipe", "secteur", "accord-partage"]


def _fermer(noeud: Any) -> None:
    """An object holds what is described and nothing else."""
    if isinstance(noeud, dict):
        if isinstance(noeud.get("properties"), dict):
            noeud.setdefault("additionalProperties", False)
        noeud = list(noeud.values())
    if isinstance(noeud, list):
        for fils in noeud:
            _fermer(fils)


@cache
def description() -> tuple[dict[str, Any], Registry[Any]]:
    contenu = yaml.safe_load(DESCRIPTION.read_text())
    _fermer(contenu["components"])
    registre: Registry[Any] = Registry().with_resource(
        "urn:api", DRAFT202012.create_resource(contenu)
    )
    return contenu, registre


def juger(reponse: Any, statut: int) -> Any:
    """The body of an answer, after holding it against the description of its operation."""
    assert reponse.status_code == statut, reponse.content
    contenu, registre = description()
    methode = reponse.request["REQUEST_METHOD"].lower()
    chemins = [
        chemin
        for chemin, operations in contenu["paths"].items()
        if methode in operations
        and re.fullmatch(re.sub(r"\{.*?\}", "[^/]+", chemin), reponse.request["PATH_INFO"])
    ]
    # `…/lot/` is an address of its own, and looks like the address of a record.
    chemin = min(chemins, key=lambda chemin: chemin.count("{"))
    dites = contenu["paths"][chemin][methode]["responses"]
    assert str(statut) in dites, f"{methode} {chemin} : {statut} n'est pas décrit."
    if "content" not in dites[str(statut)]:
        assert not reponse.content
        return None
    sorte = reponse["Content-Type"].partition(";")[0]
    assert sorte in dites[str(statut)]["content"]
    if not sorte.endswith("json"):
        return reponse.content
    pointeur = "/".join(
        morceau.replace("~", "~0").replace("/", "~1")
        for morceau in ("paths", chemin, methode, "responses", str(statut), "content", sorte)
    )
    validateur = Draft202012Validator(
        {"$ref": f"urn:api#/{pointeur}/schema".replace("{", "%7B").replace("}", "%7D")},
        registry=registre,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    corps = reponse.json()
    ecarts = [
        f"{'/'.join(map(str, e.absolute_path))} : {e.message}"
        for e in validateur.iter_errors(corps)
    ]
    assert not ecarts, f"{methode} {chemin} {statut} : {ecarts}\n{corps}"
    return corps


def corriger(client: Any, adresse: str, corps: Any, etag: str | None = None) -> Any:
    return client.patch(adresse, corps, HTTP_IF_MATCH=etag or client.get(adresse)["ETag"])


@pytest.mark.parametrize("nom", FICHES)
@pytest.mark.parametrize("actrice", ["coordinatrice", "soignante", "intervenante_ailleurs"])
def test_reading(
    api: Api, request: pytest.FixtureRequest, espace_repos: Structure, nom: str, actrice: str
) -> None:
    fiche = creer(nom, espace_repos.organisme)
    client = api(request.getfixturevalue(actrice))
    juger(client.get(adresse_de(f"{nom}-list")), 200)
    reponse = client.get(adresse_de(f"{nom}-detail", fiche.pk))
    juger(reponse, reponse.status_code)
    juger(client.get(adresse_de(f"{nom}-list"), {"curseur": "x"}), 400)
    juger(client.get(adresse_de(f"{nom}-detail", identifiant())), 404)
    juger(api(None).get(adresse_de(f"{nom}-list")), 401)


@pytest.mark.parametrize("nom", CREATIONS)
def test_creating(
    api: Api, coordinatrice: Utilisateur, ars: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    client, demande = api(coordinatrice), creation(nom, espace_repos)
    adresse = adresse_de(f"{nom}-list")
    juger(client.post(adresse, {}), 400)
    juger(client.post(adresse, demande.corps), 201)
    juger(client.post(adresse, demande.corps), 200)
    autrement = CORRECTIONS.get(nom, {"donne_le": "2023-01-01"})
    juger(client.post(adresse, {**demande.corps, **autrement}), 409)
    juger(client.post(adresse, b"<a/>", content_type="text/xml"), 415)
    juger(client.post(adresse, b" " * 5_000_000, content_type="application/json"), 413)
    juger(api(ars).post(adresse, {}), 403)


@pytest.mark.parametrize("nom", CORRECTIONS)
def test_correcting(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, nom: str
) -> None:
    client, fiche = api(coordinatrice), creer(nom, espace_repos.organisme)
    adresse = adresse_de(f"{nom}-detail", fiche.pk)
    etag = client.get(adresse)["ETag"]
    juger(client.patch(adresse, CORRECTIONS[nom]), 428)
    juger(corriger(client, adresse, CORRECTIONS[nom], etag), 200)
    assert juger(corriger(client, adresse, CORRECTIONS[nom], etag), 412)["etat"]
    juger(corriger(client, adresse, {"inconnue": 1}), 400)


def test_a_person_of_whom_little_may_be_told(
    api: Api,
    intervenante_ailleurs: Utilisateur,
    espace_repos: Structure,
    autre_structure: Structure,
) -> None:
    personne = creer("personne", espace_repos.organisme)
    OrientationFactory(structure_origine=espace_repos, structure=autre_structure, personne=personne)
    client = api(intervenante_ailleurs)
    fiche = juger(client.get(adresse_de("personne-detail", personne.pk)), 200)
    assert (fiche["acces"], fiche["genre"], fiche["saisi_le"]) == ("RESTREINT", None, None)
    assert juger(client.get(adresse_de("personne-list")), 200)["resultats"]


def test_what_is_in_the_way(api: Api, coordinatrice: Utilisateur, personne: Personne) -> None:
    client, sejour = api(coordinatrice), SejourFactory(personne=personne)
    corps = {"uuid": identifiant(), "place": str(sejour.place_id), "personne": str(personne.pk)}
    corps |= {"arrivee": "2023-05-01"}
    assert juger(client.post(adresse_de("sejour-list"), corps), 409)["obstacles"]
    ailleurs = SejourFactory(arrivee=date(2023, 2, 1))
    transfert = {"uuid": identifiant(), "place": str(ailleurs.place_id), "jour": "2023-06-01"}
    adresse = adresse_de("sejour-transferer", sejour.pk)
    assert juger(client.post(adresse, transfert), 409)["obstacles"]
    transfert |= {"uuid": identifiant(), "place": str(PlaceFactory().pk)}
    assert juger(client.post(adresse, transfert), 201)["suite_de"] == str(sejour.pk)
    juger(client.post(adresse, transfert), 200)
    fermeture = {"uuid": identifiant(), "place": str(ailleurs.place_id), "debut": "2023-03-01"}
    fermeture |= {"motif": "Travaux"}
    assert juger(client.post(adresse_de("fermeture-list"), fermeture), 409)["obstacles"]
    place = adresse_de("place-detail", ailleurs.place_id)
    assert juger(corriger(client, place, {"fermee_le": "2023-03-01"}), 409)["obstacles"]


def test_opening_a_session(api: Api, intervenante: Utilisateur) -> None:
    intervenante.set_password(MOT_DE_PASSE)
    intervenante.save()
    client, adresse = api(None), adresse_de("connexion")
    bon = {"identifiant": intervenante.identifiant, "mot_de_passe": MOT_DE_PASSE}
    juger(client.post(adresse, bon), 200)
    juger(client.post(adresse, {}), 400)
    mauvais = {**bon, "mot_de_passe": "autre"}
    reponse = client.post(adresse, mauvais)
    juger(reponse, 401)
    for _ in range(20):
        if (reponse := client.post(adresse, mauvais)).status_code == 429:
            break
    juger(reponse, 429)
    assert reponse["Retry-After"]


def test_verbs_and_figures(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure, personne: Personne
) -> None:
    client = api(coordinatrice)
    maraude = adresse_de("maraude-list")
    corps = creation("maraude", espace_repos).corps
    juger(client.post(maraude, corps), 201)
    juger(client.post(adresse_de("maraude-demarrer", corps["uuid"]), {}), 200)
    rencontre = {**creation("rencontre", espace_repos).corps, "maraude": corps["uuid"]}
    juger(client.post(adresse_de("rencontre-lot"), {"rencontres": [rencontre]}), 201)
    juger(client.post(adresse_de("maraude-annuler", corps["uuid"])), 409)
    juger(client.post(adresse_de("maraude-cloturer", corps["uuid"]), {}), 200)
    juger(client.get(adresse_de("maraude-resume", corps["uuid"])), 200)
    juger(client.post(adresse_de("passage-list"), creation("passage", espace_repos).corps), 201)
    juger(client.get(adresse_de("passage-presents"), {"structure": espace_repos.code}), 200)
    orientation = creer("orientation", espace_repos.organisme)
    assert orientation.decision == ""
    juger(client.post(adresse_de("orientation-accepter", orientation.pk)), 200)
    refus = {"par": "PERSONNE", "motif": "Non"}
    juger(client.post(adresse_de("orientation-refuser", orientation.pk), refus), 200)
    juger(client.post(adresse_de("orientation-annuler", orientation.pk), {"motif": "x"}), 409)
    OccupationNuit.objects.create(
        site=SiteFactory(structure=espace_repos),
        jour=date(2023, 5, 1),
        theoriques=0, fermees=0, disponibles=0, occupees=0, reservees=0, entrees=0, sorties=0,
        transferts_entrants=0, transferts_sortants=0, anomalies=0,
    )  # fmt: skip
    (nuit,) = juger(client.get(adresse_de("occupation-list")), 200)["resultats"]
    assert nuit["taux"] is None
    site = creer("occupation", espace_repos.organisme)
    connues = juger(client.get(adresse_de("occupation-list"), {"connu_le": "2023-05-02"}), 200)
    assert connues["resultats"] == []  # written today
    detail = juger(client.get(adresse_de("occupation-detail", site.pk)), 200)
    assert len(detail["places"]) == 1
    juger(client.get(adresse_de("occupation-detail", identifiant())), 404)
    juger(client.get(adresse_de("occupation-detail", site.pk), {"connu_le": "2099-01-01"}), 400)
    PlaceFactory()
    assert juger(client.get(adresse_de("place-libre-list")), 200)["resultats"]
    periode = {"du": "2023-01-01", "au": "2024-01-01"}
    for par in Axe.values:
        juger(client.get(adresse_de("hebergement-flux"), periode | {"par": par}), 200)
    juger(client.get(adresse_de("hebergement-flux"), {"du": "hier"}), 400)
    juger(client.get(adresse_de("bilan"), {"annee": 2023}), 200)
    juger(client.get(adresse_de("bilan"), {"annee": 2023, "type": "CAARUD"}), 200)
    juger(client.get(adresse_de("bilan"), {"annee": 2023, "format": "csv"}), 200)
    juger(client.get(adresse_de("bilan")), 400)
    # Of a point: counted, counted with its bounds, published.
    signer(preparer("2023-05"), coordinatrice)
    serie = {"indicateur": "file_active", "par": "mois", "annee": 2023}
    points = [
        juger(client.get(adresse_de("series"), serie | suite), 200)["series"][0]["points"][0]
        for suite in ({}, {"bornes": "true"}, {"publie": "true"})
    ]
    assert ["borne_haute" in point for point in points] == [False, True, True]
    assert ["connu_le" in point for point in points] == [False, False, True]
    rapport = {"structure": espace_repos.code, "annee": 2023}
    juger(client.get(adresse_de("asa-caarud"), rapport), 200)
    juger(client.get(adresse_de("asa-caarud")), 400)
    juger(client.post(adresse_de("deconnexion")), 204)


def test_verbs_of_a_site_that_closes(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    sejour = creer("sejour", espace_repos.organisme)
    site = sejour.place.site_id
    corps = {"uuid": identifiant(), "debut": aujourd_hui().isoformat(), "motif": "Travaux"}
    juger(client.post(adresse_de("site-fermer", site), corps), 409)
    PlaceFactory()
    juger(client.post(adresse_de("site-fermer", site), corps), 409)
    plan = client.post(adresse_de("site-planifier", site), {"debut": corps["debut"]})
    corps["empreinte"] = juger(plan, 200)["empreinte"]
    juger(client.post(adresse_de("site-fermer", site), corps), 201)
    juger(client.post(adresse_de("site-fermer", site), corps), 200)
    contingent = creer("contingent", espace_repos.organisme)
    assert juger(client.get(adresse_de("contingent-occupation", contingent.pk)), 200)["nuits"]


def test_verbs_of_who_waits_for_a_place(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    proposition = creer("proposition", espace_repos.organisme)
    for verbe, dit in (
        ("accepter", {"attendue_le": aujourd_hui().isoformat()}),
        ("refuser", {"par": "PERSONNE", "motif_refus": "ELOIGNEMENT"}),
        ("refuser", {"par": "PERSONNE", "motif_refus": "ELOIGNEMENT"}),
    ):
        juger(client.post(adresse_de(f"proposition-{verbe}", proposition.pk), dit), 200)
    juger(client.post(adresse_de("proposition-annuler", proposition.pk)), 409)
    assert juger(client.get(adresse_de("attente-list")), 200)["resultats"]
    offre = {"uuid": identifiant(), "place": str(PlaceFactory().pk)}
    demande = proposition.demande_id
    juger(client.post(adresse_de("demande-hebergement-proposer", demande), offre), 201)
    juger(client.post(adresse_de("proposition-annuler", offre["uuid"])), 200)
    retrait = {"precisions": "Faite deux fois"}
    juger(client.post(adresse_de("demande-hebergement-annuler", demande), retrait), 200)
    refus = {"par": "PERSONNE", "motif_refus": "AUTRE_SOLUTION"}
    juger(client.post(adresse_de("demande-hebergement-refuser", demande), refus), 409)
    arrivee = {"uuid": identifiant(), "arrivee": aujourd_hui().isoformat()}
    proposition = creer("proposition", espace_repos.organisme)
    juger(client.post(adresse_de("proposition-confirmer", proposition.pk), arrivee), 201)


def test_rounds_and_who_is_back(
    api: Api, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = api(coordinatrice)
    sejour = creer("sejour", espace_repos.organisme)
    creer("absence", espace_repos.organisme)
    site = sejour.place.site
    site.presences_depuis = date(2023, 1, 1)
    site.save()
    constats = adresse_de("site-constats", site.pk)
    assert juger(client.get(constats), 200)["sejours"][0]["presence"] == "A_DECIDER"
    juger(client.get(constats, {"jour": "x"}), 400)
    clore_les_perdus_de_vue()
    rouvrir = adresse_de("sejour-rouvrir", sejour.pk)
    assert juger(client.post(rouvrir), 200)["cloture_automatique"] is False
    constat = {"uuid": identifiant(), "sejour": str(sejour.pk), "present": True}
    ronde = {"jour": aujourd_hui().isoformat(), "constats": [constat]}
    juger(client.post(constats, ronde), 201)
    juger(client.post(constats, ronde), 200)
    juger(client.post(constats, {**ronde, "jour": "2023-05-01"}), 409)
    juger(client.post(constats, {}), 400)
    absence = creation("absence", espace_repos).corps | {"sejour": str(sejour.pk)}
    juger(client.post(adresse_de("absence-list"), absence), 201)
    assert juger(client.get(constats, {"jour": "2023-05-02"}), 200)["absents"] == 1
    juger(client.get(adresse_de("sejour-list"), {"presence": "ALERTE"}), 200)
    sejour = creer("sejour", espace_repos.organisme)
    juger(client.post(adresse_de("sejour-rouvrir", sejour.pk)), 409)
