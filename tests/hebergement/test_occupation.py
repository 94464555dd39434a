"""The nights are right, whatever was written, in whatever order, and stay right."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hebergement import occupation
from hebergement.enums import Nature
from hebergement.models import Fermeture, MarqueNuits, OccupationNuit, Place, Sejour
from tests.hebergement.monde import COMPTES, Monde, nuits_ecrites, recompter

CAS = json.loads((Path(__file__).parent / "cas" / "occupation.json").read_text())
pytestmark = pytest.mark.django_db


def lire_date(texte: str | None) -> date | None:
    return date.fromisoformat(texte) if texte else None


def taux(numerateur: int, denominateur: int) -> Decimal | None:
    if not denominateur:
        return None
    return (Decimal(numerateur) / denominateur).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@pytest.mark.parametrize("cas", CAS, ids=lambda cas: cas["nom"])
def test_worked_case(cas: dict[str, Any]) -> None:
    monde = Monde.creer()
    for place in cas["places"]:
        debut = lire_date(place["ouverte_le"])
        assert debut
        monde.place(place["id"], place["site"], debut, lire_date(place["fermee_le"]))
    for f in cas["fermetures"]:
        debut = lire_date(f["debut"])
        assert debut
        monde.fermer(f["place"], debut, lire_date(f["fin"]))
    for s in cas["sejours"]:
        arrivee = lire_date(s["arrivee"])
        assert arrivee
        monde.sejour(
            s["id"], s["place"], s["personne"], arrivee, lire_date(s["depart"]), s["suite_de"]
        )
    with time_machine.travel(f"{cas['au']}T12:00:00+00:00", tick=False):
        occupation.recalculer_marques()

    ecrites = nuits_ecrites()
    for attendue in cas["attendu"]:
        cle = attendue["site"], date.fromisoformat(attendue["jour"])
        assert ecrites[cle] == {nom: attendue.get(nom, 0) for nom in COMPTES}, cle
        nuit = OccupationNuit.objects.get(site__code=cle[0], jour=cle[1])
        lu = attendue["taux"]
        assert nuit.taux == (
            None if lu is None else Decimal(str(lu)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        )
    for site, periode in cas["periode"].items():
        nuits = OccupationNuit.objects.filter(
            site__code=site, jour__gte=cas["du"], jour__lt=cas["au"]
        )
        nuitees = sum(n.occupees for n in nuits)
        disponibles = sum(n.disponibles for n in nuits)
        assert nuitees == periode["nuitees"]
        assert disponibles == periode["places_nuits_disponibles"]
        attendu = periode["taux"]
        assert taux(nuitees, disponibles) == (
            None if attendu is None else Decimal(str(attendu)).quantize(Decimal("0.0001"))
        )


ORIGINE = date(2023, 3, 1)
AUJOURD_HUI = ORIGINE + timedelta(days=30)
jours = st.integers(0, 35).map(lambda n: ORIGINE + timedelta(days=n))
durees = st.none() | st.integers(0, 12)

gestes = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.integers(0, 2), jours, st.none() | st.integers(1, 30)),
        st.tuples(st.just("fermer"), st.integers(0, 30), jours, durees),
        st.tuples(st.just("sejour"), st.integers(0, 30), jours, durees, st.integers(0, 5)),
        st.tuples(st.just("retenir"), st.integers(0, 30), jours, durees, st.integers(0, 5)),
        st.tuples(st.just("transfert"), st.integers(0, 30), st.integers(0, 30), durees),
        st.tuples(st.just("corriger"), st.integers(0, 30), jours, durees),
        st.tuples(st.just("ouverture"), st.integers(0, 30), jours, st.none() | st.integers(1, 40)),
        st.tuples(st.just("demenager"), st.integers(0, 30), st.integers(0, 2)),
        st.tuples(st.just("supprimer"), st.integers(0, 30)),
        st.tuples(st.just("rouvrir"), st.integers(0, 30)),
        st.tuples(st.just("effacer"), st.integers(0, 30)),
        st.tuples(st.just("calculer")),
    ),
    min_size=3,
    max_size=25,
)


def faire(monde: Monde, geste: tuple[Any, ...]) -> None:
    """Carry out one gesture; what the database refuses leaves nothing behind."""
    nom, *reste = geste
    fin = lambda debut, n: None if n is None else debut + timedelta(days=n)  # noqa: E731
    if nom == "calculer":
        occupation.recalculer_marques()
        return
    if nom == "place":
        site, debut, n = reste
        monde.place(len(monde.places) + 1, f"s{site}", debut, fin(debut, n))
        return
    places = list(Place.objects.order_by("uuid"))
    sejours = list(Sejour.objects.order_by("uuid"))
    if nom == "fermer" and places:
        i, debut, n = reste
        Fermeture.objects.create(
            place=places[i % len(places)], debut=debut, fin=fin(debut, n), motif="x",
            motif_forcage="x",
        )  # fmt: skip
    elif nom in ("sejour", "retenir") and places:
        i, debut, n, qui = reste
        Sejour.objects.create(
            place=places[i % len(places)], personne=monde.personne(f"p{qui}"), arrivee=debut,
            depart=fin(debut, n), motif_forcage="x",
            nature=Nature.SEJOUR if nom == "sejour" else Nature.RETENUE,
        )  # fmt: skip
    elif nom == "transfert" and places and sejours:
        i, j, n = reste
        avant = sejours[i % len(sejours)]
        if avant.depart is not None:
            Sejour.objects.create(
                place=places[j % len(places)], personne_id=avant.personne_id,
                arrivee=avant.depart, depart=fin(avant.depart, n), suite_de=avant,
                motif_forcage="x", nature=avant.nature,
            )  # fmt: skip
    elif nom == "corriger" and sejours:
        i, debut, n = reste
        Sejour.objects.filter(pk=sejours[i % len(sejours)].pk).update(
            arrivee=debut, depart=fin(debut, n)
        )
    elif nom == "ouverture" and places:
        i, debut, n = reste
        Place.objects.filter(pk=places[i % len(places)].pk).update(
            ouverte_le=debut, fermee_le=fin(debut, n)
        )
    elif nom == "demenager" and places:
        i, site = reste
        Place.objects.filter(pk=places[i % len(places)].pk).update(site=monde.site(f"s{site}"))
    elif nom == "supprimer" and places:
        Place.objects.filter(pk=places[reste[0] % len(places)].pk)._raw_delete("default")
    elif nom == "rouvrir" and (fermetures := list(Fermeture.objects.order_by("uuid"))):
        fermetures[reste[0] % len(fermetures)].delete()
    elif nom == "effacer" and sejours:
        Sejour.objects.filter(pk=sejours[reste[0] % len(sejours)].pk)._raw_delete("default")


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(suite=gestes)
def test_any_sequence_of_writes_gives_the_naive_count(db: None, suite: list[Any]) -> None:
    with transaction.atomic(), time_machine.travel(f"{AUJOURD_HUI}T10:00:00+00:00", tick=False):
        monde = Monde.creer()
        # Something to write on from the start, or most sequences would do nothing.
        monde.place(1, "s0", ORIGINE + timedelta(days=2), ORIGINE + timedelta(days=20))
        monde.place(2, "s1", ORIGINE, None)
        for geste in suite:
            try:
                with transaction.atomic():
                    faire(monde, geste)
                    connection.check_constraints()
            except IntegrityError:
                continue
        occupation.recalculer_marques()

        ecrites = nuits_ecrites()
        assert ecrites == recompter(AUJOURD_HUI)
        for (site, jour), nuit in ecrites.items():
            veille = ecrites.get((site, jour - timedelta(days=1)))
            if veille is not None:
                assert nuit["occupees"] == (
                    veille["occupees"] + nuit["entrees"] - nuit["sorties"]
                    + nuit["transferts_entrants"] - nuit["transferts_sortants"]
                )  # fmt: skip
        assert not MarqueNuits.objects.exists()
        occupation.recalculer_tout()
        assert nuits_ecrites() == ecrites
        assert occupation.controler().ecarts == 0
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("alterer", "jour"),
    [
        (lambda nuits: nuits.filter(jour="2023-01-05").update(occupees=1), "2023-01-05"),
        (lambda nuits: nuits.filter(jour="2023-01-05").delete(), "2023-01-05"),
        (lambda nuits: nuits.filter(jour="2023-01-10").update(jour="2023-01-11"), "2023-01-11"),
    ],
    ids=["changed", "taken away", "added"],
)
def test_check_reports_a_row_that_was_tampered_with(alterer: Any, jour: str) -> None:
    monde = Monde.creer()
    monde.place(1, "s", date(2023, 1, 1))
    with time_machine.travel("2023-01-11T10:00:00+00:00", tick=False):
        # What was only marked is computed first, so that all is compared.
        avant = occupation.controler()
        assert (avant.lignes, avant.ecarts) == (10, 0)
        alterer(OccupationNuit.objects.all())
        controle = occupation.controler()
        occupation.recalculer_tout()
        assert nuits_ecrites() == recompter(date(2023, 1, 11))
    assert controle.lignes == 10
    assert jour in {exemple["jour"] for exemple in controle.exemples}
    assert controle.ecarts == len(controle.exemples)


def test_correction_recomputes_only_what_it_touches() -> None:
    monde = Monde.creer()
    monde.place(1, "s", date(2023, 1, 1))
    sejour = monde.sejour(1, 1, "a", date(2023, 3, 1), date(2023, 3, 5))
    # Who arrives on the day after those marked is none of them.
    monde.sejour(2, 1, "b", date(2023, 3, 9), date(2023, 3, 12))
    with time_machine.travel("2023-12-31T10:00:00+00:00", tick=False):
        occupation.recalculer_marques()
        Sejour.objects.filter(pk=sejour.pk).update(depart=date(2023, 3, 8))
        marque = MarqueNuits.objects.get()
        assert (marque.du, marque.au) == (date(2023, 3, 1), date(2023, 3, 9))
        assert occupation.recalculer_marques() == 8
        Sejour.objects.filter(pk=sejour.pk).update(motif_sortie="AUTRE")
        assert not MarqueNuits.objects.exists()


def test_new_night_is_written_even_when_nothing_happened() -> None:
    monde = Monde.creer()
    monde.place(1, "s", date(2023, 1, 1))
    # Whoever comes and goes today, its night is not over.
    monde.sejour(1, 1, "a", date(2023, 1, 3), date(2023, 1, 6))
    monde.sejour(2, 1, "b", date(2023, 1, 6), date(2023, 1, 8))
    with time_machine.travel("2023-01-05T23:30:00+00:00", tick=False):
        # Half past midnight in Paris: the night of the 5th has just ended.
        assert occupation.recalculer_marques() == 5
        assert nuits_ecrites() == recompter(date(2023, 1, 6))
        assert occupation.recalculer_marques() == 0
    with time_machine.travel("2023-01-09T10:00:00+00:00", tick=False):
        assert occupation.recalculer_marques() == 3
        assert nuits_ecrites() == recompter(date(2023, 1, 9))


def test_a_site_has_its_nights_from_its_first_opening_on_whichever_place_opened_first() -> None:
    monde = Monde.creer()
    monde.place(1, "s", date(2023, 1, 10))
    with time_machine.travel("2023-01-21T10:00:00+00:00", tick=False):

        def nuits(debut: int, fin: int) -> None:
            occupation.recalculer_marques()
            attendues = [date(2023, 1, jour) for jour in range(debut, fin)]
            assert [n.jour for n in OccupationNuit.objects.order_by("jour")] == attendues
            assert nuits_ecrites() == recompter(date(2023, 1, 21))

        nuits(10, 21)
        # Closed again long before the other opens: the nights between are the site's all the same.
        avant = monde.place(2, "s", date(2023, 1, 3), date(2023, 1, 5))
        nuits(3, 21)
        avant.delete()
        nuits(10, 21)
        # A place that is no longer of the site leaves nothing there, even after its closing.
        monde.places[1].delete()
        nuits(0, 0)
        courte = monde.place(3, "s", date(2023, 1, 3), date(2023, 1, 5))
        nuits(3, 21)
        courte.delete()
        nuits(0, 0)
        assert occupation.controler().ecarts == 0


def test_the_check_is_made_once_a_day() -> None:
    with time_machine.travel(datetime(2026, 3, 10, 22, 30, tzinfo=UTC), tick=False) as voyage:
        assert occupation.controler_du_jour() is not None
        assert occupation.controler_du_jour() is None
        voyage.shift(timedelta(hours=1))  # past midnight in Paris, not yet in UTC
        assert occupation.controler_du_jour() is not None
