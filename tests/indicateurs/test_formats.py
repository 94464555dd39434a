"""The same figures in every form, read by programs that are not ours; sent again if they moved."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
import time_machine
from django.utils.http import http_date
from pyjstat import pyjstat
from rest_framework.renderers import JSONRenderer

from accueil.models import Passage
from commun.horloge import maintenant
from indicateurs.catalogue import INDICATEURS, PAR_CODE
from indicateurs.enums import IndicateurSaisi
from indicateurs.models import ChiffreSaisi, Partenaire, Publication
from indicateurs.publications.preparation import preparer, signer
from indicateurs.sources import Axe
from socle.enums import Genre
from socle.models import Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    PassageFactory,
    PersonneFactory,
    StructureFactory,
    UtilisateurFactory,
    identifiant,
)

pytestmark = pytest.mark.django_db
RACINE = "/api/v1/indicateurs/"
SERIE = f"{RACINE}series/?indicateur=passages&par=annee&ventilation=genre"
BILAN = f"{RACINE}bilan/?annee=2023"
POUR_100 = f"{RACINE}series/?indicateur=actes_pour_100_passages&par=annee"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def client(espace_repos: Structure, coordinatrice: Utilisateur, api: Api) -> Any:
    """A partner's; two years are signed, with something masked in them."""
    for annee, hommes, femmes in ((2022, 20, 12), (2023, 30, 4)):
        for passage in passer(espace_repos, annee, hommes):
            ActeFactory(contact=passage.contact)
        passer(espace_repos, annee, femmes, Genre.F)
        signer(preparer(str(annee)), coordinatrice)
    ars = UtilisateurFactory(role="PARTENAIRE", organisme=None)
    Partenaire.objects.create(utilisateur=ars, niveaux=["RESEAU"])
    return api(ars)


def passer(structure: Structure, annee: int, combien: int, genre: str = Genre.H) -> list[Passage]:
    """So many persons, each once, on a day of May."""
    return [
        PassageFactory(
            structure=structure, personne=personne,
            survenu_le=datetime(annee, 5, 10, 12, tzinfo=UTC),
        )
        for personne in PersonneFactory.create_batch(
            combien, organisme=structure.organisme, genre=genre
        )
    ]  # fmt: skip


def en_dict(client: Any, adresse: str) -> dict[tuple[Any, ...], Any]:
    """The values of series, as the JSON says them."""
    return {
        (serie["code"], point["periode"]): (point["valeur"], point["secret"])
        for serie in client.get(adresse).json()["series"]
        for point in serie["points"]
    }


def test_plain_csv_is_rfc_4180(client: Any) -> None:
    reponse = client.get(f"{SERIE}&format=csv")
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    lignes = reponse.content.decode()
    assert lignes.count("\r\n") == lignes.count("\n")
    lues = {
        (ligne["code"], ligne["periode"]): (
            int(ligne["valeur"]) if ligne["valeur"] else None, ligne["secret"] == "true"
        )
        for ligne in csv.DictReader(io.StringIO(lignes, newline=""))
    }  # fmt: skip
    assert lues == {(code or "_T", p): v for (code, p), v in en_dict(client, SERIE).items()}
    assert any(secret for _, secret in lues.values())


@pytest.mark.parametrize("forme", ["csv", "csv-fr", "xlsx"])
def test_in_a_table_the_whole_and_what_is_not_known_have_a_code(
    forme: str, client: Any, coordinatrice: Utilisateur, espace_repos: Structure
) -> None:
    """A period and a code name one row."""
    Partenaire.objects.update(niveaux=["RESEAU", "ARRONDISSEMENT"])
    for structure in (espace_repos, StructureFactory(arrondissement="75010")):
        if structure == espace_repos:
            Structure.objects.filter(pk=structure.pk).update(arrondissement="")
        passer(structure, 2021, 15)
    signer(preparer("2021"), coordinatrice)
    adresse = f"{RACINE}series/?indicateur=passages&par=annee&annee=2021&ventilation=arrondissement"
    attendus = {"_T": 30, "_U": 15, "75010": 15}
    assert {code: v for (code, _), (v, _) in en_dict(client, adresse).items()} == {
        None: 30, "": 15, "75010": 15,
    }  # fmt: skip
    reponse = client.get(f"{adresse}&format={forme}")
    lignes: Any
    if forme == "xlsx":
        classeur = openpyxl.load_workbook(io.BytesIO(reponse.content))
        entetes, *suite = classeur[classeur.sheetnames[0]].iter_rows(values_only=True)
        lignes = [dict(zip(entetes, ligne, strict=True)) for ligne in suite]
    else:
        texte = io.StringIO(reponse.content.decode("utf-8-sig"), newline="")
        lignes = list(csv.DictReader(texte, delimiter=";" if forme == "csv-fr" else ","))
    assert len(lignes) == len(attendus)
    assert {ligne["code"]: int(ligne["valeur"]) for ligne in lignes} == attendus


def test_french_csv_is_what_a_french_spreadsheet_opens(client: Any) -> None:
    reponse = client.get(f"{POUR_100}&format=csv-fr")
    assert reponse.content.startswith("\ufeff".encode())
    lignes = list(
        csv.DictReader(io.StringIO(reponse.content.decode("utf-8-sig"), newline=""), delimiter=";")
    )
    lues = {ligne["periode"]: float(ligne["valeur"].replace(",", ".")) for ligne in lignes}
    assert lues == {periode: v for (_, periode), (v, _) in en_dict(client, POUR_100).items()}
    assert all("," in ligne["valeur"] for ligne in lignes)
    assert {ligne["secret"] for ligne in lignes} == {"non"}


@pytest.mark.parametrize("forme", ["csv", "csv-fr"])
@pytest.mark.parametrize("debut", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_runs_in_a_spreadsheet(
    debut: str, forme: str, api: Api, coordinatrice: Utilisateur
) -> None:
    source = f"{debut}SOMME(A1:A9)"
    for annee, valeur in ((2022, 118), (2023, 100)):
        ChiffreSaisi.objects.create(
            indicateur=IndicateurSaisi.values[0], source=source, auteur=coordinatrice,
            source_le=date(2024, 2, 1), annee=annee, valeur=valeur,
        )  # fmt: skip
    lu = api(coordinatrice).get(f"{BILAN}&format={forme}")
    texte = lu.content.decode("utf-8-sig")
    separateur = ";" if forme == "csv-fr" else ","
    *_, saisi = csv.DictReader(io.StringIO(texte, newline=""), delimiter=separateur)
    assert (saisi["source"], saisi["ecart"]) == (f"'{source}", "-18")
    assert float(saisi["ecart_pct"].replace(",", ".")) == pytest.approx(-15.2542)


@pytest.mark.parametrize(
    "source", ["external:C:\\a.exe", "internal:A!A1", "mailto:a@b.c", "http://a"]
)
def test_no_text_is_a_link_in_a_workbook(source: str, api: Api, coordinatrice: Utilisateur) -> None:
    ChiffreSaisi.objects.create(
        indicateur=IndicateurSaisi.values[0], source=source, auteur=coordinatrice,
        source_le=date(2024, 2, 1), annee=2023, valeur=100,
    )  # fmt: skip
    lu = api(coordinatrice).get(f"{BILAN}&format=xlsx")
    cases = [
        case
        for feuille in openpyxl.load_workbook(io.BytesIO(lu.content))
        for ligne in feuille.iter_rows()
        for case in ligne
    ]
    assert source in {case.value for case in cases}
    assert all(case.hyperlink is None for case in cases)


def test_a_workbook_has_a_sheet_a_theme_and_the_definitions(client: Any) -> None:
    reponse = client.get(f"{BILAN}&format=xlsx")
    classeur = openpyxl.load_workbook(io.BytesIO(reponse.content))
    bilan = client.get(BILAN).json()["indicateurs"]
    themes = dict.fromkeys(PAR_CODE[i["code"]].theme.label for i in bilan)
    assert set(classeur.sheetnames) == {*themes, "Définitions"}
    assert classeur.sheetnames[-1] == "Définitions"
    lues: dict[str, Any] = {}
    for nom in themes:
        entetes, *lignes = classeur[nom].iter_rows(values_only=True)
        for ligne in lignes:
            cellules = dict(zip(entetes, ligne, strict=True))
            lues[str(cellules["code"])] = cellules["valeur"]
    assert lues == {i["code"]: "masqué" if i["secret"] else i["valeur"] for i in bilan}
    assert "masqué" in lues.values()
    _, *definitions = classeur["Définitions"].iter_rows(values_only=True)
    assert {d[0]: d[3] for d in definitions} == {
        i["code"]: PAR_CODE[i["code"]].definition for i in bilan
    } | {"connu_le": "À l'heure de Paris. Ce qui était saisi à cet instant est compté."}


@pytest.mark.parametrize(
    ("adresse", "jours", "instants"),
    [
        (SERIE, {"debut", "fin"}, {"connu_le"}),
        (BILAN, {"source_le"}, {"connu_le"}),
        (f"{RACINE}publications/?", {"debut", "fin"}, {"connu_le", "signee_le"}),
    ],
)
def test_in_a_workbook_dates_are_dates_at_the_hour_of_paris(
    adresse: str, jours: set[str], instants: set[str], client: Any, coordinatrice: Utilisateur
) -> None:
    ChiffreSaisi.objects.create(
        indicateur=IndicateurSaisi.values[0], source="Rapport", auteur=coordinatrice,
        source_le=date(2024, 2, 1), annee=2023, valeur=118,
    )  # fmt: skip
    classeur = openpyxl.load_workbook(io.BytesIO(client.get(f"{adresse}&format=xlsx").content))
    vus: dict[str, set[Any]] = {}
    for nom in classeur.sheetnames[:-1]:
        entetes, *lignes = classeur[nom].iter_rows()
        for entete, *cases in zip(entetes, *lignes, strict=True):
            dates = [case for case in cases if case.is_date and case.value is not None]
            vus.setdefault(entete.value, set()).update(case.value for case in dates)
            assert len({case.number_format for case in dates}) <= 1
    trouves = {nom: valeurs for nom, valeurs in vus.items() if valeurs}
    assert trouves.keys() == jours | instants
    # At eleven in London it is noon in Paris.
    assert all(trouves[nom] == {datetime(2024, 3, 10, 12)} for nom in instants)
    if "debut" in jours:
        assert trouves["debut"] == {datetime(2022, 1, 1), datetime(2023, 1, 1)}
        assert trouves["fin"] == {datetime(2023, 1, 1), datetime(2024, 1, 1)}
    else:
        assert trouves["source_le"] == {datetime(2024, 2, 1)}


def test_the_catalogue_s_table_tells_breakdowns_and_what_a_rate_divides(
    api: Api, coordinatrice: Utilisateur
) -> None:
    client = api(coordinatrice)
    attendues = {
        i["code"]: (" ".join(i["ventilations"]), " ".join(i["rapport"] or ()), i["publie"])
        for i in client.get(RACINE).json()["indicateurs"]
    }
    assert attendues["taux_occupation"][1:] == ("nuitees nuits_disponibles", True)
    assert not attendues["couverture"][2]
    texte = io.StringIO(client.get(f"{RACINE}?format=csv").content.decode(), newline="")
    lues = {ligne["code"]: (ligne["ventilations"], ligne["rapport"], ligne["publie"] == "true")
            for ligne in csv.DictReader(texte)}  # fmt: skip
    assert lues == attendues
    classeur = openpyxl.load_workbook(io.BytesIO(client.get(f"{RACINE}?format=xlsx").content))
    lues = {}
    for nom in classeur.sheetnames[:-1]:
        entetes, *lignes = classeur[nom].iter_rows(values_only=True)
        for ligne in (dict(zip(entetes, li, strict=True)) for li in lignes):
            dites = (ligne["ventilations"] or "", ligne["rapport"] or "", ligne["publie"] == "oui")
            lues[ligne["code"]] = dites
    assert lues == attendues


@pytest.mark.parametrize("forme", ["csv", "csv-fr", "xlsx"])
def test_a_table_is_a_file_with_a_name(forme: str, client: Any) -> None:
    extension = forme.removesuffix("-fr")
    for adresse, nom in ((BILAN, "bilan-2023"), (SERIE, "passages-par-annee")):
        reponse = client.get(f"{adresse}&format={forme}")
        assert reponse["Content-Disposition"] == f'attachment; filename="{nom}.{extension}"'
    assert "Content-Disposition" not in client.get(BILAN)
    refus = client.get(f"{RACINE}bilan/?format={forme}")
    assert (refus.status_code, "Content-Disposition" in refus) == (400, False)


@pytest.mark.parametrize("adresse", [SERIE, POUR_100, f"{SERIE}&annee=2023"])
def test_json_stat_is_read_by_another_s_reader(client: Any, adresse: str) -> None:
    reponse = client.get(f"{adresse}&format=json-stat")
    donnees = pyjstat.Dataset.read(reponse.content.decode())
    tableau = donnees.write("dataframe", naming="id")
    ventile = "ventilation" in tableau
    lues = {
        (ligne.ventilation if ventile else "_T", ligne.periode): None
        if ligne.value is None or ligne.value != ligne.value
        else ligne.value
        for ligne in tableau.itertuples()
    }
    attendues = {
        (code or "_T", periode): valeur for (code, periode), (valeur, _) in
        en_dict(client, adresse).items()
    }  # fmt: skip
    assert lues == attendues
    cube = json.loads(reponse.content)
    masques = [n for n, valeur in enumerate(cube["value"]) if str(n) in cube["status"]]
    assert all(cube["value"][n] is None for n in masques)
    assert bool(masques) == ventile


def test_a_bilan_as_json_stat(client: Any, coordinatrice: Utilisateur) -> None:
    """With the year before it, what differs, and what was typed in."""
    saisis = ({"annee": 2023, "valeur": 118}, {"annee": 2022, "valeur": 100})
    for saisie in saisis:
        ChiffreSaisi.objects.create(
            indicateur=IndicateurSaisi.values[0], source="Rapport", auteur=coordinatrice,
            source_le=date(2024, 2, 1), **saisie,
        )  # fmt: skip
    bilan = client.get(BILAN).json()
    texte = client.get(f"{BILAN}&format=json-stat").content.decode()
    tableau = pyjstat.Dataset.read(texte).write("dataframe", naming="id")
    lues = {
        (ligne.indicateur, ligne.periode, ligne.mesure): None
        if ligne.value is None or ligne.value != ligne.value
        else ligne.value
        for ligne in tableau.itertuples()
    }
    attendues: dict[tuple[str, str, str], Any] = {}
    for ligne in (*bilan["indicateurs"], *bilan["saisis"]):
        for mesure in ("valeur", "ecart", "ecart_pct"):
            avant = ligne["precedent"] if mesure == "valeur" else None
            attendues[ligne["code"], "2022", mesure] = avant
            attendues[ligne["code"], "2023", mesure] = ligne[mesure]
    assert lues == attendues
    saisi = IndicateurSaisi.values[0]
    assert [lues[saisi, an, "valeur"] for an in ("2022", "2023")] == [100, 118]
    assert lues[saisi, "2023", "ecart_pct"] == 18
    assert (lues["passages", "2022", "valeur"], lues["passages", "2023", "valeur"]) == (32, 34)
    cube = json.loads(texte)
    assert cube["extension"]["saisis"] == [saisi]
    figures = cube["dimension"]["indicateur"]["category"]
    assert figures["note"] == {saisi: ["Saisi. Source : Rapport, 2024-02-01."]}
    # What is masked is so of the year, in each of its measures, and of no other.
    masques = {i["code"] for i in bilan["indicateurs"] if i["secret"]}
    rangs = {int(rang) for rang, statut in cube["status"].items() if statut == "secret"}
    combien = len(figures["index"])
    assert masques
    assert rangs == {
        (combien + figures["index"].index(code)) * 3 + mesure
        for code in masques
        for mesure in range(3)
    }


@pytest.mark.parametrize("forme", ["json", "csv", "csv-fr", "xlsx", "json-stat"])
def test_what_has_not_changed_is_not_sent_again(
    forme: str, client: Any, coordinatrice: Utilisateur, horloge: Any
) -> None:
    adresse = f"{BILAN}&format={forme}"
    premiere = client.get(adresse)
    assert premiere["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Authorization"} <= set(premiere["Vary"].split(", "))
    etag = premiere["ETag"]
    horloge.shift(60)
    reponse = client.get(adresse, HTTP_IF_NONE_MATCH=etag)
    assert (reponse.status_code, reponse.content) == (304, b"")
    assert client.get(f"{BILAN}&format=json", HTTP_IF_NONE_MATCH='"autre"').status_code == 200
    horloge.shift(3600)
    signer(preparer("2023"), coordinatrice)
    assert client.get(adresse, HTTP_IF_NONE_MATCH=etag).status_code == 200
    statuts = Publication.objects.signees().count(), client.get(adresse)["ETag"] != etag
    assert statuts == (3, True)


@pytest.mark.parametrize("adresse", [RACINE, f"{RACINE}publications/"])
def test_nor_are_the_catalogue_and_the_publications(
    adresse: str, client: Any, api: Api, coordinatrice: Utilisateur, horloge: Any
) -> None:
    for qui in (client, api(coordinatrice)):
        etag = qui.get(adresse)["ETag"]
        horloge.shift(60)
        assert qui.get(adresse, HTTP_IF_NONE_MATCH=etag).status_code == 304
    etag = client.get(adresse)["ETag"]
    if adresse == RACINE:
        Partenaire.objects.update(indicateurs=["passages"])
    else:
        signer(preparer("2023"), coordinatrice)
    assert client.get(adresse, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_a_date_alone_keeps_nothing(
    client: Any, api: Api, coordinatrice: Utilisateur, espace_repos: Structure, horloge: Any
) -> None:
    """An answer follows from what was signed, typed in and withdrawn, from the perimeter, and from
    the names of structures: whoever asks with the date of before reads what changed."""
    autre = StructureFactory(code="autre")
    partenaire = Partenaire.objects.get()
    partenaire.niveaux = ["RESEAU", "STRUCTURE", "TYPE"]
    partenaire.save()
    partenaire.structures.add(espace_repos)
    par_structure = f"{RACINE}series/?indicateur=passages&par=annee&ventilation=structure"

    def saisir(**saisie: Any) -> None:
        corps = {"uuid": identifiant(), "indicateur": IndicateurSaisi.values[0], "annee": 2023,
                 "source": "Communiqué", "source_le": "2023-11-30"}  # fmt: skip
        reponse = api(coordinatrice).post(f"{RACINE}saisis/", corps | saisie)
        assert reponse.status_code == 201, reponse.json()

    def signer_plus() -> None:
        for structure in (espace_repos, autre):
            passer(structure, 2022, 15)
        signer(preparer("2022"), coordinatrice)

    def choisir(**reglages: Any) -> None:
        Partenaire.objects.update(**reglages)

    for quoi, adresse, changer in (
        ("signed", BILAN, signer_plus),
        ("typed in", BILAN, lambda: saisir(valeur=118)),
        ("withdrawn", BILAN, lambda: saisir(retire=True)),
        ("opened", par_structure, lambda: partenaire.structures.add(autre)),
        ("renamed", par_structure, lambda: Structure.objects.filter(pk=autre.pk).update(nom="Zou")),
        ("closed", par_structure, lambda: partenaire.structures.remove(espace_repos)),
        ("fewer figures", BILAN, lambda: choisir(indicateurs=["passages"])),
        ("signed later", BILAN, lambda: signer(preparer("2023"), coordinatrice)),
    ):
        horloge.shift(60)
        avant = client.get(adresse)
        depuis = {"HTTP_IF_MODIFIED_SINCE": avant["Last-Modified"]}
        assert client.get(adresse, **depuis).status_code == 304
        assert client.get(adresse, HTTP_IF_NONE_MATCH=avant["ETag"]).status_code == 304
        horloge.shift(60)
        tout_a_l_heure = {"HTTP_IF_MODIFIED_SINCE": http_date(maintenant().timestamp())}
        assert client.get(adresse, **tout_a_l_heure).status_code == 304
        changer()  # in the second in which it was given last
        plus_tard = {"HTTP_IF_MODIFIED_SINCE": http_date(maintenant().timestamp() + 3600)}
        for entete in (depuis, tout_a_l_heure, plus_tard):
            apres = client.get(adresse, **entete)
            assert (apres.status_code, apres["ETag"] != avant["ETag"]) == (200, True), quoi
        assert client.get(adresse, HTTP_IF_NONE_MATCH=avant["ETag"]).status_code == 200, quoi
    choisir(niveaux=["RESEAU"])
    ferme = client.get(par_structure, HTTP_IF_NONE_MATCH=client.get(BILAN)["ETag"])
    assert ferme.status_code == 403


def test_an_older_revision_is_read_as_it_was(
    client: Any, coordinatrice: Utilisateur, espace_repos: Structure, horloge: Any
) -> None:
    adresses = [
        f"{RACINE}bilan/?annee=2023", f"{RACINE}series/?indicateur=passages&par=annee",
        f"{RACINE}series/?indicateur=file_active&par=annee&ventilation=genre",
    ]  # fmt: skip
    avant = [client.get(adresse).json() for adresse in adresses]
    assert {i["code"]: i["precedent"] for i in avant[0]["indicateurs"]}["passages"] == 32
    premiers = [p for p in Publication.objects.signees() if p.revision == 1]
    horloge.shift(3600)
    # The year before is revised too: beside the older revision stands what was signed by then.
    passer(espace_repos, 2022, 15)
    for annee in ("2022", "2023"):
        signer(preparer(annee), coordinatrice)
    apres = client.get(adresses[0]).json()["indicateurs"]
    assert {i["code"]: i["precedent"] for i in apres}["passages"] == 47
    assert [client.get(adresse).json() for adresse in adresses] != avant
    assert [client.get(f"{adresse}&revision=1").json() for adresse in adresses] == avant
    # Each point says of when it is.
    points = client.get(adresses[1]).json()["series"][0]["points"]
    for point in points:
        publication = Publication.objects.get(periode=point["periode"], revision=2)
        assert datetime.fromisoformat(point["connu_le"]) == publication.connu_le
    lu = io.StringIO(client.get(f"{adresses[1]}&revision=1&format=csv").content.decode())
    dits = {
        ligne["periode"]: datetime.fromisoformat(ligne["connu_le"]) for ligne in csv.DictReader(lu)
    }
    assert dits == {publication.periode: publication.connu_le for publication in premiers}
    for adresse in adresses:
        for revision in (0, 32768, 99999999999):
            assert client.get(f"{adresse}&revision={revision}").status_code == 400


def test_what_is_counted_now_is_never_kept(
    client: Any, coordinatrice: Utilisateur, api: Api
) -> None:
    reponse = api(coordinatrice).get(BILAN)
    assert "ETag" not in reponse
    assert reponse["Cache-Control"] == "no-store"
    assert "ETag" in api(coordinatrice).get(f"{BILAN}&publie=true")


@pytest.mark.parametrize("forme", ["csv", "csv-fr", "xlsx"])
@pytest.mark.parametrize("adresse", [RACINE, f"{RACINE}publications/"])
def test_the_catalogue_and_the_publications_too(adresse: str, forme: str, client: Any) -> None:
    reponse = client.get(adresse, {"format": forme})
    assert reponse.status_code == 200
    assert reponse.content


@pytest.mark.parametrize("adresse", [RACINE, f"{RACINE}publications/"])
def test_a_list_is_no_cube(adresse: str, client: Any) -> None:
    """Refused by its name as another unknown form, and by its type as nothing acceptable."""
    par_nom = client.get(adresse, {"format": "json-stat"})
    assert par_nom.status_code == 400
    assert par_nom.json()["detail"] == "format : Format inconnu ; ici : json, csv, csv-fr, xlsx."
    par_type = client.get(adresse, headers={"Accept": "application/vnd.json-stat+json"})
    assert par_type.status_code == 406
    assert par_type["Content-Type"].startswith("application/problem+json")
    assert par_type.json()["detail"] == (
        "Formats proposés : application/json, text/csv, "
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet."
    )


@pytest.mark.parametrize("forme", ["csv", "csv-fr", "xlsx", "json-stat"])
def test_an_error_stays_a_problem_detail(forme: str, client: Any) -> None:
    reponse = client.get(f"{RACINE}bilan/?annee=1999&format={forme}")
    assert reponse.status_code == 400
    assert reponse["Content-Type"].startswith("application/problem+json")
    assert reponse.json()["status"] == 400


# Six digits and a change of as much; the whole, twenty districts, and what is of none.
GRAND = {"valeur": 123456, "precedent": 654321, "ecart": -530865, "ecart_pct": 1234.5678}
TERRITOIRES = 22


def d_une_grande_annee(reponse: dict[str, Any]) -> int:
    """The bytes of these series if they were of twelve months, of every value, and all large.

    Of a closed vocabulary, the answer has every value by itself.
    """
    series = reponse["series"]
    if reponse["ventilation"] in {Axe.STRUCTURE, Axe.ORGANISME, Axe.ARRONDISSEMENT}:
        series = [{**series[-1], "code": "75010", "libelle": "Espace de repos du nord"}]
        series *= TERRITOIRES
    mois = [{**reponse["periodes"][0], "periode": "2023-12"}] * 12
    grandes = [
        {**serie, "points": [{**serie["points"][0], **GRAND, "periode": "2023-12"}] * 12}
        for serie in series
    ]
    return len(JSONRenderer().render({**reponse, "periodes": mois, "series": grandes}))


@pytest.mark.parametrize("publie", ["true", "false"])
def test_a_year_of_statistics_is_small(
    publie: str, client: Any, api: Api, coordinatrice: Utilisateur
) -> None:
    """Under 50 kB, whatever is asked for: each figure with each of its breakdowns."""
    lecteur = api(coordinatrice)
    vus: dict[tuple[str, str], int] = {}
    for indicateur in INDICATEURS:
        for axe in ("", *indicateur.axes):
            demande = {"indicateur": indicateur.code, "par": "annee", "annee": 2023,
                       "publie": publie} | ({"ventilation": axe} if axe else {})  # fmt: skip
            reponse = lecteur.get(f"{RACINE}series/", demande)
            if publie == "true" and reponse.status_code in {400, 404}:
                continue  # never published
            vus[indicateur.code, axe] = d_une_grande_annee(reponse.json())
    assert {axe for _, axe in vus} >= {"", *Axe.values} - {Axe.CADRE}  # not published
    assert {cle: octets for cle, octets in vus.items() if octets >= 50_000} == {}
    for adresse in (BILAN, f"{RACINE}publications/", RACINE):
        assert len(client.get(adresse).content) < 50_000
