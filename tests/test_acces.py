"""The access matrix: every route × method × who asks, with the status that they get.

Each request is one that would be done for who may: a valid body, the version asked for, a round
that can start. The record, or what the body refers to, is of the organisme of the first three
columns. After a refusal nothing has been written. A route or a method without a row fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from commun.horloge import aujourd_hui, maintenant
from hebergement.models import Sejour
from indicateurs.enums import IndicateurSaisi, Niveau, StatutPublication
from indicateurs.models import Partenaire, Publication
from socle.models import Jeton, Organisme, Structure, Utilisateur
from tests.factories import (
    AppareilFactory,
    EquipeFactory,
    JetonFactory,
    MaraudeFactory,
    OrientationFactory,
    PassageFactory,
    PlaceFactory,
    RencontreFactory,
    SejourFactory,
    UtilisateurFactory,
    identifiant,
)
from tests.routes import CORRECTIONS, adresse_de, creation, creer, methodes, routes
from tests.tables import compter

pytestmark = pytest.mark.django_db

# The columns: teams and coordination of the record's organisme, those of another one, a
# coordinator of the whole network; then, of whichever organisme, partners, to whom nothing is open
# yet and within a perimeter, and administrators.
COLONNES = {
    "intervenante": ("INTERVENANT", "propre"),
    "soignante": ("SOIGNANT", "propre"),
    "coordinatrice": ("COORDINATEUR", "propre"),
    "intervenante d'ailleurs": ("INTERVENANT", "autre"),
    "soignante d'ailleurs": ("SOIGNANT", "autre"),
    "coordinatrice d'ailleurs": ("COORDINATEUR", "autre"),
    "coordinatrice du réseau": ("COORDINATEUR", "aucun"),
    "partenaire": ("PARTENAIRE", None),
    "partenaire et son périmètre": ("PARTENAIRE", None),
    "administratrice": ("ADMINISTRATEUR", None),
}
PERIMETRE = list(COLONNES).index("partenaire et son périmètre")
ORGANISMES = ("propre", "autre", "aucun")

MATRICE = """
                                  d'ici         d'ailleurs    réseau
route                     méthode  int soi coo   int soi coo    coo    par   pér   adm

structure-list            get      200 200 200   200 200 200    200    403   403   200
equipe-list               get      200 200 200   200 200 200    200    403   403   200
personne-list             get      200 200 200   200 200 200    200    403   403   403
personne-list             post     201 201 201   201 201 201    403    403   403   403
personne-doublons         get      200 200 200   200 200 200    200    403   403   403
fusion-list               get      200 200 200   200 200 200    200    403   403   403
fusion-list               post     201 201 201   400 400 201    201    403   403   403
distinction-list          get      200 200 200   200 200 200    200    403   403   403
distinction-list          post     201 201 201   400 400 201    201    403   403   403
accord-partage-list       get      200 200 200   200 200 200    200    403   403   403
accord-partage-list       post     201 201 201   400 400 400    400    403   403   403
secteur-list              get      200 200 200   200 200 200    200    403   403   200
maraude-list              get      200 200 200   200 200 200    200    403   403   403
maraude-list              post     201 201 201   400 400 201    201    403   403   403
rencontre-list            get      200 200 200   200 200 200    200    403   403   403
rencontre-list            post     201 201 201   400 400 201    201    403   403   403
rencontre-lot             post     201 201 201   400 400 201    201    403   403   403
observation-list          get      200 200 200   200 200 200    200    403   403   403
observation-list          post     201 201 201   400 400 201    201    403   403   403
passage-list              get      200 200 200   200 200 200    200    403   403   403
passage-list              post     201 201 201   400 400 400    400    403   403   403
passage-presents          get      200 200 200   400 400 400    400    403   403   403
acte-list                 get      200 200 200   200 200 200    200    403   403   403
acte-list                 post     201 201 201   400 400 400    400    403   403   403
materiel-list             get      200 200 200   200 200 200    200    403   403   403
materiel-list             post     201 201 201   400 400 400    400    403   403   403
site-list                 get      200 200 200   200 200 200    200    403   403   200
site-list                 post     403 403 201   403 403 201    201    403   403   201
chambre-list              get      200 200 200   200 200 200    200    403   403   200
chambre-list              post     403 403 201   403 403 201    201    403   403   201
place-list                get      200 200 200   200 200 200    200    403   403   200
place-list                post     403 403 201   403 403 201    201    403   403   201
fermeture-list            get      200 200 200   200 200 200    200    403   403   403
fermeture-list            post     403 403 201   403 403 201    201    403   403   403
sejour-list               get      200 200 200   200 200 200    200    403   403   403
sejour-list               post     403 403 201   403 403 201    201    403   403   403
absence-list              get      200 200 200   200 200 200    200    403   403   403
absence-list              post     201 201 201   400 400 201    201    403   403   403
occupation-list           get      403 403 200   403 403 200    200    403   403   403
hebergement-flux          get      403 403 200   403 403 200    200    403   403   403
contingent-list           get      200 200 200   200 200 200    200    403   403   403
contingent-list           post     403 403 201   403 403 201    201    403   403   403
place-libre-list          get      200 200 200   200 200 200    200    403   403   403
demande-hebergement-list  get      200 200 200   200 200 200    200    403   403   403
demande-hebergement-list  post     201 201 201   400 400 400    400    403   403   403
attente-list              get      200 200 200   200 200 200    200    403   403   403
proposition-list          get      200 200 200   200 200 200    200    403   403   403
orientation-list          get      200 200 200   200 200 200    200    403   403   403
orientation-list          post     201 201 201   400 400 400    400    403   403   403
indicateurs               get      403 403 200   403 403 200    200    403   200   403
asa-caarud                get      403 403 200   403 403 200    200    403   403   403
bilan                     get      403 403 200   403 403 200    200    403   200   403
series                    get      403 403 200   403 403 200    200    403   200   403
publications              get      403 403 200   403 403 200    200    403   200   403
chiffre-saisi-list        get      403 403 200   403 403 200    200    403   200   403
chiffre-saisi-list        post     403 403 201   403 403 201    201    403   201   403
synchro-bonjour           get      403 403 403   403 403 403    403    403   403   403
synchro-envoi             post     403 403 403   403 403 403    403    403   403   403
synchro-secours           post     403 403 200   403 403 404    200    403   403   403
deconnexion               post     204 204 204   204 204 204    204    204   204   204
sante-metier              get      403 403 200   403 403 200    200    403   403   200

structure-detail          get      200 200 200   200 200 200    200    403   403   200
equipe-detail             get      200 200 200   404 404 200    200    403   403   200
personne-detail           get      200 200 200   404 404 200    200    403   403   403
personne-detail           patch    200 200 200   404 404 403    403    403   403   403
fusion-detail             get      200 200 200   404 404 200    200    403   403   403
fusion-annuler            post     200 200 200   404 404 200    200    403   403   403
distinction-detail        get      200 200 200   404 404 200    200    403   403   403
chiffre-saisi-detail      get      403 403 200   403 403 200    200    403   200   403
accord-partage-detail     get      200 200 200   404 404 404    404    403   403   403
accord-partage-retirer    post     200 200 200   404 404 404    404    403   403   403
secteur-detail            get      200 200 200   200 200 200    200    403   403   200
maraude-detail            get      200 200 200   404 404 200    200    403   403   403
maraude-detail            patch    200 200 200   404 404 200    200    403   403   403
maraude-demarrer          post     200 200 200   404 404 200    200    403   403   403
maraude-cloturer          post     200 200 200   404 404 200    200    403   403   403
maraude-annuler           post     200 200 200   404 404 200    200    403   403   403
maraude-resume            get      200 200 200   404 404 200    200    403   403   403
rencontre-detail          get      200 200 200   404 404 200    200    403   403   403
rencontre-detail          patch    200 200 200   404 404 200    200    403   403   403
observation-detail        get      200 200 200   404 404 200    200    403   403   403
observation-detail        patch    200 200 200   404 404 200    200    403   403   403
site-detail               get      200 200 200   404 404 200    200    403   403   200
site-detail               patch    403 403 200   403 403 200    200    403   403   200
site-constats             get      200 200 200   404 404 200    200    403   403   403
site-constats             post     201 201 201   404 404 201    201    403   403   403
chambre-detail            get      200 200 200   404 404 200    200    403   403   200
chambre-detail            patch    403 403 200   403 403 200    200    403   403   200
place-detail              get      200 200 200   404 404 200    200    403   403   200
place-detail              patch    403 403 200   403 403 200    200    403   403   200
fermeture-detail          get      200 200 200   404 404 200    200    403   403   403
fermeture-detail          patch    403 403 200   403 403 200    200    403   403   403
occupation-detail         get      200 200 200   404 404 200    200    403   403   403
sejour-detail             get      200 200 200   404 404 200    200    403   403   403
sejour-detail             patch    403 403 200   403 403 200    200    403   403   403
sejour-transferer         post     403 403 201   403 403 201    201    403   403   403
sejour-cloturer           post     403 403 200   403 403 200    200    403   403   403
site-fermer               post     403 403 201   403 403 201    201    403   403   403
site-planifier            post     403 403 200   403 403 200    200    403   403   403
contingent-detail         get      200 200 200   404 404 200    200    403   403   403
contingent-detail         patch    403 403 200   403 403 200    200    403   403   403
contingent-occupation     get      200 200 200   404 404 200    200    403   403   403
sejour-rouvrir            post     403 403 200   403 403 200    200    403   403   403
absence-detail            get      200 200 200   404 404 200    200    403   403   403
absence-detail            patch    200 200 200   404 404 200    200    403   403   403
demande-hebergement-detail get     200 200 200   404 404 200    200    403   403   403
demande-hebergement-detail patch   200 200 200   404 404 200    200    403   403   403
demande-hebergement-refuser post   200 200 200   404 404 200    200    403   403   403
demande-hebergement-annuler post   200 200 200   404 404 200    200    403   403   403
demande-hebergement-proposer post  403 403 201   403 403 201    201    403   403   403
proposition-detail        get      200 200 200   404 404 200    200    403   403   403
proposition-accepter      post     200 200 200   404 404 200    200    403   403   403
proposition-refuser       post     200 200 200   404 404 200    200    403   403   403
proposition-annuler       post     403 403 200   403 403 200    200    403   403   403
proposition-confirmer     post     201 201 201   404 404 201    201    403   403   403
orientation-detail        get      200 200 200   404 404 200    200    403   403   403
orientation-detail        patch    200 200 200   404 404 200    200    403   403   403
orientation-accepter      post     200 200 200   404 404 200    200    403   403   403
orientation-refuser       post     200 200 200   404 404 200    200    403   403   403
orientation-annuler       post     200 200 200   404 404 200    200    403   403   403
passage-detail            get      200 200 200   404 404 404    404    403   403   403
passage-detail            patch    200 200 200   404 404 404    404    403   403   403
acte-detail               get      200 200 200   404 404 404    404    403   403   403
acte-detail               patch    200 200 200   404 404 404    404    403   403   403
materiel-detail           get      200 200 200   404 404 404    404    403   403   403
materiel-detail           patch    200 200 200   404 404 404    404    403   403   403
"""


def lire_matrice() -> dict[tuple[str, str], tuple[int, ...]]:
    lignes = [ligne.split() for ligne in MATRICE.splitlines()[3:] if ligne]
    return {(nom, methode): tuple(map(int, statuts)) for nom, methode, *statuts in lignes}


LUES = lire_matrice()
SANS_JETON = {"connexion", "synchro-enrolement", "schema", "docs", "sante-vivant", "sante-pret"}
PAR_ROUTE = {motif.name: motif for _, motif in routes()}
DE_FICHE = {motif.name for adresse, motif in routes() if "uuid" in adresse}
# By route and method: routes to lists, and routes to one record.
LISTES = {cle: statuts for cle, statuts in LUES.items() if cle[0] not in DE_FICHE}
FICHES = {cle: statuts for cle, statuts in LUES.items() if cle[0] in DE_FICHE}
SONDES = {"sante-vivant", "sante-pret"}
TOUTES = {"get", "head", "options", "post", "put", "patch", "delete"}


@dataclass
class Demande:
    """What would be done for who may."""

    adresse: str
    methode: str
    corps: Any = None
    entetes: dict[str, str] = field(default_factory=dict)

    def envoyer(self, client: APIClient) -> Any:
        envoi = getattr(client, self.methode)
        if self.methode in {"get", "head", "options"}:
            return envoi(self.adresse)
        return envoi(self.adresse, self.corps, headers=self.entetes)


def preparer(nom: str, methode: str, structure: Structure) -> Demande:
    """A request that has all it needs, about a record of the structure's organisme."""
    organisme, sorte = structure.organisme, nom.rsplit("-", 1)[0]
    if nom not in DE_FICHE:
        adresse, corps = adresse_de(nom), None
        if nom == "rencontre-lot":
            corps = {"rencontres": [creation("rencontre", structure).corps]}
        elif nom.endswith("-list") and methode == "post":
            corps = creation(sorte, structure).corps
        elif nom in {"synchro-envoi", "synchro-secours"}:
            corps = {
                "protocole": 1, "schema": 1, "operations": [],
                "appareil": str(AppareilFactory(organisme=organisme).pk),
            }  # fmt: skip
        elif nom == "passage-presents":
            adresse += f"?structure={structure.code}"
        elif nom == "asa-caarud":
            adresse += f"?structure={structure.code}&annee=2023"
        elif nom == "bilan":
            adresse += "?annee=2023"
            publier("2023")
        elif nom == "hebergement-flux":
            adresse += "?du=2023-01-01&au=2024-01-01"
        elif nom == "series":
            adresse += "?indicateur=passages&par=mois&annee=2023"
        return Demande(adresse, methode, corps)
    if nom == "maraude-demarrer":
        fiche = MaraudeFactory(equipe=EquipeFactory(structure=structure))
    else:
        fiche = creer(sorte, organisme)
    demande = Demande(adresse_de(nom, fiche.pk), methode)
    if methode == "patch":
        demande.corps, demande.entetes = CORRECTIONS[sorte], {"If-Match": "*"}
    elif nom in {"site-fermer", "site-planifier"}:
        PlaceFactory(site=fiche)
        demande.corps = {"debut": "2023-05-01"}
        if nom == "site-fermer":
            demande.corps |= {"uuid": identifiant(), "motif": "Travaux"}
    elif nom == "sejour-transferer":
        place = PlaceFactory(site=fiche.place.site)
        demande.corps = {"uuid": identifiant(), "place": str(place.pk), "jour": "2023-05-01"}
    elif nom == "site-constats" and methode == "post":
        sejour = SejourFactory(place=PlaceFactory(site=fiche))
        constat = {"uuid": identifiant(), "sejour": str(sejour.pk), "present": True}
        demande.corps = {"jour": aujourd_hui().isoformat(), "constats": [constat]}
    elif methode == "post":
        if nom == "sejour-rouvrir":
            fermer_sans_nouvelles(fiche)
        libre = PlaceFactory(site__structure=structure)
        demande.corps = {
            "sejour-cloturer": {
                "depart": "2023-05-01", "motif_sortie": "AUTRE", "destination": "INCONNUE"
            },
            "demande-hebergement-refuser": {"par": "PERSONNE", "motif_refus": "AUTRE_SOLUTION"},
            "demande-hebergement-annuler": {"precisions": "Faite deux fois"},
            "demande-hebergement-proposer": {"uuid": identifiant(), "place": str(libre.pk)},
            "proposition-accepter": {"attendue_le": aujourd_hui().isoformat()},
            "proposition-refuser": {"par": "PERSONNE", "motif_refus": "ELOIGNEMENT"},
            "proposition-confirmer": {
                "uuid": identifiant(), "arrivee": aujourd_hui().isoformat()
            },
            "orientation-refuser": {"par": "STRUCTURE", "motif": "Complet"},
            "orientation-annuler": {"motif": "Erreur"},
        }.get(nom, {})  # fmt: skip
    return demande


def fermer_sans_nouvelles(sejour: Sejour) -> None:
    """As the service does of itself."""
    Sejour.objects.filter(pk=sejour.pk).update(
        depart=sejour.arrivee, motif_sortie="PERDU_DE_VUE", destination="INCONNUE",
        cloture_automatique=True,
    )  # fmt: skip


def publier(annee: str) -> None:
    """A year that was signed, of which nothing was counted."""
    Publication.objects.create(
        periode=annee,
        debut=date(int(annee), 1, 1),
        fin=date(int(annee) + 1, 1, 1),
        revision=1,
        connu_le=maintenant(),
        statut=StatutPublication.SIGNEE,
        signee_le=maintenant(),
        signee_par=UtilisateurFactory(coordinateur=True),
    )


def client_de(utilisateur: Utilisateur) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {Jeton.emettre(utilisateur)[0]}")
    return client


@pytest.fixture
def clients(
    espace_repos: Structure, autre_structure: Structure
) -> list[tuple[str, int, APIClient]]:
    """Of each column: its rank, and a client of each organisme that it stands for."""
    structures = {"propre": [espace_repos], "autre": [autre_structure], "aucun": []}
    trouves = []
    for rang, (qui, (role, de)) in enumerate(COLONNES.items()):
        for portee in ORGANISMES if de is None else (de,):
            organisme: Organisme | None = None
            for structure in structures[portee]:
                organisme = structure.organisme
            compte = UtilisateurFactory(
                role=role, organisme=organisme, structures=structures[portee]
            )
            if rang == PERIMETRE:
                Partenaire.objects.create(
                    utilisateur=compte, niveaux=Niveau.values, saisit=IndicateurSaisi.values
                )
            trouves.append((f"{qui} ({portee})", rang, client_de(compte)))
    return trouves


@pytest.fixture
def sans_droit(espace_repos: Structure) -> list[tuple[str, APIClient]]:
    """Nobody, a disabled account, and tokens that are dead or were never given."""
    compte = UtilisateurFactory(coordinateur=True, organisme=espace_repos.organisme)
    ecarte = UtilisateurFactory(
        coordinateur=True, organisme=espace_repos.organisme, is_active=False
    )
    trouves = [("personne", APIClient()), ("compte désactivé", client_de(ecarte))]
    for secret, traits in {"expiré": {"expire": True}, "révoqué": {"revoque": True}}.items():
        JetonFactory(utilisateur=compte, empreinte=Jeton.calculer_empreinte(secret), **traits)
    for secret in ("expiré", "révoqué", "inventé"):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        trouves.append((f"jeton {secret}", client))
    return trouves


def test_every_route_has_a_row() -> None:
    presentes = {(nom, methode) for nom, motif in PAR_ROUTE.items() for methode in methodes(motif)}
    attendues = {cle for cle in presentes if cle[0] not in SANS_JETON}
    assert attendues == set(LUES)
    assert all(len(statuts) == len(COLONNES) for statuts in LUES.values())


def famille(nom: str) -> str:
    return nom.split("-")[0]


@pytest.mark.parametrize("sorte", dict.fromkeys(famille(nom) for nom, _ in LUES))
def test_who_may(
    clients: list[tuple[str, int, APIClient]],
    sans_droit: list[tuple[str, APIClient]],
    espace_repos: Structure,
    sorte: str,
) -> None:
    autres: dict[Any, tuple[int, int]] = {}
    for (nom, methode), statuts in LUES.items():
        if famille(nom) != sorte:
            continue
        demande = preparer(nom, methode, espace_repos)
        attendus = [(qui, statuts[rang], client) for qui, rang, client in clients]
        attendus += [(qui, 401, client) for qui, client in sans_droit]
        avant = compter()
        # Those who are refused first, one after the other: what one of them wrote would show.
        for qui, attendu, client in sorted(attendus, key=lambda essai: -essai[1]):
            if attendu < 400 and avant:
                assert compter() == avant, f"{methode} {nom}"
                avant = {}
            with transaction.atomic():
                reponse = demande.envoyer(client)
                if reponse.status_code != attendu:
                    autres[nom, methode, qui] = (reponse.status_code, attendu)
                if attendu < 400:
                    transaction.set_rollback(True)
            if attendu == 401:
                assert reponse["WWW-Authenticate"].startswith("Bearer")
        if avant:
            assert compter() == avant, f"{methode} {nom}"
    assert not autres


# What is shared with another organisme, and what its teams and coordination may do with it: an
# orientation that is addressed to it, a file under an agreement, one that it knows by a visit; and
# what of an encounter with somebody known is hidden from other organismes.
PARTAGE = """
                                   d'ailleurs
                                   int soi coo

orientation  detail      get       200 200 200
orientation  accepter    post      200 200 200
orientation  refuser     post      200 200 200
orientation  detail      patch     403 403 200
orientation  annuler     post      403 403 200
accord       detail      get       200 200 200
accord       retirer     post      404 404 404
confiée      detail      get       200 200 200
confiée      detail      patch     403 403 403
venue        detail      get       200 200 200
venue        detail      patch     403 403 403
nommée       detail      get       404 404 200
nommée       detail      patch     404 404 403
"""


def test_what_is_shared(
    clients: list[tuple[str, int, APIClient]], espace_repos: Structure, autre_structure: Structure
) -> None:
    venue = creer("personne", espace_repos.organisme)
    PassageFactory(structure=autre_structure, personne=venue)
    accord = creer("accord-partage", espace_repos.organisme)
    type(accord).objects.update(organisme=autre_structure.organisme)
    partages = {
        "orientation": OrientationFactory(
            structure_origine=espace_repos, structure=autre_structure
        ),
        "accord": accord,
        "confiée": accord.personne,
        "venue": venue,
        "nommée": RencontreFactory(maraude__equipe__structure=espace_repos, personne=venue),
    }
    routes_de = {"accord": "accord-partage", "confiée": "personne", "venue": "personne"}
    routes_de["nommée"] = "rencontre"
    for ligne in filter(None, PARTAGE.splitlines()[3:]):
        quoi, suite, methode, *statuts = ligne.split()
        nom = f"{routes_de.get(quoi, quoi)}-{suite}"
        demande = preparer(nom, methode, espace_repos)
        demande.adresse = adresse_de(nom, partages[quoi].pk)
        for attendu, (qui, _, client) in zip(map(int, statuts), clients[3:6], strict=True):
            avant = compter()
            with transaction.atomic():
                reponse = demande.envoyer(client)
                assert reponse.status_code == attendu, f"{qui} : {methode} {quoi} {suite}"
                if attendu >= 400:
                    assert compter() == avant
                transaction.set_rollback(True)


def test_what_no_route_takes(
    clients: list[tuple[str, int, APIClient]], espace_repos: Structure
) -> None:
    """Nobody deletes or replaces anything, whatever the role."""
    lectures = {"get", "head"}
    roles = [essai for essai in clients if essai[0].endswith("(propre)")]
    for nom, motif in PAR_ROUTE.items():
        permises = methodes(motif)
        modele = preparer(nom, "post" if "post" in permises else "get", espace_repos)
        avant = compter()
        # The probes of load balancers are read by whatever method reads.
        absentes = TOUTES - permises - (lectures if "get" in permises or nom in SONDES else set())
        for methode in sorted(absentes):
            demande = Demande(modele.adresse, methode, modele.corps or {}, {"If-Match": "*"})
            for qui, _, client in roles:
                reponse = demande.envoyer(client)
                assert reponse.status_code in {403, 405}, f"{qui} : {methode} {nom}"
        assert compter() == avant, nom
