"""The page of the bilan: what was signed, or what would be now, for who coordinates."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
import time_machine
from django.test import Client
from django.utils.html import strip_tags

from indicateurs.bilan import CODES, calculer_bilan
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, ChiffreSaisi
from indicateurs.publications import preparation
from indicateurs.publications.masquage import Groupe, Masque
from indicateurs.publications.preparation import preparer, signer
from socle.models import Structure, Utilisateur
from tests.administration.conftest import Console
from tests.factories import PassageFactory, PersonneFactory, StructureFactory

pytestmark = pytest.mark.django_db
ADRESSE = "/admin/bilan/"
# Of one year, and of the year before: persons who came once, month by month.
VENUES = {2023: {3: 30, 5: 12}, 2022: {5: 15}}


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def venus(espace_repos: Structure) -> None:
    petite = StructureFactory(type="CSAPA", code="petite")
    for annee, mois in VENUES.items():
        for rang, combien in mois.items():
            for structure, nombre in ((espace_repos, combien), (petite, 3)):
                for personne in PersonneFactory.create_batch(nombre, genre="H"):
                    PassageFactory(
                        structure=structure, personne=personne,
                        survenu_le=datetime(annee, rang, 10, 12, tzinfo=UTC),
                    )  # fmt: skip


def lire(client: Client, **demande: Any) -> tuple[Any, str]:
    reponse = client.get(ADRESSE, demande)
    assert reponse.status_code == 200
    texte = re.sub(r"\s+", " ", unescape(strip_tags(reponse.content.decode())).replace("\xa0", " "))
    return reponse, texte


def lignes(reponse: Any) -> dict[str, Any]:
    return {ligne["code"]: ligne for ligne in reponse.context["lignes"]}


def test_it_is_for_who_coordinates(
    console: Console, coordinatrice: Utilisateur, administratrice: Utilisateur,
    intervenante: Utilisateur,
) -> None:  # fmt: skip
    assert console(coordinatrice).get(ADRESSE).status_code == 200
    assert console(administratrice).get(ADRESSE).status_code == 403
    for client in (console(intervenante), Client()):
        assert client.get(ADRESSE).status_code == 302
    assert console(coordinatrice).post(ADRESSE).status_code == 405
    assert ADRESSE in console(coordinatrice).get("/admin/").content.decode()
    assert ADRESSE not in console(administratrice).get("/admin/").content.decode()


def test_working_figures_are_those_of_the_bilan_and_say_what_they_are(
    venus: None, console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    reponse, texte = lire(console(coordinatrice), annee=2023, structure=espace_repos.code)
    assert "Chiffres de travail" in texte
    comptes = {i["code"]: i["valeur"] for i in calculer_bilan(2023, espace_repos)["indicateurs"]}
    lus = lignes(reponse)
    assert list(lus) == [code for code in CODES if comptes[code] is not None]
    assert (lus["passages"]["valeur"], lus["passages"]["precedent"]) == ("42", "15")
    assert lus["passages"]["phrase"] == (
        "42 passages en 2023, soit 27 de plus qu'en 2022 (+180\xa0%)."
    )
    assert lus["passages"]["phrase"].replace("\xa0", " ") in texte
    par_mois = {ligne["libelle"]: ligne["valeurs"] for ligne in reponse.context["par_mois"]}
    attendus = [str(VENUES[2023].get(mois, 0)) for mois in range(1, 13)]
    assert par_mois["Passages"] == attendus


def test_a_year_that_was_signed_is_shown_as_it_was_signed(
    venus: None, console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = console(coordinatrice)
    publication = signer(preparer("2023"), coordinatrice)
    PassageFactory(structure=espace_repos, survenu_le=datetime(2023, 5, 11, 12, tzinfo=UTC))
    reponse, texte = lire(client, annee=2023, structure=espace_repos.code)
    assert f"révision {publication.revision}" in texte
    assert lignes(reponse)["passages"]["valeur"] == "42"
    # Its months were not signed: shown, they would tell what is masked.
    assert reponse.context["par_mois"] == []
    assert '<svg class="courbe"' not in reponse.content.decode()
    assert "Aucun mois de cette année n'est publié" in texte
    masquee, texte = lire(client, annee=2023, structure="petite")
    assert lignes(masquee)["passages"]["valeur"] == "masqué"
    assert lignes(masquee)["passages"]["phrase"] == ""
    assert "moins de onze personnes" in texte
    de_travail, _ = lire(client, annee=2023, structure=espace_repos.code, chiffres="travail")
    assert lignes(de_travail)["passages"]["valeur"] == "43"
    signer(preparer("2023-03"), coordinatrice)
    reponse, _ = lire(client, annee=2023, structure=espace_repos.code)
    par_mois = {ligne["libelle"]: ligne["valeurs"] for ligne in reponse.context["par_mois"]}
    assert par_mois["Passages"] == [*["—"] * 2, "30", *["—"] * 9]
    # One month is no curve: the two years say more.
    assert '<svg class="courbe"' not in reponse.content.decode()
    assert "Les deux années" in reponse.content.decode()
    masquee, _ = lire(client, annee=2023, structure="petite")
    par_mois = {ligne["libelle"]: ligne["valeurs"] for ligne in masquee.context["par_mois"]}
    assert par_mois["Passages"] == [*["—"] * 2, "masqué", *["—"] * 9]


@pytest.mark.parametrize("ou", ["", "petite"])
def test_a_month_that_was_taken_out_is_said_to_be(
    ou: str, venus: None, console: Console, coordinatrice: Utilisateur,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Also where nothing was counted, which is not told either."""
    niveau = Niveau.STRUCTURE if ou else Niveau.RESEAU
    retire = Groupe("passages", niveau, TOUS, "")
    signer(preparer("2023"), coordinatrice)
    signer(preparer("2023-04"), coordinatrice)
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: Masque(groupes={retire}))
    for mois in ("2023-02", "2023-03"):
        publication = signer(preparer(mois), coordinatrice)
        assert publication.chiffres.filter(code=TOUS, indicateur="passages").count() == 1
    reponse, texte = lire(console(coordinatrice), annee=2023, structure=ou)
    par_mois = {ligne["libelle"]: ligne["valeurs"] for ligne in reponse.context["par_mois"]}
    assert par_mois["Passages"] == ["—", "retiré", "retiré", "0", *["—"] * 8]
    assert "« retiré »" in texte
    # One row stands for every structure, also for one that came since.
    StructureFactory(type="CSAPA", code="neuve")
    reponse, _ = lire(console(coordinatrice), annee=2023, structure="neuve")
    par_mois = {ligne["libelle"]: ligne["valeurs"] for ligne in reponse.context["par_mois"]}
    attendus = ["—", "retiré", "retiré", *["—"] * 9]
    assert par_mois.get("Passages") == (attendus if niveau == Niveau.STRUCTURE else None)


def test_what_was_not_signed_is_said_not_to_be(
    console: Console, coordinatrice: Utilisateur
) -> None:
    reponse, texte = lire(console(coordinatrice), annee=2021, chiffres="publies")
    assert "Cette période n'est pas publiée." in texte
    assert "lignes" not in reponse.context


def test_a_typed_figure_stands_beside_and_is_marked(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    ChiffreSaisi.objects.create(
        indicateur="injonctions_therapeutiques", annee=2023, evolution_pct=18,
        source="Communiqué", source_le=date(2023, 11, 30),
    )  # fmt: skip
    _, texte = lire(console(coordinatrice), annee=2023)
    assert "Injonctions thérapeutiques saisi" in texte
    assert "+18 % en 2023 sur un an. Source : Communiqué (30 novembre 2023)." in texte
    _, texte = lire(console(coordinatrice), annee=2023, structure=espace_repos.code)
    assert "Injonctions" not in texte


@pytest.mark.parametrize(
    "demande",
    [
        {"annee": "abc"}, {"annee": 1999}, {"annee": 2025}, {"annee": ""}, {"annee": "9" * 30},
        {"annee": 2023, "structure": "nulle-part"}, {"annee": 2023, "type": "PRISON"},
        {"annee": 2023, "chiffres": "faux"}, {"annee": "²"}, {"annee": "2023\x00"},
        {"annee": 2023, "structure": "espace-repos-chapelle", "type": "HSA"},
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_said_at_the_field(
    demande: dict[str, Any], console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    reponse, _ = lire(console(coordinatrice), **demande)
    assert reponse.context["form"].errors
    assert "bilan" not in reponse.context


def test_a_page_takes_the_same_queries_whatever_came(
    venus: None, console: Console, coordinatrice: Utilisateur, espace_repos: Structure,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = console(coordinatrice)
    lire(client)
    for demande in ({}, {"structure": espace_repos.code}):
        with django_assert_max_num_queries(45):
            lire(client, annee=2023, **demande)


RAPPORT = f"{ADRESSE}asa-caarud/"


def test_the_report_of_the_structure_is_a_link_away(
    console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    client = console(coordinatrice)
    for chiffres in ("travail", "publies"):  # also where nothing was published
        demande = {"annee": 2023, "structure": espace_repos.code, "chiffres": chiffres}
        reponse, texte = lire(client, **demande)
        assert "Rapport ASA-CAARUD (XLSX)" in texte
        (lien,) = re.findall(rf'href="({RAPPORT}[^"]*)"', reponse.content.decode())
        fichier = client.get(unescape(lien))
        assert fichier.status_code == 200
        nom = f"asa-caarud-2023-{espace_repos.code}.xlsx"
        assert fichier["Content-Disposition"] == f'attachment; filename="{nom}"'
        assert "no-store" in fichier["Cache-Control"]
        assert openpyxl.load_workbook(io.BytesIO(fichier.content))["3 File active"]
    for demande in ({"annee": 2023}, {"annee": 2023, "type": "CAARUD"}):
        assert RAPPORT not in lire(client, **demande)[0].content.decode()


def test_the_report_is_for_who_coordinates(
    console: Console, coordinatrice: Utilisateur, administratrice: Utilisateur,
    intervenante: Utilisateur, ars: Utilisateur, espace_repos: Structure,
) -> None:  # fmt: skip
    demande = {"annee": 2023, "structure": espace_repos.code}
    assert console(administratrice).get(RAPPORT, demande).status_code == 403
    for client in (console(intervenante), console(ars), Client()):
        assert client.get(RAPPORT, demande).status_code == 302
    assert console(coordinatrice).post(RAPPORT, demande).status_code == 405


@pytest.mark.parametrize(
    "demande",
    [{"annee": "2023"}, {"annee": "2025", "structure": "espace-repos-chapelle"},
     {"annee": "2023", "structure": "nulle-part"}],
    ids=str,
)  # fmt: skip
def test_a_report_that_makes_no_sense_is_said_at_the_field_of_the_page(
    demande: dict[str, str], console: Console, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    reponse = console(coordinatrice).get(RAPPORT, demande)
    assert reponse.status_code == 302
    assert reponse["Location"] == f"{ADRESSE}?{urlencode(demande)}"
