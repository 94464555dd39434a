"""What is said of a publication before it is signed: what moves and why, what is not shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
import time_machine
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from contacts.models import Contact
from hebergement.models import Sejour
from hebergement.occupation import recalculer_tout
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, Chiffre, Publication
from indicateurs.publications import preparation
from indicateurs.publications.changements import changements
from indicateurs.publications.masquage import Groupe, Masque
from indicateurs.publications.preparation import preparer, signer
from socle.models import Personne, Structure, Utilisateur
from tests.conftest import Api
from tests.factories import (
    ActeFactory,
    PassageFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db
MIDI = datetime(2023, 5, 10, 12, tzinfo=UTC)
RESEAU = "Ensemble du réseau"


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def passer(structure: Structure, personnes: int) -> list[Any]:
    return [
        PassageFactory(structure=structure, personne=personne, survenu_le=MIDI)
        for personne in PersonneFactory.create_batch(personnes, organisme=structure.organisme)
    ]


def lue(publication: Publication) -> str:
    """The page, as it is read."""
    page = render_to_string("indicateurs/changements.html", changements(publication))
    return re.sub(r"\s+", " ", unescape(strip_tags(page.replace("<", " <"))))


def test_what_is_taken_out_is_told_figure_by_figure(
    espace_repos: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole level, or a breakdown, with its number: signed, it stays out."""
    passer(espace_repos, 40)
    groupes = {
        Groupe("passages", Niveau.STRUCTURE, TOUS, ""),
        Groupe("passages", Niveau.RESEAU, TOUS, ""),
        Groupe("femmes", Niveau.RESEAU, "", "age"),
        Groupe("passages", Niveau.STRUCTURE, espace_repos.code, "genre"),
    }
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: Masque(groupes=set(groupes)))
    publication = preparer("2023")
    page = changements(publication)
    dits = [(r["libelle"], r["lieu"], r["ventilation"]) for r in page["retires"]]
    for attendu in (
        ("Passages", "Chaque structure", ""),
        ("Passages", RESEAU, ""),
        ("Femmes de la file active", RESEAU, "Âge atteint dans l'année"),
        ("Passages", f"Structure {espace_repos.code}", "Genre"),
        # A ratio goes with what it divides.
        ("Actes pour 100 passages", "Chaque structure", ""),
    ):
        assert dits.count(attendu) == 1, attendu
    assert len(dits) == publication.chiffres.filter(code=TOUS, retire=True).count()
    assert page["nombre"] == publication.chiffres.filter(retire=False).count()
    texte = lue(publication)
    assert f"Retraits : {len(dits)}." in texte
    assert f"Retirés : {len(dits)} " in texte
    assert "Passages Chaque structure aucune (le total)" in texte
    assert "Femmes de la file active Ensemble du réseau Âge atteint dans l'année" in texte
    monkeypatch.undo()
    Publication.objects.all().delete()
    assert "etir" not in lue(preparer("2023-05"))


def test_all_that_is_masked_is_listed_ratios_too(espace_repos: Structure) -> None:
    passer(espace_repos, 40)
    for passage in passer(StructureFactory(type="CSAPA", code="petite"), 3):
        ActeFactory(contact=passage.contact, survenu_le=MIDI)
    publication = preparer("2023-05")
    masques = publication.chiffres.filter(secret=True)
    assert masques.filter(exacte=None).exists()  # a ratio
    page = changements(publication)
    assert len(page["masques"]) == masques.count()
    lieux = {(m["libelle"], m["lieu"]) for m in page["masques"]}
    assert {("Passages", "Type de structure CSAPA"), ("Actes pour 100 passages", "Structure petite")
            } <= lieux  # fmt: skip
    texte = lue(publication)
    assert f"dont masqués : {masques.count()}." in texte
    assert f"Masqués : {masques.count()} " in texte
    assert "Actes pour 100 passages Structure petite rapport" in texte


def lignes(publication: Publication, libelle: str) -> dict[str, Any]:
    """What the page says of a figure of the network, whether it moves or waits."""
    page = changements(publication)
    (ligne,) = [
        c for c in (*page["changes"], *page["autres"]) if (c["libelle"], c["lieu"]) ==
        (libelle, RESEAU)
    ]  # fmt: skip
    return ligne


def test_where_rows_do_not_say_when_they_came_nobody_says_why(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Stays that ended, and nights: neither late nor corrected, as far as we know."""
    site = SiteFactory(structure=espace_repos)
    passer(espace_repos, 40)

    def loger(combien: int) -> None:
        for personne in PersonneFactory.create_batch(combien, organisme=espace_repos.organisme):
            SejourFactory(
                place=PlaceFactory(site=site, ouverte_le=date(2023, 4, 1)), personne=personne,
                arrivee=date(2023, 5, 2), depart=date(2023, 5, 5),
            )  # fmt: skip
        recalculer_tout()

    loger(20)
    signer(preparer("2023-05"), coordinatrice)
    horloge.shift(timedelta(hours=1))
    loger(15)
    passer(espace_repos, 15)
    assert Sejour.objects.count() == 35
    seconde = preparer("2023-05")
    for libelle, ecart in (("Sorties", 15), ("Nuitées", 45)):
        ligne = lignes(seconde, libelle)
        assert (ligne["ecart"], ligne["tardives"], ligne["corrigees"]) == (ecart, None, None)
    passages = lignes(seconde, "Passages")
    assert (passages["ecart"], passages["tardives"], passages["corrigees"]) == (15, 15, 0)
    texte = lue(seconde)
    assert "Sorties Ensemble du réseau 20 0 on ne le sait pas 35 0" in texte
    assert "le service ne garde pas quand chaque ligne est arrivée" in texte
    assert "Passages Ensemble du réseau 40 0 15 0 55 0" in texte


def test_who_comes_again_is_no_late_person(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Of persons, no more came late than there are more."""
    connues = passer(espace_repos, 40)
    signer(preparer("2023-05"), coordinatrice)
    horloge.shift(timedelta(hours=1))
    for passage in connues[:30]:
        PassageFactory(
            structure=espace_repos, personne=passage.contact.personne,
            survenu_le=MIDI + timedelta(hours=1),
        )  # fmt: skip
    passer(espace_repos, 12)
    seconde = preparer("2023-05")
    passages, personnes = (lignes(seconde, nom) for nom in ("Passages", "Personnes passées"))
    assert (passages["ecart"], passages["tardives"], passages["corrigees"]) == (42, 42, 0)
    chiffre = Chiffre.objects.get(
        publication=seconde, indicateur="passages_personnes", niveau=Niveau.RESEAU, axe=""
    )
    assert chiffre.tardives == 12
    assert (personnes["ecart"], personnes["tardives"], personnes["corrigees"]) == (12, 12, 0)


def test_the_list_says_that_something_waits_and_the_page_how_much(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any, api: Api
) -> None:
    """Complements wait too, and are nobody's figure."""
    passer(espace_repos, 40)
    signer(preparer("2023-05"), coordinatrice)
    horloge.shift(timedelta(hours=1))
    passer(espace_repos, 3)
    passer(StructureFactory(type="HSA"), 3)
    seconde = signer(preparer("2023-05"), coordinatrice)
    attendent = seconde.chiffres.exclude(attente=0)
    assert attendent.filter(retire=True).exists()
    publications = api(coordinatrice).get("/api/v1/indicateurs/publications/").json()
    derniere = publications["publications"][0]
    assert derniere["revision"] == 2
    page = changements(seconde)
    attendues = page["attentes"]
    assert page["nouvelles"] == []
    assert derniere["corrections_en_attente"] is True
    sans_chiffre = seconde.attentes_sans_chiffre.count()
    assert sans_chiffre > 0
    assert attendues == attendent.filter(retire=False).count() + sans_chiffre


@pytest.mark.parametrize("genre", ["F", "H"])
def test_what_waits_does_not_say_of_whom(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any, api: Api, genre: str
) -> None:
    """Of a woman, more figures wait than of a man."""
    passer(espace_repos, 40)
    signer(preparer("2023-05"), coordinatrice)
    horloge.shift(timedelta(hours=1))
    PassageFactory(structure=espace_repos, personne=PersonneFactory(genre=genre), survenu_le=MIDI)
    signer(preparer("2023-05"), coordinatrice)
    publications = api(coordinatrice).get("/api/v1/indicateurs/publications/").json()
    assert [p["corrections_en_attente"] for p in publications["publications"]] == [True, False]


def publier_et_attendre(coordinatrice: Utilisateur, horloge: Any, code: str) -> Publication:
    horloge.shift(timedelta(hours=1))
    publication = preparer(code)
    signer(publication, coordinatrice)
    horloge.shift(timedelta(hours=1))
    return publication


@pytest.mark.parametrize("longue", ["2023-T2", "2023"])
def test_a_longer_period_says_what_came_late_though_its_month_wrote_it(
    longue: str, espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Written by the month's revision, and counted there; and what came late before the longer one
    was signed is nothing that changed in it."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    passer(espace_repos, 60)
    publier("2023-05")
    passer(espace_repos, 15)
    publier("2023-05")
    publier(longue)
    for combien in (20, 3):
        passer(espace_repos, combien)
        for code in ("2023-05", longue):
            ligne = lignes(publier(code), "Passages")
            assert (ligne["tardives"], ligne["corrigees"]) == (combien, 0)
            assert (ligne["ecart"], ligne["attend"]) in {(20, 0), (0, 3)}


@pytest.mark.parametrize("combien", [5, 30])
def test_a_purge_is_no_correction(
    combien: int, espace_repos: Structure, coordinatrice: Utilisateur
) -> None:
    """Nothing waits for whoever is known no more: what was counted of them stays."""
    passages = passer(espace_repos, 60)
    for code in ("2023-05", "2023-T2"):
        signer(preparer(code), coordinatrice)
    gens = [passage.contact.personne_id for passage in passages[:combien]]
    Contact.objects.filter(personne__in=gens).delete()
    Personne.objects.filter(pk__in=gens).delete()
    for code in ("2023-05", "2023-T2", "2023-06"):
        revue = preparer(code)
        assert not revue.chiffres.exclude(attente=0).exists()
        if code != "2023-06":
            totaux = revue.chiffres.filter(niveau=Niveau.RESEAU, axe="")
            for figure in ("passages", "file_active"):
                assert totaux.get(indicateur=figure).exacte == 60
        signer(revue, coordinatrice)
