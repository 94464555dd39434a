"""A client that a public generator makes from the served description goes through the chain."""

from __future__ import annotations

import csv
import importlib
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import attrs
import pytest
import yaml

from config.demo import MOT_DE_PASSE
from indicateurs.demonstration.socle import CAPACITE_DE_DEMONSTRATION
from indicateurs.rapports.classeur import TYPE_DE_CONTENU
from tests.config.demonstration import RACINE, Demonstration

# Starting everything counts in the first test, on machines that have other work.
pytestmark = pytest.mark.timeout(600)

PAQUET = "client_engendre"
ESPACE = "espace-repos-chapelle"
AUJOURD_HUI = datetime.now(ZoneInfo("Europe/Paris")).date()
SOIR, MATIN, AVANT_HIER, HIER = (AUJOURD_HUI - timedelta(days=n) for n in (4, 3, 2, 1))


def a(jour: date, heure: str) -> datetime:
    return datetime.combine(jour, time.fromisoformat(heure), ZoneInfo("Europe/Paris"))


def operations() -> dict[str, str]:
    """The tag of each operation of the description, which the generator makes a module of."""
    contenu = yaml.safe_load((RACINE / "docs" / "openapi.yaml").read_text())
    return {
        operation["operationId"]: operation["tags"][0].replace("-", "_")
        for chemin in contenu["paths"].values()
        for operation in chemin.values()
    }


@pytest.fixture(scope="module")
def paquet(
    demonstration_chargee: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of the generated package, made from what the service serves."""
    demonstration_chargee.demarrer()
    dossier = tmp_path_factory.mktemp("client")
    reglages = dossier / "reglages.yaml"
    # No formatting of the code that it writes; operations by their tag. A workbook is a file to it.
    reglages.write_text(
        f"post_hooks: []\ncontent_type_overrides: {{{TYPE_DE_CONTENU}: application/octet-stream}}\n"
    )
    resultat = subprocess.run(
        [Path(sys.executable).parent / "openapi-python-client", "generate", "--meta", "none",
         "--url", f"{demonstration_chargee.adresse}api/v1/schema/", "--fail-on-warning",
         "--config", reglages, "--output-path", dossier / PAQUET],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # What it can't make a function or a model of, it warns about and leaves out.
    assert resultat.returncode == 0, resultat.stdout + resultat.stderr
    assert "warning" not in (resultat.stdout + resultat.stderr).lower()
    sys.path.insert(0, str(dossier))
    yield PAQUET
    sys.path.remove(str(dossier))
    for nom in [n for n in sys.modules if n.partition(".")[0] == PAQUET]:
        del sys.modules[nom]


def verifier_decrit(objet: Any) -> None:
    """No key that the description does not know, however deep."""
    if isinstance(objet, list):
        for element in objet:
            verifier_decrit(element)
    elif attrs.has(type(objet)):
        champs = [champ.name for champ in attrs.fields(type(objet))]
        # What has no other member is a dictionary of its own keys.
        if champs != ["additional_properties"]:
            assert not objet.additional_properties, objet
        for nom in champs:
            verifier_decrit(getattr(objet, nom))


class Engendre:
    """One account, speaking through the generated functions and models only."""

    def __init__(self, paquet: str, adresse: str, identifiant: str) -> None:
        self.paquet = paquet
        self.tags = operations()
        client = importlib.import_module(f"{paquet}.client")
        options = {"base_url": adresse, "raise_on_unexpected_status": True}
        self.client = client.Client(**options)
        demande = self.modele("ConnexionRequest")(identifiant, MOT_DE_PASSE)
        session = self("connexion", 200, "Session", body=demande)
        assert session.utilisateur.identifiant == identifiant
        self.client = client.AuthenticatedClient(**options, token=session.jeton)

    def modele(self, nom: str) -> Any:
        return getattr(importlib.import_module(f"{self.paquet}.models"), nom)

    def module(self, operation: str) -> Any:
        return importlib.import_module(f"{self.paquet}.api.{self.tags[operation]}.{operation}")

    def appeler(self, operation: str, statut: int, modele: str, /, *args: Any, **kw: Any) -> Any:
        """The whole answer, once it is what is expected: its status, its model, no key more."""
        reponse = self.module(operation).sync_detailed(*args, client=self.client, **kw)
        assert reponse.status_code == statut, reponse.content
        assert type(reponse.parsed) is self.modele(modele)
        verifier_decrit(reponse.parsed)
        return reponse

    def __call__(self, operation: str, statut: int, modele: str, /, *args: Any, **kw: Any) -> Any:
        return self.appeler(operation, statut, modele, *args, **kw).parsed

    def creer(self, operation: str, modele: str, statut: int = 201, **champs: Any) -> Any:
        """Create a record with an identifier of our own, unless one is given."""
        corps = self.modele(f"{modele}Request")(**{"uuid": uuid4()} | champs)
        enregistre = self(f"{operation}_create", statut, modele, body=corps)
        assert enregistre.uuid == corps.uuid
        return enregistre

    def verbe(self, operation: str, modele: str, sur: UUID, demande: str, **champs: Any) -> Any:
        return self(operation, 200, modele, sur, body=self.modele(demande)(**champs))


@pytest.fixture
def intervenante(paquet: str, demonstration: Demonstration) -> Engendre:
    return Engendre(paquet, demonstration.adresse, "intervenante")


@pytest.fixture
def soignante(paquet: str, demonstration: Demonstration) -> Engendre:
    return Engendre(paquet, demonstration.adresse, "soignante")


@pytest.fixture
def coordinatrice(paquet: str, demonstration: Demonstration) -> Engendre:
    return Engendre(paquet, demonstration.adresse, "coordinatrice")


def test_every_operation_has_its_function(intervenante: Engendre) -> None:
    assert intervenante.tags
    for operation in intervenante.tags:
        assert callable(intervenante.module(operation).sync_detailed)


def faire_la_maraude(client: Engendre) -> tuple[UUID, UUID]:
    """A night round with its encounters, down to its summary; who was met, and the orientation."""
    m = client.modele
    (equipe,) = [
        e for e in client("equipes_list", 200, "PaginatedEquipeList").resultats if "métro" in e.nom
    ]
    stations = (
        "metro-marcadet-poissonniers", "metro-marx-dormoy", "metro-porte-de-la-chapelle",
        "metro-simplon",
    )  # fmt: skip
    maraude = client.creer(
        "maraudes", "Maraude", equipe=equipe.uuid, milieu=m("Milieu").SOUS_SOL, jour_prevu=SOIR,
        etapes=[m("EtapeRequest")(secteur=station) for station in stations],
    )  # fmt: skip
    assert maraude.statut is m("StatutMaraude").PLANIFIEE
    maraude = client.verbe(
        "maraudes_demarrer", "Maraude", maraude.uuid, "DemarrageRequest", debut_le=a(SOIR, "22:30")
    )
    assert (maraude.statut, maraude.jour) == (m("StatutMaraude").EN_COURS, SOIR)

    personne = client.creer("personnes", "PersonneCreee", pseudonyme="Moineau", genre=m("Genre").F)
    ici = {"maraude": maraude.uuid, "saisi_le": a(SOIR, "23:40"), "secteur": "metro-marx-dormoy"}
    lot = m("LotRequest")([
        m("RencontreRequest")(uuid=uuid4(), **ici, personne=personne.uuid),
        m("RencontreRequest")(
            uuid=uuid4(), **ici, genre_observe=m("Genre").H,
            tranche_age_observee=m("TrancheAge").DE_25_A_34,
        ),
        m("RencontreRequest")(uuid=uuid4(), **ici, genre_observe=m("Genre").H),
        m("RencontreRequest")(
            uuid=uuid4(), **ici, genre_observe=m("Genre").H, issue=m("Issue").REFUS
        ),
    ])  # fmt: skip
    rencontres = client("rencontres_lot", 201, "LotEnregistre", body=lot).rencontres
    assert client("rencontres_lot", 200, "LotEnregistre", body=lot).rencontres == rencontres
    assert [r.uuid for r in rencontres] == [r.uuid for r in lot.rencontres]
    assert [r.personne for r in rencontres] == [personne.uuid, None, None, None]

    contact = {"contact": rencontres[0].uuid, "saisi_le": a(SOIR, "23:40")}
    client.creer(
        "materiel", "RemiseMateriel", **contact, materiel=m("MaterielRdR").PIPE,
        quantite_distribuee=2, quantite_recuperee=1,
    )  # fmt: skip
    client.creer("actes", "Acte", **contact, categorie=m("CategorieActe").RDR)
    client.creer("observations", "Observation", **ici, texte="Quai sud : eau.", personnes_vues=4)
    orientation = client.creer(
        "orientations", "Orientation", **contact, structure=ESPACE, motif="Se reposer, se laver"
    )
    assert orientation.statut is m("StatutOrientation").EN_COURS

    maraude = client.verbe(
        "maraudes_cloturer", "Maraude", maraude.uuid, "ClotureRequest", fin_le=a(MATIN, "02:00")
    )
    resume = client("maraudes_resume", 200, "Resume", maraude.uuid)
    assert resume.statut is maraude.statut is m("StatutMaraude").CLOTUREE
    assert (resume.rencontres.total, resume.rencontres.refus) == (3, 1)
    assert (resume.rencontres.par_genre["F"], resume.rencontres.par_genre["H"]) == (1, 2)
    assert [(r.materiel, r.distribue, r.recupere) for r in resume.materiel] == [
        (m("MaterielRdR").PIPE, 2, 1)
    ]
    assert [(r.categorie, r.nombre) for r in resume.actes] == [(m("CategorieActe").RDR, 1)]
    assert [e.code for e in resume.etapes_visitees] == ["metro-marx-dormoy"]
    assert len(resume.etapes_non_visitees) == len(stations) - 1
    assert (resume.observations, resume.orientations) == (1, 1)
    return personne.uuid, orientation.uuid


def venir(intervenante: Engendre, soignante: Engendre, personne: UUID, orientation: UUID) -> None:
    """The visit that ends the orientation, the nurse's note, somebody unknown; who is there."""
    m = intervenante.modele
    attendue = intervenante("orientations_retrieve", 200, "Orientation", orientation)
    assert attendue.statut is m("StatutOrientation").EN_COURS
    passage = intervenante.creer(
        "passages", "Passage", structure=ESPACE, personne=str(personne),
        saisi_le=a(MATIN, "10:15"), parti_le=a(MATIN, "12:00"),
    )  # fmt: skip
    assert (passage.personne, passage.jour) == (personne, MATIN)
    aboutie = intervenante("orientations_retrieve", 200, "Orientation", orientation)
    assert aboutie.statut is m("StatutOrientation").ABOUTIE
    assert aboutie.arrivee_contact == passage.uuid

    note = "Pansement refait, à revoir jeudi."
    soin = soignante.creer(
        "actes", "Acte", contact=passage.uuid, categorie=m("CategorieActe").SOINS_INFIRMIERS,
        saisi_le=a(MATIN, "10:40"), note_soin=note,
    )  # fmt: skip
    assert soin.note_soin == note
    assert soignante("actes_retrieve", 200, "Acte", soin.uuid).note_soin == note
    lu = intervenante("actes_retrieve", 200, "Acte", soin.uuid)
    assert (lu.uuid, lu.contact, lu.note_soin) == (soin.uuid, passage.uuid, None)

    inconnu = intervenante.creer(
        "passages", "Passage", structure=ESPACE, saisi_le=datetime.now(ZoneInfo("Europe/Paris"))
    )
    assert inconnu.personne is None
    presents = intervenante("passages_presents", 200, "Presents", structure=ESPACE)
    assert presents.capacite == CAPACITE_DE_DEMONSTRATION
    assert inconnu.uuid in {p.uuid for p in presents.passages}
    assert presents.presents == len(presents.passages)


def deux_places_libres(client: Engendre) -> tuple[Any, Any]:
    """Of two hotels, where nobody has been and nothing was closed since."""
    libres: dict[UUID, Any] = {}
    for libre in client("places_libres_list", 200, "PaginatedPlaceLibreList", taille=500).resultats:
        depuis = {"place": str(libre.place), "du": MATIN}
        sejours = client("sejours_list", 200, "PaginatedSejourList", **depuis)
        fermetures = client("fermetures_list", 200, "PaginatedFermetureList", **depuis)
        if not sejours.resultats and not fermetures.resultats:
            libres.setdefault(libre.site, libre)
        if len(libres) == 2:
            break
    premiere, seconde = libres.values()
    return premiere, seconde


def nuits(client: Engendre, site: UUID) -> list[Any]:
    dites = client(
        "occupation_list", 200, "PaginatedOccupationList", site=str(site), du=MATIN, au=AUJOURD_HUI
    ).resultats
    return sorted(dites, key=lambda nuit: nuit.jour)


def heberger(client: Engendre, personne: UUID, demonstration: Demonstration) -> None:
    """A place, a transfer, an end; the nights counted again; the refusal to someone else."""
    m = client.modele
    premiere, seconde = deux_places_libres(client)
    avant = nuits(client, premiere.site)
    ici = {"place": str(premiere.place), "arrivee": MATIN}
    sejour = client.creer("sejours", "Sejour", **ici, personne=str(personne))
    assert (sejour.place, sejour.depart, sejour.suite_de) == (premiere.place, None, None)
    rejoue = client.creer("sejours", "Sejour", 200, uuid=sejour.uuid, **ici, personne=str(personne))
    assert rejoue == sejour
    suite = m("TransfertRequest")(uuid=uuid4(), place=seconde.place, jour=AVANT_HIER)
    suite = client("sejours_transferer", 201, "Sejour", sejour.uuid, body=suite)
    assert (suite.suite_de, suite.place) == (sejour.uuid, seconde.place)
    fin = client.verbe(
        "sejours_cloturer", "Sejour", suite.uuid, "ClotureDeSejourRequest", depart=HIER,
        motif_sortie=m("MotifSortie").ORIENTATION, destination=m("Destination").SOIN_RESIDENTIEL,
    )  # fmt: skip
    assert (fin.depart, fin.motif_sortie) == (HIER, m("MotifSortie").ORIENTATION)

    demonstration.attendre(lambda: not client("sante_metier", 200, "Metier").nuits_a_recalculer)
    apres, ailleurs = nuits(client, premiere.site), nuits(client, seconde.site)
    assert [n.occupees for n in apres] == [avant[0].occupees + 1, *(n.occupees for n in avant[1:])]
    assert apres[0].entrees >= 1 <= apres[1].transferts_sortants
    assert ailleurs[1].transferts_entrants >= 1 <= ailleurs[2].sorties

    autre = client.creer("personnes", "PersonneCreee", pseudonyme="Mésange")
    corps = m("SejourRequest")(uuid=uuid4(), **ici, personne=str(autre.uuid))
    refus = client("sejours_create", 409, "ConflitDHebergement", body=corps)
    assert refus.detail == "Cette place est déjà prise à ces dates."
    (obstacle,) = refus.obstacles
    assert (obstacle.type_, obstacle.place) == ("PLACE_OCCUPEE", premiere.place)
    assert (obstacle.du, obstacle.au, obstacle.sejour) == (MATIN, AVANT_HIER, sejour.uuid)


def lire_le_bilan(client: Engendre, **perimetre: str) -> dict[str, float]:
    """What is known of 2023, read as JSON and as a table alike."""
    m = client.modele
    bilan = client("indicateurs_bilan", 200, "Bilan", annee=2023, **perimetre)
    json = {i.code: i.valeur for i in bilan.indicateurs if i.valeur is not None}
    # The generator reads one kind of body an operation: the table goes through its client alone.
    tableau = client.client.get_httpx_client().request(
        **client.module("indicateurs_bilan")._get_kwargs(
            annee=2023, format_=m("IndicateursBilanFormat").CSV, **perimetre
        )
    )
    lignes = csv.DictReader(io.StringIO(tableau.text))
    assert {li["code"]: float(li["valeur"]) for li in lignes if li["valeur"]} == json
    return json


def test_chain_from_the_round_to_the_bilan(
    intervenante: Engendre,
    soignante: Engendre,
    coordinatrice: Engendre,
    demonstration: Demonstration,
) -> None:
    personne, orientation = faire_la_maraude(intervenante)
    venir(intervenante, soignante, personne, orientation)
    heberger(coordinatrice, personne, demonstration)

    espace, reseau = lire_le_bilan(coordinatrice, structure=ESPACE), lire_le_bilan(coordinatrice)
    assert espace["passages"] > espace["file_active"] > 0
    # The places are nobody's but the network's hotels'.
    assert "places_assore" not in espace
    assert reseau["places_assore"] > 0


def test_correction_with_the_version_that_was_read(intervenante: Engendre) -> None:
    m = intervenante.modele
    cree = intervenante.creer("personnes", "PersonneCreee", pseudonyme="Pinson")
    lue = intervenante.appeler("personnes_retrieve", 200, "Personne", cree.uuid)
    # Told once, when the file is opened: which others it looks like.
    assert cree.to_dict() == lue.parsed.to_dict() | {"ressemblances": []}
    corps = m("PatchedPersonneRequest")(annee_naissance=1990)
    version = {"if_match": lue.headers["ETag"]}
    corrigee = intervenante(
        "personnes_partial_update", 200, "Personne", cree.uuid, body=corps, **version
    )
    assert (corrigee.pseudonyme, corrigee.annee_naissance) == ("Pinson", 1990)
    perimee = intervenante(
        "personnes_partial_update", 412, "PersonnePerime", cree.uuid, body=corps, **version
    )
    assert perimee.etat == corrigee


def test_refusals_are_read_too(intervenante: Engendre) -> None:
    m = intervenante.modele
    refus = intervenante(
        "passages_create", 400, "Probleme",
        body=m("PassageRequest")(uuid=uuid4(), structure="ailleurs", saisi_le=a(HIER, "10:00")),
    )  # fmt: skip
    assert [erreur.champ for erreur in refus.erreurs] == ["structure"]
    assert intervenante("sejours_retrieve", 404, "Probleme", uuid4()).status == 404
    fin = intervenante.module("deconnexion").sync_detailed(client=intervenante.client)
    assert fin.status_code == 204
    assert intervenante("structures_list", 401, "Probleme").detail
