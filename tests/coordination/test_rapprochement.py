"""Orientations and arrivals find each other, whatever the order in which they reach the server."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commun.horloge import PARIS, jour_paris
from contacts.enums import Cadre
from contacts.models import Contact
from coordination.enums import Decision, StatutOrientation
from coordination.models import MarquePaire, Orientation
from coordination.services import echoir_orientations, rapprocher_marques
from hebergement.models import Place, Sejour, Site
from socle.models import AccesPersonne, Personne, Structure
from tests.factories import PersonneFactory, StructureFactory

pytestmark = pytest.mark.django_db
DEBUT = datetime(2023, 3, 1, 12, tzinfo=PARIS)
MAINTENANT = DEBUT + timedelta(days=90)


def orienter(personne: Personne, vers: Structure, le: datetime, **champs: Any) -> Orientation:
    return Orientation.objects.create(
        personne=personne,
        structure=vers,
        structure_origine=vers,
        saisi_le=le,
        survenu_le=le,
        **champs,
    )


def arriver(personne: Personne, a: Structure, le: datetime) -> Contact:
    return Contact.objects.create(
        personne=personne, structure=a, cadre=Cadre.ACCUEIL, saisi_le=le, survenu_le=le
    )


@pytest.fixture
def personne() -> Personne:
    return PersonneFactory()


@pytest.fixture
def structure() -> Structure:
    return StructureFactory()


@pytest.mark.parametrize("premier", ["orientation", "passage"])
def test_the_passage_resolves_the_orientation_in_both_orders(
    personne: Personne, structure: Structure, premier: str
) -> None:
    if premier == "orientation":
        orientation = orienter(personne, structure, DEBUT)
        rapprocher_marques()
        passage = arriver(personne, structure, DEBUT + timedelta(days=2))
    else:
        passage = arriver(personne, structure, DEBUT + timedelta(days=2))
        rapprocher_marques()
        orientation = orienter(personne, structure, DEBUT)
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == StatutOrientation.ABOUTIE
    assert orientation.arrivee_contact_id == passage.pk


def test_an_earlier_arrival_resolves_nothing(personne: Personne, structure: Structure) -> None:
    orientation = orienter(personne, structure, DEBUT)
    arriver(personne, structure, DEBUT - timedelta(minutes=1))
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.arrivee_contact_id is None


def test_a_deleted_passage_gives_the_orientation_back(
    personne: Personne, structure: Structure
) -> None:
    with time_machine.travel(DEBUT + timedelta(days=3), tick=False):
        orientation = orienter(personne, structure, DEBUT)
        passage = arriver(personne, structure, DEBUT + timedelta(days=2))
        rapprocher_marques()
        passage.delete()
        rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == StatutOrientation.EN_COURS


def test_after_thirty_days_it_is_closed_and_a_late_arrival_still_resolves_it(
    personne: Personne, structure: Structure
) -> None:
    with time_machine.travel(DEBUT + timedelta(days=1), tick=False):
        orientation = orienter(personne, structure, DEBUT)
        rapprocher_marques()
    assert AccesPersonne.objects.filter(objet=orientation.pk).exists()
    with time_machine.travel(DEBUT + timedelta(days=30), tick=False):
        assert echoir_orientations() == 1
    orientation.refresh_from_db()
    assert orientation.statut == StatutOrientation.NON_ABOUTIE
    assert not AccesPersonne.objects.filter(objet=orientation.pk).exists()
    arriver(personne, structure, DEBUT + timedelta(days=40))
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == StatutOrientation.ABOUTIE


def test_a_stay_at_a_site_of_the_structure_is_an_arrival_by_day(
    personne: Personne, structure: Structure
) -> None:
    site = Site.objects.create(code="s", nom="S", structure=structure)
    place = Place.objects.create(site=site, libelle="1", ouverte_le=date(2023, 1, 1))
    orientation = orienter(personne, structure, DEBUT)
    sejour = Sejour.objects.create(place=place, personne=personne, arrivee=DEBUT.date())
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.arrivee_sejour_id == sejour.pk


def test_a_refusal_dated_before_the_arrival_stands(
    personne: Personne, structure: Structure
) -> None:
    orientation = orienter(personne, structure, DEBUT)
    arriver(personne, structure, DEBUT + timedelta(days=5))
    rapprocher_marques()
    Orientation.objects.filter(pk=orientation.pk).update(
        decision=Decision.REFUSEE_PERSONNE, decidee_le=DEBUT + timedelta(days=4)
    )
    rapprocher_marques()
    orientation.refresh_from_db()
    assert orientation.statut == StatutOrientation.REFUSEE_PERSONNE
    assert orientation.arrivee_contact_id is None


def apparier_naivement(
    orientations: list[Orientation], arrivees: list[tuple[date, datetime | None, Any]]
) -> dict[Any, Any]:
    """The definition, read aloud: each arrival in order takes one open orientation, or none."""
    prises: dict[Any, Any] = {}
    for jour, instant, cle in arrivees:
        dans_le_delai, hors_delai = [], []
        for o in orientations:
            if o.pk in prises or o.decision == Decision.ANNULEE:
                continue
            jour_o = jour_paris(o.survenu_le)
            if instant is not None:
                limite = (o.survenu_le.astimezone(PARIS).replace(tzinfo=None)) + timedelta(days=30)
                ouverte = o.survenu_le <= instant and (
                    o.decidee_le is None or instant < o.decidee_le
                )
                dedans = instant < limite.replace(tzinfo=PARIS)
            else:
                ouverte = jour_o <= jour and (
                    o.decidee_le is None or jour < jour_paris(o.decidee_le)
                )
                dedans = jour < jour_o + timedelta(days=30)
            if ouverte:
                (dans_le_delai if dedans else hors_delai).append(o)
        candidates = dans_le_delai or hors_delai
        if candidates:
            prises[min(candidates, key=lambda o: (o.survenu_le, o.pk)).pk] = cle
    return prises


heures = st.integers(0, 24 * 70)
decisions = st.none() | st.tuples(st.sampled_from(list(Decision)), st.integers(0, 24 * 40))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    emissions=st.lists(st.tuples(heures, decisions), max_size=6),
    passages=st.lists(heures, max_size=6, unique=True),
    sejours=st.lists(st.integers(0, 9), max_size=3, unique=True),
    graine=st.integers(0, 2**16),
)
def test_any_order_gives_the_naive_matching(
    db: None, emissions: Any, passages: Any, sejours: Any, graine: int
) -> None:
    with transaction.atomic(), time_machine.travel(MAINTENANT, tick=False):
        personne, structure = PersonneFactory(), StructureFactory()
        site = Site.objects.create(code="s", nom="S", structure=structure)
        place = Place.objects.create(site=site, libelle="1", ouverte_le=date(2023, 1, 1))
        gestes: list[Any] = []
        for heure, decision in emissions:
            le = DEBUT + timedelta(hours=heure)
            champs = (
                {"decision": decision[0], "decidee_le": le + timedelta(hours=decision[1])}
                if decision
                else {}
            )
            gestes.append((orienter, (personne, structure, le), champs))
        gestes += [
            (arriver, (personne, structure, DEBUT + timedelta(hours=heure)), {})
            for heure in passages
        ]
        for semaine in sejours:
            arrivee = DEBUT.date() + timedelta(days=7 * semaine)
            gestes.append(
                (
                    Sejour.objects.create,
                    (),
                    {
                        "place": place,
                        "personne": personne,
                        "arrivee": arrivee,
                        "depart": arrivee + timedelta(days=3),
                    },
                )
            )
        hasard = random.Random(graine)
        hasard.shuffle(gestes)
        for geste, arguments, champs in gestes:
            geste(*arguments, **champs)
            if hasard.random() < 0.5:
                rapprocher_marques()
        rapprocher_marques()

        arrivees: list[tuple[date, datetime | None, Any]] = [
            (jour_paris(c.survenu_le), c.survenu_le, c.pk) for c in Contact.objects.all()
        ]
        arrivees += [(s.arrivee, None, s.pk) for s in Sejour.objects.all()]
        arrivees.sort(key=lambda a: (a[0], a[1] or DEBUT - timedelta(days=999), str(a[2])))
        orientations = list(Orientation.objects.all())
        attendu = apparier_naivement(orientations, arrivees)
        for o in orientations:
            assert (o.arrivee_contact_id or o.arrivee_sejour_id) == attendu.get(o.pk)
            if o.decision == Decision.ANNULEE:
                assert o.statut == StatutOrientation.ANNULEE
            elif o.pk in attendu:
                assert o.statut == StatutOrientation.ABOUTIE
            elif o.decision:
                assert o.statut == o.decision
            else:
                delai = timedelta(days=30)
                echue = o.survenu_le + delai <= MAINTENANT
                assert o.statut == (
                    StatutOrientation.NON_ABOUTIE if echue else StatutOrientation.EN_COURS
                )
        assert not MarquePaire.objects.exists()
        assert rapprocher_marques() == 0
        transaction.set_rollback(True)
