"""Each condition of the matching, at its very edge, and the pairs that each write marks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from commun.horloge import PARIS
from contacts.models import Contact
from coordination.models import MarquePaire, Orientation
from coordination.services import echoir_orientations, rapprocher_marques
from hebergement.enums import Nature
from hebergement.models import Sejour
from socle.models import Personne, Structure
from tests.factories import (
    ContactFactory,
    OrientationFactory,
    PersonneFactory,
    PlaceFactory,
    SejourFactory,
    SiteFactory,
    StructureFactory,
)

pytestmark = pytest.mark.django_db
MIDI = datetime(2023, 6, 1, 12, tzinfo=PARIS)
MINUIT_PASSE = datetime(2023, 6, 1, 0, 15, tzinfo=PARIS)
JOUR = timedelta(days=1)
SECONDE = timedelta(seconds=1)
Arrivee = Contact | Sejour


class Paire:
    """A person and the structure to which they are sent."""

    def __init__(self) -> None:
        self.personne: Personne = PersonneFactory()
        self.structure: Structure = StructureFactory()

    def orienter(self, le: datetime, **champs: Any) -> Orientation:
        champs = {"personne": self.personne, "structure": self.structure, **champs}
        orientation: Orientation = OrientationFactory(survenu_le=le, **champs)
        return orientation

    def venir(self, le: datetime, **champs: Any) -> Contact:
        champs = {"personne": self.personne, "structure": self.structure, **champs}
        contact: Contact = ContactFactory(saisi_le=le, **champs)
        return contact

    def loger(self, le: date, structure: Structure | None = None, **champs: Any) -> Sejour:
        place = PlaceFactory(site=SiteFactory(structure=structure or self.structure))
        champs = {"place": place, "personne": self.personne, **champs}
        sejour: Sejour = SejourFactory(arrivee=le, **champs)
        return sejour


@pytest.fixture
def paire() -> Paire:
    return Paire()


def issue(orientation: Orientation) -> tuple[str, Any]:
    rapprocher_marques()
    orientation.refresh_from_db()
    return orientation.statut, orientation.arrivee_contact_id or orientation.arrivee_sejour_id


Geste = Callable[[Paire], Any]
LE = MIDI.date()

# Of an orientation at noon on 1 June.
ARRIVENT: dict[str, Geste] = {
    "at that very instant": lambda p: p.venir(MIDI),
    "a stay of that day": lambda p: p.loger(LE),
    "from a site of another structure": lambda p: p.loger(
        LE + 3 * JOUR,
        suite_de=p.loger(LE - JOUR, StructureFactory(), depart=LE + 3 * JOUR),
    ),
}
N_ARRIVENT_PAS: dict[str, Geste] = {
    "a second before": lambda p: p.venir(MIDI - SECONDE),
    "a stay of the day before": lambda p: p.loger(LE - JOUR),
    "met by its team in the street": lambda p: p.venir(MIDI + JOUR, cadre="MARAUDE"),
    "a visit elsewhere": lambda p: p.venir(MIDI + JOUR, structure=StructureFactory()),
    "a stay elsewhere": lambda p: p.loger(LE + JOUR, StructureFactory()),
    "somebody else": lambda p: p.venir(MIDI + JOUR, personne=PersonneFactory()),
    "somebody else's stay": lambda p: p.loger(LE + JOUR, personne=PersonneFactory()),
    "nobody that is known": lambda p: p.venir(MIDI + JOUR, personne=None),
    "a place that is only held": lambda p: p.loger(LE + JOUR, nature=Nature.RETENUE),
    "from a site of the same structure": lambda p: p.loger(
        LE + 3 * JOUR, suite_de=p.loger(LE - JOUR, depart=LE + 3 * JOUR)
    ),
}


@pytest.mark.parametrize("geste", ARRIVENT.values(), ids=ARRIVENT)
def test_who_arrives(paire: Paire, geste: Geste) -> None:
    orientation = paire.orienter(MIDI)
    arrivee = geste(paire)
    assert issue(orientation) == ("ABOUTIE", arrivee.pk)


@pytest.mark.parametrize("geste", N_ARRIVENT_PAS.values(), ids=N_ARRIVENT_PAS)
def test_who_does_not(paire: Paire, geste: Geste) -> None:
    orientation = paire.orienter(MIDI)
    geste(paire)
    # All are looked at, whatever the write marked.
    MarquePaire.objects.create(personne=paire.personne, structure=paire.structure)
    assert issue(orientation) == ("NON_ABOUTIE", None)


def test_the_day_of_an_orientation_is_its_day_in_paris(paire: Paire) -> None:
    orientation = paire.orienter(MINUIT_PASSE)
    paire.loger(LE - JOUR)
    assert issue(orientation) == ("NON_ABOUTIE", None)


@pytest.mark.parametrize(
    ("geste", "avant"),
    [
        (lambda p: p.venir(MIDI + 5 * JOUR), False),
        (lambda p: p.venir(MIDI + 5 * JOUR - SECONDE), True),
        (lambda p: p.loger(LE + 5 * JOUR), False),
        (lambda p: p.loger(LE + 4 * JOUR), True),
    ],
    ids=["visit then", "visit before", "stay that day", "stay the day before"],
)
@pytest.mark.parametrize("decision", ["REFUSEE_PERSONNE", "REFUSEE_STRUCTURE", "ANNULEE"])
def test_only_an_arrival_before_a_refusal_counts(
    paire: Paire, decision: str, geste: Geste, avant: bool
) -> None:
    orientation = paire.orienter(MIDI, decision=decision, decidee_le=MIDI + 5 * JOUR)
    arrivee = geste(paire)
    resolue = avant and decision != "ANNULEE"
    assert issue(orientation) == (("ABOUTIE", arrivee.pk) if resolue else (decision, None))


def test_the_day_of_a_refusal_is_its_day_in_paris(paire: Paire) -> None:
    refus = {"decision": "REFUSEE_PERSONNE", "decidee_le": MINUIT_PASSE + 5 * JOUR}
    orientation = paire.orienter(MIDI, **refus)
    sejour = paire.loger(LE + 4 * JOUR)
    assert issue(orientation) == ("ABOUTIE", sejour.pk)


@pytest.mark.parametrize(
    ("geste", "attendue"),
    [
        (lambda p: p.venir(MIDI + 30 * JOUR - SECONDE), 0),
        (lambda p: p.venir(MIDI + 30 * JOUR), 1),
        (lambda p: p.loger(LE + 29 * JOUR), 0),
        (lambda p: p.loger(LE + 30 * JOUR), 1),
        # Past the 30 days of both, the oldest again.
        (lambda p: p.venir(MIDI + 50 * JOUR), 0),
        (lambda p: p.loger(LE + 50 * JOUR), 0),
    ],
    ids=["visit in time", "visit late", "stay in time", "stay late", "visit, both", "stay, both"],
)
def test_an_arrival_takes_the_oldest_in_time_else_the_oldest(
    paire: Paire, geste: Geste, attendue: int
) -> None:
    # Written newest first, so that neither keys nor places in the table tell.
    seconde, premiere = paire.orienter(MIDI + 20 * JOUR), paire.orienter(MIDI)
    arrivee = geste(paire)
    issues = [issue(premiere), issue(seconde)]
    assert issues[attendue] == ("ABOUTIE", arrivee.pk)
    assert issues[1 - attendue] == ("NON_ABOUTIE", None)


def test_arrivals_are_taken_in_their_order(paire: Paire) -> None:
    """Each takes one, and is taken by one: a stay before the visits of its day, in Paris."""
    orientations = [paire.orienter(MINUIT_PASSE - n * JOUR) for n in (9, 8, 7, 6)]
    derniere = paire.venir(MIDI)
    deuxieme = paire.venir(MINUIT_PASSE)
    premiere = paire.loger(LE)
    assert [issue(o)[1] for o in orientations] == [premiere.pk, deuxieme.pk, derniere.pk, None]


def test_at_the_same_instant_the_keys_tell(paire: Paire) -> None:
    """Neither the places in the table nor the plan: the outcome is a function of the rows."""
    for n in (3, 1, 5, 2, 4):
        paire.orienter(MIDI, uuid=UUID(int=n))
    for n in (30, 10, 20):
        paire.venir(MIDI + JOUR, uuid=UUID(int=n))
    rapprocher_marques()
    arrivees = Orientation.objects.order_by("uuid").values_list("arrivee_contact", flat=True)
    assert list(arrivees) == [UUID(int=10), UUID(int=20), UUID(int=30), None, None]


@pytest.mark.parametrize("sorte", ["venir", "loger"])
def test_an_earlier_arrival_entered_later_takes_its_place(paire: Paire, sorte: str) -> None:
    orientation = paire.orienter(MIDI)
    for jours in (5, 3):
        le = MIDI + jours * JOUR
        if sorte == "venir":
            arrivee: Arrivee = paire.venir(le)
        else:
            arrivee = paire.loger(le.date(), depart=(le + JOUR).date())
        assert issue(orientation) == ("ABOUTIE", arrivee.pk)


def test_an_anonymous_orientation_follows_its_age_and_its_decision(paire: Paire) -> None:
    orientation = paire.orienter(MIDI, personne=None)
    with time_machine.travel(MIDI + 30 * JOUR - SECONDE, tick=False):
        echoir_orientations()
        assert issue(orientation) == ("EN_COURS", None)
    with time_machine.travel(MIDI + 30 * JOUR, tick=False):
        echoir_orientations()
        assert issue(orientation) == ("NON_ABOUTIE", None)
    orientation.decision, orientation.decidee_le = "REFUSEE_PERSONNE", MIDI
    orientation.save()
    assert issue(orientation) == ("REFUSEE_PERSONNE", None)
    assert rapprocher_marques() == 0


def test_thirty_days_are_those_of_the_wall_clock(paire: Paire) -> None:
    """Over the change to winter time, an hour more."""
    emise_le = datetime(2023, 10, 10, 12, tzinfo=PARIS)
    orientation = paire.orienter(emise_le)
    for limite, statut in ((-SECONDE, "EN_COURS"), (timedelta(0), "NON_ABOUTIE")):
        instant = datetime(2023, 11, 9, 12, tzinfo=PARIS) + limite
        with time_machine.travel(instant, tick=False):
            echoir_orientations()
            assert issue(orientation)[0] == statut


def test_what_is_not_marked_stands(paire: Paire) -> None:
    """Another person's, and the same person's to another structure."""
    autre, ailleurs = Paire(), Paire()
    ailleurs.personne = paire.personne
    resolues = [(p.orienter(MIDI), p.venir(MIDI + JOUR)) for p in (autre, ailleurs)]
    for orientation, arrivee in resolues:
        assert issue(orientation) == ("ABOUTIE", arrivee.pk)
    paire.orienter(MIDI)
    for orientation, arrivee in resolues:
        assert issue(orientation) == ("ABOUTIE", arrivee.pk)


@pytest.mark.parametrize("sorte", ["venir", "loger"])
def test_pairs_matched_together_do_not_mix(paire: Paire, sorte: str) -> None:
    """Two persons sent to one structure, one person sent to two: one of them arrives."""
    voisines = [
        paire.orienter(MIDI - JOUR, personne=PersonneFactory()),
        paire.orienter(MIDI - JOUR, structure=StructureFactory()),
    ]
    orientation = paire.orienter(MIDI)
    arrivee = getattr(paire, sorte)(MIDI + JOUR if sorte == "venir" else LE + JOUR)
    assert issue(orientation) == ("ABOUTIE", arrivee.pk)
    assert [issue(voisine) for voisine in voisines] == [("NON_ABOUTIE", None)] * 2


@pytest.mark.parametrize("retard", [0, 5, 30])
@pytest.mark.parametrize("delai", [10, 40])
def test_a_stay_entered_ahead_arrives_on_its_day_or_when_the_task_is_back(
    paire: Paire, delai: int, retard: int
) -> None:
    with time_machine.travel(MIDI, tick=False) as heure:
        orientation = paire.orienter(MIDI)
        sejour = paire.loger(LE + delai * JOUR)
        assert issue(orientation) == ("EN_COURS", None)
        heure.shift((delai - 1) * JOUR)
        echoir_orientations()
        assert issue(orientation) == ("EN_COURS" if delai < 30 else "NON_ABOUTIE", None)
        heure.shift((1 + retard) * JOUR)
        echoir_orientations()
        assert issue(orientation) == ("ABOUTIE", sejour.pk)


def marquees() -> set[tuple[Any, Any]]:
    return set(MarquePaire.objects.values_list("personne_id", "structure_id"))


def corriger(ligne: Any, voie: str, **champs: Any) -> None:
    if voie == "lot":
        type(ligne).objects.filter(pk=ligne.pk).update(**champs)
    else:
        for champ, valeur in champs.items():
            setattr(ligne, champ, valeur)
        ligne.save()


@pytest.mark.parametrize("voie", ["fiche", "lot"])
@pytest.mark.parametrize("sorte", ["venir", "loger", "orienter"])
def test_a_write_marks_the_pair_before_and_after_it(paire: Paire, sorte: str, voie: str) -> None:
    autre = Paire()
    ici = (paire.personne.pk, paire.structure.pk)
    faire = getattr(paire, sorte)
    ligne = faire(LE if sorte == "loger" else MIDI)
    assert marquees() == {ici}
    MarquePaire.objects.all().delete()

    corriger(ligne, voie, personne=autre.personne)
    assert marquees() == {ici, (autre.personne.pk, paire.structure.pk)}
    corriger(ligne, voie, personne=paire.personne)
    MarquePaire.objects.all().delete()

    ailleurs: dict[str, Any] = {"structure": autre.structure}
    if sorte == "loger":
        ailleurs = {"place": PlaceFactory(site=SiteFactory(structure=autre.structure))}
    corriger(ligne, voie, **ailleurs)
    la_bas = (paire.personne.pk, autre.structure.pk)
    assert marquees() == {ici, la_bas}
    MarquePaire.objects.all().delete()

    plus_tard = {"arrivee": LE + JOUR} if sorte == "loger" else {"survenu_le": MIDI + JOUR}
    corriger(ligne, voie, **plus_tard)
    assert marquees() == {la_bas}
    MarquePaire.objects.all().delete()

    if sorte == "orienter":
        corriger(ligne, voie, decision="ANNULEE", decidee_le=MIDI)
        assert marquees() == {la_bas}
        MarquePaire.objects.all().delete()
        corriger(ligne, voie, decidee_le=MIDI + JOUR)
        assert marquees() == {la_bas}
        MarquePaire.objects.all().delete()
        corriger(ligne, voie, decision="REFUSEE_PERSONNE")
        assert marquees() == {la_bas}
        MarquePaire.objects.all().delete()
        # What says nothing of who arrives where and when marks nothing.
        Orientation.objects.update(motif="Autre", statut="ABOUTIE")
        assert not marquees()

    if voie == "fiche":
        ligne.delete()
    else:
        type(ligne).objects.filter(pk=ligne.pk)._raw_delete("default")
    assert marquees() == {la_bas}
