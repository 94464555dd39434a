"""What a revision shows: as much of what came late as tells of nobody, in one table."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine

from contacts.models import Contact
from indicateurs.enums import Niveau
from indicateurs.models import Chiffre, Publication
from indicateurs.publications.changements import changements
from indicateurs.publications.preparation import preparer, signer
from socle.enums import Genre
from socle.models import Organisme, Structure, Utilisateur
from tests.factories import PassageFactory, PersonneFactory, StructureFactory

pytestmark = pytest.mark.django_db
MIDI = datetime(2023, 5, 10, 12, tzinfo=UTC)
GENRES = (Genre.H, Genre.F, Genre.AUTRE)
Ou = tuple[str, str, str, str]


@pytest.fixture(autouse=True)
def horloge() -> Any:
    with time_machine.travel(datetime(2024, 3, 10, 11, tzinfo=UTC), tick=False) as voyageur:
        yield voyageur


def publier(horloge: Any, par: Utilisateur, periode: str = "2023") -> Publication:
    horloge.shift(timedelta(minutes=1))
    publication = preparer(periode)
    horloge.shift(timedelta(minutes=1))
    return signer(publication, par)


def passages(publication: Publication) -> dict[Ou, Chiffre]:
    chiffres = publication.chiffres.filter(indicateur="passages")
    return {(c.niveau, c.territoire, c.axe, c.code): c for c in chiffres}


def exacte(chiffre: Chiffre | None) -> int:
    return int(chiffre.exacte or 0) if chiffre else 0


@pytest.mark.parametrize("graine", [1])
def test_what_tells_of_nobody_moves_and_the_rest_waits(
    horloge: Any,
    graine: int,
    organisme: Organisme,
    autre_organisme: Organisme,
    coordinatrice: Utilisateur,
) -> None:
    hasard = Random(graine)
    structures = [StructureFactory(organisme=o) for o in (organisme, organisme, autre_organisme)]
    connues = [
        PersonneFactory(organisme=ou.organisme, genre=genre, annee_naissance=annee)
        for ou in structures
        for genre in GENRES
        for annee in (1960, 1970, 1985, 1999)
        for _ in range(12)
    ]

    def passer(personne: Any) -> tuple[str, str]:
        (ou,) = hasard.sample([s for s in structures if s.organisme_id == personne.organisme_id], 1)
        le = datetime(2023, 5, hasard.randint(1, 28), 12, tzinfo=UTC)
        PassageFactory(structure=ou, personne=personne, survenu_le=le)
        return ou.code, personne.genre

    for personne in connues:
        passer(personne)
    premiere = publier(horloge, coordinatrice)
    horloge.shift(timedelta(days=1))
    # Each comes again once: as many persons as visits, and nobody is new.
    poids = [hasard.choice((1, 4, 16)) for _ in GENRES]
    tardifs = [
        p for p in connues if hasard.random() < 0.03 * poids[GENRES.index(Genre(p.genre))]
    ]  # fmt: skip
    vus = [passer(personne) for personne in tardifs]
    seconde = publier(horloge, coordinatrice)

    avant, apres = passages(premiere), passages(seconde)
    venus = {ou: exacte(c) + c.attente - exacte(avant.get(ou)) for ou, c in apres.items()}
    montres = {ou: exacte(c) - exacte(avant.get(ou)) for ou, c in apres.items()}
    # What is said to wait, and what moved, is what came: counted here from what was written.
    par_structure = Counter(code for code, _ in vus)
    par_genre = Counter(genre for _, genre in vus)
    for ou, combien in venus.items():
        niveau, territoire, axe, code = ou
        if niveau == Niveau.STRUCTURE and not axe:
            assert combien == par_structure[territoire], ou
        elif niveau == Niveau.RESEAU and axe in ("", "genre"):
            assert combien == (par_genre[code] if axe else len(vus)), ou
        assert 0 <= montres[ou] <= combien, ou
        assert not montres[ou] or combien >= 11, ou
    # It adds up: by structure, and by gender and age of each territory.
    parts: dict[tuple[str, ...], list[Ou]] = defaultdict(list)
    for ou in apres:
        if ou[2]:
            parts[ou[:3]].append(ou)
        elif ou[0] == Niveau.STRUCTURE:
            parts["RESEAU", "", "structure"].append(ou)
    assert len(parts) > 5
    for (niveau, territoire, _), siennes in parts.items():
        total = (niveau, territoire, "", "")
        assert exacte(apres[total]) == sum(exacte(apres[part]) for part in siennes)
    # And the network moves as far as its parts let it.
    axes = {axe for niveau, _, axe, _ in apres if niveau == Niveau.RESEAU and axe}

    def possible(niveau: str, territoire: str = "") -> int:
        total = venus[niveau, territoire, "", ""]
        de_chacun = (
            sum(v for ou, v in venus.items() if ou[:3] == (niveau, territoire, axe) and v >= 11)
            for axe in axes
        )
        return min(total if total >= 11 else 0, *de_chacun)

    des_structures = sum(possible(Niveau.STRUCTURE, structure.code) for structure in structures)
    assert montres["RESEAU", "", "", ""] == min(possible(Niveau.RESEAU), des_structures) > 0
    page = changements(seconde)
    for ligne in (*page["changes"], *page["autres"]):
        if ligne["libelle"] == "Passages":
            assert ligne["tardives"] == ligne["ecart"] + ligne["attend"]
            assert ligne["corrigees"] == 0


def test_what_waited_in_a_part_moves_the_total_with_it(
    horloge: Any, organisme: Organisme, coordinatrice: Utilisateur
) -> None:
    """Eleven came since that part was shown, and eight since the total moved by the other."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    connues = PersonneFactory.create_batch(60, organisme=organisme)

    def passer(ou: Structure, qui: list[Any]) -> None:
        for personne in qui:
            PassageFactory(structure=ou, personne=personne, survenu_le=MIDI)

    vus = []
    venues = ((connues[:30], connues), (connues[:3], connues[:20]), (connues[3:11], []))
    for la_bas, ici_meme in venues:
        passer(la, la_bas)
        passer(ici, ici_meme)
        publication = publier(horloge, coordinatrice, "2023-05")
        par_ou = passages(publication)
        vus.append([
            exacte(par_ou[niveau, ou, "", ""])
            for niveau, ou in (("RESEAU", ""), ("STRUCTURE", ici.code), ("STRUCTURE", la.code))
        ])  # fmt: skip
    assert vus == [[90, 60, 30], [110, 80, 30], [121, 80, 41]]


def test_what_goes_from_a_part_to_another_brings_nobody_to_the_total(
    horloge: Any, organisme: Organisme, coordinatrice: Utilisateur
) -> None:
    """Fourteen are behind what came to that part, two of whom came to the network."""
    ici, la = StructureFactory.create_batch(2, organisme=organisme)
    connues = PersonneFactory.create_batch(60, organisme=organisme)
    for ou, qui in ((ici, connues), (la, connues[:30])):
        for personne in qui:
            PassageFactory(structure=ou, personne=personne, survenu_le=MIDI)
    publier(horloge, coordinatrice, "2023-05")
    Contact.objects.filter(structure=ici, personne__in=connues[30:42]).update(structure=la)
    for personne in connues[42:44]:
        PassageFactory(structure=la, personne=personne, survenu_le=MIDI)
    par_ou = passages(publier(horloge, coordinatrice, "2023-05"))
    vus = [
        (exacte(par_ou[niveau, ou, "", ""]), par_ou[niveau, ou, "", ""].attente)
        for niveau, ou in (("RESEAU", ""), ("STRUCTURE", ici.code), ("STRUCTURE", la.code))
    ]
    assert vus == [(90, 2), (48, 0), (42, 2)]
