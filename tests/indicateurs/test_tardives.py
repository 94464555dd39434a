"""What came late and what was corrected of each cell: told of what is counted, shown or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import pytest
import time_machine

from accueil.models import Passage
from contacts.models import Contact
from coordination.fusions import annuler, fusionner
from indicateurs.enums import Niveau
from indicateurs.models import TOUS, Publication
from indicateurs.publications import preparation
from indicateurs.publications.changements import changements
from indicateurs.publications.masquage import Groupe, Masque
from socle.enums import TypeStructure
from socle.models import Personne, Structure, Utilisateur
from tests.factories import PassageFactory, PersonneFactory, StructureFactory
from tests.indicateurs.test_changements import MIDI, RESEAU, passer, publier_et_attendre
from tests.indicateurs.test_revisions_voisines import deplacer

pytestmark = pytest.mark.django_db
AOUT = datetime(2023, 8, 1, 12, tzinfo=UTC)
Publier = Callable[[str], Publication]
# By how much what is published moves, what came late, what was corrected, and what waits.
Dit = tuple[int, int | None, int | None, int]


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


@pytest.fixture
def publier(coordinatrice: Utilisateur, horloge: Any) -> Publier:
    return partial(publier_et_attendre, coordinatrice, horloge)


@pytest.fixture
def ici(espace_repos: Structure) -> Structure:
    passer(espace_repos, 60)
    return espace_repos


@pytest.fixture
def autre(espace_repos: Structure) -> Structure:
    """Of another kind; nobody came there."""
    return StructureFactory(organisme=espace_repos.organisme, type="CSAPA")


def dites(publication: Publication) -> dict[tuple[str, str], Dit]:
    """What the page says of each cell."""
    page = changements(publication)
    lues = {}
    for ligne in (*page["changes"], *page["autres"]):
        if page["precedente"] and ligne["tardives"] is not None:
            avant = ligne["avant"] + ligne["attendait"]
            apres = ligne["apres"] + ligne["attend"]
            assert avant + ligne["tardives"] + ligne["corrigees"] == apres
        lues[ligne["libelle"], ligne["lieu"]] = (
            ligne["apres"] - ligne["avant"], ligne["tardives"], ligne["corrigees"],
            ligne["attend"],
        )  # fmt: skip
    return lues


def dit(publication: Publication, libelle: str = "Passages", lieu: str = RESEAU) -> Dit:
    return dites(publication).get((libelle, lieu), (0, 0, 0, 0))


def d_inconnus(structure: Structure, combien: int, le: datetime = MIDI) -> list[Any]:
    return [
        PassageFactory(structure=structure, personne=None, survenu_le=le) for _ in range(combien)
    ]


def d_aout(structure: Structure, combien: int) -> list[Any]:
    """Visits of persons that will be put to May."""
    passages = passer(structure, combien)
    deplacer(passages, 8)
    return passages


def contacts_de(passages: Sequence[Any]) -> Any:
    return Contact.objects.filter(pk__in=[passage.contact_id for passage in passages])


def oter(passages: Sequence[Any]) -> None:
    contacts = [passage.contact_id for passage in passages]
    Passage.objects.filter(contact__in=contacts).delete()
    Contact.objects.filter(pk__in=contacts).delete()


def genre(passages: Sequence[Any], code: str) -> None:
    gens = [passage.contact.personne_id for passage in passages]
    Personne.objects.filter(pk__in=gens).update(genre=code)


# --- Beside each other ----------------------------------------------------------------------------


@pytest.mark.parametrize("ote", [35, 20])
def test_late_ones_beside_as_many_that_are_gone(
    ote: int, ici: Structure, autre: Structure, publier: Publier
) -> None:
    venues = [*Passage.objects.all()]
    passer(autre, 60)
    publier("2023-05")
    oter(venues[:ote])
    passer(ici, 20)
    passer(autre, 2)
    assert dit(publier("2023-05")) == (20 - ote, 22, -ote, 2)


def test_late_ones_beside_others_that_were_put_here(
    ici: Structure, autre: Structure, publier: Publier
) -> None:
    passer(autre, 60)
    en_aout = d_aout(ici, 15)
    publier("2023-05")
    deplacer(en_aout, 5)
    passer(ici, 20)
    passer(autre, 5)
    assert dit(publier("2023-05")) == (35, 25, 15, 5)
    # What was late then is late no more.
    passer(autre, 11)
    assert dit(publier("2023-05")) == (16, 11, 0, 0)


@pytest.mark.parametrize("quoi", ["genre", "structure", "encore"])
def test_what_moves_no_total_is_no_correction_of_it(
    quoi: str, ici: Structure, publier: Publier
) -> None:
    """Beside five late visits, of the same persons or of others."""
    voisine = StructureFactory(organisme=ici.organisme, type=ici.type)
    passer(voisine, 60)
    venues = [*Passage.objects.filter(contact__structure=ici)[:15]]
    genre([*Passage.objects.all()], "H")
    publier("2023-05")
    if quoi == "structure":
        contacts_de(venues).update(structure=voisine)
    else:
        genre(venues, "F")
    if quoi == "encore":
        for passage in venues[:5]:
            PassageFactory(structure=ici, personne=passage.contact.personne, survenu_le=MIDI)
    else:
        passer(voisine, 5)
    revue = publier("2023-05")
    for lieu in (RESEAU, f"Type de structure {TypeStructure(ici.type).label}"):
        assert dit(revue, lieu=lieu) == (0, 5, 0, 5)


@pytest.mark.parametrize(("otes", "venus"), [(30, 20), (15, 40)])
def test_those_of_nobody_that_are_gone_do_not_hide_those_that_came(
    otes: int, venus: int, ici: Structure, publier: Publier
) -> None:
    inconnus = d_inconnus(ici, 40)
    publier("2023-05")
    oter(inconnus[:otes])
    d_inconnus(ici, venus)
    assert dit(publier("2023-05")) == (0, venus, -otes, venus - otes)


def test_nor_do_those_of_the_same_persons(ici: Structure, publier: Publier) -> None:
    """Deleted, and entered again: one more that came late, and one less."""
    venues = [*Passage.objects.all()[:20]]
    gens = [passage.contact.personne for passage in venues]
    publier("2023-05")
    oter(venues)
    for personne in gens:
        PassageFactory(structure=ici, personne=personne, survenu_le=MIDI)
    passer(ici, 15)
    revue = publier("2023-05")
    assert dit(revue) == dit(revue, "File active") == (15, 35, -20, 0)


def test_where_they_cancel_out_both_are_told(
    ici: Structure, autre: Structure, publier: Publier
) -> None:
    venues = [*Passage.objects.all()[:5]]
    passer(autre, 60)
    publier("2023-05")
    oter(venues)
    passer(autre, 5)
    assert dit(publier("2023-05")) == (0, 5, -5, 0)
    passer(autre, 12)
    assert dit(publier("2023-05")) == (17, 12, 0, -5)


# --- From one revision to the next ----------------------------------------------------------------


@pytest.mark.parametrize("longue", ["", "2023-T2"])
@pytest.mark.parametrize("libelle", ["Passages", "File active"])
def test_what_was_told_as_late_is_late_nowhere_else(
    longue: str, libelle: str, ici: Structure, autre: Structure, publier: Publier
) -> None:
    """Put afterwards to a kind of structure of which nothing had been published."""
    codes = [code for code in ("2023-05", longue) if code]
    for code in codes:
        publier(code)
    tardives = passer(ici, 20)
    for code in codes:
        assert dit(publier(code), libelle) == (20, 20, 0, 0)
    contacts_de(tardives).update(structure=autre)
    for code in codes:
        assert dit(publier(code), libelle, "Type de structure CSAPA") == (20, 0, 20, 0)


@pytest.mark.parametrize("comment", ["nom", "mois"])
def test_nor_when_it_goes_and_comes_back(comment: str, ici: Structure, publier: Publier) -> None:
    publier("2023-05")
    tardives = passer(ici, 15)
    gens = [passage.contact.personne for passage in tardives]
    assert dit(publier("2023-05"), "File active") == (15, 15, 0, 0)
    if comment == "nom":
        contacts_de(tardives).update(personne=None)
    else:
        deplacer(tardives, 8)
    assert dit(publier("2023-05"), "File active") == (-15, 0, -15, 0)
    if comment == "nom":
        for passage, personne in zip(tardives, gens, strict=True):
            contacts_de([passage]).update(personne=personne)
    else:
        deplacer(tardives, 5)
    assert dit(publier("2023-05"), "File active") == (15, 0, 15, 0)


def test_nor_once_it_gets_a_name(ici: Structure, publier: Publier) -> None:
    publier("2023-05")
    d_inconnus(ici, 15)
    tardives = d_inconnus(ici, 15)
    passer(ici, 15)
    assert dit(publier("2023-05")) == (45, 45, 0, 0)
    for passage in tardives:
        contacts_de([passage]).update(personne=PersonneFactory(organisme=ici.organisme))
    assert dit(publier("2023-05"), "File active") == (15, 0, 15, 0)


@pytest.mark.parametrize("libelle", ["Personnes passées", "File active"])
def test_who_waited_and_comes_again_is_late_once(
    libelle: str, ici: Structure, publier: Publier
) -> None:
    inconnus = d_inconnus(ici, 20)
    publier("2023-05")
    trois = passer(ici, 3)
    assert dit(publier("2023-05"), libelle) == (0, 3, 0, 3)
    for passage in trois:
        PassageFactory(structure=ici, personne=passage.contact.personne, survenu_le=MIDI)
    passer(ici, 12)
    for passage in inconnus[:11]:
        contacts_de([passage]).update(personne=PersonneFactory(organisme=ici.organisme))
    assert dit(publier("2023-05"), libelle) == (26, 12, 11, 0)


def test_what_waited_and_is_gone_is_a_correction(ici: Structure, publier: Publier) -> None:
    en_aout = d_aout(ici, 20)
    publier("2023-05")
    cinq = passer(ici, 5)
    assert dit(publier("2023-05")) == (0, 5, 0, 5)
    oter(cinq)
    deplacer(en_aout, 5)
    assert dit(publier("2023-05")) == (20, 0, 15, 0)


@pytest.mark.parametrize("attendaient", [5, 0])
def test_what_is_gone_elsewhere_and_waits_takes_nothing_from_what_is_late(
    attendaient: int, ici: Structure, autre: Structure, publier: Publier
) -> None:
    venues = [*Passage.objects.all()]
    passer(autre, 60)
    publier("2023-05")
    if attendaient:
        passer(autre, attendaient)
        assert dit(publier("2023-05")) == (0, 5, 0, 5)
    oter(venues[:5])
    passer(autre, 25 - attendaient)
    assert dit(publier("2023-05")) == (25, 25 - attendaient, -5, -5)


@pytest.mark.parametrize("quoi", ["genre", "structure", "nom"])
def test_what_changes_while_it_waits_was_late_before(
    quoi: str, ici: Structure, publier: Publier
) -> None:
    voisine = StructureFactory(organisme=ici.organisme, type=ici.type)
    passer(voisine, 60)
    d_inconnus(ici, 20)
    genre([*Passage.objects.exclude(contact__personne=None)], "H")
    publier("2023-05")
    cinq = d_inconnus(ici, 5) if quoi == "nom" else passer(ici, 5)
    assert dit(publier("2023-05")) == (0, 5, 0, 5)
    if quoi == "genre":
        genre(cinq, "F")
    elif quoi == "structure":
        contacts_de(cinq).update(structure=voisine)
    else:
        for passage in cinq:
            contacts_de([passage]).update(personne=PersonneFactory(organisme=ici.organisme))
    passer(voisine if quoi == "structure" else ici, 12)
    revue = publier("2023-05")
    assert dit(revue) == (17, 12, 0, 0)
    if quoi == "structure":
        assert dit(revue, lieu=f"Structure {ici.code}") == (0, 0, -5, 0)
        assert dit(revue, lieu=f"Structure {voisine.code}") == (17, 12, 5, 0)


@pytest.mark.parametrize("longue", ["", "2023-T2"])
@pytest.mark.parametrize("reste", [True, False])
def test_what_waits_where_nothing_is_published_is_told_and_remembered(
    longue: str, reste: bool, ici: Structure, publier: Publier
) -> None:
    """No line that partners read may tell of it: a zero would."""
    codes = [code for code in ("2023-05", longue) if code]
    for code in codes:
        publier(code)
    voisine = StructureFactory(organisme=ici.organisme, type=ici.type)
    lieu = f"Structure {voisine.code}"
    trois = passer(voisine, 3)
    for code in codes:
        revue = publier(code)
        assert not revue.chiffres.filter(territoire=voisine.code).exists()
        assert dit(revue, lieu=lieu) == dit(revue, "File active", lieu) == (0, 3, 0, 3)
    if not reste:
        oter(trois)
        for code in codes:
            assert dit(publier(code), lieu=lieu) == (0, 0, -3, 0)
            assert dit(publier(code), lieu=lieu) == (0, 0, 0, 0)
        return
    passer(voisine, 20)
    for code in codes:
        assert dit(publier(code), lieu=lieu) == (23, 20, 0, 0)


def test_what_waits_in_a_group_that_is_taken_out_is_told_no_more(
    ici: Structure, publier: Publier, monkeypatch: pytest.MonkeyPatch
) -> None:
    publier("2023-05")
    voisine = StructureFactory(organisme=ici.organisme, type=ici.type)
    passer(voisine, 3)
    assert dit(publier("2023-05"), lieu=f"Structure {voisine.code}") == (0, 3, 0, 3)
    ote = Masque(groupes={Groupe("passages", Niveau.STRUCTURE, TOUS, "")})
    monkeypatch.setattr(preparation, "choisir", lambda *_, **__: ote)
    revue = publier("2023-05")
    assert ("Passages", f"Structure {voisine.code}") not in dites(revue)
    assert ("File active", f"Structure {voisine.code}") in dites(revue)
    assert not revue.attentes_sans_chiffre.filter(indicateur="passages").exists()


def test_where_nobody_had_come_all_is_late(
    ici: Structure, autre: Structure, publier: Publier
) -> None:
    """No cell of the kind of structure was there, of which to subtract anything."""
    publier("2023-05")
    passer(autre, 20)
    revue = publier("2023-05")
    for lieu in ("Type de structure CSAPA", f"Structure {autre.code}"):
        for libelle in ("Passages", "File active"):
            assert dit(revue, libelle, lieu) == (20, 20, 0, 0)


# --- Purged ---------------------------------------------------------------------------------------


def purger(passages: Sequence[Any]) -> None:
    gens = [passage.contact.personne_id for passage in passages]
    Contact.objects.filter(personne__in=gens).delete()
    Personne.objects.filter(pk__in=gens).delete()


@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize("quoi", ["oter", "genre", "mois", "nommer"])
def test_what_a_month_corrected_is_no_late_entry_once_it_is_purged(
    purge: bool, quoi: str, ici: Structure, publier: Publier
) -> None:
    """Nothing tells any more when they came."""
    d_inconnus(ici, 30)
    genre([*Passage.objects.exclude(contact__personne=None)], "H")
    quinze = [*Passage.objects.exclude(contact__personne=None)[:15]]
    en_aout = d_aout(ici, 15)
    encore = [
        PassageFactory(structure=ici, personne=p.contact.personne, survenu_le=MIDI) for p in quinze
    ]
    for code in ("2023-05", "2023-T2"):
        publier(code)
    libelle, attendu = "Passages", (15, 0, 15, 0)
    if quoi == "oter":
        oter(encore)
        attendu = (-15, 0, -15, 0)
    elif quoi == "genre":
        genre(quinze, "F")
        libelle = "Femmes de la file active"
    elif quoi == "mois":
        deplacer(en_aout, 5)
        quinze = en_aout
    else:
        for passage in (quinze := [*Passage.objects.filter(contact__personne=None)[:15]]):
            personne = PersonneFactory(organisme=ici.organisme)
            contacts_de([passage]).update(personne=personne)
            passage.contact.personne_id = personne.pk
        libelle = "File active"
    publier("2023-05")
    if purge:
        purger(quinze)
    assert dit(publier("2023-T2"), libelle) == attendu


def test_what_waited_and_is_purged_is_gone(ici: Structure, publier: Publier) -> None:
    publier("2023-05")
    cinq = passer(ici, 5)
    assert dit(publier("2023-05")) == (0, 5, 0, 5)
    purger(cinq)
    assert dit(publier("2023-05")) == (0, 0, -5, 0)
    assert dit(publier("2023-05")) == (0, 0, 0, 0)


# --- Longer periods -------------------------------------------------------------------------------


def test_a_first_quarter_says_what_waits_of_its_months(
    ici: Structure, autre: Structure, publier: Publier
) -> None:
    """There is nothing to compare it with."""
    passer(autre, 60)
    publier("2023-05")
    passer(ici, 3)
    passer(autre, 15)
    assert dit(publier("2023-05")) == (15, 18, 0, 3)
    assert dit(publier("2023-T2")) == (0, None, None, 3)
    passer(ici, 12)
    assert dit(publier("2023-05")) == (15, 12, 0, 0)
    assert dit(publier("2023-T2")) == (15, 12, 0, 0)


def test_what_waits_in_a_quarter_may_change_its_month(ici: Structure, publier: Publier) -> None:
    publier("2023-T2")
    cinq = passer(ici, 5)
    assert dit(publier("2023-T2")) == (0, 5, 0, 5)
    deplacer(cinq, 6)
    passer(ici, 12)
    assert dit(publier("2023-T2")) == (12, 12, 0, 5)


# --- Persons --------------------------------------------------------------------------------------


def test_whose_gender_is_corrected_is_not_late_though_they_come_again(
    ici: Structure, publier: Publier
) -> None:
    venues = passer(ici, 15)
    genre([*Passage.objects.all()], "H")
    publier("2023-05")
    genre(venues, "F")
    for passage in venues:
        PassageFactory(structure=ici, personne=passage.contact.personne, survenu_le=MIDI)
    assert dit(publier("2023-05"), "Femmes de la file active") == (15, 0, 15, 0)


@pytest.mark.parametrize("defait", [False, True])
def test_whose_files_are_merged_is_one_person(
    defait: bool, ici: Structure, publier: Publier, coordinatrice: Utilisateur
) -> None:
    venues = passer(ici, 30)
    publier("2023-05")
    cinq = passer(ici, 15)
    fusions = [
        fusionner(gardee=v.contact.personne, alias=p.contact.personne, auteur=coordinatrice)
        for v, p in zip(venues, cinq, strict=False)
    ]
    if not defait:
        assert dit(publier("2023-05"), "File active") == (0, 0, 0, 0)
        return
    for fusion in fusions:
        annuler(fusion=fusion, auteur=coordinatrice)
    assert dit(publier("2023-05"), "File active") == (15, 15, 0, 0)


def test_who_was_two_and_is_one_is_a_correction(
    ici: Structure, publier: Publier, coordinatrice: Utilisateur
) -> None:
    venues = passer(ici, 30)
    publier("2023-05")
    cinq = passer(ici, 5)
    revue = publier("2023-05")
    assert dit(revue) == dit(revue, "File active") == (0, 5, 0, 5)
    for venue, passage in zip(venues, cinq, strict=False):
        fusionner(
            gardee=venue.contact.personne, alias=passage.contact.personne, auteur=coordinatrice
        )
    revue = publier("2023-05")
    assert dit(revue) == (0, 0, 0, 5)
    assert dit(revue, "File active") == (0, 0, -5, 0)


# --- Counted again --------------------------------------------------------------------------------


def naives(depuis: datetime | None) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each place, how many visits of May and persons there are, and how many came since: visit
    by visit, with no statement of the code."""
    lues: dict[str, list[tuple[Any, bool]]] = {}
    for passage in Passage.objects.select_related("contact__structure", "contact__personne"):
        contact = passage.contact
        if contact.survenu_le.month != 5:
            continue
        tard = depuis is not None and contact.recu_le > depuis
        structure, personne = contact.structure, contact.personne
        for lieu in (
            RESEAU, f"Structure {structure.code}",
            f"Type de structure {TypeStructure(structure.type).label}",
        ):  # fmt: skip
            lues.setdefault(lieu, []).append((personne and personne.pk, tard))
    dits = {}
    for lieu, vus in lues.items():
        dits["Passages", lieu] = (len(vus), sum(tard for _, tard in vus))
        gens = {personne for personne, _ in vus if personne}
        connus = {personne for personne, tard in vus if personne and not tard}
        for libelle in ("File active", "Personnes passées"):
            dits[libelle, lieu] = (len(gens), len(gens - connus))
    return dits


@pytest.mark.parametrize("graine", range(6))
def test_all_that_moves_is_late_or_corrected_and_counted_again(
    graine: int, ici: Structure, autre: Structure, publier: Publier, coordinatrice: Utilisateur
) -> None:
    hasard = Random(graine)
    ou = [ici, autre, StructureFactory(organisme=ici.organisme, type=ici.type)]
    passer(autre, 40)
    revue, avant = publier("2023-05"), naives(None)
    for _ in range(4):
        for _ in range(hasard.randrange(1, 5)):
            _changer(hasard, ou, coordinatrice)
        depuis = revue.connu_le
        revue = publier("2023-05")
        maintenant, lues = naives(depuis), dites(revue)
        for cle in maintenant.keys() | avant.keys():
            total, tard = maintenant.get(cle, (0, 0))
            etait, _ = avant.get(cle, (0, 0))
            _, tardives, corrigees, _ = lues.get(cle, (0, 0, 0, 0))
            assert (tardives, corrigees) == (tard, total - etait - tard), cle
        avant = maintenant


def _changer(hasard: Random, ou: Sequence[Structure], coordinatrice: Utilisateur) -> None:
    """Something comes late, or some of what is there is corrected."""
    ici = hasard.choice(ou)
    combien = hasard.choice([1, 4, 13, 25])
    passages = [*Passage.objects.select_related("contact__personne").order_by("pk")]
    choisis = hasard.sample(passages, min(combien, len(passages)))
    gens = [*Personne.objects.filter(alias_de=None).order_by("pk")]
    match hasard.choice(["venir", "revenir", "inconnus", "oter", "aller", "nommer", "dater",
                         "fusionner"]):  # fmt: skip
        case "venir":
            passer(ici, combien)
        case "revenir":
            for personne in hasard.sample(gens, combien):
                PassageFactory(structure=ici, personne=personne, survenu_le=MIDI)
        case "inconnus":
            d_inconnus(ici, combien)
        case "oter":
            oter(choisis)
        case "aller":
            contacts_de(choisis).update(structure=ici)
        case "nommer":
            for passage in choisis:
                contacts_de([passage]).update(personne=hasard.choice([None, *gens]))
        case "dater":
            deplacer(choisis, hasard.choice([5, 8]))
        case "fusionner":
            deux = hasard.sample(gens, 2)
            fusionner(gardee=deux[0], alias=deux[1], auteur=coordinatrice)
