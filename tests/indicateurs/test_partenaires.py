"""Partners read what was signed, within their perimeter, from where and as often as agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from commun.horloge import maintenant
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Consultation, Partenaire, Publication
from indicateurs.publications.figures import PUBLIES
from indicateurs.publications.preparation import preparer, signer
from indicateurs.tasks import purger_les_consultations
from socle.enums import Genre
from socle.models import Jeton, Structure, Utilisateur
from tests.concurrence import courir
from tests.conftest import Api
from tests.factories import PassageFactory, PersonneFactory, StructureFactory, UtilisateurFactory
from tests.indicateurs.test_publications import en_ordre

pytestmark = pytest.mark.django_db
MIDI = datetime(2023, 5, 10, 12, tzinfo=UTC)
RACINE = "/api/v1/indicateurs/"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def ars() -> Utilisateur:
    compte: Utilisateur = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    return compte


@pytest.fixture
def autre(espace_repos: Structure) -> Structure:
    structure: Structure = StructureFactory(type="HSA", code="halte", arrondissement="75010")
    return structure


def passer(structure: Structure, personnes: int) -> None:
    for personne in PersonneFactory.create_batch(
        personnes, organisme=structure.organisme, genre=Genre.H
    ):
        PassageFactory(structure=structure, personne=personne, survenu_le=MIDI)


@pytest.fixture
def publiee(espace_repos: Structure, autre: Structure, coordinatrice: Utilisateur) -> Publication:
    """The year 2023: 30 persons here, 20 there, 3 in a third place."""
    passer(espace_repos, 30)
    passer(autre, 20)
    passer(StructureFactory(type="CSAPA", code="petite"), 3)
    return signer(preparer("2023"), coordinatrice)


def ouvrir(compte: Utilisateur, *niveaux: str, **reglages: Any) -> Partenaire:
    structures = reglages.pop("structures", [])
    partenaire = Partenaire.objects.create(
        utilisateur=compte, niveaux=list(niveaux or Niveau.values), **reglages
    )
    partenaire.structures.set(structures)
    return partenaire


def serie(client: APIClient, **demande: Any) -> Any:
    return client.get(
        f"{RACINE}series/", {"indicateur": "passages", "par": "annee", "annee": 2023} | demande
    )


# --- Perimeter --------------------------------------------------------------------------------

# What is asked for, and the level of territory that it needs.
DEMANDES: dict[str, tuple[dict[str, str], set[str]]] = {
    "réseau": ({}, {Niveau.RESEAU}),
    "une structure": ({"structure": "halte"}, {Niveau.STRUCTURE}),
    "un type": ({"type": "HSA"}, {Niveau.TYPE}),
    "par structure": ({"ventilation": "structure"}, {Niveau.RESEAU, Niveau.STRUCTURE}),
    "par type": ({"ventilation": "type"}, {Niveau.RESEAU, Niveau.TYPE}),
    "par organisme": ({"ventilation": "organisme"}, {Niveau.RESEAU, Niveau.ORGANISME}),
    "par arrondissement": (
        {"ventilation": "arrondissement"}, {Niveau.RESEAU, Niveau.ARRONDISSEMENT}
    ),
    "par genre": ({"ventilation": "genre"}, {Niveau.RESEAU}),
    "d'une structure, par genre": (
        {"structure": "halte", "ventilation": "genre"}, {Niveau.STRUCTURE}
    ),
}  # fmt: skip


@pytest.mark.parametrize("quoi", DEMANDES)
def test_each_level_of_territory_opens_what_it_says_and_nothing_else(
    quoi: str, publiee: Publication, ars: Utilisateur, api: Api
) -> None:
    demande, faut = DEMANDES[quoi]
    partenaire = ouvrir(ars)
    client = api(ars)
    assert serie(client, **demande).status_code == 200
    for ferme in Niveau:
        partenaire.niveaux = [niveau for niveau in Niveau if niveau != ferme]
        partenaire.save()
        attendu = 403 if ferme in faut else 200
        assert serie(client, **demande).status_code == attendu, ferme
        if not demande.get("ventilation"):
            bilan = client.get(f"{RACINE}bilan/", {"annee": 2023} | demande)
            assert bilan.status_code == attendu, ferme
    partenaire.niveaux = sorted(faut)
    partenaire.save()
    assert serie(client, **demande).status_code == 200


def test_chosen_structures_and_figures_are_the_only_ones(
    publiee: Publication, ars: Utilisateur, api: Api, espace_repos: Structure
) -> None:
    ouvrir(ars, structures=[espace_repos], indicateurs=["passages", "femmes"])
    client = api(ars)
    assert serie(client, structure="halte").status_code == 403
    assert serie(client, structure=espace_repos.code).status_code == 200
    par_structure = serie(client, ventilation="structure").json()["series"]
    assert [s["code"] for s in par_structure] == [None, espace_repos.code]
    # The only other structure of its kind would be read as its kind.
    for axe in ("type", "organisme", "arrondissement"):
        assert serie(client, ventilation=axe).status_code == 403
    assert serie(client, type="HSA").status_code == 403
    assert serie(client).status_code == 200
    assert serie(client, indicateur="file_active").status_code == 403
    catalogue = client.get(RACINE).json()["indicateurs"]
    assert [i["code"] for i in catalogue] == ["passages", "femmes"]
    bilan = client.get(f"{RACINE}bilan/?annee=2023").json()["indicateurs"]
    assert [i["code"] for i in bilan] == ["passages", "femmes"]


@pytest.mark.parametrize("indicateurs", [[], ["passages"]])
def test_a_figure_that_is_never_published_is_told_so(
    indicateurs: list[str], publiee: Publication, ars: Utilisateur, api: Api
) -> None:
    """It is in nobody's perimeter, and no other perimeter would open it."""
    ouvrir(ars, Niveau.RESEAU, indicateurs=indicateurs)
    client = api(ars)
    for code in ("duree_mediane", "chaine_arrivees", "jours_depuis_visite"):
        for plus in ({}, {"structure": "halte"}):
            reponse = serie(client, indicateur=code, **plus)
            assert (reponse.status_code, reponse.json()["detail"]) == (
                404, "Cet indicateur n'est pas publié.",
            )  # fmt: skip
    catalogue = client.get(RACINE).json()["indicateurs"]
    assert catalogue
    assert all(ligne["publie"] for ligne in catalogue)


def test_without_a_perimeter_nothing_opens(
    publiee: Publication, ars: Utilisateur, api: Api
) -> None:
    for chemin in ("", "bilan/?annee=2023", "publications/"):
        reponse = api(ars).get(RACINE + chemin)
        assert reponse.status_code == 403
        assert reponse.json()["detail"] == "Aucun chiffre n'est ouvert à ce compte."


# --- Published, and nothing but ---------------------------------------------------------------


def test_a_partner_reads_what_was_signed_a_coordinator_what_is(
    publiee: Publication, ars: Utilisateur, coordinatrice: Utilisateur, api: Api,
    espace_repos: Structure,
) -> None:  # fmt: skip
    ouvrir(ars)
    passer(espace_repos, 15)
    preparer("2023")  # and not signed

    def valeur(qui: Utilisateur, **demande: Any) -> Any:
        (ensemble,) = serie(api(qui), **demande).json()["series"]
        return ensemble["points"][0]["valeur"]

    ici = {"structure": espace_repos.code}
    assert valeur(ars, **ici) == valeur(coordinatrice, publie=True, **ici) == 30
    assert valeur(coordinatrice, **ici) == 45
    # Told, rather than answered something else than was asked for.
    autre = serie(api(ars), publie=False, **ici)
    assert (autre.status_code, autre.json()["erreurs"][0]["champ"]) == (400, "publie")
    signer(Publication.objects.get(revision=2), coordinatrice)
    assert valeur(ars, **ici) == 45
    ancien = api(ars).get(f"{RACINE}bilan/", {"annee": 2023, "revision": 1} | ici).json()
    assert ancien["revision"] == 1
    assert ancien["indicateurs"][0]["valeur"] == 30
    for absente, dit in (
        ("annee=2023&revision=3",
         "Cette période n'a pas de révision 3. Révisions publiées : 1, 2."),
        ("annee=2022", "Cette période n'est pas publiée."),
        ("annee=2022&revision=2", "Cette période n'est pas publiée."),
    ):  # fmt: skip
        reponse = api(ars).get(f"{RACINE}bilan/?{absente}")
        assert (reponse.status_code, reponse.json()["detail"]) == (404, dit)
    assert serie(api(ars), par="mois").json()["series"][0]["points"] == []
    revisions = api(ars).get(f"{RACINE}publications/").json()["publications"]
    assert [(p["periode"], p["revision"]) for p in revisions] == [("2023", 2), ("2023", 1)]


def test_masked_is_masked_in_every_answer(publiee: Publication, ars: Utilisateur, api: Api) -> None:
    """All that a partner can obtain, figure by figure: no masked value, and none beside it."""
    ouvrir(ars, par_minute=6000)
    client = api(ars)
    vus: dict[tuple[str, str, str | None], Any] = {}
    for indicateur in PUBLIES:
        for axe in (None, *indicateur.axes):
            demande = {"indicateur": indicateur.code} | ({"ventilation": axe} if axe else {})
            for sorte in serie(client, **demande).json()["series"]:
                (point,) = sorte["points"]
                vus[indicateur.code, axe or "", sorte["code"]] = point
    masques = {cle for cle, point in vus.items() if point["secret"]}
    assert ("passages", "structure", "petite") in masques
    assert ("file_active", "structure", "petite") in masques
    assert ("actes_pour_100_passages", "structure", "petite") in masques
    for cle in masques:
        assert {vus[cle][nom] for nom in ("valeur", "precedent", "ecart", "ecart_pct")} == {None}
    chiffres = Chiffre.objects.filter(publication=publiee, secret=True, niveau=Niveau.STRUCTURE)
    assert {
        ("structure", c.territoire) for c in chiffres.filter(axe="", indicateur="passages")
    } == {cle[1:] for cle in masques if cle[:2] == ("passages", "structure") and cle[2]}


def test_a_difference_with_something_masked_is_not_told(
    espace_repos: Structure, coordinatrice: Utilisateur, ars: Utilisateur, api: Api
) -> None:
    ouvrir(ars)
    passer(espace_repos, 20)
    for personne in PersonneFactory.create_batch(4, organisme=espace_repos.organisme):
        PassageFactory(
            structure=espace_repos, personne=personne, survenu_le=MIDI - timedelta(days=365)
        )
    for annee in ("2022", "2023"):
        signer(preparer(annee), coordinatrice)
    (ensemble,) = serie(api(ars)).json()["series"]
    (point,) = ensemble["points"]
    assert (point["valeur"], point["secret"]) == (20, False)
    assert [point[nom] for nom in ("precedent", "ecart", "ecart_pct")] == [None] * 3


def test_what_is_never_published_is_refused(
    publiee: Publication, ars: Utilisateur, api: Api
) -> None:
    ouvrir(ars)
    client = api(ars)
    reponse = serie(client, type="HSA", ventilation="genre")
    assert reponse.status_code == 400
    assert "n'est pas publiée" in reponse.json()["detail"]
    assert serie(client, indicateur="anomalies").status_code == 404
    assert serie(client, du="2023-05-01").status_code == 400  # no free range, no free filter
    assert serie(client, structure="halte", ventilation="genre", par="mois").status_code == 400


# --- Tokens, addresses, rates, log ------------------------------------------------------------


def test_every_pull_is_kept_also_a_refused_one(
    publiee: Publication, ars: Utilisateur, api: Api
) -> None:
    ouvrir(ars, Niveau.RESEAU)
    client = api(ars)
    serie(client)
    serie(client, structure="halte")
    client.get(RACINE, {"inconnu": "1"})
    lignes = list(Consultation.objects.order_by("pk").values_list("utilisateur", "statut"))
    assert lignes == [(ars.pk, 200), (ars.pk, 403), (ars.pk, 400)]
    premiere = Consultation.objects.order_by("pk")[0]
    assert premiere.demande.startswith(f"{RACINE}series/?indicateur=passages")
    assert premiere.adresse == "127.0.0.1"


def test_nothing_is_written_where_figures_are_read(
    ars: Utilisateur, intervenante: Utilisateur, api: Api
) -> None:
    ouvrir(ars)
    for adresse in ("", "bilan/", "series/", "publications/"):
        for verbe in ("post", "put", "delete"):
            assert getattr(api(ars), verbe)(f"{RACINE}{adresse}").status_code == 405
            assert getattr(api(intervenante), verbe)(f"{RACINE}{adresse}").status_code == 403


def test_no_more_than_agreed_within_a_minute(
    publiee: Publication, ars: Utilisateur, api: Api, horloge: Any
) -> None:
    ouvrir(ars, par_minute=3)
    client = api(ars)
    assert [serie(client).status_code for _ in range(4)] == [200, 200, 200, 429]
    horloge.shift(timedelta(seconds=20))
    assert int(serie(client)["Retry-After"]) in {40, 41}
    # Whoever asks again too early does not have to wait any longer for it.
    for _ in range(4):
        horloge.shift(timedelta(seconds=9))
        assert serie(client).status_code == 429
    horloge.shift(timedelta(seconds=5))
    assert [serie(client).status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.django_db(transaction=True)
def test_no_more_than_agreed_at_once_either(ars: Utilisateur, api: Api) -> None:
    partenaire = ouvrir(ars, par_minute=3)
    client = api(ars)
    appels = [lambda: client.get(RACINE).status_code] * 8
    statuts = courir(appels, "indicateurs_partenaire", partenaire.pk)
    assert sorted(statuts) == [200] * 3 + [429] * 5
    gardes = Consultation.objects.values_list("statut", flat=True)
    assert sorted(gardes) == sorted(statuts)


@pytest.mark.parametrize(
    ("adresses", "demandeur", "attendu"),
    [
        ([], "203.0.113.9", 200),
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["198.51.100.7", "203.0.113.9"], "203.0.113.9", 200),
        (["203.0.113.0/30"], "203.0.113.9", 403),
        (["2001:db8::/32"], "2001:db8::1", 200),
        (["2001:db8::/32"], "203.0.113.9", 403),
    ],
)
def test_only_from_the_agreed_addresses(
    adresses: list[str], demandeur: str, attendu: int, publiee: Publication, ars: Utilisateur,
    api: Api,
) -> None:  # fmt: skip
    ouvrir(ars, adresses=adresses)
    client = api(ars)
    client.defaults["REMOTE_ADDR"] = demandeur
    assert serie(client).status_code == attendu


def test_a_token_of_its_own_ends_and_can_be_revoked(
    publiee: Publication, ars: Utilisateur, horloge: Any
) -> None:
    ouvrir(ars)
    secret, jeton = Jeton.emettre(ars, expire_le=maintenant() + timedelta(days=365))
    assert secret not in str(Jeton.objects.values().get(pk=jeton.pk))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert serie(client).status_code == 200
    horloge.shift(timedelta(days=364))
    assert serie(client, annee=2023).status_code == 200
    horloge.shift(timedelta(days=2))
    assert serie(client, annee=2023).status_code == 401
    autre, jeton = Jeton.emettre(ars)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {autre}")
    assert serie(client, annee=2023).status_code == 200
    jeton.revoquer()
    assert serie(client, annee=2023).status_code == 401


@pytest.mark.parametrize(
    "reglage",
    [
        {"adresses": ["203.0.113.7/24"]}, {"adresses": ["ici"]}, {"indicateurs": ["inconnu"]},
        {"niveaux": []}, {"niveaux": ["RUE"]}, {"par_minute": 0},
    ],
    ids=str,
)  # fmt: skip
def test_an_absurd_perimeter_is_refused(reglage: dict[str, Any], ars: Utilisateur) -> None:
    champs = {"utilisateur": ars, "niveaux": [Niveau.RESEAU]} | reglage
    with pytest.raises(ValidationError):
        Partenaire(**champs).full_clean()


def test_a_pull_takes_the_same_queries_whatever_the_years(
    publiee: Publication, ars: Utilisateur, coordinatrice: Utilisateur, api: Api,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    ouvrir(ars)
    client = api(ars)
    for annee in ("2021", "2022"):
        signer(preparer(annee), coordinatrice)
    with django_assert_max_num_queries(10):
        reponse = client.get(
            f"{RACINE}series/", {"indicateur": "passages", "par": "annee", "ventilation": "genre"}
        )
    assert len(reponse.json()["series"][0]["points"]) == 3


def test_what_was_pulled_is_kept_for_a_year(
    publiee: Publication, ars: Utilisateur, api: Api, horloge: Any
) -> None:
    ouvrir(ars)
    serie(api(ars))
    horloge.shift(timedelta(days=364))
    serie(api(ars))
    assert purger_les_consultations() == 0
    horloge.shift(timedelta(days=2))
    assert purger_les_consultations() == 1
    assert Consultation.objects.count() == 1
    # Emptied at once, it would say nothing of what was pulled within the year.
    en_ordre()
    vider = pytest.raises(IntegrityError, match="ne se vide pas")
    with vider, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE indicateurs_consultation")
