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
from coordination.fusions import fusionner
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
from tests.indicateurs.test_revisions_voisines import deplacer

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
        c for c in (*page["changes"], *page["attentes"]) if (c["libelle"], c["lieu"]) ==
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
    assert "Sorties Ensemble du réseau 20 35 on ne le sait pas" in texte
    assert "le service ne garde pas quand chaque ligne est arrivée" in texte
    assert "Passages Ensemble du réseau 40 55 15 0" in texte


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


def test_fewer_persons_are_a_correction_whoever_came_late(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    venues = passer(espace_repos, 40)
    signer(preparer("2023-05"), coordinatrice)
    horloge.shift(timedelta(hours=1))
    for passage in venues[:15]:
        passage.contact.personne = None
        passage.contact.save()
    passer(espace_repos, 2)
    seconde = preparer("2023-05")
    for nom, attendu in (("changes", (-15, 0, -15)), ("attentes", (2, 2, 0))):
        vues = [
            ligne
            for ligne in changements(seconde)[nom]
            if (ligne["libelle"], ligne["lieu"]) == ("Personnes passées", "Ensemble du réseau")
        ]
        assert [(v["ecart"], v["tardives"], v["corrigees"]) for v in vues] == [attendu]


def test_the_list_counts_the_corrections_that_the_page_lists(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any, api: Api
) -> None:
    """Complements wait too, and are nobody's figure."""
    passer(espace_repos, 40)
    signer(preparer("2023-05"), coordinatrice)
    horloge.shift(timedelta(hours=1))
    passer(espace_repos, 3)
    seconde = signer(preparer("2023-05"), coordinatrice)
    attendent = seconde.chiffres.exclude(attente=0)
    assert attendent.filter(retire=True).exists()
    publications = api(coordinatrice).get("/api/v1/indicateurs/publications/").json()
    derniere = publications["publications"][0]
    assert derniere["revision"] == 2
    attendues = len(changements(seconde)["attentes"])
    assert derniere["corrections_en_attente"] == attendues
    assert attendues == attendent.filter(retire=False).count() > 0


def des_passages(publication: Publication, quoi: str) -> list[tuple[int, int, int]]:
    """Why the network's visits change, or wait."""
    return [
        (ligne["ecart"], ligne["tardives"], ligne["corrigees"])
        for ligne in changements(publication)[quoi]
        if (ligne["libelle"], ligne["lieu"]) == ("Passages", "Ensemble du réseau")
    ]


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
    passer(espace_repos, 20)
    assert des_passages(publier("2023-05"), "changes") == [(20, 20, 0)]
    assert des_passages(publier(longue), "changes") == [(20, 20, 0)]
    passer(espace_repos, 3)
    for code in ("2023-05", longue):
        revue = publier(code)
        assert des_passages(revue, "changes") == []
        assert des_passages(revue, "attentes") == [(3, 3, 0)]


@pytest.mark.parametrize(
    "quoi",
    ["noms perdus", "genre", "donnees", "tardives sans nom", "tardives redonnees", "ailleurs"],
)
def test_what_was_late_before_is_late_no_more(
    quoi: str, espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Thirty came late and were counted; then twenty more did, and fifteen visits are corrected
    that moves no total: those that came late, or others."""
    autre = StructureFactory(organisme=espace_repos.organisme, type=espace_repos.type)
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    venues = passer(espace_repos, 60)
    publier("2023-05")
    publier("2023-T2")
    for _ in range(15):
        PassageFactory(structure=espace_repos, personne=None, survenu_le=MIDI)
    tardives = passer(espace_repos, 15)
    publier("2023-05")
    publier("2023-T2")
    gens = [passage.contact.personne_id for passage in tardives]
    if quoi == "genre":
        Personne.objects.filter(pk__in=gens).update(genre="AUTRE")
    for ancienne, tardive in zip(venues[:15], tardives, strict=True):
        ici, dit = {
            "noms perdus": (ancienne, {"personne": None}),
            "donnees": (ancienne, {"personne": tardive.contact.personne}),
            "tardives sans nom": (tardive, {"personne": None}),
            "tardives redonnees": (tardive, {"personne": ancienne.contact.personne}),
            "ailleurs": (tardive, {"structure": autre}),
            "genre": (tardive, {"personne": tardive.contact.personne}),
        }[quoi]
        Contact.objects.filter(pk=ici.contact_id).update(**dit)
    passer(espace_repos, 20)
    for code in ("2023-05", "2023-T2"):
        revue = publier(code)
        dites = [*des_passages(revue, "changes"), *des_passages(revue, "attentes")]
        assert [sum(nombres) for nombres in zip(*dites, strict=True)] == [20, 20, 0]


def test_what_is_corrected_before_hides_nothing_that_comes_late(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Fifteen visits lost their names, which was published; then twenty of nobody come late, beside
    fifteen of others."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    venues = passer(espace_repos, 60)
    publier("2023-05")
    publier("2023-T2")
    Contact.objects.filter(pk__in=[p.contact_id for p in venues[:15]]).update(personne=None)
    publier("2023-05")
    publier("2023-T2")
    for _ in range(20):
        PassageFactory(structure=espace_repos, personne=None, survenu_le=MIDI)
    passer(espace_repos, 15)
    for code in ("2023-05", "2023-T2"):
        revue = publier(code)
        dites = [*des_passages(revue, "changes"), *des_passages(revue, "attentes")]
        assert [sum(nombres) for nombres in zip(*dites, strict=True)] == [35, 35, 0]


def test_who_comes_late_elsewhere_is_no_late_person_of_the_network(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    autre = StructureFactory(organisme=espace_repos.organisme, type=espace_repos.type)
    venues = passer(espace_repos, 60)
    inconnues = [
        PassageFactory(structure=espace_repos, personne=None, survenu_le=MIDI) for _ in range(20)
    ]
    publier_et_attendre(coordinatrice, horloge, "2023-05")
    for venue in venues[:15]:
        PassageFactory(structure=autre, personne=venue.contact.personne, survenu_le=MIDI)
    gens = PersonneFactory.create_batch(20, organisme=espace_repos.organisme)
    for inconnue, personne in zip(inconnues, gens, strict=True):
        Contact.objects.filter(pk=inconnue.contact_id).update(personne=personne)
    revue = publier_et_attendre(coordinatrice, horloge, "2023-05")
    (dite,) = [
        (ligne["ecart"], ligne["tardives"], ligne["corrigees"])
        for ligne in changements(revue)["changes"]
        if (ligne["libelle"], ligne["lieu"]) == ("File active", RESEAU)
    ]
    assert dite == (20, 0, 20)


def test_what_waits_as_a_correction_stays_one(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Twenty came late and were shown, beside five that were put here and wait: nothing happens
    then, and they are no late entries."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    autre = StructureFactory(organisme=espace_repos.organisme, type=espace_repos.type)
    for structure in (espace_repos, autre):
        passer(structure, 40)
    en_aout = [
        PassageFactory(
            structure=autre, personne=None, survenu_le=datetime(2023, 8, 1, 12, tzinfo=UTC)
        )
        for _ in range(5)
    ]
    publier("2023-05")
    passer(espace_repos, 20)
    deplacer(en_aout, 5)
    assert des_passages(publier("2023-05"), "attentes") == [(5, 0, 5)]
    assert des_passages(publier("2023-05"), "attentes") == [(5, 0, 5)]


@pytest.mark.parametrize("longue", ["", "2023-T2"])
def test_what_waited_where_nothing_was_is_late(
    longue: str, espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Three came late where nothing had been published, which no line may tell; then twenty more
    did, and five that were put there."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    passer(espace_repos, 60)
    en_aout = [
        PassageFactory(
            structure=espace_repos, personne=None, survenu_le=datetime(2023, 8, 1, 12, tzinfo=UTC)
        )
        for _ in range(15)
    ]
    codes = [code for code in ("2023-05", longue) if code]
    for code in codes:
        publier(code)
    autre = StructureFactory(organisme=espace_repos.organisme, type=espace_repos.type)
    passer(autre, 3)
    for code in codes:
        assert not publier(code).chiffres.filter(territoire=autre.code).exists()
    passer(autre, 20)
    deplacer(en_aout, 5)
    Contact.objects.filter(pk__in=[p.contact_id for p in en_aout]).update(structure=autre)
    for code in codes:
        (dite,) = [
            (ligne["ecart"], ligne["tardives"], ligne["corrigees"])
            for ligne in changements(publier(code))["changes"]
            if (ligne["libelle"], ligne["lieu"]) == ("Passages", f"Structure {autre.code}")
        ]
        assert dite == (38, 23, 15)


def test_the_first_quarter_says_what_came_since_its_months(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """What they have written since they were counted is late no more."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    venues = passer(espace_repos, 60)
    publier("2023-05")
    for _ in range(15):
        PassageFactory(structure=espace_repos, personne=None, survenu_le=MIDI)
    passer(espace_repos, 15)
    publier("2023-05")
    Contact.objects.filter(pk__in=[p.contact_id for p in venues[:5]]).update(personne=None)
    passer(espace_repos, 4)
    assert des_passages(publier("2023-T2"), "attentes") == [(4, 4, 0)]


def test_the_first_quarter_says_what_still_waits_of_its_months(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Three came late, and waited when the month was corrected for others."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    autre = StructureFactory(organisme=espace_repos.organisme, type=espace_repos.type)
    for structure in (espace_repos, autre):
        passer(structure, 60)
    publier("2023-05")
    passer(espace_repos, 3)
    passer(autre, 15)
    revue = publier("2023-05")
    assert des_passages(revue, "changes") == [(15, 15, 0)]
    assert des_passages(revue, "attentes") == [(3, 3, 0)]
    assert des_passages(publier("2023-T2"), "attentes") == [(3, 3, 0)]


def test_a_first_quarter_after_its_year_says_what_it_leaves_waiting(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Fifteen who came late are written, and are late no more; three wait beside two visits that
    were put there."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    autre = StructureFactory(organisme=espace_repos.organisme, type=espace_repos.type)
    for structure in (espace_repos, autre):
        passer(structure, 60)
    publier("2023")
    passer(espace_repos, 3)
    passer(autre, 15)
    trimestre = publier("2023-T2")
    assert des_passages(trimestre, "attentes") == [(3, 3, 0)]
    chiffres = trimestre.chiffres.filter(indicateur="passages", axe="").exclude(attente=0)
    assert set(chiffres.values_list("attente", "attente_tardive")) == {(3, 3)}


def test_what_waits_as_a_correction_where_nothing_was_stays_one(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    """Twenty came late to a kind of structure of which nothing had been published, and are shown
    beside five visits that were put there and wait; then fifteen more are put there."""
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    passer(espace_repos, 60)
    en_aout = passer(espace_repos, 20)
    deplacer(en_aout, 8)
    publier("2023-05")
    autres = StructureFactory.create_batch(2, organisme=espace_repos.organisme, type="CSAPA")
    passer(autres[0], 20)
    Contact.objects.filter(pk__in=[p.contact_id for p in en_aout]).update(structure=autres[1])
    deplacer(en_aout[:5], 5)

    def dites(revue: Publication, quoi: str) -> list[tuple[int, int, int]]:
        return [
            (ligne["ecart"], ligne["tardives"], ligne["corrigees"])
            for ligne in changements(revue)[quoi]
            if (ligne["libelle"], ligne["lieu"]) == ("Passages", "Type de structure CSAPA")
        ]

    revue = publier("2023-05")
    assert (dites(revue, "changes"), dites(revue, "attentes")) == ([(20, 20, 0)], [(5, 0, 5)])
    deplacer(en_aout[5:], 5)
    assert dites(publier("2023-05"), "changes") == [(20, 0, 20)]


def test_a_merged_file_is_no_late_person(
    espace_repos: Structure, coordinatrice: Utilisateur, horloge: Any
) -> None:
    publier = partial(publier_et_attendre, coordinatrice, horloge)
    venues = passer(espace_repos, 60)
    inconnues = [
        PassageFactory(structure=espace_repos, personne=None, survenu_le=MIDI) for _ in range(20)
    ]
    publier("2023-05")
    gardees = PersonneFactory.create_batch(35, organisme=espace_repos.organisme)
    for venue, gardee in zip(venues[:15], gardees[:15], strict=True):
        fusionner(gardee=gardee, alias=venue.contact.personne, auteur=coordinatrice)
        PassageFactory(structure=espace_repos, personne=gardee, survenu_le=MIDI)
    for inconnue, personne in zip(inconnues, gardees[15:], strict=True):
        Contact.objects.filter(pk=inconnue.contact_id).update(personne=personne)
    revue = publier("2023-05")
    (dite,) = [
        (ligne["ecart"], ligne["tardives"], ligne["corrigees"])
        for ligne in changements(revue)["changes"]
        if (ligne["libelle"], ligne["lieu"]) == ("File active", RESEAU)
    ]
    assert dite == (20, 0, 20)


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
